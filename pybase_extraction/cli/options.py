"""Arguments that several commands share, and how option values are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from pybase_extraction.extractor import Limits

F = TypeVar("F", bound=Callable[..., Any])

POSITIVE = click.FloatRange(min=0, min_open=True)


def examples(*lines: str) -> str:
    """Command lines for the end of a command's help."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def read_options(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Read ``key=value`` pairs; a value is JSON where it is (``true``, ``3``, ``[1, 2]``), text otherwise.

    ``key=@file`` takes the text of a file.

    Raises:
        UsageError: A pair has no ``=``, or its file cannot be read.
    """
    found = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{pair!r} is no option: write -o key=value")
        if text.startswith("@"):
            found[key.strip()] = _content(Path(text[1:]))
            continue
        try:
            found[key.strip()] = json.loads(text)
        except json.JSONDecodeError:
            found[key.strip()] = text
    return found


def enrich_option(command: F) -> F:
    """``--enrich``."""
    return click.option(
        "--enrich",
        "enrich",
        multiple=True,
        metavar="EXTRACTOR",
        help="Have this extractor read the files too and merge what it finds, for example werk24; repeatable. "
        "Its options: -o EXTRACTOR.KEY=VALUE.",
    )(command)


def split_options(options: dict[str, Any], enrich: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Part options into those of the extractor and, by name, those of the extractors that enrich its result."""
    further: dict[str, dict[str, Any]] = {name: {} for name in enrich}
    own = {}
    for key, value in options.items():
        name = next((name for name in enrich if key.startswith(f"{name}.")), None)
        if name is None:
            own[key] = value
        else:
            further[name][key.removeprefix(f"{name}.")] = value
    return own, further


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise click.UsageError(f"the file {str(path)!r} of an option cannot be read: {exc}") from exc


def database_options(command: F) -> F:
    """``--db``, ``--storage`` and ``--owner``."""
    for option in (
        click.option("--owner", default=None, metavar="ID", help="Whose jobs; those of nobody when left out."),
        click.option(
            "--storage",
            default=None,
            metavar="PLACE",
            help="Folder of the files, or s3://bucket/prefix?endpoint=https://... [default: pybase-data/storage]",
        ),
        click.option(
            "--db", default=None, metavar="URL", help="Database of the jobs. [default: pybase-data/jobs.sqlite]"
        ),
    ):
        command = option(command)
    return command


def queue_option(command: F) -> F:
    """``--queue``."""
    return click.option(
        "--queue", metavar="ADDRESS", help="External queue that runs the jobs: celery://module:app, or a plugin's."
    )(command)


def limit_options(command: F) -> F:
    """``--timeout``, ``--memory``, ``--processors`` and ``--max-bytes``."""
    defaults = Limits()
    for option in (
        click.option(
            "--max-bytes",
            type=click.IntRange(min=1),
            default=defaults.max_bytes,
            show_default=True,
            help="Largest file.",
        ),
        click.option(
            "--memory",
            type=click.IntRange(min=1),
            default=4096,
            show_default=True,
            metavar="MIB",
            help="Memory of an attempt.",
        ),
        click.option(
            "--processors",
            type=click.IntRange(min=1),
            metavar="N",
            help="Processors that an attempt keeps busy; 1 where as many run at once as there are.",
        ),
        click.option(
            "--timeout",
            type=POSITIVE,
            default=defaults.timeout_s,
            show_default=True,
            metavar="S",
            help="Seconds a file.",
        ),
    ):
        command = option(command)
    return command


def make_limits(timeout: float, memory: int, max_bytes: int, processors: int | None = None) -> Limits:
    """The limits that the options say."""
    return Limits(timeout_s=timeout, memory_bytes=memory << 20, max_bytes=max_bytes, processors=processors)


class JobId(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.2 only
    """A job's id."""

    name = "job id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        """Read a UUID."""
        try:
            return value if isinstance(value, UUID) else UUID(value)
        except ValueError:
            self.fail(f"{value!r} is no job id; see: pybase-extract jobs list", param, ctx)


JOB_ID = JobId()


def expand(paths: tuple[Path, ...]) -> list[Path]:
    """Files, with the files of folders in place of the folders, each once, in order."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        found.update(dict.fromkeys(inside))
    return list(found)
