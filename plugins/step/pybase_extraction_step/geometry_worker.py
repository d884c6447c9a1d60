"""The process that computes shapes with OpenCASCADE: one JSON request a line on stdin, JSON lines out.

A request names a path, the products as places among the file's product definitions, and what is wanted.  For each
product comes ``{"start": place}`` and, where it has a shape, ``{"part": place, ...}`` in millimetres, at last
``{"done": true}``; ``{"refused": reason}`` ends it too.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any, TextIO

_DEFINITIONS = {"StepBasic_ProductDefinition", "StepBasic_ProductDefinitionWithAssociatedDocuments"}
_PRECISION = {False: 1e-6, True: 1e-9}
"""Relative precision of integrals over solids, without and with the matrix of inertia, which converges later."""
_SOLID_METHODS = ("volume", "inertia", "centroid")


def main() -> int:
    """Answer requests until stdin ends."""
    out = _own_stdout()
    try:
        kernel = _Kernel()
    except ImportError as exc:
        _say(out, {"missing": str(exc)})
        return 0
    _say(out, {"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        _limit(request.get("seconds"), request.get("memory"))
        try:
            for message in kernel.answer(request):
                _say(out, message)
        except (RuntimeError, ValueError, MemoryError, TypeError, AttributeError) as exc:
            # OCP raises its own subclasses of RuntimeError for what OpenCASCADE throws
            _say(out, {"refused": f"{type(exc).__name__}: {str(exc).partition(chr(10))[0][:200]}"})
        else:
            _say(out, {"done": True})
        _limit(None, None)
    return 0


def _own_stdout() -> TextIO:
    """Keep stdout for this module: the kernel writes its statistics to descriptor 1."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return out


def _say(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


def _limit(seconds: float | None, memory: int | None) -> None:
    # the default action of SIGALRM ends the process even while the kernel holds the interpreter's lock
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0 if seconds is None else max(seconds, 0.01))
    if sys.platform != "win32" and memory is not None:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        used = _address_space()
        bound = used + memory if hard == resource.RLIM_INFINITY else min(used + memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (bound, hard))


def _address_space() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123 -- one read of a pseudo file
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 2 << 30


def _module(name: str) -> Any:
    return importlib.import_module(f"OCP.{name}")


