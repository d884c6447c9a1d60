"""Commands for authors of plugins."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

from pybase_extraction.cli.console import stdout
from pybase_extraction.cli.options import examples
from pybase_extraction.registry import ExtractorRegistry

_CORE = "0.1"
"""Version of the core whose contract the template keeps."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_FORMAT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_EXTENSION = re.compile(r"(\.[a-z0-9_+-]+)+")
_SUFFIX = ".template"


@dataclass(frozen=True, slots=True)
class NewPlugin:
    """What a plugin is called.

    Attributes:
        distribution: Name of the distribution: the vendor, a hyphen, the format.
        format: Name of the format.
        extension: Extension of its files, in lower case with its dot.
        title: Name of the format for people.
    """

    distribution: str
    format: str
    extension: str
    title: str

    @property
    def words(self) -> dict[str, str]:
        """What stands for the names in the template."""
        vendor, _, rest = self.distribution.partition("-")
        return {
            "distribution": self.distribution,
            "package": self.distribution.replace("-", "_"),
            "extractor": f"{vendor}.{rest}",
            "class_name": "".join(word.capitalize() for word in self.format.split("-")),
            "format": self.format,
            "extension": self.extension,
            "media_type": f"application/x-{self.format}",
            "title": self.title,
            "magic": self.format.upper(),
            "core": _CORE,
        }

    def files(self) -> Iterator[tuple[Path, str]]:
        """Give every file of the distribution: its path inside of the folder, and its text."""
        words = self.words
        folders = {"package": words["package"], "workflows": ".github/workflows"}
        names = {"sample": f"sample{self.extension}", "gitignore": ".gitignore"}
        for parts, file in _templates(importlib.resources.files("pybase_extraction") / "plugin_template"):
            *folder, name = parts
            name = name.removesuffix(_SUFFIX)
            path = Path(*(folders.get(each, each) for each in folder), names.get(name, name))
            yield path, Template(file.read_text("utf-8")).substitute(words)


def _templates(folder: Traversable, *parents: str) -> Iterator[tuple[tuple[str, ...], Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _templates(entry, *parents, entry.name)
        elif entry.name.endswith(_SUFFIX):
            yield (*parents, entry.name), entry


@click.group()
def plugin() -> None:
    """Make plugins."""


@plugin.command(epilog=examples("pybase-extract plugin new acme-jt", "pybase-extract plugin new acme-jt --title JT"))
@click.argument("name")
@click.option("--format", "wanted", metavar="NAME", help="Name of the format; the last word of NAME without it.")
@click.option("--extension", metavar=".EXT", help="Extension of its files; the format's name without it.")
@click.option("--title", metavar="TEXT", help="Name of the format for people; in upper case without it.")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder to make it in."
)
def new(name: str, wanted: str | None, extension: str | None, title: str | None, output: Path) -> None:
    """Make a distribution with an extractor, its options, its tests and its CI, which passes as it is made.

    NAME is the vendor and the format with a hyphen between them, as in acme-jt.
    """
    made = named(name, wanted, extension, title)
    folder = output / made.distribution
    if folder.exists():
        raise click.UsageError(f"{str(folder)!r} exists already. Give another NAME, another --output, or remove it.")
    for path, text in made.files():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    stdout.print(f"{folder} is made. Next:", markup=False, soft_wrap=True)
    for line in (f"cd {folder}", "pip install -e . --group dev", "pytest", "pybase-extract plugins"):
        stdout.print(f"  {line}", markup=False, soft_wrap=True)
    for line in _rivals(made):
        stdout.print(line, markup=False, soft_wrap=True)


def named(name: str, wanted: str | None, extension: str | None, title: str | None) -> NewPlugin:
    """Check the names of a plugin, and derive those that are not given.

    Raises:
        UsageError: A name cannot be that of a distribution, a format or an extension.
    """
    distribution = re.sub(r"[-_. ]+", "-", name.strip().lower())
    if not _NAME.fullmatch(distribution):
        raise click.UsageError(f"{name!r} is no name for a plugin. Give the vendor and the format, such as acme-jt.")
    kind = (wanted or distribution.rpartition("-")[2]).lower()
    if not _FORMAT.fullmatch(kind):
        raise click.UsageError(
            f"{kind!r} is no name for a format. Give one of letters, digits and hyphens that begins with a letter, "
            "such as --format jt."
        )
    ending = f".{(extension or kind).lower().lstrip('.')}"
    if not _EXTENSION.fullmatch(ending):
        raise click.UsageError(f"{extension!r} is no extension of files. Give one such as --extension .jt.")
    told = title or kind.upper()
    if not told.isprintable() or set(told) & set("\"'\\$`"):
        raise click.UsageError("A title has no quotes, backslashes, dollar signs or control characters.")
    return NewPlugin(distribution, kind, ending, told)


def _rivals(made: NewPlugin) -> Iterator[str]:
    """Say who reads the format or its files already."""
    registry = ExtractorRegistry.discover()
    for name, infos in registry.formats().items():
        if name == made.format:
            yield f"{infos[0].name} reads {name} already: the extractor of the higher priority wins."
        elif made.extension in registry.format_info(name).extensions:
            yield f"Files that end in {made.extension} are {name} already: the first bytes decide between the two."
