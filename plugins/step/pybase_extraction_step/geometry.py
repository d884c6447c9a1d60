"""Measures of parts, computed by OpenCASCADE in a warm process of its own.

OpenCASCADE ends its process on some damaged files (22 of 200 mutated ones), whatever is checked before.  So the work is
done by ``geometry_worker``, which says on which part it works.  When it dies, another one takes the parts that are
left, at most ``MAX_RESTARTS`` times; what is missing then is told, and the attempt goes on.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction_step.model import Found

RECYCLE_AFTER: Final = 50
"""Files after which the worker is replaced: the kernel's models leave memory behind."""

MAX_RESTARTS: Final = 3
"""How often another worker takes over after one died on a part."""

WORKER: tuple[str, ...] = ("-m", "pybase_extraction_step.geometry_worker")
"""Arguments of the interpreter that start the worker."""

_SHARE_OF_TIME = 0.8
"""Part of the remaining time that the kernel may take: the rest of the result must still be made."""

_LOOK_EVERY_S = 0.05
EXTRA: Final = "pybase-extraction-step[geometry]"


@dataclass(slots=True)
class Computed:
    """What the kernel said.

    Attributes:
        parts: Its messages by place among the product definitions.
        thumbnail: PNG as Base64 text, or None.
        is_available: Whether the kernel answered at all.
        refusal: Why it computed nothing, or None.
        current: Place of the part that it works on, or None.
        is_drawing: It works on the thumbnail, the last thing that it does.
        exit_status: Of a worker that died, or None.
    """

    parts: dict[int, dict[str, Any]] = field(default_factory=dict)
    thumbnail: str | None = None
    is_available: bool = False
    refusal: str | None = None
    current: int | None = None
    is_drawing: bool = False
    exit_status: int | None = None


