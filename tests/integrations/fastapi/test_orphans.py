"""An upload that is killed between storage and database leaves no row, and its object is found and removed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from uuid import uuid4

import anyio
import pytest

from pybase_extraction.jobs import ALL_OWNERS
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source
from tests.integrations.fastapi.conftest import make_manager

pytestmark = pytest.mark.anyio
DAY_S = 86_400
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from pybase_extraction import ExtractionManager, LocalStorage, Source, SqlJobRepository
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.testing.fakes import FAKES

async def main(folder):
    repository = SqlJobRepository(folder / "jobs.db")
    async def dies(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)
    registry = ExtractorRegistry.discover(allow=[], plugins=[FAKES])
    async with ExtractionManager(repository, LocalStorage(folder / "files"), registry=registry, works=False) as manager:
        repository.submit = dies
        await manager.submit(Source.from_bytes(b"FAKE of the killed", name="a.fake"), owner="mara")

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_what_a_killed_upload_leaves_is_removed_and_nothing_else(
    tmp_path: Path, registry: ExtractorRegistry
) -> None:
    with anyio.fail_after(60):
        done = await anyio.run_process([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    manager = make_manager(tmp_path, registry, works=False)
    async with manager:
        assert await manager.count(owner=ALL_OWNERS) == 0
        kept = await manager.submit(Source.from_bytes(b"FAKE that is kept", name="b.fake"), owner="mara")
        await manager.storage.put("attachments/of/the-host", b"not ours")
        stored = [item.key async for item in manager.storage.list("files/")]
        assert len(stored) == 2
        # fresh objects may belong to an upload that is still under way
        assert await manager.remove_orphans() == []
        for path in (tmp_path / "files").rglob("*"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * DAY_S))
        listed = await manager.remove_orphans(dry_run=True)
        assert [item.key for item in listed] == [key for key in stored if key != kept.file_url]
        assert await manager.remove_orphans() == listed
        left = {item.key async for item in manager.storage.list()}
        assert left == {kept.file_url, "attachments/of/the-host"}


async def test_a_result_that_no_job_points_to_is_removed(tmp_path: Path, registry: ExtractorRegistry) -> None:
    options = {"result_bytes": 300_000}  # too long for the row
    async with make_manager(tmp_path, registry) as manager:
        ended = await manager.submit(Source.from_bytes(b"FAKE", name="a.fake"), owner="mara", options=options)
        with anyio.fail_after(60):
            ended = await manager.wait(ended.id, owner="mara")
        waiting = await manager.submit(
            Source.from_bytes(b"FAKE later", name="b.fake"), owner="mara", options=options, delay_s=3600
        )
        kept = {ended.result_key, f"results/{waiting.id}/1.json.z", "results/of-the-host/1"}
        left_behind = {f"results/{ended.id}/0.json.z", f"results/{uuid4()}/1.json.z"}
        for key in (kept | left_behind) - {ended.result_key}:
            await manager.storage.put(key, b"x")
        for path in (tmp_path / "files").rglob("*"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * DAY_S))
        assert {stored.key for stored in await manager.remove_orphans()} == left_behind
        assert {stored.key async for stored in manager.storage.list("results/")} == kept
        assert await manager.result(ended.id, owner="mara")


async def test_an_old_orphan_that_is_submitted_again_is_made_new(tmp_path: Path, registry: ExtractorRegistry) -> None:
    async with make_manager(tmp_path, registry, works=False) as manager:
        source = Source.from_bytes(b"FAKE", name="a.fake")
        job = await manager.submit(source, owner="mara")
        await manager.cancel(job.id, owner="mara")
        await manager.delete(job.id, owner="mara")
        path = manager.storage.locate(job.file_url)[0]
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 2 * DAY_S))
        await manager.submit(source, owner="mara")
        stored = await manager.storage.stat(job.file_url)
        assert not stored.is_older_than(60)


async def test_an_age_that_could_hit_running_uploads_is_refused(tmp_path: Path, registry: ExtractorRegistry) -> None:
    with pytest.raises(ValueError, match="3600"):
        await make_manager(tmp_path, registry, works=False).remove_orphans(older_than_s=60)
