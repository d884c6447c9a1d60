"""The process that computes shapes: a path as argument, a JSON list of instance numbers on stdin, JSON lines out.

First ``{"engine": ...}`` or ``{"refused": reason}``, then for each element its measures or ``{"error": ...}``, after
``{"start": number}`` where they are measured one by one, at last ``{"done": true}``.  An element may come twice: the
last measures count.  Lengths in metres, volumes in cubic metres, surfaces in square metres.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

FAST, SLOW = "hybrid-cgal-simple-opencascade", "opencascade"
"""Kernels.  The hybrid one makes shapes of planes exactly and gives the others to the second; it takes a third to a
fifteenth of the time, and more of its surfaces are closed.  Where both give closed ones their volumes agree."""

_CIRCLE = 64
"""Corners of the polygon in place of a circle."""

TOGETHER = "--together"
"""Argument: measure with the iterator first.  If the process dies then, nobody knows on which element."""


def main(arguments: list[str]) -> int:
    """Measure the shapes of the elements that stdin names."""
    out = _own_stdout()
    numbers = json.load(sys.stdin)
    try:
        import ifcopenshell

        geom: Any = importlib.import_module("ifcopenshell.geom")
    except ImportError as exc:
        _say(out, {"refused": f"ifcopenshell cannot be imported ({exc}). Install pybase-extraction-ifc again."})
        return 0
    try:
        file = ifcopenshell.open(arguments[0])
    except (OSError, RuntimeError, ValueError) as exc:
        _say(out, {"refused": f"ifcopenshell does not open the file ({type(exc).__name__})."})
        return 0
    _say(out, {"engine": f"ifcopenshell {ifcopenshell.version}"})
    settings = geom.settings()
    settings.set("use-world-coords", True)
    # a polygon in a circle is smaller than it: by 2.6 % with 16 corners, which is the default, by 0.16 % with 64
    settings.set("circle-segments", _CIRCLE)
    settings.set("mesher-angular-deflection", 2 * math.pi / _CIRCLE)
    left = set(numbers)
    if TOGETHER in arguments:
        for message in _with_both(file, settings, numbers, left):
            _say(out, message)
    for message in _one_by_one(file, settings, [number for number in numbers if number in left]):
        _say(out, message)
    _say(out, {"done": True})
    return 0


def _own_stdout() -> TextIO:
    """Keep stdout for this module: the native kernel writes its warnings to descriptor 1."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return out


def _say(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


def _with_both(file: Any, settings: Any, numbers: list[int], left: set[int]) -> Iterator[dict[str, Any]]:
    """Measure with the fast kernel, and what it gives without a volume with the other one."""
    again = []
    for message in _together(file, settings, numbers, left, FAST):
        if message.get("volume") is None:
            again.append(message["id"])
        yield message
    if again:
        messages = _together(file, settings, again, set(), SLOW)
        yield from (message for message in messages if message.get("volume") is not None)


def _together(file: Any, settings: Any, numbers: list[int], left: set[int], kernel: str) -> Iterator[dict[str, Any]]:
    """Measure with the library's iterator, which makes equal shapes once; takes what it measured off ``left``."""
    geom: Any = importlib.import_module("ifcopenshell.geom")
    try:
        products = [file.by_id(number) for number in numbers]
        iterator = geom.iterator(settings, file, 1, include=products, geometry_library=kernel)
        is_more = iterator.initialize()
    except (RuntimeError, ValueError, TypeError):
        # one element that is no product spoils the list: they are measured one by one
        return
    while is_more:
        shape = iterator.get()
        left.discard(shape.id)
        yield {"id": shape.id, "kernel": kernel, **_measures(shape.geometry)}
        is_more = iterator.next()


def _one_by_one(file: Any, settings: Any, numbers: list[int]) -> Iterator[dict[str, Any]]:
    geom: Any = importlib.import_module("ifcopenshell.geom")
    for number in numbers:
        yield {"start": number}
        try:
            shape = geom.create_shape(settings, file.by_id(number), geometry_library=SLOW)
        except (RuntimeError, ValueError) as exc:
            reason = str(exc).partition("\n")[0][:200] or type(exc).__name__
            yield {"id": number, "error": f"No shape could be made ({reason})."}
            continue
        yield {"id": number, "kernel": SLOW, **_measures(shape.geometry)}


def _measures(geometry: Any) -> dict[str, Any]:
    import numpy as np
    from ifcopenshell.util import shape as shapes

    from pybase_extraction_ifc import mesh

    vertices, faces = np.asarray(shapes.get_vertices(geometry)), np.asarray(shapes.get_faces(geometry), np.int64)
    if not len(vertices) or not len(faces):
        return {}
    return {
        **mesh.solid_measures(vertices, faces),
        "area": mesh.area(vertices, faces),
        "min": [float(value) for value in vertices.min(axis=0)],
        "max": [float(value) for value in vertices.max(axis=0)],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
