"""What the plugin registers; imports no CAD library."""

from __future__ import annotations

import re

from pybase_extraction.extractor import Evidence, ExtractorInfo, FormatInfo, Magic, Probe, Strength
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.registry import Registration
from pybase_extraction_dxf import __version__
from pybase_extraction_dxf.options import DxfOptions

SENTINEL = b"AutoCAD Binary DXF\r\n\x1a\x00"
DXF = FormatInfo(
    name="dxf",
    title="DXF (AutoCAD drawing exchange)",
    extensions=(".dxf",),
    media_types=("image/vnd.dxf", "application/dxf", "image/x-dxf", "application/x-dxf"),
    magic=(Magic(SENTINEL),),
)
# a text DXF begins with the group code 0 and SECTION, after comments of group code 999
_TEXT = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:\s*999[ \t]*\r?\n[^\r\n]*\r?\n)*\s*0[ \t]*\r?\n[ \t]*SECTION[ \t]*\r?\n")


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    """Register the extractor."""
    info = ExtractorInfo(name="dxf", title="DXF", version=__version__, formats=(DXF,), options=DxfOptions)
    registry.add(info, "pybase_extraction_dxf.extractor:DxfExtractor")


@hookimpl
def pybase_extraction_detect(probe: Probe) -> Evidence | None:
    """Tell a text DXF by its first section."""
    if _TEXT.match(probe.head):
        return Evidence("dxf", Strength.STRUCTURE, "it begins with a DXF section")
    return None
