"""What is read of an assembly that OpenCASCADE wrote."""

import math
import random

import pytest

from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source
from tests.samples.make_step import BOLT, HOLE_DIAMETER, PLATE, write_sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    pytest.importorskip("OCP", reason="the sample is written by the geometry kernel")
    path = tmp_path_factory.mktemp("step") / "sample.step"
    write_sample(path)
    return path


def extract(source, **options):
    registry = ExtractorRegistry.discover()
    chosen = registry.validate_options("step", options)
    return registry.extractor("step").extract(source, chosen, ExtractionContext())


def test_parts_list_counts_every_occurrence(sample):
    bill = extract(Source.from_path(sample), include_geometry=False).boms[0]
    assert {item.description: item.total_quantity for item in bill.items} == {
        "mounting plate": 1, "plate": 1, "bracket": 2, "bolt": 4,
    }  # fmt: skip


def test_flattened_parts_list_has_no_assembly(sample):
    bill = extract(Source.from_path(sample), include_geometry=False, hierarchy_mode="flattened").boms[0]
    assert [item.level for item in bill.items] == [0, 0, 0]
    assert bill.total_quantity == 7  # 1 + 2 + 4


def test_transforms_place_components_in_the_assembly(sample):
    (root,) = extract(Source.from_path(sample), include_geometry=False).assembly
    bolts = [node for node in root.children if node.name == "bolt"]
    assert sorted(tuple(row[3] for row in node.transform[:3]) for node in bolts) == [
        (20.0, 20.0, -15.0), (20.0, 60.0, -15.0), (100.0, 20.0, -15.0), (100.0, 60.0, -15.0),
    ]  # fmt: skip


def test_volumes_are_those_of_the_closed_forms(sample):
    result = extract(Source.from_path(sample))
    volumes = {part.name: part.mass_properties.volume for part in result.parts}
    diameter, length = BOLT
    hole = math.pi / 4 * HOLE_DIAMETER**2 * PLATE[2]
    assert volumes["bolt"].value == pytest.approx(math.pi / 4 * diameter**2 * length, rel=1e-9)
    assert volumes["plate"].value == pytest.approx(math.prod(PLATE) - 4 * hole, rel=1e-9)
    assert volumes["plate"].unit == "mm³"
    assert volumes["plate"].si_value == pytest.approx(volumes["plate"].value * 1e-9)


def test_shapes_are_counted_once(sample):
    plate = next(part for part in extract(Source.from_path(sample)).parts if part.name == "plate")
    # a box has 6 faces, 12 edges, 8 vertices; each hole adds a face, two circles and a seam, and two vertices
    assert (plate.topology.faces, plate.topology.edges, plate.topology.vertices) == (6 + 4, 12 + 4 * 3, 8 + 4 * 2)


def test_holes_are_features(sample):
    features = extract(Source.from_path(sample), extract_features=True).features
    holes = [feature for feature in features if feature.kind == "hole"]
    assert len(holes) == 4
    assert holes[0].dimensions[0].nominal == pytest.approx(HOLE_DIAMETER)
    assert holes[0].dimensions[1].nominal == pytest.approx(PLATE[2])


def test_measures_are_only_computed_when_asked_for(sample):
    result = extract(
        Source.from_path(sample), calculate_volumes=False, calculate_areas=False, count_shapes=False,
        calculate_boxes=False, calculate_centroids=True,
    )  # fmt: skip
    bolt = next(part for part in result.parts if part.name == "bolt")
    assert bolt.mass_properties.centroid == pytest.approx((0, 0, BOLT[1] / 2))
    assert bolt.mass_properties.area is None
    assert bolt.topology is None
    assert bolt.bounding_box is None


def test_thumbnail_is_a_picture_of_the_asked_size(sample):
    (picture,) = extract(Source.from_path(sample), make_thumbnail=True, thumbnail_size=64).pictures
    assert (picture.width, picture.height, picture.media_type) == (64, 64, "image/png")


def test_sections_can_be_left_out(sample):
    result = extract(Source.from_path(sample), extract_assembly=False, extract_parts=False, include_geometry=False)
    assert (result.assembly, result.boms, result.parts) == ((), (), ())


def test_a_circle_in_the_assembly_is_reported_and_not_followed():
    lines = [b"ISO-10303-21;HEADER;FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));ENDSEC;DATA;"]
    for number in (1, 2):
        lines.append(b"#%d0=PRODUCT('p%d','p%d','',());" % (number, number, number))
        lines.append(b"#%d1=PRODUCT_DEFINITION_FORMATION('','',#%d0);" % (number, number))
        lines.append(b"#%d2=PRODUCT_DEFINITION('','',#%d1,$);" % (number, number))
    lines.append(b"#30=NEXT_ASSEMBLY_USAGE_OCCURRENCE('1','','',#12,#22,$);")
    lines.append(b"#31=NEXT_ASSEMBLY_USAGE_OCCURRENCE('2','','',#22,#12,$);ENDSEC;END-ISO-10303-21;")
    result = extract(Source.from_bytes(b"\n".join(lines), name="circle.stp"), include_geometry=False)
    assert "assembly-cycle" in {issue.code for issue in result.issues}
    assert len(result.parts) == 2


def test_mutated_files_never_end_the_process(sample):
    data, dice = sample.read_bytes(), random.Random(21)
    for _ in range(200):
        changed = bytearray(data)
        for _ in range(dice.randint(1, 20)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        if dice.random() < 0.3:
            del changed[dice.randrange(len(changed)) :]
        try:
            extract(Source.from_bytes(bytes(changed), name="mutated.step"), include_geometry=False)
        except ExtractionError:
            continue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"('',(#12))", 12), (b"(#9)", 9), (b"('it''s',#7)", 7), (b"('a#1',$)", None), (b"('x#1',#2)", None),
        (b"(#1,#2)", None), (b"(.BOTH.,#3)", 3), (b"()", None), (b"('", None),
    ],
)  # fmt: skip
def test_a_single_reference_is_told_from_texts_that_look_like_one(text, expected):
    from pybase_extraction_step.model import only_reference, references_in

    assert only_reference(text) == expected
    if expected is not None:
        assert references_in(text) == [expected]
