"""Fields of a target table, and what kind of value each takes."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class FieldType(StrEnum):
    """What a field of a table holds; the last five are engineering values with a structure of their own."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    CHECKBOX = "checkbox"
    DATE = "date"
    SELECT = "select"
    MULTI_SELECT = "multi_select"
    URL = "url"
    DIMENSION = "dimension"
    GDT = "gdt"
    THREAD = "thread"
    MATERIAL = "material"
    SURFACE_FINISH = "surface_finish"


_ALIASES = {
    "single_line_text": FieldType.TEXT, "long_text": FieldType.TEXT, "longtext": FieldType.TEXT,
    "multiline_text": FieldType.TEXT, "string": FieldType.TEXT, "rich_text": FieldType.TEXT, "email": FieldType.TEXT,
    "decimal": FieldType.NUMBER, "float": FieldType.NUMBER, "currency": FieldType.NUMBER, "percent": FieldType.NUMBER,
    "quantity": FieldType.NUMBER, "rating": FieldType.INTEGER, "count": FieldType.INTEGER, "int": FieldType.INTEGER,
    "boolean": FieldType.CHECKBOX, "bool": FieldType.CHECKBOX, "datetime": FieldType.DATE, "date_time": FieldType.DATE,
    "single_select": FieldType.SELECT, "singleselect": FieldType.SELECT, "multiselect": FieldType.MULTI_SELECT,
    "tags": FieldType.MULTI_SELECT, "link": FieldType.URL, "surface_texture": FieldType.SURFACE_FINISH,
    "surfacefinish": FieldType.SURFACE_FINISH, "tolerance": FieldType.GDT, "geometric_tolerance": FieldType.GDT,
}  # fmt: skip


def field_type(name: str) -> FieldType:
    """Read the name of a type as a host spells it; what is not known takes text."""
    key = name.strip().casefold().replace("-", "_").replace(" ", "_")
    try:
        return FieldType(key)
    except ValueError:
        return _ALIASES.get(key, FieldType.TEXT)


class TargetField(BaseModel):
    """A field of the table that rows go to.

    Attributes:
        id: The host's identifier; rows are keyed by it.
        name: Its name as users see it.
        type: Its type as the host spells it, see ``field_type``.
        description: What it is for, or None.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    type: str = FieldType.TEXT
    description: str | None = None

    @property
    def takes(self) -> FieldType:
        """What it holds."""
        return field_type(self.type)
