"""One file, no database: ``extract`` and ``aextract``."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio.to_thread

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest, Progress
from pybase_extraction.enrichment import Enrichment, Readings, readings_of, without
from pybase_extraction.environment import read_environment
from pybase_extraction.errors import ExtractionCancelledError, OptionsError
from pybase_extraction.extractor import ExtractorOptions, Limits
from pybase_extraction.pictures.whereabouts import remember
from pybase_extraction.registry import ExtractorRegistry, RegistryConfig
from pybase_extraction.results import ExtractionResult
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.source import Source

File = str | os.PathLike[str] | bytes | Source
Run = Callable[[AttemptRequest], AttemptOutcome]

_MOST_RUNNERS = 4
_WAKE_EVERY_S = 0.25


class _WarmRunners:
    """The processes that calls with equal registries share, so that the second call finds them warm."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runners: dict[RegistryConfig | None, ProcessPoolRunner] = {}
        self._pid = 0

    def get(self, registry: ExtractorRegistry | None) -> ProcessPoolRunner:
        key = None if registry is None else registry.config
        with self._lock:
            if self._pid != os.getpid():  # after a fork the children belong to the parent
                self._runners, self._pid = {}, os.getpid()
                atexit.register(self.close)
            runner = self._runners.pop(key, None)
            if runner is None:
                runner = ProcessPoolRunner()
                runner.bind(ExtractorRegistry.discover() if registry is None else registry)
            self._runners[key] = runner  # the latest used is last
            stale = self._runners.pop(next(iter(self._runners))) if len(self._runners) > _MOST_RUNNERS else None
        if stale is not None:
            stale.close_when_idle()
        return runner

    def close(self) -> None:
        with self._lock:
            runners, self._runners = self._runners, {}
        if self._pid == os.getpid():
            for runner in runners.values():
                runner.close()


_warm = _WarmRunners()


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
    enrich: Enrichment = (),
    **more_options: Any,
) -> ExtractionResult:
    """Extract one file in a child process and wait for the result; works inside of a running event loop too.

    Args:
        file: Path, bytes, or a ``Source`` for bytes in memory that have a name.
        format: Format or extractor; detected from the content when None.
        options: Options of the extractor; or give them by keyword.
        limits: Bytes, seconds, memory, pages; ``Limits()`` when None.
        strict: Refuse a file whose name contradicts its content.
        registry: Extractors to use; the installed ones when None.
        enable_services: Network services that the file may be sent to, for example ``{"werk24"}``.
        credentials: Secrets of those services; from the environment when None.
        progress: Called with the share that is done and a word about it, from another thread.
        enrich: Further extractors that read the file, for example ``["werk24"]``, or ``{"werk24": {"max_pages": 1}}``
            with options. Their results are merged (see ``merging.merge``) in this order. When one fails, the result
            stands without it, is partial, and has an issue ``enrichment-failed``.
        **more_options: Options of the extractor.

    Raises:
        SourceError: The file is missing, empty, damaged, encrypted, or of no known format.
        OptionsError: An option is unknown or wrong.
        LimitExceededError: A limit was passed.
        WorkerCrashedError: The parser took its process down.
    """
    readings = readings_of(enrich)
    request = attempt_request(file, format, options, more_options, limits, enable_services, credentials, strict=strict)
    return _read(request, readings, registry, threading.Event(), progress)


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
    enrich: Enrichment = (),
    **more_options: Any,
) -> ExtractionResult:
    """Extract one file without blocking the event loop; cancelling the task ends the child process.

    Arguments and errors are those of ``extract``.
    """
    cancelled = threading.Event()
    readings = readings_of(enrich)

    def work() -> ExtractionResult:
        request = attempt_request(
            file, format, options, more_options, limits, enable_services, credentials, strict=strict
        )
        return _read(request, readings, registry, cancelled, progress)

    try:
        return await _wakeful(work)
    finally:
        cancelled.set()


async def _wakeful(work: Callable[[], ExtractionResult]) -> ExtractionResult:
    """Run a function in a thread while the event loop wakes now and then.

    A loop that sleeps until the thread is done does not see the cancellation that a notebook's kernel schedules from
    its signal handler when a cell is interrupted.
    """
    outcome: Future[ExtractionResult] = Future()

    def settle() -> None:
        # an error that left the task group would be wrapped by it
        try:
            outcome.set_result(work())
        except Exception as exc:  # noqa: BLE001 -- it is raised where the caller waits
            outcome.set_exception(exc)

    async with anyio.create_task_group() as group:
        group.start_soon(_stay_awake)
        await anyio.to_thread.run_sync(settle, abandon_on_cancel=True)
        group.cancel_scope.cancel()
    return outcome.result()


async def _stay_awake() -> None:
    while True:  # noqa: ASYNC110 -- there is no event: the waking is what is wanted
        await anyio.sleep(_WAKE_EVERY_S)


def attempt_request(
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
    """Describe one attempt at a file from the arguments of ``extract``; reads the file once for its digest."""
    given = (
        dict(options.model_dump(exclude_unset=True)) if isinstance(options, ExtractorOptions) else {**(options or {})}
    )
    return AttemptRequest(
        source=_source(file),
        format=wanted,
        options={**given, **more},
        limits=limits or Limits(),
        strict=strict,
        services=frozenset(services),
        credentials=dict(read_environment().credentials if credentials is None else credentials),
    )


def _source(file: File) -> Source:
    if isinstance(file, bytes):
        return Source.from_bytes(file, name="unnamed")
    source = file if isinstance(file, Source) else Source.from_path(Path(file))
    remember(source)
    return source


def _run(
    request: AttemptRequest,
    registry: ExtractorRegistry | None,
    cancelled: threading.Event,
    progress: Progress | None,
) -> AttemptOutcome:
    return _warm.get(registry).run_blocking(request, cancelled, progress)


def _read(
    request: AttemptRequest,
    readings: Readings,
    registry: ExtractorRegistry | None,
    cancelled: threading.Event,
    progress: Progress | None,
) -> ExtractionResult:
    def run(each: AttemptRequest) -> AttemptOutcome:
        return _run(each, registry, cancelled, progress if each is request else None)

    return read_by_all(request, readings, run).result()


def read_by_all(request: AttemptRequest, readings: Readings, run: Run) -> AttemptOutcome:
    """Have a file read, and again by everybody who is to enrich the result; ``run`` makes one attempt."""
    outcome = run(request)
    for name, options in readings.items():
        outcome = _enriched(outcome, name, replace(request, format=name, options=options), run)
    return outcome


def _enriched(first: AttemptOutcome, name: str, request: AttemptRequest, run: Run) -> AttemptOutcome:
    if first.result_json is None:
        return first
    outcome = run(replace(request, onto=first.result_json))
    outcome = replace(outcome, seconds=first.seconds + outcome.seconds)
    if outcome.error is None or isinstance(outcome.error, OptionsError | ExtractionCancelledError):
        return outcome  # those errors are the caller's own doing, not a failure of the reading
    lacking = without(first.result(), name, str(outcome.error))
    return replace(first, result_json=lacking.model_dump_json().encode(), seconds=outcome.seconds)
