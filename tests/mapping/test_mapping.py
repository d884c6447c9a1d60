"""Results as rows: what becomes rows, where columns belong, and what fields do not take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pybase_extraction import ExtractionResult, extract
from pybase_extraction.drawing import read_callouts
from pybase_extraction.errors import OptionsError
from pybase_extraction.mapping import (
    FieldType,
    Row,
    TargetField,
    choose_rows,
    convert,
    field_type,
    make_rows,
    preview,
    row_sets,
    suggest_mapping,
    write_rows,
)

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
PARTS = [
    TargetField(id="pos", name="Pos.", type="integer"),
    TargetField(id="name", name="Benennung"),
    TargetField(id="qty", name="Qty", type="number"),
    TargetField(id="mat", name="Werkstoff", type="material"),
    TargetField(id="colour", name="Colour of the lid"),
]


@pytest.fixture(scope="module")
def drawing() -> ExtractionResult:
    return extract(SAMPLES / "bearing-bracket.pdf", extract_title_block=True, extract_dimensions=True)


@pytest.fixture(scope="module")
def building() -> ExtractionResult:
    return extract(SAMPLES / "house.ifc")


class Tables:
    """A sink that keeps rows by their keys, as a host's table with a unique key does."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.calls: list[int] = []

    async def put(self, rows: Sequence[Row]) -> None:
        self.calls.append(len(rows))
        self.rows.update({row.key: row for row in rows})


def test_the_parts_list_comes_first_and_every_section_is_there(drawing: ExtractionResult) -> None:
    names = [rows.name for rows in row_sets(drawing)]
    assert names[0] == "bom"
    assert {"title_block", "dimensions", "threads", "materials", "notes"} <= set(names)


def test_columns_find_their_fields_by_synonyms_of_other_languages(drawing: ExtractionResult) -> None:
    found = suggest_mapping(choose_rows(drawing), PARTS)
    assert found == {"item": "pos", "description": "name", "quantity": "qty", "material": "mat"}


def test_title_fields_are_found_by_their_labels(drawing: ExtractionResult) -> None:
    fields = [TargetField(id="n", name="Zeichnungs-Nr."), TargetField(id="s", name="Maßstab")]
    found = suggest_mapping(choose_rows(drawing, "title_block"), fields)
    assert found == {"drawing_number": "n", "scale": "s"}


def test_an_engineering_field_takes_the_whole_value(drawing: ExtractionResult) -> None:
    rows = choose_rows(drawing, "dimensions")
    fields = [TargetField(id="d", name="Anything", type="dimension")]
    mapping = suggest_mapping(rows, fields)
    assert mapping == {"dimension": "d"}
    made = [row.values["d"] for row, losses in make_rows(rows, mapping, fields, job_id="j") if not losses]
    assert {(value["value"], value["fit"]) for value in made} >= {(26.0, "H7")}
    assert json.loads(json.dumps(made)) == made


def test_elements_map_by_their_vocabulary(building: ExtractionResult) -> None:
    fields = [TargetField(id="g", name="GUID"), TargetField(id="s", name="Geschoss"), TargetField(id="c", name="Class")]
    found = suggest_mapping(choose_rows(building, "elements"), fields)
    assert found == {"global_id": "g", "storey": "s", "ifc_class": "c"}


def test_a_field_whose_type_the_values_do_not_fit_is_not_suggested(building: ExtractionResult) -> None:
    fields = [TargetField(id="s", name="storey", type="date")]
    assert suggest_mapping(choose_rows(building, "elements"), fields) == {}


@given(st.permutations(PARTS))
def test_no_field_is_suggested_twice_whatever_their_order(fields: list[TargetField]) -> None:
    rows = choose_rows(RESULT)
    found = suggest_mapping(rows, fields)
    assert len(set(found.values())) == len(found)
    assert found == suggest_mapping(rows, PARTS)


RESULT = ExtractionResult.model_validate_json(
    (Path(__file__).parents[1] / "results" / "saved" / "v1-house.ifc.json").read_bytes()
)


