"""Options about parts lists that extractors share.

Apart from what applies them (``pybase_extraction.drawing.bom_views``): registering a plugin imports no grammar.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class BomView(BaseModel):
    """How a parts list is given."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    hierarchy_mode: Literal["hierarchical", "flattened", "inducted"] = Field(
        default="hierarchical", title="Form of the parts list"
    )
    """``hierarchical`` keeps the tree; ``flattened`` gives every part that is not assembled of others once, with its
    quantity in the whole; ``inducted`` gives assemblies too."""

    max_depth: int | None = Field(default=None, ge=1, title="Depth of the parts list")
    """Levels to keep, 1 for the top level only; all when not given.  What is cut off is not counted elsewhere."""

    include_quantities: bool = Field(default=True, title="Quantities of the parts list")
    """Give the quantities of its lines."""

    include_materials: bool = Field(default=True, title="Materials of the parts list")
    """Give the materials and masses of its lines."""

    include_properties: bool = Field(default=True, title="Further columns of the parts list")
    """Give further columns and properties of its lines."""

    validate_quantities: bool = Field(default=True, title="Check quantities")
    """Say in an issue which lines have no quantity that is a number."""

    merge_duplicates: bool = Field(default=False, title="Put equal lines together")
    """Put lines of one parent that differ in nothing but item number and quantity together."""
