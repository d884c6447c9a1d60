"""Assemblies over several files: what is joined, what is refused, what is said of the rest."""

import pytest

from pybase_extraction.errors import ExtractionError
from pybase_extraction.source import Source
from tests.plugins.step.test_reading import extract


def model(name, components=(), files=None):
    """A product with components; ``files`` names the file of each component that lies elsewhere."""
    lines = ["ISO-10303-21;HEADER;FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));ENDSEC;DATA;"]
    for at, product in enumerate([name, *dict.fromkeys(components)]):
        lines.append(f"#{at}01=PRODUCT('{product}','{product}','',());")
        lines.append(f"#{at}02=PRODUCT_DEFINITION_FORMATION('','',#{at}01);")
        lines.append(f"#{at}03=PRODUCT_DEFINITION('','',#{at}02,$);")
        lines.append(f"#{at}04=PRODUCT_DEFINITION_SHAPE('','',#{at}03);")
        if product in (files or {}):
            lines.append(f"#{at}05=DOCUMENT_FILE('{files[product]}','','',$,'',$);")
            lines.append(f"#{at}06=APPLIED_DOCUMENT_REFERENCE(#{at}05,'',(#{at}03));")
            lines.append(f"#{at}07=APPLIED_EXTERNAL_IDENTIFICATION_ASSIGNMENT('{files[product]}',$,$,(#{at}05));")
    numbers = {product: at for at, product in enumerate(dict.fromkeys(components), 1)}
    for at, product in enumerate(components):
        lines.append(f"#9{at}9=NEXT_ASSEMBLY_USAGE_OCCURRENCE('{at}','','',#003,#{numbers[product]}03,$);")
    return "\n".join([*lines, "ENDSEC;END-ISO-10303-21;"])


def read(folder, name="main.stp", **options):
    chosen = {"follow_external_files": True, "include_geometry": False, **options}
    return extract(Source.from_path(folder / name), **chosen)


def totals(result):
    return {item.part_number: item.total_quantity for item in result.boms[0].items}


def codes(result):
    return {issue.code for issue in result.issues}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "main.stp").write_text(model("machine", ["wheel", "wheel", "frame"], {"wheel": "sub/WHEEL.stp"}))
    (tmp_path / "WHEEL.stp").write_text(model("wheel", ["bolt"] * 5 + ["rim"], {"rim": r"C:\cad\rim.stp"}))
    (tmp_path / "rim.stp").write_text(model("rim", ["spoke"] * 3))
    return tmp_path


def test_files_beside_the_source_make_one_assembly(folder):
    result = read(folder)
    # two wheels, each with five bolts and a rim of three spokes
    assert totals(result) == {"machine": 1, "wheel": 2, "bolt": 10, "rim": 2, "spoke": 6, "frame": 1}
    counts = {part.name: part.occurrence_count for part in result.parts}
    assert counts == {"machine": 1, "wheel": 2, "frame": 1, "bolt": 10, "rim": 2, "spoke": 6}
    assert result.metadata["files"] == ["WHEEL.stp", "rim.stp"]
    assert not codes(result) & {"external-file-missing"}
    (root,) = result.assembly
    wheel = next(node for node in root.children if node.name == "wheel")
    rim = next(node for node in wheel.children if node.name == "rim")
    assert [spoke.name for spoke in rim.children] == ["spoke"] * 3
    assert wheel.children[0].part.startswith("WHEEL.stp#")
    assert len({part.key for part in result.parts}) == len(result.parts)


def test_nothing_is_read_unless_asked_for(folder):
    result = read(folder, follow_external_files=False)
    assert totals(result) == {"machine": 1, "wheel": 2, "frame": 1}
    assert "external-file-missing" in codes(result)
    assert any("follow_external_files" in issue.message for issue in result.issues)


def test_a_missing_file_leaves_the_reference_and_says_so(folder):
    (folder / "rim.stp").unlink()
    result = read(folder)
    assert totals(result) == {"machine": 1, "wheel": 2, "bolt": 10, "rim": 2, "frame": 1}
    assert "external-file-missing" in codes(result)


def test_a_file_that_is_no_model_leaves_the_reference_and_says_so(folder):
    (folder / "rim.stp").write_bytes(b"\x00\x01 no model")
    result = read(folder)
    assert totals(result)["rim"] == 2
    assert result.is_partial
    assert "external-file-unreadable" in codes(result)


@pytest.mark.parametrize("name", ["../secret.stp", "..", ".", "", "/etc/passwd", "x" * 5000, "a\\\\X\\\\00b.stp"])
def test_names_never_lead_out_of_the_folder(tmp_path, name):
    (tmp_path / "secret.stp").write_text(model("secret", ["hidden"]))
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "main.stp").write_text(model("machine", ["part"], {"part": name}))
    assert set(totals(read(inner))) == {"machine", "part"}


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    (tmp_path / "secret.stp").write_text(model("secret", ["hidden"]))
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "part.stp").symlink_to(tmp_path / "secret.stp")
    (inner / "main.stp").write_text(model("machine", ["part"], {"part": "part.stp"}))
    assert set(totals(read(inner))) == {"machine", "part"}


def test_files_that_hold_each_other_end(tmp_path):
    (tmp_path / "main.stp").write_text(model("a", ["b"], {"b": "b.stp"}))
    (tmp_path / "b.stp").write_text(model("b", ["c"], {"c": "c.stp"}))
    (tmp_path / "c.stp").write_text(model("c", ["b", "a"], {"b": "b.stp", "a": "main.stp"}))
    result = read(tmp_path)
    assert {"a", "b", "c"} <= set(totals(result))


def test_one_file_for_several_references_is_read_once(tmp_path):
    components = {"left": "side.stp", "right": "side.stp"}
    (tmp_path / "main.stp").write_text(model("machine", ["left", "right"], components))
    (tmp_path / "side.stp").write_text(model("side", ["bolt", "bolt"]))
    result = read(tmp_path)
    assert result.metadata["files"] == ["side.stp"]
    assert {part.name: part.occurrence_count for part in result.parts}["bolt"] == 4
    assert [len(node.children) for node in result.assembly[0].children] == [2, 2]


def test_the_limit_of_bytes_holds_for_all_files_together(folder):
    from pybase_extraction import Limits
    from pybase_extraction.extractor import ExtractionContext
    from pybase_extraction.registry import ExtractorRegistry

    registry = ExtractorRegistry.discover()
    options = registry.validate_options("step", {"follow_external_files": True, "include_geometry": False})
    source = Source.from_path(folder / "main.stp")
    limits = Limits(max_bytes=source.size + 10)
    with pytest.raises(ExtractionError, match="bytes"):
        registry.extractor("step").extract(source, options, ExtractionContext(limits=limits))


@pytest.mark.corpus
def test_an_assembly_of_thirteen_real_files_is_whole(corpus):
    result = read(corpus / "step" / "cax-if" / "s1-c5-214", "s1-c5-214.stp")
    assert len(result.metadata["files"]) == 12
    assert codes(result) == set()
    # the master holds TAIL, HEAD, MAINBODY and FOOT twice; each of these holds its own pieces
    leaves = {part.name: part.occurrence_count for part in result.parts if not part.is_assembly}
    assert leaves == {
        "TAIL_TURBINE": 2, "TAIL_MIDDLE_PART": 1, "HEAD_FRONT": 1, "HEAD_BACK": 1, "MAINBODY_FRONT": 1,
        "MAINBODY_BACK": 1, "FOOT_FRONT_000": 2, "FOOT_BACK_000": 2,
    }  # fmt: skip
