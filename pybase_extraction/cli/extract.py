"""The command that extracts files and shows, prints or writes what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import anyio
import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pybase_extraction.cli.console import fail, stderr, stdout
from pybase_extraction.cli.opening import make_folder, make_manager
from pybase_extraction.cli.options import database_options, expand, limit_options, make_limits, read_options
from pybase_extraction.cli.render import show
from pybase_extraction.errors import ExtractionError, LimitExceededError, SourceError, StorageError
from pybase_extraction.export import write_csv_folder, write_xlsx
from pybase_extraction.jobs import Job, JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.results import ExtractionResult
from pybase_extraction.runners.process import ProcessPoolRunner


@dataclass(slots=True)
class Tally:
    """What became of the files.

    Attributes:
        results: Of the files that were extracted, in their order.
        failures: Number of files without a result.
    """

    results: list[ExtractionResult] = field(default_factory=list)
    failures: int = 0

    @property
    def exit_status(self) -> int:
        """0 when every file is complete, 1 otherwise."""
        return int(self.failures > 0 or any(result.is_partial for result in self.results))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--option", "pairs", multiple=True, metavar="KEY=VALUE", help="Option of the extractor; repeatable."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "csv", "xlsx"]),
    default="table",
    show_default=True,
    help="What to make of the results; json on standard output is exactly the result, a line each for several files.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Folder for the files that json, csv and xlsx write.")
@click.option("--as", "wanted", metavar="FORMAT", help="Read as this format; told by the content when left out.")
@click.option("-j", "--jobs", "slots", type=click.IntRange(min=1), help="Files at the same time. [default: processors]")
@click.option("--force", is_flag=True, help="Extract again what was extracted before.")
@click.option("--enable", "services", multiple=True, metavar="SERVICE", help="Let files go to this network service.")
@limit_options
@database_options
def extract(
    files: tuple[Path, ...],
    pairs: tuple[str, ...],
    output_format: str,
    output: Path | None,
    wanted: str | None,
    slots: int | None,
    *,
    force: bool,
    services: tuple[str, ...],
    timeout: float,
    memory: int,
    max_bytes: int,
    db: str | None,
    storage: str | None,
    owner: str | None,
) -> int:
    """Extract FILES, many at a time, and show what was found.

    Folders stand for the files in them. Every file is a job: what is done stays done when the command is stopped, and
    the same command goes on with the rest.

    \b
    Examples:
      pybase-extract extract drawing.pdf -o extract_title_block=true
      pybase-extract extract models/ --format xlsx --output tables/
      pybase-extract extract part.step --format json > part.json
    """  # noqa: D301 -- \b is click's own mark for a block that keeps its lines
    if output_format in {"csv", "xlsx"} and output is None:
        raise click.UsageError(f"--format {output_format} writes files: say where with --output DIR")
    options = read_options(pairs)
    if output is not None:
        make_folder(output, "output")  # before the work rather than after it

    async def work() -> Tally:
        manager = make_manager(
            db,
            storage,
            runner=ProcessPoolRunner(slots),
            limits=make_limits(timeout, memory, max_bytes),
            enable_services=services,
        )
        async with manager:
            return await _Extraction(manager, owner, wanted, options, force=force).run(expand(files))

    tally = anyio.run(work)
    _write(tally.results, output_format, output)
    return tally.exit_status


class _Extraction:
    """Files on their way through the manager."""

    def __init__(
        self,
        manager: ExtractionManager,
        owner: str | None,
        wanted: str | None,
        options: dict[str, object],
        *,
        force: bool,
    ) -> None:
        self.manager = manager
        self.owner = owner
        self.wanted = wanted
        self.options = options
        self.force = force
        self.tally = Tally()

    async def run(self, files: Sequence[Path]) -> Tally:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
            bar = progress.add_task("extracting", total=len(files))
            jobs = [await self._submit(path) for path in files]
            for path, job_id in zip(files, jobs, strict=True):
                progress.update(bar, description=escape(path.name))
                if job_id is not None:
                    await self._finish(job_id)
                progress.advance(bar)
        return self.tally

    async def _submit(self, path: Path) -> UUID | None:
        try:
            job = await self.manager.submit(
                path, owner=self.owner, format=self.wanted, options=self.options, force=self.force
            )
        except (SourceError, LimitExceededError) as exc:
            # a defect of one file; wrong options or a missing plugin concern all of them and end the command
            fail(exc)
            self.tally.failures += 1
            return None
        return job.id

    async def _finish(self, job_id: UUID) -> None:
        job = await self._wait(job_id)
        if job.status is not JobStatus.COMPLETED:
            self.tally.failures += 1
            stderr.print(
                f"[red]{escape(job.filename)}: {escape(job.error_message or job.status.value)}[/]", soft_wrap=True
            )
            return
        try:
            self.tally.results.append(await self.manager.result(job_id, owner=self.owner))
        except ExtractionError as exc:
            fail(exc)
            self.tally.failures += 1

    async def _wait(self, job_id: UUID) -> Job:
        """Wait for the first attempt; a retry that is minutes away is not waited for, the next call finds the job."""
        job = await self.manager.get(job_id, owner=self.owner)
        async for event in self.manager.watch(job_id, owner=self.owner):
            job = event.job
            if job.is_scheduled:
                break
        return job


def _write(results: Sequence[ExtractionResult], output_format: str, output: Path | None) -> None:
    if output_format == "table":
        for result in results:
            show(stdout, result)
    elif output_format == "json" and output is None:
        for result in results:
            click.echo(result.model_dump_json())
    elif output is not None:
        try:
            written = _write_files(results, output_format, output)
        except OSError as exc:
            raise StorageError(
                f"The results cannot be written: {exc.strerror or type(exc).__name__}.",
                remedy="They are kept: the same command writes them again without extracting.",
            ) from exc
        for path in written:
            stderr.print(f"wrote {escape(str(path))}", soft_wrap=True)


def _write_files(results: Sequence[ExtractionResult], output_format: str, output: Path) -> list[Path]:
    if output_format == "xlsx":
        write_xlsx(output / "results.xlsx", results)
        return [output / "results.xlsx"]
    written = []
    for name, result in zip(_distinct([result.source.filename for result in results]), results, strict=True):
        if output_format == "csv":
            written += write_csv_folder(output / name, result)
        else:
            written.append(output / f"{name}.json")
            written[-1].write_text(result.model_dump_json(indent=2), "utf-8")
    return written


def _distinct(names: Sequence[str]) -> list[str]:
    """Names that are safe as file names and differ from each other."""
    found: list[str] = []
    for name in names:
        base = name.replace("/", "_").replace("\\", "_").lstrip(".") or "file"
        taken = sum(other == base or other.startswith(f"{base}~") for other in found)
        found.append(f"{base}~{taken}" if taken else base)
    return found
