"""Commands that look at what is installed and what a file is: formats, plugins, detect, schema."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from pybase_extraction.cli.console import fail, stdout
from pybase_extraction.cli.options import examples
from pybase_extraction.errors import SourceError
from pybase_extraction.registry import ExtractorRegistry, PluginFailure
from pybase_extraction.source import Source


@click.command(epilog=examples("pybase-extract formats"))
def formats() -> None:
    """List the formats that can be read, and with which extractor."""
    table = Table("format", "title", "extensions", "extractors, first wins", "runs in")
    registry = ExtractorRegistry.discover()
    for name, infos in registry.formats().items():
        info = registry.format_info(name)
        names = ", ".join(f"{item.name} ({item.priority})" for item in infos)
        table.add_row(name, info.title, " ".join(info.extensions), names, infos[0].isolation.value)
    stdout.print(table)


@click.command(epilog=examples("pybase-extract plugins", "pybase-extract plugins --format json"))
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", help="How to print.", show_default=True
)
def plugins(form: str) -> int:
    """List the plugins that loaded, who wins where several read a format, and what did not load and why.

    Exits with 1 when a plugin did not load.
    """
    registry = ExtractorRegistry.discover()
    if form == "json":
        click.echo(json.dumps(described_plugins(registry), indent=2))
        return 1 if registry.failures else 0
    table = Table("plugin", "distribution", "version", "module", "extractors (priority)", "formats", "hooks")
    for record in described_plugins(registry)["plugins"]:
        named = ", ".join(f"{item['name']} ({item['priority']})" for item in record["extractors"])
        formats = " ".join(name for item in record["extractors"] for name in item["formats"])
        hooks = ", ".join(name.removeprefix("pybase_extraction_") for name in record["hooks"])
        cells = (record["name"], record["distribution"] or "-", record["version"] or "-", record["module"])
        table.add_row(*cells, named, formats, hooks)
    stdout.print(table)
    for line in _told(registry):
        stdout.print(escape(line), soft_wrap=True)
    for failure in registry.failures:
        origin = f" of {failure.distribution} {failure.version}" if failure.distribution else ""
        stdout.print(
            f"[red]{escape(failure.name)}[/]{escape(origin)}: {escape(failure.message)} [{failure.stage}]",
            soft_wrap=True,
        )
        stdout.print(f"  {escape(_remedy(failure))}", soft_wrap=True)
    return 1 if registry.failures else 0


def described_plugins(registry: ExtractorRegistry) -> dict[str, Any]:
    """What is installed, as plain data."""
    infos = {info.name: info for info in registry.extractors()}
    return {
        "plugins": [
            {
                **dataclasses.asdict(record),
                "extractors": [
                    {
                        "name": name,
                        "version": infos[name].version,
                        "priority": infos[name].priority,
                        "formats": [item.name for item in infos[name].formats],
                    }
                    for name in record.extractors
                ],
            }
            for record in registry.plugins
        ],
        "formats": {name: [info.name for info in found] for name, found in registry.formats().items()},
        "failures": [{**dataclasses.asdict(failure), "remedy": _remedy(failure)} for failure in registry.failures],
        "allow": None if registry.config.allow is None else sorted(registry.config.allow),
        "block": sorted(registry.config.block),
    }


def _told(registry: ExtractorRegistry) -> Iterator[str]:
    """Where several read the same, and which lists are in force."""
    for name, infos in registry.formats().items():
        if len(infos) > 1:
            first, *others = infos
            reason = "its priority" if first.priority > others[0].priority else "its name, as priorities are equal"
            beaten = ", ".join(f"{info.name} ({info.priority})" for info in others)
            yield f"{name}: {first.name} ({first.priority}) is chosen before {beaten} for {reason}."
    endings: dict[str, set[str]] = {}
    for info in registry.extractors():
        for item in info.formats:
            for ending in item.extensions:
                endings.setdefault(ending, set()).add(item.name)
    for ending, names in sorted(endings.items()):
        if len(names) > 1:
            yield f"{ending} files may be {' or '.join(sorted(names))}: their content decides."
    if registry.config.allow is not None:
        yield f"Only these are loaded (PYBASE_EXTRACTION_ALLOW): {', '.join(sorted(registry.config.allow)) or 'none'}."
    if registry.config.block:
        yield f"These are left out (PYBASE_EXTRACTION_BLOCK): {', '.join(sorted(registry.config.block))}."


def _remedy(failure: PluginFailure) -> str:
    upgrade = f"pip install --upgrade {failure.distribution}" if failure.distribution else f"mend {failure.module}"
    return f"Try: {upgrade}; or leave it out: PYBASE_EXTRACTION_BLOCK={failure.name}"


@click.command(epilog=examples("pybase-extract detect upload.bin *.dxf"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def detect(files: tuple[Path, ...]) -> int:
    """Tell the format of files by what they are rather than what they are called."""
    registry = ExtractorRegistry.discover()
    status = 0
    for path in files:
        try:
            detection = registry.detect(Source.from_path(path))
        except SourceError as exc:
            fail(exc)
            status = 1
            continue
        reasons = "; ".join(item.reason for item in detection.evidence if item.format == detection.format)
        stdout.print(f"{escape(str(path))}: {detection.format} ({escape(reasons)})", soft_wrap=True)
        for item in detection.contradictions:
            stdout.print(f"  although {escape(item.reason)} says {item.format}", soft_wrap=True)
    return status


@click.command(epilog=examples("pybase-extract schema dxf", "pybase-extract schema result > result.schema.json"))
@click.argument("name", metavar="FORMAT")
def schema(name: str) -> None:
    """Print the JSON Schema of a format's options, or of the result with FORMAT = result."""
    if name == "result":
        from pybase_extraction.results import ExtractionResult

        described = ExtractionResult.model_json_schema()
    else:
        registry = ExtractorRegistry.discover()
        described = registry.options_schema(registry.choose(name).name)
    click.echo(json.dumps(described, indent=2, ensure_ascii=False))
