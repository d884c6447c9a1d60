"""Where results go as they come: printed, or written as files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.markup import escape

from pybase_extraction.cli.console import fail, stderr, stdout
from pybase_extraction.cli.render import show
from pybase_extraction.errors import ExtractionError, StorageError
from pybase_extraction.export import load_parquet, write_csv_folder, write_parquet_folder, write_xlsx
from pybase_extraction.results import ExtractionResult


class ResultWriter(ABC):
    """Takes every result at once when it is there, so that a stop loses none of those before it."""

    @abstractmethod
    def add(self, result: ExtractionResult) -> None:
        """Take the next result, in the order of the files."""

    def close(self) -> None:  # noqa: B027 -- most writers have nothing left to write
        """Write what needs all results together."""


class TableWriter(ResultWriter):
    """Prints a readable summary of each result."""

    def add(self, result: ExtractionResult) -> None:
        """Print the summary."""
        show(stdout, result)


class JsonLinesWriter(ResultWriter):
    """Prints each result as one line of JSON."""

    def add(self, result: ExtractionResult) -> None:
        """Print the line."""
        click.echo(result.model_dump_json())


class FolderNames:
    """Names of results that are safe as file names and differ from each other."""

    def __init__(self) -> None:
        """No name is taken yet."""
        self._taken: Counter[str] = Counter()

    def of(self, result: ExtractionResult) -> str:
        """The next result's name."""
        base = result.source.filename.replace("/", "_").replace("\\", "_").lstrip(".") or "file"
        taken = self._taken[base]
        self._taken[base] += 1
        return f"{base}~{taken}" if taken else base


class FolderWriter(ResultWriter):
    """Writes files into a folder; names are safe as file names and differ from each other."""

    def __init__(self, folder: Path) -> None:
        """Write into a folder that exists."""
        self.folder = folder
        self._names = FolderNames()

    def _name(self, result: ExtractionResult) -> str:
        return self._names.of(result)


class JsonWriter(FolderWriter):
    """Writes each result as a JSON file."""

    def add(self, result: ExtractionResult) -> None:
        """Write the file."""
        path = self.folder / f"{self._name(result)}.json"
        with _failures_named():
            path.write_text(result.model_dump_json(indent=2), "utf-8")
        _told(path)


class CsvWriter(FolderWriter):
    """Writes a folder of CSV files for each result, a file for every section."""

    def add(self, result: ExtractionResult) -> None:
        """Write the folder."""
        with _failures_named():
            written = write_csv_folder(self.folder / self._name(result), result)
        for path in written:
            _told(path)


class JsonLinesFileWriter(FolderWriter):
    """Writes all results into one file, a line each, as they come."""

    def __init__(self, folder: Path) -> None:
        """Begin the file anew in a folder that exists."""
        super().__init__(folder)
        self._path = folder / "results.jsonl"
        with _failures_named():
            self._path.write_bytes(b"")

    def add(self, result: ExtractionResult) -> None:
        """Write the line."""
        with _failures_named(), self._path.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{result.model_dump_json()}\n")

    def close(self) -> None:
        """Tell where the file is."""
        _told(self._path)


class TogetherWriter(FolderWriter):
    """Keeps the results of all files until the end, for formats that hold them together."""

    def __init__(self, folder: Path) -> None:
        """Write into a folder that exists."""
        super().__init__(folder)
        self._results: list[ExtractionResult] = []

    def add(self, result: ExtractionResult) -> None:
        """Keep the result."""
        self._results.append(result)


class XlsxWriter(TogetherWriter):
    """Writes one workbook with the results of all files."""

    def close(self) -> None:
        """Write the workbook."""
        path = self.folder / "results.xlsx"
        with _failures_named():
            write_xlsx(path, self._results)
        _told(path)


class ParquetWriter(TogetherWriter):
    """Writes one Parquet file for every section, with the rows of all files."""

    def close(self) -> None:
        """Write the files."""
        with _failures_named():
            written = write_parquet_folder(self.folder, self._results)
        for path in written:
            _told(path)


class PictureWriter:
    """Writes a PNG and an SVG of every page with what was found drawn on it."""

    def __init__(self, folder: Path) -> None:
        """Write into a folder that exists."""
        self._names = FolderNames()
        self.folder = folder

    def add(self, result: ExtractionResult, path: Path) -> None:
        """Write the pictures of a file's pages; a page that cannot be drawn is named on standard error."""
        name = self._names.of(result)
        if all(page.unit not in {"pt", "px"} for page in result.pages):
            stderr.print(f"{escape(result.source.filename)}: files of this format have no pages to draw")
            return
        for page in result.pages:
            try:
                picture = result.page(page.number, source=path).overlay()
                for kind in ("png", "svg"):
                    _told(picture.save(self.folder / f"{name}-page-{page.number}.{kind}"))
            except ExtractionError as exc:
                fail(exc)


FILES_ONLY = frozenset({"csv", "xlsx", "parquet"})
"""Output formats that cannot be printed."""
_WRITERS: dict[str, type[FolderWriter]] = {
    "json": JsonWriter,
    "jsonl": JsonLinesFileWriter,
    "csv": CsvWriter,
    "xlsx": XlsxWriter,
    "parquet": ParquetWriter,
}


def make_writer(output_format: str, output: Path | None) -> ResultWriter:
    """Make the writer of an output format; those of ``FILES_ONLY`` need a folder."""
    if output is not None and output_format != "table":
        if output_format == "parquet":
            load_parquet()  # what is missing is told before the work, not after it
        return _WRITERS[output_format](output)
    return TableWriter() if output_format == "table" else JsonLinesWriter()


def _told(path: Path) -> None:
    stderr.print(f"wrote {escape(str(path))}", soft_wrap=True)


@contextmanager
def _failures_named() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageError(
            f"The results cannot be written: {exc.strerror or type(exc).__name__}.",
            remedy="They are kept: the same command writes them again without extracting.",
        ) from exc