class _Worker:
    """One child process with the kernel loaded."""

    def __init__(self) -> None:
        command = [sys.executable, *WORKER]
        self.process = subprocess.Popen(  # noqa: S603 -- our own module, by this interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.uses = 0
        self.greeting: dict[str, Any] | None = None

    def messages(self) -> Iterator[dict[str, Any]]:
        """What it says, line by line, until its end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                yield json.loads(line)
            except ValueError:
                # the last line of a process that dies may be cut off
                return

    def ask(self, request: dict[str, Any]) -> bool:
        """Send a request; False when the process is gone."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            self.process.stdin.flush()
        except OSError:
            return False
        return True

    def end(self) -> None:
        """Kill it and give back what it holds."""
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                _close(stream)
        self.process.wait()


def _close(stream: Any) -> None:
    try:
        stream.close()
    except OSError:
        # what was not sent to a dead process is lost anyway
        return


_lock = threading.Lock()
_idle: list[_Worker] = []


def _take() -> _Worker:
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.process.poll() is None:
                return worker
            worker.end()
    return _Worker()


def _give_back(worker: _Worker) -> None:
    if worker.uses < RECYCLE_AFTER and worker.process.poll() is None:
        with _lock:
            _idle.append(worker)
    else:
        worker.end()


@atexit.register
def close_workers() -> None:
    """End the warm workers."""
    with _lock:
        workers = [*_idle]
        _idle.clear()
    for worker in workers:
        worker.end()


def compute(path: Path, request: dict[str, Any], context: ExtractionContext, found: Found) -> Computed:
    """Ask the kernel about a file; what it cannot do, and why, is noted as an issue.

    A file that a warm worker refuses is given to a fresh one: a damaged file before it may have left the kernel unable
    to read any other, without a word.

    Raises:
        ExtractionCancelledError: Somebody asked for it.
        DeadlineExceededError: The time of the whole attempt is up.
    """
    context.check()
    worker = _take()
    was_warm = worker.uses > 0
    computed = _compute(worker, path, request, context, found)
    if computed.refusal is not None and was_warm:
        computed = _compute(_Worker(), path, request, context, found)
    if computed.refusal is not None:
        found.add("geometry-failed", "warning", f"No geometry was computed: {computed.refusal}")
    return _without_victims(computed, path, request, context, found)


def _without_victims(
    computed: Computed, path: Path, request: dict[str, Any], context: ExtractionContext, found: Found
) -> Computed:
    """Where a worker died on a part, let others compute the parts behind it."""
    for restart in range(MAX_RESTARTS + 1):
        if computed.exit_status is None:
            break
        said = f"OpenCASCADE ended its process on this file (exit status {computed.exit_status})"
        if computed.is_drawing:
            found.add("geometry-crashed", "warning", f"{said}; there is no thumbnail.")
            break
        victim = computed.current
        if victim is None or restart == MAX_RESTARTS:
            found.add("geometry-crashed", "error", f"{said}; the rest of its measures is missing.")
            break
        found.add("geometry-crashed", "error", f"{said}; the measures of one part are missing.")
        done = {victim, *computed.parts}
        request = {**request, "parts": [place for place in request["parts"] if place not in done]}
        further = _compute(_Worker(), path, request, context, found)
        computed = replace(further, parts={**computed.parts, **further.parts}, is_available=True, refusal=None)
    return computed


def _compute(
    worker: _Worker, path: Path, request: dict[str, Any], context: ExtractionContext, found: Found
) -> Computed:
    remaining = context.remaining_s()
    allowed = None if remaining is None else remaining * _SHARE_OF_TIME
    computed = Computed()
    stop, watch = threading.Event(), _Watch(None if allowed is None else time.monotonic() + allowed)
    watcher = threading.Thread(target=watch.run, args=(worker, context, stop), daemon=True)
    watcher.start()
    is_sound = False
    try:
        seconds = None if allowed is None else allowed + 5
        asked = {**request, "path": str(path), "seconds": seconds, "memory": context.limits.memory_bytes}
        is_sound = _converse(worker, asked, computed, found, context)
    finally:
        stop.set()
        watcher.join()
        worker.uses += 1
        if is_sound:
            _give_back(worker)
        else:
            worker.end()
    context.check()
    if not is_sound and computed.is_available and computed.refusal is None:
        if watch.is_late:
            message = "The geometry took longer than the time that is left; the rest of its measures is missing."
            found.add("geometry-timeout", "error", message)
        else:
            computed.exit_status = worker.process.returncode
    return computed


@dataclass(slots=True)
class _Watch:
    """Kills a worker whose time is up, from a thread of its own."""

    deadline: float | None
    is_late: bool = False

    def run(self, worker: _Worker, context: ExtractionContext, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.wait(_LOOK_EVERY_S):
            self.is_late = self.deadline is not None and time.monotonic() > self.deadline
            if self.is_late or context.cancelled.is_set():
                worker.process.kill()
                return


def _converse(
    worker: _Worker, request: dict[str, Any], computed: Computed, found: Found, context: ExtractionContext
) -> bool:
    """Send the request and take the answer; False when the worker can do no more."""
    lines = worker.messages()
    if worker.greeting is None:
        worker.greeting = next(lines, {})
    if "ready" not in worker.greeting:
        message = f"OpenCASCADE is not installed, so no measures were computed. Install {EXTRA}."
        found.add("geometry-unavailable", "info", message)
        return False
    computed.is_available = True
    if not worker.ask(request):
        return False
    wanted = max(len(request["parts"]), 1)
    for said in lines:
        match said:
            case {"done": True}:
                return True
            case {"refused": str(reason)}:
                computed.refusal = reason
                return False
            case {"start": int(place)}:
                computed.current = place
            case {"part": int(place)}:
                computed.parts[place], computed.current = said, None
                context.report(0.4 + 0.5 * len(computed.parts) / wanted, "geometry")
            case {"drawing": True}:
                computed.current, computed.is_drawing = None, True
            case {"thumbnail": str(picture)}:
                computed.thumbnail = picture
            case _:
                continue
    return False
