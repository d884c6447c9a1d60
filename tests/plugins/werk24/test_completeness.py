"""Nothing of an answer is lost, whatever its kind."""

from __future__ import annotations

import pytest

from pybase_extraction.errors import FileTooLargeError, ServiceError, ServiceUnavailableError
from pybase_extraction.results import DimensionKind, Severity
from pybase_extraction_werk24.asks import count_asks, make_asks
from pybase_extraction_werk24.options import Werk24Options
from pybase_extraction_werk24.testing import SIGNATURE, FakeWerk24, Scenario
from tests.plugins.werk24.test_reading import DRAWING, FEATURES, METADATA, feature, read, running, service, size

__all__ = ["running", "service"]

FASTENER = {
    **feature(31, "4x ISO 4762 M6x20"),
    "fastener_type": "SCREW",
    "designation": "ISO 4762 M6x20",
    "standard": "ISO 4762",
    "quantity": 4,
    "length": size("20", "LINEAR"),
    "note": "glued",
}
ROUGHNESS = feature(
    32,
    "Ra 1.6",
    standard="ISO 1302:2002",
    machining_allowance=size("0.5", "LINEAR"),
    material_removal_type="REQUIRED",
    applies_all_around=True,
    direction_of_lay=None,
    manufacturing_process="ground",
    waviness=None,
    conditions=[
        {
            "condition_type": "UPPER",
            "filter_type": None,
            "parameter": "Ra",
            "acceptance_criterion": None,
            "value": size("1.6", "LINEAR", "µm"),
            "lambda_c": size("0.8", "LINEAR"),
            "evaluation_length": {"value": "4", "unit": "mm"},
        }
    ],
)
DRILLED = feature(
    33,
    "⌀5",
    quantity=1,
    diameter=size("5"),
    depth=None,
    counterdrill={
        "diameter": size("9"),
        "depth": {"depth_type": "BLIND", "size": size("3", "LINEAR")},
        "angle": size("118", "ANGULAR", "degree"),
    },
)


def test_fasteners_arrive_with_standard_length_and_note(service: FakeWerk24) -> None:
    (item,) = read(service, Scenario(answers={"FEATURES": {"fasteners": [FASTENER]}})).features
    assert (item.kind, item.quantity, item.dimensions[0].nominal) == ("fastener", 4, 20)
    assert (item.details["standard"], item.details["note"]) == ("ISO 4762", "glued")


def test_roughness_keeps_cutoff_allowance_and_circle(service: FakeWerk24) -> None:
    (item,) = read(service, Scenario(answers={"FEATURES": {"roughnesses": [ROUGHNESS]}})).surface_textures
    assert (item.parameter, item.value, item.unit, item.cutoff) == ("Ra", 1.6, "µm", 0.8)
    assert (item.applies_all_around, item.process, item.removal) == (True, "ground", "required")
    assert item.details["machining_allowance"]["value"] == "0.5"
    assert item.details["evaluation_length"]["value"] == "4"


def test_a_counterdrill_keeps_its_angle(service: FakeWerk24) -> None:
    (item,) = read(service, Scenario(answers={"FEATURES": {"bores": [DRILLED]}})).features
    drill = next(part for part in item.dimensions if part.label == "counterdrill")
    assert (drill.kind, drill.nominal, drill.angle) == (DimensionKind.COUNTERBORE, 9, 118)


def test_one_sided_tolerances_tell_internal_from_external_threads(service: FakeWerk24) -> None:
    (thread,) = read(service, Scenario(answers={"FEATURES": FEATURES})).threads
    assert thread.is_internal is True


def test_insights_and_certifications_arrive(service: FakeWerk24) -> None:
    insights = {
        "primary_process_options": [{"primary_process": "TURNING", "requires_secondary_milling": True}],
        "secondary_processes": [],
    }
    described = {**METADATA, "certifications": [{"certification_type": "COC", "raw_ocr": "CoC required"}]}
    result = read(service, Scenario(answers={"INSIGHTS": insights, "META_DATA": described}), extract_insights=True)
    (process,) = result.metadata["insights"]["1"]["primary_process_options"]
    assert process["requires_secondary_milling"] is True
    assert result.metadata["certifications"] == [{"type": "COC", "raw": "CoC required", "page": 1}]


def test_identifiers_of_one_kind_do_not_displace_each_other(service: FakeWerk24) -> None:
    kinds = [("a", None, None), ("b", None, None), ("c", "CUSTOMER", "PREVIOUS")]
    identifiers = [
        {"value": value, "identifier_type": "CONTRACT_NUMBER", "reference_id": 1, "stakeholder": who, "period": when}
        for value, who, when in kinds
    ]
    fields = read(service, Scenario(answers={"META_DATA": {"identifiers": identifiers}})).title_block.custom_fields
    assert {name: item.value for name, item in fields.items()} == {
        "contract_number": "a",
        "contract_number_2": "b",
        "previous_customer_contract_number": "c",
    }


NOTHING = {name: False for name, value in Werk24Options().model_dump().items() if value is True}


