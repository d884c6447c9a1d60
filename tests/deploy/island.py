"""A machine of its own: a network and a view of the disk that share nothing with whoever starts it but some sockets.

    unshare --net --mount python -m tests.deploy.island HIDDEN SOCKETS PORT[,PORT...] COMMAND...

Folder HIDDEN is empty there.  What listens on a port of 127.0.0.1 outside is reached on the same port inside, through a
socket file in folder SOCKETS that ``bridge`` made outside; nothing else is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def _join(near: Streams, far: Streams) -> None:
    try:
        await asyncio.gather(_pump(near[0], far[1]), _pump(far[0], near[1]))
    finally:
        near[1].close()
        far[1].close()


@contextlib.asynccontextmanager
async def bridge(sockets: Path, ports: Sequence[int]) -> AsyncIterator[None]:
    """Make the ends outside: a socket file for each port."""
    async with contextlib.AsyncExitStack() as stack:
        for port in ports:

            async def outward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int = port) -> None:
                await _join((reader, writer), await asyncio.open_connection("127.0.0.1", port))

            await stack.enter_async_context(await asyncio.start_unix_server(outward, sockets / str(port)))
        yield


async def live(sockets: Path, ports: Sequence[int], command: Sequence[str]) -> None:
    """Make the ends inside, and run a command between them."""
    async with contextlib.AsyncExitStack() as stack:
        for port in ports:

            async def inward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int = port) -> None:
                await _join((reader, writer), await asyncio.open_unix_connection(sockets / str(port)))

            await stack.enter_async_context(await asyncio.start_server(inward, "127.0.0.1", port))
        process = await asyncio.create_subprocess_exec(*command)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, process.terminate)
        code = await process.wait()
        os._exit(code)  # the connections that are still open end with the process


def main(hidden: str, sockets: str, ports: str, *command: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "none", hidden], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    asyncio.run(live(Path(sockets), [int(port) for port in ports.split(",") if port], command))


UNSHARE = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--net", "--mount"]


if __name__ == "__main__":
    main(*sys.argv[1:])
