"""The pages of a document and their labels, from the page tree (ISO 32000-1, 7.7.3 and 12.4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from pybase_extraction.errors import LimitExceededError

_MAX_PAGES = 100_000
_MAX_DEPTH = 200
_INHERITED = ("Resources", "MediaBox", "CropBox", "Rotate")


class Leaf(NamedTuple):
    """A page that has not been read yet.

    Attributes:
        reference: Its number as an object, or the reference to it.
        inherited: What the nodes above it give it unless it says otherwise.
    """

    reference: Any
    inherited: dict[str, Any]

    def page(self, document: Any) -> Any:
        """The page as pdfminer's ``PDFPage``."""
        from pdfminer.pdfpage import PDFPage
        from pdfminer.pdftypes import dict_value

        return PDFPage(document, self._number, {**self.inherited, **dict_value(self.reference)}, None)

    @property
    def _number(self) -> int | None:
        return getattr(self.reference, "objid", None)


def leaves_of(document: Any) -> list[Leaf]:
    """Pages of a pdfminer document, in order; none is read yet.

    A node with kids is one of the tree and any other dictionary is a page, whether or not its /Type says so: some
    writers leave it out.  Nodes that contain themselves are entered once.

    Raises:
        LimitExceededError: There are more than 100,000 pages, or the tree is deeper than 200 nodes.
    """
    found = list(islice(_walk(document), _MAX_PAGES + 1)) or list(islice(_scan(document), _MAX_PAGES + 1))
    if len(found) > _MAX_PAGES:
        raise LimitExceededError(
            f"The document has more than {_MAX_PAGES:,} pages.", limit=_MAX_PAGES, actual=_MAX_PAGES + 1, unit="pages"
        )
    return found


def _walk(document: Any) -> Iterator[Leaf]:
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.pdftypes import list_value, resolve1

    visited: set[int] = set()
    waiting: list[tuple[Any, dict[str, Any], int]] = [(document.catalog.get("Pages"), {}, 0)]
    while waiting:
        reference, above, depth = waiting.pop()
        number = getattr(reference, "objid", None)
        node = None
        with suppress(PDFException):  # a page that is missing is left out
            node = resolve1(reference)
        if not isinstance(node, dict) or number in visited:
            continue
        if depth > _MAX_DEPTH:
            raise LimitExceededError(
                f"The page tree is deeper than {_MAX_DEPTH} nodes.", limit=_MAX_DEPTH, actual=depth, unit="nodes"
            )
        if number is not None:
            visited.add(number)
        if "Kids" in node:
            inherited = above | {key: node[key] for key in _INHERITED if key in node}
            waiting += [(kid, inherited, depth + 1) for kid in reversed(list_value(node["Kids"]))]
        elif _type_of(node) in {"Page", None} and depth:
            yield Leaf(reference, above)


def _type_of(node: dict[str, Any]) -> str | None:
    from pdfminer.pdftypes import resolve1

    return getattr(resolve1(node.get("Type", node.get("type"))), "name", None)


def _scan(document: Any) -> Iterator[Leaf]:
    """Pages of a document whose tree holds none: every object that says it is one."""
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.pdftypes import PDFObjRef

    seen: set[int] = set()
    for xref in document.xrefs:
        for number in xref.get_objids():
            if number in seen:
                continue
            seen.add(number)
            with suppress(PDFException):
                found = document.getobj(number)
                if isinstance(found, dict) and _type_of(found) == "Page":
                    yield Leaf(PDFObjRef(document, number), {})


def labels_of(document: Any, count: int) -> list[str | None]:
    """Label of every page, None where the document gives none; what is damaged counts as none."""
    from pdfminer.pdfexceptions import PDFException

    found: list[str | None] = []
    with suppress(PDFException, TypeError, ValueError, AttributeError, LookupError):
        labels = document.get_page_labels()
        while len(found) < count:
            found.append(next(labels) or None)
    return found + [None] * (count - len(found))
