"""A plugin whose extractor does what its options say: sleep, crash, eat memory, ignore a cancellation, raise.

For the tests of runners, workers and hosts: load it with ``ExtractorRegistry.discover(plugins=[FAKES])``.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import signal
import sys
import time
from typing import Literal

import anyio

from pybase_extraction import errors
from pybase_extraction.extractor import (
    ExtractionContext,
    ExtractorInfo,
    ExtractorOptions,
    FormatInfo,
    Isolation,
    Magic,
)
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.registry import Registration
from pybase_extraction.results import ExtractionResult, ExtractorRecord, SourceInfo
from pybase_extraction.source import Source

FAKES = __name__
"""Name of this module, for ``plugins=``."""
FAKE = FormatInfo("fake", "Fake", (".fake",), ("application/x-fake",), (Magic(b"FAKE"),))
AWAITED = FormatInfo("fake-await", "Fake that is awaited", (".await",), (), (Magic(b"AWAIT"),))


class FakeOptions(ExtractorOptions):
    """What the fake does."""

    sleep_s: float = 0.0
    """Seconds to work, looking for a cancellation meanwhile."""
    stubborn_s: float = 0.0
    """Seconds to work without looking."""
    crash: Literal["", "abort", "segfault", "exit", "kill", "garble"] = ""
    """How to take the process down, or to write nonsense into every pipe that it has."""
    eat_bytes: int = 0
    """Memory to ask for."""
    raises: str = ""
    """Name of an error class, of the library or built in, to raise."""
    prints: str = ""
    """What to write to standard output, past Python, as native libraries do."""
    pages: int = 0
    """Steps of progress to report."""
    result_bytes: int = 0
    """Size of a text to give back."""
    stamps: bool = False
    """Give the moment of the extraction back, so that no two results are equal."""


class UnportableError(errors.CorruptedFileError):
    """An error that cannot be pickled: it asks for an argument that ``Exception`` does not keep."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message, where=f"line {line}")


class FakeExtractor:
    """Does what its options say."""

    def extract(self, source: Source, options: FakeOptions, context: ExtractionContext) -> ExtractionResult:
        """Misbehave as asked, or give a small result."""
        context.check()
        _misbehave(options)
        for page in range(options.pages):
            context.report((page + 1) / options.pages, f"page {page + 1}")
        end = time.monotonic() + options.sleep_s
        while time.monotonic() < end:
            time.sleep(0.005)
            context.check()
        time.sleep(options.stubborn_s)
        return ExtractionResult(
            format="fake",
            source=SourceInfo(filename=source.name, size=source.size, sha256=source.sha256),
            extractor=ExtractorRecord(name="fake", version="1", options=options.model_dump(mode="json")),
            metadata={
                "pid": os.getpid(),
                "text": "x" * options.result_bytes,
                "moment_ns": time.time_ns() if options.stamps else None,
            },
        )


class AwaitedFakeExtractor:
    """Waits on the event loop, as extractors do that ask a network service."""

    async def extract(self, source: Source, options: FakeOptions, context: ExtractionContext) -> ExtractionResult:
        """Misbehave as asked, or wait and give a small result."""
        context.check()
        _misbehave(options)
        await anyio.sleep(options.sleep_s)
        return ExtractionResult(
            format="fake-await",
            source=SourceInfo(filename=source.name, size=source.size, sha256=source.sha256),
            extractor=ExtractorRecord(name="fake-await", version="1", options=options.model_dump(mode="json")),
        )


def _misbehave(options: FakeOptions) -> None:
    if options.prints:
        os.write(1, options.prints.encode())
    if options.raises:
        raise _error_named(options.raises)
    if options.eat_bytes:
        eaten = bytearray(options.eat_bytes)
        eaten[::4096] = b"x" * len(eaten[::4096])
    match options.crash:
        case "abort":
            os.abort()
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "garble":
            for number in range(3, 16):
                with contextlib.suppress(OSError):
                    os.write(number, (8).to_bytes(8, "big") + b"nonsense")
        case "exit":
            sys.stdout.flush()
            os._exit(7)


def _error_named(name: str) -> Exception:
    if name == "UnportableError":
        return UnportableError("made by the fake", line=1)
    found = getattr(errors, name, None) or getattr(builtins, name)
    error: Exception = found("made by the fake")
    return error


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    """Register the fakes."""
    registry.add(ExtractorInfo("fake", "Fake", "1", (FAKE,), FakeOptions), f"{__name__}:FakeExtractor")
    registry.add(
        ExtractorInfo("fake-await", "Fake that is awaited", "1", (AWAITED,), FakeOptions, isolation=Isolation.LOOP),
        f"{__name__}:AwaitedFakeExtractor",
    )
