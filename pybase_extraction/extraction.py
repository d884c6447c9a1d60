"""One file, no database: ``extract`` and ``aextract``."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import anyio.to_thread

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress
from pybase_extraction.environment import read_environment
from pybase_extraction.extractor import ExtractorOptions, Limits
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.source import Source

File = str | os.PathLike[str] | Source


class _WarmRunner:
    """The processes that calls without a runner of their own share, so that the second call finds them warm."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runner: ProcessPoolRunner | None = None
        self._pid = 0

    def get(self) -> ProcessPoolRunner:
        with self._lock:
            if self._runner is None or self._pid != os.getpid():
                self._runner, self._pid = ProcessPoolRunner(), os.getpid()
                self._runner.bind(ExtractorRegistry.discover())
                atexit.register(self._runner.close)
            return self._runner


_warm = _WarmRunner()


def extract(
    file: File,
    *,
    format: str | None = None,  # noqa: A002 -- the vocabulary's word
    options: Mapping[str, Any] | ExtractorOptions | None = None,
    limits: Limits | None = None,
    strict: bool = False,
    registry: ExtractorRegistry | None = None,
    enable_services: Iterable[str] = (),
    credentials: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    **more_options: Any,
) -> ExtractionResult:
    """Extract one file in a child process and wait for the result; works inside of a running event loop too.

    Args:
        file: Path, or a ``Source`` for bytes in memory.
        format: Format or extractor; detected from the content when None.
        options: Options of the extractor; or give them by keyword.
        limits: Bytes, seconds, memory, pages; ``Limits()`` when None.
        strict: Refuse a file whose name contradicts its content.
        registry: Extractors to use; the installed ones when None.
        enable_services: Network services that the file may be sent to, for example ``{"werk24"}``.
        credentials: Secrets of those services; from the environment when None.
        progress: Called with the share that is done and a word about it, from another thread.
        **more_options: Options of the extractor.

    Raises:
        SourceError: The file is missing, empty, damaged, encrypted, or of no known format.
        OptionsError: An option is unknown or wrong.
        LimitExceededError: A limit was passed.
        WorkerCrashedError: The parser took its process down.
    """
    request = _request(file, format, options, more_options, limits, enable_services, credentials, strict=strict)
    return _run(request, registry, threading.Event(), progress).result()


async def aextract(
    file: File,
    *,
    format: str | None = None,  # noqa: A002 -- the vocabulary's word
    options: Mapping[str, Any] | ExtractorOptions | None = None,
    limits: Limits | None = None,
    strict: bool = False,
    registry: ExtractorRegistry | None = None,
    enable_services: Iterable[str] = (),
    credentials: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    **more_options: Any,
) -> ExtractionResult:
    """Extract one file without blocking the event loop; cancelling the task ends the child process.

    Arguments and errors are those of ``extract``.
    """
    cancelled = threading.Event()

    def work() -> AttemptOutcome:
        request = _request(file, format, options, more_options, limits, enable_services, credentials, strict=strict)
        return _run(request, registry, cancelled, progress)

    try:
        outcome = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    finally:
        cancelled.set()
    return await anyio.to_thread.run_sync(outcome.result)


def _request(
    file: File,
    wanted: str | None,
    options: Mapping[str, Any] | ExtractorOptions | None,
    more: Mapping[str, Any],
    limits: Limits | None,
    services: Iterable[str],
    credentials: Mapping[str, str] | None,
    *,
    strict: bool,
) -> AttemptRequest:
    given = (
        dict(options.model_dump(exclude_unset=True)) if isinstance(options, ExtractorOptions) else {**(options or {})}
    )
    return AttemptRequest(
        source=file if isinstance(file, Source) else Source.from_path(Path(file)),
        format=wanted,
        options={**given, **more},
        limits=limits or Limits(),
        strict=strict,
        services=frozenset(services),
        credentials=dict(read_environment().credentials if credentials is None else credentials),
    )


def _run(
    request: AttemptRequest,
    registry: ExtractorRegistry | None,
    cancelled: threading.Event,
    progress: Progress | None,
) -> AttemptOutcome:
    if registry is None:
        return _warm.get().run_blocking(request, cancelled, progress)
    runner = ProcessPoolRunner(1)
    runner.bind(registry)
    try:
        return runner.run_blocking(request, cancelled, progress)
    finally:
        runner.close()
