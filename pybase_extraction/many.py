"""Many files, no database: ``extract_many``."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import ValidationError

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.dataframes import Engine, frame
from pybase_extraction.enrichment import FAILED, Enrichment, Readings, readings_of
from pybase_extraction.errors import (
    ExtractionError,
    MissingDependencyError,
    MissingPluginError,
    OptionsError,
    SourceNotFoundError,
)
from pybase_extraction.extraction import File, Run, attempt_request, read_by_all
from pybase_extraction.extractor import ExtractorOptions, Limits
from pybase_extraction.records import Record
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import ExtractionResult
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.source import Source

if TYPE_CHECKING:
    from rich.progress import Progress

OnError = Literal["collect", "raise"]
_CALLERS_MISTAKES = (OptionsError, MissingPluginError, MissingDependencyError)
_COUNTED = ("pages", "tables", "dimensions", "title_blocks", "boms", "elements", "parts", "issues")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        file: The path as it was found, or the display name of what has no path.
        result: The result, or None when there is an error.
        error: Why there is no result, or None.
        seconds: Duration of the attempt, with those that enriched it; None where the file could not be opened, or the
            result is from before.
        is_resumed: The result was there from an earlier run.
    """

    file: str
    result: ExtractionResult | None = None
    error: ExtractionError | None = None
    seconds: float | None = None
    is_resumed: bool = False

    def record(self) -> Record:
        """One row for the file: what read it, how much was found, and what went wrong."""
        found = self.result
        row: Record = {
            "file": self.file,
            "ok": found is not None,
            "format": found.format if found else getattr(self.error, "format", None),
            "extractor": found.extractor.name if found else None,
            "is_partial": found.is_partial if found else None,
        }
        row |= {name: len(getattr(found, name)) if found else None for name in _COUNTED}
        row |= {"seconds": self.seconds, "is_resumed": self.is_resumed}
        return row | {
            "error": self.error.code if self.error else None,
            "message": str(self.error) if self.error else None,
        }


class Extractions:
    """Files that are extracted while somebody iterates over them.

    Nothing happens before the first ``for``.  Outcomes come as they are ready, not in the order of the files.  Leaving
    the loop, an error in its body, or an interrupt ends the children at once.  Each ``for`` is a run of its own; with
    ``resume`` what is done is not done again.
    """

    def __init__(self, run: _Run) -> None:
        self._run = run

    @property
    def files(self) -> tuple[File, ...]:
        """The files, in order."""
        return self._run.files

    def __len__(self) -> int:
        return len(self._run.files)

    def __iter__(self) -> Iterator[Outcome]:
        return (outcome for _, outcome in self._run.outcomes())

    def __repr__(self) -> str:
        return f"<{len(self)} files to extract; iterate over them or ask for .df()>"

    def df(self, *, engine: Engine = "pandas") -> Any:
        """Extract all files and give a data frame with one row a file, in the order of the files.

        Only the rows are kept, so that the results of a large folder need no memory.

        Raises:
            MissingDependencyError: The engine is not installed.
        """
        frame([], engine=engine)  # a missing library is told before the work, not after it
        rows = sorted(((index, outcome.record()) for index, outcome in self._run.outcomes()), key=lambda row: row[0])
        return frame([row for _, row in rows], engine=engine)


