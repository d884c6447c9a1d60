"""The command that extracts files and shows, prints or writes what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import anyio
import anyio.to_thread
import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pybase_extraction.cli.console import fail, stderr
from pybase_extraction.cli.opening import make_folder, make_manager
from pybase_extraction.cli.options import (
    database_options,
    enrich_option,
    expand,
    limit_options,
    make_limits,
    read_options,
    split_options,
)
from pybase_extraction.cli.writing import FILES_ONLY, PictureWriter, ResultWriter, make_writer
from pybase_extraction.errors import ExtractionError, LimitExceededError, SourceError, SourceNotFoundError
from pybase_extraction.jobs import Job, JobStatus
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.runners.process import ProcessPoolRunner


@dataclass(slots=True)
class Tally:
    """What became of the files.

    Attributes:
        complete: Files whose result is complete.
        partial: Files whose result lacks something that an issue names.
        failures: Files without a result.
        missing: Paths at which there is no file.
    """

    complete: int = 0
    partial: int = 0
    failures: int = 0
    missing: int = 0

    @property
    def exit_status(self) -> int:
        """0 when every file is complete, 2 when none of them exists, 1 otherwise."""
        if self.missing and not self.complete + self.partial + self.failures:
            return 2
        return int(self.partial + self.failures + self.missing > 0)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--option",
    "pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="Option of the extractor; repeatable. FORMAT.KEY=VALUE concerns files of that format alone.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "jsonl", "csv", "xlsx", "parquet"]),
    default="table",
    show_default=True,
    help="What to make of the results; json on standard output is exactly the result, a line each for several files.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Folder for the files of every format but table.")
@click.option(
    "--overlay", type=click.Path(path_type=Path), help="Folder for pictures of the pages with what was found on them."
)
@click.option("--as", "wanted", metavar="FORMAT", help="Read as this format; told by the content when left out.")
@click.option("-j", "--jobs", "slots", type=click.IntRange(min=1), help="Files at the same time. [default: processors]")
@click.option("--force", is_flag=True, help="Extract again what was extracted before.")
@click.option("--enable", "services", multiple=True, metavar="SERVICE", help="Let files go to this network service.")
@enrich_option
@limit_options
@database_options
def extract(
    files: tuple[Path, ...],
    pairs: tuple[str, ...],
    output_format: str,
    output: Path | None,
    overlay: Path | None,
    wanted: str | None,
    slots: int | None,
    *,
    force: bool,
    services: tuple[str, ...],
    enrich: tuple[str, ...],
    timeout: float,
    memory: int,
    max_bytes: int,
    processors: int | None,
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
      pybase-extract extract folder/ -o pdf.extract_dimensions=true -o ifc.include_geometry=true
      pybase-extract extract models/ --format xlsx --output tables/
      pybase-extract extract part.step --format json > part.json
    """  # noqa: D301 -- \b is click's own mark for a block that keeps its lines
    if output_format in FILES_ONLY and output is None:
        raise click.UsageError(f"--format {output_format} writes files: say where with --output DIR")
    options, further = split_options(read_options(pairs), enrich)
    if output is not None:
        make_folder(output, "output")  # before the work rather than after it
    if overlay is not None:
        make_folder(overlay, "overlay")

    writer = make_writer(output_format, output)

    async def run_all() -> Tally:
        manager = make_manager(
            db,
            storage,
            runner=ProcessPoolRunner(slots),
            limits=make_limits(timeout, memory, max_bytes, processors),
            enable_services=services,
        )
        async with manager:
            work = _Extraction(manager, owner, wanted, options, further, writer, force=force)
            work.pictures = PictureWriter(overlay) if overlay is not None else None
            return await work.run(expand(files))

    tally = anyio.run(run_all)
    writer.close()
    return tally.exit_status


class _Extraction:
    """Files on their way through the manager."""

    def __init__(
        self,
        manager: ExtractionManager,
        owner: str | None,
        wanted: str | None,
        options: dict[str, object],
        further: dict[str, dict[str, object]],
        writer: ResultWriter,
        *,
        force: bool,
    ) -> None:
        self.manager = manager
        self.owner = owner
        self.wanted = wanted
        self.options = options
        self.further = further
        self.writer = writer
        self.force = force
        self.tally = Tally()
        self.pictures: PictureWriter | None = None

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
                    await self._finish(path, job_id)
                progress.advance(bar)
        return self.tally

    async def _submit(self, path: Path) -> UUID | None:
        try:
            job = await self.manager.submit(
                path,
                owner=self.owner,
                format=self.wanted,
                options=self.options,
                enrich=self.further,
                force=self.force,
            )
        except SourceNotFoundError as exc:
            fail(exc)
            self.tally.missing += 1
            return None
        except (SourceError, LimitExceededError) as exc:
            # a defect of one file; wrong options or a missing plugin concern all of them and end the command
            fail(exc)
            self.tally.failures += 1
            return None
        return job.id

    async def _finish(self, path: Path, job_id: UUID) -> None:
        job = await self._wait(job_id)
        if job.status is not JobStatus.COMPLETED:
            self.tally.failures += 1
            stderr.print(
                f"[red]{escape(job.filename)}: {escape(job.error_message or job.status.value)}[/]", soft_wrap=True
            )
            return
        try:
            result = await self.manager.result(job_id, owner=self.owner)
        except ExtractionError as exc:
            fail(exc)
            self.tally.failures += 1
            return
        if result.is_partial:
            self.tally.partial += 1
        else:
            self.tally.complete += 1
        self.writer.add(result)
        if self.pictures is not None:
            await anyio.to_thread.run_sync(self.pictures.add, result, path)

    async def _wait(self, job_id: UUID) -> Job:
        """Wait for the first attempt; a retry that is minutes away is not waited for, the next call finds the job."""
        job = await self.manager.get(job_id, owner=self.owner)
        async for event in self.manager.watch(job_id, owner=self.owner):
            job = event.job
            if job.is_scheduled:
                break
        return job
