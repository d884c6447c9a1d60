"""Commands about jobs: submit, worker, and the group ``jobs``."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import anyio
import click
from rich.markup import escape
from rich.table import Column, Table

from pybase_extraction.cli.console import fail, stderr, stdout
from pybase_extraction.cli.opening import make_manager
from pybase_extraction.cli.options import (
    JOB_ID,
    POSITIVE,
    database_options,
    enrich_option,
    examples,
    expand,
    limit_options,
    make_limits,
    queue_option,
    read_options,
    split_options,
)
from pybase_extraction.errors import LimitExceededError, SourceError
from pybase_extraction.jobs import ALL_OWNERS, ENDED, Attempt, ClaimFilter, Job, JobQuery, JobStatus, Owner
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.base import Runner
from pybase_extraction.runners.opening import open_runner
from pybase_extraction.worker import WorkerSettings


@click.command(
    epilog=examples(
        "pybase-extract submit drawings/ --owner mara", "pybase-extract submit part.step -o calculate_centroids=true"
    )
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--option", "pairs", multiple=True, metavar="KEY=VALUE", help="Option of the extractor; repeatable."
)
@click.option("--as", "wanted", metavar="FORMAT", help="Read as this format; told by the content when left out.")
@click.option("--force", is_flag=True, help="Extract again what was extracted before.")
@enrich_option
@queue_option
@database_options
def submit(
    files: tuple[Path, ...],
    pairs: tuple[str, ...],
    wanted: str | None,
    *,
    force: bool,
    enrich: tuple[str, ...],
    queue: str | None,
    db: str | None,
    storage: str | None,
    owner: str | None,
) -> int:
    """Add jobs for FILES and print their ids; a worker extracts them.

    A file that cannot be read is told and left out; the exit status is 1 then.
    """
    options, further = split_options(read_options(pairs), enrich)
    failures = 0

    async def work(manager: ExtractionManager) -> None:
        nonlocal failures
        for path in expand(files):
            try:
                job = await manager.submit(
                    path, owner=owner, format=wanted, options=options, enrich=further, force=force
                )
            except (SourceError, LimitExceededError) as exc:
                fail(exc)
                failures += 1
            else:
                click.echo(job.id)

    _with_manager(db, storage, work, dispatcher=queue)
    return int(failures > 0)


@click.command(
    epilog=examples(
        "pybase-extract worker --concurrency 4",
        "pybase-extract worker --formats dxf,dwg --until-empty",
        "pybase-extract worker --queue celery://host.tasks:app --db postgresql://localhost/pybase",
    )
)
@click.option("--concurrency", type=click.IntRange(min=1), help="Files at the same time. [default: processors]")
@click.option("--formats", metavar="A,B", help="Take only jobs of these formats.")
@click.option("--lease", type=POSITIVE, default=60.0, show_default=True, metavar="S", help="Lease of a job.")
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    metavar="S",
    help="Seconds to drain when stopped.",
)
@click.option(
    "--runner", default="process", show_default=True, metavar="NAME", help="process, thread, asyncio, or a plugin's."
)
@queue_option
@click.option("--health-port", type=click.IntRange(0, 65535), help="Answer /live, /ready and /metrics here; 0: any.")
@click.option("--health-host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on.")
@click.option("--until-empty", is_flag=True, help="End when no job is left that is due.")
@click.option("--enable", "services", multiple=True, metavar="SERVICE", help="Let files go to this network service.")
@limit_options
@database_options
def worker(
    concurrency: int | None,
    formats: str | None,
    lease: float,
    grace: float,
    *,
    runner: str,
    queue: str | None,
    health_port: int | None,
    health_host: str,
    until_empty: bool,
    services: tuple[str, ...],
    timeout: float,
    memory: int,
    max_bytes: int,
    processors: int | None,
    db: str | None,
    storage: str | None,
    owner: str | None,
) -> None:
    """Take jobs and run them until stopped; SIGTERM and Ctrl-C drain, a second one gives running jobs back at once.

    With --queue the workers of that queue run the jobs, and this process only keeps them going.
    """
    from pybase_extraction.integrations.health import Health, serve_health

    health = Health()
    registry = ExtractorRegistry.discover()
    wanted = frozenset(formats.split(",")) if formats else None
    owners = frozenset({owner}) if owner is not None else None
    settings = WorkerSettings(lease_s=lease, grace_s=grace, claims=ClaimFilter(formats=wanted, owners=owners))

    async def work(manager: ExtractionManager) -> None:
        stderr.print(_introduction(manager))
        async with anyio.create_task_group() as group:
            if health_port is not None:
                host, port = await group.start(partial(serve_health, manager, health, health_host, health_port))
                stderr.print(f"health at http://{host}:{port}/ready")
            group.start_soon(_stop_on_signal, manager, group.cancel_scope)
            if until_empty:
                await _until_empty(manager)
                group.cancel_scope.cancel()
        stderr.print("worker stopped")

    _with_manager(
        db,
        storage,
        work,
        works=True,
        settings=settings,
        registry=registry,
        runner=_runner(runner, concurrency, registry),
        dispatcher=queue,
        observers=() if health_port is None else (health,),
        limits=make_limits(timeout, memory, max_bytes, processors),
        enable_services=services,
    )


def _introduction(manager: ExtractionManager) -> str:
    if manager.dispatcher is not None:
        return f"worker {manager.worker.name} keeps the jobs of an external queue going"
    return f"worker {manager.worker.name} takes jobs, {manager.runner.slots} at a time"


def _runner(name: str, slots: int | None, registry: ExtractorRegistry) -> Runner:
    try:
        return open_runner(name, slots, registry)
    except ValueError as exc:
        raise click.BadParameter(str(exc), param_hint="--runner") from exc


async def _stop_on_signal(manager: ExtractionManager, scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            stderr.print("draining")
            async with anyio.create_task_group() as group:
                group.start_soon(_drain, manager, group.cancel_scope)
                async for _ in signals:
                    await manager.stop(drain=False)
                    break
            break
    scope.cancel()


async def _drain(manager: ExtractionManager, scope: anyio.CancelScope) -> None:
    await manager.stop()
    scope.cancel()


async def _until_empty(manager: ExtractionManager) -> None:
    while (stats := await manager.stats(owner=ALL_OWNERS)).pending + stats.processing:
        await manager.repository.wait_for_change(0.5)


@click.group()
def jobs() -> None:
    """List, look at and steer jobs."""


@jobs.command("list", epilog=examples("pybase-extract jobs list --status failed --limit 50"))
@click.option("--status", multiple=True, type=click.Choice([item.value for item in JobStatus]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Most jobs to list.")
@click.option("--all-owners", is_flag=True, help="Jobs of everybody.")
@database_options
def list_jobs(
    status: tuple[str, ...], limit: int, *, all_owners: bool, db: str | None, storage: str | None, owner: str | None
) -> None:
    """List jobs, newest first."""
    query = JobQuery(statuses=frozenset(JobStatus(item) for item in status) or None)
    whose: Owner = ALL_OWNERS if all_owners else owner

    async def work(manager: ExtractionManager) -> None:
        page = await manager.find(query, owner=whose, limit=limit)
        table = Table(Column("id", no_wrap=True), "status", "format", "file", "created", "attempts", "error")
        for job in page.jobs:
            table.add_row(
                str(job.id),
                _status(job),
                job.format,
                escape(job.filename),
                f"{job.created_at:%Y-%m-%d %H:%M:%S}",
                str(job.attempt),
                escape((job.error_message or "")[:60]),
            )
        stdout.print(table)

    _with_manager(db, storage, work)


@jobs.command(epilog=examples("pybase-extract jobs show 0192f0a4-5c0e-7b1c-9a53-6f6c1f0e8a11"))
@click.argument("job_id", type=JOB_ID)
@database_options
def show(job_id: UUID, db: str | None, storage: str | None, owner: str | None) -> None:
    """Show one job with the log of its attempts."""

    async def work(manager: ExtractionManager) -> None:
        job = await manager.get(job_id, owner=_whose(owner))
        for name in ("id", "status", "format", "filename", "file_size", "owner_id", "progress", "options", "attempt",
                     "retry_count", "next_retry_at", "created_at", "started_at", "completed_at", "error_code",
                     "error_message", "result_size"):  # fmt: skip
            value = getattr(job, name)
            if value is not None:
                stdout.print(f"{name:>14}  {escape(str(value))}", soft_wrap=True)
        stdout.print(_attempt_table(await manager.attempts(job_id, owner=_whose(owner))))

    _with_manager(db, storage, work)


@jobs.command(epilog=examples("pybase-extract jobs result 0192f0a4-5c0e-7b1c-9a53-6f6c1f0e8a11 > part.json"))
@click.argument("job_id", type=JOB_ID)
@database_options
def result(job_id: UUID, db: str | None, storage: str | None, owner: str | None) -> None:
    """Print the result of a completed job as JSON."""

    async def work(manager: ExtractionManager) -> None:
        click.echo(await manager.result_json(job_id, owner=_whose(owner)))

    _with_manager(db, storage, work)


@jobs.command(epilog=examples("pybase-extract jobs cancel 0192f0a4-5c0e-7b1c-9a53-6f6c1f0e8a11"))
@click.argument("job_ids", nargs=-1, required=True, type=JOB_ID)
@database_options
def cancel(job_ids: tuple[UUID, ...], db: str | None, storage: str | None, owner: str | None) -> None:
    """Cancel pending jobs at once, and ask running ones to stop."""

    async def work(manager: ExtractionManager) -> None:
        for job_id in job_ids:
            job = await manager.cancel(job_id, owner=_whose(owner))
            click.echo(f"{job.id} {'stopping' if job.status is JobStatus.PROCESSING else job.status}")

    _with_manager(db, storage, work)


@jobs.command(epilog=examples("pybase-extract jobs retry 0192f0a4-5c0e-7b1c-9a53-6f6c1f0e8a11"))
@click.argument("job_ids", nargs=-1, required=True, type=JOB_ID)
@database_options
def retry(job_ids: tuple[UUID, ...], db: str | None, storage: str | None, owner: str | None) -> None:
    """Try failed or cancelled jobs again."""

    async def work(manager: ExtractionManager) -> None:
        for job_id in job_ids:
            job = await manager.retry(job_id, owner=_whose(owner))
            click.echo(f"{job.id} {job.status}")

    _with_manager(db, storage, work)


@jobs.command(epilog=examples("pybase-extract jobs stats --db postgresql://localhost/pybase"))
@database_options
def stats(db: str | None, storage: str | None, owner: str | None) -> None:
    """Count jobs by status."""

    async def work(manager: ExtractionManager) -> None:
        counts = await manager.stats(owner=_whose(owner))
        for name in ("pending", "retrying", "processing", "completed", "failed", "cancelled", "total"):
            stdout.print(f"{name:>12}  {getattr(counts, name)}")
        if counts.oldest_due_s is not None:
            stdout.print(f"  oldest due  {counts.oldest_due_s:.1f} s")

    _with_manager(db, storage, work)


@jobs.command(
    epilog=examples("pybase-extract jobs prune --older-than 90 --dry-run", "pybase-extract jobs prune --status failed")
)
@click.option("--older-than", type=click.IntRange(min=0), default=30, show_default=True, metavar="DAYS", help="Age.")
@click.option("--status", type=click.Choice([item.value for item in sorted(ENDED)]), help="Only this status.")
@click.option("--dry-run", is_flag=True, help="Only list them.")
@click.option("--orphans", is_flag=True, help="Also stored files, a day old, that no job names.")
@database_options
def prune(
    older_than: int,
    status: str | None,
    *,
    dry_run: bool,
    orphans: bool,
    db: str | None,
    storage: str | None,
    owner: str | None,
) -> None:
    """Delete ended jobs and their results."""
    statuses = frozenset({JobStatus(status)}) if status else None
    query = JobQuery(statuses=statuses, ended_before=datetime.now(UTC) - timedelta(days=older_than))

    async def work(manager: ExtractionManager) -> None:
        found = await manager.prune(query, owner=_whose(owner), limit=100_000, dry_run=dry_run)
        would = " would be" if dry_run else ""
        click.echo(f"{len(found)} jobs{would} deleted")
        if orphans:
            removed = await manager.remove_orphans(dry_run=dry_run)
            click.echo(f"{len(removed)} stored files{would} deleted")

    _with_manager(db, storage, work)


def _whose(owner: str | None) -> Owner:
    """The command line belongs to the operator: without --owner it sees everybody's jobs."""
    return ALL_OWNERS if owner is None else owner


def _status(job: Job) -> str:
    colours = {JobStatus.COMPLETED: "green", JobStatus.FAILED: "red", JobStatus.PROCESSING: "cyan"}
    colour = colours.get(job.status)
    shown = "retrying" if job.is_scheduled else job.status.value
    return f"[{colour}]{shown}[/]" if colour else shown


def _attempt_table(attempts: Sequence[Attempt]) -> Table:
    table = Table("attempt", "outcome", "started", "seconds", "worker", "error")
    for attempt in attempts:
        started = attempt.started_at
        seconds = f"{(attempt.ended_at - started).total_seconds():.1f}" if started else ""
        table.add_row(
            str(attempt.number),
            attempt.outcome.value,
            f"{started:%Y-%m-%d %H:%M:%S}" if started else "",
            seconds,
            (attempt.worker or "")[:8],
            escape(attempt.error_message or ""),
        )
    return table


def _with_manager(
    db: str | None,
    storage: str | None,
    work: Callable[[ExtractionManager], Awaitable[None]],
    *,
    works: bool = False,
    **arguments: object,
) -> None:
    async def run() -> None:
        async with make_manager(db, storage, works=works, **arguments) as manager:
            await work(manager)

    anyio.run(run)
