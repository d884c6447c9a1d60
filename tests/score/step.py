"""Compare the STEP extractor with the raw scans of the real files; prints every deviation.

``python -m tests.score.step [corpus]``

A measure that the exporter stated and that differs from the computed one is decided by a third: the sum of the
triangles of a fine triangulation.  Where that agrees with the computed value, the file is wrong.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import AssemblyNode, ExtractionResult
from pybase_extraction.source import Source

HEADER = ("name", "time_stamp", "author", "organization", "preprocessor_version", "originating_system",
          "authorisation")  # fmt: skip
NAMES = {"name": "file_name", "authorisation": "authorization"}


class Score:
    """Counts what was compared, keeps what deviates."""

    def __init__(self) -> None:
        self.compared = 0
        self.deviations: list[str] = []

    def check(self, what: str, truth: Any, found: Any) -> None:
        self.compared += 1
        if truth != found:
            self.deviations.append(f"{what} {found!r}, truth {truth!r}")


def compare(truth: dict[str, Any], result: ExtractionResult, score: Score) -> None:
    """Compare one file with its raw scan."""
    meta = result.metadata
    score.check("schema", truth["schema"], [meta["schema_identifier"]])
    for key in HEADER:
        score.check(key, truth["header"].get(key) or None, meta[NAMES.get(key, key)] or None)
    score.check("instances", truth["n_instances"], meta["instances"])
    simple, complex_ = meta["instances_by_type"], meta["complex_instances_by_component"]
    for name, count in truth["counts_by_type_top"].items():
        score.check(f"simple instances of {name}", count, simple.get(name, 0))
    for name, count in truth["entity_counts_selected"].items():
        score.check(f"instances of {name}", count, simple.get(name, 0) + complex_.get(name, 0))
    _compare_products(truth, result, score)
    _compare_statements(truth, result, score)
    selected = truth["entity_counts_selected"]
    kinds = [name for name in selected if name.endswith("_TOLERANCE")
             and name not in {"GEOMETRIC_TOLERANCE", "PLUS_MINUS_TOLERANCE"}]  # fmt: skip
    if kinds:
        zones = sum(len(frame.zones) for frame in result.feature_control_frames)
        score.check("tolerances", sum(selected[name] for name in kinds), zones)
    score.check("datums", selected.get("DATUM", 0), sum(datum.target is None for datum in result.datums))


def _compare_products(truth: dict[str, Any], result: ExtractionResult, score: Score) -> None:
    found = Counter(((part.part_number or "").strip(), (part.name or "").strip()) for part in result.parts)
    others = result.metadata["other_products"]
    found += Counter(((item["part_number"] or "").strip(), (item["name"] or "").strip()) for item in others)
    expected = Counter((product["id"].strip(), product["name"].strip()) for product in truth["products"])
    for product in expected | found:
        score.check(f"product {product}", expected[product], found[product])
    score.check("occurrences", truth["nauo_count"], result.metadata["occurrences"])
    links = {node.provenance.place.step_id: (above, node) for above, node in _links(result.assembly, None)}
    names = Counter((item["parent"], item["child"], item["id"] or None) for item in truth["nauo"])
    score.check("links", names, Counter((above, node.name, node.identifier) for above, node in links.values()))


def _links(nodes: tuple[AssemblyNode, ...], above: str | None) -> Iterator[tuple[str, AssemblyNode]]:
    for node in nodes:
        if above is not None:
            yield above, node
        yield from _links(node.children, node.name)


def _compare_statements(truth: dict[str, Any], result: ExtractionResult, score: Score) -> None:
    ours = [item for item in result.validation_properties if item.provenance.method == "geometric validation property"]
    theirs = truth["geometric_validation_properties"]
    for measure, word in (("VOLUME_MEASURE", "volume"), ("AREA_MEASURE", "area")):
        stated = sorted(item["value"] for item in theirs if item.get("measure_type") == measure)
        score.check(f"stated {word}s", stated, sorted(item.value for item in ours if word in item.name.lower()))
    points = sorted(item.value for item in ours if isinstance(item.value, tuple))
    score.check("points", sorted(tuple(item["point"]) for item in theirs if "point" in item), points)
    values = {str(value) for part in result.parts for value in part.properties.values()}
    for name, *_, value in truth["attribute_properties"]:
        known = values | {part.material for part in result.parts} | {str(part.density) for part in result.parts}
        if isinstance(value, str):
            score.check(f"property {name}", True, value in known)


def measured_wrongly(result: ExtractionResult, path: Path) -> Iterator[tuple[str, bool]]:
    """Each stated measure that differs from the computed one, and whether a triangulation supports the computed one."""
    off = [item for item in result.validation_properties if item.deviation is not None and item.deviation > 1e-4]
    areas = triangulated_areas(path) if off else {}
    for item in off:
        sentence = f"{item.name} of {item.part}: stated {item.value}, computed {item.computed}"
        third = areas.get(item.part or "") if "area" in item.name else None
        supports = third is not None and abs(third - item.computed) < 0.1 * abs(item.value - item.computed)
        yield f"{sentence}, triangulated {third}", supports


def triangulated_areas(path: Path) -> dict[str, float]:
    """Surface of every product in square millimetres, by triangles within two micrometres of the faces."""
    import numpy as np
    from OCP.BRep import BRep_Tool
    from OCP.BRepMesh import BRepMesh_IncrementalMesh
    from OCP.STEPControl import STEPControl_Reader
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer
    from OCP.TopLoc import TopLoc_Location
    from OCP.TopoDS import TopoDS

    from pybase_extraction.part21 import Part21File

    reader = STEPControl_Reader()
    reader.ReadFile(str(path))
    model, numbers = reader.StepModel(), iter(Part21File.open(path).ids("PRODUCT_DEFINITION"))
    areas: dict[str, float] = {}
    for place in range(1, model.NbEntities() + 1):
        if model.Value(place).DynamicType().Name() != "StepBasic_ProductDefinition" or not reader.TransferOne(place):
            continue
        shape, total = reader.Shape(reader.NbShapes()), 0.0
        BRepMesh_IncrementalMesh(shape, 0.002, False, 0.02, False)
        explorer = TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_FACE)
        while explorer.More():
            mesh = BRep_Tool.Triangulation_s(TopoDS.Face(explorer.Current()), TopLoc_Location())
            nodes = np.array(
                [(node.X(), node.Y(), node.Z()) for i in range(mesh.NbNodes()) if (node := mesh.Node(i + 1))]
            )
            corners = nodes[np.array([mesh.Triangle(i + 1).Get() for i in range(mesh.NbTriangles())]) - 1]
            sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            total += float(np.linalg.norm(sides, axis=1).sum()) / 2
            explorer.Next()
        areas[f"#{next(numbers)}"] = total
    return areas


def main() -> int:
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus")
    registry = ExtractorRegistry.discover()
    extractor = registry.extractor("step")
    options = registry.validate_options("step", {"calculate_boxes": False, "count_shapes": False})
    right, wrong, files, score = 0, 0, 0, Score()
    for path in sorted((corpus / "truth" / "step").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        files += 1
        try:
            result = extractor.extract(Source.from_path(corpus / truth["file"]), options, ExtractionContext())
        except ExtractionError as exc:
            print(f"{truth['file']}: {exc}")
            continue
        before = len(score.deviations)
        compare(truth, result, score)
        deviations = score.deviations[before:]
        deviations += [f"issue {issue.code}: {issue.message}" for issue in result.issues if "geometry" in issue.code]
        measures = list(measured_wrongly(result, corpus / truth["file"]))
        deviations += [sentence for sentence, is_theirs in measures if not is_theirs]
        right += not deviations
        wrong += any(is_theirs for _, is_theirs in measures)
        for sentence in deviations:
            print(f"{truth['file']}: {sentence}")
        for sentence, is_theirs in measures:
            if is_theirs:
                print(f"{truth['file']} is wrong: {sentence}")
    print(f"{score.compared - len(score.deviations)} of {score.compared} facts agree")
    print(f"{right} of {files} files without a deviation of ours, {wrong} of them state measures that are off")
    return 0 if right == files else 1


if __name__ == "__main__":
    sys.exit(main())
