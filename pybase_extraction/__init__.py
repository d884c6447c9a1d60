"""Turn engineering drawings and models into structured data, reliably.

``extract`` reads one file; ``ExtractionManager`` keeps jobs.  Names are imported when they are first used, so that
importing the library stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pybase_extraction.blocking import BlockingExtractionManager
    from pybase_extraction.errors import ExtractionError
    from pybase_extraction.extraction import aextract, extract
    from pybase_extraction.extractor import (
        Diagnosis,
        Evidence,
        ExtractionContext,
        Extractor,
        ExtractorInfo,
        ExtractorOptions,
        FormatInfo,
        Isolation,
        Limits,
        Magic,
        Probe,
        Strength,
    )
    from pybase_extraction.hookspecs import hookimpl
    from pybase_extraction.jobs import ALL_OWNERS, Batch, Job, JobQuery, JobStats, JobStatus
    from pybase_extraction.manager import ExtractionManager, JobEvent
    from pybase_extraction.many import Extractions, Outcome, extract_many
    from pybase_extraction.registry import ExtractorRegistry
    from pybase_extraction.repositories.memory import MemoryJobRepository
    from pybase_extraction.repositories.sql import SqlJobRepository
    from pybase_extraction.repositories.tables import define_tables
    from pybase_extraction.results import ExtractionResult
    from pybase_extraction.retry import RetryPolicy
    from pybase_extraction.runners.asyncio import AsyncioRunner
    from pybase_extraction.runners.base import Dispatcher
    from pybase_extraction.runners.process import ProcessPoolRunner
    from pybase_extraction.runners.thread import ThreadPoolRunner
    from pybase_extraction.source import Locator, Source
    from pybase_extraction.storage.local import LocalStorage
    from pybase_extraction.worker import Observer, Worker, WorkerSettings

_HOMES = {
    "ALL_OWNERS": "jobs",
    "AsyncioRunner": "runners.asyncio",
    "Batch": "jobs",
    "BlockingExtractionManager": "blocking",
    "Diagnosis": "extractor",
    "Dispatcher": "runners.base",
    "Evidence": "extractor",
    "ExtractionContext": "extractor",
    "ExtractionError": "errors",
    "ExtractionManager": "manager",
    "ExtractionResult": "results",
    "Extractions": "many",
    "Extractor": "extractor",
    "ExtractorInfo": "extractor",
    "ExtractorOptions": "extractor",
    "ExtractorRegistry": "registry",
    "FormatInfo": "extractor",
    "Isolation": "extractor",
    "Job": "jobs",
    "JobEvent": "manager",
    "JobQuery": "jobs",
    "JobStats": "jobs",
    "JobStatus": "jobs",
    "Limits": "extractor",
    "LocalStorage": "storage.local",
    "Locator": "source",
    "Magic": "extractor",
    "MemoryJobRepository": "repositories.memory",
    "Observer": "worker",
    "Outcome": "many",
    "Probe": "extractor",
    "ProcessPoolRunner": "runners.process",
    "RetryPolicy": "retry",
    "Source": "source",
    "SqlJobRepository": "repositories.sql",
    "Strength": "extractor",
    "ThreadPoolRunner": "runners.thread",
    "Worker": "worker",
    "WorkerSettings": "worker",
    "aextract": "extraction",
    "define_tables": "repositories.tables",
    "extract": "extraction",
    "extract_many": "many",
    "hookimpl": "hookspecs",
}

__all__ = [
    "ALL_OWNERS",
    "AsyncioRunner",
    "Batch",
    "BlockingExtractionManager",
    "Diagnosis",
    "Dispatcher",
    "Evidence",
    "ExtractionContext",
    "ExtractionError",
    "ExtractionManager",
    "ExtractionResult",
    "Extractions",
    "Extractor",
    "ExtractorInfo",
    "ExtractorOptions",
    "ExtractorRegistry",
    "FormatInfo",
    "Isolation",
    "Job",
    "JobEvent",
    "JobQuery",
    "JobStats",
    "JobStatus",
    "Limits",
    "LocalStorage",
    "Locator",
    "Magic",
    "MemoryJobRepository",
    "Observer",
    "Outcome",
    "Probe",
    "ProcessPoolRunner",
    "RetryPolicy",
    "Source",
    "SqlJobRepository",
    "Strength",
    "ThreadPoolRunner",
    "Worker",
    "WorkerSettings",
    "aextract",
    "define_tables",
    "extract",
    "extract_many",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
