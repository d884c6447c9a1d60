"""The slots of a worker: what runs, and what waits for the moment in which one becomes free."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from pybase_extraction.worker.running import Running

_MOST_AHEAD: Final = 4
"""Jobs that wait for each slot at most."""
_AHEAD_S: Final = 0.005
"""Longest turn for which jobs are claimed ahead: a database that takes its time must not fill the worker."""
PATIENCE_S: Final = 0.1
"""Seconds in which none of the slots may become free before those who wait are given back for others."""
_TURN_S: Final = 0.001
"""Seconds for which short jobs may follow each other without a look at anything else."""
_MEMORY: Final = 1 / 16
"""Weight of the latest job in the mean."""
_LONG_S: Final = 1.0
"""Mean from which nothing is claimed ahead; some dozens of short jobs bring it down."""


class Slots:
    """Runs what was claimed, so many at once.

    Jobs that take less time than a turn of the database would leave the slots empty until the turn is over: for these
    more are claimed than there are slots.  A job of more than some milliseconds never waits for another.

    Args:
        count: Gives the number of slots; it may change.
        run: Runs one job.
    """

    def __init__(self, count: Callable[[], int], run: Callable[[Running], Awaitable[None]]) -> None:
        self._count = count
        self._run = run
        self._waiting: deque[Running] = deque()
        self._busy = self._most = 0
        self._mean_s = _LONG_S
        self._moved_at = 0.0

    def ahead(self, turn_s: float) -> int:
        """Say how many jobs will be over before a turn of that length is, at the pace of the last ones."""
        slots = self._count()
        return min(int(slots * min(turn_s, _AHEAD_S) / self._mean_s), _MOST_AHEAD * slots)

    def start(self, group: asyncio.TaskGroup, claimed: Sequence[Running], *, beside: int = 0) -> None:
        """Begin with jobs as soon as there is a slot for each.

        Args:
            group: What the tasks belong to.
            claimed: The jobs, in their order.
            beside: Attempts that run on though their jobs have come back: they take no slots from these.
        """
        if any(running.claim.job.crash_count for running in claimed):
            self._mean_s = _LONG_S  # what took a worker down may do it again, and those who wait would pay with it
        if not self._waiting:
            self._moved_at = time.monotonic()
        self._waiting.extend(claimed)
        self._most = self._count() + beside
        while self._waiting and self._busy < self._most:
            self._busy += 1
            running = self._waiting.popleft()
            running.task = group.create_task(self._work_off(running))

    @property
    def waiting(self) -> int:
        """How many jobs have not begun."""
        return len(self._waiting)

    def are_stuck(self) -> bool:
        """Whether long jobs have taken all slots while others wait."""
        return bool(self._waiting) and time.monotonic() - self._moved_at > PATIENCE_S

    def take_back(self) -> list[Running]:
        """Take back what has not begun; nothing is claimed ahead until jobs are known to be short again."""
        if self._waiting:
            self._mean_s = _LONG_S
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting

    async def _work_off(self, running: Running) -> None:
        task, began = running.task, time.monotonic()
        yielded = began
        try:
            while True:
                await self._run(running)
                now = time.monotonic()
                self._mean_s += (now - began - self._mean_s) * _MEMORY
                if not self._waiting or self._busy > self._most:
                    return
                if now - yielded > _TURN_S:
                    # a job that never waits for anything would keep everybody else from the loop
                    await asyncio.sleep(0)
                    now = yielded = time.monotonic()
                    if not self._waiting:
                        return
                running = self._waiting.popleft()
                running.task = task
                self._moved_at = began = now
        finally:
            self._busy -= 1
