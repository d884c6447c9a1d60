"""How a name goes: it works and warns until the version that the warning names, and then it is gone.

``tests/house/test_deprecations.py`` fails as soon as the library has reached a version that was named.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def warn_deprecated(what: str, *, removed_in: str, instead: str, stacklevel: int = 2) -> None:
    """Warn of something that will be removed.

    Args:
        what: What is deprecated, as the start of a sentence: ``"The argument 'x' of f"``.
        removed_in: First version without it, for example ``"0.3"``.
        instead: What to do instead, as an instruction: ``"Say y"``.
        stacklevel: Frames between the warning and the line to mend; 2 is the caller of who calls this.
    """
    message = f"{what} is deprecated and will be removed in pybase-extraction {removed_in}. {instead}."
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel + 1)


def renamed_argument(old: str, new: str, *, removed_in: str) -> Callable[[F], F]:
    """Decorate a function or method, asynchronous ones too, that still takes an argument under its former name.

    The former name is a keyword only: where it was taken by position, the new one stands at that position.
    """

    def decorate(function: F) -> F:
        if new not in inspect.signature(function).parameters:
            raise TypeError(f"{function.__qualname__} has no argument {new!r}")

        @functools.wraps(function)
        def accept(*args: Any, **given: Any) -> Any:
            if old in given:
                if new in given:
                    raise TypeError(f"{function.__qualname__}() got {new!r} and its former name {old!r}")
                what = f"The argument {old!r} of {function.__qualname__}"
                warn_deprecated(what, removed_in=removed_in, instead=f"Say {new!r}")
                given[new] = given.pop(old)
            return function(*args, **given)

        return accept  # type: ignore[return-value]

    return decorate
