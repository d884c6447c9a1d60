"""The conformance suite of runners.

Subclass ``RunnerConformance`` and give it one fixture; pytest needs the plugin of anyio, which comes with it::

    class TestMine(RunnerConformance):
        survives_crashes = True         # what it can do besides: see the attributes

        @pytest.fixture
        async def runner(self):
            made = MyRunner(slots=2)
            made.bind(fake_registry())
            async with made:
                yield made
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest

from pybase_extraction import errors
from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.extractor import Limits
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.base import Runner
from pybase_extraction.source import Source
from pybase_extraction.testing.fakes import FAKES

MIB = 1 << 20


def fake_registry() -> ExtractorRegistry:
    """Give the registry that the suite's runner is bound to: the fakes and nothing else."""
    return ExtractorRegistry.discover(allow=[], plugins=[FAKES])


def fake_request(limits: Limits | None = None, **options: object) -> AttemptRequest:
    """Ask for an extraction that does what the options say (``FakeOptions``)."""
    return AttemptRequest(Source.from_bytes(b"FAKE", name="a.fake"), options=options, limits=limits or Limits())


def _busy(option: str, seconds: float) -> dict[str, Any]:
    return {option: seconds}


class RunnerConformance:
    """What every runner does; each test is one promise.

    Attributes:
        survives_crashes: Attempts run in processes of their own: a native crash is an outcome.
        limits_memory: ``Limits.memory_bytes`` is enforced.
        passes_progress: Progress comes back while an attempt runs.
        patience_s: Most seconds from the moment at which an attempt must end until its outcome is there.
    """

    pytestmark = pytest.mark.anyio

    survives_crashes: ClassVar[bool] = False
    limits_memory: ClassVar[bool] = False
    passes_progress: ClassVar[bool] = True
    patience_s: ClassVar[float] = 5.0

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Run on asyncio."""
        return "asyncio"

    async def _works(self, runner: Runner) -> None:
        assert (await runner.run(fake_request())).error is None

    # -- outcomes -----------------------------------------------------------------------------------------------

    async def test_an_attempt_ends_with_its_result(self, runner: Runner) -> None:
        """The outcome names who made the result."""
        outcome = await runner.run(fake_request(result_bytes=10))
        assert outcome.error is None
        assert outcome.result().metadata["text"] == "x" * 10
        assert (outcome.extractor, outcome.extractor_version) == ("fake", "1")
        assert outcome.seconds >= 0

    async def test_a_file_is_read_where_it_is(self, runner: Runner, tmp_path: Path) -> None:
        """Sources in files and in memory are the same to an extractor."""
        file = tmp_path / "größe.fake"
        file.write_bytes(b"FAKE file")
        result = (await runner.run(AttemptRequest(Source.from_path(file)))).result()
        assert (result.source.filename, result.source.size) == ("größe.fake", 9)

    async def test_an_asynchronous_extractor_is_awaited(self, runner: Runner) -> None:
        """What waits for a network gives its result like everybody else."""
        source = Source.from_bytes(b"AWAIT", name="a.await")
        result = (await runner.run(AttemptRequest(source, options={"sleep_s": 0.05}))).result()
        assert result.format == "fake-await"

    async def test_a_large_result_arrives_whole(self, runner: Runner) -> None:
        """No pipe or message on the way cuts it off."""
        outcome = await runner.run(fake_request(result_bytes=8 * MIB))
        assert len(outcome.result().metadata["text"]) == 8 * MIB

    @pytest.mark.parametrize(
        ("raised", "expected"),
        [
            ("EncryptedFileError", errors.EncryptedFileError),
            ("RateLimitedError", errors.RateLimitedError),
            ("ConnectionResetError", errors.TransientError),
            ("RecursionError", errors.CorruptedFileError),
            ("ZeroDivisionError", errors.CorruptedFileError),
        ],
    )
    async def test_a_failure_is_a_typed_outcome(
        self, runner: Runner, raised: str, expected: type[errors.ExtractionError]
    ) -> None:
        """Whatever an extractor raises, the runner returns; only what nobody expected has a traceback."""
        outcome = await runner.run(fake_request(raises=raised))
        assert isinstance(outcome.error, expected)
        assert outcome.result_json is None
        assert ("_misbehave" in outcome.trace) == (not hasattr(errors, raised))
        assert "Traceback" not in str(outcome.error)
        await self._works(runner)

    async def test_what_was_asked_wrongly_is_an_outcome_too(self, runner: Runner) -> None:
        """Unknown options, formats and empty files are refused, not raised."""
        source = Source.from_bytes(b"FAKE", name="a.fake")
        empty = Source.from_bytes(b"", name="a.fake")
        assert isinstance((await runner.run(fake_request(no_such_option=1))).error, errors.OptionsError)
        assert (await runner.run(AttemptRequest(source, format="no-such-format"))).error is not None
        assert isinstance((await runner.run(AttemptRequest(empty))).error, errors.EmptyFileError)

    # -- limits -------------------------------------------------------------------------------------------------

    async def test_a_file_or_result_above_its_limit_is_refused(self, runner: Runner) -> None:
        """Limits of the host come with every request."""
        too_large = await runner.run(fake_request(Limits(max_bytes=3)))
        assert isinstance(too_large.error, errors.FileTooLargeError)
        too_long = await runner.run(fake_request(Limits(max_result_bytes=1000), result_bytes=5000))
        assert isinstance(too_long.error, errors.ResultTooLargeError)

    @pytest.mark.parametrize("option", ["sleep_s", "stubborn_s"])
    async def test_an_attempt_ends_at_its_deadline(self, runner: Runner, option: str) -> None:
        """Also one that never looks at it: it is killed, or given up where nothing can be killed."""
        started = time.monotonic()
        outcome = await runner.run(fake_request(Limits(timeout_s=0.3), **_busy(option, 1.5 * self.patience_s)))
        assert isinstance(outcome.error, errors.DeadlineExceededError)
        assert time.monotonic() - started < 0.3 + self.patience_s
        await self._works(runner)

    async def test_too_much_memory_is_named_as_such(self, runner: Runner) -> None:
        """And enough is granted again and again."""
        if not self.limits_memory:
            pytest.skip("this runner does not limit memory")
        enough, too_little = Limits(memory_bytes=300 * MIB), Limits(memory_bytes=200 * MIB)
        for _ in range(3):
            assert (await runner.run(fake_request(enough, eat_bytes=150 * MIB))).error is None
        outcome = await runner.run(fake_request(too_little, eat_bytes=1024 * MIB))
        assert isinstance(outcome.error, errors.MemoryLimitExceededError)
        assert "200 MiB" in str(outcome.error)

    @pytest.mark.parametrize("crash", ["abort", "segfault", "exit", "kill"])
    async def test_a_crash_is_an_outcome_and_the_next_attempt_works(self, runner: Runner, crash: str) -> None:
        """A file takes down the process of its own attempt only."""
        if not self.survives_crashes:
            pytest.skip("this runner shares its process with the attempts")
        outcome = await runner.run(fake_request(crash=crash))
        assert isinstance(outcome.error, errors.WorkerCrashedError)
        await self._works(runner)

    # -- stopping -----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("option", ["sleep_s", "stubborn_s"])
    async def test_a_cancelled_attempt_stops(self, runner: Runner, option: str) -> None:
        """The event may be set from any thread."""
        cancelled = threading.Event()
        timer = threading.Timer(0.3, cancelled.set)
        timer.start()
        started = time.monotonic()
        outcome = await runner.run(fake_request(**_busy(option, 1.5 * self.patience_s)), cancelled=cancelled)
        assert isinstance(outcome.error, errors.ExtractionCancelledError)
        assert time.monotonic() - started < 0.3 + self.patience_s
        timer.join()
        await self._works(runner)

    async def test_an_attempt_that_was_cancelled_before_does_not_run(self, runner: Runner) -> None:
        """Nobody waits for work that is not wanted any more."""
        cancelled = threading.Event()
        cancelled.set()
        started = time.monotonic()
        outcome = await runner.run(fake_request(sleep_s=2 * self.patience_s), cancelled=cancelled)
        assert isinstance(outcome.error, errors.ExtractionCancelledError)
        assert time.monotonic() - started < self.patience_s

    async def test_a_caller_that_is_cancelled_leaves_a_free_slot(self, runner: Runner) -> None:
        """Even when all slots were taken by callers that went away."""
        with anyio.move_on_after(0.5) as scope:
            async with anyio.create_task_group() as group:
                for _ in range(runner.slots):
                    group.start_soon(runner.run, fake_request(sleep_s=30))
        assert scope.cancelled_caught
        with anyio.fail_after(2 * self.patience_s):
            await self._works(runner)

    # -- side by side -------------------------------------------------------------------------------------------

    async def test_attempts_run_side_by_side_up_to_the_slots(self, runner: Runner) -> None:
        """No more than that; the others wait, and all get their own outcome."""
        assert runner.slots >= 2
        outcomes: dict[int, AttemptOutcome] = {}

        async def one(number: int, sleep_s: float) -> None:
            outcomes[number] = await runner.run(fake_request(sleep_s=sleep_s, result_bytes=number))

        async with anyio.create_task_group() as group:  # processes and connections get warm
            for number in range(runner.slots):
                group.start_soon(one, number, 0)
        started = time.monotonic()
        async with anyio.create_task_group() as group:
            for number in range(2 * runner.slots):
                group.start_soon(one, number, 0.5)
        seconds = time.monotonic() - started
        assert {number: len(outcome.result().metadata["text"]) for number, outcome in outcomes.items()} == {
            number: number for number in range(2 * runner.slots)
        }
        # two rounds of 0.5 s, where one after the other would take a round for each attempt
        assert 0.95 < seconds < 0.5 * 2 * runner.slots + 0.5 * (runner.slots == 2)

    async def test_progress_arrives(self, runner: Runner) -> None:
        """It grows, and comes with the extractor's words."""
        if not self.passes_progress:
            pytest.skip("this runner does not pass progress on")
        seen: list[tuple[Any, Any]] = []
        outcome = await runner.run(
            fake_request(pages=3, sleep_s=0.2), progress=lambda share, message: seen.append((share, message))
        )
        assert outcome.error is None
        # some may be left out when they come faster than anybody looks
        assert seen
        assert seen == sorted(set(seen))
        assert set(seen) <= {(1 / 3, "page 1"), (2 / 3, "page 2"), (1.0, "page 3")}
