"""Write ``schemas.json``: entities, their supertypes and attributes, as IfcOpenShell's compiled schemas declare them.

Run it after an update of IfcOpenShell; a test compares the file with the installed version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")


def describe(name: str) -> dict[str, dict[str, Any]]:
    """Entities as name -> [supertype or "", own attributes as "Name" or "Name:Type"]; defined types by name."""
    import ifcopenshell.ifcopenshell_wrapper as wrapper

    schema = wrapper.schema_by_name(name)
    entities: dict[str, Any] = {}
    types: dict[str, str] = {}
    for declaration in schema.declarations():
        entity = declaration.as_entity()
        if entity is None:
            types[declaration.name()] = "enum" if declaration.as_enumeration_type() else ""
            continue
        parent = entity.supertype()
        entities[entity.name()] = [parent.name() if parent else "", [_attribute(item) for item in entity.attributes()]]
    return {"entities": dict(sorted(entities.items())), "types": dict(sorted(types.items()))}


def _attribute(attribute: Any) -> str:
    named = attribute.type_of_attribute().as_named_type()
    return f"{attribute.name()}:{named.declared_type().name()}" if named else str(attribute.name())


def main() -> None:
    """Write the file beside the plugin's modules."""
    target = Path(__file__).parents[3] / "plugins" / "ifc" / "pybase_extraction_ifc" / "schemas.json"
    content = {name: describe(name) for name in SCHEMAS}
    target.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
