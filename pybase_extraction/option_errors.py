"""What is wrong with options, in words that tell how to mend it."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from pybase_extraction.errors import OptionsError
from pybase_extraction.extractor import ExtractorInfo

_WORDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null (None)",
    "number": "a number",
    "object": "a mapping",
    "string": "a text",
}
"""Types of JSON Schema as people say them."""
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}
_TYPE_ERRORS = ("_type", "_parsing", "literal_error", "enum")
"""Ends of pydantic's names for values of a wrong type, which it describes in Python's words."""
NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
"""U+0000 and halves of surrogate pairs: neither UTF-8 nor PostgreSQL's text holds them."""


def check_storable(options: Mapping[str, Any]) -> None:
    """Refuse options that no database can keep with a job, whatever their model says of them.

    Raises:
        OptionsError: A text holds U+0000 or half a surrogate pair, or a number is not finite.
    """
    problems = tuple(
        (NO_TEXT.sub("\ufffd", str(name)), reason)
        for name, value in options.items()
        if (reason := _unstorable([name, value])) is not None
    )
    if problems:
        raise OptionsError(f"Options are wrong: {'; '.join(map(': '.join, problems))}.", errors=problems)


def _unstorable(value: Any) -> str | None:
    waiting = [value]  # no recursion: who asks decides how deep it is
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and NO_TEXT.search(item):
            return "holds a character that is no text"
        if isinstance(item, float) and not math.isfinite(item):
            return "holds a number that is not finite"
        if isinstance(item, Mapping):
            waiting += [*item, *item.values()]
        elif isinstance(item, list | tuple):
            waiting += item
    return None


def options_error(info: ExtractorInfo, error: ValidationError, others: Iterable[ExtractorInfo]) -> OptionsError:
    """Make the error for options that do not fit.

    Args:
        info: The extractor whose options they should be.
        error: What its model says.
        others: Further extractors, one of which may know an option that this one does not.
    """
    schema = info.options.model_json_schema()
    problems = tuple((".".join(map(str, item["loc"])), _reason(item, schema)) for item in error.errors())
    parts = [f"{option}: {reason}{_advice(option, info, others)}" for option, reason in problems]
    return OptionsError(
        f"Options of {info.name!r} are wrong: {'; '.join(parts)}.",
        errors=problems,
        remedy=f"Its options are: {', '.join(info.options.model_fields) or 'none'}.",
    )


def _reason(item: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        return "there is no such option"
    if item["type"] == "value_error":
        return str(item["msg"]).removeprefix("Value error, ")
    known = schema.get("properties", {}).get(item["loc"][0]) if len(item["loc"]) == 1 else None
    is_secret = known is not None and '"writeOnly": true' in json.dumps(known)
    got = "" if is_secret else f", got {_shown(item['input'])}"
    if known is None or not item["type"].endswith(_TYPE_ERRORS):
        return f"{item['msg']}{got}"
    return f"expected {expected(known, schema)}{got}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def expected(known: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Say in words what a JSON Schema of one value accepts; ``schema`` holds the ``$defs`` that it refers to."""
    if (reference := known.get("$ref")) is not None:
        return expected(schema["$defs"][reference.rpartition("/")[2]], schema)
    if (choices := known.get("anyOf") or known.get("allOf")) is not None:
        return " or ".join(dict.fromkeys(expected(choice, schema) for choice in choices))
    if (values := known.get("enum")) is not None:
        return f"one of {', '.join(map(repr, values))}"
    if "const" in known:
        return repr(known["const"])
    return _type(known, schema)


def _type(known: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    word = _WORDS.get(known.get("type", ""), "another value")
    if (items := known.get("items")) is not None:
        word += f" (each: {expected(items, schema)})"
    bounds = [f"{said} {known[bound]}" for bound, said in _BOUNDS.items() if bound in known]
    return f"{word} ({', '.join(bounds)})" if bounds else word


def _advice(option: str, info: ExtractorInfo, others: Iterable[ExtractorInfo]) -> str:
    if option.partition(".")[0] in info.options.model_fields:
        return ""
    knowing = sorted(other.name for other in others if option in other.options.model_fields)
    if knowing:
        return f" (it is an option of {', '.join(knowing)}; for files of several formats write FORMAT.{option})"
    near = difflib.get_close_matches(option, info.options.model_fields, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
