"""The real client against a service that speaks the real protocol."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from pybase_extraction.errors import (
    AuthenticationError,
    CreditsExhaustedError,
    ExtractionCancelledError,
    FileTooLargeError,
    ServiceError,
    ServiceUnavailableError,
    SourceError,
    TransientError,
    UnsupportedFormatError,
)
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import DimensionKind, ExtractionResult, Severity
from pybase_extraction.source import Source
from pybase_extraction_werk24 import client
from pybase_extraction_werk24.extractor import Werk24Extractor
from pybase_extraction_werk24.options import Werk24Options
from pybase_extraction_werk24.testing import TOKEN, FakeWerk24, Scenario

DRAWING = Source.from_bytes(b"%PDF-1.4 a drawing".ljust(100), name="shaft.pdf")


def size(value: str, kind: str = "DIAMETER", unit: str = "mm", **tolerance: object) -> dict:
    return {"value": value, "unit": unit, "size_type": kind, "tolerance": tolerance or None}


def feature(reference_id: int, label: str, score: str | None = "0.9", **fields: object) -> dict:
    confidence = {"score": score} if score else None
    return {"reference_id": reference_id, "label": label, "confidence": confidence, **fields}


FEATURES = {
    "dimensions": [
        feature(1, "⌀25 g6", quantity=1, size=size("25", deviation_upper="-0.007", deviation_lower="-0.020", fit="g6")),
        feature(2, "30°", quantity=2, size=size("30", "ANGULAR", "degree")),
        feature(3, "12.50", "0.2", quantity=1, size=size("12.50", "LINEAR")),
    ],
    "chamfers": [feature(4, "1×45°", quantity=1, size=size("1", "LINEAR"), angle=size("45", "ANGULAR", "degree"))],
    "threads": [
        feature(
            5,
            "M8×1.25",
            thread_type="ISO_METRIC",
            quantity="4",
            diameter=size("8"),
            spacing={"pitch_in_mm": "1.25", "threads_per_inch": "20.32"},
            handedness="LEFT",
            female_pitch_diameter_tolerance={"fit": "6H"},
            depth={"depth_type": "BLIND", "size": size("20", "LINEAR")},
        )
    ],
    "bores": [
        feature(
            6,
            "⌀6.6 THRU ⌴ ⌀11 ↧6",
            quantity=4,
            diameter=size("6.6"),
            depth={"depth_type": "THROUGH", "size": None},
            counterbore={"diameter": size("11"), "depth": {"depth_type": "BLIND", "size": size("6", "LINEAR")}},
            thread={"reference_id": 5},
        )
    ],
    "gdnts": [
        feature(
            7,
            "[⌖|⌀0.1Ⓜ|A|B-C]",
            characteristic="⌖",
            zone={"value": size("0.1")},
            feature=None,
            reference=None,
            material_condition="Ⓜ",
            datums=[{"label": "A"}, {"label": "B-C"}],
        )
    ],
}
METADATA = {
    "identifiers": [
        {"reference_id": 8, "value": "4711", "identifier_type": "DRAWING_NUMBER"},
        {"reference_id": 9, "value": "C-77", "identifier_type": "CONTRACT_NUMBER"},
    ],
    "designation": [{"reference_id": 10, "value": "Shaft"}],
    "general_tolerances": {
        "reference_id": 11,
        "tolerance_standard": "ISO 2768",
        "tolerance_class": "mK",
        "principle": None,
    },
    "weight": {"reference_id": 12, "value": "0.84", "unit": "kg"},
    "bill_of_material": {
        "reference_id": 13,
        "rows": [{"position": "1", "part_number": "ISO 4762", "quantity": {"value": "4", "unit": "pcs"}}],
    },
}


@pytest.fixture(scope="module")
def running() -> Iterator[FakeWerk24]:
    with FakeWerk24() as service:
        yield service


@pytest.fixture
def service(running: FakeWerk24) -> FakeWerk24:
    running.scenario = Scenario()
    running.readings.clear()
    running.max_pages.clear()
    running.uploads.clear()
    running.most_at_once = running.connections = 0
    return running


def read(service: FakeWerk24, scenario: Scenario, source: Source = DRAWING, **options: object) -> ExtractionResult:
    service.scenario = scenario
    context = ExtractionContext(credentials=service.credentials)
    return anyio.run(Werk24Extractor().extract, source, Werk24Options(**options), context)


def test_values_arrive_with_sign_unit_and_flags(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES, "META_DATA": METADATA}))
    shaft, angle, chamfer = result.dimensions
    assert (shaft.kind, shaft.nominal, shaft.upper, shaft.lower) == (DimensionKind.DIAMETER, 25, -0.007, -0.020)
    assert (shaft.unit, shaft.fit.symbol, shaft.raw) == ("mm", "g6", "⌀25 g6")
    assert (angle.kind, angle.nominal, angle.unit, angle.quantity) == (DimensionKind.ANGULAR, 30, "deg", 2)
    assert (chamfer.kind, chamfer.nominal, chamfer.angle) == (DimensionKind.CHAMFER, 1, 45)


def test_threads_bores_and_frames_arrive_whole(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES}))
    (thread,) = result.threads
    assert (thread.family, thread.nominal_diameter, thread.pitch, thread.tolerance_class) == ("M", 8, 1.25, "6H")
    assert (thread.is_left_hand, thread.length, thread.quantity) == (True, 20, 4)
    (bore,) = result.features
    assert [(part.kind.value, part.nominal) for part in bore.dimensions] == [
        ("diameter", 6.6),
        ("counterbore", 11),
        ("depth", 6),
    ]
    assert bore.is_through
    assert bore.thread == thread
    (frame,) = result.feature_control_frames
    assert (frame.characteristic, frame.zones[0].value, frame.zones[0].shape) == ("position", 0.1, "diameter")
    assert frame.zones[0].modifiers == ("Ⓜ",)
    assert [datum.letters for datum in frame.zones[0].datums] == [("A",), ("B", "C")]


def test_identifiers_become_title_fields_and_others_are_kept(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"META_DATA": METADATA}))
    block = result.title_block
    assert block is not None
    assert (block.drawing_number.value, block.title.value, block.mass.value) == ("4711", "Shaft", "0.84 kg")
    assert block.custom_fields["contract_number"].value == "C-77"
    assert (result.general_tolerances[0].linear_class, result.general_tolerances[0].geometric_class) == ("m", "K")
    assert result.bom.items[0].quantity == 4


def test_values_below_the_threshold_are_left_out_and_counted(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES}))
    assert "12.50" not in {item.raw for item in result.dimensions}
    assert [issue.count for issue in result.issues if issue.code == "werk24-below-threshold"] == [1]
    assert "12.50" in {
        item.raw for item in read(service, Scenario(answers={"FEATURES": FEATURES}), confidence_threshold=0).dimensions
    }


def test_places_come_from_reference_positions(service: FakeWerk24) -> None:
    polygon = {"coordinate_space": "PIXEL_SPACE", "coordinates": [[10, 20], [30, 20], [30, 40]]}
    positions = {"reference_positions": [{"reference_id": 1, "polygon": polygon}]}
    result = read(
        service, Scenario(answers={"FEATURES": FEATURES, "REFERENCE_POSITIONS": positions}), extract_positions=True
    )
    place = result.dimensions[0].provenance.place
    assert (place.page, place.bbox) == (1, (10, 20, 30, 40))
    (page,) = result.pages
    assert (page.unit, page.width, page.height) == ("px", 1191, 842)
    assert result.pictures == (), "the picture was asked for its size"


def test_places_lie_on_the_picture_of_the_sheet(service: FakeWerk24) -> None:
    """The sheet has 1191 x 842 px: the first box is cut, the second is beside it, the third is in another space."""
    shapes = [
        ("PIXEL_SPACE", [[-5, 800], [20, 800], [20, 860]]),
        ("PIXEL_SPACE", [[2000, 10], [2100, 20]]),
        ("WORLD_SPACE", [[1, 1], [2, 2]]),
    ]
    positions = {
        "reference_positions": [
            {"reference_id": number, "polygon": {"coordinate_space": space, "coordinates": points}}
            for number, (space, points) in enumerate(shapes, start=1)
        ]
    }
    result = read(
        service,
        Scenario(answers={"FEATURES": FEATURES, "REFERENCE_POSITIONS": positions}),
        extract_positions=True,
        confidence_threshold=0,
    )
    boxes = {found.raw: found.provenance.place.bbox for found in result.dimensions}
    assert boxes["⌀25 g6"] == (0, 800, 20, 842)
    assert (boxes["30°"], boxes["12.50"]) == (None, None)
    assert [issue.count for issue in result.issues if issue.code == "werk24-strange-place"] == [2]


def test_a_sheet_picture_that_is_asked_for_is_kept(service: FakeWerk24) -> None:
    (picture,) = read(service, Scenario(), extract_sheet_images=True).pictures
    assert (picture.name, picture.width, picture.height) == ("sheet-images-1", 1191, 842)


def test_only_what_is_asked_is_sent(service: FakeWerk24) -> None:
    read(service, Scenario(), extract_title_block=False, extract_materials=False, extract_surface_finish=False)
    assert service.readings == [["FEATURES"]]
    assert service.uploads == [DRAWING.read()]


def test_no_more_pages_are_read_than_wanted(service: FakeWerk24) -> None:
    read(service, Scenario())
    read(service, Scenario(), max_pages=2)
    assert service.max_pages == [5, 2]


def test_the_result_names_the_hosts_contacted(service: FakeWerk24) -> None:
    assert read(service, Scenario()).extractor.contacted == ("localhost",)


def test_pages_of_other_types_are_kept_as_they_are(service: FakeWerk24) -> None:
    answers = {"FEATURES": {"page_type": "ASSEMBLY_DRAWING", "things": [1]}}
    result = read(service, Scenario(answers=answers))
    assert result.metadata["payload"]["1"]["FEATURES"]["things"] == [1]
    assert "werk24-untyped-page" in {issue.code for issue in result.issues}


def test_an_ask_without_an_answer_is_an_issue(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": None}))
    assert result.is_partial
    assert "FEATURES" in next(issue.message for issue in result.issues if issue.code == "werk24-unanswered")


def test_an_incomplete_reading_keeps_its_values_and_warns(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES}, incomplete=("FEATURES",)))
    assert result.dimensions
    assert [issue.severity for issue in result.warnings] == [Severity.WARNING]


def test_one_failed_ask_leaves_the_others(service: FakeWerk24) -> None:
    scenario = Scenario(answers={"META_DATA": METADATA}, ask_errors={"FEATURES": "DRAWING_RESOLUTION_TOO_LOW"})
    result = read(service, scenario)
    assert result.is_partial
    assert result.title_block is not None


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("DRAWING_CONTENT_NOT_UNDERSTOOD", SourceError),
        ("DRAWING_FILE_FORMAT_UNSUPPORTED", UnsupportedFormatError),
        ("DRAWING_PAPER_SIZE_TOO_LARGE", FileTooLargeError),
    ],
)
def test_a_reading_that_fails_whole_is_an_error(service: FakeWerk24, kind: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"shaft\.pdf"):
        read(service, Scenario(ask_errors={"FEATURES": kind, "META_DATA": kind}))


def test_a_used_up_quota_is_final(service: FakeWerk24) -> None:
    with pytest.raises(CreditsExhaustedError):
        read(service, Scenario(refuse_quota=True))


def test_a_dropped_connection_may_heal(service: FakeWerk24) -> None:
    with pytest.raises(ServiceUnavailableError):
        read(service, Scenario(close_before_answer=True))


def test_a_wrong_token_is_said_without_showing_it(service: FakeWerk24) -> None:
    context = ExtractionContext(credentials={**service.credentials, "werk24": "wrong-token-0123456789"})
    with pytest.raises(AuthenticationError) as caught:
        anyio.run(Werk24Extractor().extract, DRAWING, Werk24Options(), context)
    assert "wrong-token" not in str(caught.value)


def test_a_missing_token_says_where_to_set_it() -> None:
    with pytest.raises(AuthenticationError, match="PYBASE_EXTRACTION_CREDENTIAL_WERK24"):
        anyio.run(Werk24Extractor().extract, DRAWING, Werk24Options(), ExtractionContext())


def test_too_large_a_file_is_refused_before_anything_is_sent(service: FakeWerk24) -> None:
    large = Source.from_bytes(b"%PDF-1.4" + bytes(10 << 20), name="large.pdf")
    with pytest.raises(FileTooLargeError, match="Nothing was sent"):
        read(service, Scenario(), large)
    assert service.readings == []


def test_cancelling_stops_a_stalled_reading_within_two_seconds(service: FakeWerk24) -> None:
    service.scenario = Scenario(stall=True)
    context = ExtractionContext(credentials=service.credentials)

    async def cancel_soon() -> None:
        with anyio.fail_after(5):
            async with anyio.create_task_group() as group:
                group.start_soon(_later, context)
                await Werk24Extractor().extract(DRAWING, Werk24Options(), context)

    with pytest.raises(BaseExceptionGroup) as caught:
        anyio.run(cancel_soon)
    assert caught.group_contains(ExtractionCancelledError)


def test_readings_share_connections_and_leave_none_open(service: FakeWerk24) -> None:
    """While a slow reading has a connection of its own, three quick ones use another one after the other."""

    async def quick_beside_slow() -> None:
        async with anyio.create_task_group() as group:
            service.scenario = Scenario(latency_s=1)
            group.start_soon(_read_here, service)
            while not service.readings:
                await anyio.sleep(0.01)
            await anyio.sleep(0.2)
            service.scenario = Scenario()
            for _ in range(3):
                await _read_here(service)

    anyio.run(quick_beside_slow)
    assert (len(service.readings), service.connections, service.most_at_once) == (4, 2, 2)
    _see_all_closed(service)


def _see_all_closed(service: FakeWerk24) -> None:
    patience = time.monotonic() + 10
    while service.connected and time.monotonic() < patience:
        time.sleep(0.02)
    assert service.connected == 0


def test_readings_one_after_the_other_share_a_connection(service: FakeWerk24) -> None:
    """A worker with one slot, as long as it has work; the end of the loop closes what still waits."""

    async def three() -> None:
        for _ in range(3):
            await _read_here(service)
            await anyio.sleep(0.1)
        assert service.connected == 1

    anyio.run(three)
    assert (len(service.readings), service.connections) == (3, 1)
    _see_all_closed(service)


def test_a_connection_that_nobody_needs_is_closed(service: FakeWerk24, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pybase_extraction_werk24.client._LINGER_S", 0.05)

    async def with_a_pause() -> None:
        await _read_here(service)
        with anyio.fail_after(10):
            while service.connected:
                await anyio.sleep(0.02)
        await _read_here(service)

    anyio.run(with_a_pause)
    assert (len(service.readings), service.connections) == (2, 2)


def test_a_connection_that_the_service_has_closed_meanwhile_is_not_used(service: FakeWerk24) -> None:
    async def around_a_restart() -> None:
        await _read_here(service)
        service.disconnect()
        with anyio.fail_after(10):
            while service.connected:
                await anyio.sleep(0.02)
        await anyio.sleep(0.1)
        await _read_here(service)

    anyio.run(around_a_restart)
    assert (len(service.readings), service.connections) == (2, 2)


def test_a_reading_that_failed_leaves_its_connection_to_nobody(service: FakeWerk24) -> None:
    async def good_after_bad() -> None:
        async with anyio.create_task_group() as group:
            service.scenario = Scenario(latency_s=1)
            group.start_soon(_read_here, service)
            while not service.readings:
                await anyio.sleep(0.01)
            await anyio.sleep(0.2)
            service.scenario = Scenario(dropped=1)
            with pytest.raises(ServiceUnavailableError):
                await _read_here(service)
            await _read_here(service)

    anyio.run(good_after_bad)
    assert (len(service.readings), service.connections) == (3, 3)


def test_an_answer_of_any_size_is_read_up_to_a_limit_and_never_paid_for_twice(
    service: FakeWerk24, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.scenario = Scenario(answers={"META_DATA": {"designation": [{"reference_id": 1, "value": "x" * 2_000_000}]}})
    result = anyio.run(_read_here, service)
    assert result.title_block is not None
    assert result.title_block.title is not None
    assert len(result.title_block.title.value) == 2_000_000
    monkeypatch.setattr(client, "ANSWER_BYTES", 1 << 20)
    with pytest.raises(ServiceError, match="larger than 1 MiB") as caught:
        anyio.run(_read_here, service)
    assert not isinstance(caught.value, TransientError)


async def _read_here(service: FakeWerk24) -> ExtractionResult:
    context = ExtractionContext(credentials=service.credentials)
    return await Werk24Extractor().extract(DRAWING, Werk24Options(), context)


async def _later(context: ExtractionContext) -> None:
    await anyio.sleep(0.3)
    context.cancelled.set()


def test_the_hosts_environment_and_logging_stay_as_they_are(tmp_path: Path) -> None:
    code = (
        "import logging, os\n"
        "from pybase_extraction_werk24.client import load_client\n"
        "load_client()\n"
        "assert os.environ['LOG_LEVEL'] == 'debug'\n"
        "assert logging.getLogger('werk24').handlers == []\n"
    )
    strange = {"LOG_LEVEL": "debug", "log_level": "debug", "MAX_PAGES": "none", "WSS_CLOSE_TIMEOUT": "soon"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in strange.items()))
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **strange}, cwd=tmp_path, check=True)


def test_the_token_is_the_hosts_whatever_lies_about(
    service: FakeWerk24, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client looks for a licence in the current folder and in a variable; the plugin does not."""
    stray = "W24TECHREAD_AUTH_TOKEN=a-token-that-lies-about-0123456789"
    for name in (".werk24", "werk24_license.txt", ".env"):
        (tmp_path / name).write_text(f"{stray}\nLOG_LEVEL=debug\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(*stray.split("="))
    assert read(service, Scenario(answers={"FEATURES": FEATURES})).dimensions
    with pytest.raises(AuthenticationError, match="no key"):
        anyio.run(Werk24Extractor().extract, DRAWING, Werk24Options(), ExtractionContext())


def test_no_token_in_the_result(service: FakeWerk24) -> None:
    result = read(service, Scenario(answers={"FEATURES": FEATURES, "META_DATA": METADATA}), keep_payload=True)
    assert TOKEN not in result.model_dump_json()
