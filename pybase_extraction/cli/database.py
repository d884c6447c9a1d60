"""Commands about the database of the jobs: ``db upgrade``, ``db check`` and ``db copy``."""

from __future__ import annotations

from pathlib import Path

import click

from pybase_extraction.cli.opening import address_checked, make_folder
from pybase_extraction.cli.options import examples
from pybase_extraction.environment import read_environment


@click.group("db")
def database() -> None:
    """Make or check the tables of the jobs."""


def _database(db: str | None) -> str | Path:
    environment = read_environment()
    return db or environment.database or (environment.home or Path("pybase-data")) / "jobs.sqlite"


@database.command(epilog=examples("pybase-extract db upgrade --db postgresql://localhost/pybase"))
@click.option("--db", default=None, metavar="URL", help="Database of the jobs. [default: pybase-data/jobs.sqlite]")
def upgrade(db: str | None) -> None:
    """Make the tables, or bring them up to this library's version."""
    from pybase_extraction.repositories.migrations import upgrade as run

    target = _database(db)
    if db is None and isinstance(target, Path):
        make_folder(target.parent, "data")
    with address_checked():
        click.echo(f"the database is at revision {run(target)}")


@database.command(epilog=examples("pybase-extract db check --db jobs.sqlite"))
@click.option("--db", default=None, metavar="URL", help="Database of the jobs. [default: pybase-data/jobs.sqlite]")
def check(db: str | None) -> None:
    """Say whether the tables fit this library; exits with 1 when they do not."""
    from pybase_extraction.repositories.migrations import check as run

    with address_checked():
        run(_database(db))
    click.echo("the database fits this library")


@database.command(
    epilog=examples("pybase-extract db copy --from pybase-data/jobs.sqlite --to postgresql://localhost/pybase")
)
@click.option("--from", "old", required=True, metavar="URL", help="Database that has the jobs; stop its workers first.")
@click.option("--to", "new", required=True, metavar="URL", help="Prepared database that has none yet.")
def copy(old: str, new: str) -> None:
    """Copy all jobs with their attempts, batches, results and usage into another database.

    Files stay where they are: the storage is the same for both.
    """
    from pybase_extraction.integrations.usage import define_usage
    from pybase_extraction.repositories.transfer import copy_jobs

    with address_checked():
        count = copy_jobs(old, new, also=[define_usage])
    click.echo(f"{count} {'job is' if count == 1 else 'jobs are'} copied")
