"""Entities that ezdxf only keeps as tags are counted on their layer; damaged ones cost nothing but themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction import ExtractionContext, ExtractionResult, ExtractorRegistry, Source
from pybase_extraction.results import Severity

# before R13 the layer stands beside the kind; later in the subclass AcDbEntity (DXF reference, common group codes)
R12 = ["0", "SECTION", "2", "ENTITIES", "0", "3DLINE", "5", "A1", "8", "EDGES", "10", "0", "20", "0", "30", "0",
       "0", "LINE", "5", "A2", "8", "EDGES", "10", "0", "20", "0", "11", "1", "21", "1",
       "0", "ENDSEC", "0", "EOF"]  # fmt: skip
R2000 = ["0", "SECTION", "2", "HEADER", "9", "$ACADVER", "1", "AC1015", "0", "ENDSEC",
         "0", "SECTION", "2", "ENTITIES", "0", "ACME_RAIL", "5", "A1", "100", "AcDbEntity", "8", "EDGES",
         "100", "AcmeRail", "40", "2.5", "0", "ENDSEC", "0", "EOF"]  # fmt: skip


def read(tags: list[str], path: Path, **options: object) -> ExtractionResult:
    path.write_text("\n".join(tags) + "\n", "ascii")
    registry = ExtractorRegistry.discover()
    extractor = registry.extractor("dxf")
    result = extractor.extract(Source.from_path(path), registry.validate_options("dxf", options), ExtractionContext())
    assert isinstance(result, ExtractionResult)
    return result


@pytest.mark.parametrize(("tags", "kinds"), [(R12, {"3DLINE": 1, "LINE": 1}), (R2000, {"ACME_RAIL": 1})])
def test_their_layer_is_found(tags: list[str], kinds: dict[str, int], tmp_path: Path) -> None:
    result = read(tags, tmp_path / "rail.dxf")
    assert result.geometry_summary is not None
    assert result.geometry_summary.counts == kinds
    kept = read(tags, tmp_path / "rail.dxf", layer_filter=["edges"]).geometry_summary
    assert kept is not None
    assert kept.counts == kinds
    assert read(tags, tmp_path / "rail.dxf", layer_filter=["others"]).geometry_summary.counts == {}


def test_an_entity_without_what_its_kind_needs_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    text = ["0", "TEXT", "5", "A3", "8", "0", "10", "0", "20", "0", "40", "2.5", "1", "KEPT"]
    nowhere = ["0", "INSERT", "5", "A4", "8", "0", "2", "BOLT"]
    tags = ["0", "SECTION", "2", "ENTITIES", *nowhere, *text, "0", "ENDSEC", "0", "EOF"]
    result = read(tags, tmp_path / "insert.dxf")
    assert [block.text for block in result.text_blocks] == ["KEPT"]
    assert result.geometry_summary is not None
    assert result.geometry_summary.counts == {"INSERT": 1, "TEXT": 1}
    assert [(issue.code, issue.count) for issue in result.issues if issue.severity is Severity.ERROR] == [
        ("entity-damaged", 1)
    ]
    assert result.is_partial
