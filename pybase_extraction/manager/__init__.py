"""``ExtractionManager``: the verbs that a host needs, over a repository, a storage and a runner.

Each module has the verbs of one kind: ``submitting``, ``reading``, ``looking``, ``watching``, ``steering`` and
``orphans``.  They stand on ``life``: what a manager is made of, and how it starts and stops.  ``intake`` is how a file
becomes a submission, ``defaults`` what there is where the host says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pybase_extraction.manager.orphans import Orphans
from pybase_extraction.manager.reading import Reading
from pybase_extraction.manager.steering import Steering
from pybase_extraction.manager.submitting import Submitting
from pybase_extraction.manager.watching import JobEvent, Watching

if TYPE_CHECKING:
    from pybase_extraction.manager.intake import File as File

__all__ = ["ExtractionManager", "JobEvent"]


class ExtractionManager(Submitting, Reading, Watching, Steering, Orphans):
    """Submits files, runs their extraction off the event loop, and keeps what became of them.

    ::

        async with ExtractionManager() as manager:
            job = await manager.submit("drawing.pdf", owner="mara")
            await manager.wait(job.id, owner="mara")
            result = await manager.result(job.id, owner="mara")

    Every verb about jobs takes ``owner``: an owner's id, None for jobs that belong to nobody, or ``ALL_OWNERS``.
    """
