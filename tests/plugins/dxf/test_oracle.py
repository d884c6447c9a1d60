"""The scanner against ezdxf, which shares no code with it, on real drawings."""

from collections import Counter

import ezdxf
import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source

FILES = [
    "acadsharp/sample_AC1009_binary.dxf", "acadsharp/sample_AC1015_ascii.dxf", "acadsharp/sample_AC1032_binary.dxf",
    "libredwg/example_r14.dxf", "libredwg/example_2018.dxf", "qcad/DIN7200.dxf", "plans/api-cw750-details.dxf",
]  # fmt: skip


def plain(attribute):
    """Text of an attribute; one of several lines keeps it in an MTEXT."""
    if attribute.has_embedded_mtext_entity:
        return attribute.virtual_mtext_entity().plain_text()
    return attribute.plain_text()


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_counts_and_attributes_agree_with_ezdxf(corpus, name):
    registry = ExtractorRegistry.discover()
    path = corpus / "dxf" / name
    result = registry.extractor("dxf").extract(
        Source.from_path(path), registry.validate_options("dxf", {}), ExtractionContext()
    )
    document = ezdxf.readfile(path)
    for layout in document.layouts:
        counts = Counter(entity.dxftype() for entity in layout)
        assert Counter(result.geometry_summary.counts_by_layout[layout.name]) == counts
    expected = Counter(
        (item.dxf.tag, plain(item))
        for space in (*document.layouts, *(block for block in document.blocks if not block.is_any_layout))
        for insert in space.query("INSERT")
        for item in insert.attribs
    )
    found = Counter(
        (item.tag, item.value) for block in result.blocks for insert in block.inserts for item in insert.attributes
    )
    assert found == expected
