"""Options of the Werk24 extractor."""

from __future__ import annotations

from pydantic import Field, JsonValue

from pybase_extraction.extractor import ExtractorOptions


class Werk24Options(ExtractorOptions):
    """What to ask the service for; only what is asked is paid for."""

    extract_dimensions: bool = Field(default=True, title="Dimensions")
    """Dimensions, bores, chamfers and radii."""
    extract_gdt: bool = Field(default=True, title="Geometrical tolerances")
    """Feature control frames and datums."""
    extract_threads: bool = Field(default=True, title="Threads")
    """Thread designations."""
    extract_surface_finish: bool = Field(default=True, title="Surface texture")
    """Roughness requirements, also the general one."""
    extract_materials: bool = Field(default=True, title="Materials")
    """Materials that the drawing allows."""
    extract_title_block: bool = Field(default=True, title="Title block")
    """Identifiers, designation, general tolerances, parts list, weight, notes."""
    extract_insights: bool = Field(default=False, title="Manufacturing insights")
    """Processes and stock dimensions."""
    extract_positions: bool = Field(default=False, title="Places")
    """Where on the sheet each value stands; asks for the picture of the sheet too, which they are measured on."""
    extract_balloons: bool = Field(default=False, title="Balloons")
    """Centres for numbering the features on a picture of the sheet."""
    extract_sheet_images: bool = Field(default=False, title="Sheet pictures")
    """A picture of every sheet."""
    custom: dict[str, dict[str, JsonValue]] = Field(default={}, title="Custom asks")
    """Configuration by id of the custom asks that the account has; answers are in ``metadata["custom"]``."""
    confidence_threshold: float = Field(default=0.7, ge=0, le=1, title="Confidence threshold")
    """Features that the service trusts less are left out and counted in an issue; those without a score are kept."""
    max_pages: int = Field(default=5, ge=1, title="Pages")
    """Pages to read; each may cost."""
    keep_payload: bool = Field(default=False, title="Keep the answer")
    """Keep the service's own answer in ``metadata["payload"]``."""
