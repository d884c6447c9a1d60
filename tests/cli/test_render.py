"""What the summary of a result shows of its sections."""

from __future__ import annotations

from rich.console import Console

from pybase_extraction.cli.render import section_table
from pybase_extraction.records import Record, counted


def shown(records: list[Record], most: int = 8) -> str:
    console = Console(width=200)
    with console.capture() as capture:
        console.print(section_table(records, most))
    return capture.get()


def test_a_deviation_of_zero_is_a_value() -> None:
    text = shown([{"raw": "⌀3,99 0/-0,02", "nominal": 3.99, "upper": 0.0, "lower": -0.02, "is_basic": False}])
    assert "upper" in text
    assert "is_basic" not in text


def test_the_fullest_columns_are_kept_in_their_order() -> None:
    record: Record = {f"column{number}": number for number in range(12)}
    text = shown([{**record, "column0": None}])
    assert "column0" not in text
    assert text.index("column1 ") < text.index("column8 ")
    assert "column9" not in text


def test_no_more_rows_are_shown_than_asked_for() -> None:
    records: list[Record] = [{"value": f"row{number}"} for number in range(5)]
    assert "row2" not in shown(records, 2)
    assert "row4" in shown(records)


def test_one_is_not_many() -> None:
    names = {
        "pages": "page",
        "boms": "parts list",
        "entities": "entity",
        "assembly": "assembly",
        "takeoff": "line of quantities",
    }
    assert {name: counted(name, 1) for name in names} == {name: f"1 {words}" for name, words in names.items()}
    assert [counted(name, 2) for name in ("boms", "entities")] == ["2 parts lists", "2 entities"]
    assert counted("text_blocks", 1200) == "1,200 texts"
