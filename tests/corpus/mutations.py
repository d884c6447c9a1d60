"""Damaged copies of the sample files: ``python -m tests.corpus.mutations [--count 200] [--seed 1] [--keep FOLDER]``.

Each copy has one to eight random damages of the kinds that transfers, editors and fuzzers make.  None may hang, crash
its process or end in an error that no plugin has classified.  A seed gives the same copies on every machine.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from pybase_extraction import Limits
from tests.corpus.outcomes import FileOutcome, extract_all, table
from tests.corpus.run import BAD

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
LIMITS = Limits(timeout_s=20.0, memory_bytes=2 << 30)
NUMBERS = (b"0", b"-1", b"1e308", b"nan", b"99999999999999999999", b"*", b"$", b"''", b"()", b"#1")

_WHOLE = re.compile(rb"\b\d{1,6}\b")


def flip(data: bytearray, chance: random.Random) -> None:
    """One bit of one byte."""
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def overwrite(data: bytearray, chance: random.Random) -> None:
    """Some bytes become others."""
    at = chance.randrange(len(data))
    data[at : at + chance.randrange(1, 32)] = chance.randbytes(chance.randrange(1, 32))


def cut(data: bytearray, chance: random.Random) -> None:
    """A stretch is missing."""
    at = chance.randrange(len(data))
    del data[at : at + chance.randrange(1, max(2, len(data) // 20))]


def truncate(data: bytearray, chance: random.Random) -> None:
    """The end is missing."""
    del data[chance.randrange(1, len(data)) :]


def repeat(data: bytearray, chance: random.Random) -> None:
    """A stretch stands there twice."""
    at = chance.randrange(len(data))
    data[at:at] = data[at : at + chance.randrange(1, 400)]


def swap_lines(data: bytearray, chance: random.Random) -> None:
    """Two lines change places."""
    lines = data.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    data[:] = b"\n".join(lines)


def renumber(data: bytearray, chance: random.Random) -> None:
    """A digit becomes something that is no such number."""
    places = [index for index, byte in enumerate(data) if 48 <= byte <= 57]
    if places:
        at = chance.choice(places)
        data[at : at + 1] = chance.choice(NUMBERS)


def remove_lines(data: bytearray, chance: random.Random) -> None:
    """Some lines are missing."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    del lines[at : at + chance.randrange(1, 9)]
    data[:] = b"\n".join(lines)


def enlarge_number(data: bytearray, chance: random.Random) -> None:
    """A whole number, a count perhaps, becomes a huge one."""
    found = list(_WHOLE.finditer(data))
    if found:
        match = chance.choice(found)
        data[match.start() : match.end()] = chance.choice((b"1000000", b"2147483647", b"4294967296", b"-2147483648"))


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    flip, overwrite, cut, truncate, repeat, swap_lines, renumber, renumber, renumber, swap_lines,
    remove_lines, enlarge_number, enlarge_number,
)  # fmt: skip


def damaged(data: bytes, seed: str) -> bytes:
    """A damaged copy; the same for the same seed."""
    chance = random.Random(seed)
    copy = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if copy:
            chance.choice(DAMAGES)(copy, chance)
    return bytes(copy)


def write_copies(sample: Path, folder: Path, count: int, seed: int) -> list[Path]:
    """Damaged copies of a sample with its extension, numbered."""
    data = sample.read_bytes()
    paths = [folder / f"{sample.stem}-{seed}-{number:04}{sample.suffix}" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(damaged(data, f"{seed}/{sample.name}/{number}"))
    return paths


def main(arguments: list[str] | None = None) -> int:
    """Damage, extract, count; keeps the copies that are bad."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only samples whose name holds this text")
    parser.add_argument("--keep", type=Path, help="folder for the copies that end badly")
    given = parser.parse_args(arguments)
    outcomes: list[FileOutcome] = []
    with tempfile.TemporaryDirectory() as name:
        for sample in sorted(SAMPLES.iterdir()):
            if given.only in sample.name:
                outcomes += extract_all(write_copies(sample, Path(name), given.count, given.seed), limits=LIMITS)
                print(sample.name, "done", file=sys.stderr)
        bad = [item for item in outcomes if item.kind in BAD]
        if given.keep is not None:
            given.keep.mkdir(parents=True, exist_ok=True)
            for item in bad:
                shutil.copy(item.path, given.keep)
    print(table(outcomes, lambda path: path.suffix[1:]))
    for item in bad:
        print(f"\n{item.kind}: {item.path.name}: {item.message}")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
