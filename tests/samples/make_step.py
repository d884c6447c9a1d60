"""A small assembly in millimetres: a plate, two brackets and four bolts, written by OpenCASCADE."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PLATE = (120.0, 80.0, 10.0)
"""Length, width and thickness; four holes of 6.6 mm go through it."""
HOLE_DIAMETER = 6.6
BOLT = (6.0, 30.0)
"""Diameter and length."""
BRACKET = (40.0, 20.0, 5.0)


def write_sample(path: Path) -> None:
    """Write the assembly."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    plate: Any = BRepPrimAPI_MakeBox(*PLATE).Shape()
    places = [(x, y) for x in (20.0, 100.0) for y in (20.0, 60.0)]
    for x, y in places:
        drill = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, y, -1), gp_Dir(0, 0, 1)), HOLE_DIAMETER / 2, 12.0).Shape()
        plate = BRepAlgoAPI_Cut(plate, drill).Shape()
    bracket = BRepPrimAPI_MakeBox(*BRACKET).Shape()
    bolt = BRepPrimAPI_MakeCylinder(BOLT[0] / 2, BOLT[1]).Shape()
    uses = [("plate", plate, (0.0, 0.0, 0.0))]
    uses += [("bracket", bracket, (40.0, y, 10.0)) for y in (10.0, 50.0)]
    uses += [("bolt", bolt, (x, y, -15.0)) for x, y in places]
    _write(path, uses)


def _write(path: Path, uses: list[tuple[str, Any, tuple[float, float, float]]]) -> None:
    from OCP.gp import gp_Trsf, gp_Vec
    from OCP.Message import Message, Message_PrinterOStream
    from OCP.STEPCAFControl import STEPCAFControl_Writer
    from OCP.STEPControl import STEPControl_StepModelType
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDataStd import TDataStd_Name
    from OCP.TDocStd import TDocStd_Document
    from OCP.TopLoc import TopLoc_Location
    from OCP.XCAFDoc import XCAFDoc_DocumentTool

    Message.DefaultMessenger_s().RemovePrinters(Message_PrinterOStream.get_type_descriptor_s())
    document = TDocStd_Document(TCollection_ExtendedString("BinXCAF"))
    tool = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
    root = tool.NewShape()
    TDataStd_Name.Set_s(root, TCollection_ExtendedString("mounting plate"))
    labels: dict[str, Any] = {}
    for name, shape, place in uses:
        if name not in labels:
            labels[name] = tool.AddShape(shape, False)
            TDataStd_Name.Set_s(labels[name], TCollection_ExtendedString(name))
        moved = gp_Trsf()
        moved.SetTranslation(gp_Vec(*place))
        tool.AddComponent(root, labels[name], TopLoc_Location(moved))
    tool.UpdateAssemblies()
    writer = STEPCAFControl_Writer()
    writer.Transfer(document, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    # the same bytes every time
    path.write_bytes(re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", b"2024-01-01T00:00:00", path.read_bytes()))
