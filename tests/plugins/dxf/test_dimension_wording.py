"""What a dimension shows, for every variable that decides it; expected texts are those of AutoCAD's documentation."""

import ezdxf
import pytest

from pybase_extraction.results import DimensionKind, UnitOrigin
from pybase_extraction_dxf.dimension_styles import Style
from pybase_extraction_dxf.dimension_wording import shown
from tests.plugins.dxf.test_reading import codes, extract

LENGTH, ANGLE = DimensionKind.LINEAR, DimensionKind.ANGULAR


def worded(value, kind=LENGTH, dimpost="", **numbers):
    return shown(kind, value, Style(numbers, {"dimpost": dimpost}))


@pytest.mark.parametrize(
    ("zeros", "half", "six", "foot", "foot_and_more"),
    [
        (0, '1/2"', '6"', "1'", "1'-0 3/4\""),
        (1, "0'-0 1/2\"", "0'-6\"", "1'-0\"", "1'-0 3/4\""),
        (2, "0'-0 1/2\"", "0'-6\"", "1'", "1'-0 3/4\""),
        (3, '1/2"', '6"', "1'-0\"", "1'-0 3/4\""),
    ],
)
def test_zeros_of_feet_and_inches(zeros, half, six, foot, foot_and_more):
    found = [worded(value, dimlunit=4, dimzin=zeros) for value in (0.5, 6, 12, 12.75)]
    assert found == [half, six, foot, foot_and_more]


@pytest.mark.parametrize(
    ("value", "variables", "text"),
    [
        (12.5, {}, "12.5000"),  # four places when the style states none
        (12.5, {"dimdec": 2, "dimzin": 8}, "12.5"),
        (0.5, {"dimdec": 2, "dimzin": 4}, ".50"),
        (0.5, {"dimdec": 2, "dimzin": 12}, ".5"),
        (12.5, {"dimdec": 2, "dimdsep": 44}, "12,50"),
        (12.6, {"dimdec": 1, "dimrnd": 0.5}, "12.5"),
        (1.0325, {"dimdec": 3}, "1.033"),  # a half that no binary number is
        (2.5, {"dimdec": 0}, "3"),
        (1550, {"dimlunit": 1, "dimdec": 2}, "1.55E+03"),
        (15.5, {"dimlunit": 3, "dimdec": 2}, "1'-3.50\""),
        (15.5, {"dimlunit": 5, "dimdec": 3}, "15 1/2"),
        (15.3, {"dimlunit": 5, "dimdec": 2}, "15 1/4"),  # the nearest quarter
        (100, {"dimdec": 1, "dimtol": 1, "dimtp": 0.2, "dimtm": 0.1, "dimtdec": 2}, "100.0 +0.20/-0.10"),
        (100, {"dimdec": 0, "dimtol": 1, "dimtp": 0.2, "dimtm": 0.2, "dimtdec": 1}, "100 ±0.2"),
        (100, {"dimdec": 0, "dimtol": 1, "dimtp": 0.2, "dimtm": 0.0, "dimtdec": 1, "dimtzin": 8}, "100 +0.2/0"),
        (100, {"dimdec": 0, "dimtol": 1, "dimtp": 0.2, "dimtm": -0.1, "dimtdec": 1}, "100 +0.2/+0.1"),
        (100, {"dimdec": 1, "dimlim": 1, "dimtp": 0.2, "dimtm": 0.1}, "100.2/99.9"),
        (100, {"dimdec": 0, "dimpost": "<> mm"}, "100 mm"),
        (100, {"dimdec": 0, "dimpost": " mm"}, "100 mm"),
        (100, {"dimdec": 0, "dimpost": "2x <> TYP"}, "2x 100 TYP"),
    ],
)
def test_lengths(value, variables, text):
    assert worded(value, **variables) == text


@pytest.mark.parametrize(
    ("value", "variables", "text"),
    [
        (94.4, {}, "94°"),
        (94.4, {"dimadec": 2}, "94.40°"),
        (94.4, {"dimadec": 2, "dimazin": 2}, "94.4°"),
        (94.4, {"dimadec": -1, "dimdec": 1}, "94.4°"),
        (30.5, {"dimaunit": 1, "dimadec": 2}, "30°30'"),
        (30.51, {"dimaunit": 1, "dimadec": 4}, "30°30'36\""),
        (90, {"dimaunit": 2, "dimadec": 1}, "100.0g"),
        (180, {"dimaunit": 3, "dimadec": 2}, "3.14r"),
    ],
)
def test_angles(value, variables, text):
    assert worded(value, ANGLE, **variables) == text


def test_signs_of_radius_and_diameter_give_way_to_a_prefix_of_the_style():
    assert worded(5, DimensionKind.RADIUS, dimdec=0) == "R5"
    assert worded(5, DimensionKind.DIAMETER, dimdec=0, dimpost=" H7") == "Ø5 H7"
    assert worded(5, DimensionKind.DIAMETER, dimdec=0, dimpost="DIA <>") == "DIA 5"