def extract_many(
    files: File | Iterable[File],
    *,
    format: str | None = None,  # noqa: A002 -- the vocabulary's word
    options: Mapping[str, Any] | ExtractorOptions | None = None,
    limits: Limits | None = None,
    strict: bool = False,
    registry: ExtractorRegistry | None = None,
    enable_services: Iterable[str] = (),
    credentials: Mapping[str, str] | None = None,
    workers: int | None = None,
    on_error: OnError = "collect",
    resume: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    enrich: Enrichment = (),
    **more_options: Any,
) -> Extractions:
    """Extract many files in parallel, lazily; works inside of a running event loop too.

    Args:
        files: A pattern such as ``"folder/**/*.dxf"``, a path, or several of them.
        format: As for ``extract``, like all arguments up to ``credentials``.
        options: Options of the extractor, the same for every file.
        limits: Limits of each file.
        strict: Refuse files whose name contradicts their content.
        registry: Extractors to use; the installed ones when None.
        enable_services: Network services that files may be sent to.
        credentials: Secrets of those services; from the environment when None.
        workers: Files at the same time; the number of processors when None.
        on_error: ``"collect"`` gives an outcome with its error for a file that fails; ``"raise"`` stops at the first.
        resume: Folder that keeps every result as JSON. A later call with the same folder, content, name, options and
            plugin versions takes the result from there; files that failed are tried again. None keeps nothing.
        progress: Show a bar, in a terminal or a notebook; where one of them watches when None.
        enrich: Further extractors that read every file, as for ``extract``. What ``resume`` keeps is whole: a result
            that one of them failed to enrich is made again. A paid service is paid for each file.
        **more_options: Options of the extractor.

    Raises:
        SourceNotFoundError: A pattern matches no file.
        OptionsError: While iterating: an option does not fit; whatever ``on_error`` says, as every file would fail.
    """
    if on_error not in {"collect", "raise"}:
        raise ValueError(f"on_error is 'collect' or 'raise', not {on_error!r}")
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")

    def request(file: File) -> AttemptRequest:
        return attempt_request(file, format, options, more_options, limits, enable_services, credentials, strict=strict)

    store = Path(resume) if resume is not None else None
    readings = readings_of(enrich)
    return Extractions(_Run(_expand(files), request, readings, registry, workers, on_error, store, progress))


def _expand(files: File | Iterable[File]) -> tuple[File, ...]:
    given = [files] if isinstance(files, str | os.PathLike | bytes | Source) else files
    return tuple(found for file in given for found in _matches(file))


def _matches(file: File) -> list[File]:
    if not isinstance(file, str | os.PathLike):
        return [file]
    text = os.path.expanduser(os.fspath(file))  # noqa: PTH111 -- Path would fold "./" away, and the text is shown
    if os.path.isdir(text):  # noqa: PTH112
        raise SourceNotFoundError(
            f"{text!r} is a folder.",
            name=text,
            remedy=f"Say which files in it, for example {text.rstrip('/')}/**/*.pdf.",
        )
    if not glob.has_magic(text) or os.path.exists(text):  # noqa: PTH110 -- "part[1].dxf" is a name too
        return [text]
    found: list[File] = [path for path in sorted(glob.glob(text, recursive=True)) if os.path.isfile(path)]  # noqa: PTH113, PTH207
    if not found:
        raise SourceNotFoundError(
            f"No file matches {text!r} (in {Path.cwd().name!r}).",
            name=text,
            remedy="Check the folder and the ending; ** stands for any folders.",
        )
    return found


class _MakeRequest(Protocol):
    def __call__(self, file: File, /) -> AttemptRequest: ...


class _Bar(Protocol):
    def step(self, outcome: Outcome) -> None: ...


@dataclass(frozen=True, slots=True)
class _Run:
    files: tuple[File, ...]
    request: _MakeRequest
    readings: Readings
    registry: ExtractorRegistry | None
    workers: int | None
    on_error: OnError
    store: Path | None
    progress: bool | None

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """Run everything; gives each file's index with its outcome, as they are ready."""
        registry = self.registry or ExtractorRegistry.discover()
        runner = ProcessPoolRunner(self.workers)
        runner.bind(registry)
        cancelled = threading.Event()
        keeper = _Keeper(self.store, registry, self.readings) if self.store else None
        pool = ThreadPoolExecutor(runner.slots, thread_name_prefix="extract-many")

        def run(request: AttemptRequest) -> AttemptOutcome:
            return runner.run_blocking(request, cancelled)

        def read(request: AttemptRequest) -> AttemptOutcome:
            return read_by_all(request, self.readings, run)

        def work(file: File) -> Outcome:
            return _extract(file, self.request, read, keeper)

        try:
            with _bar(len(self.files), self.progress) as bar:
                for index, outcome in _in_window(pool, work, self.files, 2 * runner.slots):
                    bar.step(outcome)
                    self._refuse(outcome)
                    yield index, outcome
        finally:
            cancelled.set()
            pool.shutdown(wait=False, cancel_futures=True)
            runner.close()
            pool.shutdown(wait=True)

    def _refuse(self, outcome: Outcome) -> None:
        error = outcome.error
        if error is not None and (self.on_error == "raise" or isinstance(error, _CALLERS_MISTAKES)):
            raise error


