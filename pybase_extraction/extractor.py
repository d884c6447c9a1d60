"""What an extractor is, what it says of itself, and what it is given to work with."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from pybase_extraction.errors import DeadlineExceededError, ExtractionCancelledError, FileTooLargeError

if TYPE_CHECKING:
    from pluggy import HookRelay

    from pybase_extraction.results import ExtractionResult
    from pybase_extraction.source import Source

MIB = 1 << 20


class ExtractorOptions(BaseModel):
    """Base of every extractor's options: frozen, unknown keys refused.

    Titles and descriptions of the fields draw the form in a user interface; secrets are ``SecretStr``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse the name under which jobs keep the readings that enrich their results.

        Raises:
            TypeError: A field is called ``enrich``.
        """
        super().__pydantic_init_subclass__(**kwargs)
        if "enrich" in cls.model_fields:
            raise TypeError(f"{cls.__name__} has an option 'enrich', a name that belongs to every job")


class Isolation(StrEnum):
    """Where an extractor may run."""

    PROCESS = "process"
    """In a child process: native parsers of untrusted files."""
    THREAD = "thread"
    """In a thread of this process: pure Python that cannot crash or hang."""
    LOOP = "loop"
    """On an event loop, beside others: an asynchronous extractor that only waits for a network service."""


@dataclass(frozen=True, slots=True)
class Magic:
    """Bytes that tell a format.

    Attributes:
        pattern: The bytes.
        offset: Where they stand, in bytes from the start.
        within: How many bytes from ``offset`` on they may start later; 0 for exactly there.
    """

    pattern: bytes
    offset: int = 0
    within: int = 0

    def matches(self, head: bytes) -> bool:
        """Whether the first bytes of a file show the pattern."""
        return head.find(self.pattern, self.offset, self.offset + self.within + len(self.pattern)) >= 0


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """A file format.

    Attributes:
        name: Short name in lower case, for example ``"step"``.
        title: For people, for example ``"STEP (ISO 10303-21)"``.
        extensions: Lower-case with dot.
        media_types: Lower-case.
        magic: Any of these tells the format.
    """

    name: str
    title: str
    extensions: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    magic: tuple[Magic, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtractorInfo:
    """What an extractor says of itself when it registers; making one must be cheap.

    Attributes:
        name: Unique name; third parties prefix their own (``"acme.jt"``).
        title: For people.
        version: Version of the extractor; part of the key under which results are cached.
        formats: The formats that it reads.
        options: Model of its options.
        priority: 0..100, higher wins among extractors of one format; built-in ones have 50.
        isolation: Where it may run.
        network_service: Name of the network service that files are sent to, or None; such extractors never run unless
            the host turns them on.
        hosts: Host names that files may be sent to.
        max_retries: Most retries of a failed attempt where each may cost money again; None for the host's policy.
    """

    name: str
    title: str
    version: str
    formats: tuple[FormatInfo, ...]
    options: type[ExtractorOptions] = ExtractorOptions
    priority: int = 50
    isolation: Isolation = Isolation.PROCESS
    network_service: str | None = None
    hosts: tuple[str, ...] = ()
    max_retries: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.priority <= 100:
            raise ValueError(f"priority of extractor {self.name!r} is {self.priority}, not 0..100")
        if not self.formats:
            raise ValueError(f"extractor {self.name!r} names no format")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one extractor needs, and whether it has it.

    Attributes:
        extractor: Name of the extractor.
        is_ready: False when it cannot work, or only at a lower tier.
        message: One sentence; says what to do when it is not ready.
    """

    extractor: str
    is_ready: bool
    message: str


class Strength(IntEnum):
    """How much a piece of evidence about a format is worth; more beats less."""

    HINT = 1
    EXTENSION = 2
    MEDIA_TYPE = 3
    MAGIC = 4
    STRUCTURE = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reason to take a file for a format.

    Attributes:
        format: Name of the format.
        strength: What it is worth.
        reason: For people, for example ``"FILE_SCHEMA names IFC4"``.
    """

    format: str
    strength: Strength
    reason: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What detection may look at.

    Attributes:
        name: Display name of the file.
        media_type: What the caller said, or None.
        head: The first bytes, up to ``Probe.HEAD_SIZE``.
        source: The whole file, for formats that are told by their structure.
    """

    HEAD_SIZE: ClassVar[int] = 64 * 1024

    name: str
    media_type: str | None
    head: bytes
    source: Source


