"""Parameter lists from text to values (ISO 10303-21:2016, 12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from pybase_extraction.part21.text import decode_beyond_ascii, decode_string
from pybase_extraction.part21.values import (
    COMPLEX,
    DERIVED,
    Binary,
    Component,
    Enumeration,
    Record,
    Ref,
    Resource,
    TypedValue,
    Value,
)

MAX_DEPTH: Final = 128
"""Lists in lists beyond which a record counts as damaged; application protocols use fewer than ten."""


_TOKEN = re.compile(
    rb"#(\d{1,18})(?!\d)"
    rb"|'([^']*+(?:''[^']*+)*+)'"
    rb"|([-+]?(?:\d[\d.]*|(?<![\w.])\.\d+)(?:[Ee][-+]?\d+)?)"
    rb"|(\$)"
    rb"|\.([A-Za-z_][A-Za-z0-9_]*)\."
    rb"|(\()"
    rb"|(\))"
    rb"|([A-Za-z_!][A-Za-z0-9_\-]*+)\s*+(?=\()"
    rb"|(\*)"
    rb"|\"([0-9A-Fa-f]*)\""
    rb"|<([^<>]*)>"
    rb"|(,(?=\s*+[,)]))"
    rb"|((?:[A-Za-z_!][A-Za-z0-9_\-]*+)|[^\s,])"
)


_REF, _STRING, _NUMBER, _NULL, _ENUM, _OPEN, _CLOSE, _KEYWORD, _DERIVED, _BINARY, _RESOURCE, _EMPTY = range(1, 13)


_ITEM = (
    rb"(?:#\d{1,18}|\$|'[^']*+(?:''[^']*+)*+'|[-+]?\d++(?:\.\d*+)?(?:[Ee][-+]?\d++)?|\.[A-Za-z_][A-Za-z0-9_]*+\.|\*)"
)
_ITEMS = re.compile(_ITEM)
_FLAT = re.compile(rb"\(\s*+" + _ITEM + rb"\s*+(?:,\s*+" + _ITEM + rb"\s*+)*+\)\s*+")
"""A list without lists and named types in it, as most records are: decoded in half the time."""


@dataclass(slots=True)
class _Keyword:
    name: str


def parse_arguments(text: bytes, code_page: str | None = None) -> tuple[tuple[Value, ...], bool]:
    """Decode a parameter list, written with or without its outer parentheses.

    Args:
        text: As ``Part21File.text`` gives it.
        code_page: See ``decode_string``.

    Returns:
        The values, and whether the text breaks the grammar.
    """
    return parse(text, code_page, is_complex=False)


def parse(text: bytes, code_page: str | None, *, is_complex: bool) -> tuple[tuple[Any, ...], bool]:
    """Decode a parameter list, or the partial records of a complex instance; tell whether it breaks the grammar."""
    if not is_complex and _FLAT.fullmatch(text) is not None:
        values = _flat_values(text, code_page)
        if values is not None:
            return values, False
    top: list[Any] = []
    stack, damaged = [top], False
    append = top.append
    for match in _TOKEN.finditer(text):
        kind = match.lastindex
        if kind == _REF:
            append(Ref(match[1]))
        elif kind == _STRING:
            append(decode_string(match[2], code_page))
        elif kind == _NUMBER:
            value = _number(match[3])
            damaged |= value is None
            append(value)
        elif kind == _NULL:
            append(None)
        elif kind == _ENUM:
            append(Enumeration(match[5].decode("ascii")))
        elif kind == _OPEN:
            if len(stack) > MAX_DEPTH:
                return (), True
            stack.append([])
            append = stack[-1].append
        elif kind == _CLOSE:
            if len(stack) == 1:
                damaged = True
            else:
                closed = tuple(stack.pop())
                append = stack[-1].append
                _close(stack[-1], closed, is_component=is_complex and len(stack) == 2)
        elif kind == _KEYWORD:
            append(_Keyword(match[8].decode("ascii").upper()))
        elif kind == _DERIVED:
            append(DERIVED)
        elif kind == _BINARY:
            append(Binary(match[10].decode("ascii")))
        elif kind == _RESOURCE:
            append(Resource(decode_beyond_ascii(match[11])))
        else:
            damaged = True
            if kind == _EMPTY:
                append(None)
    damaged |= len(stack) > 1
    while len(stack) > 1:
        closed = tuple(stack.pop())
        _close(stack[-1], closed, is_component=is_complex and len(stack) == 2)
    return (top[0] if len(top) == 1 and type(top[0]) is tuple else tuple(top)), damaged


def _flat_values(text: bytes, code_page: str | None) -> tuple[Any, ...] | None:
    """Decode a list that ``_FLAT`` matches; None where a number is too large to be one."""
    found: list[Any] = []
    append = found.append
    for item in _ITEMS.findall(text):
        first = item[0]
        if first == 35:
            append(Ref(item[1:]))
        elif first == 36:
            append(None)
        elif first == 39:
            append(decode_string(item[1:-1], code_page))
        elif first == 46:
            append(Enumeration(item[1:-1].decode("ascii")))
        elif first == 42:
            append(DERIVED)
        elif (value := _number(item)) is not None:
            append(value)
        else:
            return None
    return tuple(found)


def _close(outer: list[Any], closed: tuple[Any, ...], *, is_component: bool) -> None:
    if not outer or type(outer[-1]) is not _Keyword:
        outer.append(closed)
        return
    name = outer.pop().name
    if is_component:
        outer.append(Component(name, closed))
    else:
        outer.append(TypedValue(name, closed[0] if len(closed) == 1 else closed))


def _number(text: bytes) -> int | float | None:
    try:
        value = float(text) if b"." in text or b"E" in text or b"e" in text else int(text)
    except ValueError:
        return None
    return value if abs(value) < _HUGE else None


_HUGE: Final = float("inf")


def decode_record(number: int, name: str, text: bytes, code_page: str | None) -> Record:
    """Decode an instance from its type and its arguments as written."""
    values, damaged = parse(text, code_page, is_complex=name == COMPLEX)
    if name != COMPLEX:
        return Record(number, name, values, (), damaged)
    components = tuple(value for value in values if type(value) is Component)
    return Record(number, name, (), components, damaged or len(components) != len(values))
