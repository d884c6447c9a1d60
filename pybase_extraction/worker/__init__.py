"""Taking jobs from a repository, having a runner run them, and writing what became of them.

A worker claims as many jobs as it has free slots and settles whatever has ended in the same turn.  Leases are renewed
until the last job has settled, from a thread of their own, so that no job and no blocked event loop can starve them.
"""

from pybase_extraction.worker.loop import Worker
from pybase_extraction.worker.observing import Observer
from pybase_extraction.worker.running import Running
from pybase_extraction.worker.settings import Work, WorkerSettings
from pybase_extraction.worker.stored_results import INLINE_RESULT_BYTES, read_result

__all__ = ["INLINE_RESULT_BYTES", "Observer", "Running", "Work", "Worker", "WorkerSettings", "read_result"]
