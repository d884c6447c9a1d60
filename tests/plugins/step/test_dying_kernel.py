"""A kernel that ends its process on a part: the others are computed, and what is missing is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction_step import geometry
from pybase_extraction_step.model import Found

DYING = """
import json, os, sys
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    for place in json.loads(line)["parts"]:
        print(json.dumps({"start": place}), flush=True)
        if place in BAD:
            os._exit(9)
        if place not in EMPTY:
            print(json.dumps({"part": place, "volume": place * 10.0}), flush=True)
    if DIES_DRAWING:
        print(json.dumps({"drawing": True}), flush=True)
        os._exit(9)
    print(json.dumps({"done": True}), flush=True)
"""


@pytest.fixture
def compute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def run(
        bad: set[int], parts: list[int], *, empty: tuple[int, ...] = (), dies_drawing: bool = False
    ) -> tuple[geometry.Computed, Found]:
        script = tmp_path / "kernel.py"
        values = f"BAD, EMPTY, DIES_DRAWING = {bad!r}, {empty!r}, {dies_drawing!r}\n"
        script.write_text(values + DYING, encoding="utf-8")
        geometry.close_workers()
        monkeypatch.setattr(geometry, "WORKER", (str(script),))
        found = Found()
        request = {"parts": parts, "definitions": len(parts), "wants": [], "roots": [], "size": 0}
        computed = geometry.compute(tmp_path / "model.step", request, ExtractionContext(), found)
        geometry.close_workers()
        return computed, found

    return run


def messages(found: Found) -> dict[str, int]:
    return {message: len(places) for (code, _, message), places in found.issues.items() if code == "geometry-crashed"}


def test_the_parts_around_the_one_that_kills_it_are_computed(compute) -> None:
    computed, found = compute({2}, [0, 1, 2, 3])
    assert {place: said["volume"] for place, said in computed.parts.items()} == {0: 0.0, 1: 10.0, 3: 30.0}
    ended = "OpenCASCADE ended its process on this file (exit status 9); the measures of one part are missing."
    assert messages(found) == {ended: 1}


def test_it_is_given_up_after_some_deaths(compute) -> None:
    computed, found = compute(set(range(1, 9)), list(range(10)))
    assert set(computed.parts) == {0}
    told = messages(found)
    assert sum(told.values()) == geometry.MAX_RESTARTS + 1
    assert sum("the rest of its measures" in message for message in told) == 1


def test_a_death_over_the_thumbnail_is_no_parts_fault(compute) -> None:
    # the last part has no shape, so that nothing is said of it
    computed, found = compute(set(), [0, 1, 2], empty=(2,), dies_drawing=True)
    assert set(computed.parts) == {0, 1}
    ended = "OpenCASCADE ended its process on this file (exit status 9); there is no thumbnail."
    assert messages(found) == {ended: 1}


def test_a_kernel_that_does_not_die_is_not_started_again(compute) -> None:
    computed, found = compute(set(), [0, 1])
    assert set(computed.parts) == {0, 1}
    assert messages(found) == {}
