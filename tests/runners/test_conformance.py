"""Every runner of attempts passes the one suite."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
import pytest

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.errors import DeadlineExceededError, ExtractionCancelledError, WorkerCrashedError
from pybase_extraction.extractor import Limits
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.runners.awaiting import AwaitingRunner
from pybase_extraction.runners.base import Runner
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.runners.thread import ThreadPoolRunner
from pybase_extraction.source import Source
from pybase_extraction.testing.runner import RunnerConformance, fake_registry


@pytest.mark.parametrize("kind", [AsyncioRunner, ThreadPoolRunner])
class TestInProcessRunners(RunnerConformance):
    patience_s = 2.5

    @pytest.fixture
    async def runner(self, kind: type[AsyncioRunner | ThreadPoolRunner]) -> AsyncIterator[Runner]:
        made = kind(2)
        made.bind(fake_registry())
        async with made:
            yield made


@pytest.mark.anyio
class TestAwaitingRunner:
    """Asynchronous extractors in one child: they run side by side, and what ends the child ends them all."""

    @pytest.fixture
    async def runner(self) -> AsyncIterator[AwaitingRunner]:
        made = AwaitingRunner()
        made.bind(fake_registry())
        async with made:
            yield made

    async def test_many_wait_at_the_same_time_and_report(self, runner: AwaitingRunner) -> None:
        told: list[str | None] = []
        request = AttemptRequest(Source.from_bytes(b"FAKE", name="a.fake"), format="fake", options={"pages": 1000})
        await runner.run(request, progress=lambda _, message: told.append(message))
        # twenty a second, and a thousand pages take no time
        assert told[0] == "page 1"
        assert len(told) < 500
        started = time.monotonic()
        outcomes: list[AttemptOutcome] = []

        async def wait() -> None:
            outcomes.append(await runner.run(awaited(sleep_s=0.5)))

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(wait)
        assert [outcome.result().format for outcome in outcomes] == ["fake-await"] * 20
        assert time.monotonic() - started < 8, "one after the other they take ten seconds"

    async def test_one_is_stopped_and_the_others_go_on(self, runner: AwaitingRunner) -> None:
        """By an event, by its deadline, and by the end of the task that waits for it."""
        await runner.run(awaited())  # starts the child
        stop, outcomes = threading.Event(), []

        async def wait(request: AttemptRequest, stop: threading.Event | None = None) -> None:
            outcomes.append(await runner.run(request, cancelled=stop))

        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                group.start_soon(wait, awaited(sleep_s=60), stop)
                group.start_soon(wait, awaited(sleep_s=4))
                group.start_soon(wait, replace(awaited(sleep_s=60), limits=Limits(timeout_s=1)))
                await anyio.sleep(0.2)
                stop.set()
                with anyio.move_on_after(0.5):
                    await runner.run(awaited(sleep_s=60))
        told = {type(outcome.error) for outcome in outcomes}
        assert told == {ExtractionCancelledError, DeadlineExceededError, type(None)}
        assert (await runner.run(awaited())).error is None

    async def test_a_child_is_replaced_after_some_attempts(self) -> None:
        runner = AwaitingRunner(recycle_after=2)
        runner.bind(fake_registry())
        request = AttemptRequest(Source.from_bytes(b"FAKE", name="a.fake"), format="fake")
        async with runner:
            pids = [(await runner.run(request)).result().metadata["pid"] for _ in range(3)]
        assert (pids[0] == pids[1], pids[1] == pids[2]) == (True, False)

    async def test_a_child_that_dies_fails_its_attempts_and_is_replaced(self, runner: AwaitingRunner) -> None:
        outcome = await runner.run(awaited(crash="kill"))
        assert isinstance(outcome.error, WorkerCrashedError)
        assert "SIGKILL" in str(outcome.error)
        assert (await runner.run(awaited())).error is None


def awaited(**options: object) -> AttemptRequest:
    return AttemptRequest(Source.from_bytes(b"AWAIT", name="a.await"), format="fake-await", options=options)


class TestProcessPoolRunner(RunnerConformance):
    survives_crashes = True
    limits_memory = True

    @pytest.fixture
    async def runner(self) -> AsyncIterator[Runner]:
        made = ProcessPoolRunner(2)
        made.bind(fake_registry())
        async with made:
            yield made
