"""The plugin keeps the contract of extractors, and its measures are those of closed formulas."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from acme_stl.facets import Facet, Point
from acme_stl.measures import is_closed, measure
from pybase_extraction import ExtractionResult, ExtractorRegistry, Source, extract
from pybase_extraction.errors import CorruptedFileError
from pybase_extraction.testing.extractor import ExtractorConformance


def box(size: Point, low: Point = (0, 0, 0)) -> list[Facet]:
    """A box of twelve facets that point outwards."""
    corners = [
        (low[0] + x * size[0], low[1] + y * size[1], low[2] + z * size[2])
        for x in (0, 1)
        for y in (0, 1)
        for z in (0, 1)
    ]
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    quads = [[corners[index] for index in side] for side in sides]
    return [facet for a, b, c, d in quads for facet in ((a, b, c), (a, c, d))]


def text(*solids: tuple[str, Sequence[Facet]]) -> bytes:
    """The text form; exporters write a normal, which readers ignore."""
    lines = []
    for name, facets in solids:
        lines.append(f"solid {name}")
        for facet in facets:
            lines += [
                "facet normal 0 0 0",
                "outer loop",
                *(f"vertex {x} {y} {z}" for x, y, z in facet),
                "endloop",
                "endfacet",
            ]
        lines.append(f"endsolid {name}")
    return "\n".join(lines).encode()


def binary(facets: Sequence[Facet], header: bytes = b"solid bracket") -> bytes:
    """The binary form; its header begins with "solid", as that of many exporters."""
    packed = (struct.pack("<12fH", 0, 0, 0, *facet[0], *facet[1], *facet[2], 0) for facet in facets)
    return header.ljust(80, b"\0") + struct.pack("<I", len(facets)) + b"".join(packed)


PLATE = box((120, 80, 40), low=(1000, -500, 3))


class TestText(ExtractorConformance):
    """What a host relies on, with the text form."""

    extractor = "acme.stl"
    heavy = ("acme_stl.extractor", "acme_stl.facets")

    @pytest.fixture
    def sample(self, tmp_path: Path) -> Path:
        path = tmp_path / "plate.stl"
        path.write_bytes(text(("plate", PLATE)))
        return path


class TestBinary(ExtractorConformance):
    """The same with the binary form."""

    extractor = "acme.stl"

    @pytest.fixture
    def sample(self, tmp_path: Path) -> Path:
        path = tmp_path / "plate.stl"
        path.write_bytes(binary(PLATE))
        return path


@pytest.mark.parametrize("data", [text(("plate", PLATE)), binary(PLATE)], ids=["text", "binary"])
def test_measures_of_a_box_are_those_of_the_formula(data: bytes) -> None:
    result = extract(Source.from_bytes(data, name="plate.stl"), unit="mm")
    (part,) = result.parts
    measures = part.mass_properties
    assert measures is not None and measures.volume is not None and measures.area is not None
    assert measures.volume.value == pytest.approx(120 * 80 * 40)
    assert (measures.volume.unit, measures.volume.si_value) == ("mm³", pytest.approx(384e-6))
    assert measures.area.value == pytest.approx(2 * (120 * 80 + 80 * 40 + 120 * 40))
    assert measures.centroid == pytest.approx((1060, -460, 23))
    assert part.bounding_box is not None and part.bounding_box.size == (120, 80, 40)
    assert result.issues == ()


def test_a_sphere_comes_near_its_formula() -> None:
    steps = 60
    ring = [*(math.pi * index / steps for index in range(steps)), math.pi]

    def point(polar: float, turn: int) -> Point:
        angle = 2 * math.pi * (turn % steps) / steps
        radius = 10 * math.sin(polar) if 0 < polar < math.pi else 0.0
        return radius * math.cos(angle), radius * math.sin(angle), 10 * math.cos(polar)

    facets: list[Facet] = []
    for upper, lower in zip(ring, ring[1:]):
        for turn in range(steps):
            a, b, c, d = point(upper, turn), point(lower, turn), point(lower, turn + 1), point(upper, turn + 1)
            facets += [facet for facet in ((a, b, c), (a, c, d)) if len(set(facet)) == 3]
    assert is_closed(facets)
    volume = measure(facets).volume
    assert volume is not None
    assert volume == pytest.approx(4 / 3 * math.pi * 1000, rel=0.01)
    assert volume < 4 / 3 * math.pi * 1000  # a polyhedron whose corners lie on the sphere


def test_nobody_guesses_a_unit() -> None:
    result = extract(Source.from_bytes(binary(PLATE), name="plate.stl"))
    assert result.length_unit is None
    assert [issue.code for issue in result.issues] == ["units-undeclared"]
    volume = result.parts[0].mass_properties
    assert volume is not None and volume.volume is not None and volume.volume.unit is None


def test_an_open_surface_has_an_area_and_no_volume() -> None:
    result = extract(Source.from_bytes(text(("open", PLATE[:-1])), name="open.stl"), unit="in")
    measures = result.parts[0].mass_properties
    assert measures is not None and measures.volume is None and measures.area is not None
    assert [issue.code for issue in result.issues] == ["not-closed"]


def test_several_solids_are_several_parts() -> None:
    result = extract(Source.from_bytes(text(("left", PLATE), ("right one", box((1, 1, 1)))), name="two.stl"))
    assert [(part.key, part.name) for part in result.parts] == [("solid 1", "left"), ("solid 2", "right one")]


def test_what_is_cut_off_is_given_as_far_as_it_goes() -> None:
    whole = text(("plate", PLATE))
    result: ExtractionResult = extract(
        Source.from_bytes(whole[: whole.index(b"endfacet") + 9], name="cut.stl"), unit="mm"
    )
    assert result.is_partial
    assert [issue.code for issue in result.issues] == ["truncated"]


@pytest.mark.parametrize(
    ("damaged", "words"),
    [
        (binary(PLATE)[:-7], "length"),
        (b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 1 2\n", "line 4 has no three coordinates"),
        (b"solid a\nfacet normal 0 0 1\nvertex 1 2 nan\n", "line 3 has a coordinate that is no number"),
        (b"solid a\nvertex 1 2 3\nendfacet\n", "has 1 points"),
        (b"solid a\nendsolid a\n", "has no facet"),
        (binary([((math.inf, 0, 0), (1, 0, 0), (0, 1, 0))]), "facet 1 has a coordinate that is no number"),
    ],
)
def test_a_defect_is_named(damaged: bytes, words: str) -> None:
    with pytest.raises(CorruptedFileError, match=words):
        extract(Source.from_bytes(damaged, name="damaged.stl"), format="stl")


def test_the_structure_tells_the_format_whatever_the_file_is_called() -> None:
    registry = ExtractorRegistry.discover()
    assert registry.detect(Source.from_bytes(binary(PLATE), name="part.bin")).format == "stl"
    assert registry.detect(Source.from_bytes(text(("a", PLATE)), name="part")).format == "stl"
