r"""Read ISO 10303-21 exchange structures (STEP, IFC): an index of the bytes, records decoded on demand.

``Part21File.open`` finds every instance of the data sections, its number, type and extent, with a few passes over the
bytes; nothing is decoded until it is asked for.  Damage never raises: what is wrong is told by ``Part21File.damage``
and ``Record.is_damaged``, and the rest is read.

    file = Part21File.open("model.ifc")
    file.schemas                    # ("IFC4",)
    for record in file.records("IFCPROJECT"):
        record.arguments            # ("2O2Fr$t4X7Zf8NOew3FNr2", Ref(5), "Tower", None, ...)

How Part 21 writes a value, and what it becomes (clause numbers of ISO 10303-21:2016):

====================  ==========================================  ==============
written               becomes                                     clause
====================  ==========================================  ==============
``$``                 None                                        6.5.4
``*``                 ``DERIVED``                                 12.2.6
``12``, ``1.5E3``     int, float                                  6.4.1, 6.4.2
``'text'``            str, escapes decoded                        6.4.3
``.STEEL.``           ``Enumeration("STEEL")``                    6.4.5
``"0F1"``             ``Binary("0F1")``                           6.4.6
``#12``               ``Ref(12)``                                 6.4.4
``IFCLABEL('x')``     ``TypedValue("IFCLABEL", "x")``             12.2.8
``(1,2)``             ``(1, 2)``                                  12.1.5
``<part.stp#5>``      ``Resource("part.stp#5")``                  6.4.7
====================  ==========================================  ==============

A file is indexed in time linear in its length, and lists deeper than ``MAX_DEPTH`` damage their record only.
"""

from __future__ import annotations

from pybase_extraction.part21.damage import Damage, Dangling
from pybase_extraction.part21.file import Part21File
from pybase_extraction.part21.header import Header
from pybase_extraction.part21.parameters import MAX_DEPTH, parse_arguments
from pybase_extraction.part21.text import decode_string, encode_string
from pybase_extraction.part21.values import (
    COMPLEX,
    DERIVED,
    Binary,
    Component,
    Derived,
    Enumeration,
    Record,
    Ref,
    Resource,
    TypedValue,
    Value,
)

__all__ = [
    "COMPLEX",
    "DERIVED",
    "MAX_DEPTH",
    "Binary",
    "Component",
    "Damage",
    "Dangling",
    "Derived",
    "Enumeration",
    "Header",
    "Part21File",
    "Record",
    "Ref",
    "Resource",
    "TypedValue",
    "Value",
    "decode_string",
    "encode_string",
    "parse_arguments",
]
