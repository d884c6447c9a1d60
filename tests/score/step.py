"""Compare the STEP extractor with the raw scans of the real files; prints every deviation.

``python tests/score/step.py [corpus]``
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from pybase_extraction.errors import ExtractionError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source


def compare(truth, result):
    """Yield each deviation as a sentence."""
    if truth["n_instances"] != result.metadata["instances"]:
        yield f"instances {result.metadata['instances']}, truth {truth['n_instances']}"
    expected = Counter(product["id"].strip() for product in truth["products"])
    found = Counter((part.part_number or "").strip() for part in result.parts)
    if expected != found:
        yield f"products: missing {dict(expected - found)}, more {dict(found - expected)}"
    if truth["nauo_count"] != result.metadata["occurrences"]:
        yield f"occurrences {result.metadata['occurrences']}, truth {truth['nauo_count']}"
    stated = sorted(
        item["value"] for item in truth.get("geometric_validation_properties", ())
        if item.get("measure_type") == "VOLUME_MEASURE"
    )  # fmt: skip
    volumes = sorted(
        item.value for item in result.validation_properties
        if item.provenance.method == "geometric validation property" and "volume" in item.name
    )  # fmt: skip
    if stated != volumes:
        yield f"stated volumes {volumes}, truth {stated}"
    for item in result.validation_properties:
        if item.deviation is not None and item.deviation > 1e-4:
            yield f"{item.name} of {item.part}: stated {item.value}, computed {item.computed}, off {item.deviation:.2g}"
    tolerances = truth["entity_counts_selected"]
    kinds = {
        name
        for name in tolerances
        if name.endswith("_TOLERANCE") and name not in {"GEOMETRIC_TOLERANCE", "PLUS_MINUS_TOLERANCE"}
    }
    zones = sum(len(frame.zones) for frame in result.feature_control_frames)
    if kinds and sum(tolerances[name] for name in kinds) != zones:
        yield f"tolerances {zones}, truth {sum(tolerances[name] for name in kinds)}"
    for name in ("DATUM",):
        letters = sum(datum.target is None for datum in result.datums)
        if tolerances.get(name, 0) != letters:
            yield f"datums {letters}, truth {tolerances.get(name, 0)}"


def main():
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[3] / "shared" / "corpus")
    registry = ExtractorRegistry.discover()
    options = registry.validate_options("step", {"calculate_boxes": False, "count_shapes": False})
    right = files = 0
    for path in sorted((corpus / "truth" / "step").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        files += 1
        try:
            result = registry.extractor("step").extract(
                Source.from_path(corpus / truth["file"]), options, ExtractionContext()
            )
        except ExtractionError as exc:
            print(f"{truth['file']}: {exc}")
            continue
        deviations = [*compare(truth, result)]
        deviations += [f"issue {issue.code}: {issue.message}" for issue in result.issues if "geometry" in issue.code]
        right += not deviations
        for sentence in deviations:
            print(f"{truth['file']}: {sentence}")
    print(f"{right} of {files} files without a deviation")


if __name__ == "__main__":
    main()
