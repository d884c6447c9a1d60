"""What happens to jobs, told to OpenTelemetry and to plugins.

Both are observers of a worker.  OpenTelemetry is used when its API is installed (``pip install opentelemetry-api``) and
costs nothing when it is not; without a configured SDK its own no-ops are called.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from pybase_extraction.jobs import JobStats
from pybase_extraction.worker import Observer

if TYPE_CHECKING:
    from pybase_extraction.attempt import AttemptOutcome
    from pybase_extraction.jobs import Claim, Settled
    from pybase_extraction.registry import ExtractorRegistry

logger = logging.getLogger(__name__)

NAME: Final = "pybase_extraction"
_MOST_WAITING: Final = 10_000
_PATIENCE_S: Final = 5.0


def standard_observers(registry: ExtractorRegistry) -> list[Observer]:
    """Give the observers of every manager: OpenTelemetry when it is installed, plugins when one listens."""
    observers: list[Observer] = []
    if registry.hook.pybase_extraction_job_event.get_hookimpls():
        observers.append(PluginEvents(registry))
    try:
        from opentelemetry import metrics, trace
    except ImportError:
        return observers
    return [*observers, Telemetry(trace.get_tracer_provider(), metrics.get_meter_provider())]


class PluginEvents(Observer):
    """Calls the hook ``job_event`` of every plugin, on a thread of its own: a slow or broken hook hurts no job."""

    def __init__(self, registry: ExtractorRegistry) -> None:
        caller = registry.hook.pybase_extraction_job_event
        self._hooks = sorted(caller.get_hookimpls(), key=lambda hook: hook.plugin_name)
        self._waiting: queue.Queue[Settled | None] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None

    def settled(self, settled: Settled) -> None:
        """Hand an event on."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._call, name="pybase-extraction-events", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait(settled)
        except queue.Full:
            logger.warning("plugins are too slow for the events of jobs; the event of job %s is lost", settled.id)

    def _call(self) -> None:
        while (settled := self._waiting.get()) is not None:
            for hook in self._hooks:
                given = {"event": settled}
                try:
                    hook.function(*(given[name] for name in hook.argnames))
                except Exception:
                    logger.exception("the plugin %s failed at an event of job %s", hook.plugin_name, settled.id)

    def close(self) -> None:
        """Wait a moment for the events that are on their way."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(_PATIENCE_S)
            self._thread = None


class Telemetry(Observer):
    """Spans of attempts, and metrics of attempts and of the queue.

    Spans ``extraction <format>`` with the job's id, number of the attempt and error code.  Metrics, all with the prefix
    ``pybase_extraction.``: ``attempt.duration`` (s, by format and outcome), ``jobs.settled`` (by status), ``jobs``
    (by status, of the whole repository) and ``jobs.oldest_due`` (s).
    """

    def __init__(self, traces: Any, meters: Any) -> None:
        """Use these providers: ``TracerProvider`` and ``MeterProvider`` of OpenTelemetry."""
        meter = meters.get_meter(NAME)
        self._tracer = traces.get_tracer(NAME)
        self._duration = meter.create_histogram(
            f"{NAME}.attempt.duration", unit="s", description="Duration of attempts, waiting for a slot not included"
        )
        self._settled = meter.create_counter(f"{NAME}.jobs.settled", unit="{job}", description="Outcomes written")
        self._stats: JobStats | None = None
        meter.create_observable_gauge(
            f"{NAME}.jobs", [self._depth], unit="{job}", description="Jobs of the repository by status"
        )
        meter.create_observable_gauge(
            f"{NAME}.jobs.oldest_due", [self._age], unit="s", description="Age of the oldest job that is ready"
        )

    def attempted(self, claim: Claim, outcome: AttemptOutcome, started_ns: int) -> None:
        """Record a span and a duration."""
        from opentelemetry.trace import StatusCode

        job, error = claim.job, outcome.error
        span = self._tracer.start_span(f"extraction {job.format}", start_time=started_ns)
        span.set_attributes({"job.id": str(job.id), "job.format": job.format, "job.attempt": job.attempt})
        if error is not None:
            span.set_attribute("error.type", error.code)
            span.set_status(StatusCode.ERROR, error.code)
        span.end()
        labels = {"format": job.format, "outcome": "completed" if error is None else error.code}
        self._duration.record((time.time_ns() - started_ns) / 1e9, labels)

    def settled(self, settled: Settled) -> None:
        """Count an outcome."""
        self._settled.add(1, {"status": settled.status.value})

    def measured(self, stats: JobStats) -> None:
        """Keep what the next export shows."""
        self._stats = stats

    def _depth(self, _options: Any) -> Sequence[Any]:
        from opentelemetry.metrics import Observation

        stats = self._stats
        names = () if stats is None else ("pending", "processing", "completed", "failed", "cancelled")
        return [Observation(getattr(stats, name), {"status": name}) for name in names]

    def _age(self, _options: Any) -> Sequence[Any]:
        from opentelemetry.metrics import Observation

        age = None if self._stats is None else self._stats.oldest_due_s
        return [] if age is None else [Observation(age)]