class _Work(Protocol):
    def __call__(self, file: File, /) -> Outcome: ...


def _in_window(
    pool: ThreadPoolExecutor, work: _Work, files: Iterable[File], width: int
) -> Iterator[tuple[int, Outcome]]:
    """Keep at most ``width`` files under way or unread, so that a slow reader holds the work back."""
    waiting = enumerate(files)
    running: dict[Future[Outcome], int] = {}
    while True:
        while len(running) < width and (following := next(waiting, None)) is not None:
            index, file = following
            running[pool.submit(work, file)] = index
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=running.__getitem__):
            yield running.pop(future), future.result()


def _extract(
    file: File,
    make: _MakeRequest,
    read: Run,
    keeper: _Keeper | None,
) -> Outcome:
    shown = _shown(file)
    try:
        request = make(file)
    except ExtractionError as exc:
        return Outcome(shown, error=exc)
    if keeper is not None and (kept := keeper.get(request)) is not None:
        return Outcome(shown, kept, is_resumed=True)
    outcome = read(request)
    try:
        result = outcome.result()
    except ExtractionError as exc:
        return Outcome(shown, error=exc, seconds=outcome.seconds)
    if keeper is not None and not any(issue.code == FAILED for issue in result.issues):
        keeper.put(request, result)
    return Outcome(shown, result, seconds=outcome.seconds)


def _shown(file: File) -> str:
    if isinstance(file, Source):
        return str(file.path or file.name)
    return "unnamed" if isinstance(file, bytes) else os.fspath(file)


class _Keeper:
    """Results as files, named by everything that they depend on."""

    def __init__(self, folder: Path, registry: ExtractorRegistry, readings: Readings) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._readings = readings
        self._plugins = sorted((item.name, str(item.version)) for item in registry.plugins)

    def get(self, request: AttemptRequest) -> ExtractionResult | None:
        """The result that was kept; None when there is none, or its file is damaged."""
        try:
            return ExtractionResult.model_validate_json(self._path(request).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def put(self, request: AttemptRequest, result: ExtractionResult) -> None:
        """Keep a result; its file is there as a whole or not at all."""
        path = self._path(request)
        partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        partial.write_text(result.model_dump_json(), "utf-8")
        partial.replace(path)

    def _path(self, request: AttemptRequest) -> Path:
        source = request.source
        facts = [
            source.sha256,
            source.name,
            request.format,
            request.options,
            request.strict,
            sorted(request.services),
            repr(request.limits),
            self._plugins,
            # absent where nothing enriches, so that what was kept before is found
            *([list(self._readings.items())] if self._readings else []),
        ]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
        return self._folder / f"{digest[:32]}.json"


class _Silent:
    def step(self, outcome: Outcome) -> None:
        """Show nothing."""


class _RichBar:
    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._failed = 0
        self._task = bar.add_task("extracting", total=total)

    def step(self, outcome: Outcome) -> None:
        """Count one file, and those that failed beside it."""
        self._failed += outcome.error is not None
        said = f"extracting, {self._failed} failed" if self._failed else "extracting"
        self._bar.update(self._task, advance=1, description=said)


@contextmanager
def _bar(total: int, wanted: bool | None) -> Iterator[_Bar]:
    if wanted is False or (wanted is None and not _is_watched()):
        yield _Silent()
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError as exc:
        if wanted is None:
            yield _Silent()
            return
        raise MissingDependencyError(
            "A progress bar needs rich.",
            extra="pybase-extraction[notebook]",
            remedy="pip install 'pybase-extraction[notebook]', or say progress=False.",
        ) from exc
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield _RichBar(bar, total)


def _is_watched() -> bool:
    # a notebook's kernel is an InteractiveShell without a terminal; sys.modules tells without importing IPython
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return sys.stderr.isatty() or (shell is not None and type(shell).__name__ == "ZMQInteractiveShell")
