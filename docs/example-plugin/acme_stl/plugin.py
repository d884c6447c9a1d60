"""What the plugin registers; imports no reader."""

from __future__ import annotations

import re

from pybase_extraction import Evidence, ExtractorInfo, FormatInfo, Isolation, Probe, Strength, hookimpl
from pybase_extraction.registry import Registration

from acme_stl import __version__
from acme_stl.options import StlOptions

STL = FormatInfo("stl", "STL (stereolithography)", (".stl",), ("model/stl", "application/sla"))
# many text files begin with the word "solid", and binary headers do, too: only a facet behind it tells
_TEXT = re.compile(rb"\s*solid\b[^\n]*\n\s*(?:facet\s+normal|endsolid)\b")


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    """Register the extractor by its name."""
    info = ExtractorInfo(
        name="acme.stl",
        title="STL",
        version=__version__,
        formats=(STL,),
        options=StlOptions,
        isolation=Isolation.PROCESS,
    )
    registry.add(info, "acme_stl.extractor:StlExtractor")


@hookimpl
def pybase_extraction_detect(probe: Probe) -> Evidence | None:
    """Tell a text by its first facet, and a binary by its length."""
    if _TEXT.match(probe.head):
        return Evidence("stl", Strength.STRUCTURE, "it begins with a facet")
    if len(probe.head) >= 84 and probe.source.size == 84 + 50 * int.from_bytes(probe.head[80:84], "little"):
        return Evidence("stl", Strength.STRUCTURE, "its length is that of its facets")
    return None
