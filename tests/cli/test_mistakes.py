"""The mistakes that a new user is most likely to make: each message alone says how to mend it.

`docs/how-to/troubleshooting.md` lists the same mistakes.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import pytest

from pybase_extraction import (
    ExtractionManager,
    ExtractionResult,
    ExtractorRegistry,
    Limits,
    LocalStorage,
    MemoryJobRepository,
    Source,
    SqlJobRepository,
    ThreadPoolRunner,
    aextract,
    extract,
    extract_many,
)
from pybase_extraction.cli.app import run
from pybase_extraction.errors import DatabaseBusyError, ExtractionError, MissingDependencyError, SchemaOutdatedError
from pybase_extraction.repositories import connections
from pybase_extraction.repositories.migrations import check, prepare, upgrade
from pybase_extraction.results import ExtractorRecord, SourceInfo
from tests.cli.test_bad_input import encrypted_pdf

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "docs" / "samples"
DXF, IFC, PDF = SAMPLES / "flange.dxf", SAMPLES / "house.ifc", SAMPLES / "bearing-bracket.pdf"
RESULT = ExtractionResult(
    format="dxf",
    source=SourceInfo(filename="a.dxf", size=1, sha256="0" * 64),
    extractor=ExtractorRecord(name="dxf", version="1"),
)
REGISTRY = ExtractorRegistry.discover()


def told(call: Callable[[], object], error: type[BaseException] = ExtractionError) -> str:
    """The message of a call that has to fail."""
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def options(extractor: str, **given: object) -> Callable[[], object]:
    return lambda: REGISTRY.validate_options(extractor, given)


def only(*names: str) -> ExtractorRegistry:
    return ExtractorRegistry.discover(allow=names)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        pytest.param(
            lambda: extract("drawing.pdf"),
            ["There is no file 'drawing.pdf'", "check the path", "begins at the current folder"],
            id="wrong path",
        ),
        pytest.param(
            lambda: extract("drawings/2024/a.pdf"),
            ["no file 'a.pdf'", "no folder '2024', either"],
            id="wrong folder",
        ),
        pytest.param(
            lambda: extract("*.dxf"), ["no file '*.dxf'", "It is a pattern: extract_many reads"], id="a pattern"
        ),
        pytest.param(
            lambda: extract(SAMPLES), ["'samples' is a folder", "extract_many('samples/**/*.pdf')"], id="a folder"
        ),
        pytest.param(
            lambda: extract_many(SAMPLES), ["is a folder", f"{SAMPLES}/**/*.pdf"], id="a folder for extract_many"
        ),
        pytest.param(
            lambda: extract_many("*.dwf"), ["No file matches '*.dwf'", "Check the folder and the ending"], id="no match"
        ),
        pytest.param(lambda: extract(b""), ["is empty (0 bytes)", "Upload it again"], id="an empty file"),
        pytest.param(
            options("dxf", layer_fliter=["a"]),
            ["layer_fliter: there is no such option", "did you mean 'layer_filter'?", "Its options are: "],
            id="a mistyped option",
        ),
        pytest.param(
            options("dxf", layer_filter=3),
            ["layer_filter: expected a list (each: a text) or null (None), got 3"],
            id="an option of the wrong type",
        ),
        pytest.param(
            options("dxf", preview="gif"), ["preview: expected ", "'png'", "'svg'", "got 'gif'"], id="a wrong choice"
        ),
        pytest.param(
            options("ifc", layer_filter=["a"]),
            ["there is no such option", "it is an option of dwg, dxf"],
            id="an option of another format",
        ),
        pytest.param(
            lambda: extract(DXF, format="dfx"),
            ["no extractor or format 'dfx'", "Did you mean ", "'dxf'"],
            id="format typo",
        ),
        pytest.param(
            lambda: extract(DXF, format="jt"), ["no extractor or format 'jt'", "There are: dwg, dxf"], id="no format"
        ),
        pytest.param(
            lambda: extract(Source.from_bytes(b"7z\xbc\xaf\x27\x1c", name="plans.7z")),
            ["No installed extractor reads 'plans.7z'", "Readable formats: dwg, dxf", "Save the file as one of them"],
            id="a file of no known format",
        ),
        pytest.param(
            lambda: extract(Source.from_bytes(b"AC1009" + bytes(500), name="old.dwg")),
            ["a version that is not read: AC1009", "Save it as R2000 or later, or as DXF"],
            id="an old DWG",
        ),
        pytest.param(
            lambda: extract(Source.from_bytes(encrypted_pdf(), name="secret.pdf")),
            ["'secret.pdf' is encrypted", "Give it with the option password="],
            id="an encrypted PDF",
        ),
        pytest.param(
            lambda: extract(DXF, limits=Limits(max_bytes=1000)),
            ["69124 bytes; 1000 are allowed", "Raise max_bytes"],
            id="a file over the limit",
        ),
        pytest.param(
            lambda: extract(PDF, limits=Limits(timeout_s=0.001)),
            ["longer than its limit of 0.001 s", "Raise timeout_s"],
            id="too little time",
        ),
        pytest.param(
            lambda: extract(PDF, format="werk24"), ["not turned on", "enable_services={'werk24'}"], id="service off"
        ),
        pytest.param(
            lambda: extract(PDF, format="werk24", enable_services=["werk24"], credentials={}),
            ["Werk24 has no key", "Set PYBASE_EXTRACTION_CREDENTIAL_WERK24"],
            id="no Werk24 key",
        ),
    ],
)
def test_a_mistake_with_a_file_or_an_option(call: Callable[[], object], words: list[str]) -> None:
    message = told(call)
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize(
    ("extension", "command"),
    [("pdf", "pip install 'pybase-extraction[pdf]'"), ("ifc", "pip install 'pybase-extraction[ifc]'")],
)
def test_the_plugin_of_a_format_is_not_installed(
    extension: str, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("pybase_extraction.registry._entry_points", list)
    bare = ExtractorRegistry.discover()
    path = tmp_path / f"a.{extension}"
    path.write_bytes(b"whatever")
    assert command in told(lambda: bare.detect(Source.from_path(path)))
    assert command in told(lambda: bare.info(extension))
    unknown = told(lambda: bare.detect(Source.from_bytes(b"x", name="a.xyz")))
    assert "no plugin is installed" in unknown
    assert re.search(r"To be installed: .*dxf, ifc, .*pdf, step, werk24, for example pip install '", unknown), unknown


def test_a_plugin_that_is_left_out_is_not_called_missing() -> None:
    assert "out of PYBASE_EXTRACTION_BLOCK" in told(lambda: ExtractorRegistry.discover(block=["dxf"]).info("dxf"))
    assert "Add 'pdf' to PYBASE_EXTRACTION_ALLOW" in told(lambda: only("dxf").info("pdf"))
    assert "Add 'pdf' to PYBASE_EXTRACTION_ALLOW" in told(lambda: only("dxf").detect(Source.from_path(PDF)))


def fastapi_router() -> object:
    return importlib.import_module("pybase_extraction.integrations.fastapi")


def s3_storage() -> object:
    from pybase_extraction.storage.s3 import S3Storage

    return asyncio.run(S3Storage("bucket").stat("a"))


def dask_runner() -> object:
    from pybase_extraction.runners.dask import DaskRunner

    return DaskRunner(None)  # type: ignore[arg-type]


def parquet() -> object:
    from pybase_extraction.export import write_parquet_folder

    return write_parquet_folder(Path("parquet"), [RESULT])


def workbook() -> object:
    from pybase_extraction.export import write_xlsx

    return write_xlsx(Path("results.xlsx"), [RESULT])


def overlay() -> object:
    return extract(PDF).page(1, source=PDF).overlay().png()


@pytest.mark.parametrize(
    ("library", "extra", "call"),
    [
        ("pandas", "pybase-extraction[notebook]", lambda: RESULT.df("dimensions")),
        ("polars", "pybase-extraction[polars]", lambda: RESULT.df("dimensions", engine="polars")),
        ("pyarrow", "pybase-extraction[parquet]", parquet),
        ("openpyxl", "pybase-extraction[cli]", workbook),
        ("rich.progress", "pybase-extraction[notebook]", lambda: list(extract_many(DXF, progress=True))),
        ("psycopg", "pybase-extraction[postgres]", lambda: SqlJobRepository("postgresql://127.0.0.1/jobs")),
        ("boto3", "pybase-extraction[s3]", s3_storage),
        ("distributed", "pybase-extraction[dask]", dask_runner),
        ("PIL", "pybase-extraction[pictures]", overlay),
    ],
)
def test_an_extra_is_missing(
    library: str, extra: str, call: Callable[[], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in sys.modules if name == library or name.startswith(f"{library}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    message = told(call, MissingDependencyError)
    assert f"pip install '{extra}'" in message
    assert re.search(r"\bneeds? ", message), message


def test_fastapi_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "pybase_extraction.integrations.fastapi"
    monkeypatch.setitem(sys.modules, "fastapi", None)
    monkeypatch.delitem(sys.modules, name, raising=False)
    assert "pip install 'pybase-extraction[fastapi]'" in told(lambda: importlib.import_module(name), ImportError)


def test_the_libraries_of_the_command_line_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pybase_extraction.__main__ import main

    monkeypatch.setitem(sys.modules, "click", None)
    assert main() == 2
    assert "pip install 'pybase-extraction[cli]'" in capsys.readouterr().err


def test_the_python_is_too_old() -> None:
    assert importlib.metadata.metadata("pybase-extraction")["Requires-Python"] == ">=3.11"
    # pip refuses by that; who begins with the checkout is told by its first command
    text = (ROOT / "noxfile.py").read_text("utf-8").partition("import nox  #")[0]
    scope: dict[str, Any] = {"__file__": str(ROOT / "noxfile.py"), "__name__": "noxfile"}
    exec(compile(text, "noxfile.py", "exec"), scope)
    with pytest.raises(SystemExit) as caught:
        scope["refuse_old_python"]((3, 9, 18))
    assert "needs Python 3.11 or newer, and this is 3.9.18" in str(caught.value)
    assert "python3.12 noxfile.py demo" in str(caught.value)
    scope["refuse_old_python"](sys.version_info)


def test_a_database_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "jobs.sqlite"
    upgrade(path)
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_S", 0.1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        message = told(lambda: submit(SqlJobRepository(path), LocalStorage(tmp_path)), DatabaseBusyError)
    finally:
        holder.close()
    assert "The database stayed locked for 0.1 s" in message
    assert "Look for a process that keeps a transaction open" in message


def submit(repository: object, storage: LocalStorage) -> None:
    async def main() -> None:
        async with ExtractionManager(repository, storage, works=False) as manager:  # type: ignore[arg-type]
            await manager.submit(DXF, owner=None)

    anyio.run(main)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE pybase_extraction_version", ["no tables of jobs", "pybase-extract db upgrade"]),
        ("UPDATE pybase_extraction_version SET version_num = '0000'", ["revision 0000", "pybase-extract db upgrade"]),
        (
            "UPDATE pybase_extraction_version SET version_num = '9999'",
            ["revision 9999, newer than this library", "Upgrade the package pybase-extraction"],
        ),
    ],
)
def test_a_database_of_another_version(tmp_path: Path, statement: str, words: list[str]) -> None:
    path = tmp_path / "jobs.sqlite"
    upgrade(path)
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    message = told(lambda: check(path), SchemaOutdatedError)
    assert [word for word in words if word not in message] == [], message


def test_an_address_of_no_database() -> None:
    for address in ("mysql://host/jobs", "postgres://host/jobs"):
        message = told(lambda address=address: SqlJobRepository(address), ValueError)  # type: ignore[misc]
        assert "SQLite or PostgreSQL" in message
        assert "write postgresql://user@host/database, or the path of a SQLite file" in message


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    message = told(lambda: submit(SqlJobRepository("postgresql://127.0.0.1:1/jobs"), LocalStorage(tmp_path)))
    assert "Connection refused" in message
    assert "Check its address, and that the server is running and lets you in" in message


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    path.write_text("this is a text, and not a database at all\n" * 99, "utf-8")
    message = told(lambda: prepare(connections.open_sqlite(path)))
    assert "file is not a database" in message
    assert "that the file is a SQLite database" in message


def test_a_worker_that_has_another_storage(tmp_path: Path) -> None:
    async def main() -> str | None:
        repository = MemoryJobRepository()
        async with ExtractionManager(repository, LocalStorage(tmp_path / "here"), works=False) as submitter:
            job = await submitter.submit(DXF, owner=None)
            there = LocalStorage(tmp_path / "there")
            async with ExtractionManager(repository, there, runner=ThreadPoolRunner(1)):
                with anyio.fail_after(30):
                    return (await submitter.wait(job.id, owner=None)).error_message

    message = anyio.run(main) or ""
    assert "Who submits and who works need the same storage" in message
    assert "a folder that both see, or s3://bucket/prefix" in message


def test_an_unknown_job(tmp_path: Path) -> None:
    async def main() -> None:
        async with ExtractionManager(MemoryJobRepository(), LocalStorage(tmp_path), works=False) as manager:
            await manager.get(uuid4(), owner="mara")

    message = told(lambda: anyio.run(main))
    assert "There is no job" in message
    assert "with the owner and the database that it was submitted with" in message


def test_a_running_event_loop_is_no_mistake() -> None:
    """In a notebook a loop runs: ``extract`` works all the same, and ``await aextract`` does not block it."""

    async def cell() -> tuple[str, str]:
        return extract(DXF).format, (await aextract(DXF)).format

    assert asyncio.run(cell()) == ("dxf", "dxf")


def test_a_script_needs_no_guard_for_child_processes(tmp_path: Path) -> None:
    """Children never import the script that started them, so ``if __name__ == "__main__":`` may be left out."""
    script = tmp_path / "script.py"
    script.write_text(
        "from pybase_extraction import extract\nprint('begun')\n"
        f"print(extract({str(DXF)!r}).format)\n",
        "utf-8",
    )  # fmt: skip
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["begun", "dxf"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", ["'x.json' is no saved result", "what result.save(path)"]),
        ("no JSON at all", ["'x.json' is no saved result", "pybase-extract extract FILE --format json"]),
        (RESULT.model_dump_json().replace('"schema_version":1', '"schema_version":99'), ["upgrade pybase-extraction"]),
    ],
)
def test_a_file_that_holds_no_result(tmp_path: Path, content: str, words: list[str]) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, "utf-8")
    message = told(lambda: ExtractionResult.load(path))
    assert [word for word in words if word not in message] == [], message
    assert ExtractionResult.load(RESULT.save(path)) == RESULT


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: RESULT.df("dimension"), ["no section 'dimension'", "there are title_block", "dimensions"]),
        (lambda: RESULT.page(9), ["no page 9"]),
        (lambda: RESULT.explain("title_blok.scale"), ["no 'title_blok' in the result", "title_blocks"]),
    ],
)
def test_a_part_that_the_result_does_not_have(call: Callable[[], object], words: list[str]) -> None:
    message = told(call, LookupError)
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["extrct", DXF], 2, ["No such command 'extrct'"]),
        (["extract", DXF, "--outptu", "x"], 2, ["--output"]),
        (["extract", DXF, "-o", "layer_filter=wall"], 2, ["expected a list", '-o \'name=["a", "b"]\'']),
        (["extract", DXF, "-o", "layer_filter"], 2, ["write -o key=value"]),
        (["extract", DXF, "--format", "csv"], 2, ["say where with --output DIR"]),
        (["extract", DXF, "--format", "json", "--output", f"{DXF}/out"], 1, ["output folder", "name another one"]),
        (["jobs", "show", "17"], 2, ["'17' is no job id; see: pybase-extract jobs list"]),
        (["jobs", "list", "--db", "mysql://host/jobs"], 2, ["--db", "write postgresql://user@host/database"]),
        (["worker", "--storage", "ftp://host"], 2, ["--storage"]),
    ],
)
def test_a_mistake_on_the_command_line(
    arguments: list[object],
    status: int,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYBASE_EXTRACTION_HOME", str(tmp_path / "data"))
    assert run([str(argument) for argument in arguments]) == status
    message = capsys.readouterr().err
    assert [word for word in words if word not in message] == [], message
