"""Whether and when a failed attempt is repeated: one pure decision."""

from __future__ import annotations

import random as _random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pybase_extraction.errors import ExtractionCancelledError, ExtractionError, TransientError, WorkerCrashedError
from pybase_extraction.jobs import Claim, Settlement


class ErrorKind(StrEnum):
    """What an error says about another attempt."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    CRASH = "crash"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens after a failed attempt.

    Attributes:
        delay_s: Seconds until the retry; None when there is none.
        reason: Why, in words for the log.
    """

    delay_s: float | None
    reason: str

    @property
    def retries(self) -> bool:
        """Whether there is another attempt."""
        return self.delay_s is not None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off with a ceiling.

    The delay before retry n, counted from 1, is ``min(max_delay_s, base_s * multiplier ** (n - 1)) + j`` where the
    jitter j lies in ``[0, jitter * that delay]``.  A Retry-After replaces the whole formula.

    Attributes:
        base_s: Seconds before the first retry.
        multiplier: Factor from one delay to the next.
        max_retries: Retries after the first attempt, where the job does not say its own number.
        max_delay_s: Ceiling in seconds, before jitter.
        jitter: Largest jitter as a part of the delay, 0..1.
        max_retry_after_s: A service that asks for a longer pause than this is retried then.
        max_crashes: The attempt that crashes for this time is the last: the file is poison.
        unknown_retries: Retries after an error of which nothing is known.
    """

    base_s: float = 30.0
    multiplier: float = 4.0
    max_retries: int = 3
    max_delay_s: float = 3600.0
    jitter: float = 0.1
    max_retry_after_s: float = 86_400.0
    max_crashes: int = 3
    unknown_retries: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter must lie in 0..1, not {self.jitter}")
        if self.base_s < 0 or self.multiplier < 1 or self.max_delay_s < 0 or self.max_retry_after_s < 0:
            raise ValueError("delays must not be negative and the multiplier not below 1")
        if self.max_retries < 0 or self.max_crashes < 1 or self.unknown_retries < 0:
            raise ValueError("retries must not be negative and max_crashes not below 1")

    def delay_s(self, retry: int, *, random: Callable[[], float] = _random.random) -> float:
        """Give the seconds to wait before a retry.

        Args:
            retry: Its number, from 1.
            random: Gives a float in [0, 1).
        """
        # the exponent is bounded so that no retry number overflows a float
        delay = min(self.max_delay_s, self.base_s * self.multiplier ** min(retry - 1, 64))
        return delay + self.jitter * delay * random()

    def decide(
        self,
        kind: ErrorKind,
        *,
        retry_count: int = 0,
        crash_count: int = 0,
        max_retries: int | None = None,
        retry_after_s: float | None = None,
        random: Callable[[], float] = _random.random,
    ) -> Decision:
        """Decide about the attempt that has just failed.

        Args:
            kind: What its error says.
            retry_count: Retries that the job has used before.
            crash_count: Crashes before this one.
            max_retries: The job's own limit; the policy's when None.
            retry_after_s: What the service asked for, in seconds.
            random: Gives a float in [0, 1), for the jitter.
        """
        allowed = self.max_retries if max_retries is None else max_retries
        if refusal := self._refuse(kind, retry_count, crash_count, allowed):
            return Decision(None, refusal)
        reason = f"{kind} error, retry {retry_count + 1} of {allowed}"
        if retry_after_s is not None and retry_after_s >= 0:
            return Decision(min(retry_after_s, self.max_retry_after_s), f"{reason}, when the service asked for it")
        return Decision(self.delay_s(retry_count + 1, random=random), reason)

    def _refuse(self, kind: ErrorKind, retry_count: int, crash_count: int, allowed: int) -> str | None:
        if kind in {ErrorKind.PERMANENT, ErrorKind.CANCELLED}:
            return f"{kind} error: another attempt changes nothing"
        if kind is ErrorKind.CRASH and crash_count + 1 >= self.max_crashes:
            return f"poison: crashed its worker {crash_count + 1} times"
        if kind is ErrorKind.UNKNOWN:
            allowed = min(allowed, self.unknown_retries)
        if retry_count >= allowed:
            return f"{kind} error after {retry_count} of {allowed} retries"
        return None

    def settle(self, claim: Claim, error: BaseException, *, random: Callable[[], float] = _random.random) -> Settlement:
        """Turn the error of an attempt into its settlement."""
        kind = classify(error)
        return self.settle_as(
            claim,
            kind,
            code=error.code if isinstance(error, ExtractionError) else "internal_error",
            message=str(error) if isinstance(error, ExtractionError) else "The extraction failed unexpectedly.",
            error_type=f"{type(error).__module__}.{type(error).__qualname__}",
            retry_after_s=error.retry_after_s if isinstance(error, TransientError) else None,
            random=random,
        )

    def settle_as(
        self,
        claim: Claim,
        kind: ErrorKind,
        *,
        code: str,
        message: str,
        error_type: str | None = None,
        retry_after_s: float | None = None,
        random: Callable[[], float] = _random.random,
    ) -> Settlement:
        """Turn an error that is known by its facts into the settlement of the attempt."""
        if kind is ErrorKind.CANCELLED:
            return Settlement.cancel(claim)
        job, crashed = claim.job, kind is ErrorKind.CRASH
        decision = self.decide(
            kind, retry_count=job.retry_count, crash_count=job.crash_count, max_retries=job.max_retries,
            retry_after_s=retry_after_s, random=random,
        )  # fmt: skip
        if decision.delay_s is not None:
            return Settlement.retry(
                claim, delay_s=decision.delay_s, code=code, message=message, error_type=error_type, crashed=crashed
            )
        if crashed and job.crash_count + 1 >= self.max_crashes:
            code, message = "poison", f"{message} It did so {job.crash_count + 1} times and is not tried again."
        return Settlement.fail(claim, code=code, message=message, error_type=error_type, crashed=crashed)


def classify(error: BaseException) -> ErrorKind:
    """Tell by its class what an error says about another attempt.

    Errors of the library are permanent unless they are transient or a crash; of the standard library's, those of
    connections and time-outs may heal; of the others nothing is known.
    """
    if isinstance(error, ExtractionCancelledError):
        return ErrorKind.CANCELLED
    if isinstance(error, TransientError):
        return ErrorKind.TRANSIENT
    if isinstance(error, WorkerCrashedError):
        return ErrorKind.CRASH
    if isinstance(error, ExtractionError):
        return ErrorKind.PERMANENT
    if isinstance(error, ConnectionError | TimeoutError):
        return ErrorKind.TRANSIENT
    return ErrorKind.UNKNOWN
