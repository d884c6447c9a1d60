"""What the plugin registers; imports no CAD library."""

from __future__ import annotations

from pybase_extraction.extractor import ExtractorInfo, FormatInfo, Magic
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.registry import Registration
from pybase_extraction_dwg import __version__
from pybase_extraction_dwg.options import DwgOptions

# AC10xx since R11, AC1.x and AC2.x before; "MC0.0" was Release 1.0 (Open Design Specification, section 3.2.1)
SIGNATURES = (b"AC10", b"AC1.", b"AC2.", b"MC0.0")
DWG = FormatInfo(
    name="dwg",
    title="DWG (AutoCAD drawing), experimental",
    extensions=(".dwg",),
    media_types=("image/vnd.dwg", "application/acad", "application/x-dwg", "image/x-dwg"),
    magic=tuple(Magic(signature) for signature in SIGNATURES),
)


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    """Register the extractor."""
    info = ExtractorInfo(name="dwg", title="DWG", version=__version__, formats=(DWG,), options=DwgOptions)
    registry.add(info, "pybase_extraction_dwg.extractor:DwgExtractor")
