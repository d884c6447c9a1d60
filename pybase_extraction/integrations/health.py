"""What a worker tells probes and Prometheus: ``/live``, ``/ready`` and ``/metrics``.

``/live`` is 200 as long as the worker of this process has not ended and the event loop answers; a failure wants a
restart.  ``/ready`` is 200 as long as the repository answers, too; a failure wants patience.  ``/metrics`` is text of
the Prometheus exposition format 0.0.4.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import anyio
import anyio.abc

from pybase_extraction.errors import WorkerCrashedError
from pybase_extraction.jobs import ALL_OWNERS, JobStats
from pybase_extraction.worker import Observer

if TYPE_CHECKING:
    from pybase_extraction.attempt import AttemptOutcome
    from pybase_extraction.jobs import Claim, Settled
    from pybase_extraction.manager import ExtractionManager

logger = logging.getLogger(__name__)

BUCKETS_S: Final = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Upper bounds of the histogram of attempts, in seconds."""
_STATUSES = ("pending", "retrying", "processing", "completed", "failed", "cancelled")
_PREFIX = "pybase_extraction"
_PATIENCE_S = 5.0
_MOST_BYTES = 8192
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class Health(Observer):
    """Counts what happens to jobs in this process, for ``serve_health``; give it to the manager as an observer."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._settled: Counter[str] = Counter()
        self._buckets: Counter[tuple[str, str, float]] = Counter()
        self._seconds: Counter[tuple[str, str]] = Counter()
        self._attempts: Counter[tuple[str, str]] = Counter()

    def attempted(self, claim: Claim, outcome: AttemptOutcome, started_ns: int) -> None:
        """Count the duration of an attempt."""
        labels = claim.job.format, "completed" if outcome.error is None else outcome.error.code
        seconds = (time.time_ns() - started_ns) / 1e9
        self._attempts[labels] += 1
        self._seconds[labels] += seconds  # type: ignore[assignment]  # a counter of seconds is one of floats
        self._buckets.update((*labels, bound) for bound in BUCKETS_S if seconds <= bound)

    def settled(self, settled: Settled) -> None:
        """Count an outcome."""
        self._settled[settled.status.value] += 1

    def metrics(self, stats: JobStats, running: int, slots: int) -> str:
        """Write what was counted, and what the repository holds, as Prometheus reads it."""
        lines = [*self._gauges(stats, running, slots)]
        lines += _head("settled_total", "counter", "Outcomes that this process wrote, by the status that followed.")
        lines += [_line("settled_total", self._settled[name], status=name) for name in sorted(self._settled)]
        lines += _head("attempt_duration_seconds", "histogram", "Attempts of this process.")
        for format_name, outcome in sorted(self._attempts):
            lines += self._histogram(format_name, outcome)
        return "\n".join(lines) + "\n"

    def _gauges(self, stats: JobStats, running: int, slots: int) -> list[str]:
        lines = _head("jobs", "gauge", "Jobs of the repository by status; retrying ones are pending, too.")
        lines += [_line("jobs", getattr(stats, name), status=name) for name in _STATUSES]
        lines += _head("oldest_due_seconds", "gauge", "Age of the oldest job that is ready; 0 when there is none.")
        lines.append(_line("oldest_due_seconds", 0.0 if stats.oldest_due_s is None else stats.oldest_due_s))
        lines += _head("running", "gauge", "Jobs that this process runs.")
        lines.append(_line("running", running))
        lines += _head("slots", "gauge", "Jobs that this process runs at most.")
        return [*lines, _line("slots", slots)]

    def _histogram(self, format_name: str, outcome: str) -> list[str]:
        name, labels = "attempt_duration_seconds", {"format": format_name, "outcome": outcome}
        count = self._attempts[format_name, outcome]
        lines = [
            _line(f"{name}_bucket", self._buckets[format_name, outcome, bound], **labels, le=f"{bound:g}")
            for bound in BUCKETS_S
        ]
        lines.append(_line(f"{name}_bucket", count, **labels, le="+Inf"))
        lines.append(_line(f"{name}_sum", self._seconds[format_name, outcome], **labels))
        return [*lines, _line(f"{name}_count", count, **labels)]


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {_PREFIX}_{name} {text}", f"# TYPE {_PREFIX}_{name} {kind}"]


def _line(name: str, value: float, **labels: str) -> str:
    shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{_PREFIX}_{name}{{{shown}}} {value:g}" if shown else f"{_PREFIX}_{name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


async def serve_health(
    manager: ExtractionManager,
    health: Health,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    task_status: anyio.abc.TaskStatus[tuple[str, int]] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Answer probes until cancelled; ``group.start`` gives the address that is listened on.

    Args:
        manager: Whose state is told.
        health: One of the manager's observers.
        host: Address to listen on; ``0.0.0.0`` for the probes of other machines. There is no secret in the answers, but
            no login either.
        port: 0 for any that is free.
        task_status: Set by ``group.start``.

    Raises:
        OSError: The port is taken.
    """
    listeners = await anyio.create_tcp_listener(local_host=host, local_port=port)
    address = listeners.extra(anyio.abc.SocketAttribute.local_address)  # noqa: S610 -- not Django's
    async with listeners:
        task_status.started((str(address[0]), int(address[1])))

        async def answer(stream: anyio.abc.ByteStream) -> None:
            async with stream:
                with anyio.move_on_after(2 * _PATIENCE_S):
                    await _answer(stream, manager, health)

        await listeners.serve(answer)


async def _answer(stream: anyio.abc.ByteStream, manager: ExtractionManager, health: Health) -> None:
    try:
        method, path = await _request(stream)
        status, text = await _reply(method, path, manager, health)
        kind = "text/plain; version=0.0.4; charset=utf-8"
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(text.encode())}\r\nConnection: close\r\n\r\n"
        )
        await stream.send(head.encode() + (b"" if method == "HEAD" else text.encode()))
    except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError):
        return  # the probe has hung up


async def _request(stream: anyio.abc.ByteStream) -> tuple[str, str]:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _MOST_BYTES:
        head += await stream.receive()
    words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
    return (words[0], words[1].partition("?")[0]) if len(words) == 3 else ("", "")


async def _reply(method: str, path: str, manager: ExtractionManager, health: Health) -> tuple[int, str]:
    if not method:
        return 400, "no request of HTTP\n"
    if path not in {"/live", "/ready", "/metrics"}:
        return 404, "there are /live, /ready and /metrics\n"
    if method not in {"GET", "HEAD"}:
        return 405, "only GET\n"
    try:
        manager.check_serving()
    except WorkerCrashedError as exc:
        return 503, f"{exc}\n"
    return (200, "live\n") if path == "/live" else await _reply_from_repository(path, manager, health)


async def _reply_from_repository(path: str, manager: ExtractionManager, health: Health) -> tuple[int, str]:
    try:
        with anyio.fail_after(_PATIENCE_S):
            stats = await manager.stats(owner=ALL_OWNERS)
    except Exception:
        # whatever the database raises: it does not answer
        logger.warning("the repository does not answer the probe", exc_info=True)
        return 503, "the repository does not answer\n"
    if path == "/ready":
        return 200, "ready\n"
    return 200, health.metrics(stats, manager.worker.busy, manager.worker.slots)
