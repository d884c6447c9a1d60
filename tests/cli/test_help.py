"""The help of every command ends with examples, and they are right."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest

from pybase_extraction.cli.app import cli


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield (*names, name)


def find(names: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), names.pop(0))
        assert found is not None
        command = found
    return command, names


@pytest.mark.parametrize("names", [*commands(cli)], ids=" ".join)
def test_examples_name_what_there_is(names: tuple[str, ...]) -> None:
    command, _ = find([*names])
    shown = command.get_help(click.Context(command, info_name=" ".join(names)))
    _, _, after = shown.partition("Examples:")
    lines = [line.strip() for line in after.splitlines() if line.strip().startswith("pybase-extract")]
    assert lines
    for line in lines:
        program, *words = shlex.split(line.partition("|")[0].partition(">")[0])
        assert program == "pybase-extract"
        used, rest = find(words)
        assert used is command
        known = {option for parameter in used.params for option in parameter.opts}
        assert {word.partition("=")[0] for word in rest if word.startswith("-")} <= known
