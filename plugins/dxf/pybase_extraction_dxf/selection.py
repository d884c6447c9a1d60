"""What the options choose of a drawing: its spaces, and the entities in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import BBox, Issue, Locator, Severity, unchecked
from pybase_extraction_dxf.clips import read_clips
from pybase_extraction_dxf.options import DxfOptions
from pybase_extraction_dxf.scan import MODEL, PARTS, Scan
from pybase_extraction_dxf.tags import Record

_AT_ONCE = 1_000
_locator = unchecked(Locator)


class Selection:
    """The part of a drawing that is read.

    Attributes:
        scan: The drawing.
        decode: Decoder of its strings.
        options: What the caller wants.
        check: Called now and then; raises to stop.
        layouts: The layouts that are read, model space first.
        layout_of: Name of every layout by number of its space.
        page_of: Page number by name of a layout that is read.
        roots: Numbers of the spaces of these layouts.
        block_of: Lower-case name of the block by number of its space; layouts are none.
        chosen: Numbers of the entities that are read.
        layer_rows: For each entity the row of its layer, -1 where it has none.
        clips: The parts of their blocks that inserts show.
        issues: What was left out.
    """

    def __init__(self, scan: Scan, options: DxfOptions, context: ExtractionContext) -> None:
        self.scan, self.decode, self.options, self.check = scan, scan.decode, options, context.check
        self.issues: list[Issue] = []
        self.layout_of = scan.layout_by_space()
        self.layer_rows = scan.first_rows(8)
        self.clips = read_clips(scan)
        self._spaces: list[int] = scan.space_of.tolist()
        wanted = self._wanted_layouts(context.limits.max_pages)
        self.layouts = [layout for layout in scan.layouts if layout.name in wanted]
        self.page_of = {layout.name: at for at, layout in enumerate(self.layouts, 1)}
        self.roots = frozenset(space for space, name in self.layout_of.items() if name in wanted)
        self.block_of = {
            at: head.name.casefold()
            for at, head in enumerate(scan.heads)
            if not head.name.casefold().startswith(("*model_space", "*paper_space"))
        }
        is_read = np.isin(scan.space_of, np.array([*self.roots, *self.block_of], np.int32))
        self.chosen = self._on_layers(np.flatnonzero(is_read))

    def _wanted_layouts(self, limit: int | None) -> set[str]:
        sheets = {layout.name for layout in self.scan.layouts if layout.block != MODEL}
        ordered = [layout.name for layout in self.scan.layouts]
        if limit is not None and len(ordered) > limit:
            message = f"The drawing has {len(ordered)} layouts; {limit} were read."
            self.issues.append(Issue(code="pages-left-out", severity=Severity.ERROR, message=message))
            sheets &= set(ordered[:limit])
        wanted = sheets if self.options.include_paper_space else set()
        return wanted | ({"Model"} if self.options.include_model_space else set())

    def _on_layers(self, entities: Any) -> Any:
        if self.options.layer_filter is None:
            return entities
        kept = {name.casefold() for name in self.options.layer_filter}
        numbers, names = self.scan.layers_of(entities, self.layer_rows)
        on_layer = np.array([name.casefold() in kept for name in names], bool)[numbers]
        # attributes and vertices go with what they belong to
        parts = np.isin(self.scan.type_of[entities], self.scan.number_of(*PARTS))
        return entities[_with_parts(on_layer, parts)]

    def of(self, *types: str) -> Any:
        """Numbers of the chosen entities of some types, in the file's order."""
        return self.chosen[np.isin(self.scan.type_of[self.chosen], self.scan.number_of(*types))]

    def wholes(self) -> Any:
        """Numbers of the chosen entities that count by themselves."""
        return self.chosen[~np.isin(self.scan.type_of[self.chosen], self.scan.number_of(*PARTS))]

    def records(self, codes: tuple[int, ...] | None, *types: str) -> Iterator[Record]:
        """Decode the chosen entities of some types: layouts first, then blocks, each in the file's order."""
        found = self.by_page(*types)
        for at in range(0, len(found), _AT_ONCE):
            self.check()
            yield from self.scan.records(found[at : at + _AT_ONCE], codes)

    def by_page(self, *types: str) -> Any:
        """Numbers of the chosen entities of some types: layouts first, then blocks, each in the file's order."""
        found = self.of(*types)
        pages = self.page_of
        rank = {space: pages[name] for space, name in self.layout_of.items() if name in pages}
        order = np.array([rank.get(space, 1 << 30) for space in self.scan.space_of[found].tolist()], np.int64)
        return found[np.argsort(order, kind="stable")]

    def space(self, record: Record) -> int:
        """Number of the space that an entity stands in (see ``Scan.space_of``)."""
        return self._spaces[record.entity]

    def space_of(self, entity: int) -> int:
        """Number of the space that an entity of a number stands in."""
        return self._spaces[entity]

    def place(self, record: Record, bbox: BBox | None = None) -> Locator:
        """Where an entity stands."""
        space = self._spaces[record.entity]
        firsts = record.firsts()
        handle, layer = firsts.get(5), firsts.get(8)
        return _locator(
            layout=self.layout_of.get(space),
            block=self.scan.heads[space].name if space in self.block_of else None,
            layer="0" if layer is None else self.decode.name(layer),
            handle=None if handle is None else handle.strip().decode("ascii", "replace").upper(),
            bbox=bbox,
        )


def _with_parts(kept: Any, parts: Any) -> Any:
    """Let parts share the fate of the whole before them."""
    wholes = np.flatnonzero(~parts)
    owner = np.searchsorted(wholes, np.arange(len(kept)), "right") - 1
    found = kept.copy()
    has_owner = parts & (owner >= 0)
    found[has_owner] = kept[wholes[owner[has_owner]]]
    return found
