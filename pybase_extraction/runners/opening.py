"""Runners and external queues by name: what a command line, a setting or a plugin can say instead of an object.

::

    open_runner("process", 4, registry)
    open_queue("celery://host.tasks:app", repository, registry)

Further ones come from plugins, by the hooks ``pybase_extraction_open_runner`` and ``pybase_extraction_open_queue``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.base import Dispatcher, Runner

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import JobRepository


def open_runner(name: str, slots: int | None, registry: ExtractorRegistry) -> Runner:
    """Make the runner of a name.

    Args:
        name: ``process``, ``thread``, ``asyncio``, or what a plugin knows.
        slots: Attempts at the same time; the runner's own default when None.
        registry: Whose plugins are asked; built-in names are never given to them.

    Raises:
        ValueError: Nobody knows the name.
    """
    if (make := _RUNNERS.get(name)) is not None:
        return make(slots)
    made: Runner | None = registry.hook.pybase_extraction_open_runner(name=name, slots=slots)
    if made is None:
        raise ValueError(f"there is no runner {name!r}; there are {', '.join(_RUNNERS)}, and those of plugins")
    return made


def open_queue(address: str, repository: JobRepository, registry: ExtractorRegistry) -> Dispatcher:
    """Make the dispatcher of an external queue.

    Args:
        address: ``celery://module:application``, or an address of a scheme that a plugin knows.
        repository: The manager's repository, for queues that route by what a job is.
        registry: Whose plugins are asked; ``celery`` is never given to them.

    Raises:
        ValueError: The address is none, or nobody knows its scheme.
    """
    scheme, separator, rest = address.partition("://")
    if not separator or not rest:
        raise ValueError(f"{_shown(address)!r} is no address of a queue; write scheme://place")
    if scheme == "celery":
        return _celery(rest)
    made: Dispatcher | None = registry.hook.pybase_extraction_open_queue(address=address, repository=repository)
    if made is None:
        raise ValueError(f"no installed plugin knows queues of the scheme {scheme!r}; built in is celery")
    return made


def _shown(address: str) -> str:
    # user names, passwords and query strings of an address are nobody's business
    return address.rpartition("@")[2].partition("?")[0]


def _celery(place: str) -> Dispatcher:
    from pybase_extraction.runners.celery import CeleryRunner

    module, _, name = place.partition(":")
    try:
        app = getattr(importlib.import_module(module), name or "app")
    except (ImportError, AttributeError) as exc:
        raise ValueError(f"the Celery application {place!r} cannot be imported: {exc}") from exc
    return CeleryRunner(app)


def _process(slots: int | None) -> Runner:
    from pybase_extraction.runners.process import ProcessPoolRunner

    return ProcessPoolRunner(slots)


def _thread(slots: int | None) -> Runner:
    from pybase_extraction.runners.thread import ThreadPoolRunner

    return ThreadPoolRunner() if slots is None else ThreadPoolRunner(slots)


def _asyncio(slots: int | None) -> Runner:
    from pybase_extraction.runners.asyncio import AsyncioRunner

    return AsyncioRunner() if slots is None else AsyncioRunner(slots)


_RUNNERS: dict[str, Callable[[int | None], Runner]] = {"process": _process, "thread": _thread, "asyncio": _asyncio}
