"""The conformance suite of repositories.

Subclass ``RepositoryConformance`` and give it two fixtures; pytest needs the plugin of anyio, which comes with it::

    class TestMine(RepositoryConformance):
        @pytest.fixture
        async def repository(self): ...

        @pytest.fixture
        def elapse(self): ...           # async (seconds): let that much time pass for the repository
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from pybase_extraction.errors import CorruptedFileError, RateLimitedError, WorkerCrashedError
from pybase_extraction.jobs import (
    ALL_OWNERS,
    CacheKey,
    Claim,
    ClaimFilter,
    ConcurrencyLimits,
    Held,
    Job,
    JobQuery,
    JobStatus,
    NewBatch,
    NewJob,
    Outcome,
    PageKey,
    Settled,
    Settlement,
    hash_options,
    new_id,
)
from pybase_extraction.repositories.base import JobRepository
from pybase_extraction.retry import RetryPolicy

Elapse = Callable[[float], Awaitable[None]]

LEASE_S = 60.0


def pdf(name: str = "a.pdf", **facts: object) -> NewJob:
    """Make a submission, of owner A where nothing else is said."""
    return replace(NewJob(format="pdf", filename=name, owner_id="A"), id=new_id(), **facts)  # type: ignore[arg-type]


def statuses(settled: Sequence[Settled]) -> list[str]:
    """Give what settled jobs have become."""
    return [str(each.status) for each in settled]


def crash(claim: Claim) -> Settlement:
    """Decide about a lost lease as a worker does, without jitter."""
    return RetryPolicy(jitter=0).settle(claim, WorkerCrashedError("The worker died."))


class RepositoryConformance:
    """What every repository does; each test is one promise."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Run on asyncio."""
        return "asyncio"

    async def _one(self, repository: JobRepository, **facts: object) -> Claim:
        """Submit a job and claim it."""
        await repository.submit(pdf(**facts))  # type: ignore[arg-type]
        (claim,) = await repository.claim(1, worker="w1", lease_s=LEASE_S)
        return claim

    async def _get(self, repository: JobRepository, job_id: UUID) -> Job:
        job = await repository.get(job_id, owner=ALL_OWNERS)
        assert job is not None
        return job

    # -- submitting ---------------------------------------------------------------------------------------------

    async def test_a_submitted_job_is_read_back_as_it_was_said(self, repository: JobRepository) -> None:
        """Nothing is lost or invented on the way."""
        batch = NewBatch(owner_id="A")
        await repository.submit_many([], batch=batch)
        new = NewJob(
            format="ifc", filename="größe ⌀.ifc", file_url="s3://bucket/key", file_size=7, media_type="x/y",
            content_sha256="0" * 64, options={"deep": {"list": [1, None, "é"]}}, owner_id="A", batch_id=batch.id,
            record_id="r", field_id="f", attachment_id="t", target_table_id="u", extractor="ifc",
            extractor_version="1.2", service="api", priority=5, max_retries=1, dedupe_key="k", external_task_id="x",
            callback="https://example.org", metadata={"trace": "1"},
        )  # fmt: skip
        submitted = await repository.submit(new)
        assert submitted.created
        job = await self._get(repository, new.id)
        assert job == submitted.job
        said = {name: getattr(new, name) for name in NewJob.__dataclass_fields__ if name != "delay_s"}
        assert {name: getattr(job, name) for name in said} == said
        assert (job.status, job.attempt, job.progress, job.retry_count) == (JobStatus.PENDING, 0, 0, 0)
        assert job.created_at.tzinfo is not None
        assert (job.started_at, job.completed_at, job.next_retry_at, job.leased_by) == (None, None, None, None)
        assert not job.has_result

    async def test_many_jobs_are_submitted_in_one_call(self, repository: JobRepository) -> None:
        """Receipts come in the order of the submissions."""
        new = [pdf(f"{i}.pdf") for i in range(2500)]
        receipts = await repository.submit_many(new)
        assert [receipt.id for receipt in receipts] == [each.id for each in new]
        assert all(receipt.created for receipt in receipts)
        assert (await repository.stats(owner="A")).pending == 2500

    async def test_a_live_job_with_the_same_key_is_returned(self, repository: JobRepository) -> None:
        """Not for other owners, and not once it has ended."""
        first = await repository.submit(pdf(dedupe_key="k"))
        again = await repository.submit(pdf(dedupe_key="k"))
        assert (again.created, again.job.id) == (False, first.job.id)
        assert (await repository.submit(pdf(dedupe_key="k", owner_id="B"))).created
        assert (await repository.submit(pdf(dedupe_key="k", owner_id=None))).created
        assert (await repository.cancel(owner="A", job_id=first.job.id))[0].status is JobStatus.CANCELLED
        assert (await repository.submit(pdf(dedupe_key="k"))).created

    async def test_many_find_their_equals_among_the_live_and_among_themselves(self, repository: JobRepository) -> None:
        """Three of the same key are one job."""
        live = await repository.submit(pdf(dedupe_key="live"))
        receipts = await repository.submit_many(
            [pdf(dedupe_key="live"), pdf(dedupe_key="new"), pdf(dedupe_key="new"), pdf()]
        )
        assert [receipt.created for receipt in receipts] == [False, True, False, True]
        assert receipts[0].id == live.job.id
        assert receipts[1].id == receipts[2].id
        assert (await repository.stats(owner=ALL_OWNERS)).pending == 3

    async def test_submitting_the_same_id_twice_is_one_job(self, repository: JobRepository) -> None:
        """A submission whose answer was lost can be repeated; another owner's id is refused."""
        new = pdf()
        assert (await repository.submit(new)).created
        assert not (await repository.submit(new)).created
        with pytest.raises(ValueError, match="this id exists"):
            await repository.submit(replace(new, owner_id="B"))

    async def test_two_tasks_that_submit_the_same_key_make_one_job(self, repository: JobRepository) -> None:
        """Uniqueness is the database's, not a look before the insert."""
        answers = await asyncio.gather(*(repository.submit(pdf(dedupe_key="k")) for _ in range(12)))
        assert sum(answer.created for answer in answers) == 1
        assert len({answer.job.id for answer in answers}) == 1

    # -- claiming -----------------------------------------------------------------------------------------------

    async def test_a_claim_takes_the_urgent_and_then_the_oldest(self, repository: JobRepository) -> None:
        """A larger priority runs first, and a job is claimed once."""
        await repository.submit_many([pdf("a"), pdf("b"), pdf("c", priority=1)])
        claims = [*await repository.claim(2, worker="w1"), *await repository.claim(5, worker="w2")]
        assert [claim.job.filename for claim in claims] == ["c", "a", "b"]
        assert {claim.attempt for claim in claims} == {1}
        assert [claim.job.leased_by for claim in claims] == ["w1", "w1", "w2"]
        assert await repository.claim(5, worker="w3") == []

    async def test_one_owners_backlog_does_not_hold_up_another(self, repository: JobRepository) -> None:
        """The first claim after the other's submission takes it, however long the backlog is."""
        await repository.submit_many([pdf(f"{i}") for i in range(300)])
        assert len(await repository.claim(2, worker="w")) == 2
        await repository.submit(pdf("b", owner_id="B"))
        assert {claim.job.owner_id for claim in await repository.claim(2, worker="w")} == {"A", "B"}

    async def test_owners_take_turns_one_slot_at_a_time(self, repository: JobRepository) -> None:
        """Seven owners, one free slot: seven claims serve them all."""
        owners = [f"O{i}" for i in range(7)]
        await repository.submit_many([pdf(owner_id=owner) for owner in owners for _ in range(5)])
        served = [(await repository.claim(1, worker="w"))[0].job.owner_id for _ in range(14)]
        assert Counter(served) == dict.fromkeys(owners, 2)
        assert set(served[:7]) == set(owners)

    async def test_more_owners_than_slots_are_all_served(self, repository: JobRepository) -> None:
        """Claims go around the circle and take everything."""
        await repository.submit_many([pdf(owner_id=f"O{i:02}") for i in range(23)])
        taken = [len(await repository.claim(5, worker="w")) for _ in range(6)]
        assert taken == [5, 5, 5, 5, 3, 0]

    async def test_a_claim_takes_only_what_the_worker_can_run(self, repository: JobRepository) -> None:
        """Formats and owners narrow; what does not fit stays for others."""
        await repository.submit_many(
            [pdf(format=f, owner_id=o) for f in ("pdf", "dxf", "ifc") for o in ("A", "B", None) for _ in range(3)]
        )
        where = ClaimFilter(formats=frozenset({"dxf", "ifc"}), owners=frozenset({"B", None}))
        claims = await repository.claim(50, worker="w", where=where)
        assert Counter((c.job.format, c.job.owner_id) for c in claims) == {
            ("dxf", "B"): 3, ("dxf", None): 3, ("ifc", "B"): 3, ("ifc", None): 3,
        }  # fmt: skip

    async def test_limits_count_what_runs_everywhere(self, repository: JobRepository) -> None:
        """At most so many of a format, a service and an owner are processing, whoever claims."""
        await repository.submit_many(
            [
                pdf(format=f, service=s, owner_id=o)
                for f, s in (("pdf", None), ("w", "api"))
                for o in "ABC"
                for _ in range(9)
            ]
        )
        where = ClaimFilter(
            limits=ConcurrencyLimits(services={"api": 2}, formats={"pdf": 7}, owners={"A": 1}, per_owner=4)
        )
        first = await repository.claim(3, worker="w1", where=where)
        claims = [*first, *await repository.claim(50, worker="w2", where=where)]
        running = Counter(c.job.owner_id for c in claims)
        assert len(claims) == 9  # 7 pdf + 2 of the service; owners allow 1 + 4 + 4
        assert Counter(c.job.format for c in claims) == {"pdf": 7, "w": 2}
        assert (running["A"], running["B"], running["C"]) == (1, 4, 4)
        assert await repository.claim(50, worker="w3", where=where) == []
        (done,) = [c for c in claims if c.job.owner_id == "A"]
        await repository.settle([Settlement.complete(done)])
        assert [c.job.owner_id for c in await repository.claim(50, worker="w3", where=where)] == ["A"]

    async def test_a_full_format_does_not_hide_the_others(self, repository: JobRepository) -> None:
        """Behind a thousand jobs that may not start, the one that may is found."""
        await repository.submit_many([*(pdf(format="w", owner_id=f"O{i}") for i in range(40)), pdf(owner_id="Z")])
        where = ClaimFilter(limits=ConcurrencyLimits(formats={"w": 1}))
        claims = await repository.claim(4, worker="w", where=where)
        assert sorted(c.job.format for c in claims) == ["pdf", "w"]

    async def test_a_job_is_claimed_by_its_id(self, repository: JobRepository) -> None:
        """As an external queue names it: doubled and late messages find nothing."""
        job = (await repository.submit(pdf())).job
        claim = await repository.claim_by_id(job.id, worker="w1")
        assert claim is not None
        assert (claim.attempt, claim.job.status) == (1, JobStatus.PROCESSING)
        assert await repository.claim_by_id(job.id, worker="w2") is None
        assert await repository.claim_by_id(new_id(), worker="w2") is None

    async def test_a_job_is_claimed_by_its_id_within_limits(self, repository: JobRepository) -> None:
        """What an external queue names counts, too, however many workers ask at the same moment."""
        jobs = [(await repository.submit(pdf(service="api", owner_id=f"O{i % 3}"))).job for i in range(12)]
        free = (await repository.submit(pdf())).job
        limits = ConcurrencyLimits(services={"api": 3})
        (first,) = await repository.claim(1, worker="w0", where=ClaimFilter(owners=frozenset({"O0"})))
        named = [
            repository.claim_by_id(job.id, worker=f"w{i}", limits=limits)
            for i, job in enumerate(jobs)
            if job.id != first.id
        ]
        claims = [claim for claim in await asyncio.gather(*named) if claim is not None]
        assert len(claims) == 2  # and the one that runs already
        assert await repository.claim_by_id(free.id, worker="w", limits=limits) is not None
        assert await repository.claim_by_id(new_id(), worker="w", limits=limits) is None

        await repository.settle([Settlement.complete(first)])
        held_up = [job.id for job in jobs if job.id not in {first.id, *(claim.id for claim in claims)}]
        (next_id,) = await repository.startable(16, where=ClaimFilter(limits=limits))
        assert next_id in held_up
        again = await asyncio.gather(*(repository.claim_by_id(i, worker="w", limits=limits) for i in held_up))
        assert len([claim for claim in again if claim is not None]) == 1
        assert await repository.startable(16, where=ClaimFilter(limits=limits)) == []

    async def test_what_a_claim_would_take_is_listed(self, repository: JobRepository) -> None:
        """In the order of a claim, and nothing is taken."""
        await repository.submit_many([pdf(format=f, owner_id=o) for f in ("pdf", "dxf") for o in "AB" for _ in "123"])
        where = ClaimFilter(formats=frozenset({"pdf"}), limits=ConcurrencyLimits(owners={"A": 1}, per_owner=2))
        listed = await repository.startable(16, where=where)
        claims = await repository.claim(16, worker="w", where=where)
        assert len(listed) == 3
        assert set(listed) == {claim.id for claim in claims}

    async def test_claims_at_the_same_moment_are_disjoint(self, repository: JobRepository) -> None:
        """Eight tasks empty the table together."""
        await repository.submit_many([pdf(owner_id=f"O{i % 3}") for i in range(200)])

        async def empty(name: str) -> list[UUID]:
            taken: list[UUID] = []
            while claims := await repository.claim(7, worker=name):
                taken += [claim.id for claim in claims]
            return taken

        taken = [job_id for ids in await asyncio.gather(*(empty(f"w{i}") for i in range(8))) for job_id in ids]
        assert len(taken) == len(set(taken)) == 200

    # -- settling -----------------------------------------------------------------------------------------------

    async def test_every_outcome_becomes_its_status_and_a_line_of_the_log(self, repository: JobRepository) -> None:
        """Any mix of them in one call."""
        await repository.submit_many([pdf(f"{i}") for i in range(5)])
        done, bad, later, back, off = await repository.claim(5, worker="w1", lease_s=LEASE_S)
        settled = await repository.settle(
            [
                Settlement.complete(done, result='{"tables": []}', extractor="pdf", extractor_version="2"),
                Settlement.fail(bad, code="corrupted_file", message="Broken.", error_type="x.CorruptedFileError"),
                Settlement.retry(later, delay_s=30, code="rate_limited", message="Wait."),
                Settlement.release(back),
                Settlement.cancel(off),
            ]
        )
        by_id = {each.id: str(each.status) for each in settled}
        expected = ["completed", "failed", "pending", "pending", "cancelled"]
        assert [by_id[claim.id] for claim in (done, bad, later, back, off)] == expected
        jobs = [await self._get(repository, claim.id) for claim in (done, bad, later, back, off)]
        assert [str(job.status) for job in jobs] == expected
        assert [job.retry_count for job in jobs] == [0, 0, 1, 0, 0]
        assert [job.error_code for job in jobs] == [None, "corrupted_file", "rate_limited", None, None]
        assert [job.completed_at is not None for job in jobs] == [True, True, False, False, True]
        assert [job.next_retry_at is not None for job in jobs] == [False, False, True, False, False]
        assert (jobs[0].progress, jobs[0].extractor, jobs[0].extractor_version) == (100, "pdf", "2")
        assert all(job.lease_expires_at is None for job in jobs)
        (line,) = await repository.attempts(bad.id, owner="A")
        assert (line.number, line.worker, line.outcome) == (1, "w1", Outcome.FAIL)
        assert (line.error_code, line.error_type) == ("corrupted_file", "x.CorruptedFileError")
        assert (line.error_message, line.crashed, line.retry_at) == ("Broken.", False, None)
        assert line.started_at is not None
        assert line.started_at <= line.ended_at
        (waiting,) = await repository.attempts(later.id, owner="A")
        assert waiting.retry_at == jobs[2].next_retry_at

    async def test_a_settlement_counts_once(self, repository: JobRepository) -> None:
        """Repeating it after a lost answer changes nothing."""
        claim = await self._one(repository)
        assert statuses(await repository.settle([Settlement.complete(claim, result="{}")])) == ["completed"]
        assert await repository.settle([Settlement.complete(claim, result='{"other": 1}')]) == []
        assert await repository.settle([Settlement.fail(claim, code="x", message="x")]) == []
        assert len(await repository.attempts(claim.id, owner="A")) == 1

    async def test_the_good_ones_of_a_mixed_settle_win(self, repository: JobRepository) -> None:
        """A lost lease in the list does not hold up the others."""
        await repository.submit_many([pdf("a"), pdf("b"), pdf("c")])
        a, b, c = await repository.claim(3, worker="w")
        stale = replace(Settlement.complete(b), attempt=b.attempt + 7)
        settled = await repository.settle([Settlement.complete(a), stale, Settlement.complete(c)])
        assert {each.id for each in settled} == {a.id, c.id}
        assert (await self._get(repository, b.id)).status is JobStatus.PROCESSING

    async def test_exchange_settles_and_claims(self, repository: JobRepository) -> None:
        """One turn of a worker's loop."""
        await repository.submit_many([pdf("a"), pdf("b")])
        first = await repository.exchange([], 1, worker="w")
        turn = await repository.exchange([Settlement.complete(first.claims[0])], 5, worker="w")
        assert statuses(turn.settled) == ["completed"]
        assert [claim.job.filename for claim in turn.claims] == ["b"]
        assert await repository.exchange([], 0, worker="w") == replace(turn, settled=[], claims=[])

    async def test_results_are_kept_apart_from_the_job(self, repository: JobRepository) -> None:
        """Inline as text, or as a key with its hash; nobody else's are seen."""
        inline, stored = await self._one(repository), await self._one(repository)
        await repository.settle(
            [
                Settlement.complete(inline, result='{"v": "⌀ 1"}'),
                Settlement.complete(stored, result_key="results/1", result_sha256="a" * 64, result_size=9_000_000),
            ]
        )
        found = await repository.get_result(inline.id, owner="A")
        assert found is not None
        assert found.text is not None
        assert found.text.replace(" ", "") == '{"v":"⌀1"}'
        assert (found.key, found.size) == (None, 14)  # 12 characters, of which ⌀ has 3 bytes
        kept = await repository.get_result(stored.id, owner="A")
        assert kept is not None
        assert (kept.text, kept.key, kept.sha256, kept.size) == (None, "results/1", "a" * 64, 9_000_000)
        assert await repository.get_result(inline.id, owner="B") is None
        assert [(await self._get(repository, c.id)).has_result for c in (inline, stored)] == [True, False]

    async def test_text_that_a_database_refuses_holds_up_nobody(self, repository: JobRepository) -> None:
        """A hostile file can put U+0000, half a surrogate pair or NaN into its result and its error."""
        await repository.submit_many([pdf("a"), pdf("b"), pdf("c")])
        a, b, c = await repository.claim(3, worker="w")
        settled = await repository.settle(
            [
                Settlement.complete(a, result='{"text": "x\\u0000y \\ud800", "number": NaN}'),
                Settlement.fail(b, code="x", message="nul \x00 and half \ud800"),
                Settlement.complete(c, result="{}"),
            ]
        )
        assert len(settled) == 3

    # -- leases -------------------------------------------------------------------------------------------------

    async def test_a_heartbeat_keeps_a_lease_and_its_absence_loses_it(
        self, repository: JobRepository, elapse: Elapse
    ) -> None:
        """Two jobs, one of them kept alive for longer than a lease lasts."""
        await repository.submit_many([pdf("a"), pdf("b")])
        kept, left = await repository.claim(2, worker="w1", lease_s=LEASE_S)
        for _ in range(3):
            await elapse(LEASE_S * 0.6)
            beat = await repository.heartbeat([Held(kept.id, kept.attempt, 40)], worker="w1", lease_s=LEASE_S)
            assert beat.extended == {(kept.id, 1)}
            assert not beat.lost
        rescued = await repository.rescue(crash)
        assert [each.id for each in rescued] == [left.id]
        assert (await self._get(repository, kept.id)).progress == 40
        assert (await self._get(repository, left.id)).crash_count == 1

    async def test_a_heartbeat_does_not_keep_what_its_worker_does_not_name(
        self, repository: JobRepository, elapse: Elapse
    ) -> None:
        """A claim whose answer was lost must not live for ever on its worker's heartbeats."""
        await repository.submit_many([pdf("a"), pdf("b")])
        known, _lost = await repository.claim(2, worker="w1", lease_s=LEASE_S)
        await elapse(LEASE_S * 0.6)
        await repository.heartbeat([Held(known.id, known.attempt)], worker="w1", lease_s=LEASE_S)
        await elapse(LEASE_S * 0.6)
        assert len(await repository.rescue(crash)) == 1

    async def test_a_zombie_is_refused_everything_and_its_heirs_outcome_stays(
        self, repository: JobRepository, elapse: Elapse
    ) -> None:
        """The whole point of the fence."""
        old = await self._one(repository)
        await elapse(LEASE_S + 1)
        assert statuses(await repository.rescue(crash)) == ["pending"]
        await elapse(30.5)  # the first delay of the policy
        assert await repository.promote() == [old.id]
        (new,) = await repository.claim(1, worker="heir", lease_s=LEASE_S)
        assert new.attempt == old.attempt + 1
        for zombie in (
            Settlement.complete(old, result='"zombie"'),
            Settlement.fail(old, code="x", message="x"),
            Settlement.retry(old, delay_s=0, code="x", message="x"),
            Settlement.release(old),
            Settlement.cancel(old),
        ):
            assert await repository.settle([zombie]) == []
        beat = await repository.heartbeat([Held(old.id, old.attempt)], worker="w1", lease_s=LEASE_S)
        assert beat.lost == {(old.id, old.attempt)}
        assert (await self._get(repository, new.id)).leased_by == "heir"
        await repository.settle([Settlement.complete(new, result='"heir"')])
        assert await repository.settle([Settlement.complete(old, result='"zombie"')]) == []
        found = await repository.get_result(new.id, owner="A")
        assert found is not None
        assert found.text == '"heir"'
        lines = await repository.attempts(new.id, owner="A")
        assert [(line.number, line.outcome, line.crashed) for line in lines] == [
            (1, Outcome.RETRY, True),
            (2, Outcome.COMPLETE, False),
        ]

    async def test_a_late_settlement_counts_while_nobody_took_the_job(
        self, repository: JobRepository, elapse: Elapse
    ) -> None:
        """It saves an expensive extraction; afterwards there is nothing to rescue."""
        claim = await self._one(repository)
        await elapse(LEASE_S * 10)
        assert statuses(await repository.settle([Settlement.complete(claim)])) == ["completed"]
        assert await repository.rescue(crash) == []

    async def test_a_rescue_does_not_take_from_the_living(self, repository: JobRepository) -> None:
        """Not even when its verdict was made before the last heartbeat."""
        claim = await self._one(repository)
        assert await repository.rescue(crash) == []
        stale = replace(crash(claim), only_expired=True)
        assert await repository.settle([stale]) == []
        assert (await self._get(repository, claim.id)).status is JobStatus.PROCESSING

    async def test_releases_cost_no_retry_and_the_token_grows(self, repository: JobRepository) -> None:
        """Draining a worker a hundred times is not a failure of the file."""
        first = await self._one(repository)
        await repository.settle([Settlement.release(first)])
        (second,) = await repository.claim(1, worker="w2")
        assert (second.attempt, second.job.retry_count, second.job.crash_count) == (2, 0, 0)
        assert await repository.settle([Settlement.complete(first)]) == []
        assert statuses(await repository.settle([Settlement.complete(second)])) == ["completed"]

    async def test_a_file_that_kills_its_workers_ends_as_poison(
        self, repository: JobRepository, elapse: Elapse
    ) -> None:
        """Three crashes, and no fourth attempt."""
        claim = await self._one(repository, max_retries=100)
        for _ in range(2):
            await elapse(LEASE_S + 1)
            assert statuses(await repository.rescue(crash)) == ["pending"]
            await elapse(3600)
            await repository.promote()
            (claim,) = await repository.claim(1, worker="w", lease_s=LEASE_S)
        await elapse(LEASE_S + 1)
        assert statuses(await repository.rescue(crash)) == ["failed"]
        job = await self._get(repository, claim.id)
        assert (job.error_code, job.crash_count, job.attempt) == ("poison", 3, 3)
        assert await repository.rescue(crash) == []

    # -- retries ------------------------------------------------------------------------------------------------

    async def test_a_retry_waits_for_its_time(self, repository: JobRepository, elapse: Elapse) -> None:
        """Base 30 s, then due, promoted and claimed; the last error is kept meanwhile."""
        claim = await self._one(repository)
        verdict = RetryPolicy(jitter=0).settle(claim, ConnectionError("x"))
        await repository.settle([verdict])
        job = await self._get(repository, claim.id)
        assert (str(job.status), job.error_code, job.retry_count) == ("pending", "internal_error", 1)
        assert await repository.claim(1, worker="w") == []
        assert await repository.claim_by_id(claim.id, worker="w") is None
        due = await repository.next_due()
        assert due is not None
        assert 25 < due <= 30
        await elapse(20)
        assert await repository.promote() == []
        await elapse(11)
        assert await repository.next_due() == 0
        assert await repository.promote() == [claim.id]
        assert await repository.next_due() is None
        (again,) = await repository.claim(1, worker="w")
        assert (again.attempt, again.job.retry_count) == (2, 1)

    async def test_the_policy_ends_with_failed_for_good(self, repository: JobRepository, elapse: Elapse) -> None:
        """Three retries after the first attempt: 30 s, 120 s, 480 s."""
        await repository.submit(pdf())
        delays = []
        for _ in range(4):
            (claim,) = await repository.claim(1, worker="w")
            verdict = RetryPolicy(jitter=0).settle(claim, RateLimitedError("Wait."))
            delays.append(verdict.delay_s)
            await repository.settle([verdict])
            await elapse(500)
            await repository.promote()
        assert delays == [30, 120, 480, 0]
        job = await self._get(repository, claim.id)
        assert (str(job.status), job.retry_count, job.attempt) == ("failed", 3, 4)

    async def test_a_permanent_error_is_not_retried(self, repository: JobRepository) -> None:
        """A broken file stays broken."""
        claim = await self._one(repository)
        await repository.settle([RetryPolicy().settle(claim, CorruptedFileError("Broken."))])
        job = await self._get(repository, claim.id)
        assert (str(job.status), job.error_code, job.error_message) == ("failed", "corrupted_file", "Broken.")

    async def test_a_job_can_be_submitted_for_later(self, repository: JobRepository, elapse: Elapse) -> None:
        """It is scheduled, and ready when its time has come."""
        job = (await repository.submit(pdf(delay_s=100))).job
        assert job.is_scheduled
        assert await repository.claim(1, worker="w") == []
        await elapse(101)
        assert await repository.promote() == [job.id]
        assert len(await repository.claim(1, worker="w")) == 1

    async def test_a_failed_job_is_retried_by_hand_from_the_start(self, repository: JobRepository) -> None:
        """With all its retries; a completed one is not, and nobody else's."""
        claim = await self._one(repository)
        await repository.settle([Settlement.fail(claim, code="x", message="x")])
        assert await repository.retry(owner="B", job_id=claim.id) == []
        (job,) = await repository.retry(owner="A", job_id=claim.id)
        assert (str(job.status), job.retry_count, job.error_code, job.attempt) == ("pending", 0, None, 1)
        assert job.completed_at is None
        (again,) = await repository.claim(1, worker="w")
        assert again.attempt == 2
        await repository.settle([Settlement.complete(again)])
        assert await repository.retry(owner="A", job_id=claim.id) == []

    async def test_a_retry_by_hand_yields_to_a_live_job_of_the_same_key(self, repository: JobRepository) -> None:
        """One key, one live job, always."""
        claim = await self._one(repository, dedupe_key="k")
        await repository.settle([Settlement.fail(claim, code="x", message="x")])
        heir = await repository.submit(pdf(dedupe_key="k"))
        assert heir.created
        assert await repository.retry(owner="A", job_id=claim.id) == []
        await repository.cancel(owner="A", job_id=heir.job.id)
        assert len(await repository.retry(owner="A", job_id=claim.id)) == 1

    # -- cancelling ---------------------------------------------------------------------------------------------

    async def test_a_pending_job_is_cancelled_at_once(self, repository: JobRepository) -> None:
        """Ready or scheduled; nobody else's, and not twice."""
        ready, waiting = (await repository.submit(pdf())).job, (await repository.submit(pdf(delay_s=9))).job
        assert await repository.cancel(owner="B", job_id=ready.id) == []
        for job in (ready, waiting):
            (cancelled,) = await repository.cancel(owner="A", job_id=job.id)
            assert (str(cancelled.status), cancelled.next_retry_at) == ("cancelled", None)
            assert cancelled.completed_at is not None
            assert await repository.cancel(owner="A", job_id=job.id) == []
        assert await repository.claim(5, worker="w") == []
        assert await repository.next_due() is None

    async def test_a_running_job_is_asked_to_end(self, repository: JobRepository) -> None:
        """Its worker learns it from the heartbeat; the cancel beats a retry and a release, but not a result."""
        for outcome, expected in (
            (lambda c: Settlement.retry(c, delay_s=0, code="x", message="x"), "cancelled"),
            (Settlement.release, "cancelled"),
            (Settlement.cancel, "cancelled"),
            (Settlement.complete, "completed"),
        ):
            claim = await self._one(repository)
            (asked,) = await repository.cancel(owner="A", job_id=claim.id)
            assert (asked.status, asked.cancel_requested) == (JobStatus.PROCESSING, True)
            beat = await repository.heartbeat([Held(claim.id, claim.attempt)], worker="w1")
            assert beat.cancelling == {(claim.id, claim.attempt)}
            assert statuses(await repository.settle([outcome(claim)])) == [expected]

    async def test_a_job_that_is_being_cancelled_stands_for_no_other(self, repository: JobRepository) -> None:
        """Who cancels a running job and submits its file again wants it to be extracted."""
        claim = await self._one(repository, dedupe_key="k")
        await repository.cancel(owner="A", job_id=claim.id)
        again = await repository.submit(pdf(dedupe_key="k"))
        assert again.created
        await repository.settle([Settlement.cancel(claim)])
        found = await repository.submit(pdf(dedupe_key="k"))
        assert (found.created, found.job.id, found.job.status) == (False, again.job.id, JobStatus.PENDING)

    async def test_a_cancelled_job_of_a_dead_worker_is_not_started_again(
        self, repository: JobRepository, elapse: Elapse
    ) -> None:
        """The rescuer sees the request too."""
        claim = await self._one(repository)
        await repository.cancel(owner="A", job_id=claim.id)
        await elapse(LEASE_S + 1)
        assert statuses(await repository.rescue(crash)) == ["cancelled"]

    # -- looking ------------------------------------------------------------------------------------------------

    async def test_owners_do_not_see_each_other(self, repository: JobRepository) -> None:
        """Nobody's jobs are an owner of their own."""
        a, b, n = [(await repository.submit(pdf(owner_id=owner))).job for owner in ("A", "B", None)]
        assert await repository.get(a.id, owner="B") is None
        assert await repository.get(a.id, owner=None) is None
        assert await repository.get(n.id, owner=None) == n
        for owner, jobs in (("A", [a]), ("B", [b]), (None, [n]), ("C", []), (ALL_OWNERS, [n, b, a])):
            assert list((await repository.find(owner=owner)).jobs) == jobs
            assert await repository.count(owner=owner) == len(jobs)
            assert (await repository.stats(owner=owner)).pending == len(jobs)
        assert await repository.attempts(a.id, owner="B") == []

    async def test_pages_follow_each_other_without_gaps(self, repository: JobRepository, elapse: Elapse) -> None:
        """In both directions, through tokens, while jobs of every status are mixed."""
        ids = []
        for i in range(12):
            ids.append((await repository.submit(pdf(f"{i}"))).job.id)
            await elapse(1)
        claims = await repository.claim(6, worker="w")
        await repository.settle([Settlement.complete(c) for c in claims[:2]])
        await repository.settle([Settlement.fail(c, code="x", message="x") for c in claims[2:4]])
        for oldest_first in (False, True):
            seen, token = [], None
            while True:
                after: PageKey | None = PageKey.from_text(token) if token else None
                page = await repository.find(owner="A", limit=5, after=after, oldest_first=oldest_first)
                seen += [job.id for job in page.jobs]
                if page.next_key is None:
                    break
                token = page.next_key.to_text()
            assert seen == (ids if oldest_first else ids[::-1])
        skipped = await repository.find(owner="A", limit=3, offset=4)
        assert [job.id for job in skipped.jobs] == ids[::-1][4:7]

    async def test_every_filter_narrows(self, repository: JobRepository, elapse: Elapse) -> None:
        """Alone and together."""
        batch = NewBatch(owner_id="A")
        (child,) = await repository.submit_many([pdf()], batch=batch)
        await elapse(100)
        facts = {
            "file_url": "s3://x", "record_id": "r", "field_id": "f", "attachment_id": "t", "target_table_id": "u",
            "content_sha256": "c" * 64, "external_task_id": "e",
        }  # fmt: skip
        other = (await repository.submit(pdf(format="dxf", **facts))).job

        async def found(**query: object) -> set[UUID]:
            wanted = JobQuery(**query)  # type: ignore[arg-type]
            page = await repository.find(wanted, owner="A")
            assert await repository.count(wanted, owner="A") == len(page.jobs)
            assert await repository.count(wanted, owner="A", at_most=1) == min(1, len(page.jobs))
            return {job.id for job in page.jobs}

        for name, value in facts.items():
            assert await found(**{name: value}) == {other.id}
            assert await found(**{name: "no"}) == set()
        assert await found(formats=frozenset({"dxf", "ifc"})) == {other.id}
        assert await found(batch_id=batch.id) == {child.id}
        assert await found(ids=frozenset({child.id, new_id()})) == {child.id}
        middle = other.created_at - timedelta(seconds=50)
        assert await found(created_before=middle) == {child.id}
        assert await found(created_after=middle) == {other.id}
        assert await found(updated_before=middle) == {child.id}
        assert await found(statuses=frozenset({JobStatus.PENDING})) == {child.id, other.id}
        assert await found(statuses=frozenset({JobStatus.FAILED})) == set()
        assert await found(statuses=frozenset()) == set()
        await repository.cancel(owner="A", job_id=other.id)
        assert await found(ended_before=other.created_at + timedelta(seconds=9999)) == {other.id}
        assert await found(ended_before=middle) == set()

    async def test_stats_follow_every_change(self, repository: JobRepository, elapse: Elapse) -> None:
        """Counted apart, they agree with a count of the rows after each verb."""

        async def check() -> None:
            for owner in ("A", "B", ALL_OWNERS):
                stats = await repository.stats(owner=owner)
                counted = [
                    await repository.count(JobQuery(statuses=frozenset({status})), owner=owner) for status in JobStatus
                ]
                assert [stats.pending, stats.processing, stats.completed, stats.failed, stats.cancelled] == counted

        await repository.submit_many([pdf(f"{i}", owner_id=o) for i in range(8) for o in "AB"])
        await check()
        claims = await repository.claim(10, worker="w", lease_s=LEASE_S)
        await check()
        policy = RetryPolicy(jitter=0)
        await repository.settle([Settlement.complete(c) for c in claims[:3]])
        await repository.settle([policy.settle(c, ConnectionError("x")) for c in claims[3:5]])
        await repository.settle([Settlement.fail(c, code="x", message="x") for c in claims[5:7]])
        await repository.settle([Settlement.release(claims[7])])
        await check()
        assert (await repository.stats(owner=ALL_OWNERS)).retrying == 2
        await repository.cancel(owner=ALL_OWNERS, job_id=claims[7].id)
        await repository.cancel(owner=ALL_OWNERS, job_id=claims[8].id)
        await elapse(LEASE_S + 1)
        await repository.rescue(crash)
        await check()
        await repository.retry(owner=ALL_OWNERS, job_id=claims[5].id)
        await check()
        await repository.delete(owner=ALL_OWNERS, job_ids=[claims[0].id, claims[6].id])
        await check()
        await repository.prune(JobQuery(), owner=ALL_OWNERS)
        await check()

    async def test_the_age_of_the_oldest_due_job_is_told(self, repository: JobRepository, elapse: Elapse) -> None:
        """None when nothing is ready."""
        assert (await repository.stats(owner=ALL_OWNERS)).oldest_due_s is None
        await repository.submit(pdf(delay_s=1000))
        await repository.submit(pdf(owner_id="B"))
        await elapse(50)
        await repository.submit(pdf(owner_id="B"))
        for owner in (ALL_OWNERS, "B"):
            age = (await repository.stats(owner=owner)).oldest_due_s
            assert age is not None
            assert 50 <= age < 60
        assert (await repository.stats(owner="A")).oldest_due_s is None

    async def test_only_ended_jobs_are_deleted(self, repository: JobRepository) -> None:
        """With their log and result; the live and other owners' stay."""
        claim = await self._one(repository)
        live = (await repository.submit(pdf())).job
        await repository.settle([Settlement.complete(claim, result_key="results/1")])
        assert await repository.delete(owner="B", job_ids=[claim.id]) == []
        (gone,) = await repository.delete(owner="A", job_ids=[claim.id, live.id, new_id()])
        assert (gone.id, gone.result_key) == (claim.id, "results/1")
        assert await repository.get(claim.id, owner=ALL_OWNERS) is None
        assert await repository.attempts(claim.id, owner=ALL_OWNERS) == []
        assert (await self._get(repository, live.id)) == live

    async def test_prune_takes_the_old_and_the_ended(self, repository: JobRepository, elapse: Elapse) -> None:
        """By age and status, oldest first, up to a number; a dry run deletes nothing."""
        ids = []
        for i in range(4):
            claim = await self._one(repository, name=f"{i}")
            end = Settlement.fail(claim, code="x", message="x") if i == 1 else Settlement.complete(claim)
            await repository.settle([end])
            ids.append(claim.id)
            await elapse(10)
        newest = await self._get(repository, ids[3])
        old = JobQuery(ended_before=newest.completed_at, statuses=frozenset({JobStatus.COMPLETED, JobStatus.PENDING}))
        assert [j.id for j in await repository.prune(old, owner="A", dry_run=True)] == [ids[0], ids[2]]
        assert await repository.prune(old, owner="B") == []
        assert [j.id for j in await repository.prune(old, owner="A", limit=1)] == [ids[0]]
        assert [j.id for j in await repository.prune(old, owner=ALL_OWNERS)] == [ids[2]]
        assert {j.id for j in (await repository.find(owner="A")).jobs} == {ids[1], ids[3]}

    async def test_the_same_extraction_is_found_for_the_same_owner_only(self, repository: JobRepository) -> None:
        """A new version, other options, other bytes and another owner miss."""
        options = {"b": 1, "a": [2]}
        claim = await self._one(
            repository, content_sha256="c" * 64, options=options, extractor="pdf", extractor_version="1"
        )
        key = CacheKey("A", "c" * 64, "pdf", "1", hash_options({"a": [2], "b": 1}))
        assert await repository.find_cached(key) == []
        await repository.settle([Settlement.complete(claim, result="{}")])
        assert [job.id for job in await repository.find_cached(key)] == [claim.id]
        for other in (
            replace(key, owner_id="B"), replace(key, owner_id=None), replace(key, content_sha256="d" * 64),
            replace(key, extractor="dxf"), replace(key, extractor_version="2"), replace(key, options_hash="x"),
        ):  # fmt: skip
            assert await repository.find_cached(other) == []

    async def test_jobs_that_a_queue_lost_are_listed(self, repository: JobRepository, elapse: Elapse) -> None:
        """Until they are claimed or dispatched again."""
        lost, running = (await repository.submit(pdf())).job, (await repository.submit(pdf())).job
        await repository.claim_by_id(running.id, worker="w", lease_s=9999)
        await elapse(100)
        fresh = (await repository.submit(pdf())).job
        assert await repository.undispatched(older_than_s=60) == [lost.id]
        await repository.set_external_task([(lost.id, "message-1"), (fresh.id, "message-2")])
        assert await repository.undispatched(older_than_s=60) == []
        assert (await self._get(repository, lost.id)).external_task_id == "message-1"

    async def test_a_queue_that_is_at_work_is_asked_ever_more_seldom(
        self, repository: JobRepository, elapse: Elapse
    ) -> None:
        """It has rather not come to a job yet than lost it; one whose jobs have all ended has lost what is left."""
        waiting, running = (await repository.submit(pdf())).job, (await repository.submit(pdf())).job
        claim = await repository.claim_by_id(running.id, worker="w", lease_s=999_999)
        assert claim is not None
        asked = []
        for minute in range(1, 100):
            await elapse(60.0)
            if await repository.undispatched(older_than_s=59):
                asked.append(minute)
                await repository.set_external_task([(waiting.id, f"message-{minute}")])
        # when it has waited for four times as long as the time before, and at last an hour later
        assert asked[0] == 1
        assert asked[1] in {4, 5}
        assert asked[2] in {4 * asked[1], 4 * asked[1] + 1}
        assert asked[3] in {asked[2] + 60, asked[2] + 61}
        assert len(asked) == 4
        await repository.settle([Settlement.complete(claim, result="{}")])
        await elapse(60.0)
        assert await repository.undispatched(older_than_s=59) == [waiting.id]

    # -- batches ------------------------------------------------------------------------------------------------

    async def test_a_batch_counts_its_children(self, repository: JobRepository) -> None:
        """They inherit its owner; the progress is the mean."""
        batch = NewBatch(owner_id="B", target_table_id="t", metadata={"x": 1})
        await repository.submit_many([pdf(f"{i}") for i in range(4)], batch=batch)
        claims = await repository.claim(3, worker="w")
        assert {claim.job.owner_id for claim in claims} == {"B"}
        await repository.heartbeat([Held(claims[0].id, 1, 50)], worker="w")
        await repository.settle([Settlement.complete(claims[1]), Settlement.fail(claims[2], code="x", message="x")])
        found = await repository.get_batch(batch.id, owner="B")
        assert found is not None
        assert (found.pending, found.processing, found.completed, found.failed, found.cancelled) == (1, 1, 1, 1, 0)
        assert (found.total, found.progress, found.status) == (4, 62, JobStatus.PROCESSING)  # (50 + 100 + 100 + 0) / 4
        assert (found.target_table_id, dict(found.metadata)) == ("t", {"x": 1})
        assert await repository.get_batch(batch.id, owner="A") is None

    async def test_a_batch_ends_once(self, repository: JobRepository) -> None:
        """Its last two jobs end at the same moment on two workers, and both ask: one is told."""
        batch = NewBatch(owner_id="A")
        await repository.submit_many([pdf("a"), pdf("b")], batch=batch)
        a, b = await repository.claim(2, worker="w")
        assert await repository.finish_batches([batch.id]) == []

        async def end(claim: Claim) -> Sequence[UUID]:
            (settled,) = await repository.settle([Settlement.complete(claim)])
            assert settled.batch_id == batch.id
            return await repository.finish_batches([settled.batch_id])

        told = await asyncio.gather(end(a), end(b), repository.finish_batches())
        assert sorted(map(len, told)) == [0, 0, 1]
        found = await repository.get_batch(batch.id, owner="A")
        assert found is not None
        assert found.completed_at is not None
        assert (found.status, found.progress) == (JobStatus.COMPLETED, 100)

    async def test_a_batch_stays_open_until_it_is_sealed(self, repository: JobRepository) -> None:
        """So that a long import can be submitted in parts."""
        batch = NewBatch(owner_id="A", sealed=False)
        await repository.submit_many([pdf("a")], batch=batch)
        await repository.settle([Settlement.complete(c) for c in await repository.claim(5, worker="w")])
        assert await repository.finish_batches() == []
        await repository.submit_many([pdf("b", batch_id=batch.id)])
        assert await repository.seal_batch(batch.id, owner="B") is None
        assert await repository.finish_batches() == []
        sealed = await repository.seal_batch(batch.id, owner="A")
        assert sealed is not None
        assert sealed.sealed
        await repository.settle([Settlement.complete(c) for c in await repository.claim(5, worker="w")])
        assert await repository.finish_batches() == [batch.id]

    async def test_the_failed_of_a_batch_are_retried_and_the_batch_ends_again(self, repository: JobRepository) -> None:
        """Only the failed."""
        batch = NewBatch(owner_id="A")
        await repository.submit_many([pdf(f"{i}") for i in range(3)], batch=batch)
        good, bad, off = await repository.claim(3, worker="w")
        await repository.settle(
            [Settlement.complete(good), Settlement.fail(bad, code="x", message="x"), Settlement.cancel(off)]
        )
        assert await repository.finish_batches([batch.id]) == [batch.id]
        assert [job.id for job in await repository.retry(owner="A", batch_id=batch.id)] == [bad.id]
        found = await repository.get_batch(batch.id, owner="A")
        assert found is not None
        assert found.completed_at is None
        (again,) = await repository.claim(5, worker="w")
        await repository.settle([Settlement.complete(again)])
        assert await repository.finish_batches([batch.id]) == [batch.id]

    async def test_a_batch_is_cancelled_with_all_its_live_jobs(self, repository: JobRepository) -> None:
        """The pending at once, the running on request."""
        batch = NewBatch(owner_id="A")
        await repository.submit_many([pdf(f"{i}") for i in range(3)], batch=batch)
        (claim,) = await repository.claim(1, worker="w")
        cancelled = await repository.cancel(owner="A", batch_id=batch.id)
        assert Counter(str(job.status) for job in cancelled) == {"cancelled": 2, "processing": 1}
        await repository.settle([Settlement.cancel(claim)])
        assert await repository.finish_batches([batch.id]) == [batch.id]
        found = await repository.get_batch(batch.id, owner="A")
        assert found is not None
        assert found.status is JobStatus.CANCELLED

    # -- waking -------------------------------------------------------------------------------------------------

    async def test_a_submission_wakes_a_waiting_worker(self, repository: JobRepository) -> None:
        """At once, and not only when the time is over."""
        while await repository.wait_for_work(0.05):
            pass  # what was announced before
        waiting = asyncio.create_task(self._drained_wait(repository))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await repository.submit(pdf())
        assert await asyncio.wait_for(waiting, 5)

    async def _drained_wait(self, repository: JobRepository) -> bool:
        while not await repository.claim(1, worker="waiting"):
            await repository.wait_for_work(30)
        return True

    async def test_a_settlement_wakes_those_who_watch(self, repository: JobRepository) -> None:
        """They look, and sleep on when it was another job."""
        claim = await self._one(repository)

        async def watch() -> JobStatus:
            while (job := await self._get(repository, claim.id)).status is JobStatus.PROCESSING:
                await repository.wait_for_change(30)
            return job.status

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0.2)
        assert not watching.done()
        await repository.settle([Settlement.complete(claim)])
        assert await asyncio.wait_for(watching, 5) is JobStatus.COMPLETED

    async def test_waiting_ends_with_its_time(self, repository: JobRepository) -> None:
        """Nothing happens: it says so, once what happened before has been told."""
        told = [await repository.wait_for_work(0.05) for _ in range(20)]
        assert not all(told)
