"""Every file of the folder of real files through extraction: ``python -m tests.corpus.run [FOLDER] [--only TEXT]``.

Prints counts by format as a Markdown table, then every file that was not refused or read as it should be; exits with 1
when one hung, crashed its process or ended in an error that no plugin has classified.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.corpus.outcomes import FileOutcome, Kind, extract_all, table

DEFAULT = Path(__file__).parents[3] / "shared" / "corpus"
BAD = frozenset({Kind.UNTYPED, Kind.CRASHED, Kind.HUNG})
NOT_INPUT = frozenset({"README.md", "MANIFEST.csv"})


def input_files(folder: Path, only: str = "") -> list[Path]:
    """Files to extract: everything but the folder's own notes and truths; ``only`` is a part of the path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in NOT_INPUT)
    inside = ((path, path.relative_to(folder)) for path in files)
    return [path for path, place in inside if place.parts[0] != "truth" and only in str(place)]


def main(arguments: list[str] | None = None) -> int:
    """Run, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--only", default="", help="only files whose path holds this text")
    parser.add_argument("--slots", type=int, default=2)
    given = parser.parse_args(arguments)

    def tell(item: FileOutcome) -> None:
        first = item.message.partition("\n")[0]
        print(f"{item.seconds:6.1f} s  {item.kind:9} {item.path.relative_to(given.folder)}  {first}", file=sys.stderr)

    outcomes = extract_all(input_files(given.folder, given.only), slots=given.slots, tell=tell)
    print(table(outcomes, lambda path: path.relative_to(given.folder).parts[0]))
    for item in outcomes:
        if item.kind in BAD:
            print(f"\n{item.kind}: {item.path.relative_to(given.folder)}: {item.message}")
    return int(any(item.kind in BAD for item in outcomes))


if __name__ == "__main__":
    sys.exit(main())