@pytest.mark.parametrize(
    ("option", "asks"),
    [
        ("extract_dimensions", {"FEATURES"}),
        ("extract_gdt", {"FEATURES"}),
        ("extract_threads", {"FEATURES"}),
        ("extract_surface_finish", {"FEATURES", "META_DATA"}),
        ("extract_materials", {"META_DATA"}),
        ("extract_title_block", {"META_DATA"}),
        ("extract_insights", {"INSIGHTS"}),
        ("extract_positions", {"REFERENCE_POSITIONS", "SHEET_IMAGES"}),
        ("extract_balloons", {"BALLOONS"}),
        ("extract_sheet_images", {"SHEET_IMAGES"}),
    ],
)
def test_each_option_sends_its_asks_alone(option: str, asks: set[str]) -> None:
    options = Werk24Options(**{**NOTHING, option: True})
    assert {ask.ask_type.value for ask in make_asks(options)} == asks
    assert count_asks({**NOTHING, option: True}) == len(asks)


def test_every_custom_ask_has_its_own_answer(service: FakeWerk24) -> None:
    result = read(
        service,
        Scenario(custom={"coating": {"layers": 2}, "price": 7}),
        custom={"coating": {"deep": True}, "price": {}},
    )
    assert service.readings[-1].count("CUSTOM") == 2
    assert result.metadata["custom"]["1"] == {"coating": {"layers": 2}, "price": 7}
    assert not result.issues


def test_the_payload_is_kept_only_when_asked(service: FakeWerk24) -> None:
    scenario = Scenario(answers={"FEATURES": FEATURES})
    assert "payload" not in read(service, scenario).metadata
    kept = read(service, scenario, keep_payload=True).metadata["payload"]["1"]
    assert [item["label"] for item in kept["FEATURES"]["dimensions"]] == ["⌀25 g6", "30°", "12.50"]


def test_a_malformed_answer_is_kept_and_said_and_the_others_are_read(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"META_DATA": METADATA}, malformed=("FEATURES",)))
    assert [issue.code for issue in result.issues if issue.severity is Severity.ERROR] == ["werk24-malformed-answer"]
    assert result.is_partial
    assert result.title_block is not None
    assert "dimensions" in result.metadata["payload"]["1"]["FEATURES"]


def test_malformed_positions_cost_the_places_only(service: FakeWerk24) -> None:
    scenario = Scenario(answers={"FEATURES": FEATURES}, malformed=("REFERENCE_POSITIONS",))
    result = read(service, scenario, extract_positions=True)
    assert result.dimensions[0].provenance.place.bbox is None
    assert "werk24-malformed-answer" in {issue.code for issue in result.issues}


def test_an_answer_of_a_later_protocol_costs_none_of_the_others(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES, "META_DATA": METADATA}, unasked="HOLOGRAM"))
    assert len(result.dimensions) == 3
    assert result.title_block is not None
    assert not result.is_partial
    assert [(issue.code, issue.severity) for issue in result.issues if "unknown" in issue.code] == [
        ("werk24-unknown-answer", Severity.WARNING)
    ]
    assert result.metadata["payload"]["1"]["HOLOGRAM"]["news"] == [1]


def test_a_problem_of_a_later_protocol_leaves_the_answer_beside_it(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES}, unknown_problem=("FEATURES",)))
    assert len(result.dimensions) == 3
    assert "ink too pale" in next(issue.message for issue in result.issues if issue.code == "werk24-ink-too-pale")


def test_addresses_in_an_answer_that_is_kept_lose_what_opens_them(service: FakeWerk24) -> None:
    answer = {"page_type": "ASSEMBLY_DRAWING", "views": [{"url": f"https://x.test/a.png?X-Amz-Signature={SIGNATURE}"}]}
    result = read(service, Scenario(answers={"FEATURES": answer}))
    assert result.metadata["payload"]["1"]["FEATURES"]["views"] == [{"url": "https://x.test/a.png?..."}]


def test_a_message_that_nobody_understands_is_a_final_error_without_addresses(service: FakeWerk24) -> None:
    with pytest.raises(ServiceError) as caught:
        read(service, Scenario(garbage=True))
    assert SIGNATURE not in repr(caught.value) + repr(caught.value.__cause__)


def test_an_upload_that_the_storage_finds_too_large_is_final(service: FakeWerk24) -> None:
    with pytest.raises(FileTooLargeError, match=r"shaft\.pdf"):
        read(service, Scenario(oversized_bytes=10))
    assert len(service.readings) == 1


def test_a_busy_storage_is_tried_again_within_the_same_reading(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES}, failing_uploads=1))
    assert result.dimensions
    assert (len(service.readings), service.uploads) == (1, [DRAWING.read()])


def test_a_slow_service_gives_everything(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES, "META_DATA": METADATA}, latency_s=0.2, gap_s=0.2))
    assert result.dimensions
    assert result.title_block is not None
    assert result.extractor.seconds >= 0.6


def test_a_service_that_answers_503_for_good_may_heal(service: FakeWerk24) -> None:
    with pytest.raises(ServiceUnavailableError):
        read(service, Scenario(failing_uploads=100))