def add_dimension(document, text="<>", **variables):
    """A dimension of 37 drawing units without a picture."""
    made = document.modelspace().add_linear_dim((0, 10), (0, 0), (37, 0), text=text)
    made.update({"dimlfac": 1, "dimpost": "", "dimzin": 0, **variables})
    made.commit()
    made.dimension.dxf.actual_measurement = 37


def measured(unit, override, text="<>"):
    document = ezdxf.new("R2018", setup=True, units=unit)
    add_dimension(document, text, **override)
    return extract(document)


def test_a_suffix_alone_leaves_the_number():
    found = measured(4, {"dimpost": " mm", "dimdec": 1}).dimensions[0]
    assert (found.nominal, found.unit, found.unit_origin) == (37, "mm", UnitOrigin.WRITTEN)
    assert found.displayed == "37.0 mm"


def test_fractions_with_the_sign_of_an_inch():
    found = measured(0, {"dimpost": '"', "dimlunit": 5, "dimlfac": 0.5}).dimensions[0]
    assert (found.displayed, found.nominal, found.unit) == ('18 1/2"', 18.5, "in")
    assert found.decimals is None


def test_feet_and_inches_are_inches_whatever_the_drawing_declares():
    result = measured(4, {"dimlunit": 4})
    found = result.dimensions[0]
    assert (found.displayed, found.nominal, found.unit, found.unit_origin) == (
        "3'-1\"",
        37,
        "in",
        UnitOrigin.WRITTEN,
    )
    assert found.measured_unit == "mm"
    assert "units-contradict" in codes(result)
    assert "units-contradict" not in codes(measured(1, {"dimlunit": 4}))


def test_decimals_are_those_that_are_printed():
    assert measured(4, {"dimdec": 2}).dimensions[0].decimals == 2
    # DIMZIN 8 leaves the zeros out
    assert measured(4, {"dimdec": 2, "dimzin": 8}).dimensions[0].decimals == 0


def test_the_picture_tells_the_precision_where_program_and_style_differ():
    document = ezdxf.new("R2018", setup=True, units=4)
    made = document.modelspace().add_linear_dim(
        (0, 10), (0, 0), (42.4264, 0), override={"dimlfac": 1, "dimdec": 4, "dimzin": 8}
    )
    made.render()
    block = document.blocks.get(made.dimension.dxf.geometry)
    block.query("MTEXT")[0].text = "42.43"
    found = extract(document).dimensions[0]
    assert (found.displayed, found.nominal, found.decimals) == ("42.43", 42.43, 2)
    assert found.measured == pytest.approx(42.4264)


@pytest.mark.parametrize(
    ("text", "override", "displayed"),
    [
        ("<> []", {}, "37 [1.46]"),
        ("<>", {"dimalt": 1}, "37 [1.46]"),
        ("<>", {"dimalt": 1, "dimapost": " in"}, "37 [1.46 in]"),
        ("(<>) REF", {}, "(37) REF"),
        ("<> []", {"dimtol": 1, "dimtp": 0.5, "dimtm": 0.5, "dimtdec": 1}, "37 ±0.5 [1.46]"),
    ],
)
def test_signs_for_the_measurement_and_its_alternate(text, override, displayed):
    variables = {"dimdec": 0, "dimaltf": 1 / 25.4, "dimaltd": 2, "dimaltz": 0, **override}
    found = measured(4, variables, text).dimensions[0]
    assert found.displayed == displayed
    assert found.nominal == 37
    assert not found.is_basic
    if found.alternate is not None:
        assert (found.alternate.nominal, found.alternate.unit) == (1.46, "in")


def test_deviations_are_converted_for_alternate_units():
    variables = {"dimalt": 1, "dimaltf": 1 / 25.4, "dimaltd": 3, "dimalttd": 3, "dimtol": 1, "dimtp": 0.254, "dimtm": 0}
    found = measured(4, variables).dimensions[0].alternate
    assert (found.upper, found.lower) == (0.01, 0)  # 0.254 / 25.4


@pytest.mark.parametrize(
    ("unit", "factor", "shown_in"), [(6, 1000, "mm"), (6, 100, "cm"), (4, 0.001, "m"), (4, 10, "mm"), (4, 0.1, "mm")]
)
def test_factors_that_no_scale_has_change_the_unit(unit, factor, shown_in):
    assert measured(unit, {"dimlfac": factor}).dimensions[0].unit == shown_in


def test_before_r13_the_units_of_the_drawing_are_those_of_dimensions():
    document = ezdxf.new("R12", setup=True)
    document.header["$LUNITS"], document.header["$LUPREC"] = 4, 3
    add_dimension(document)
    assert extract(document).dimensions[0].displayed == "3'-1\""
