"""How a worker works, and what every attempt of it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pybase_extraction.enrichment import ENRICH, split
from pybase_extraction.errors import OptionsError, WorkerCrashedError
from pybase_extraction.extractor import Limits
from pybase_extraction.jobs import Claim, ClaimFilter, Job, Settlement
from pybase_extraction.retry import RetryPolicy


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker works.

    Attributes:
        lease_s: Seconds after which a job of a silent worker may be taken away.
        poll_s: Longest sleep between two looks for work when no wake-up comes.
        grace_s: Seconds that running jobs get to end when the worker is stopped; then they are given back.
        maintain_s: Seconds between two rounds of maintenance.
        redispatch_after_s: Seconds after which a ready job is sent to the external queue again; while the queue runs
            others, when it has waited for four times as long as at its last message.
        prune_after_s: Age in seconds at which ended jobs and their results are deleted; None keeps them.
        claims: Which jobs to take, and how many of a kind at once in the whole database.
        service_slots: Most readings at once in this process, by network service.
    """

    lease_s: float = 60.0
    poll_s: float = 1.0
    grace_s: float = 30.0
    maintain_s: float = 5.0
    redispatch_after_s: float = 60.0
    prune_after_s: float | None = None
    claims: ClaimFilter = field(default_factory=ClaimFilter)
    service_slots: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """What every attempt of this worker gets.

    Attributes:
        limits: What one attempt may use.
        services: Network services that are turned on.
        credentials: Their secrets.
        retry: The policy, and others for single formats.
        service_of: Network service by name of the extractor that uses it.
    """

    limits: Limits = field(default_factory=Limits)
    services: frozenset[str] = frozenset()
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    retry_by_format: Mapping[str, RetryPolicy] = field(default_factory=dict)
    service_of: Mapping[str, str] = field(default_factory=dict)

    def policy(self, format: str) -> RetryPolicy:  # noqa: A002 -- the vocabulary's word
        """The retry policy of a format."""
        return self.retry_by_format.get(format, self.retry)

    def policy_of(self, job: Job) -> RetryPolicy:
        """The retry policy of a job: of its format, with no more crashes than a reading that enriches it may cost."""
        policy = self.policy(job.format)
        if ENRICH not in job.options:
            return policy
        try:
            readings = split(job.options)[1]
        except OptionsError:  # the attempt ends with it
            return policy
        further = [self.policy(name).max_crashes for name in readings]
        return replace(policy, max_crashes=min([policy.max_crashes, *further]))

    def settle_orphan(self, claim: Claim) -> Settlement:
        """Decide about an attempt whose lease has run out."""
        return self.policy_of(claim.job).settle(claim, self.orphaned(claim.job))

    def orphaned(self, job: Job) -> WorkerCrashedError:
        """The error of an attempt whose worker died: nobody knows what a service has done for it."""
        paid = (
            f" What {job.service} read may be paid for; another attempt may cost credits again." if job.service else ""
        )
        return WorkerCrashedError(f"The worker that ran this job died or lost its connection.{paid}")
