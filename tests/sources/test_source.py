"""A source describes a file, wherever its bytes are."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest

from pybase_extraction.errors import SourceNotFoundError, SourceUnreadableError
from pybase_extraction.source import Source


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "Part.STEP"
    file.write_bytes(b"ISO-10303-21;")
    return file


def test_a_path_and_its_bytes_describe_the_same_file(path: Path) -> None:
    there, here = Source.from_path(path), Source.from_bytes(path.read_bytes(), name="Part.STEP")
    assert (there.name, there.size, there.sha256) == (here.name, here.size, here.sha256)
    assert there.sha256 == hashlib.sha256(b"ISO-10303-21;").hexdigest()
    assert there.extension == ".step"


def test_it_is_read_from_the_start_each_time(path: Path) -> None:
    for source in (Source.from_path(path), Source.from_bytes(path.read_bytes(), name="x.step")):
        assert source.head(3) == b"ISO"
        with source.open() as stream:
            assert stream.read() == source.read() == b"ISO-10303-21;"


def test_bytes_get_a_path_that_is_gone_afterwards(tmp_path: Path) -> None:
    source = Source.from_bytes(b"abc", name="../../etc/pass/wd.a/b.pdf")
    with source.as_path(tmp_path) as path:
        assert path.read_bytes() == b"abc"
        assert path.suffix == ".pdf"
        assert tmp_path in path.parents
    assert list(tmp_path.iterdir()) == []


def test_the_display_name_is_never_used_as_a_path(tmp_path: Path) -> None:
    with Source.from_bytes(b"abc", name="x.a\x00b").as_path(tmp_path) as path:
        assert path.name == "content"


def test_a_path_is_given_as_it_is(path: Path) -> None:
    with Source.from_path(path).as_path() as given:
        assert given == path


def test_a_missing_file_says_so_with_its_name_only(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"There is no file 'gone\.pdf'") as caught:
        Source.from_path(tmp_path / "gone.pdf")
    assert str(tmp_path) not in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadableError, match=r"is a folder\..*extract_many"):
        Source.from_path(tmp_path)


def test_a_source_with_a_path_pickles_without_its_content(path: Path) -> None:
    assert b"ISO-10303-21;" not in pickle.dumps(Source.from_path(path))
