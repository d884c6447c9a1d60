"""Every runner of attempts passes the one suite."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.runners.base import Runner
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.runners.thread import ThreadPoolRunner
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


class TestProcessPoolRunner(RunnerConformance):
    survives_crashes = True
    limits_memory = True

    @pytest.fixture
    async def runner(self) -> AsyncIterator[Runner]:
        made = ProcessPoolRunner(2)
        made.bind(fake_registry())
        async with made:
            yield made