def test_a_preview_shows_what_would_be_written(drawing: ExtractionResult) -> None:
    shown = preview(drawing, PARTS, samples=2)
    assert shown.total_records == 4
    assert len(shown.sample_data) == 2
    assert shown.sample_data[0]["material"]["designation"] == "EN AW-6082"
    assert shown.sample_data[0]["quantity"] == 1.0
    assert [field["id"] for field in shown.target_fields] == [field.id for field in PARTS]
    json.dumps(shown.model_dump())


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_second_run_adds_no_row(drawing: ExtractionResult) -> None:
    rows, sink = choose_rows(drawing), Tables()
    mapping = suggest_mapping(rows, PARTS)
    first = await write_rows(rows, mapping, PARTS, sink, job_id="job", batch=3)
    before = dict(sink.rows)
    second = await write_rows(rows, mapping, PARTS, sink, job_id="job", batch=3)
    assert (first.rows, second.rows, len(sink.rows)) == (4, 4, 4)
    assert sink.rows == before
    assert sink.calls == [3, 1, 3, 1]
    await write_rows(rows, mapping, PARTS, sink, job_id="another", batch=3)
    assert len(sink.rows) == 8


def test_a_mapping_of_what_is_not_there_is_refused(drawing: ExtractionResult) -> None:
    rows = choose_rows(drawing)
    with pytest.raises(OptionsError, match="'color'"):
        next(make_rows(rows, {"color": "qty"}, PARTS, job_id=1))
    with pytest.raises(OptionsError, match=r"no rows 'boms'\. There are: bom"):
        choose_rows(drawing, "boms")


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("12.5", 12.5), ("12,5", 12.5), ("1.234,56", 1234.56), ("1,234.56", 1234.56), ("-3", -3),
     ("1 234", 1234), ("1'234.5", 1234.5), ("1.234.567", 1234567), ("0,250", 0.25)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    found = convert(text, FieldType.NUMBER)
    assert (found.value, found.loss) == (value, None)


@pytest.mark.parametrize("text", ["1,234", "1.234", "12-14", "about 3", "1.234.56"])
def test_what_is_not_plainly_a_number_is_not_guessed(text: str) -> None:
    found = convert(text, FieldType.NUMBER)
    assert found.value is None
    assert found.loss


def test_a_unit_that_a_number_cannot_hold_is_told() -> None:
    assert convert("12,5 kg", FieldType.NUMBER).loss == "a number does not hold 'kg'"
    (dimension,) = read_callouts("2x 12 ±0.1")
    found = convert(dimension, FieldType.NUMBER)
    assert found.value == 12.0
    assert "the tolerance" in str(found.loss)
    assert "the count of 2" in str(found.loss)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2026-11-23", "2026-11-23"), ("23.11.2026", "2026-11-23"), ("23/11/2026", "2026-11-23"),
     ("11/23/2026", "2026-11-23"), ("03/04/2026", None), ("04/04/2026", "2026-04-04"), ("31.02.2026", None),
     ("soon", None)],
)  # fmt: skip
def test_dates_whose_day_and_month_cannot_be_told_apart_are_left_out(text: str, value: str | None) -> None:
    found = convert(text, FieldType.DATE)
    assert found.value == value
    assert (found.loss is None) == (value is not None)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Ø20 H7", "dimension", {"value": 20.0, "fit": "H7", "tolerance_plus": 0.021, "tolerance_minus": 0.0}),
        ("4x M6-6H", "thread", {"designation": "M6-6H", "quantity": 4, "tolerance_class": "6H"}),
        ("Ra 1.6", "surface_finish", {"parameter": "Ra", "value": 1.6}),
        ("S235JR", "material", {"designation": "S235JR"}),
    ],
)
def test_texts_become_engineering_values(text: str, kind: str, expected: dict[str, object]) -> None:
    found = convert(text, FieldType(kind))
    assert {name: found.value[name] for name in expected} == expected
    assert found.value["raw"] == text


def test_a_frame_becomes_a_geometric_tolerance_and_its_further_rows_are_told() -> None:
    found = convert("⌖|⌀0.2Ⓜ|A|B", FieldType.GDT)
    assert (found.value["symbol"], found.value["tolerance"], found.value["datums"]) == ("position", 0.2, ["A", "B"])
    assert found.value["shape"] == "diameter"
    assert convert("no frame", FieldType.GDT).loss


@given(st.text(max_size=40) | st.integers() | st.floats() | st.booleans() | st.none(), st.sampled_from(FieldType))
def test_nothing_is_dropped_without_a_word(value: object, kind: FieldType) -> None:
    found = convert(value, kind)
    is_empty = value is None or (isinstance(value, str) and not value.strip())
    assert found.value is not None or found.loss is not None or is_empty
    json.dumps(found.value, allow_nan=False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("single_line_text", "text"), ("Number", "number"), ("surface-finish", "surface_finish"), ("jt", "text")],
)
def test_types_are_read_as_hosts_spell_them(name: str, kind: str) -> None:
    assert field_type(name) == kind
