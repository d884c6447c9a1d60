"""Messages between a runner and its child processes: a length, then a pickle.

Both ends are our own code on one machine; nothing that a file or a user can influence is unpickled but data classes of
this library.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass, replace
from typing import IO

from pybase_extraction.attempt import AttemptOutcome, AttemptRequest
from pybase_extraction.errors import ExtractionError, OptionsError
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


class UnreadableMessageError(Exception):
    """What came over the pipe is no message that this process can read: nothing after it can be trusted."""


def portable(outcome: AttemptOutcome) -> AttemptOutcome:
    """The outcome with an error that arrives.

    A plugin's own class of error may not survive pickling: it asks for arguments that ``Exception`` does not keep, or
    holds an open file.  The nearest of the library's classes then carries its message.
    """
    error = outcome.error
    if error is None or _arrives(error):
        return outcome
    known = next(kind for kind in type(error).__mro__ if kind.__module__ == ExtractionError.__module__)
    return replace(outcome, error=known(error.message, remedy=error.remedy))


def _arrives(error: ExtractionError) -> bool:
    try:
        pickle.loads(pickle.dumps(error, protocol=pickle.HIGHEST_PROTOCOL))  # noqa: S301 -- written on the same line
    except Exception:  # noqa: BLE001 -- the error is a plugin's, and its own code runs here
        return False
    return True


def send(stream: IO[bytes], message: ToChild | FromChild) -> None:
    """Write one message.

    Raises:
        OSError: The other end is gone.
        OptionsError: The options of a request hold what no pipe can carry.
    """
    try:
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError) as exc:
        if isinstance(message, Run):
            raise OptionsError(
                f"The options cannot be sent to another process: {exc}.",
                remedy="Give plain data: texts, numbers, lists and mappings of them.",
            ) from exc
        raise
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> ToChild | FromChild | None:
    """Read one message; None when the other end is gone.

    Raises:
        OSError: The pipe is broken.
        UnreadableMessageError: There is a message that is none of ours.
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    size = _LENGTH.unpack(head)[0]
    try:
        data = stream.read(size)
        if len(data) < size:
            return None
        message: ToChild | FromChild = pickle.loads(data)  # noqa: S301 -- written by this module at the other end
    except OSError:
        raise
    except Exception as exc:
        raise UnreadableMessageError(f"{type(exc).__name__}: {exc}") from exc
    return message
