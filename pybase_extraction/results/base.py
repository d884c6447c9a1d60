"""What every part of a result has in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Annotated, Any, ParamSpec, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field

from pybase_extraction.descriptions import DescribedModel
from pybase_extraction.source import Locator

Finite = Annotated[float, Field(allow_inf_nan=False)]
"""A number that is one: NaN and infinities are refused."""

Confidence = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""Probability that the value is right, 0..1, from a calibration or a service; None where nobody measured it."""

Point = tuple[Finite, Finite, Finite]
"""x, y, z in the units of the drawing or model."""


class Model(DescribedModel):
    """Base of all result models: immutable, no unknown fields, JSON round trip."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        # most fields of most values are unknown, and what is known would be lost among them
        return [(name, value) for name, value in super().__repr_args__() if value is not None and value != ()]


_P = ParamSpec("_P")
_ModelT = TypeVar("_ModelT", bound=BaseModel)


def unchecked(model: Callable[_P, _ModelT]) -> Callable[_P, _ModelT]:
    """Give a constructor that takes what a model's own takes, by keyword, and validates nothing.

    It is three times as fast as the model's own.  For extractors that make thousands of values whose types their code
    guarantees; every number must be finite, and every sequence a tuple.

    Args:
        model: A class of results.
    """
    made = cast("type[BaseModel]", model)
    fields = made.model_fields
    template = {name: None if field.is_required() else field.get_default() for name, field in fields.items()}
    fresh = [name for name, value in template.items() if isinstance(value, dict)]
    # the slots themselves: looking them up by name for each object takes as long as making it
    new, put = made.__new__, BaseModel.__dict__["__dict__"].__set__
    put_set, put_extra, put_private = (
        BaseModel.__dict__[name].__set__
        for name in ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
    )

    def make(**values: Any) -> BaseModel:
        found = new(made)
        held = template | values
        for name in fresh:
            if name not in values:
                held[name] = {}
        put(found, held)
        put_set(found, set(values))
        put_extra(found, None)
        put_private(found, None)
        return found

    return cast("Callable[_P, _ModelT]", make)


class Severity(StrEnum):
    """How much an issue matters to whoever uses the result."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Issue(Model):
    """Something the reader of a result must know: what was repaired, skipped, contradictory or could not be read.

    Attributes:
        code: Stable identifier in kebab case, for example ``"units-undeclared"``.
        severity: ``info``, ``warning``, or ``error`` when a part of the file is missing from the result.
        message: One sentence for people.
        place: Where it is, or None for the whole file.
        count: How many occurrences this one issue stands for.
    """

    code: str
    severity: Severity
    message: str
    place: Locator | None = None
    count: int = Field(default=1, ge=1)


class Provenance(Model):
    """Where a value comes from and how it was found.

    Attributes:
        place: The place in the file.
        method: The rule, group code, attribute or model that gave the value, for example ``"ruled-cell-label"``.
        extractor: Name of the extractor when it is not the result's own (a merged result), else None.
        confidence: Calibrated probability that the value is right; None where nothing was calibrated.
    """

    place: Locator = Locator()
    method: str | None = None
    extractor: str | None = None
    confidence: Confidence | None = None


class Value(Model):
    """Base of everything found in a file.

    Attributes:
        raw: The text exactly as the file has it, or None where the value is not text.
        provenance: Where it is and how it was found.
        confirmed_by: Further, independent finds of the same value.
    """

    raw: str | None = None
    provenance: Provenance = Provenance()
    confirmed_by: tuple[Provenance, ...] = ()

    def _repr_html_(self) -> str:
        from pybase_extraction.display import value_to_html

        return value_to_html(self)


class UnitOrigin(StrEnum):
    """Where the unit of a number comes from."""

    WRITTEN = "written"
    """The unit stands beside the number."""
    DECLARED = "declared"
    """The file or the drawing declares it for all numbers."""
    ASSUMED = "assumed"
    """Nobody says; an option or a convention was applied, and an issue tells so."""


class Measure(Model):
    """A number with its unit, as written and in SI.

    Attributes:
        value: As the file has it.
        unit: Symbol as in ``pybase_extraction.units`` or, for compound units, as the file writes it; None when unknown.
        si_value: The same in SI base units (m, m², m³, rad, kg, K, s); None when the unit is unknown.
    """

    value: Finite
    unit: str | None = None
    si_value: Finite | None = None


class Picture(Model):
    """A picture that belongs to a result, kept by reference.

    Attributes:
        name: What it shows, for example ``"page-1"`` or ``"thumbnail"``.
        media_type: For example ``"image/png"``.
        width: Pixels, or None.
        height: Pixels, or None.
        data: Base64 text of small pictures, or None.
        key: Storage key of large ones, or None.
    """

    name: str
    media_type: str
    width: int | None = None
    height: int | None = None
    data: str | None = None
    key: str | None = None
