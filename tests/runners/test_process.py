"""Child processes: what they survive, what they cost, and that they end."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.to_thread
import psutil
import pytest

from pybase_extraction import errors
from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.extractor import Limits
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners import process
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.runners.scratch import sweep
from pybase_extraction.source import Source
from pybase_extraction.testing.fakes import FAKES

pytestmark = pytest.mark.anyio
SOURCE = Source.from_bytes(b"FAKE", name="a.fake")


@pytest.fixture
async def runner() -> AsyncIterator[ProcessPoolRunner]:
    made = ProcessPoolRunner(2)
    made.bind(ExtractorRegistry.discover(allow=[], plugins=[FAKES]))
    async with made:
        yield made


def request(timeout_s: float | None = 30, memory_bytes: int | None = None, **options: object) -> AttemptRequest:
    limits = Limits(timeout_s=timeout_s, memory_bytes=memory_bytes)
    return AttemptRequest(SOURCE, options=options, limits=limits)


def folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def pid(outcome: AttemptOutcome) -> int:
    return outcome.result().metadata["pid"]


async def test_an_attempt_runs_in_another_process(runner: ProcessPoolRunner) -> None:
    outcome = await runner.run(request())
    assert outcome.error is None
    assert pid(outcome) != os.getpid()
    assert (outcome.extractor, outcome.extractor_version) == ("fake", "1")


async def test_a_process_that_starts_while_its_runner_is_closed_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = ProcessPoolRunner(1)
    runner.bind(ExtractorRegistry.discover(allow=[], plugins=[FAKES]))
    started = []

    class Late(process.ChildProcess):
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options)
            started.append(self)
            runner.close()

    monkeypatch.setattr(process, "ChildProcess", Late)
    outcome = await anyio.to_thread.run_sync(runner.run_blocking, request(), threading.Event())
    assert isinstance(outcome.error, errors.TemporaryFailureError)
    assert [child.process.poll() is None for child in started] == [False]


async def test_a_process_whose_folder_was_swept_away_is_replaced(runner: ProcessPoolRunner) -> None:
    first = pid(await runner.run(request()))
    (child,) = runner._all
    shutil.rmtree(child.scratch)
    second = pid(await runner.run(request()))
    assert second != first
    assert not psutil.pid_exists(first)


async def test_a_process_that_cannot_be_started_leaves_nothing_open(
    runner: ProcessPoolRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    await runner.run(request())
    runner.close()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = psutil.Process().num_fds()
    monkeypatch.setattr(subprocess, "Popen", refuse)
    outcomes = [await runner.run(request()) for _ in range(3)]
    assert {type(outcome.error) for outcome in outcomes} == {errors.TemporaryFailureError}
    assert psutil.Process().num_fds() <= before
    assert folders(tmp_path) == []


async def test_a_warm_process_is_used_again(runner: ProcessPoolRunner) -> None:
    assert pid(await runner.run(request())) == pid(await runner.run(request()))


async def test_hundreds_of_small_files_are_read_by_one_process(runner: ProcessPoolRunner) -> None:
    """Each further one would load the same libraries again."""
    assert len({pid(await runner.run(request())) for _ in range(300)}) == 1


async def test_a_process_is_replaced_after_its_attempts() -> None:
    runner = ProcessPoolRunner(1, recycle_after=2)
    runner.bind(ExtractorRegistry.discover(allow=[], plugins=[FAKES]))
    async with runner:
        first, second, third = [pid(await runner.run(request())) for _ in range(3)]
    assert first == second != third


@pytest.mark.parametrize(("crash", "words"), [("abort", "SIGABRT"), ("exit", "exit code 7")])
async def test_a_crash_is_named(runner: ProcessPoolRunner, crash: str, words: str) -> None:
    outcome = await runner.run(request(crash=crash))
    assert isinstance(outcome.error, errors.WorkerCrashedError)
    assert words in str(outcome.error)
    assert (await runner.run(request())).error is None


async def test_an_answer_that_cannot_be_read_ends_the_attempt_at_once(runner: ProcessPoolRunner) -> None:
    outcome = await runner.run(request(crash="garble", sleep_s=60, timeout_s=None))
    assert isinstance(outcome.error, errors.WorkerCrashedError)
    assert "cannot be read: UnpicklingError" in outcome.trace
    assert (await runner.run(request())).error is None


@pytest.mark.parametrize(("content", "fake"), [(b"FAKE", "fake"), (b"AWAIT", "fake-await")])
async def test_an_error_that_cannot_be_pickled_arrives_as_the_nearest_one_that_can(
    runner: ProcessPoolRunner, content: bytes, fake: str
) -> None:
    source = Source.from_bytes(content, name="a")
    wanted = AttemptRequest(source, format=fake, options={"raises": "UnportableError"})
    outcome = await runner.run(wanted)
    assert type(outcome.error) is errors.CorruptedFileError
    assert outcome.error.message == "made by the fake"


@pytest.mark.parametrize(("content", "fake"), [(b"FAKE", "fake"), (b"AWAIT", "fake-await")])
async def test_options_that_cannot_be_sent_are_refused(runner: ProcessPoolRunner, content: bytes, fake: str) -> None:
    wrong = AttemptRequest(Source.from_bytes(content, name="a"), format=fake, options={"prints": lambda: None})
    with pytest.raises(errors.OptionsError, match="plain data"):
        await runner.run(wrong)
    assert (await runner.run(request())).error is None


async def test_native_output_does_not_reach_the_hosts_standard_output(
    runner: ProcessPoolRunner, capfd: pytest.CaptureFixture[str]
) -> None:
    assert (await runner.run(request(prints="noise from a library"))).error is None
    assert "noise" not in capfd.readouterr().out


async def test_attempts_run_side_by_side_up_to_the_slots(runner: ProcessPoolRunner) -> None:
    pids: set[int] = set()

    async def one() -> None:
        pids.add(pid(await runner.run(request(sleep_s=1))))

    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(one)
    assert len(pids) == 2


async def test_cancelling_the_task_ends_the_child(runner: ProcessPoolRunner) -> None:
    before, begun = set(psutil.Process().children()), threading.Event()

    async def run() -> None:
        await runner.run(request(pages=1, stubborn_s=60), progress=lambda *_: begun.set())

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        with anyio.fail_after(30):
            while not begun.is_set():
                await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    started = set(psutil.Process().children()) - before
    _, alive = await anyio.to_thread.run_sync(lambda: psutil.wait_procs(started, timeout=10))
    assert started
    assert not alive


async def test_no_child_outlives_the_runner() -> None:
    runner = ProcessPoolRunner(1)
    runner.bind(ExtractorRegistry.discover(allow=[], plugins=[FAKES]))
    async with runner:
        child = pid(await runner.run(request()))
        assert psutil.pid_exists(child)
    assert not psutil.pid_exists(child)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="relies on asynchronous pipes")
@pytest.mark.parametrize("options", ["sleep_s=60", "stubborn_s=60"])
def test_a_child_dies_with_a_parent_that_is_killed(options: str) -> None:
    code = (
        "import pybase_extraction.testing.fakes as f\n"
        "from pybase_extraction.extraction import extract\n"
        "from pybase_extraction.registry import ExtractorRegistry\n"
        "from pybase_extraction.source import Source\n"
        "registry = ExtractorRegistry.discover(allow=[], plugins=[f.FAKES])\n"
        "print('go', flush=True)\n"
        f"extract(Source.from_bytes(b'FAKE', name='a.fake'), registry=registry, {options})"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"go\n"
    deadline = time.monotonic() + 20
    while not (children := psutil.Process(parent.pid).children()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(1)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert children
    assert not alive


def test_a_script_without_main_guard_works(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    (tmp_path / "a.fake").write_bytes(b"FAKE")
    script.write_text(
        "import pybase_extraction.testing.fakes as f\n"
        "from pybase_extraction.extraction import extract\n"
        "from pybase_extraction.registry import ExtractorRegistry\n"
        "registry = ExtractorRegistry.discover(allow=[], plugins=[f.FAKES])\n"
        "print(extract('a.fake', registry=registry).format)\n"
    )
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("fake\n", "")


async def test_a_killed_process_leaves_no_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    runner = ProcessPoolRunner(1)
    runner.bind(ExtractorRegistry.discover(allow=[], plugins=[FAKES]))
    async with runner:
        await runner.run(request(crash="abort"))
        await runner.run(request())
        assert len(os.listdir(tmp_path)) == 1  # of the child that lives  # noqa: PTH208 -- in a coroutine
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- in a coroutine


def test_only_old_folders_of_children_are_swept(tmp_path: Path) -> None:
    for name in ("pybase-extraction-old", "pybase-extraction-new", "other"):
        (tmp_path / name / "inside").mkdir(parents=True)
    for name in ("pybase-extraction-old", "other"):
        os.utime(tmp_path / name, (1, 1))
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "pybase-extraction-new"]
