"""Volume, surface and box of elements, computed by IfcOpenShell in a process of its own.

IfcOpenShell's geometry kernels end the process on some damaged shapes (2 of 60 mutated files), so the work is done by
``geometry_worker``, which writes a line for every element.  What it has written when it dies is kept; it is started
again for the others, one by one so that the element that kills it is known, at most ``MAX_RESTARTS`` times.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import Element, ElementGeometry
from pybase_extraction_ifc.geometry_worker import TOGETHER
from pybase_extraction_ifc.model import Found, IfcModel
from pybase_extraction_ifc.schema import BASE_SCHEMAS

MAX_RESTARTS: Final = 5
"""How often the worker is started again after it died."""

TOLERANCE: Final = 0.01
"""Relative difference between a computed and a stated quantity beyond which an issue is raised.

Authored net volumes of ArchiCAD's FZK models and computed ones agree within 1 % for 99-100 % of the elements.
"""

WORKER: tuple[str, ...] = ("-m", "pybase_extraction_ifc.geometry_worker")
"""Arguments of the interpreter that start the worker."""

_FILE_SCHEMA = re.compile(rb"(FILE_SCHEMA\s*+\(\s*+\(\s*+')([^']*+)(')", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Measured:
    """Elements with their geometry.

    Attributes:
        elements: The elements given, in their order.
        engine: Kernel and version; None when nothing could be computed.
    """

    elements: tuple[Element, ...]
    engine: str | None


@dataclass(slots=True)
class _Run:
    """What the worker has said so far."""

    shapes: dict[int, ElementGeometry] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    engine: str | None = None
    current: int | None = None
    is_done: bool = False
    refusal: str | None = None

    def take(self, line: bytes) -> None:
        """Take in one line."""
        try:
            message = json.loads(line)
        except ValueError:
            # the kernel's own output goes elsewhere; a line that is cut off belongs to the element that killed it
            return
        match message:
            case {"engine": str(engine)}:
                self.engine = engine
            case {"refused": str(reason)}:
                self.refusal = reason
            case {"start": int(number)}:
                self.current = number
            case {"done": True}:
                self.is_done = True
            case {"id": int(number), "error": str(reason)}:
                self.failed[number], self.current = reason, None
            case {"id": int(number)}:
                kernel = message.get("kernel")
                used = f"{self.engine} {kernel}" if self.engine and kernel else self.engine
                self.shapes[number], self.current = _geometry(message, used), None
            case _:
                return


def _geometry(message: dict[str, Any], engine: str | None) -> ElementGeometry:
    low, high = message.get("min"), message.get("max")
    return ElementGeometry(
        volume=message.get("volume"),
        area=message.get("area"),
        height=message.get("height"),
        bbox_min=tuple(low) if low else None,
        bbox_max=tuple(high) if high else None,
        engine=engine,
    )


def readable_by_library(data: bytes) -> bytes:
    """Rewrite FILE_SCHEMA to the nearest schema that the library has compiled in; the rest stays as it is."""
    from pybase_extraction_ifc.schema import base_schema

    match = _FILE_SCHEMA.search(data, 0, 1 << 20)
    if match is None or match[2].decode("ascii", "replace").upper() in BASE_SCHEMAS:
        return data
    base, _ = base_schema(match[2].decode("ascii", "replace"))
    return data[: match.start(2)] + base.encode("ascii") + data[match.end(2) :]


def measure_elements(
    model: IfcModel, data: bytes, elements: Sequence[Element], context: ExtractionContext, found: Found
) -> Measured:
    """Compute the geometry of elements that have a shape, and compare it with what the file states."""
    wanted = [
        number
        for element in elements
        if (number := element.provenance.place.step_id) is not None and _has_shape(model, number)
    ]
    run = _Run()
    with tempfile.TemporaryDirectory(dir=context.scratch, prefix="geometry-") as folder:
        path = Path(folder, "model.ifc")
        path.write_bytes(readable_by_library(data))
        _run_until_done(run, path, wanted, context, found)
    _note_failures(run, found)
    measured = tuple(_with_shape(element, run, found) for element in elements)
    return Measured(measured, run.engine if run.shapes else None)


def _has_shape(model: IfcModel, number: int) -> bool:
    entity = model.entity(number)
    return entity is not None and entity.ref("Representation") is not None


def _run_until_done(run: _Run, path: Path, wanted: list[int], context: ExtractionContext, found: Found) -> None:
    for attempt in range(MAX_RESTARTS + 1):
        left = [number for number in wanted if number not in run.shapes and number not in run.failed]
        if not left or run.refusal is not None:
            return
        mode = (TOGETHER,) if attempt == 0 else ()
        code = _run_worker(run, (str(path), *mode), left, context, lambda: _report(run, wanted, context))
        if run.is_done:
            return
        victim = run.current
        message = f"The geometry kernel ended its process (exit status {code})"
        if victim is None and attempt == 0:
            # it died among all of them: one by one it tells which
            continue
        if victim is None:
            found.add("geometry-crashed", "error", f"{message} before it reached an element: no geometry was computed.")
            return
        run.failed[victim] = f"{message} on this element."
        run.current = None
    found.add(
        "geometry-crashed",
        "error",
        f"The geometry kernel ended its process more than {MAX_RESTARTS} times; it was left.",
    )


def _report(run: _Run, wanted: list[int], context: ExtractionContext) -> None:
    share = (len(run.shapes) + len(run.failed)) / max(len(wanted), 1)
    context.report(0.3 + 0.5 * share, "geometry")


def _run_worker(
    run: _Run, arguments: tuple[str, ...], numbers: list[int], context: ExtractionContext, report: Callable[[], None]
) -> int:
    """Start the worker and read what it says until it ends; it is killed when the attempt is to stop."""
    command = [sys.executable, *WORKER, *arguments]
    with subprocess.Popen(  # noqa: S603 -- our own module, by this interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        stop = threading.Event()
        watcher = threading.Thread(target=_kill_when_due, args=(process, context, stop), daemon=True)
        watcher.start()
        try:
            for line in _talk(process, numbers):
                run.take(line)
                report()
        finally:
            process.kill()
            stop.set()
            watcher.join()
    context.check()
    return process.returncode


def _talk(process: subprocess.Popen[bytes], numbers: list[int]) -> Iterator[bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(numbers).encode("ascii"))
        process.stdin.close()
    except BrokenPipeError:
        # it died before it read its task: the exit status tells
        return
    yield from process.stdout
    process.wait()


def _kill_when_due(process: subprocess.Popen[bytes], context: ExtractionContext, stop: threading.Event) -> None:
    while not stop.wait(0.1):
        remaining = context.remaining_s()
        if context.cancelled.is_set() or remaining == 0.0:
            process.kill()
            return


def _note_failures(run: _Run, found: Found) -> None:
    if run.refusal is not None:
        found.add("geometry-unavailable", "error", f"No geometry was computed: {run.refusal}")
    for number, shape in run.shapes.items():
        if shape.volume is None and shape.area:
            message = "The surface of the shape is not closed, so it has no volume."
            found.add("geometry-open", "info", message, step_id=number)
    for number, reason in run.failed.items():
        found.add("geometry-failed", "warning", reason, step_id=number)


def _with_shape(element: Element, run: _Run, found: Found) -> Element:
    shape = run.shapes.get(element.provenance.place.step_id or -1)
    if shape is None:
        return element
    _compare(element, shape, found)
    return element.model_copy(update={"geometry": shape})


def _compare(element: Element, shape: ElementGeometry, found: Found) -> None:
    for names, kind, unit, value in _sure(element.ifc_class, shape):
        stated = _stated(element, names, kind)
        if stated is None or max(stated[1], value) <= 0:
            continue
        name, size = stated
        if abs(value - size) / max(value, size) > TOLERANCE:
            found.add(
                "quantity-deviates",
                "warning",
                f"{name} is stated as {size:.6g} {unit}, the shape has {value:.6g} {unit}.",
                step_id=element.provenance.place.step_id,
                global_id=element.global_id,
            )


def _sure(ifc_class: str, shape: ElementGeometry) -> Iterator[tuple[tuple[str, ...], str, str, float]]:
    """What a shape surely measures: names of the quantity (ISO 16739-1, Qto_...BaseQuantities), its kind, unit, value.

    A shape has its openings cut out, so that its volume is the net one.  Height and ground of an upright prism are
    quantities of those classes that stand on it.
    """
    if shape.volume is None:
        return
    yield ("NetVolume", "Volume"), "volume", "m³", shape.volume
    if ifc_class in _NET_SURFACE and shape.area is not None:
        yield ("NetSurfaceArea",), "area", "m²", shape.area
    if shape.height is None:
        return
    ground = shape.volume / shape.height
    for classes, names, kind, unit, value in (
        (_WALLS, ("Height",), "length", "m", shape.height),
        (_WALLS, ("NetFootprintArea",), "area", "m²", ground),
        (_SLABS, ("Depth",), "length", "m", shape.height),
        (_SLABS, ("NetArea",), "area", "m²", ground),
        (_COLUMNS, ("Length",), "length", "m", shape.height),
    ):
        if ifc_class in classes:
            yield names, kind, unit, value


_WALLS = frozenset({"IfcWall", "IfcWallStandardCase", "IfcWallElementedCase"})
_SLABS = frozenset({"IfcSlab", "IfcSlabStandardCase"})
_COLUMNS = frozenset({"IfcColumn", "IfcColumnStandardCase"})
_NET_SURFACE = _COLUMNS | {"IfcBeam", "IfcBeamStandardCase", "IfcMember", "IfcMemberStandardCase"}


def _stated(element: Element, names: Sequence[str], kind: str) -> tuple[str, float] | None:
    """The first of some quantities that an element states, in SI units."""
    for name in names:
        for quantities in element.quantities.values():
            quantity = quantities.get(name)
            if quantity is not None and quantity.kind == kind and quantity.si_value is not None:
                return name, quantity.si_value
    return None
