"""The group of all commands, and the one place that turns errors into messages and exit codes."""

from __future__ import annotations

import importlib
import os
import sys

import click

from pybase_extraction.cli.console import fail, stderr, write_log
from pybase_extraction.errors import (
    ExtractionError,
    MissingDependencyError,
    MissingPluginError,
    OptionsError,
)

USAGE_ERRORS = (OptionsError, MissingPluginError, MissingDependencyError)
"""Errors of the one who typed the command, not of a file."""


COMMANDS = {
    "extract": "extract:extract",
    "submit": "jobs:submit",
    "worker": "jobs:worker",
    "jobs": "jobs:jobs",
    "formats": "inspection:formats",
    "plugins": "inspection:plugins",
    "plugin": "plugin:plugin",
    "detect": "inspection:detect",
    "schema": "inspection:schema",
    "db": "database:database",
    "doctor": "doctor:doctor",
}
"""Module of this package and function of every command."""


class Commands(click.Group):
    """Imports a command when it is asked for: half of a short command's time was the import of all the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command."""
        return sorted([*COMMANDS, *super().list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command, None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, function = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"pybase_extraction.cli.{module}"), function)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="pybase-extraction", prog_name="pybase-extract")
@click.option("-v", "--verbose", is_flag=True, help="Write the log to standard error.")
def cli(*, verbose: bool) -> None:
    """Turn engineering drawings and models into structured data.

    \b
    Examples:
      pybase-extract extract drawing.pdf
      pybase-extract extract *.dxf --format xlsx --output tables/
      pybase-extract extract part.step -o calculate_centroids=true --format json | jq .parts
      pybase-extract worker --db postgresql+psycopg://localhost/pybase
    """  # noqa: D301 -- \b is click's own mark for a block that keeps its lines
    write_log(verbose=verbose)


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and give its exit status."""
    try:
        status = cli.main(args=arguments, prog_name="pybase-extract", standalone_mode=False)
    except click.ClickException as exc:
        exc.show(file=sys.stderr)
        return 2
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort):
        stderr.print("Stopped. What is done stays done; the same command goes on with the rest.")
        return 1
    except BrokenPipeError:
        # whoever read the output has seen enough (head, less); what is still buffered has no reader either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except USAGE_ERRORS as exc:
        fail(exc)
        if isinstance(exc, OptionsError):
            stderr.print('Values are JSON: -o name=true -o name=3 -o \'name=["a", "b"]\'.', markup=False)
        return 2
    except ExtractionError as exc:
        fail(exc)
        return 1
    return status if isinstance(status, int) else 0
