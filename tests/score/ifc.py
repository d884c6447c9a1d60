"""Compare the IFC extractor with the raw scans of real files: ``python -m tests.score.ifc CORPUS [FILE...]``.

The scans (``truth/ifc/*.json``) used no IFC library.  Every deviation is printed; the exit status is then 1.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pybase_extraction.errors import SourceError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import Element, ExtractionResult, SpatialNode
from pybase_extraction.source import Source
from pybase_extraction_ifc.extractor import IfcExtractor
from pybase_extraction_ifc.options import IfcOptions


class Score:
    """Counts what was compared, keeps what deviates."""

    def __init__(self) -> None:
        self.compared = 0
        self.deviations: list[str] = []

    def check(self, what: str, truth: Any, found: Any) -> None:
        self.compared += 1
        if not same(truth, found):
            self.deviations.append(f"{what}: truth {truth!r}, found {found!r}")


def same(truth: Any, found: Any) -> bool:
    if isinstance(truth, bool) or isinstance(found, bool):
        return truth is found
    if isinstance(truth, int | float) and isinstance(found, int | float):
        return math.isclose(truth, found, rel_tol=1e-12, abs_tol=1e-12)
    if isinstance(truth, list | tuple) and isinstance(found, list | tuple):
        return len(truth) == len(found) and all(map(same, truth, found))
    return bool(truth == found)


def nodes(tree: tuple[SpatialNode, ...]) -> Iterator[SpatialNode]:
    for node in tree:
        yield node
        yield from nodes(node.children)


def compare(truth: dict[str, Any], result: ExtractionResult, score: Score) -> None:
    meta, file = result.metadata, truth["file"]
    score.check(f"{file} schema", truth["schema"][0], meta["schema"])
    score.check(f"{file} instances", truth["n_instances"], meta["instances"])
    counts = {name or "(complex)": count for name, count in meta["instances_by_type"].items()}
    for name in sorted({*truth["counts_by_type"], *counts}):
        score.check(f"{file} count of {name}", truth["counts_by_type"].get(name), counts.get(name))
    for key, name in (("name", "file_name"), ("time_stamp", "time_stamp"), ("author", "author"),
                      ("organization", "organization"), ("preprocessor_version", "preprocessor_version"),
                      ("originating_system", "originating_system"), ("description", "description")):  # fmt: skip
        score.check(f"{file} header {key}", truth["header"].get(key) or None, meta[name] or None)
    _compare_tree(truth, result, score)
    score.check(f"{file} applications", [item["FullName"] for item in truth["applications"]],
                [item.get("name") for item in meta["applications"]])  # fmt: skip
    score.check(f"{file} materials", sorted(set(truth["materials"])), sorted({item.name for item in result.materials}))
    for sample in truth["sample_elements"]:
        _compare_element(file, sample, result, score)


def _compare_tree(truth: dict[str, Any], result: ExtractionResult, score: Score) -> None:
    found = list(nodes(result.spatial_structure))
    for key, name in (("project", "IfcProject"), ("sites", "IfcSite"), ("buildings", "IfcBuilding")):
        those = sorted((node.global_id or "", node.name or "") for node in found if node.ifc_class == name)
        score.check(
            f"{truth['file']} {key}", sorted((item["GlobalId"] or "", item["Name"] or "") for item in truth[key]), those
        )
    storeys = {node.global_id: node for node in found if node.ifc_class == "IfcBuildingStorey"}
    score.check(f"{truth['file']} storeys", len(truth["storeys"]), len(storeys))
    for item in truth["storeys"]:
        node = storeys.get(item["GlobalId"])
        elevation = node.elevation.value if node and node.elevation else None
        found_pair = (node.name if node else None, elevation)
        score.check(f"{truth['file']} storey {item['GlobalId']}", (item["Name"], item.get("Elevation")), found_pair)


def _compare_element(file: str, sample: dict[str, Any], result: ExtractionResult, score: Score) -> None:
    where = f"{file} #{sample['step_id']}"
    element: Element | SpatialNode | None = next(
        (item for item in result.elements if item.provenance.place.step_id == sample["step_id"]), None
    ) or next(
        (item for item in nodes(result.spatial_structure) if item.provenance.place.step_id == sample["step_id"]), None
    )
    if element is None:
        score.check(where, sample["GlobalId"], None)
        return
    score.check(f"{where} class", sample["type"], element.ifc_class.upper())
    score.check(f"{where} GlobalId", sample["GlobalId"], element.global_id)
    score.check(f"{where} name", sample["Name"], element.name)
    if isinstance(element, Element):
        # the scan takes the eighth argument for the tag, which is an enumeration item in classes without one
        if not str(sample.get("Tag")).startswith("."):
            score.check(f"{where} tag", sample.get("Tag"), element.tag)
        score.check(f"{where} object type", sample["ObjectType"], element.object_type)
        if "type_object" in sample:
            score.check(f"{where} type object", sample["type_object"]["Name"], element.type_name)
        if "contained_in" in sample and sample["contained_in"]["Name"]:
            score.check(f"{where} container", sample["contained_in"]["Name"], (element.container or (None,))[-1])
        if "material" in sample:
            _compare_material(where, sample["material"], element, score)
        for reference in sample.get("classification_refs", ()):
            codes = [(item.code, item.name) for item in element.classifications]
            score.check(f"{where} classification", True, tuple(reference[1:3]) in codes)
    else:
        score.check(f"{where} long name", sample.get("LongName"), element.long_name)
    for written, values in sample["property_sets"].items():
        # the scan marks quantity sets so that both kinds fit into one table
        set_name = written.removeprefix("QTO:")
        # sets without a name stand with their class
        set_name = "IfcElementQuantity" if set_name == "None" else set_name
        for name, value in values.items():
            _compare_value(f"{where} {set_name}.{name}", set_name, name, value, element, score)


def _compare_material(where: str, truth: Any, element: Element, score: Score) -> None:
    if isinstance(truth, dict):
        found: Any = [(use.name, use.thickness.value if use.thickness else None) for use in element.materials]
        truth = [(layer["material"], layer["thickness"]) for layer in truth["layers"]]
    elif isinstance(truth, list):
        found = [use.name for use in element.materials]
    elif truth.startswith("IFC"):
        # the scan names only the class of the definition
        found, truth = bool(element.materials), True
    else:
        found = element.materials[0].name if element.materials else None
    score.check(f"{where} material", truth, found)


def _compare_value(
    where: str, set_name: str, name: str, truth: dict[str, Any], element: Element | SpatialNode, score: Score
) -> None:
    truth = truth or {}
    if "quantity_type" in truth:
        quantity = element.quantities.get(set_name, {}).get(name)
        score.check(where, truth["value"], quantity.value if quantity else None)
        return
    value = element.property_sets.get(set_name, {}).get(name)
    score.check(where, truth.get("value"), value.value if value else f"nothing ({truth})")
    if value is not None and truth.get("ifc_type"):
        score.check(f"{where} type", truth["ifc_type"], (value.data_type or "").upper())


def main(arguments: list[str]) -> int:
    corpus, score, refused = Path(arguments[0] if arguments else "../shared/corpus"), Score(), []
    for path in sorted((corpus / "truth" / "ifc").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        if arguments[1:] and not any(name in truth["file"] for name in arguments[1:]):
            continue
        try:
            result = IfcExtractor().extract(Source.from_path(corpus / truth["file"]), IfcOptions(), ExtractionContext())
        except SourceError as exc:
            refused.append(f"{truth['file']}: {exc}")
            continue
        compare(truth, result, score)
    for line in [*refused, *score.deviations]:
        print(line)
    right = score.compared - len(score.deviations)
    print(f"{right} of {score.compared} facts agree, {len(refused)} files refused")
    return 1 if score.deviations or refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
