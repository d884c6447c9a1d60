"""Opening a PDF, with every failure of the library below turned into a typed error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pybase_extraction.errors import CorruptedFileError, EncryptedFileError, ExtractionError
from pybase_extraction.source import Source
from pybase_extraction_pdf.engine import Document, open_document


@contextmanager
def opened(source: Source, password: str, scratch: Path | None) -> Iterator[tuple[Document, Path]]:
    """Open a document; yields it with the path under which it lies.

    Raises:
        EncryptedFileError: It needs a password, or the given one is wrong.
        CorruptedFileError: It is no PDF, or damaged beyond reading.
    """
    head = source.head(1024 + 5)
    if b"%PDF-" not in head:
        raise CorruptedFileError(f"{source.name!r} has no PDF header.", name=source.name, format="pdf")
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
    from pdfminer.psexceptions import PSException
    from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

    try:
        yield
    except ExtractionError:
        raise
    except (PdfminerException, MalformedPDFException, PSException) as exc:
        cause = exc.args[0] if isinstance(exc, PdfminerException) and exc.args else exc
        if isinstance(cause, PDFPasswordIncorrect):
            raise EncryptedFileError(
                f"{name!r} is encrypted, and the password is missing or wrong.",
                name=name,
                format="pdf",
                remedy="Give it with the option password=.",
            ) from exc
        raise damaged(name, cause, where) from exc
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as exc:
        raise damaged(name, exc, where) from exc


def damaged(name: str, cause: object, where: str | None) -> CorruptedFileError:
    """The error of a file that cannot be read on."""
    place = f" on {where}" if where else ""
    return CorruptedFileError(
        f"{name!r} is damaged{place}: {type(cause).__name__}.", name=name, format="pdf", where=where
    )
