"""Opening a PDF, with every failure of the library below turned into a typed error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pybase_extraction.errors import CorruptedFileError, EncryptedFileError, ExtractionError
from pybase_extraction.source import Source
from pybase_extraction_pdf.engine import Document, open_document

_CAUSES = {
    "PSEOF": "it ends before its table of objects, as after an upload that broke off",
    "PDFNoValidXRef": "its table of objects is missing or wrong",
    "PDFObjectNotFound": "it refers to an object that is not there",
    "PDFEncryptionError": "it does not say properly how it is encrypted",
    "PDFSyntaxError": "it breaks the syntax of PDF",
    "PSSyntaxError": "it breaks the syntax of PDF",
    "PSTypeError": "it has a value of the wrong type",
    "RecursionError": "its objects are nested too deeply, or in a circle",
}
"""What pdfminer's exceptions mean to somebody who has never heard of them."""
MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What code raises that computes with a wrong object."""
_REMEDY = "Upload it again; if a viewer opens it, print it from there to a new PDF."


@contextmanager
def opened(source: Source, password: str, scratch: Path | None) -> Iterator[tuple[Document, Path]]:
    """Open a document; yields it with the path under which it lies.

    Raises:
        EncryptedFileError: It needs a password, or the given one is wrong.
        CorruptedFileError: It is no PDF, or damaged beyond reading.
    """
    head = source.head(1024 + 5)
    if b"%PDF-" not in head:
        raise CorruptedFileError(
            f"{source.name!r} has no PDF header: it is another kind of file, or its beginning is missing.",
            name=source.name,
            format="pdf",
            remedy="Upload the original again.",
        )
    with source.as_path(scratch) as path:
        with failures_named(source.name):
            document = open_document(path, password)
        with document:
            yield document, path


@contextmanager
def failures_named(name: str, where: str | None = None) -> Iterator[None]:
    """Turn whatever pdfminer raises on damaged input into a typed error.

    pdfminer checks little before it computes: a wrong object shows as TypeError, KeyError, IndexError and their kin.
    """
    from pdfminer.pdfdocument import PDFPasswordIncorrect

    try:
        yield
    except ExtractionError:
        raise
    except _failures() as exc:
        cause = exc.args[0] if type(exc).__name__ == "PdfminerException" and exc.args else exc
        if isinstance(cause, PDFPasswordIncorrect):
            raise EncryptedFileError(
                f"{name!r} is encrypted, and the password is missing or wrong.",
                name=name,
                format="pdf",
                remedy="Give it with the option password=.",
            ) from exc
        raise damaged(name, cause, where) from exc
    except MISTAKES as exc:
        raise damaged(name, exc, where) from exc


def _failures() -> tuple[type[Exception], ...]:
    """What pdfminer raises, and pdfplumber if it was loaded at all: that takes as long as reading some pages."""
    from pdfminer.psexceptions import PSException

    if "pdfplumber" not in sys.modules:
        return (PSException,)
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    return PSException, MalformedPDFException, PdfminerException


def damaged(name: str, cause: object, where: str | None) -> CorruptedFileError:
    """The error of a file that cannot be read on."""
    place = f" on {where}" if where else ""
    kind = type(cause).__name__
    words = _CAUSES.get(kind, "its objects contradict each other")
    return CorruptedFileError(
        f"{name!r} is damaged{place}: {words} ({kind}).", name=name, format="pdf", where=where, remedy=_REMEDY
    )
