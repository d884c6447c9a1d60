"""Entities of kinds that ezdxf only keeps as tags are counted on their layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from pybase_extraction import ExtractionContext, ExtractionResult, ExtractorRegistry, Source

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
