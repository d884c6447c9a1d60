"""The loop that takes jobs, has them run, and writes what became of them.

Each turn settles everything that ended since the last one and claims for every free slot, so batches grow by
themselves under load and a single job is settled at once when it is quiet.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import uuid
from collections.abc import Iterable, Sequence
from uuid import UUID

import anyio

from pybase_extraction.jobs import Claim, JobStatus, Outcome, Settled, Settlement
from pybase_extraction.repositories.base import JobRepository
from pybase_extraction.runners.base import Dispatcher, Runner
from pybase_extraction.storage.base import Storage
from pybase_extraction.worker.absence import Absence
from pybase_extraction.worker.batch_ends import BatchEnds
from pybase_extraction.worker.cancellation import to_its_end
from pybase_extraction.worker.dispatching import Dispatching, is_ready_at_once
from pybase_extraction.worker.leases import Leases
from pybase_extraction.worker.maintenance import Maintenance
from pybase_extraction.worker.observing import Observer, tell
from pybase_extraction.worker.readings import Readings
from pybase_extraction.worker.running import Running
from pybase_extraction.worker.settings import Work, WorkerSettings
from pybase_extraction.worker.slots import PATIENCE_S, Slots

logger = logging.getLogger(__name__)

_PAUSE_S = 0.002
"""Most seconds that the loop waits for more jobs to end, when some end faster than they are settled."""


class Worker:
    """Takes jobs from a repository and has a runner run them."""

    def __init__(
        self,
        repository: JobRepository,
        storage: Storage,
        runner: Runner,
        work: Work,
        settings: WorkerSettings | None = None,
        *,
        dispatcher: Dispatcher | None = None,
        observers: Iterable[Observer] = (),
    ) -> None:
        """Make a worker; ``serve`` runs it.

        Args:
            repository: Where the jobs are.
            storage: Where the files are.
            runner: What runs attempts.
            work: What every attempt gets.
            settings: How to work; the defaults when None.
            dispatcher: An external queue that runs the jobs; this worker then only does the maintenance.
            observers: Who is told what happens.
        """
        self.repository = repository
        self.storage = storage
        self.runner = runner
        self.work = work
        self.settings = settings or WorkerSettings()
        self.dispatcher = dispatcher
        self.observers = list(observers)
        # an identity that is used again would hide the orphans of its predecessor
        self.name = uuid.uuid4().hex
        self.running: dict[UUID, Running] = {}
        self.readings = Readings(repository, storage, runner, work, self.observers, self.settings.service_slots)
        self.dispatching = Dispatching(repository, dispatcher, self.settings.claims)
        self._absence = Absence()
        self._leases = Leases(repository, self.running, self.name, self.settings.lease_s, self._absence)
        self._batch_ends = BatchEnds(repository, self.observers, self._absence)
        self._maintenance = Maintenance(
            repository,
            storage,
            work,
            self.settings,
            self.dispatching,
            self._batch_ends,
            self.observers,
            self._tell,
            self._absence,
        )
        self._ended: list[Settlement] = []
        self._superseded: set[Running] = set()
        self._enough = 1
        self._stopping = False
        self._wake = asyncio.Event()
        self._slots = Slots(lambda: self.slots, self._run_and_queue)
        self._is_hungry = asyncio.Event()

    @property
    def slots(self) -> int:
        """How many jobs this worker runs at most; of very short ones it holds some more."""
        return 0 if self.dispatcher is not None else self.runner.slots

    @property
    def busy(self) -> int:
        """How many jobs this worker runs, or has run and not settled yet."""
        return len(self.running) - self._slots.waiting

    def stop(self) -> None:
        """Take no more jobs; ``serve`` returns when the running ones have ended or were given back."""
        self._stopping = True
        self._wake.set()

    def cancel(self, job_id: UUID) -> None:
        """Stop a job that runs here at once; the repository must know of the request already."""
        if found := self.running.get(job_id):
            found.cancelled.set()

    async def serve(self) -> None:
        """Work until ``stop`` is called.

        When the task is cancelled, everything that runs is given back for others at once.
        """
        async with self._leases.kept():
            try:
                # tasks of the loop itself rather than of anyio: there is one for every job
                async with asyncio.TaskGroup() as group:
                    background = [
                        group.create_task(each)
                        for each in (self._maintenance.run(), self._batch_ends.run(), self._look_for_work())
                    ]
                    await self._claim_and_settle(group)
                    held = [*self.running.values(), *self._superseded]
                    for task in [*background, *(item.task for item in held if item.task is not None)]:
                        task.cancel()
            finally:
                with anyio.CancelScope(shield=True):
                    await self._give_back(self._take_ended(), list(self.running.values()))

    async def run_one(self, claim: Claim) -> None:
        """Run one job that was claimed elsewhere, keeping its lease, and settle it.

        When the task is cancelled, the job is given back for others at once.
        """
        running = self._hold(claim)
        ended: list[Settlement] = []
        try:
            async with self._leases.kept():
                if (settlement := await self._conclude(running)) is not None:
                    ended.append(settlement)
                    await self._settle_patiently(ended)
        finally:
            with anyio.CancelScope(shield=True):
                if self.running.get(claim.id) is running:
                    await self._give_back(ended, [running])
                    ended = ended or [Settlement.release(claim)]
                if any(is_ready_at_once(settlement) for settlement in ended):
                    # its message is used up
                    await self.dispatching.send_soon([claim.id])
                await self._batch_ends.finish_touched()

    async def _settle_patiently(self, ended: Sequence[Settlement]) -> None:
        while True:
            with self._absence.survived("the outcome of a job is kept, and written when it does"):
                return await to_its_end(self._settle(ended))
            await anyio.sleep(min(1.0, self.settings.poll_s))

    async def _settle(self, ended: Sequence[Settlement]) -> None:
        self._forget(ended, await self.repository.settle(ended))
        self._absence.end()

    # -- the loop -----------------------------------------------------------------------------------------------

    async def _claim_and_settle(self, group: asyncio.TaskGroup) -> None:
        drain_until: float | None = None
        turn_ended, turn_s = 0.0, 0.0
        while True:
            if time.monotonic() - turn_ended < turn_s:
                await self._gather(turn_s)
            self._wake.clear()
            started = time.monotonic()
            if self._stopping and drain_until is None:
                drain_until = started + self.settings.grace_s
            if drain_until is not None or self._slots.are_stuck():
                self._release_waiting()
            ended = self._take_ended()
            most = self.slots + self._ahead(turn_s)
            # what ended leaves its slot in the same turn in which it is settled
            free = 0 if self._stopping else max(0, most - len(self.running) + len(ended))
            claimed = await self._exchange(ended, min(free, max(self.slots, most // 2)))
            self._slots.start(group, claimed, beside=len(self._superseded))
            turn_ended = time.monotonic()
            turn_s = turn_ended - started
            if drain_until is not None and (not self.running or time.monotonic() > drain_until):
                return
            if not self._ended:
                await self._sleep(drain_until)

    def _ahead(self, turn_s: float) -> int:
        """How many more jobs to hold than there are slots; within limits each would count as running."""
        return 0 if self.settings.claims.limits else self._slots.ahead(turn_s)

    async def _gather(self, turn_s: float) -> None:
        """Wait a moment for more of the short jobs to end; else few of them would be written at a time.

        Where jobs were claimed ahead, half of them are enough: they are written while the other half runs.
        """
        enough = (len(self.running) + 1) // 2 if self._ahead(turn_s) else len(self.running)
        if 0 < len(self._ended) < enough:
            self._enough = enough
            self._wake.clear()
            await self._wait(min(turn_s / 2, _PAUSE_S))
            self._enough = 1

    async def _wait(self, timeout_s: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()

    async def _sleep(self, drain_until: float | None) -> None:
        """Sleep until a job has ended here or may have become ready; a full house waits only for the former.

        It looks from time to time whether it is still full: a runner over a cluster may get more slots.
        """
        left = None if drain_until is None else max(0.0, drain_until - time.monotonic())
        if left is None and len(self.running) < self.slots:
            self._is_hungry.set()
        elif left is None and self.slots:
            left = self.settings.poll_s
        if self._slots.waiting:
            left = PATIENCE_S if left is None else min(left, PATIENCE_S)
        await self._wait(left)
        self._is_hungry.clear()

    async def _look_for_work(self) -> None:
        """Wake the loop when there may be work, as long as it is hungry."""
        while True:
            await self._is_hungry.wait()
            # jitter: workers that were started together must not poll together
            timeout = self.settings.poll_s * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret
            has_waited = False
            with self._absence.survived("jobs are polled"):
                await self.repository.wait_for_work(timeout)
                has_waited = True
            if not has_waited:
                await asyncio.sleep(timeout)
            if self._is_hungry.is_set():
                self._is_hungry.clear()
                self._wake.set()

    def _release_waiting(self) -> None:
        """Give back, in the next turn, what waits for a slot."""
        for running in self._slots.take_back():
            running.release()
            self._ended.append(Settlement.release(running.claim))

    def _take_ended(self) -> list[Settlement]:
        ended, self._ended = self._ended, []
        return ended

    async def _exchange(self, ended: Sequence[Settlement], free: int) -> Sequence[Running]:
        """Settle what has ended and claim for the free slots; gives what is to be started."""
        if not ended and not free:
            return ()
        # leases outlast a short absence
        kept = f"{len(ended)} outcomes are kept and written when it does" if ended else "no job is taken until it does"
        with self._absence.survived(kept):
            return await to_its_end(self._turn(ended, free))
        await anyio.sleep(min(1.0, self.settings.poll_s))
        return ()

    async def _turn(self, ended: Sequence[Settlement], free: int) -> Sequence[Running]:
        try:
            exchange = await self.repository.exchange(
                ended, free, worker=self.name, lease_s=self.settings.lease_s, where=self.settings.claims
            )
        except BaseException:
            self._ended.extend(ended)
            raise
        self._absence.end()
        self._forget(ended, exchange.settled)
        # held at once: what a cancelled loop does not start any more is given back
        return [self._hold(claim) for claim in exchange.claims]

    def _hold(self, claim: Claim) -> Running:
        running = Running(claim)
        if (old := self.running.setdefault(claim.job.id, running)) is not running:
            # its lease ran out unnoticed, and the job has come back
            old.lose()
            self._superseded.add(old)
            self.running[claim.id] = running
        return running

    def _forget(self, ended: Sequence[Settlement], settled: Sequence[Settled]) -> None:
        for settlement in ended:
            running = self.running.pop(settlement.id, None)
            if running is not None and running.claim.attempt != settlement.attempt:
                self.running[settlement.id] = running  # the job has come back meanwhile
        if len(settled) < len(ended):
            won = {(item.id, item.attempt) for item in settled}
            for settlement in ended:
                if (settlement.id, settlement.attempt) not in won:
                    # a stored result that nobody points to is left: after a lost connection the row may point to it
                    logger.warning("the lease of job %s was lost; its outcome is not written", settlement.id)
        self._tell(settled)

    def _tell(self, settled: Iterable[Settled]) -> None:
        is_logged = logger.isEnabledFor(logging.INFO)
        for item in settled:
            if is_logged:
                logger.info("job %s is %s", item.id, item.status, extra={"job_id": str(item.id), "status": item.status})
            if item.batch_id is not None and item.status is not JobStatus.PENDING:
                self._batch_ends.touch(item.batch_id)
            tell(self.observers, "settled", item)

    # -- one job ------------------------------------------------------------------------------------------------

    async def _run_and_queue(self, running: Running) -> None:
        settlement = await self._conclude(running)
        if self._superseded:
            self._superseded.discard(running)
        if settlement is not None and not running.is_released:
            self._ended.append(settlement)
        if len(self._ended) >= self._enough:
            self._wake.set()

    async def _conclude(self, running: Running) -> Settlement | None:
        """Run one attempt and say how it ended; None when the job is somebody else's by now."""
        # one that was lost while it waited for a slot is not even begun
        settlement = None if running.is_lost else await self.readings.conclude(running)
        if settlement is None or (running.is_lost and settlement.outcome is Outcome.CANCEL):
            # it was stopped because the lease was lost, not because somebody asked for it
            if self.running.get(running.claim.id) is running:
                del self.running[running.claim.id]
            return None
        return settlement

    async def _give_back(self, ended: Sequence[Settlement], held: Sequence[Running]) -> None:
        """Settle what ended and release what still runs, so that others need not wait for its lease to expire."""
        for item in held:
            item.release()
        known = {settlement.id for settlement in ended}
        all_ = [*ended, *(Settlement.release(item.claim) for item in held if item.claim.id not in known)]
        if all_:
            is_known = False
            lost = f"{len(all_)} jobs are not given back: others take them when their leases end"
            with self._absence.survived(lost, fatal=()):
                self._forget(all_, await self.repository.settle(all_))
                is_known = True
            if not is_known:
                for item in held:
                    self.running.pop(item.claim.id, None)
                return
            self.repository.notify()
        await self._batch_ends.finish_touched()
