"""What a caller may choose."""

from __future__ import annotations

from typing import Literal

from pybase_extraction import ExtractorOptions


class StlOptions(ExtractorOptions):
    """Options of the STL extractor."""

    unit: Literal["mm", "cm", "m", "in", "ft"] | None = None
    """Unit of the coordinates, which the format does not say; measures have no unit when None."""
    measure: bool = True
    """Compute surface, volume and centroid of every solid."""
