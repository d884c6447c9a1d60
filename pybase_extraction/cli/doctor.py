"""The command that says what is installed, what is missing and how to install it."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterator

import click
from rich.markup import escape
from rich.table import Table

from pybase_extraction.cli.console import stdout
from pybase_extraction.cli.options import examples
from pybase_extraction.environment import read_environment
from pybase_extraction.registry import DISTRIBUTION, ExtractorRegistry

_REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+).*extra == ['\"]([^'\"]+)['\"]")


@click.command(epilog=examples("pybase-extract doctor"))
def doctor() -> int:
    """Say what is installed, what is missing, and how to install it.

    Exits with 1 when something that is installed does not work.
    """
    stdout.print(
        f"pybase-extraction {importlib.metadata.version(DISTRIBUTION)} on Python {platform.python_version()} "
        f"({sys.platform})"
    )
    registry = ExtractorRegistry.discover()
    stdout.print(_plugin_table(registry))
    stdout.print(_extra_table())
    for failure in registry.failures:
        stdout.print(f"[red]plugin {escape(failure.name)} does not work:[/] {escape(failure.message)}", soft_wrap=True)
    return 1 if registry.failures else 0


def _plugin_table(registry: ExtractorRegistry) -> Table:
    table = Table("extractor", "version", "formats", "state")
    diagnoses = registry.diagnose(read_environment().credentials)
    for info in registry.extractors():
        names = ", ".join(item.name for item in info.formats)
        state = "; ".join(item.message for item in diagnoses if item.extractor == info.name)
        table.add_row(info.name, info.version, names, escape(state or "ready"))
    return table


def _extra_table() -> Table:
    table = Table("extra", "brings", "state")
    for extra, packages in sorted(_extras().items()):
        missing = [package for package in packages if not _is_installed(package)]
        state = f"missing {', '.join(missing)}: pip install '{DISTRIBUTION}[{extra}]'" if missing else "installed"
        table.add_row(extra, ", ".join(packages), escape(state))
    return table


def _extras() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for package, extra in _requirements():
        if package != DISTRIBUTION:
            found.setdefault(extra, []).append(package)
    return found


def _requirements() -> Iterator[tuple[str, str]]:
    for requirement in importlib.metadata.requires(DISTRIBUTION) or []:
        if match := _REQUIREMENT.match(requirement):
            yield match[1], match[2]


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
