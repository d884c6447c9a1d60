"""Bad input of every kind: a sentence that says what to do, the right exit status, and never a traceback."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from pybase_extraction.repositories.migrations import upgrade
from tests.cli.conftest import Calls, Shell

DXF = "flange.dxf"


def encrypted_pdf() -> bytes:
    """A PDF whose standard security handler has a user password that nobody knows (ISO 32000-1, 7.6.3)."""
    secret = "<" + "5a" * 32 + ">"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
        f"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O {secret} /U {secret} >>",
    ]
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode()
    start = len(data)
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"<< /Size 5 /Root 1 0 R /Encrypt 4 0 R /ID [{secret} {secret}] >>"
    return data + f"xref\n0 5\n0000000000 65535 f \n{rows}trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.pdf", b"", "is empty (0 bytes)"),
        ("secret.pdf", encrypted_pdf(), "is encrypted"),
        ("archive.7z", b"7z\xbc\xaf\x27\x1c" + zlib.compress(b"packed"), "No installed extractor reads"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + zlib.compress(b"pixels"), "picture.png"),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Cat", "cut.pdf"),
    ],
)
def test_a_bad_file_is_told_and_the_others_are_extracted(shell: Shell, name: str, content: bytes, words: str) -> None:
    (shell.folder / name).write_bytes(content)
    done = shell.run("extract", name, DXF, "--format", "json", status=1)
    assert words in done.stderr
    assert done.stdout.count("\n") == 1
    assert '"filename":"flange.dxf"' in done.stdout


def test_a_missing_file_is_told_and_the_others_are_extracted(shell: Shell) -> None:
    done = shell.run("extract", "nowhere.pdf", DXF, "--format", "json", status=1)
    assert "nowhere.pdf" in done.stderr
    assert '"filename":"flange.dxf"' in done.stdout


def test_an_oversized_file_is_told_and_the_others_are_extracted(shell: Shell) -> None:
    assert (shell.folder / "house.ifc").stat().st_size < 30_000 < (shell.folder / DXF).stat().st_size
    done = shell.run("extract", DXF, "house.ifc", "--max-bytes", 30_000, "--format", "json", status=1)
    assert "30000 are allowed" in done.stderr
    assert "Raise max_bytes" in done.stderr
    assert '"filename":"house.ifc"' in done.stdout


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_told(shell: Shell) -> None:
    (shell.folder / DXF).chmod(0)
    assert DXF in shell.run("extract", DXF, status=1).stderr


def test_what_cannot_be_read_as_a_file_is_told(shell: Shell) -> None:
    os.mkfifo(shell.folder / "pipe.pdf")
    assert "'pipe.pdf' is no regular file" in shell.run("extract", "pipe.pdf", status=1).stderr


def test_a_format_that_the_file_is_not(shell: Shell) -> None:
    assert "has no PDF header" in shell.run("extract", DXF, "--as", "pdf", status=1).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("extract", DXF, "-o", "layer_fliter=3"), "did you mean 'layer_filter'?"),
        (("extract", DXF, "-o", "layer_filter"), "write -o key=value"),
        (("extract", DXF, "--as", "jt"), "There is no extractor or format 'jt'"),
        (("extract", DXF, "--format", "parquet"), "parquet"),
        (("extract", DXF, "--format", "csv"), "--output DIR"),
        (("extract", DXF, "--timeout", "-1"), "--timeout"),
        (("extract", DXF, "--memory", "0"), "--memory"),
        (("extract",), "FILES"),
        (("extract", "nowhere.pdf"), "There is no file 'nowhere.pdf'"),
        (("schema", "jt"), "There are: "),
        (("submit", DXF, "-o", "layer_fliter=3"), "did you mean"),
        (("jobs", "show", "17"), "no job id"),
        (("jobs", "list", "--db", "mysql://host/jobs"), "SQLite or PostgreSQL"),
        (("jobs", "list", "--db", "://"), "--db"),
        (("db", "upgrade", "--db", "mysql://host/jobs"), "SQLite or PostgreSQL"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_wrong_use_of_a_command(calls: Calls, arguments: tuple[str, ...], words: str) -> None:
    assert words in calls.run(*arguments, status=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("extract", DXF, "--format", "csv", "--output", "house.ifc/tables"), "output folder"),
        (("extract", DXF, "--storage", "house.ifc"), "storage folder cannot be written"),
        (("jobs", "list", "--db", "house.ifc"), "file is not a database"),
        (("jobs", "list", "--db", "nowhere/jobs.sqlite"), "unable to open database file"),
        (("jobs", "list", "--db", "postgresql://127.0.0.1:1/jobs"), "Connection refused"),
        (("db", "check", "--db", "new.sqlite"), "db upgrade"),
        (("db", "upgrade", "--db", "nowhere/jobs.sqlite"), "unable to open database file"),
        (("jobs", "show", "00000000-0000-0000-0000-000000000000"), "There is no job"),
    ],
)
def test_what_stands_in_the_way_is_named(calls: Calls, arguments: tuple[str, ...], words: str) -> None:
    assert words in calls.run(*arguments, status=1)


def test_a_data_folder_that_cannot_be_made(shell: Shell) -> None:
    done = shell.run("extract", DXF, status=1, PYBASE_EXTRACTION_HOME=str(shell.folder / DXF / "data"))
    assert "PYBASE_EXTRACTION_HOME" in done.stderr


def test_a_plugin_that_is_blocked_is_missing(shell: Shell) -> None:
    done = shell.run("extract", DXF, status=1, PYBASE_EXTRACTION_BLOCK="dxf")
    assert "No installed extractor reads" in done.stderr
    assert "'dxf'" in shell.run("extract", DXF, "--as", "dxf", status=2, PYBASE_EXTRACTION_BLOCK="dxf").stderr


def test_a_service_that_is_not_turned_on(shell: Shell) -> None:
    assert "not turned on" in shell.run("extract", DXF, "--as", "werk24", status=1).stderr


def test_a_database_that_stays_locked(shell: Shell) -> None:
    (shell.folder / "data").mkdir()
    path = shell.folder / "data" / "jobs.sqlite"
    upgrade(path)
    impatient = "from pybase_extraction.repositories import connections; connections.BUSY_TIMEOUT_S = 0.5; "
    program = impatient + "import sys; from pybase_extraction.cli.app import run; sys.exit(run())"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    command = [sys.executable, "-c", program, "extract", DXF]
    done = subprocess.run(
        command, cwd=shell.folder, env=shell.environment, capture_output=True, text=True, check=False, timeout=60
    )
    holder.execute("ROLLBACK")
    holder.close()
    assert "Traceback" not in done.stderr
    assert "The database stayed locked for 0.5 s." in done.stderr
    assert "keeps a transaction open" in done.stderr
    assert done.returncode == 1
    shell.run("extract", DXF, "--format", "json")


def test_a_reader_that_goes_ends_the_command_quietly(shell: Shell) -> None:
    with shell.start("extract", DXF, "--format", "json") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        told = running.stderr.read()
    assert "Traceback" not in told
    assert "Exception ignored" not in told
    assert running.returncode == 1


def test_a_folder_that_is_not_writable_keeps_the_results(shell: Shell, tmp_path: Path) -> None:
    output = shell.folder / "out"
    (output / f"{DXF}.json").mkdir(parents=True)  # where the file would go
    done = shell.run("extract", DXF, "--format", "json", "--output", "out", status=1)
    assert "cannot be written" in done.stderr
    (output / f"{DXF}.json").rmdir()
    shell.run("extract", DXF, "--format", "json", "--output", "out")
    assert "completed  1" in shell.run("jobs", "stats").stdout
