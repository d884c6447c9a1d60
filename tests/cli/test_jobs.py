"""Jobs from the command line: submitted, worked off, looked at, steered; and what a stop leaves."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from pybase_extraction import ExtractionResult, extract
from tests.cli.conftest import Shell
from tests.cli.test_extract import without_time

DXF, IFC, STEP = "flange.dxf", "house.ifc", "bracket-assembly.step"


def counts(shell: Shell) -> dict[str, int]:
    lines = re.findall(r"^ *(\w+)  (\d+)$", shell.run("jobs", "stats").stdout, re.MULTILINE)
    return {name: int(number) for name, number in lines}


def statuses(database: Path) -> list[str]:
    """Read past the library."""
    if not database.exists():
        return []
    with closing(sqlite3.connect(database)) as connection:
        try:
            return [row[0] for row in connection.execute("SELECT status FROM extraction_jobs")]
        except sqlite3.OperationalError:
            return []


def wait_for(database: Path, status: str, number: int) -> None:
    deadline = time.monotonic() + 90
    while statuses(database).count(status) < number:
        assert time.monotonic() < deadline, statuses(database)
        time.sleep(0.02)


def copies(shell: Shell, number: int) -> list[str]:
    """Drawings that differ in a comment (group code 999), so that each is a job of its own."""
    text = (shell.folder / DXF).read_text("utf-8")
    for index in range(number):
        (shell.folder / f"copy-{index:02}.dxf").write_text(f"999\ncopy {index}\n{text}", "utf-8")
    return [f"copy-{index:02}.dxf" for index in range(number)]


def test_submitted_jobs_are_worked_off_and_their_results_are_those_of_extract(shell: Shell) -> None:
    ids = shell.run("submit", DXF, IFC).stdout.split()
    assert counts(shell)["pending"] == len(ids) == 2
    shell.run("worker", "--until-empty")
    assert counts(shell)["completed"] == 2
    result = ExtractionResult.model_validate_json(shell.run("jobs", "result", ids[0]).stdout)
    assert without_time(result) == without_time(extract(shell.folder / DXF))
    listed = shell.run("jobs", "list").stdout
    assert all(job_id in listed for job_id in ids)
    shown = shell.run("jobs", "show", ids[1]).stdout
    assert "completed" in shown
    assert IFC in shown


def test_a_bad_file_among_submitted_ones(shell: Shell) -> None:
    done = shell.run("submit", "nowhere.pdf", DXF, status=1)
    assert "nowhere.pdf" in done.stderr
    assert len(done.stdout.split()) == counts(shell)["total"] == 1


def test_cancel_retry_and_prune(shell: Shell) -> None:
    (job_id,) = shell.run("submit", DXF).stdout.split()
    assert "cancelled" in shell.run("jobs", "cancel", job_id).stdout
    assert "cannot be cancelled" in shell.run("jobs", "cancel", job_id, status=1).stderr
    assert "is cancelled and has no result" in shell.run("jobs", "result", job_id, status=1).stderr
    shell.run("jobs", "retry", job_id)
    assert counts(shell)["pending"] == 1
    shell.run("worker", "--until-empty")
    assert counts(shell)["completed"] == 1
    assert "0 jobs deleted" in shell.run("jobs", "prune").stdout  # it has just ended
    assert "1 jobs would be deleted" in shell.run("jobs", "prune", "--older-than", 0, "--dry-run").stdout
    shell.run("jobs", "prune", "--older-than", 0)
    assert counts(shell)["total"] == 0


def test_owners_are_apart(shell: Shell) -> None:
    (job_id,) = shell.run("submit", DXF, "--owner", "mara").stdout.split()
    assert job_id in shell.run("jobs", "list", "--owner", "mara").stdout
    assert job_id not in shell.run("jobs", "list").stdout
    assert job_id in shell.run("jobs", "list", "--all-owners").stdout
    assert "There is no job" in shell.run("jobs", "show", job_id, "--owner", "nils", status=1).stderr


def test_the_database_is_made_and_checked(shell: Shell) -> None:
    assert "db upgrade" in shell.run("db", "check", "--db", "own.sqlite", status=1).stderr
    assert "revision" in shell.run("db", "upgrade", "--db", "own.sqlite").stdout
    assert "fits" in shell.run("db", "check", "--db", "own.sqlite").stdout
    shell.run("submit", DXF, "--db", "own.sqlite")
    assert statuses(shell.folder / "own.sqlite") == ["pending"]


def test_what_is_installed_is_listed(shell: Shell) -> None:
    assert all(name in shell.run("formats").stdout for name in ("pdf", "dxf", "ifc", "step"))
    assert "pybase-extraction-dxf" in shell.run("plugins").stdout
    assert "ready" in shell.run("doctor").stdout
    assert f"{DXF}: dxf (" in shell.run("detect", DXF).stdout
    assert "layer_filter" in json.loads(shell.run("schema", "dxf").stdout)["properties"]
    assert json.loads(shell.run("schema", "result").stdout) == ExtractionResult.model_json_schema()


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(shell: Shell) -> None:
    names = copies(shell, 80)  # seconds of work, whatever holds this process up before it sends the signal
    database = shell.folder / "data" / "jobs.sqlite"
    with shell.start("extract", *names, "-j", 1, "--format", "json") as running:
        wait_for(database, "completed", 2)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "Traceback" not in told
    assert "Stopped. What is done stays done" in told
    done = statuses(database).count("completed")
    assert 2 <= done < len(names)
    assert statuses(database).count("processing") == 0  # given back at once
    again = shell.run("extract", *names, "--format", "json")
    assert [json.loads(line)["source"]["filename"] for line in again.stdout.splitlines()] == names
    assert statuses(database) == ["completed"] * len(names)  # a job for each file: none was extracted twice


@pytest.mark.slow
def test_a_worker_drains_when_it_is_told_to_end(shell: Shell) -> None:
    names = copies(shell, 10)
    shell.run("submit", *names)
    database = shell.folder / "data" / "jobs.sqlite"
    with shell.start("worker", "--concurrency", 1) as running:
        wait_for(database, "completed", 1)
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "Traceback" not in told
    assert "draining" in told
    assert "worker stopped" in told
    found = statuses(database)
    assert found.count("processing") == 0
    assert found.count("completed") + found.count("pending") == 10
    shell.run("worker", "--until-empty")
    assert statuses(database) == ["completed"] * 10
