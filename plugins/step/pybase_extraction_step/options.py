"""What a caller may choose when a STEP model is extracted."""

from __future__ import annotations

from pydantic import Field

from pybase_extraction.bom_options import BomView
from pybase_extraction.extractor import ExtractorOptions


class StepOptions(BomView, ExtractorOptions):
    """Options of the STEP extractor."""

    extract_assembly: bool = Field(default=True, title="Assembly")
    """The tree of occurrences, and the bill of materials made of it."""

    extract_parts: bool = Field(default=True, title="Parts")
    """Products with their colours, layers, materials, properties and measures."""

    extract_pmi: bool = Field(default=True, title="Dimensions and tolerances")
    """Dimensions, geometric tolerances, datums and saved views that the model holds as data."""

    calculate_volumes: bool = Field(default=True, title="Volumes")
    """Compute the volume of each part, its mass where a density is known, and compare with the exporter's value."""

    calculate_areas: bool = Field(default=True, title="Surface areas")
    """Compute the surface area of each part, and compare with the exporter's value."""

    calculate_centroids: bool = Field(default=False, title="Centroids")
    """Compute the centre of volume of each part, and compare with the exporter's value."""

    calculate_inertia: bool = Field(default=False, title="Inertia")
    """Compute the matrix of inertia of each part about its centroid, for density 1."""

    calculate_boxes: bool = Field(default=True, title="Boxes")
    """Compute the axis-parallel and the oriented box of each part."""

    count_shapes: bool = Field(default=True, title="Counts of shapes")
    """Count solids, shells, faces, edges and vertices of each part, each once, and kinds of surfaces and curves."""

    extract_features: bool = Field(default=False, title="Holes and cylinders")
    """List holes and cylinders of each part with diameter, depth and axis."""

    make_thumbnail: bool = Field(default=False, title="Thumbnail")
    """Draw the model as a small PNG picture."""

    thumbnail_size: int = Field(default=256, ge=32, le=2048, title="Size of the thumbnail")
    """Width and height of the thumbnail in pixels."""

    include_geometry: bool = Field(default=True, title="Geometry")
    """Use the geometry kernel; when off, no measure is computed and only what the file states is read."""

    follow_external_files: bool = Field(default=False, title="External files")
    """Read the files that hold the shapes of parts from the source's own folder, and give one assembly.

    Leave it off where other people's files lie in the same folder."""

    max_occurrences: int = Field(default=100_000, ge=1, title="Occurrences")
    """Occurrences that the tree may have before repeated assemblies are listed without their components."""

    @property
    def needs_kernel(self) -> bool:
        """Whether any chosen option needs the geometry kernel."""
        wanted = (
            self.calculate_volumes,
            self.calculate_areas,
            self.calculate_centroids,
            self.calculate_inertia,
            self.calculate_boxes,
            self.count_shapes,
        )
        return self.include_geometry and (
            (self.extract_parts and any(wanted)) or self.extract_features or self.make_thumbnail
        )
