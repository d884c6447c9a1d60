"""Options of the DWG extractor."""

from __future__ import annotations

from pybase_extraction_dxf.options import DxfOptions


class DwgOptions(DxfOptions):
    """What to read from a drawing: the same as from a DXF."""
