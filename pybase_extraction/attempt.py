"""One attempt to extract one file: the one place where a foreign exception becomes a typed error.

An attempt runs wherever its runner puts it: in a child process, a thread, or on the event loop.  What goes in
(``AttemptRequest``) and what comes out (``AttemptOutcome``) can be pickled.
"""

from __future__ import annotations

import inspect
import logging
import shutil
import tempfile
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread

from pybase_extraction.enrichment import put_onto
from pybase_extraction.errors import (
    CorruptedFileError,
    EmptyFileError,
    ExtractionError,
    FileTooLargeError,
    FormatMismatchError,
    MemoryLimitExceededError,
    ResultTooLargeError,
    ServiceError,
    TemporaryFailureError,
    UnsupportedFormatError,
)
from pybase_extraction.extractor import (
    AnyExtractor,
    ExtractionContext,
    ExtractorInfo,
    ExtractorOptions,
    Limits,
)
from pybase_extraction.registry import Detection, ExtractorRegistry
from pybase_extraction.results import ExtractionResult, Issue, Severity
from pybase_extraction.source import Source

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.1
"""How often a cancellation or the deadline of an asynchronous extractor is looked for."""

Progress = Callable[[float | None, str | None], None]
"""Called with the share that is done, 0..1 or None, and a word about it; from any thread."""


