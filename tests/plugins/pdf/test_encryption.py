"""An encrypted document, made with the 40-bit RC4 of PDF 1.1 (ISO 32000-1, 7.6.2 and 7.6.3)."""

from __future__ import annotations

from hashlib import md5
from pathlib import Path

import pytest

from pybase_extraction.errors import EncryptedFileError
from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.source import Source
from pybase_extraction_pdf.extractor import PdfExtractor
from pybase_extraction_pdf.options import PdfOptions
from tests.plugins.pdf.documents import document

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    found = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        found.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(found)


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """A page that says "secret", under the password "open"."""
    return encrypted(tmp_path, b"open")


def encrypted(tmp_path: Path, user_password: bytes) -> Path:
    password = (user_password + _PADDING)[:32]
    owner = rc4(md5(password).digest()[:5], password)
    key = md5(password + owner + (-4).to_bytes(4, "little", signed=True) + b"id").digest()[:5]
    content = rc4(md5(key + b"\x04\0\0\0\0").digest()[:10], b"BT /F 9 Tf 9 50 Td (secret) Tj ET")
    bodies = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    facts = (owner.hex().encode(), rc4(key, _PADDING).hex().encode(), b"id".hex().encode(), b"id".hex().encode())
    trailer = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<%s><%s>]" % facts
    path = tmp_path / "locked.pdf"
    path.write_bytes(document(bodies, trailer))
    return path


def test_an_encrypted_document_is_read_with_its_password(locked: Path):
    result = PdfExtractor().extract(Source.from_path(locked), PdfOptions(password="open"), ExtractionContext())
    assert [block.text for block in result.text_blocks] == ["secret"]
    assert "open" not in result.model_dump_json()


@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_missing_or_wrong_password_is_named(locked: Path, password: str | None):
    with pytest.raises(EncryptedFileError, match="password"):
        PdfExtractor().extract(Source.from_path(locked), PdfOptions(password=password), ExtractionContext())


@pytest.mark.parametrize("strategy", ["auto", "text"])
def test_a_password_that_is_not_needed_is_no_hindrance(tmp_path: Path, strategy: str):
    options = PdfOptions(password="guess", table_detection_strategy=strategy)
    result = PdfExtractor().extract(Source.from_path(encrypted(tmp_path, b"")), options, ExtractionContext())
    assert [block.text for block in result.text_blocks] == ["secret"]
    assert not result.issues
