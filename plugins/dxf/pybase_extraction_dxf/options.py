"""Options of the DXF extractor."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pybase_extraction.bom_options import BomView
from pybase_extraction.extractor import ExtractorOptions


class DxfOptions(BomView, ExtractorOptions):
    """What to read from a drawing."""

    extract_layers: bool = Field(default=True, title="Layers")
    """Layers with their state and what is on them."""
    extract_blocks: bool = Field(default=True, title="Blocks")
    """Block definitions, how often they are inserted, and attributes."""
    extract_dimensions: bool = Field(default=True, title="Dimensions")
    """Dimensions with their measurement, text and tolerances."""
    extract_text: bool = Field(default=True, title="Text")
    """Texts of all kinds, and tables."""
    extract_title_block: bool = Field(default=True, title="Title block and parts list")
    """Title blocks and parts lists from attributes, tables, and texts in ruled cells."""
    extract_geometry: bool = Field(default=False, title="Geometry")
    """Every entity with its defining numbers, lengths and areas by layer, and computed extents."""
    include_model_space: bool = Field(default=True, title="Model space")
    """Read model space."""
    include_paper_space: bool = Field(default=True, title="Paper space")
    """Read every paper space layout."""
    layer_filter: tuple[str, ...] | None = Field(default=None, title="Layers to read")
    """Read only what is on these layers, compared without regard to case; all when None."""
    preview: Literal["svg", "png", "both"] | None = Field(default=None, title="Preview")
    """Draw every layout as a picture; none when None."""
    preview_size: int = Field(default=1024, ge=64, le=4096, title="Size of the preview")
    """Pixels of the longer side of a preview."""
    preview_overlays: bool = Field(default=True, title="Overlays")
    """Draw what was found over the preview: dimensions, tables, title blocks, parts lists, revisions."""
