"""What is extracted, and the places inside it.

A ``Source`` is one file: a path, or bytes in memory.  A ``Locator`` names a place inside one.
"""

from __future__ import annotations

import hashlib
import io
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ConfigDict

from pybase_extraction.descriptions import DescribedModel
from pybase_extraction.errors import SourceNotFoundError, SourceUnreadableError

_CHUNK = 1 << 20

BBox = tuple[float, float, float, float]
"""x0, top, x1, bottom.

On pages: points (1/72 in) from the top left corner of the page as shown, so ``x0 <= x1`` and ``top <= bottom``.
In images: pixels from the top left.  In drawings with model coordinates (DXF): drawing units, min x, min y,
max x, max y.
"""


class Locator(DescribedModel):
    """A place inside a file; only the fields that the format has are set.

    Attributes:
        page: Page or sheet number, 1-based.
        bbox: Box on that page (see ``BBox``), or in the layout's drawing units for DXF.
        layout: Name of a layout: ``"Model"`` or a paper space sheet.
        layer: Layer of a drawing.
        block: Name of the block definition, or path of nested blocks separated by ``/``.
        handle: Entity handle of a DXF or DWG, upper-case hexadecimal.
        global_id: GlobalId of an IFC object, 22 characters.
        step_id: Instance number in an ISO 10303-21 file (the number after ``#``).
        path: Path inside a structure: an occurrence path of an assembly, a spatial path, a member of a container.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: int | None = None
    bbox: BBox | None = None
    layout: str | None = None
    layer: str | None = None
    block: str | None = None
    handle: str | None = None
    global_id: str | None = None
    step_id: int | None = None
    path: str | None = None

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return [(name, value) for name, value in super().__repr_args__() if value is not None]


def display_name(filename: str) -> str:
    """The last part of a name, whichever system sent it; control characters are dropped."""
    name = filename.replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in name if char.isprintable())[:255].strip()
    return shown if shown.strip(".") else "unnamed"


@dataclass(frozen=True, slots=True)
class Source:
    """One file to extract, cheap to pickle when it is a path.

    Attributes:
        name: Display name; never used as a path.
        size: Bytes.
        sha256: Lower-case hexadecimal digest of the content.
        media_type: What the caller or the upload said, a hint only; None when nobody said.
        path: Where the bytes are, or None when they are in ``data``.
        data: The bytes, or None when they are at ``path``.
    """

    name: str
    size: int
    sha256: str
    media_type: str | None = None
    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)

    @classmethod
    def from_path(cls, path: str | Path, *, name: str | None = None, media_type: str | None = None) -> Source:
        """Describe a local file; reads it once for its digest.

        Raises:
            SourceNotFoundError: There is no such file.
            SourceUnreadableError: It is a folder, a pipe or a device, or may not be read.
        """
        path = Path(path)
        shown = name or path.name
        digest, size = "", 0
        try:
            regular = stat.S_ISREG(path.stat().st_mode)
            if regular:  # opening a pipe would wait for its writer
                digest, size = _digest(path)
        except FileNotFoundError as exc:
            raise _absent(path, shown) from exc
        except OSError as exc:
            reason = exc.strerror or type(exc).__name__
            raise SourceUnreadableError(
                f"{shown!r} cannot be read: {reason}.", name=shown, remedy="Check that it is a file you may read."
            ) from exc
        if not regular:
            raise _irregular(path, shown or path.resolve().name)
        return cls(shown, size, digest, media_type, path.absolute())

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str, media_type: str | None = None) -> Source:
        """Describe a file that is in memory."""
        return cls(name, len(data), hashlib.sha256(data).hexdigest(), media_type, None, data)

    @property
    def extension(self) -> str:
        """Extension of the display name, lower-case with its dot; empty when there is none."""
        return Path(self.name).suffix.lower()

    def open(self) -> BinaryIO:
        """Open the content for reading from its start."""
        if self.data is not None:
            return io.BytesIO(self.data)
        return self._located().open("rb")

    def read(self) -> bytes:
        """Read the whole content into memory."""
        return self.data if self.data is not None else self._located().read_bytes()

    def head(self, size: int = 4096) -> bytes:
        """Read up to ``size`` bytes from the start."""
        if self.data is not None:
            return self.data[:size]
        with self.open() as stream:
            return stream.read(size)

    @contextmanager
    def as_path(self, scratch: Path | None = None) -> Iterator[Path]:
        """Give a local path to the content, for libraries that read only paths.

        Args:
            scratch: Folder for a temporary copy when the content is in memory; the system's when None.
        """
        if self.path is not None:
            yield self.path
            return
        with tempfile.TemporaryDirectory(dir=scratch, prefix="source-") as folder:
            # the display name may hold separators, so only its extension is used
            copy = Path(folder, f"content{self.extension if self.extension[1:].isalnum() else ''}")
            copy.write_bytes(self.read())
            yield copy

    def _located(self) -> Path:
        if self.path is None:
            raise ValueError("a Source needs a path or data")
        return self.path


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _absent(path: Path, shown: str) -> SourceNotFoundError:
    # names of one folder each, never a whole path: a server shows this message to who submitted the file
    folder = path.absolute().parent
    if not folder.is_dir():
        remedy = f"There is no folder {folder.name!r}, either: check the path."
    elif set(path.name) & set("*?"):
        remedy = "It is a pattern: extract_many reads all files that match one."
    else:
        begins = "" if path.is_absolute() else "; a relative path begins at the current folder"
        remedy = f"It was looked for in the folder {folder.name!r}: check the path{begins}."
    return SourceNotFoundError(f"There is no file {shown!r}.", name=shown, remedy=remedy)


def _irregular(path: Path, shown: str) -> SourceUnreadableError:
    if path.is_dir():
        pattern = f"{path.name or '.'}/**/*.pdf"
        return SourceUnreadableError(
            f"{shown!r} is a folder.",
            name=shown,
            remedy=f"Name a file in it, or read all of them: extract_many({pattern!r}).",
        )
    return SourceUnreadableError(f"{shown!r} is no regular file.", name=shown, remedy="Copy it to a file first.")
