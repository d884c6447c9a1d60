"""Values with their places moved: what was read on a picture, in the coordinates of its page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pybase_extraction.results import Model
from pybase_extraction.source import BBox

_ValueT = TypeVar("_ValueT", bound=Model)


def moved(value: _ValueT, move: Callable[[BBox], BBox]) -> _ValueT:
    """A value with its places, and those of its parts, moved."""
    return type(value).model_validate(_moved(value.model_dump(), move))


def _moved(found: Any, move: Callable[[BBox], BBox]) -> Any:
    if isinstance(found, dict):
        return {
            key: move(_box(part)) if key == "bbox" and part is not None else _moved(part, move)
            for key, part in found.items()
        }
    return [_moved(part, move) for part in found] if isinstance(found, list | tuple) else found


def _box(part: Sequence[float]) -> BBox:
    x0, top, x1, bottom = part
    return x0, top, x1, bottom
