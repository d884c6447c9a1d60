"""Everything that the fake service can do: what becomes of the job, how often it is tried, and that nothing leaks.

The table is the one of ``docs/how-to/werk24.md``; ``python -m tests.plugins.werk24.test_scenarios`` prints it.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from pybase_extraction.extractor import Limits
from pybase_extraction.jobs import Job
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.source import Source
from pybase_extraction_werk24.client import load_client
from pybase_extraction_werk24.testing import SIGNATURE, TOKEN, FakeWerk24, Scenario
from tests.plugins.werk24.test_jobs import ANSWERS, drawing, make
from tests.plugins.werk24.test_reading import running, service

__all__ = ["running", "service"]
pytestmark = pytest.mark.anyio
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "werk24.md"


@dataclass(frozen=True)
class Case:
    """What the service does and what is promised.

    Attributes:
        does: For people.
        code: Error code of the job; None for a completed one.
        attempts: How many there are.
        issues: Codes of the issues on the result.
        is_partial: Whether the result says that it lacks something.
        size: Bytes of the drawing.
        uploads: Drawings that arrive at the service.
        timeout_s: Limit of an attempt.
    """

    does: str
    scenario: Scenario
    code: str | None = None
    attempts: int = 1
    issues: tuple[str, ...] = ()
    is_partial: bool = False
    size: int = 100
    uploads: int = 1
    timeout_s: float = 30.0


LONG = {"designation": [{"reference_id": 1, "value": "Shaft " * 200_000}]}
CASES = [
    Case("answers", Scenario(answers=ANSWERS)),
    Case("is slow", Scenario(answers=ANSWERS, latency_s=0.3, gap_s=0.2)),
    Case("answers with more than 1 MiB", Scenario(answers={"META_DATA": LONG})),
    Case("never answers", Scenario(stall=True), "deadline_exceeded", timeout_s=1),
    Case("does not answer the handshake", Scenario(silent_s=30), "deadline_exceeded", uploads=0, timeout_s=1),
    Case("drops the connection", Scenario(close_before_answer=True), "service_unavailable", 2, uploads=2),
    Case("drops the connection once", Scenario(answers=ANSWERS, dropped=1), None, 2, uploads=2),
    Case("answers the upload with 503 once", Scenario(answers=ANSWERS, failing_uploads=1)),
    Case("answers uploads with 503", Scenario(failing_uploads=1000), "service_unavailable", 2, uploads=0, timeout_s=60),
    Case("says that the credits are used up", Scenario(refuse_quota=True), "credits_exhausted", uploads=0),
    Case("does not accept the token", Scenario(refuse_token=True), "authentication", uploads=0),
    Case("finds the upload too large", Scenario(oversized_bytes=10), "file_too_large", uploads=0),
    Case("is not asked: more than 10 MiB", Scenario(), "file_too_large", size=(10 << 20) + 1, uploads=0),
    Case("sends what is no message", Scenario(garbage=True), "service_error"),
    Case(
        "fails at one ask",
        Scenario(answers=ANSWERS, ask_errors={"FEATURES": "DRAWING_RESOLUTION_TOO_LOW"}),
        issues=("werk24-drawing-resolution-too-low",),
        is_partial=True,
    ),
    Case(
        "fails at every ask",
        Scenario(ask_errors=dict.fromkeys(("FEATURES", "META_DATA", "SHEET_IMAGES"), "DRAWING_CONTENT_NOT_UNDERSTOOD")),
        "corrupted_file",
    ),
    Case("leaves an ask out", Scenario(answers={"FEATURES": None}), issues=("werk24-unanswered",), is_partial=True),
    Case(
        "reads only a part (`READ_INCOMPLETE`)",
        Scenario(answers=ANSWERS, incomplete=("FEATURES",)),
        issues=("werk24-read-incomplete",),
    ),
    Case("answers an unknown ask", Scenario(answers=ANSWERS, unasked="HOLOGRAM"), issues=("werk24-unknown-answer",)),
    Case(
        "names an unknown problem",
        Scenario(answers=ANSWERS, unknown_problem=("FEATURES",)),
        issues=("werk24-ink-too-pale",),
        is_partial=True,
    ),
    Case(
        "sends an answer that is not as documented",
        Scenario(answers=ANSWERS, malformed=("FEATURES",)),
        issues=("werk24-malformed-answer",),
        is_partial=True,
    ),
    Case(
        "reads another type of page",
        Scenario(page_type="ASSEMBLY_DRAWING"),
        issues=("werk24-untyped-page", "werk24-untyped-page"),
    ),
]
SILENT = {"werk24-below-threshold"}
"""Issues of every full answer: they are about the drawing, not about the service."""


@pytest.mark.parametrize("timeout_s", [30, 1, pytest.param(60, marks=pytest.mark.slow)])
async def test_every_scenario_has_its_outcome_and_nothing_leaks(
    tmp_path: Path, service: FakeWerk24, caplog: pytest.LogCaptureFixture, timeout_s: float
) -> None:
    load_client()  # which takes longer than the shortest limit
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    cases = [case for case in CASES if case.timeout_s == timeout_s]
    async with make(tmp_path, service, limits=Limits(timeout_s=timeout_s)) as manager:
        with anyio.fail_after(100):
            for number, case in enumerate(cases):
                service.scenario = case.scenario
                service.uploads.clear()
                job = await watched(manager, padded(number, case.size), told)
                await check(manager, job, case)
                assert case.uploads == len(service.uploads), case.does
    assert f"shaft-{len(cases) - 1}.pdf" in check_secrets(tmp_path, caplog, told)


def check_secrets(folder: Path, caplog: pytest.LogCaptureFixture, told: list[str]) -> str:
    """Look for token and signature in logs, rows, files, and what a host was told; gives the rows."""
    with sqlite3.connect(folder / "jobs.db") as database:
        rows = "\n".join(database.iterdump())
    database.close()
    files = b"".join(path.read_bytes() for path in (folder / "files").rglob("*") if path.is_file())
    assert "pybase_extraction" in {record.name.partition(".")[0] for record in caplog.records}
    said = "\n".join([caplog.text, *(f"{record.msg} {record.args} {record.exc_info}" for record in caplog.records)])
    for secret in (TOKEN, SIGNATURE, TOKEN[6:], SIGNATURE[-10:]):
        for where in (said, rows, "\n".join(told)):
            assert secret not in where
        assert secret.encode() not in files
    return rows


def padded(number: int, size: int) -> Source:
    return Source.from_bytes(drawing(number).read().ljust(size), name=f"shaft-{number}.pdf")


async def watched(manager: ExtractionManager, source: Source, told: list[str]) -> Job:
    """Submit a job, wait for its end, and note everything that a host gets to see on the way."""
    job = await manager.submit(source, owner="mara", format="werk24", options={"extract_sheet_images": True})
    async for event in manager.watch(job.id, owner="mara"):
        told.append(repr(event))
        job = event.job
    told.append(repr(await manager.attempts(job.id, owner="mara")))
    return job


async def check(manager: ExtractionManager, job: Job, case: Case) -> None:
    assert (job.error_code, job.attempt) == (case.code, case.attempts), (case.does, job.error_message)
    if case.code is None:
        result = await manager.result(job.id, owner="mara")
        found = sorted(issue.code for issue in result.issues if issue.code not in SILENT)
        assert (tuple(found), result.is_partial) == (tuple(sorted(case.issues)), case.is_partial), case.does


@pytest.mark.slow
async def test_nothing_leaks_from_the_process_that_the_default_runner_reads_in(
    tmp_path: Path, service: FakeWerk24, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its standard error is what a crash would show to operators."""
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    leaky = {"sends what is no message", "drops the connection", "does not accept the token", "answers"}
    cases = [case for case in CASES if case.does in leaky]
    runner = ProcessPoolRunner(2, keep_stderr=True)
    async with make(tmp_path, service, runner=runner) as manager:
        for number, case in enumerate(cases):
            service.scenario = case.scenario
            job = await watched(manager, padded(number, case.size), told)
            await check(manager, job, case)
    written = capfd.readouterr().err
    assert "Invalid JSON received" in written, "the client's warnings come through, without addresses"
    check_secrets(tmp_path, caplog, [*told, written])


async def test_a_picture_that_cannot_be_fetched_fails_the_job_without_telling_its_address(
    tmp_path: Path, service: FakeWerk24, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.scenario = Scenario(answers=ANSWERS, pictures={"SHEET_IMAGES": b""})
    told: list[str] = []
    async with make(tmp_path, service) as manager:
        job = await watched(manager, padded(99, 100), told)
    assert job.status.value == "failed"
    check_secrets(tmp_path, caplog, told)


def table() -> str:
    """The table of the documentation."""
    lines = ["| the service | the job | attempts | issues |", "| --- | --- | --- | --- |"]
    for case in CASES:
        outcome = f"fails: `{case.code}`" if case.code else "is completed" + (", partial" if case.is_partial else "")
        issues = ", ".join(f"`{code}`" for code in dict.fromkeys(case.issues))
        lines.append(f"| {case.does} | {outcome} | {case.attempts} | {issues} |")
    return "\n".join(lines)


def test_the_documentation_has_this_table() -> None:
    assert table() in PAGE.read_text("utf-8"), "print it with: python -m tests.plugins.werk24.test_scenarios"


if __name__ == "__main__":
    print(table())