class _Kernel:
    """OpenCASCADE, imported once."""

    def __init__(self) -> None:
        for name in ("STEPControl", "IFSelect", "BRepGProp", "GProp", "TopExp", "TopAbs", "TopoDS", "Bnd", "BRepBndLib",
                     "BRepAdaptor", "GeomAbs", "BRepMesh", "BRep", "TopLoc", "Message", "TopTools", "gp",
                     "IntCurvesFace"):  # fmt: skip
            setattr(self, name, _module(name))
        message: Any = self.__dict__["Message"]
        printer = message.Message_PrinterOStream.get_type_descriptor_s()
        message.Message.DefaultMessenger_s().RemovePrinters(printer)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def answer(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Measure the wanted products of a file."""
        reader = self.STEPControl.STEPControl_Reader()
        if reader.ReadFile(request["path"]) != self.IFSelect.IFSelect_ReturnStatus.IFSelect_RetDone:
            yield {"refused": "OpenCASCADE does not read the file."}
            return
        model = reader.StepModel()
        definitions = [
            number
            for number in range(1, model.NbEntities() + 1)
            if model.Value(number).DynamicType().Name() in _DEFINITIONS
        ]
        if len(definitions) != request["definitions"]:
            yield {"refused": "OpenCASCADE finds other product definitions than the file has."}
            return
        wants = set(request["wants"])
        for place in request["parts"]:
            yield {"start": place}
            shape = self._shape(reader, definitions[place])
            if shape is not None:
                yield {"part": place, **self._measures(shape, wants)}
        if "thumbnail" in wants:
            yield from self._thumbnail(reader, [definitions[place] for place in request["roots"]], request["size"])

    def _shape(self, reader: Any, number: int) -> Any:
        if not reader.TransferOne(number) or reader.NbShapes() == 0:
            return None
        shape = reader.Shape(reader.NbShapes())
        return None if shape is None or shape.IsNull() else shape

    def _explore(self, shape: Any, kind: str) -> Iterator[Any]:
        explorer = self.TopExp.TopExp_Explorer(shape, getattr(self.TopAbs.TopAbs_ShapeEnum, f"TopAbs_{kind}"))
        while explorer.More():
            yield explorer.Current()
            explorer.Next()

    def _measures(self, shape: Any, wants: set[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        solids = list(self._explore(shape, "SOLID"))
        if solids and wants & set(_SOLID_METHODS):
            found |= self._solid_measures(solids, wants)
        has_faces = next(self._explore(shape, "FACE"), None) is not None
        if not has_faces and next(self._explore(shape, "EDGE"), None) is None:
            # coordinate systems alone stand for a shape in another file: nothing is known of it
            return {}
        if "area" in wants and has_faces:
            found["area"] = sum(self._area(item) for item in solids or [shape])
        if "boxes" in wants:
            found |= self._boxes(shape)
        if "counts" in wants:
            found["counts"] = self._counts(shape)
        if "features" in wants:
            found["features"] = list(self._cylinders(shape))
        return found

    def _area(self, shape: Any) -> float:
        # the plain method misses areas of trimmed faces by up to 1e-3, the adaptive one keeps to its tolerance
        properties = self.GProp.GProp_GProps()
        self.BRepGProp.BRepGProp.SurfaceProperties_s(shape, properties, 1e-6)
        return float(properties.Mass())

    def _solid_measures(self, solids: list[Any], wants: set[str]) -> dict[str, Any]:
        # only solids: free faces would count as volume too, up to 23 % of it
        total, volume = self.GProp.GProp_GProps(), 0.0
        for solid in solids:
            one = self.GProp.GProp_GProps()
            # without a precision the integral takes a fixed number of points a face: 0.9 % off on a cylinder that an
            # exporter wrote as a B-spline, 0.14 % on a real assembly
            self.BRepGProp.BRepGProp.VolumeProperties_s(solid, one, _PRECISION["inertia" in wants])
            volume += abs(one.Mass())
            total.Add(one)
        centre, found = total.CentreOfMass(), {"volume": volume}
        result: dict[str, Any] = dict(found)
        if "centroid" in wants:
            result["centroid"] = [centre.X(), centre.Y(), centre.Z()]
        if "inertia" in wants:
            matrix = total.MatrixOfInertia()
            result["inertia"] = [[matrix.Value(i, j) for j in (1, 2, 3)] for i in (1, 2, 3)]
        return result

    def _boxes(self, shape: Any) -> dict[str, Any]:
        box = self.Bnd.Bnd_Box()
        self.BRepBndLib.BRepBndLib.AddOptimal_s(shape, box, False, False)
        if box.IsVoid():
            return {}
        # the box is opened by 1e-7 mm, which nobody drew
        box.SetGap(0.0)
        low, high = box.CornerMin(), box.CornerMax()
        oriented = self.Bnd.Bnd_OBB()
        self.BRepBndLib.BRepBndLib.AddOBB_s(shape, oriented, False, True, False)
        edges = sorted((2 * oriented.XHSize(), 2 * oriented.YHSize(), 2 * oriented.ZHSize()), reverse=True)
        return {"box": [[low.X(), low.Y(), low.Z()], [high.X(), high.Y(), high.Z()]], "oriented": edges}

    def _unique(self, shape: Any, kind: str) -> list[Any]:
        found: dict[int, list[Any]] = {}
        nowhere = self.TopLoc.TopLoc_Location()
        for item in self._explore(shape, kind):
            # located copies of one shape are one: the location does not belong to the definition
            bare = item.Located(nowhere)
            alike = found.setdefault(hash(bare), [])
            if not any(bare.IsSame(other) for other in alike):
                alike.append(bare)
        return [item for alike in found.values() for item in alike]

    def _counts(self, shape: Any) -> dict[str, Any]:
        faces, edges = self._unique(shape, "FACE"), self._unique(shape, "EDGE")
        brep = self.BRep.BRep_Tool
        straight = [edge for edge in edges if not brep.Degenerated_s(self.TopoDS.TopoDS.Edge(edge))]
        surfaces: dict[str, int] = {}
        for face in faces:
            kind = self.BRepAdaptor.BRepAdaptor_Surface(self.TopoDS.TopoDS.Face(face)).GetType().name
            name = kind.removeprefix("GeomAbs_").lower()
            surfaces[name] = surfaces.get(name, 0) + 1
        return {
            "solids": len(self._unique(shape, "SOLID")),
            "shells": len(self._unique(shape, "SHELL")),
            "faces": len(faces),
            "edges": len(straight),
            "vertices": len(self._unique(shape, "VERTEX")),
            "surfaces": surfaces,
        }

    def _cylinders(self, shape: Any) -> Iterator[dict[str, Any]]:
        reversed_ = self.TopAbs.TopAbs_Orientation.TopAbs_REVERSED
        for face in self._unique(shape, "FACE"):
            surface = self.BRepAdaptor.BRepAdaptor_Surface(self.TopoDS.TopoDS.Face(face))
            if surface.GetType() != self.GeomAbs.GeomAbs_SurfaceType.GeomAbs_Cylinder:
                continue
            cylinder = surface.Cylinder()
            position = cylinder.Position()
            axis, origin = position.Direction(), position.Location()
            yield {
                "radius": cylinder.Radius(),
                "axis": [axis.X(), axis.Y(), axis.Z()],
                "origin": [origin.X(), origin.Y(), origin.Z()],
                "angle": surface.LastUParameter() - surface.FirstUParameter(),
                "from": surface.FirstVParameter(),
                "to": surface.LastVParameter(),
                # the normal of a cylinder points outwards; on the inside of a hole the material is outside
                "is_hole": (face.Orientation() == reversed_) == position.Direct(),
            }

    def _thumbnail(self, reader: Any, roots: list[int], size: int) -> Iterator[dict[str, Any]]:
        from pybase_extraction_step.thumbnail import draw

        yield {"drawing": True}
        triangles: list[list[list[float]]] = []
        for root in roots:
            shape = self._shape(reader, root)
            if shape is not None:
                triangles += self._triangles(shape)
        if triangles:
            yield {"thumbnail": draw(triangles, size)}

    def _triangles(self, shape: Any) -> list[list[list[float]]]:
        box = self.Bnd.Bnd_Box()
        self.BRepBndLib.BRepBndLib.Add_s(shape, box)
        if box.IsVoid():
            return []
        deflection = max(box.CornerMin().Distance(box.CornerMax()) / 400, 1e-7)
        self.BRepMesh.BRepMesh_IncrementalMesh(shape, deflection, False, 0.5, False)
        found = []
        for face in self._explore(shape, "FACE"):
            location = self.TopLoc.TopLoc_Location()
            mesh = self.BRep.BRep_Tool.Triangulation_s(self.TopoDS.TopoDS.Face(face), location)
            if mesh is None:
                continue
            moved = location.Transformation()
            nodes = [mesh.Node(i).Transformed(moved) for i in range(1, mesh.NbNodes() + 1)]
            points = [[node.X(), node.Y(), node.Z()] for node in nodes]
            for i in range(1, mesh.NbTriangles() + 1):
                a, b, c = mesh.Triangle(i).Get()
                found.append([points[a - 1], points[b - 1], points[c - 1]])
        return found


if __name__ == "__main__":
    sys.exit(main())
