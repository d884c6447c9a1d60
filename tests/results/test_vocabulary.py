"""The result vocabulary: immutable, strict, saved and loaded without loss."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from pybase_extraction import results
from pybase_extraction.results import (
    Dimension,
    DimensionKind,
    ExtractionResult,
    ExtractorRecord,
    Issue,
    Locator,
    Model,
    Provenance,
    Severity,
    SourceInfo,
    Table,
    unchecked,
)


def result(**sections: object) -> ExtractionResult:
    return ExtractionResult(
        format="pdf",
        source=SourceInfo(filename="a.pdf", size=3, sha256="00"),
        extractor=ExtractorRecord(name="pdf", version="1"),
        **sections,
    )


def test_every_model_is_exported_and_documented() -> None:
    for name in results.__all__:
        found = getattr(results, name)
        if isinstance(found, type) and issubclass(found, Model):
            assert found.__doc__, name
            assert found.model_config["extra"] == "forbid", name
            assert found.model_config["frozen"], name


def test_a_saved_result_loads_again() -> None:
    shaft = Dimension(
        kind=DimensionKind.DIAMETER,
        nominal=25,
        upper=-0.007,
        lower=-0.020,
        raw="⌀25 g6",
        provenance=Provenance(place=Locator(page=1, bbox=(1, 2, 3, 4))),
    )
    saved = result(dimensions=(shaft,), issues=(Issue(code="x", severity=Severity.INFO, message="m"),))
    assert ExtractionResult.model_validate_json(saved.model_dump_json()) == saved


def test_an_unchecked_value_is_like_any_other() -> None:
    place = Provenance(place=Locator(layout="Model"))
    said = {"kind": DimensionKind.LINEAR, "nominal": 2.5, "features": (), "provenance": place}
    made, checked = unchecked(Dimension)(**said), Dimension(**said)
    assert made == checked
    assert made.model_dump_json() == checked.model_dump_json()
    assert made.model_fields_set == checked.model_fields_set
    assert made.model_copy(update={"unit": "mm"}) == checked.model_copy(update={"unit": "mm"})
    assert hash(unchecked(Locator)(page=1)) == hash(Locator(page=1))


def test_unchecked_values_do_not_share_what_can_be_changed() -> None:
    make = unchecked(Dimension)
    make(kind=DimensionKind.LINEAR).details["angle"] = 1
    assert make(kind=DimensionKind.LINEAR).details == {}


def test_numbers_are_finite() -> None:
    with pytest.raises(ValidationError):
        Dimension(kind=DimensionKind.LINEAR, nominal=float("nan"))


def test_unknown_is_none_and_not_a_default_value() -> None:
    bare = Dimension(kind=DimensionKind.LINEAR)
    assert (bare.nominal, bare.upper, bare.lower, bare.unit) == (None, None, None, None)


def test_a_table_tells_headers_from_body() -> None:
    table = Table(rows=(("Size", None), ("a", "b"), ("1", "2")), header_rows=2)
    assert table.headers == ("Size a", "b")
    assert table.body == (("1", "2"),)
    assert (table.num_rows, table.num_columns) == (3, 2)


def test_the_schema_is_json_and_describes_every_section() -> None:
    schema = json.loads(json.dumps(ExtractionResult.model_json_schema()))
    assert set(schema["properties"]) == set(ExtractionResult.model_fields)


SAVED = sorted((Path(__file__).parent / "saved").glob("v*.json"))


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_results_that_earlier_versions_saved_load(path: Path) -> None:
    """Files in ``saved`` are never written anew: a change that breaks them breaks the results of users."""
    text = path.read_text("utf-8")
    loaded = ExtractionResult.model_validate_json(text)
    assert loaded.schema_version == int(path.name[1 : path.name.index("-")])
    assert json.loads(loaded.model_dump_json(exclude_defaults=True)) == json.loads(text)


def test_the_published_schema_is_the_models() -> None:
    """Write it anew with ``pybase-extract schema result`` after a change of the vocabulary."""
    path = Path(__file__).parents[2] / "docs" / "reference" / "result.schema.json"
    assert json.loads(path.read_text("utf-8")) == ExtractionResult.model_json_schema()


def test_every_field_of_the_schema_is_described() -> None:
    schema = ExtractionResult.model_json_schema()
    models = {"ExtractionResult": schema, **schema["$defs"]}
    silent = [
        f"{name}.{field}"
        for name, model in models.items()
        for field, value in model.get("properties", {}).items()
        if not value.get("description")
    ]
    assert silent == []


def test_a_described_schema_still_validates_what_a_result_is() -> None:
    inherited = ExtractionResult.model_json_schema()["$defs"]["Dimension"]
    assert inherited["properties"]["provenance"]["description"] == "Where it is and how it was found."
    assert inherited["properties"]["upper"]["description"].startswith("Upper deviation, signed")
    assert "Attributes" not in inherited["description"]
