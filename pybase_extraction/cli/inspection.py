"""Commands that look at what is installed and what a file is: formats, plugins, detect, schema."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from pybase_extraction.cli.console import fail, stdout
from pybase_extraction.cli.options import examples
from pybase_extraction.errors import SourceError
from pybase_extraction.registry import ExtractorRegistry
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


@click.command(epilog=examples("pybase-extract plugins"))
def plugins() -> int:
    """List the plugins that loaded, and those that did not, with the reason.

    Exits with 1 when a plugin did not load.
    """
    registry = ExtractorRegistry.discover()
    table = Table("plugin", "distribution", "version", "extractors", "hooks")
    for record in registry.plugins:
        hooks = ", ".join(name.removeprefix("pybase_extraction_") for name in record.hooks)
        table.add_row(
            record.name, record.distribution or "-", record.version or "-", ", ".join(record.extractors), hooks
        )
    stdout.print(table)
    for failure in registry.failures:
        origin = f" of {failure.distribution} {failure.version}" if failure.distribution else ""
        stdout.print(f"[red]{escape(failure.name)}[/]{escape(origin)}: {escape(failure.message)} [{failure.stage}]")
    return 1 if registry.failures else 0


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