@dataclass(frozen=True, slots=True)
class Limits:
    """What one attempt may use; None switches a limit off.

    Attributes:
        max_bytes: Size of the file, and of what a container in it unpacks to.
        timeout_s: Seconds for the whole attempt, enforced from outside.
        memory_bytes: Address space of the child process beyond what it has when the attempt starts.
        max_pages: Pages, sheets or layouts to read; the rest is left out with an issue.
        max_result_bytes: Size of the result as JSON.
        processors: Processors that the attempt keeps busy at most; an extractor that can use several chooses itself
            when None, for the sake of the one file.  Say 1 where each processor has an attempt of its own.
    """

    max_bytes: int | None = 512 * MIB
    timeout_s: float | None = 300.0
    memory_bytes: int | None = 4096 * MIB
    max_pages: int | None = 5000
    max_result_bytes: int | None = 1024 * MIB
    processors: int | None = None


def _silent(fraction: float | None, message: str | None) -> None:
    del fraction, message


@dataclass(slots=True)
class ExtractionContext:
    """What an extractor is given besides source and options; belongs to one attempt.

    Attributes:
        limits: What the attempt may use.
        scratch: An empty folder for temporary files, removed afterwards; None when the host gives none.
        credentials: Secrets of network services by name, from the host; never stored or logged.
        hooks: Hooks of the registry that runs the attempt, or None outside of one.
        cancelled: Set when the extraction is to stop.
        deadline: ``time.monotonic()`` value when the time is up, or None.
    """

    limits: Limits = field(default_factory=Limits)
    scratch: Path | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    hooks: HookRelay | None = field(default=None, repr=False)
    cancelled: threading.Event = field(default_factory=threading.Event, repr=False)
    deadline: float | None = None
    on_progress: Callable[[float | None, str | None], None] = field(default=_silent, repr=False)

    def report(self, fraction: float | None = None, message: str | None = None) -> None:
        """Tell how far the work is, 0..1 or None when that cannot be told; cheap enough to call often."""
        self.on_progress(None if fraction is None else min(max(fraction, 0.0), 1.0), message)

    def check(self) -> None:
        """Stop here if the extraction was cancelled or its time is up; call it at least every half second.

        Raises:
            ExtractionCancelledError: Somebody asked for it.
            DeadlineExceededError: The time is up.
        """
        if self.cancelled.is_set():
            raise ExtractionCancelledError("The extraction was cancelled.")
        if self.deadline is not None and time.monotonic() > self.deadline:
            limit = self.limits.timeout_s
            raise DeadlineExceededError(
                f"The extraction took longer than its limit of {limit:g} s."
                if limit is not None
                else "The extraction took longer than it may.",
                limit=limit,
                unit="s",
                remedy="Raise timeout_s, or extract fewer pages.",
            )

    def remaining_s(self) -> float | None:
        """Seconds until the deadline, or None without one."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def check_size(self, size: int, *, name: str, limit: int | None = None) -> None:
        """Refuse a size above the byte limit.

        Args:
            size: Bytes reached so far.
            name: Display name for the message.
            limit: A tighter limit than ``limits.max_bytes``, or None.

        Raises:
            FileTooLargeError: ``size`` is above the limit.
        """
        bound = self.limits.max_bytes if limit is None else limit
        if bound is not None and size > bound:
            raise FileTooLargeError(
                f"{name!r} has more than the {bound} bytes that are allowed.",
                limit=bound,
                actual=size,
                unit="bytes",
                name=name,
                remedy="Raise max_bytes, or split the file.",
            )


class _Collector:
    """Python's collector of circular garbage, which rests while somebody asks for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resting = 0
        self._was_enabled = False

    @contextmanager
    def rests(self) -> Iterator[None]:
        with self._lock:
            if not self._resting:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._resting += 1
        try:
            yield
        finally:
            with self._lock:
                self._resting -= 1
                if not self._resting and self._was_enabled:
                    _age()
                    gc.enable()


def _age() -> None:
    """Put all objects among the old ones, as if a collection had seen them: else the next one would walk them all."""
    if not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()


_COLLECTOR = _Collector()


def without_collection() -> AbstractContextManager[None]:
    """Keep Python from looking for circles again and again in a growing result that has none.

    For extractors that build many small values: the search takes a fifth to two fifths of their time.  It rests for the
    whole process, until the last of several threads has left; circles that are made meanwhile are found afterwards.
    """
    return _COLLECTOR.rests()


OptionsT_contra = TypeVar("OptionsT_contra", bound=ExtractorOptions, contravariant=True)


class Extractor(Protocol[OptionsT_contra]):
    """Turns one file into a result.

    An extractor is pure: no database, no global state, no network unless its ``ExtractorInfo`` says so.  It is made
    without arguments, once per process, and may be called many times.
    """

    def extract(
        self, source: Source, options: OptionsT_contra, context: ExtractionContext
    ) -> ExtractionResult | Awaitable[ExtractionResult]:
        """Read the file; the same file and options give an equal result, ``extractor.seconds`` aside.

        Raises:
            SourceError: The file cannot be read at all.
            LimitExceededError: A limit was passed.
            ExtractionCancelledError: ``context.check()`` found a request to stop.
        """
        ...


AnyExtractor = Extractor[Any]
