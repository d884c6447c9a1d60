"""A place in a row of tokens, and the few moves of the grammar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pybase_extraction.drawing.context import CalloutContext
from pybase_extraction.drawing.lexicon import PHRASES, Keyword
from pybase_extraction.drawing.normalize import NormalizedText, normalize_with_origin
from pybase_extraction.drawing.tokens import Token, TokenKind, scan

T = TypeVar("T")
_ASCII_CIRCLES = {"M": "Ⓜ", "L": "Ⓛ", "S": "Ⓢ", "P": "Ⓟ", "F": "Ⓕ", "T": "Ⓣ", "E": "Ⓔ", "U": "Ⓤ", "R": "Ⓡ", "I": "Ⓘ"}


@dataclass(slots=True)
class Reader:
    """Reads tokens from left to right.

    A rule is a function of a reader that returns what it read and moves on, or returns None and leaves the reader where
    it was (``attempt`` does the latter).  A rule fails only within a bounded number of tokens, so that trying all rules
    at every place stays linear.

    Attributes:
        source: The normalised text and its origin.
        raw: The text as given.
        tokens: Its tokens; the last one is END.
        context: What is known about the sheet.
        at: Index of the next token.
    """

    source: NormalizedText
    raw: str
    tokens: tuple[Token, ...]
    context: CalloutContext
    at: int = 0

    @classmethod
    def of(cls, text: str, context: CalloutContext) -> Reader:
        """Begin to read a text."""
        source = normalize_with_origin(text, context.font)
        return cls(source, text, scan(source.text, context.decimal_separator), context)

    def peek(self, ahead: int = 0) -> Token:
        """Look at a token without moving; beyond the end it is END."""
        try:
            return self.tokens[self.at + ahead]
        except IndexError:
            return self.tokens[-1]

    def take(self) -> Token:
        """Read one token."""
        token = self.peek()
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    @property
    def is_done(self) -> bool:
        """Nothing but the end is left."""
        return self.peek().kind is TokenKind.END

    def attempt(self, rule: Callable[[Reader], T | None]) -> T | None:
        """Apply a rule; a rule that gives None has read nothing."""
        start = self.at
        found = rule(self)
        if found is None:
            self.at = start
        return found

    def accept(self, *texts: str) -> Token | None:
        """Read one token if it is one of these signs or words, written exactly so."""
        token = self.peek()
        if token.text in texts and token.kind in {TokenKind.SIGN, TokenKind.WORD, TokenKind.NEWLINE}:
            return self.take()
        return None

    def accept_tight(self, *texts: str) -> Token | None:
        """Read one token if it is one of these and no space stands before it."""
        return None if self.peek().is_spaced else self.accept(*texts)

    def accept_number(self) -> Token | None:
        """Read one token if it is a readable number."""
        token = self.peek()
        return self.take() if token.kind is TokenKind.NUMBER and token.value is not None else None

    def accept_tight_number(self) -> Token | None:
        """Read a number that follows without space."""
        return None if self.peek().is_spaced else self.accept_number()

    def accept_times(self) -> Token | None:
        """Read a multiplication sign in any of its spellings."""
        return self.accept("×", "x", "X", "*")

    def skip_newline(self) -> None:
        """Go on to the next line; an empty line ends a callout."""
        if self.peek().kind is TokenKind.NEWLINE:
            self.take()

    def keyword(self, *wanted: Keyword) -> Keyword | None:
        """Read a word or phrase that means one of these, in any of the languages; the longest phrase wins."""
        for phrase, meaning in PHRASES.get(self.peek().key, ()):
            if self._stands(phrase) and self._is_whole(len(phrase)):
                if meaning not in wanted:
                    return None
                self.at += len(phrase)
                return meaning
        return None

    def _stands(self, phrase: tuple[str, ...]) -> bool:
        return all(self.peek(ahead).key == key for ahead, key in enumerate(phrase))

    def _is_whole(self, width: int) -> bool:
        last, after = self.peek(width - 1), self.peek(width)
        return (
            not (last.text.isascii() and last.kind is TokenKind.WORD and after.kind is TokenKind.WORD)
            or after.is_spaced
        )

    def circled(self) -> str | None:
        """Read a circled letter, as one sign or as a letter in parentheses."""
        token = self.peek()
        if "Ⓐ" <= token.text <= "Ⓩ" and len(token.text) == 1:
            return self.take().text
        letter = self.peek(1).text
        if token.text == "(" and letter in _ASCII_CIRCLES and self.peek(2).text == ")":
            self.at += 3
            return _ASCII_CIRCLES[letter]
        return None

    def raw_between(self, start: int, end: int) -> str:
        """Give the original text of the tokens from index ``start`` up to, not including, ``end``."""
        if end <= start:
            return ""
        first, last = self.tokens[start].start, self.tokens[end - 1].end
        origin = self.source.origin
        begin = origin[first] if start > 0 else 0
        stop = origin[last] if end < len(self.tokens) - 1 and last < len(origin) else len(self.raw)
        return self.raw[begin:stop].strip()
