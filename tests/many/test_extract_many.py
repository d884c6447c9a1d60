"""Many files: lazily, in parallel, resumable, and stopped when nobody wants more."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pybase_extraction import Extractions, Outcome, extract_many
from pybase_extraction.errors import ExtractionError, OptionsError, SourceNotFoundError

SAMPLE = Path(__file__).parents[2] / "docs" / "samples" / "flange.dxf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a/one.dxf", "a/b/two.dxf", "three.dxf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLE, tmp_path / name)
    (tmp_path / "broken.dxf").write_bytes(b"no drawing at all")
    return tmp_path


def many(folder: Path, **more: object) -> Extractions:
    return extract_many(f"{folder}/**/*.dxf", workers=2, **more)  # type: ignore[arg-type]


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_a_pattern_finds_files_in_all_folders_and_failures_are_collected(folder: Path) -> None:
    outcomes = {Path(item.file).name: item for item in many(folder)}
    assert set(outcomes) == {"one.dxf", "two.dxf", "three.dxf", "broken.dxf"}
    assert all(outcomes[name].result for name in ("one.dxf", "two.dxf", "three.dxf"))
    assert isinstance(outcomes["broken.dxf"].error, ExtractionError)


def test_nothing_happens_before_the_loop_and_leaving_it_ends_the_children(folder: Path) -> None:
    before = children()
    run = many(folder)
    assert len(run) == 4
    assert children() == before
    iterator = iter(run)
    first = next(iterator)
    assert isinstance(first, Outcome)
    assert children() > before
    iterator.close()  # type: ignore[attr-defined]
    assert children() == before


def test_an_interrupt_in_the_loop_ends_the_children(folder: Path) -> None:
    before = children()

    def interrupted() -> None:
        for _ in many(folder):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert children() == before


def test_a_second_run_takes_what_is_there_and_tries_failures_again(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = {item.file: item.result for item in many(folder, resume=kept)}
    second = {item.file: item for item in many(folder, resume=kept)}
    assert {name: item.result for name, item in second.items()} == first
    assert {Path(name).name for name, item in second.items() if not item.is_resumed} == {"broken.dxf"}


def test_what_is_kept_depends_on_content_and_options_and_may_be_damaged(folder: Path, tmp_path: Path) -> None:
    kept, one = tmp_path / "kept", folder / "three.dxf"
    list(extract_many(one, resume=kept))
    assert [item.is_resumed for item in extract_many(one, resume=kept)] == [True]
    assert [item.is_resumed for item in extract_many(one, resume=kept, strict=True)] == [False]
    for path in kept.iterdir():
        path.write_text("{", "utf-8")
    again = list(extract_many(one, resume=kept))
    assert [(item.is_resumed, item.error) for item in again] == [(False, None)]
    one.write_bytes(one.read_bytes() + b"\n")
    assert [item.is_resumed for item in extract_many(one, resume=kept)] == [False]


def test_raise_stops_at_the_first_failure(folder: Path) -> None:
    before = children()
    with pytest.raises(ExtractionError):
        list(many(folder, on_error="raise"))
    assert children() == before


def test_a_wrong_option_is_raised_even_when_failures_are_collected(folder: Path) -> None:
    with pytest.raises(OptionsError, match="no_such_option"):
        list(extract_many(folder / "three.dxf", no_such_option=1))


def test_a_pattern_without_files_and_a_folder_say_what_to_do(folder: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="any folders"):
        extract_many(f"{folder}/**/*.dwf")
    with pytest.raises(SourceNotFoundError, match="Say which files in it"):
        extract_many(folder)


def test_a_name_with_brackets_is_a_name(folder: Path) -> None:
    odd = folder / "part[1].dxf"
    shutil.copy(SAMPLE, odd)
    assert extract_many(str(odd)).files == (str(odd),)


def test_a_missing_file_is_an_outcome(folder: Path) -> None:
    (only,) = extract_many([folder / "missing.dxf"])
    assert isinstance(only.error, SourceNotFoundError)


def test_it_works_inside_of_a_running_loop(folder: Path) -> None:
    async def main() -> list[Outcome]:
        return list(extract_many(folder / "three.dxf"))

    (only,) = asyncio.run(main())
    assert only.result is not None


def test_the_frame_has_one_row_a_file_in_their_order(folder: Path) -> None:
    run = many(folder)
    rows = run.df()
    assert list(rows["file"]) == list(run.files)
    failed = rows[~rows["ok"]]
    assert [Path(name).name for name in failed["file"]] == ["broken.dxf"]
    assert failed["message"].notna().all()
    assert failed["dimensions"].isna().all()


def test_progress_counts_on_standard_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    list(many(folder, progress=True))
    shown = capsys.readouterr()
    assert "4/4" in shown.err
    assert "1 failed" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"on_error": "ignore"}])
def test_wrong_arguments_are_told_at_once(folder: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|'collect' or 'raise'"):
        extract_many(folder / "three.dxf", **wrong)  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_kernel_that_is_killed_leaves_no_child(folder: Path) -> None:
    """Restarting a notebook's kernel may kill it without a word: its children notice that nobody listens any more."""
    program = (
        "import sys, time\nfrom pybase_extraction import extract, extract_many\n"
        "extract(sys.argv[1])\n"  # its warm child stays, for the next call
        "for outcome in extract_many(sys.argv[2], workers=2):\n"
        "    print('busy', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", program, str(SAMPLE), f"{folder}/**/*.dxf"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == "busy\n"
        left = psutil.Process(kernel.pid).children(recursive=True)
        assert left
        kernel.kill()
    _, alive = psutil.wait_procs(left, timeout=120)
    assert alive == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kernels on Windows are interrupted by an event")
def test_interrupting_a_cell_ends_its_extraction_and_the_kernel_goes_on() -> None:
    program = Path(__file__).with_name("interrupted_cells.py")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=600, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        ["ok", None],
        ["error", "CancelledError"],
        ["ok", None],
        ["error", "KeyboardInterrupt"],
        ["ok", None],
    ]