@dataclass(frozen=True, slots=True)
class AttemptRequest:
    """What to extract, and how.

    Attributes:
        source: The file.
        format: Format or extractor to use; detected from the content when None.
        options: Options of the extractor, as given.
        limits: What the attempt may use.
        strict: Refuse a file whose name or media type contradicts its content.
        services: Network services that the host has turned on.
        credentials: Secrets of those services.
        onto: The result that this reading enriches, as JSON; None for a first reading.
    """

    source: Source
    format: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    strict: bool = False
    services: frozenset[str] = frozenset()
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    onto: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """How an attempt ended: with a result or with an error.

    Attributes:
        result_json: The result as JSON, or None.
        error: Why there is none, or None.
        trace: Traceback for operators; empty for errors that were expected.
        extractor: Name of the extractor that was chosen, or None when it came to no choice.
        extractor_version: Its version, or None.
        seconds: Duration, waiting for a runner not included.
        pages: Pages that this reading gave, those of a result that it enriches not included; None without a result.
    """

    result_json: bytes | None = None
    error: ExtractionError | None = None
    trace: str = ""
    extractor: str | None = None
    extractor_version: str | None = None
    seconds: float = 0.0
    pages: int | None = None

    def result(self) -> ExtractionResult:
        """The result.

        Raises:
            ExtractionError: The attempt failed.
        """
        if self.error is not None:
            raise self.error
        if self.result_json is None:
            raise ValueError("an outcome has a result or an error")
        return ExtractionResult.model_validate_json(self.result_json)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an attempt has decided before it extracts."""

    info: ExtractorInfo
    extractor: AnyExtractor
    options: ExtractorOptions
    detection: Detection | None


def run_attempt(
    request: AttemptRequest,
    registry: ExtractorRegistry,
    *,
    cancelled: threading.Event | None = None,
    progress: Progress | None = None,
) -> AttemptOutcome:
    """Run an attempt in this thread; an asynchronous extractor gets an event loop of its own."""
    attempt = _Attempt(request, registry, cancelled, progress)

    def finish(answer: ExtractionResult | Awaitable[ExtractionResult]) -> ExtractionResult:
        return anyio.run(_await, answer, attempt.context) if inspect.isawaitable(answer) else answer

    return attempt.run(finish)


async def run_attempt_async(
    request: AttemptRequest,
    registry: ExtractorRegistry,
    *,
    cancelled: threading.Event | None = None,
    progress: Progress | None = None,
) -> AttemptOutcome:
    """Run an attempt with everything but the awaiting of an asynchronous extractor in a worker thread.

    A synchronous extractor cannot be stopped from outside; it sees ``cancelled`` when it calls ``context.check()``.
    """
    attempt = _Attempt(request, registry, cancelled, progress)

    def finish(answer: ExtractionResult | Awaitable[ExtractionResult]) -> ExtractionResult:
        return anyio.from_thread.run(_await, answer, attempt.context) if inspect.isawaitable(answer) else answer

    # a limiter for this call alone: the loop's common one may be full of the host's own threads
    limiter = anyio.CapacityLimiter(1)
    outcome: AttemptOutcome | None = None
    try:
        outcome = await anyio.to_thread.run_sync(attempt.run, finish, abandon_on_cancel=True, limiter=limiter)
    finally:
        if outcome is None:  # the caller was cancelled: the thread that is left behind then ends soon
            attempt.context.cancelled.set()
    return outcome


async def run_attempt_here(
    request: AttemptRequest,
    registry: ExtractorRegistry,
    *,
    cancelled: threading.Event | None = None,
    progress: Progress | None = None,
) -> AttemptOutcome:
    """Run an attempt of an extractor that never blocks on the event loop, without any thread.

    The caller cancels it at its deadline or when ``cancelled`` is set.
    """
    attempt = _Attempt(request, registry, cancelled, progress)
    with attempt:
        answer = attempt.begin()
        result = await answer if inspect.isawaitable(answer) else answer
        if request.onto is None:
            attempt.complete(result)
        else:  # another extractor's result may be large, and merging it long
            await anyio.to_thread.run_sync(attempt.complete, result, limiter=anyio.CapacityLimiter(1))
    return attempt.outcome


async def _await(answer: Awaitable[ExtractionResult], context: ExtractionContext) -> ExtractionResult:
    """Await an asynchronous extractor, and stop it when it is cancelled or its time is up."""
    failure: Exception | None = None
    result: ExtractionResult | None = None

    async def watch(scope: anyio.CancelScope) -> None:
        nonlocal failure
        while failure is None:
            await anyio.sleep(_LOOK_EVERY_S)
            try:
                context.check()
            except ExtractionError as exc:
                failure = exc
        scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch, group.cancel_scope)
        try:
            result = await answer
        except Exception as exc:  # noqa: BLE001 -- carried out of the task group, which would wrap it
            failure = exc
        group.cancel_scope.cancel()
    if result is None:
        raise failure or TypeError("the extractor returned None")
    return result


class _Context(ExtractionContext):
    """A context whose folder is made when it is asked for first: most extractors need none."""

    __slots__ = ("_folder",)
    _folder: Path | None

    @property
    def scratch(self) -> Path | None:
        """An empty folder."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="extraction-"))
        return self._folder

    @scratch.setter
    def scratch(self, folder: Path | None) -> None:
        self._folder = folder

    def clean(self) -> None:
        """Remove the folder, if there is one."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class _Attempt:
    """The steps of one attempt, in their order."""

    def __init__(
        self,
        request: AttemptRequest,
        registry: ExtractorRegistry,
        cancelled: threading.Event | None,
        progress: Progress | None,
    ) -> None:
        self.request = request
        self.registry = registry
        limits = request.limits
        self.context = _Context(
            limits=limits,
            credentials=request.credentials,
            hooks=registry.hook,
            cancelled=cancelled or threading.Event(),
            deadline=None if limits.timeout_s is None else time.monotonic() + limits.timeout_s,
        )
        if progress is not None:
            self.context.on_progress = progress
        self.plan: _Plan | None = None
        self.outcome = AttemptOutcome()
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = time.monotonic()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        self.context.clean()
        is_failure = isinstance(error, Exception)  # a cancellation of the task goes on its way
        if is_failure:
            assert isinstance(error, Exception)
            classified = classify(error, self.request, self.registry)
            self.outcome = self._ended(error=classified, trace=_trace(error))
        return is_failure

    def run(self, finish: Callable[[Any], ExtractionResult]) -> AttemptOutcome:
        with self:  # the one place where an attempt is run: whatever it raises is its outcome
            self.complete(finish(self.begin()))
        return self.outcome

    def _ended(self, **fields: Any) -> AttemptOutcome:
        info = self.plan.info if self.plan else None
        return AttemptOutcome(
            extractor=info.name if info else None,
            extractor_version=info.version if info else None,
            seconds=time.monotonic() - self._started,
            **fields,
        )

    def begin(self) -> ExtractionResult | Awaitable[ExtractionResult]:
        """Decide, ask those who may refuse, and start the extractor."""
        source = self.request.source
        self.context.check()
        _check_size(source, self.request.limits)
        self.plan = plan = _decide(self.request, self.registry)
        hook = self.registry.hook
        hook.pybase_extraction_before_extract(source=source, extractor=plan.info, options=plan.options)
        return plan.extractor.extract(source, plan.options, self.context)

    def complete(self, result: ExtractionResult) -> None:
        """Let others enrich the result, and encode it."""
        assert self.plan is not None
        hook = self.registry.hook
        for change in sorted(hook.pybase_extraction_after_extract.get_hookimpls(), key=lambda impl: impl.plugin_name):
            changed = self.registry.call(change, source=self.request.source, result=result)
            result = changed if isinstance(changed, ExtractionResult) else result
        result, pages = _with_contradictions(result, self.plan.detection), len(result.pages)
        if self.request.onto is not None:
            result = put_onto(self.request.onto, result)
        self.outcome = self._ended(result_json=self._encode(result), pages=pages)

    def _encode(self, result: ExtractionResult) -> bytes:
        data = result.model_dump_json().encode()
        limit = self.request.limits.max_result_bytes
        if limit is not None and len(data) > limit:
            raise ResultTooLargeError(
                f"The result of {self.request.source.name!r} has {len(data)} bytes.",
                limit=limit,
                actual=len(data),
                unit="bytes",
                name=self.request.source.name,
                remedy="Raise max_result_bytes, or switch off what you do not need with the extractor's options.",
            )
        return data


def _check_size(source: Source, limits: Limits) -> None:
    if source.size == 0:
        raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name, remedy="Upload it again.")
    if limits.max_bytes is not None and source.size > limits.max_bytes:
        raise FileTooLargeError(
            f"{source.name!r} has {source.size} bytes; {limits.max_bytes} are allowed.",
            limit=limits.max_bytes,
            actual=source.size,
            unit="bytes",
            name=source.name,
            remedy="Raise max_bytes, or split the file.",
        )


def _decide(request: AttemptRequest, registry: ExtractorRegistry) -> _Plan:
    detection = None
    if request.format is None:
        detection = registry.detect(request.source, strict=request.strict)
    elif request.strict:
        _check_agreement(request, registry)
    info = registry.choose(detection.format if detection else str(request.format))
    if detection is None and not _named_like(request.source, info):
        detection = _agreeing(request.source, info, registry)
    if info.network_service is not None and info.network_service not in request.services:
        raise ServiceError(
            f"The extractor {info.name!r} sends files to {info.network_service}, which is not turned on.",
            service=info.network_service,
            remedy=f"Turn it on with enable_services={{{info.network_service!r}}} if the files may leave this machine.",
        )
    return _Plan(info, registry.extractor(info.name), registry.validate_options(info.name, request.options), detection)


def _named_like(source: Source, info: ExtractorInfo) -> bool:
    return any(source.extension in item.extensions for item in info.formats)


def _agreeing(source: Source, info: ExtractorInfo, registry: ExtractorRegistry) -> Detection | None:
    """What the content tells where it tells the wanted format; the name may contradict both."""
    try:
        detection = registry.detect(source)
    except UnsupportedFormatError:
        return None
    return detection if any(detection.format == item.name for item in info.formats) else None


def _check_agreement(request: AttemptRequest, registry: ExtractorRegistry) -> None:
    wanted = {item.name for item in registry.choose(str(request.format)).formats}
    found = registry.detect(request.source, strict=True).format
    if found not in wanted:
        raise FormatMismatchError(
            f"{request.source.name!r} is {found} by its content, not {request.format}.",
            name=request.source.name,
            format=found,
            remedy="Give the right format, or leave it out.",
        )


def _with_contradictions(result: ExtractionResult, detection: Detection | None) -> ExtractionResult:
    if detection is None or not detection.contradictions:
        return result
    told = detection.contradictions[0]
    issue = Issue(
        code="format-contradiction",
        severity=Severity.WARNING,
        message=f"The file is {detection.format} by its content, although {told.reason} stands for {told.format}.",
    )
    return result.model_copy(update={"issues": (*result.issues, issue)})


def classify(error: Exception, request: AttemptRequest, registry: ExtractorRegistry) -> ExtractionError:
    """Turn any exception of an attempt into an error of the library.

    Plugins are asked first.  What nobody knows is taken for a defect of the file that the parser did not expect: the
    library's class names it, the traceback goes to the log of the operator.
    """
    if isinstance(error, ExtractionError):
        return error
    name = request.source.name
    known = registry.hook.pybase_extraction_classify_error(error=error)
    if isinstance(known, ExtractionError):
        return known
    match error:
        case MemoryError():
            return memory_exceeded(name, request.limits.memory_bytes)
        case RecursionError():
            return CorruptedFileError(f"{name!r} is nested too deeply to be read.", name=name)
        case ConnectionError() | TimeoutError():
            return TemporaryFailureError(f"A connection failed while reading {name!r} ({type(error).__name__}).")
    logger.error("extracting %s failed unexpectedly", name, exc_info=error)
    return CorruptedFileError(
        f"{name!r} could not be read: the parser failed with {type(error).__name__}.",
        name=name,
        format=request.format,
        remedy="If other programs open the file, please report it.",
    )


def memory_exceeded(name: str, limit: int | None) -> MemoryLimitExceededError:
    """The error of an attempt that asked for more memory than it may have."""
    allowed = f" of {limit >> 20} MiB" if limit is not None else ""
    return MemoryLimitExceededError(
        f"Reading {name!r} needs more memory than its limit{allowed}.",
        limit=limit,
        unit="bytes",
        name=name,
        remedy="Raise memory_bytes, or switch off what you do not need with the extractor's options.",
    )


def _trace(error: Exception) -> str:
    return "" if isinstance(error, ExtractionError) else "".join(traceback.format_exception(error))
