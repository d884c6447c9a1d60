"""Numbers and names read eight bytes at a time, from every place of a file at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Positions: TypeAlias = NDArray[np.int64]
    """Byte offsets, row numbers or instance numbers."""


_SHORT = 64
"""Bytes of a span that is short."""
_AT_ONCE = 1 << 13
NAME_WORDS = 8
_DEFINITION = re.compile(rb"#[ \t]*(\d{1,18})\s*\Z")


def words_of(data: bytes) -> NDArray[np.uint64]:
    """Every unaligned little-endian 8 byte word of the data."""
    import numpy as np

    return np.ndarray((max(len(data) - 7, 0),), dtype="<u8", buffer=data, strides=(1,))


def numbers_before(data: bytes, words: NDArray[np.uint64], ends: Positions) -> tuple[Positions, Positions]:
    """Read the instance numbers whose last digit stands at ``ends``.

    Eight bytes at a time within a 64 bit word; numbers of sixteen digits and more one by one.

    Returns:
        The numbers, -1 where there is no ``#`` with digits; and where each ``#`` stands.
    """
    import numpy as np

    numbers, digits = _digits_before(words, ends)
    # with less than sixteen bytes before it a number is read one by one
    long = np.flatnonzero((digits == 8) & (ends >= 15))
    if len(long):
        high, more = _digits_before(words, ends[long] - 8)
        numbers[long] += high * 10**8
        digits[long] += more
    hashes = ends - digits
    fine = (digits > 0) & (digits < 16) & (ends >= 7) & (np.frombuffer(data, np.uint8)[np.maximum(hashes, 0)] == 35)
    for row in np.flatnonzero(~fine).tolist():
        end = int(ends[row])
        match = _DEFINITION.search(data, max(0, end - 40), end + 1)
        numbers[row], hashes[row] = (int(match[1]), match.start()) if match else (-1, end)
    return numbers, hashes


def _digits_before(words: NDArray[np.uint64], ends: Positions) -> tuple[Positions, Positions]:
    """The number of up to eight digits whose last one stands at each of ``ends``, and how many digits it has."""
    import numpy as np

    u64 = np.uint64
    top = u64(0x8080808080808080)
    text = words[np.maximum(ends - 7, 0)] ^ u64(0x3030303030303030)
    other = (((text & ~top) + u64(0x7676767676767676)) | text) & top
    for shift in (8, 16, 32):
        other |= other >> u64(shift)
    # how many low bytes are no digits of the number: one of nine patterns
    masked = np.searchsorted(np.array([0x8080808080808080 >> (64 - 8 * k) if k else 0 for k in range(9)], u64), other)
    text &= ~((other >> u64(7)) * u64(255))
    text = (text * u64(10) + (text >> u64(8))) & u64(0x00FF00FF00FF00FF)
    text = (text * u64(100) + (text >> u64(16))) & u64(0x0000FFFF0000FFFF)
    text = (text * u64(10000) + (text >> u64(32))) & u64(0xFFFFFFFF)
    return text.astype(np.int64), 8 - masked


def numbers_after(words: NDArray[np.uint64], starts: Positions) -> Positions:
    """Read the instance numbers that start at ``starts``, up to fifteen digits; -1 where there is none."""
    high, digits = _digits_after(words, starts)
    long = digits == 8
    if long.any():
        low, more = _digits_after(words, starts[long] + 8)
        high[long] = high[long] * 10**more + low
    high[digits == 0] = -1
    return high


def references_of_short(data: bytes, words: NDArray[np.uint64], starts: Positions, ends: Positions) -> Positions:
    """The one number that each of many spans refers to; -1 where there is none, several, or a long span."""
    import numpy as np

    found = np.full(len(starts), -1, np.int64)
    short = np.flatnonzero((ends - starts <= _SHORT) & (starts + _SHORT <= len(data)))
    for at in range(0, len(short), _AT_ONCE):
        some = short[at : at + _AT_ONCE]
        text = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.uint8), _SHORT)[starts[some]]
        columns = np.arange(_SHORT)
        is_reference = (text == ord("#")) & (columns < (ends - starts)[some, None])
        place = is_reference.argmax(axis=1)
        # one in a text is none
        is_told = (is_reference.sum(axis=1) == 1) & (
            ((text == ord("'")) & (columns < place[:, None])).sum(axis=1) % 2 == 0
        )
        found[some[is_told]] = numbers_after(words, starts[some[is_told]] + place[is_told] + 1)
    return found


def _digits_after(words: NDArray[np.uint64], starts: Positions) -> tuple[Positions, Positions]:
    import numpy as np

    u64 = np.uint64
    top = u64(0x8080808080808080)
    text = words[np.minimum(starts, len(words) - 1)] ^ u64(0x3030303030303030)
    other = (((text & ~top) + u64(0x7676767676767676)) | text) & top
    lowest = other & (~other + u64(1))
    # 0 where all eight are digits, which is one less than nothing
    digits = np.searchsorted(np.array([0x80 << (8 * k) for k in range(8)], u64), lowest - (lowest == 0))
    shift = ((8 - digits) * 8).astype(u64)
    text = np.where(digits > 0, text << np.minimum(shift, u64(63)), u64(0))
    text = (text * u64(10) + (text >> u64(8))) & u64(0x00FF00FF00FF00FF)
    text = (text * u64(100) + (text >> u64(16))) & u64(0x0000FFFF0000FFFF)
    text = (text * u64(10000) + (text >> u64(32))) & u64(0xFFFFFFFF)
    return text.astype(np.int64), digits


def hash_names(words: NDArray[np.uint64], starts: Positions) -> NDArray[np.uint64]:
    """Hash what stands from each start to the next opening parenthesis, at most 64 bytes."""
    import numpy as np

    u64 = np.uint64
    hashes = np.zeros(len(starts), u64)
    active, at = np.arange(len(starts)), starts
    for _ in range(NAME_WORDS):
        word = words[np.minimum(at, len(words) - 1)]
        other = word ^ u64(0x2828282828282828)
        found = (other - u64(0x0101010101010101)) & ~other & u64(0x8080808080808080)
        lowest = found & (~found + u64(1))
        # wraps to all ones where no byte is a parenthesis
        word &= (lowest >> u64(7)) - u64(1)
        mixed = (hashes[active] ^ word) * u64(0x9E3779B97F4A7C15)
        hashes[active] = mixed ^ (mixed >> u64(29))
        open_ended = found == 0
        active, at = active[open_ended], at[open_ended] + 8
        if not len(active):
            break
    return hashes
