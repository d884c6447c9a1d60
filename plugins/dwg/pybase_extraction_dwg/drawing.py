"""A DWG as its library decodes it: layers, blocks, layouts, entities by their space, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pybase_extraction.errors import CorruptedFileError, UnsupportedFormatError

_PARTS = frozenset({
    "BLOCK", "ENDBLK", "SEQEND", "VERTEX_2D", "VERTEX_3D", "VERTEX_MESH", "VERTEX_PFACE", "VERTEX_PFACE_FACE",
})  # fmt: skip
"""Records that belong to the entity around them."""
_IN_PAPER, _IN_MODEL = 1, 2
"""Entity modes of the file (Open Design Specification for .dwg files, 20.4.1); 0 names the owner."""
# the library reports a damaged file with whatever its decoders stumble over
_FAILURES = (ValueError, OSError, LookupError, TypeError, ArithmeticError, RuntimeError, AttributeError)


@dataclass(frozen=True, slots=True)
class DwgEntity:
    """An entity.

    Attributes:
        kind: Its DXF type, or the library's name of it.
        handle: Its handle.
        owner: Handle of the block that it stands in; the insert's for an attribute.
        values: What the library decodes of it.
    """

    kind: str
    handle: int
    owner: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DwgDrawing:
    """A drawing.

    Attributes:
        version: Version of the file: ``AC1015`` for R2000.
        header: Header variables in lower case.
        layers: Entries of the layer table.
        layer_names: Layer names by handle.
        blocks: Block names by the handle of their record; layouts are among them.
        layouts: Properties of the layouts by name.
        dimension_styles: Names of the dimension styles by handle.
        entities: Every entity that the library decodes.
        undecoded: Entities that it finds and does not decode, counted by type.
    """

    version: str
    header: Mapping[str, Any]
    layers: tuple[Any, ...]
    layer_names: Mapping[int, str]
    blocks: Mapping[int, str]
    layouts: Mapping[str, Mapping[str, Any]]
    dimension_styles: Mapping[int, str]
    entities: tuple[DwgEntity, ...]
    undecoded: Mapping[str, int]


def read_drawing(path: Path, name: str) -> DwgDrawing:
    """Decode a drawing.

    Raises:
        UnsupportedFormatError: It is of a version before R13 or after R2018.
        CorruptedFileError: It is damaged.
    """
    import ezdwg

    try:
        version = ezdwg.raw.detect_version(str(path))
        document = ezdwg.read(str(path))
    except _FAILURES as exc:
        if "unsupported DWG version" in str(exc):
            raise UnsupportedFormatError(
                f"{name!r} is a DWG of a version that is not read: {str(exc).rpartition(': ')[2]}.",
                name=name,
                remedy="Save it as R2000 or later, or as DXF.",
            ) from exc
        raise _damaged(name, exc) from exc
    try:
        return _decoded(document, str(path), version)
    except _FAILURES as exc:
        raise _damaged(name, exc) from exc
    finally:
        ezdwg.clear_decode_caches()


def _damaged(name: str, error: Exception) -> CorruptedFileError:
    return CorruptedFileError(
        f"{name!r} is damaged: {str(error).partition(chr(10))[0] or type(error).__name__}.",
        name=name,
        format="dwg",
        remedy="Open it in a CAD program, audit it, and save it again, or save it as DXF.",
    )


def _decoded(document: Any, path: str, version: str) -> DwgDrawing:
    raw = document.raw
    names = dict(raw.decode_block_header_names(path))
    blocks = {item["handle"]: names.get(item["handle"], item["name"]) for item in raw.decode_write_blocks(path)}
    layers = tuple(document.layers)
    entities = tuple(_entities(document, blocks))
    return DwgDrawing(
        version=version,
        header=document.header_variables(),
        layers=layers,
        layer_names={layer.handle: layer.name for layer in layers},
        blocks=blocks,
        layouts=document.layouts(),
        dimension_styles={style["handle"]: name for name, style in document.dimstyles().items()},
        entities=entities,
        undecoded=_undecoded(raw.list_object_headers_with_type(path), entities),
    )


def _entities(document: Any, blocks: Mapping[int, str]) -> Iterator[DwgEntity]:
    model = next((handle for handle, name in blocks.items() if name.casefold() == "*model_space"), 0)
    paper = document.graph().header_handles.paper_space_block_header or 0
    for entity in document.entities().query():
        values = entity.dxf
        if entity.dxftype == "ATTRIB":
            owner = values.get("owner_handle") or 0
        else:
            mode, stated = document.entity_placement(entity.handle) or (_IN_MODEL, None)
            owner = model if mode == _IN_MODEL else paper if mode == _IN_PAPER else stated or 0
        yield DwgEntity(entity.dxftype, entity.handle, owner, values)


def _undecoded(headers: list[tuple[Any, ...]], entities: tuple[DwgEntity, ...]) -> dict[str, int]:
    known = {entity.handle for entity in entities}
    return dict(
        Counter(
            kind
            for handle, _, _, _, kind, category in headers
            if category in {"E", "ENTITY"} and kind not in _PARTS and handle not in known
        )
    )
