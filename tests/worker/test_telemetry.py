"""What happens to jobs is told to OpenTelemetry and to plugins, and neither can hurt a job."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import anyio
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.jobs import JobStatus, Settled
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.memory import MemoryJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.thread import ThreadPoolRunner
from pybase_extraction.source import Source
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.telemetry import Telemetry
from pybase_extraction.testing import fakes
from pybase_extraction.worker import Observer, WorkerSettings

pytestmark = pytest.mark.anyio


def manager(folder: Path, observers: list[Observer], plugins: list[str]) -> ExtractionManager:
    return ExtractionManager(
        MemoryJobRepository(),
        LocalStorage(folder),
        runner=ThreadPoolRunner(2),
        registry=ExtractorRegistry.discover(allow=[], plugins=[fakes.FAKES, *plugins]),
        retry=RetryPolicy(unknown_retries=0),
        settings=WorkerSettings(maintain_s=0.05, poll_s=0.05),
        observers=observers,
    )


async def run_two(made: ExtractionManager) -> list[JobStatus]:
    """Run a job that completes and one that fails."""
    async with made:
        found = []
        for number, raises in enumerate(("", "EncryptedFileError")):
            source = Source.from_bytes(b"FAKE%d" % number, name="a.fake")
            job = await made.submit(source, owner="A", options={"raises": raises} if raises else {})
            with anyio.fail_after(20):
                found.append((await made.wait(job.id, owner="A")).status)
        await anyio.sleep(0.2)  # a round of maintenance
    return found


async def test_attempts_are_spans_and_metrics(tmp_path: Path) -> None:
    spans, reader, traces = InMemorySpanExporter(), InMemoryMetricReader(), TracerProvider()
    traces.add_span_processor(SimpleSpanProcessor(spans))
    await run_two(manager(tmp_path, [Telemetry(traces, MeterProvider([reader]))], []))

    first, second = spans.get_finished_spans()
    assert first.name == second.name == "extraction fake"
    assert first.end_time > first.start_time
    assert (first.attributes["job.format"], first.attributes["job.attempt"]) == ("fake", 1)
    assert first.status.is_ok or first.status.is_unset
    assert (second.status.is_ok, second.attributes["error.type"]) == (False, "encrypted_file")

    data = reader.get_metrics_data()
    points = {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    durations = points["pybase_extraction.attempt.duration"]
    assert {(p.attributes["format"], p.attributes["outcome"], p.count) for p in durations} == {
        ("fake", "completed", 1),
        ("fake", "encrypted_file", 1),
    }
    settled = {p.attributes["status"]: p.value for p in points["pybase_extraction.jobs.settled"]}
    assert settled == {"completed": 1, "failed": 1}
    depth = {p.attributes["status"]: p.value for p in points["pybase_extraction.jobs"]}
    assert depth == {"pending": 0, "processing": 0, "completed": 1, "failed": 1, "cancelled": 0}


def install(monkeypatch: pytest.MonkeyPatch, name: str, function: object) -> str:
    """Make a plugin of one hook, to be loaded by its module's name."""
    made = types.ModuleType(name)
    made.pybase_extraction_job_event = hookimpl(function)
    monkeypatch.setitem(sys.modules, name, made)
    return name


async def test_plugins_hear_of_outcomes_whatever_other_plugins_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Settled] = []

    def pybase_extraction_job_event(event: Settled) -> None:
        heard.append(event)

    def broken() -> None:
        raise ZeroDivisionError

    plugins = [
        install(monkeypatch, "a_broken", broken),
        install(monkeypatch, "b_good", pybase_extraction_job_event),
    ]
    found = await run_two(manager(tmp_path, [], plugins))
    assert found == ["completed", "failed"]
    assert [(event.status, event.owner_id, event.attempt) for event in heard] == [
        ("completed", "A", 1),
        ("failed", "A", 1),
    ]
    assert caplog.text.count("a_broken failed at an event") == 2


class Broken(Observer):
    def attempted(self, *_: object) -> None:
        raise ZeroDivisionError

    settled = batch_ended = measured = attempted


async def test_a_broken_observer_hurts_no_job(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert await run_two(manager(tmp_path, [Broken()], [])) == ["completed", "failed"]
    assert "an observer failed at 'attempted'" in caplog.text
    assert "an observer failed at 'measured'" in caplog.text
