"""The program of the child process that awaits many attempts at the same time."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from functools import partial
from typing import IO

from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.runners.asyncio import AsyncioRunner
from pybase_extraction.runners.child import REPORT_EVERY_S, received, seldom, take_pipes
from pybase_extraction.runners.frames import (
    Cancel,
    Done,
    FromChild,
    Ready,
    Reported,
    Run,
    Setup,
    portable,
    receive,
    send,
)


class AwaitingChild:
    """One event loop for all attempts; a thread listens to the parent."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests = requests
        self._answers = answers
        self._sending = threading.Lock()
        self._cancelled: dict[int, threading.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, registry: ExtractorRegistry) -> None:
        """Answer requests until the parent is gone."""
        loop = asyncio.get_running_loop()
        # the parent bounds how many there are, and gives up those that do not end
        runner = AsyncioRunner(sys.maxsize)
        runner.bind(registry)
        async with runner:
            threading.Thread(target=self._listen, args=(loop, runner), name="listen to the parent", daemon=True).start()
            self._send(Ready())
            await loop.create_future()

    def _listen(self, loop: asyncio.AbstractEventLoop, runner: AsyncioRunner) -> None:
        while True:
            message = received(self._requests)
            if message is None:
                os._exit(0)  # nobody wants the outcomes
            if isinstance(message, Run):
                self._cancelled[message.number] = threading.Event()
                loop.call_soon_threadsafe(self._start, message, runner)
            elif isinstance(message, Cancel) and (cancelled := self._cancelled.get(message.number)) is not None:
                cancelled.set()

    def _start(self, message: Run, runner: AsyncioRunner) -> None:
        task = asyncio.get_running_loop().create_task(self._run(message, runner))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, message: Run, runner: AsyncioRunner) -> None:
        number = message.number
        progress = seldom(partial(self._report, number), REPORT_EVERY_S)
        outcome = await runner.run(message.request, cancelled=self._cancelled[number], progress=progress)
        del self._cancelled[number]
        self._send(Done(portable(outcome), number))

    def _report(self, number: int, fraction: float | None, message: str | None) -> None:
        self._send(Reported(fraction, message, number))

    def _send(self, message: FromChild) -> None:
        with self._sending:
            try:
                send(self._answers, message)
            except BrokenPipeError:
                os._exit(0)


def main(lifeline: int) -> None:
    """Serve until the parent is gone."""
    requests, answers = take_pipes(lifeline)
    setup = receive(requests)
    if isinstance(setup, Setup):
        asyncio.run(AwaitingChild(requests, answers).serve(ExtractorRegistry.from_config(setup.registry)))
