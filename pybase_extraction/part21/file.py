"""One exchange structure: the index of its bytes, and records decoded when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pybase_extraction.errors import CorruptedFileError, EmptyFileError
from pybase_extraction.part21.code_pages import double_shifted_apostrophes, foreign_code_page
from pybase_extraction.part21.damage import Damage, Dangling, damage_of, duplicates_of, find_dangling
from pybase_extraction.part21.header import Header, read_header
from pybase_extraction.part21.index import Index, RowTable, index_records
from pybase_extraction.part21.layout import PAD, blank_comments, find_records
from pybase_extraction.part21.parameters import decode_record, parse_arguments
from pybase_extraction.part21.values import COMPLEX, Record, Resource
from pybase_extraction.part21.words import references_of_short, words_of

if TYPE_CHECKING:
    from pybase_extraction.part21.words import Positions


class Part21File:
    """An exchange structure: its header, and its instances by number and type.

    Types are named by their keyword in upper case.  Wherever instances come in an order it is that of the file.  Of
    instances with one number the last counts, and ``damage`` tells so.  Safe to read from several threads.

    Attributes:
        data: The content, comments blanked, padded with zero bytes.
        code_page: Python's name of the code page whose bytes the strings hold in escapes that the standard keeps for
            ISO 8859-1; None for files that keep to it.
        header: The header section.
        damage: What breaks the rules of the exchange structure.
    """

    def __init__(self, data: bytes, *, name: str | None = None) -> None:
        """Index a content; use ``open``."""
        import numpy as np

        if not data:
            shown = repr(name) if name else "The file"
            raise EmptyFileError(f"{shown} is empty (0 bytes).", name=name, remedy="Export or upload it again.")
        blanked, unterminated = blank_comments(double_shifted_apostrophes(data))
        self.data: bytes = blanked + PAD
        self._words = words = words_of(self.data)
        layout = find_records(self.data, words)
        if not len(layout.ids) and b"ISO-10303-21" not in data[:4096]:
            shown = repr(name) if name else "The content"
            raise CorruptedFileError(
                f"{shown} is no ISO 10303-21 exchange structure: neither its start nor any instance was found.",
                name=name,
                remedy="Export the model again as a STEP physical file.",
            )
        self._index: Index = index_records(self.data, layout, words)
        # indexing a memoryview gives an int three times as fast as indexing an array
        self._columns = tuple(column.data for column in (self._index.types, self._index.openings, self._index.ends))
        first = int(layout.starts[0]) if len(layout.ids) else len(blanked)
        self.code_page: str | None = foreign_code_page(self.data)
        self.header: Header = read_header(self.data[:first], self.code_page)
        duplicates = duplicates_of(layout.ids)
        self._rows = RowTable(layout.ids, np.flatnonzero(self._index.types >= 0))
        self.damage: tuple[Damage, ...] = tuple(
            damage_of(
                self.header,
                layout,
                self._index,
                duplicates,
                self.data,
                first,
                self.code_page,
                unterminated=unterminated,
            )
        )
        self._complex: dict[str, list[int]] | None = None

    @classmethod
    def open(cls, source: str | os.PathLike[str] | bytes, *, name: str | None = None) -> Part21File:
        """Index a file.

        Args:
            source: Its path, or its content.
            name: Display name for messages; the path's last part when None.

        Raises:
            EmptyFileError: It has no bytes.
            CorruptedFileError: It has neither the start of an exchange structure nor any instance.
        """
        if isinstance(source, bytes):
            return cls(source, name=name)
        path = Path(source)
        return cls(path.read_bytes(), name=name or path.name)

    @property
    def schemas(self) -> tuple[str, ...]:
        """Schema names of the header in upper case, without the object identifier that may follow."""
        return tuple(text.partition("{")[0].strip().upper() for text in self.header.schemas)

    def __len__(self) -> int:
        """Count instances."""
        return sum(len(rows) for rows in self._index.rows.values())

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._rows.get(number, -1) >= 0

    def types(self) -> dict[str, int]:
        """For every type its number of instances, in order of first appearance."""
        return {name: len(rows) for name, rows in self._index.rows.items()}

    def ids(self, *type_names: str) -> list[int]:
        """Numbers of the instances of some types; of all without arguments."""
        numbers: list[int] = self._index.ids[self._rows_of(type_names)].tolist()
        return numbers

    def type_of(self, number: int) -> str | None:
        """Type of an instance, ``COMPLEX`` for a complex one, None when there is none."""
        row = self._rows.get(number, -1)
        return None if row < 0 else self._index.names[self._columns[0][row]]

    def text(self, number: int) -> bytes | None:
        """The arguments of an instance as written, from the opening parenthesis on; None when there is none."""
        found = self.entry(number)
        return None if found is None else found[1]

    def entry(self, number: int) -> tuple[str, bytes] | None:
        """Type and arguments as written of an instance, with one look-up; None when there is none."""
        row = self._rows.get(number, -1)
        if row < 0:
            return None
        types, openings, ends = self._columns
        return self._index.names[types[row]], self.data[openings[row] : ends[row]]

    def texts(self, *type_names: str) -> Iterator[tuple[int, bytes]]:
        """Number and arguments as written of every instance of some types: for own decoders of many records."""
        rows, index, data = self._rows_of(type_names), self._index, self.data
        columns = (column[rows].tolist() for column in (index.ids, index.openings, index.ends))
        for number, start, end in zip(*columns, strict=True):
            yield number, data[start:end]

    def record(self, number: int) -> Record:
        """Decode an instance.

        Raises:
            KeyError: There is none of that number.
        """
        found = self.get(number)
        if found is None:
            raise KeyError(number)
        return found

    def get(self, number: int) -> Record | None:
        """Decode an instance; None when there is none of that number."""
        found = self.entry(number)
        return None if found is None else decode_record(number, *found, self.code_page)

    def records(self, *type_names: str) -> Iterator[Record]:
        """Decode the instances of some types, of all without arguments."""
        names, rows = self._index.names, self._rows_of(type_names)
        kinds = self._index.types[rows].tolist()
        for kind, (number, text) in zip(kinds, self.texts(*type_names), strict=True):
            yield decode_record(number, names[kind], text, self.code_page)

    def only_references(self, *type_names: str) -> dict[int, int]:
        """Of short instances of some types that refer to one other, its number; of others nothing is said."""
        rows = self._rows_of(type_names)
        index = self._index
        found = references_of_short(self.data, self._words, index.openings[rows], index.ends[rows])
        is_told = found >= 0
        return dict(zip(index.ids[rows][is_told].tolist(), found[is_told].tolist(), strict=True))

    def complex_ids(self, component: str) -> list[int]:
        """Numbers of the complex instances with a partial record of that type."""
        if self._complex is None:
            self._complex = {}
            for number, text in self.texts(COMPLEX):
                for part in decode_record(number, COMPLEX, text, self.code_page).components:
                    self._complex.setdefault(part.type, []).append(number)
        return list(self._complex.get(component.upper(), ()))

    def resources(self) -> dict[int, Resource]:
        """For every instance number that the reference section defines its address (clause 10)."""
        spans = self._index.resources.items()
        found = {number: parse_arguments(self.data[start:end])[0] for number, (start, end) in spans}
        return {number: values[0] for number, values in found.items() if values and isinstance(values[0], Resource)}

    def dangling(self) -> Dangling:
        """Find references to instances that are not there, over the whole file."""
        return find_dangling(self.data, self._index, self._rows)

    def _rows_of(self, type_names: tuple[str, ...]) -> Positions:
        import numpy as np

        parts = self._index.rows
        chosen = (
            [parts[name.upper()] for name in type_names if name.upper() in parts] if type_names else [*parts.values()]
        )
        if len(chosen) == 1:
            return chosen[0]
        return np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, np.int64)
