"""Target tables as people make them, and which column of a result belongs into each of their fields."""

from __future__ import annotations

from typing import Any

import pytest

from pybase_extraction.mapping import RowSet, TargetField, suggest_mapping

BOM = {"item": "1", "part_number": "PB-1042-01", "description": "Bracket", "quantity": 2.0, "unit": "pcs",
       "material": "S235JR", "mass": 0.4, "level": 0, "remarks": "painted"}  # fmt: skip
TITLE = {"page": 1, "drawing_number": "4711", "title": "Bracket", "revision": "C", "date": "2026-03-02", "scale": "1:2",
         "sheet": "1", "material": "S235JR", "mass": "0.8 kg", "drawn": "M. Adeyemi", "drawn_date": "2026-03-01",
         "checked": "N. Okafor", "approved": "A. Rossi"}  # fmt: skip
DIMENSIONS = {"raw": "40 +0.2/-0.1", "kind": "linear", "quantity": 1, "nominal": 40.0, "upper": 0.2, "lower": -0.1,
              "unit": "mm", "fit": "H7"}  # fmt: skip
THREADS = {"raw": "M8x1.25-6H", "designation": "M8x1.25-6H", "family": "metric", "nominal_diameter": 8.0, "pitch": 1.25,
           "tolerance_class": "6H"}  # fmt: skip
MATERIALS = {"name": "EN AW-6082 T6", "designation": "EN AW-6082", "number": "3.2315", "system": "EN", "family": "Al"}
PARTS = {"key": "#12", "part_number": "B-1", "name": "Plate", "occurrence_count": 2, "material": "steel",
         "volume": 1200.0, "volume_unit": "mm3", "mass": 0.4, "mass_unit": "kg"}  # fmt: skip
ASSEMBLY = {"level": 1, "part": "#12", "name": "Plate", "quantity": 2}
ELEMENTS = {"ifc_class": "IfcWall", "global_id": "2O2Fr$t4X7Zf8NOew3FLOH", "name": "W1", "type_name": "Wall 240",
            "tag": "1", "storey": "Ground floor", "materials": "brick", "Pset_WallCommon.FireRating": "REI 90",
            "Qto_WallBaseQuantities.Length [mm]": 4000.0}  # fmt: skip
LAYERS = {"name": "CENTER", "color": 1, "linetype": "CENTER", "is_on": True, "is_frozen": False, "entity_count": 12}
BLOCKS = {"name": "SCREW", "insert_count": 4, "total_count": 8, "entity_count": 3, "xref_path": "base.dwg"}


def fields(names: str) -> list[TargetField]:
    """Make fields of ``name:type`` between semicolons; the type is text when it is left out."""
    made = [name.strip().rpartition("|") for name in names.split(";")]
    return [TargetField(id=name or kind, name=name or kind, type=kind if name else "text") for name, _, kind in made]


@pytest.mark.parametrize(
    ("name", "record", "table", "expected"),
    [
        ("bom", BOM, "Item No.; Quantity|number; Part No; Part Name; Raw Material; Supplier",
         ["item", "quantity", "part_number", "description", "material", None]),
        ("bom", BOM, "#; Qty.|integer; SKU; Description; Mat.",
         ["item", "quantity", "part_number", "description", "material"]),
        ("bom", BOM, "Pos; Amount|number; Article number; Name; Material spec; Price|currency",
         ["item", "quantity", "part_number", "description", "material", None]),
        ("bom", BOM, "Position; Menge|number; Sachnummer; Bezeichnung; Werkstoff; Bemerkung",
         ["item", "quantity", "part_number", "description", "material", "remarks"]),
        ("bom", BOM, "Repère; Quantité|number; Référence; Désignation; Matière",
         ["item", "quantity", "part_number", "description", "material"]),
        ("bom", BOM, "Find Number; QTY REQ|number; CAGE; Part or Identifying No.; Nomenclature or Description",
         ["item", "quantity", None, "part_number", "description"]),
        ("title_block", TITLE, "Drawing No; Title; Rev; Drawn by; Checked by; Date|date; Weight; Customer",
         ["drawing_number", "title", "revision", "drawn", "checked", "date", "mass", None]),
        ("title_block", TITLE, "Zeichnungsnummer; Benennung; Gezeichnet; Geprüft; Maßstab; Werkstoff",
         ["drawing_number", "title", "drawn", "checked", "scale", "material"]),
        ("title_block", TITLE, "Document number; Author; Approved; Sheet; Colour",
         ["drawing_number", "drawn", "approved", "sheet", None]),
        ("dimensions", DIMENSIONS, "Type; Nominal|number; Upper tol.|number; Lower tol.|number; Unit; Fit",
         ["kind", "nominal", "upper", "lower", "unit", "fit"]),
        ("dimensions", DIMENSIONS, "Nominal value|number; +Tol|number; -Tol|number; UoM; Instrument",
         ["nominal", "upper", "lower", "unit", None]),
        ("dimensions", DIMENSIONS, "Callout; Value|number; Tolerance plus|number; Tolerance minus|number; Qty|integer",
         ["raw", "nominal", "upper", "lower", "quantity"]),
        ("threads", THREADS, "Thread size; Pitch|number; Class; Depth|number",
         ["designation", "pitch", "tolerance_class", None]),
        ("materials", MATERIALS, "Material name; Material number; Standard", ["name", "number", None]),
        ("parts", PARTS, "Part number; Part name; Volume|number; Mass|number; Count|integer; Material; Supplier",
         ["part_number", "name", "volume", "mass", "occurrence_count", "material", None]),
        ("assembly", ASSEMBLY, "Level|integer; Component; Quantity|number", ["level", "name", "quantity"]),
        ("elements", ELEMENTS, "GUID; Type; Name; Level; Material; Tag",
         ["global_id", "type_name", "name", "storey", "materials", "tag"]),
        ("elements", ELEMENTS, "IfcGUID; IFC Class; Element name; Storey; Fire Rating; Length|number; Cost|number",
         ["global_id", "ifc_class", "name", "storey", "Pset_WallCommon.FireRating",
          "Qto_WallBaseQuantities.Length [mm]", None]),
        ("layers", LAYERS, "Layer; Color; Entities|integer; Frozen|checkbox",
         ["name", "color", "entity_count", "is_frozen"]),
        ("blocks", BLOCKS, "Block name; Count|integer; External file; Owner",
         ["name", "total_count", "xref_path", None]),
    ],
)  # fmt: skip
def test_fields_get_the_columns_that_people_mean(
    name: str, record: dict[str, Any], table: str, expected: list[str | None]
) -> None:
    targets = fields(table)
    suggested = suggest_mapping(RowSet(name, name, (record,), tuple(record)), targets)
    columns = {field: column for column, field in suggested.items()}
    assert [columns.get(target.id) for target in targets] == expected
