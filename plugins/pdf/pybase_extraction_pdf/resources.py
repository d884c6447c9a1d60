"""Fonts, forms and images that content streams name, over pdfminer's objects."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, TypeAlias

from pybase_extraction.errors import FileTooLargeError
from pybase_extraction_pdf.fonts import Font, load_font

_MAX_STREAM_BYTES = 256 << 20
_FLATE_RATIO = 1032
"""Most that deflate can unpack a byte to (RFC 1951: 258 bytes from two bits)."""


def decoded(stream: Any) -> bytes:
    """Bytes of a stream, refused when they unpack to more than a stream may have.

    Raises:
        FileTooLargeError: It unpacks to more than 256 MiB.
    """
    raw = stream.get_rawdata()
    filters = stream.get_filters() if raw is not None else []
    if raw is None or len(raw) * _FLATE_RATIO ** max(1, len(filters)) <= _MAX_STREAM_BYTES:
        return bytes(stream.get_data())
    kinds = [getattr(kind, "name", kind) for kind, _ in filters]
    if kinds[:1] in (["FlateDecode"], ["Fl"]) and stream.decipher is None:
        _refuse_bomb(raw)
    data = bytes(stream.get_data())
    if len(data) > _MAX_STREAM_BYTES:
        raise _too_large()
    return data


def _refuse_bomb(raw: bytes) -> None:
    unpacker = zlib.decompressobj()
    total, chunk = 0, raw
    try:
        while chunk and not unpacker.eof:
            total += len(unpacker.decompress(chunk, 1 << 20))
            if total > _MAX_STREAM_BYTES:
                raise _too_large()
            chunk = unpacker.unconsumed_tail
    except zlib.error:
        return  # damaged: pdfminer reads what is left of it


def _too_large() -> FileTooLargeError:
    return FileTooLargeError(
        f"A stream of the document unpacks to more than {_MAX_STREAM_BYTES >> 20} MiB.",
        limit=_MAX_STREAM_BYTES,
        unit="bytes",
    )


@dataclass(frozen=True, slots=True)
class Form:
    """A form XObject (ISO 32000-1, 8.10)."""

    stream: Any
    matrix: tuple[float, float, float, float, float, float]
    resources: Resources

    @property
    def identity(self) -> int:
        """Number that two forms share only when they are the same stream."""
        return self.stream.objid or id(self.stream)

    def data(self) -> bytes:
        """Its content stream."""
        return decoded(self.stream)


@dataclass(frozen=True, slots=True)
class Image:
    """An image XObject; only its place matters here."""


Drawn: TypeAlias = Form | Image


class Resources:
    """The resource dictionary of a page or form.

    Args:
        manager: pdfminer's ``PDFResourceManager``.
        spec: The dictionary, or None.
        fonts: Fonts of the document by object number, shared by its pages.
    """

    def __init__(self, manager: Any, spec: Any, fonts: dict[int, Font]) -> None:
        from pdfminer.pdftypes import dict_value

        spec = dict_value(spec) if spec else {}
        self._manager = manager
        self._shared = fonts
        self._fonts: dict[str, Font] = {}
        self._drawn: dict[str, Drawn | None] = {}
        self._font_specs = dict_value(spec.get("Font") or {})
        self._object_specs = dict_value(spec.get("XObject") or {})

    def font(self, name: str) -> Font:
        """The font of that name; pdfminer's substitute when there is none."""
        if name not in self._fonts:
            self._fonts[name] = self._load_font(self._font_specs.get(name))
        return self._fonts[name]

    def _load_font(self, reference: Any) -> Font:
        from pdfminer.pdftypes import dict_value

        number = getattr(reference, "objid", None)
        if number is not None and number in self._shared:
            return self._shared[number]
        font = load_font(self._manager, number, dict_value(reference) if reference is not None else {})
        if number is not None:
            self._shared[number] = font
        return font

    def drawn(self, name: str) -> Drawn | None:
        """The form or image of that name, or None."""
        if name not in self._drawn:
            self._drawn[name] = self._load_drawn(self._object_specs.get(name))
        return self._drawn[name]

    def _load_drawn(self, reference: Any) -> Drawn | None:
        from pdfminer.pdftypes import resolve1, resolve_all, stream_value

        if reference is None:
            return None
        stream = stream_value(reference)
        kind = getattr(resolve1(stream.get("Subtype")), "name", None)
        if kind == "Image":
            return Image()
        if kind != "Form" or "BBox" not in stream:
            return None
        a, b, c, d, e, f = (float(value) for value in resolve_all(stream.get("Matrix") or (1, 0, 0, 1, 0, 0)))
        inner = stream.get("Resources")
        own = Resources(self._manager, resolve1(inner), self._shared) if inner else self
        return Form(stream, (a, b, c, d, e, f), own)
