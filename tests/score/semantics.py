"""Score the grammar of callouts on the texts of real drawings.

Each text of ``truth/drawings`` is given to the parser as it is printed; kind, nominal size, deviations and what else
the truth tells are compared.  Run ``python -m tests.score.semantics CORPUS`` for the figures and the misses.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pybase_extraction.drawing import CalloutContext, callout_evidence, read_callouts, vote_decimal_separator
from pybase_extraction.drawing.callouts import Evidence
from pybase_extraction.results import Dimension, FeatureControlFrame, SurfaceTexture, Thread, Value

_KINDS = {"angle": "angular", "thread": "thread", "slot": "linear"}
_NOT_CALLOUTS = frozenset({"text"})
_WORDS = {
    "profile of a surface": "profile_of_surface",
    "profile of a line": "profile_of_line",
    "circular runout": "circular_runout",
    "total runout": "total_runout",
    "concentricity/coaxiality": "concentricity",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One truth against what was read; ``wrong`` names the fields that differ, empty when all agree."""

    sheet: str
    text: str
    section: str
    wrong: tuple[str, ...]


def compare_all(corpus: Path) -> Iterator[Comparison]:
    """Compare every text of the truths."""
    for path in sorted((corpus / "truth" / "drawings").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        dimensions = truth.get("dimensions", [])
        context = CalloutContext(
            decimal_separator=vote_decimal_separator(entry["text"] for entry in dimensions),
            unit={"millimetre": "mm", "mm": "mm", "inch": "in", "in": "in"}.get(str(truth.get("units_of_dimensions"))),
        )
        for entry in dimensions:
            if entry["kind"] not in _NOT_CALLOUTS:
                yield Comparison(path.stem, entry["text"], "dimension", _compare_dimension(entry, context))
        for entry in truth.get("gdt", []):
            text = _frame_text(entry)
            yield Comparison(path.stem, text, "frame", _compare_frame(entry, text, context))
        for entry in truth.get("surface_finish", []):
            yield Comparison(path.stem, entry["text"], "texture", _compare_texture(entry, context))
        for note in truth.get("notes", []):
            yield Comparison(path.stem, note, "prose", _compare_prose(note, context))


def _compare_dimension(entry: dict[str, Any], context: CalloutContext) -> tuple[str, ...]:
    values = read_callouts(entry["text"].replace(" / M", "\nM"), context=context)
    if entry["kind"] == "thread":
        threads = [value for value in values if isinstance(value, Thread)]
        return tuple(_thread_differences(entry, threads[0])) if threads else ("missing",)
    dimensions = [value for value in values if isinstance(value, Dimension)]
    if not dimensions:
        return ("missing",)
    wrong = list(_dimension_differences(entry, dimensions[0]))
    if len(values) > 1:
        wrong.append("phantom")
    if callout_evidence(entry["text"], context=context) is Evidence.NONE:
        wrong.append("evidence")
    return tuple(wrong)


def _dimension_differences(entry: dict[str, Any], found: Dimension) -> Iterator[str]:
    kind = _KINDS.get(entry["kind"], entry["kind"])
    if found.kind.value != kind and "printed without Ø" not in entry.get("remark", ""):
        yield f"kind {found.kind.value}"
    if not _equal(entry.get("nominal"), None if found.is_limit else found.nominal):
        yield f"nominal {found.nominal}"
    for key, value in (
        ("upper_deviation", found.upper),
        ("lower_deviation", found.lower),
        ("upper_limit", found.upper_limit),
        ("lower_limit", found.lower_limit),
        ("angle", found.angle),
    ):
        if key in entry and not _equal(entry[key], value):
            yield f"{key} {value}"
    for key, sign, value in (("upper_text", 1, found.upper), ("lower_text", -1, found.lower)):
        if key in entry and not _equal(sign * abs(float(entry[key].replace(",", "."))), value):
            yield f"{key} {value}"
    if "fit" in entry and (found.fit is None or found.fit.symbol != entry["fit"]):
        yield f"fit {found.fit}"
    if entry.get("reference") and not found.is_reference:
        yield "reference"
    depth = next((part.nominal for part in found.features if part.kind.value in {"depth", "linear"}), None)
    if "depth" in entry and not _equal(entry["depth"], depth):
        yield f"depth {depth}"


def _thread_differences(entry: dict[str, Any], found: Thread) -> Iterator[str]:
    expected = entry["thread"].replace(" ", "").replace("x", "×")
    if not found.designation.startswith(expected):
        yield f"designation {found.designation}"
    for key, value in (
        ("depth", found.length),
        ("thread_depth", found.length),
        ("drill_depth", found.hole_depth),
        ("thread_class", found.tolerance_class),
    ):
        if key in entry and entry[key] != value:
            yield f"{key} {value}"


def _frame_text(entry: dict[str, Any]) -> str:
    """Set a truth's compartments as a frame is read: parted by bars."""
    name = entry["characteristic"].removesuffix(" (composite)").partition("/")[0]
    rows = [f"|{name}|{entry['tolerance']}|" + "".join(f"{datum}|" for datum in entry["datums"])]
    if "second_row" in entry:
        row = entry["second_row"]
        rows.append(f"|{row['tolerance']}|" + "".join(f"{datum}|" for datum in row["datums"]))
    return "\n".join(rows)


def _compare_frame(entry: dict[str, Any], text: str, context: CalloutContext) -> tuple[str, ...]:
    frames = [value for value in read_callouts(text, context=context) if isinstance(value, FeatureControlFrame)]
    if len(frames) != 1:
        return (f"{len(frames)} frames",)
    return tuple(_frame_differences(entry, frames[0]))


def _frame_differences(entry: dict[str, Any], found: FeatureControlFrame) -> Iterator[str]:
    name = entry["characteristic"].removesuffix(" (composite)")
    if found.characteristic != _WORDS.get(name, name):
        yield f"characteristic {found.characteristic}"
    zone = found.zones[0]
    number = entry["tolerance"].lstrip("Ø ").split()[0].replace(",", ".")
    if not _equal(float(number), zone.value):
        yield f"value {zone.value}"
    if (zone.shape == "diameter") is not entry["tolerance"].startswith("Ø"):
        yield f"shape {zone.shape}"
    datums = [" ".join(["-".join(reference.letters), *reference.modifiers]) for reference in zone.datums]
    expected = [datum.replace("(M)", "Ⓜ").replace("(L)", "Ⓛ") for datum in entry["datums"]]
    if datums != expected:
        yield f"datums {datums}"
    if found.is_composite is not ("second_row" in entry):
        yield "composite"


def _compare_texture(entry: dict[str, Any], context: CalloutContext) -> tuple[str, ...]:
    found = [value for value in read_callouts(entry["text"], context=context) if isinstance(value, SurfaceTexture)]
    if len(found) != 1:
        return (f"{len(found)} textures",)
    wrong = [] if "value" not in entry or _equal(entry["value"], found[0].value) else [f"value {found[0].value}"]
    return tuple(wrong)


def _compare_prose(note: str, context: CalloutContext) -> tuple[str, ...]:
    """A note is no callout: as a whole it must give nothing."""
    if callout_evidence(note, context=context) is Evidence.NONE:
        return ()
    values: tuple[Value, ...] = read_callouts(note, context=context)
    return tuple(f"invented {type(value).__name__} {value.raw!r}" for value in values)


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def main(arguments: list[str]) -> None:
    """Print the share that agrees for each section, and every miss."""
    corpus = Path(arguments[0]) if arguments else Path(__file__).parents[2] / ".." / "shared" / "corpus"
    results = list(compare_all(corpus))
    for section in ("dimension", "frame", "texture", "prose"):
        chosen = [result for result in results if result.section == section]
        right = sum(not result.wrong for result in chosen)
        sys.stdout.write(f"{section:10} {right:4} of {len(chosen):4}\n")
    for result in results:
        if result.wrong:
            sys.stdout.write(f"  {result.section} {result.sheet}: {result.text!r}: {', '.join(result.wrong)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
