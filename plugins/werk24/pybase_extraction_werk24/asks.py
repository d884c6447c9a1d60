"""Which asks an extraction sends: only what is asked is paid for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pybase_extraction_werk24.options import Werk24Options


def ask_names(options: Werk24Options) -> list[str]:
    """Names of the asks that the options need, in a fixed order."""
    wants_features = (
        options.extract_dimensions or options.extract_gdt or options.extract_threads or options.extract_surface_finish
    )
    wants_metadata = options.extract_title_block or options.extract_materials or options.extract_surface_finish
    wanted = {
        "FEATURES": wants_features,
        "META_DATA": wants_metadata,
        "INSIGHTS": options.extract_insights,
        "REFERENCE_POSITIONS": options.extract_positions,
        "BALLOONS": options.extract_balloons,
        # places are measured on the picture of the sheet, and only its size says what a pixel is
        "SHEET_IMAGES": options.extract_sheet_images or options.extract_positions,
        "CUSTOM": bool(options.custom),
    }
    return [name for name, is_wanted in wanted.items() if is_wanted]


def count_asks(options: Mapping[str, Any]) -> int:
    """Number of asks that a job's stored options send."""
    return len(make_asks(Werk24Options.model_validate(dict(options))))


def make_asks(options: Werk24Options) -> list[Any]:
    """Make the client's ask objects."""
    from werk24.models.v2 import asks

    by_type = {
        "FEATURES": asks.AskFeatures,
        "META_DATA": asks.AskMetaData,
        "INSIGHTS": asks.AskInsights,
        "REFERENCE_POSITIONS": asks.AskReferencePositions,
        "BALLOONS": asks.AskBalloons,
        "SHEET_IMAGES": asks.AskSheetImages,
    }
    plain = [by_type[name]() for name in ask_names(options) if name != "CUSTOM"]
    return plain + [asks.AskCustom(custom_id=name, config=config) for name, config in options.custom.items()]
