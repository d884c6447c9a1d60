"""Decimal numbers of many tags at once, eight characters in one operation; exact, or left to Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from pybase_extraction_dxf.tags import KEPT

MOST = 19
"""Digits that fit into 64 bits."""
_EXACT = np.uint64(1 << 53)
"""Integers below it are floats without rounding."""
_TENS = np.array([10**power for power in range(20)], np.uint64)
_FLOAT_TENS = np.array([10.0**power for power in range(20)])
"""Exact as floats up to 10^22."""
_SPLIT = float((1 << 27) + 1)
_TIE = 2.0**-40
"""Part of the last place within which a quotient may round either way (its own error is some 2^-51)."""
_TIE_OF_CUT = 2.0**-6
"""The same where digits behind the nineteenth were cut off: they are below 10^-18 of the number."""
_CUT, _WIDE = 5, np.uint64(10**18)


def _each(byte: int) -> Any:
    return np.uint64(byte * 0x0101010101010101)


_ONES, _HIGH, _DOTS, _ZEROS, _OVER_NINE = _each(0x01), _each(0x80), _each(ord(".")), _each(ord("0")), _each(0x76)
_PAIRS, _FOURS, _EIGHT = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF), np.uint64(0xFFFFFFFF)
_BYTE, _TWO, _HALF, _DOT_BIT = np.uint64(8), np.uint64(16), np.uint64(32), np.uint64(7)
_TEN, _HUNDRED, _TEN_THOUSAND, _NINE = np.uint64(10), np.uint64(100), np.uint64(10_000), np.uint64(9)
_DOT_TO_ZERO = np.uint64(ord(".") ^ ord("0"))


def read_decimals(data: bytes, starts: Any, ends: Any) -> tuple[Any, Any]:
    """Read numbers as ``float`` does: an optional sign, digits with at most one point, blanks before them.

    Args:
        data: The file.
        starts: First byte of each number.
        ends: Byte behind each.

    Returns:
        The numbers, and which of them were read: those with an exponent, of more than ``MOST`` digits or in
        another spelling were not.
    """
    if len(data) < 8:
        return np.zeros(len(ends)), np.zeros(len(ends), bool)
    raw = np.frombuffer(data, np.uint8)
    starts, ends = starts.astype(np.int64), ends.astype(np.int64)
    while len(blank := np.flatnonzero((raw[np.minimum(starts, len(raw) - 1)] == 32) & (starts < ends))):
        starts[blank] += 1
    first = raw[np.minimum(starts, len(raw) - 1)]
    is_negative = (first == 45) & (starts < ends)
    lengths = ends - starts - (is_negative | (first == 43) & (starts < ends))
    # a 0 before the point only takes a place
    lengths -= (lengths == MOST + 2) & (raw[np.maximum(ends - lengths, 0)] == 48)
    is_read = (lengths > 0) & (lengths <= MOST + 1 + _CUT) & (ends >= 32)
    cut = np.clip(lengths - (MOST + 1), 0, _CUT)
    for place in range(int(cut.max(initial=0))):
        byte = raw[np.maximum(ends - 1 - place, 0)]
        is_read &= (cut <= place) | ((byte >= 48) & (byte <= 57))
    lengths = np.clip(lengths, 0, MOST + 1)
    mantissas, decimals, has_point = _digits(data, np.where(is_read, ends - cut, 32), lengths, is_read)
    is_read &= (lengths > has_point) & (lengths - has_point <= MOST) & ((cut == 0) | (mantissas >= _WIDE))
    found = mantissas.astype(np.float64) / _FLOAT_TENS[decimals]
    wide = np.flatnonzero((mantissas >= _EXACT) & is_read)
    margins = np.where(cut[wide] > 0, _TIE_OF_CUT, _TIE)
    found[wide], is_sure = _quotients(mantissas[wide], found[wide], _FLOAT_TENS[decimals[wide]], margins)
    is_read[wide] &= is_sure
    return np.where(is_negative, -found, found), is_read


def _digits(data: bytes, ends: Any, lengths: Any, is_read: Any) -> tuple[Any, Any, Any]:
    """The digits of numbers as one integer, how many of them stand behind the point, and whether there is one.

    What holds anything else is taken out of ``is_read``.
    """
    words = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    total, decimals = np.zeros(len(ends), np.uint64), np.zeros(len(ends), np.int64)
    has_point = np.zeros(len(ends), bool)
    for behind in (0, 8, 16):
        some = np.flatnonzero(lengths > behind) if behind else np.arange(len(ends))
        kept = KEPT[np.minimum(lengths[some] - behind, 8)]
        word = (words[ends[some] - (behind + 8)] & kept) | (_ZEROS & ~kept)
        apart = word ^ _DOTS
        points = (apart - _ONES) & ~apart & _HIGH
        points &= ~points + np.uint64(1)
        word ^= (points >> _DOT_BIT) * _DOT_TO_ZERO
        value = word ^ _ZEROS
        is_read[some] &= ((((value + _OVER_NINE) | value) & _HIGH) == 0) & ~(has_point[some] & (points != 0))
        value = (value * _TEN + (value >> _BYTE)) & _PAIRS
        value = (value * _HUNDRED + (value >> _TWO)) & _FOURS
        value = (value * _TEN_THOUSAND + (value >> _HALF)) & _EIGHT
        here = np.flatnonzero(points)
        # a point in byte k has the bit 8 k + 7, and 7 - k characters of the word behind it
        after = 8 - np.frexp(points[here].astype(np.float64))[1] // 8
        value[here] -= _NINE * _TENS[after] * (value[here] // _TENS[after + 1])
        total[some] += value * _TENS[behind - has_point[some]]
        decimals[some[here]], has_point[some[here]] = behind + after, True
    return total, np.minimum(decimals, MOST), has_point


def _quotients(mantissas: Any, found: Any, tens: Any, margins: Any) -> tuple[Any, Any]:
    """Quotients of integers that are no floats, and which of them are surely rounded right.

    The rest of the division is computed exactly (T. J. Dekker, "A floating-point technique for extending the available
    precision", 1971) and added.

    Args:
        mantissas: Below 10^19.
        found: Their quotients with one rounding too many.
        tens: Divisors.
        margins: How near to the middle of two floats a quotient is not sure, in parts of the last place.
    """
    high = mantissas.astype(np.float64)
    # of two integers that are closer than 2^11 the difference, as unsigned ones wrap around
    low = (mantissas - high.astype(np.uint64)).astype(np.int64).astype(np.float64)
    product = found * tens
    one, other = _halves(found), _halves(tens)
    error = ((one[0] * other[0] - product) + one[0] * other[1] + one[1] * other[0]) + one[1] * other[1]
    correction = ((high - product) - error + low) / tens
    better = found + correction
    rest, place = np.abs(correction - (better - found)), np.spacing(np.abs(better))
    return better, np.abs(rest - place / 2) > margins * place


def _halves(value: Any) -> tuple[Any, Any]:
    scaled = _SPLIT * value
    high = scaled - (scaled - value)
    return high, value - high
