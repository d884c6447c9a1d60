"""Sections, tables and parts lists as data frames."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pybase_extraction.dataframes import Engine, frame
from pybase_extraction.errors import MissingDependencyError
from pybase_extraction.results import (
    BillOfMaterials,
    BomItem,
    Dimension,
    DimensionKind,
    ExtractionResult,
    ExtractorRecord,
    SourceInfo,
    Table,
)

ENGINES: tuple[Engine, ...] = ("pandas", "polars")
RESULT = ExtractionResult(
    format="dxf",
    source=SourceInfo(filename="a.dxf", size=1, sha256="0" * 64),
    extractor=ExtractorRecord(name="dxf", version="1"),
    dimensions=(
        Dimension(raw="20 +0.1/-0.2", kind=DimensionKind.LINEAR, nominal=20.0, upper=0.1, lower=-0.2, unit="mm"),
        Dimension(raw="7", kind=DimensionKind.LINEAR, nominal=7.0),
    ),
)


@pytest.mark.parametrize("engine", ENGINES)
def test_deviations_keep_their_sign_and_units_are_columns(engine: Engine) -> None:
    rows = RESULT.df("dimensions", engine=engine)
    assert next(iter(rows["lower"])) == -0.2
    assert next(iter(rows["unit"])) == "mm"
    assert int(rows["lower"].isna().sum() if engine == "pandas" else rows["lower"].null_count()) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_has_its_headers_as_columns_and_equal_ones_are_numbered(engine: Engine) -> None:
    table = Table(rows=(("No", "Size", "Size", ""), ("1", "=2", None, "x")), header_rows=1)
    rows = table.df(engine=engine)
    assert list(rows.columns) == ["No", "Size", "Size (2)", "column 4"]
    assert next(iter(rows["Size"])) == "=2"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_without_headers_keeps_every_row(engine: Engine) -> None:
    rows = Table(rows=(("a", "b"), ("c", "d"))).df(engine=engine)
    assert list(rows.columns) == ["column 1", "column 2"]
    assert len(rows) == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_mixed_columns_and_no_rows_make_a_frame(engine: Engine) -> None:
    assert len(frame([], engine=engine)) == 0
    assert len(frame([{"a": 1}, {"a": "x"}, {"a": None}, {"b": 1.5}, {"b": 2}], engine=engine)) == 5


def test_whole_numbers_stay_whole_beside_missing_ones() -> None:
    rows = BillOfMaterials(items=(BomItem(item="1", level=1), BomItem(item="2", parent=0))).df()
    assert [rows["parent"].dtype, rows["parent"][1]] == ["Int64", 0]


def test_an_unknown_section_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(KeyError, match="dimensions"):
        RESULT.df("dimension")
    with pytest.raises(ValueError, match="'pandas' or 'polars'"):
        RESULT.df("dimensions", engine="spark")  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_missing_library_is_told_with_the_extra(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, engine, None)
    with pytest.raises(MissingDependencyError, match="pip install"):
        RESULT.df("dimensions", engine=engine)


def test_neither_library_is_loaded_before_a_frame_is_asked_for() -> None:
    code = "import pybase_extraction.many, sys; assert not {'pandas', 'polars', 'rich'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
