"""A model of a repository that holds one fact per job, and the machine that compares the two.

Two workers claim, keep alive, lose, settle and steal; the model says for every step what must have happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pybase_extraction.errors import WorkerCrashedError
from pybase_extraction.jobs import ALL_OWNERS, Claim, Held, JobStatus, NewJob, Outcome, Settlement
from pybase_extraction.repositories.base import JobRepository
from pybase_extraction.retry import RetryPolicy

T = TypeVar("T")

LEASE_S = 60.0
WORKERS = ("one", "two")
POLICY = RetryPolicy(jitter=0, max_crashes=3)


@dataclass
class Fact:
    """What the model believes about a job."""

    owner: str
    status: str = "pending"
    attempt: int = 0
    due: float | None = None
    lease: float | None = None
    worker: str | None = None
    cancelling: bool = False
    crashes: int = 0
    retries: int = 0
    settled: int = 0


class RepositoryMachine(RuleBasedStateMachine):
    """Runs the verbs in every order; subclasses open the repository."""

    loop: asyncio.AbstractEventLoop
    repository: JobRepository
    elapse: Callable[[float], Awaitable[None]]

    def open(self) -> None:
        raise NotImplementedError

    def run(self, verb: Awaitable[T]) -> T:
        return self.loop.run_until_complete(verb)

    @initialize()
    def begin(self) -> None:
        self.open()
        self.now = 0.0
        self.facts: dict[UUID, Fact] = {}
        self.claims: list[Claim] = []  # every claim that was ever made, also the lost ones

    @rule(owner=st.sampled_from("AB"), number=st.integers(1, 3))
    def submit(self, owner: str, number: int) -> None:
        new = [NewJob(format="pdf", filename="a", owner_id=owner) for _ in range(number)]
        self.run(self.repository.submit_many(new))
        self.facts.update({each.id: Fact(owner) for each in new})

    @rule(worker=st.sampled_from(WORKERS), number=st.integers(1, 4))
    def claim(self, worker: str, number: int) -> None:
        ready = {i for i, f in self.facts.items() if f.status == "pending" and f.due is None}
        claims = self.run(self.repository.claim(number, worker=worker, lease_s=LEASE_S))
        assert len(claims) == min(number, len(ready))
        assert {claim.id for claim in claims} <= ready
        for claim in claims:
            self._start(claim, worker)

    def _start(self, claim: Claim, worker: str) -> None:
        fact = self.facts[claim.id]
        fact.attempt += 1
        assert claim.attempt == fact.attempt
        fact.status, fact.worker, fact.lease = "processing", worker, self.now + LEASE_S
        self.claims.append(claim)

    def _holds(self, claim: Claim) -> bool:
        fact = self.facts[claim.id]
        return fact.status == "processing" and fact.attempt == claim.attempt

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), outcome=st.sampled_from(Outcome))
    def settle(self, data: st.DataObject, outcome: Outcome) -> None:
        """Any claim that ever was: the living and the zombies."""
        claim = data.draw(st.sampled_from(self.claims))
        delay = 30.0 if outcome is Outcome.RETRY else 0.0
        said = Settlement(id=claim.id, attempt=claim.attempt, outcome=outcome, delay_s=delay, error_code="x")
        settled = self.run(self.repository.settle([said]))
        assert len(settled) == self._holds(claim)
        if settled:
            self._end(claim.id, outcome, delay)
            assert str(settled[0].status) == self.facts[claim.id].status

    def _end(self, job_id: UUID, outcome: Outcome, delay: float, *, crashed: bool = False) -> None:
        fact = self.facts[job_id]
        fact.settled += 1
        fact.lease = None
        fact.crashes += crashed
        again = outcome in {Outcome.RETRY, Outcome.RELEASE}
        if again and not fact.cancelling:
            fact.status = "pending"
            fact.due = self.now + delay if delay else None
            fact.retries += outcome is Outcome.RETRY
        else:
            fact.status = {Outcome.COMPLETE: "completed", Outcome.FAIL: "failed"}.get(outcome, "cancelled")

    @rule(worker=st.sampled_from(WORKERS))
    def heartbeat(self, worker: str) -> None:
        """A worker names every claim that it ever made."""
        mine = [claim for claim in self.claims if claim.worker == worker]
        beat = self.run(
            self.repository.heartbeat([Held(c.id, c.attempt) for c in mine], worker=worker, lease_s=LEASE_S)
        )
        held = {(c.id, c.attempt) for c in mine if self._holds(c)}
        assert beat.extended == held
        assert beat.lost == {(c.id, c.attempt) for c in mine} - held
        assert beat.cancelling == {pair for pair in held if self.facts[pair[0]].cancelling}
        for job_id, _ in held:
            self.facts[job_id].lease = self.now + LEASE_S

    @rule(seconds=st.sampled_from([1.0, 25.0, 61.0, 500.0]))
    def elapse_some(self, seconds: float) -> None:
        self.run(self.elapse(seconds))
        self.now += seconds

    @rule()
    def rescue(self) -> None:
        expired = {i for i, f in self.facts.items() if f.status == "processing" and (f.lease or 0) < self.now - 0.5}
        verdicts: dict[UUID, Settlement] = {}

        def decide(claim: Claim) -> Settlement:
            verdicts[claim.id] = POLICY.settle(claim, WorkerCrashedError("gone"))
            return verdicts[claim.id]

        settled = self.run(self.repository.rescue(decide))
        assert {each.id for each in settled} == expired
        for job_id in expired:
            verdict = verdicts[job_id]
            self._end(job_id, verdict.outcome, verdict.delay_s, crashed=True)

    @rule(worker=st.sampled_from(WORKERS))
    def inherit(self, worker: str) -> None:
        """Whoever runs is lost, and an heir takes over: now zombies stand beside the living."""
        self.elapse_some(61.0)
        self.rescue()
        self.elapse_some(500.0)
        self.promote()
        self.claim(worker, 4)

    @rule(worker=st.sampled_from(WORKERS))
    def keep_alive(self, worker: str) -> None:
        """For longer than a lease lasts."""
        for _ in range(3):
            self.elapse_some(25.0)
            self.heartbeat(worker)
        self.rescue()

    @rule()
    def promote(self) -> None:
        due = {i for i, f in self.facts.items() if f.status == "pending" and f.due is not None and f.due <= self.now}
        assert set(self.run(self.repository.promote())) == due
        for job_id in due:
            self.facts[job_id].due = None

    @precondition(lambda self: self.facts)
    @rule(data=st.data(), owner=st.sampled_from("AB"))
    def cancel(self, data: st.DataObject, owner: str) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.facts)))
        fact = self.facts[job_id]
        mine = fact.owner == owner and fact.status in {"pending", "processing"}
        cancelled = self.run(self.repository.cancel(owner=owner, job_id=job_id))
        assert len(cancelled) == mine
        if mine and fact.status == "pending":
            fact.status, fact.due = "cancelled", None
        elif mine:
            fact.cancelling = True

    @precondition(lambda self: self.facts)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(sorted(self.facts)))
        fact = self.facts[job_id]
        ended = fact.status in {"failed", "cancelled"}
        assert len(self.run(self.repository.retry(owner=ALL_OWNERS, job_id=job_id))) == ended
        if ended:
            self.facts[job_id] = replace(fact, status="pending", due=None, cancelling=False, crashes=0, retries=0)

    @invariant()
    def the_rows_are_what_the_model_says(self) -> None:
        if not hasattr(self, "facts"):
            return
        jobs = {job.id: job for job in self.run(self.repository.find(owner=ALL_OWNERS, limit=1000)).jobs}
        assert jobs.keys() == self.facts.keys()
        for job_id, fact in self.facts.items():
            job = jobs[job_id]
            said = (str(job.status), job.attempt, job.is_scheduled, job.crash_count, job.retry_count)
            assert said == (fact.status, fact.attempt, fact.due is not None, fact.crashes, fact.retries)
            if fact.status == "processing":
                assert (job.leased_by, job.cancel_requested) == (fact.worker, fact.cancelling)

    @invariant()
    def the_counts_and_the_log_agree(self) -> None:
        if not hasattr(self, "facts"):
            return
        stats = self.run(self.repository.stats(owner=ALL_OWNERS))
        said = [stats.pending, stats.processing, stats.completed, stats.failed, stats.cancelled]
        assert said == [sum(f.status == status for f in self.facts.values()) for status in JobStatus]
        for job_id, fact in self.facts.items():
            lines = self.run(self.repository.attempts(job_id, owner=ALL_OWNERS))
            assert len(lines) == fact.settled
            assert [line.number for line in lines] == sorted({line.number for line in lines})
