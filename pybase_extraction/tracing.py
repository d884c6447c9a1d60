"""What hooks are called, for whom, and what they answer: one line a call, when ``PYBASE_EXTRACTION_TRACE`` is set.

::

    hook detect(probe=house.ifc): asked dxf, ifc, step; got ifc by STRUCTURE in 0.3 ms

Lines name what was passed and never hold it: arguments have contents of files and tokens in them.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from pybase_extraction.extractor import Diagnosis, Evidence, ExtractorInfo, Probe
from pybase_extraction.hookspecs import PREFIX
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source

logger = logging.getLogger("pybase_extraction.hooks")


class HookTrace:
    """Writes a line for every call; what a switch in the environment asks for goes to standard error."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._started = threading.local()
        manager.add_hookcall_monitoring(self._before, self._after)
        if not logger.handlers:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter("%(message)s"))
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
            logger.propagate = False

    def call(self, implementation: pluggy.HookImpl, name: str, given: Mapping[str, Any]) -> object:
        """Call one implementation without the others of its hook."""
        started, asked = time.perf_counter(), [implementation.plugin_name]
        try:
            answer: object = implementation.function(*(given[argument] for argument in implementation.argnames))
        except BaseException as exc:
            _write(name, given, asked, f"raised {type(exc).__name__}", started)
            raise
        _write(name, given, asked, f"got {_shown(answer)}", started)
        return answer

    def _before(self, name: str, implementations: Sequence[pluggy.HookImpl], given: Mapping[str, Any]) -> None:
        del name, implementations, given
        self._stack().append(time.perf_counter())

    def _after(
        self,
        outcome: pluggy.Result[Any],
        name: str,
        implementations: Sequence[pluggy.HookImpl],
        given: Mapping[str, Any],
    ) -> None:
        started = self._stack().pop()
        # they are kept in reverse: the last one is called first
        asked = [each.plugin_name for each in reversed(implementations)]
        error = outcome.exception
        got = f"raised {type(error).__name__}" if error is not None else f"got {_shown_all(outcome.get_result())}"
        _write(name, given, asked, got, started)

    def _stack(self) -> list[float]:
        stack: list[float] | None = getattr(self._started, "stack", None)
        if stack is None:
            stack = self._started.stack = []
        return stack


def _write(name: str, given: Mapping[str, object], asked: Sequence[str], got: str, started: float) -> None:
    arguments = ", ".join(f"{key}={_shown(value)}" for key, value in given.items())
    took = 1000 * (time.perf_counter() - started)
    whom = ", ".join(asked) or "nobody"
    logger.info("hook %s(%s): asked %s; %s in %.1f ms", name.removeprefix(PREFIX), arguments, whom, got, took)


def _shown_all(answers: object) -> str:
    if not isinstance(answers, list):  # of a hook whose first answer counts
        return _shown(answers)
    return ", ".join(_shown(each) for each in answers) or "nothing"


def _shown(value: object) -> str:
    """Name a value without its content."""
    match value:
        case None:
            return "nothing"
        case Source() | Probe() | ExtractorInfo():
            return value.name
        case Evidence():
            return f"{value.format} by {value.strength.name}"
        case Diagnosis():
            return f"{value.extractor} {'ready' if value.is_ready else 'not ready'}"
        case ExtractionResult():
            return f"a result of {value.format}"
        case bool() | int() | float():
            return str(value)
        case list() | tuple():
            return "[" + ", ".join(_shown(each) for each in value) + "]"
        case Exception():
            return type(value).__name__
    return f"<{type(value).__name__}>"
