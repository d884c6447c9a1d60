"""Zipped models, bombs, XML, and telling an IFC file from others."""

from __future__ import annotations

import io
import zipfile

import pytest

from pybase_extraction.errors import (
    CorruptedFileError,
    EncryptedFileError,
    FileTooLargeError,
    UnsupportedFormatError,
)
from pybase_extraction.extractor import ExtractionContext, Limits
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source


def zipped(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def codes(result) -> list[str]:
    return [issue.code for issue in result.issues]


def test_a_zipped_model_reads_like_the_model(extract, houses) -> None:
    plain = extract(houses["IFC4"])
    result = extract(zipped(("textures/a.png", b"x"), ("house.IFC", houses["IFC4"].read_bytes())), name="house.ifczip")
    assert result.elements == plain.elements
    assert result.metadata["zip_member"] == "house.IFC"
    assert result.issues == ()


def test_of_several_models_the_first_is_read_and_an_issue_says_so(extract, model) -> None:
    result = extract(zipped(("a.ifc", model("").encode()), ("b.ifc", b"ISO-10303-21;")), name="two.ifczip")
    assert len(result.elements) == 1
    assert codes(result) == ["several-models"]


def test_a_bomb_is_an_error_however_small_it_claims_to_be(extract) -> None:
    data = bytearray(zipped(("bomb.ifc", bytes(50_000_000))))
    with pytest.raises(FileTooLargeError) as caught:
        extract(bytes(data), name="bomb.ifczip")
    assert caught.value.unit == "ratio"
    # the directory claims 10 bytes: what comes out counts
    central = data.rfind(b"PK\x01\x02")
    data[central + 24 : central + 28] = (10).to_bytes(4, "little")
    with pytest.raises((FileTooLargeError, CorruptedFileError)):
        extract(bytes(data), name="bomb.ifczip")


def test_unpacked_bytes_count_against_the_limit(extract, model, tmp_path) -> None:
    text = model("#100=IFCLABEL('" + "abcdefghij" * 10_000 + "');\n").encode()
    data = zipped(("a.ifc", text))
    context = ExtractionContext(limits=Limits(max_bytes=len(text) - 1), scratch=tmp_path)
    with pytest.raises(FileTooLargeError) as caught:
        extract(data, name="a.ifczip", context=context)
    assert caught.value.unit == "bytes"


def test_too_many_members_and_zips_in_zips_are_refused(extract, model) -> None:
    with pytest.raises(FileTooLargeError, match="members"):
        extract(zipped(*((f"{n}.png", b"") for n in range(1001)), ("a.ifc", b"")), name="a.ifczip")
    inner = zipped(("a.ifc", model("").encode()))
    with pytest.raises(UnsupportedFormatError, match="not opened"):
        extract(zipped(("inner.ifczip", inner)), name="a.ifczip")


def test_a_zip_with_a_password_is_refused(extract, model) -> None:
    data = bytearray(zipped(("a.ifc", model("").encode())))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    with pytest.raises(EncryptedFileError, match=r"a\.ifczip"):
        extract(bytes(data), name="a.ifczip")


def test_a_damaged_zip_is_refused(extract, model) -> None:
    data = zipped(("a.ifc", model("").encode()))
    with pytest.raises(CorruptedFileError, match=r"a\.ifczip"):
        extract(data[:-30], name="a.ifczip")
    broken = bytearray(data)
    broken[60:90] = bytes(30)
    with pytest.raises(CorruptedFileError, match=r"a\.ifczip"):
        extract(bytes(broken), name="a.ifczip")


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?><ifcXML xmlns="http://www.buildingsmart-tech.org/ifc"/>',
        b"\xef\xbb\xbf<ifcXML/>",
        zipped(("a.ifcxml", b"<ifcXML/>")),
        zipped(("a.ifc", b"<?xml version='1.0'?><ifcXML/>")),
    ],
    ids=["plain", "with-byte-order-mark", "zipped", "zipped-as-ifc"],  # the bytes of archives hold the time
)
def test_ifcxml_is_refused_with_advice(extract, data: bytes) -> None:
    with pytest.raises(UnsupportedFormatError) as caught:
        extract(data, name="model.ifcxml")
    assert "model.ifcxml" in caught.value.message
    assert ".ifc or .ifczip" in str(caught.value)


def test_a_step_file_is_no_ifc(extract) -> None:
    header = b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('AUTOMOTIVE_DESIGN'));\nENDSEC;\n"
    data = header + b"DATA;\n#1=PRODUCT('a','b',$,());\nENDSEC;\nEND-ISO-10303-21;\n"
    with pytest.raises(CorruptedFileError, match="AUTOMOTIVE_DESIGN"):
        extract(data)


@pytest.fixture(scope="module")
def registry() -> ExtractorRegistry:
    return ExtractorRegistry.discover(allow=["ifc"], strict=True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.bin", "plain"),
        ("a.zip", "zip"),
        ("a.xml", "xml"),
        ("a.step", "plain"),
    ],
)
def test_detection_looks_at_the_content(registry, model, name: str, content: str) -> None:
    text = model("").encode()
    data = {"plain": text, "zip": zipped(("m.ifc", text)), "xml": b"<?xml version='1.0'?>\n<ifcXML id='a'/>"}[content]
    detection = registry.detect(Source.from_bytes(data, name=name))
    assert detection.format == "ifc"
    assert detection.evidence[0].strength.name == "STRUCTURE"


def test_a_large_zip_is_detected_by_its_listing(registry, model) -> None:
    data = zipped(("big.png", bytes(200_000)), ("m.ifc", model("").encode()), compression=zipfile.ZIP_STORED)
    assert registry.detect(Source.from_bytes(data, name="x")).format == "ifc"


def test_other_step_files_and_zips_are_not_taken_for_ifc(registry) -> None:
    for data in (
        b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('AP242'));\nENDSEC;",
        zipped(("a.txt", b"x")),
        b"PK\x03\x04 broken",
        b"<?xml version='1.0'?><svg/>",
    ):
        with pytest.raises(UnsupportedFormatError):
            registry.detect(Source.from_bytes(data, name="x"))
