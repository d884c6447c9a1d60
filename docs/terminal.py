"""Records a session in a real terminal, and draws it as an SVG that plays by itself.

The shell runs on a pseudo-terminal; what it writes is kept with its time and replayed through a terminal emulator.
Every state that stood for a moment is a frame.  The frames lie below each other, and an animation of the style sheet
shows one at a time, so that the page needs neither a script nor the network.
"""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

import pyte
from pyte.screens import Char

COLUMNS, LINES = 120, 42
CELL_WIDTH, LINE_HEIGHT, MARGIN = 8.4, 18.0, 14.0
KEY_S, READING_S, LAST_S, SHORTEST_S = 0.03, 3.0, 5.0, 0.08
"""Seconds between two keys, to read what a command printed, for the last frame, and that a frame stands at least."""
PROMPT = "$ "
_PROMPT_AT_END = re.compile(rb"(?:^|[\r\n]|\x1b\[[?0-9;]*[A-Za-z])\$ $")
"""At the beginning of a line, or behind what moved the cursor there."""
_COLOURS = {
    "default": "#d9d9d9", "black": "#4d4d4d", "red": "#f4615d", "green": "#98e024", "brown": "#e0d561",
    "blue": "#9d65ff", "magenta": "#f4408c", "cyan": "#58d1eb", "white": "#f6f6ef",
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What the terminal showed: runs of text by line, and how long it stood, in seconds."""

    lines: tuple[tuple[tuple[int, str, Char], ...], ...]
    seconds: float


def play(commands: Sequence[str], folder: Path, environment: dict[str, str]) -> list[tuple[float, bytes]]:
    """Type commands into a shell one after the other; gives what it wrote, with the seconds of silence before it."""
    master, slave = pty.openpty()
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"], cwd=folder, stdin=slave, stdout=slave, stderr=slave, close_fds=True,
        start_new_session=True,
        env={
            **environment, "PS1": PROMPT, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES),
            "BASH_SILENCE_DEPRECATION_WARNING": "1", "HISTFILE": os.devnull,
        },
    )  # fmt: skip
    os.close(slave)
    try:
        written = list(_until_prompt(master))
        for command in commands:
            for key in command:
                os.write(master, key.encode())
                written += [(KEY_S, os.read(master, 1 << 16))]
            os.write(master, b"\n")
            written += _until_prompt(master)
            written += [(READING_S, b"")]
    finally:
        shell.kill()
        shell.wait()
        os.close(master)
    return written


def _until_prompt(master: int, patience_s: float = 120.0) -> Iterator[tuple[float, bytes]]:
    last, end, tail = time.monotonic(), time.monotonic() + patience_s, b""
    while not _PROMPT_AT_END.search(tail):
        if not select.select([master], [], [], max(0.0, end - time.monotonic()))[0]:
            raise TimeoutError(f"the shell gave no prompt within {patience_s:g} s; it wrote {tail!r}")
        chunk = os.read(master, 1 << 16)
        now = time.monotonic()
        yield now - last, chunk
        last, tail = now, (tail + chunk)[-200:]


def frames(written: Sequence[tuple[float, bytes]]) -> list[Frame]:
    """States of the screen, those that stood too short to be seen left out."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    found: list[Frame] = []
    stood = 0.0
    shown = _lines(screen)
    for silence, chunk in [*written, (LAST_S, b"")]:
        stood += silence
        if stood >= SHORTEST_S or not chunk:
            found.append(Frame(shown, stood))
            stood = 0.0
        stream.feed(chunk)
        shown = _lines(screen)
    return [
        Frame(lines, sum(frame.seconds for frame in same))
        for lines, same in groupby(found, key=lambda frame: frame.lines)
    ]


def _lines(screen: pyte.Screen) -> tuple[tuple[tuple[int, str, Char], ...], ...]:
    return tuple(tuple(_runs(screen.buffer[y])) for y in range(LINES))


def _runs(line: dict[int, Char]) -> Iterator[tuple[int, str, Char]]:
    cells = [line[x] for x in range(COLUMNS)]
    x = 0
    for style, run in groupby(cells, key=lambda cell: cell._replace(data="")):
        text = "".join(cell.data for cell in run)
        if text.strip():
            yield x, text.rstrip(), style
        x += len(text)


def to_svg(played: Sequence[Frame], title: str) -> str:
    """The frames as one SVG; who prefers no motion sees the last one."""
    width = COLUMNS * CELL_WIDTH + 2 * MARGIN
    height = LINES * LINE_HEIGHT + 2 * MARGIN
    total = sum(frame.seconds for frame in played)
    distinct = list(dict.fromkeys(line for frame in played for line in frame.lines))
    number = {line: index for index, line in enumerate(distinct)}
    steps, begun = [], 0.0
    for index, frame in enumerate(played):
        steps.append(f"{100 * begun / total:.3f}%{{transform:translateY({-index * height:.0f}px)}}")
        begun += frame.seconds
    last = -(len(played) - 1) * height
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{escape(title)}</title>",
        "<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}",
        f"#film{{animation:play {total:.2f}s step-end infinite}}",
        f"@keyframes play{{{''.join(steps)}}}",
        f"@media (prefers-reduced-motion:reduce){{#film{{animation:none;transform:translateY({last:.0f}px)}}}}",
        "</style><defs>",
        *(f'<g id="l{number[line]}">{"".join(map(_text, line))}</g>' for line in distinct if line),
        f'</defs><rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#1f1f1f"/><g id="film">',
        *(
            f'<use href="#l{number[line]}" x="{MARGIN:g}" y="{index * height + MARGIN + (row + 0.75) * LINE_HEIGHT:g}"/>'
            for index, frame in enumerate(played)
            for row, line in enumerate(frame.lines)
            if line
        ),
        "</g></svg>\n",
    ])  # fmt: skip


def _text(run: tuple[int, str, Char]) -> str:
    x, text, style = run
    colour = _COLOURS.get(style.fg) or (f"#{style.fg}" if len(style.fg) == len("rrggbb") else _COLOURS["default"])
    bold = ' font-weight="bold"' if style.bold else ""
    # the width is set, because another font would draw the columns apart
    length = f' textLength="{len(text) * CELL_WIDTH:g}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x * CELL_WIDTH:g}" fill="{colour}"{bold}{length}>{escape(text, quote=False)}</text>'
