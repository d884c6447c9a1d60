"""Messages between a runner and its child processes: a length, then a pickle.

Both ends are our own code on one machine; nothing that a file or a user can influence is unpickled but data classes of
this library.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import IO

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.registry import RegistryConfig

_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message to a child: which extractors there are."""

    registry: RegistryConfig


@dataclass(frozen=True, slots=True)
class Run:
    """Run an attempt; ``number`` tells those apart that run at the same time."""

    request: AttemptRequest
    number: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the attempt that runs, or that of this number."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """The child has built its registry."""


@dataclass(frozen=True, slots=True)
class Reported:
    """Progress of the attempt that runs."""

    fraction: float | None
    message: str | None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """The attempt has ended."""

    outcome: AttemptOutcome
    number: int = 0


ToChild = Setup | Run | Cancel
FromChild = Ready | Reported | Done


def send(stream: IO[bytes], message: ToChild | FromChild) -> None:
    """Write one message.

    Raises:
        OSError: The other end is gone.
    """
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> ToChild | FromChild | None:
    """Read one message; None when the other end is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    size = _LENGTH.unpack(head)[0]
    data = stream.read(size)
    if len(data) < size:
        return None
    message: ToChild | FromChild = pickle.loads(data)  # noqa: S301 -- written by this module at the other end of a pipe
    return message
