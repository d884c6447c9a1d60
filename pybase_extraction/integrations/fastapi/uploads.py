"""Receiving files: streamed to a folder of temporary files, counted and digested on the way."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from pybase_extraction.errors import FileTooLargeError
from pybase_extraction.source import Source, display_name

if TYPE_CHECKING:
    from pybase_extraction.integrations.fastapi.context import Here, Settings

_FLUSH = 1 << 20
"""Bytes that wait in memory before a thread writes them: a file below this size never touches the disk."""
_MAX_FIELD = 1 << 16
_MAX_FIELDS = 32
_SLOWEST = 1024.0
"""Bytes a second that a body must have come with, once ``patience_s`` is used up."""
_MEDIA_TYPE = re.compile(rb"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}(?:[ \t]*;[ -~]{0,200})?")
"""RFC 6838, section 4.2, with parameters."""


@dataclass(slots=True)
class Upload:
    """The parts of a form.

    Attributes:
        files: In their order.
        fields: Text fields by name; of several of one name the last.
    """

    files: list[Source] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Source:
        """The only file.

        Raises:
            RequestValidationError: There is none, or more than one.
        """
        if len(self.files) != 1:
            raise _invalid("file", f"exactly one file is needed, {len(self.files)} were sent")
        return self.files[0]

    def text(self, name: str) -> str | None:
        """A text field; None when it is absent or empty, as forms send what is not filled in."""
        return self.fields.get(name) or None

    def options(self) -> Mapping[str, Any]:
        """The field ``options``, a JSON object.

        Raises:
            RequestValidationError: It is something else.
        """
        text = self.text("options")
        try:
            read = {} if text is None else json.loads(text)
        except (ValueError, RecursionError) as exc:
            raise _invalid("options", "is no JSON") from exc
        if not isinstance(read, dict):
            raise _invalid("options", "is no JSON object")
        return read


def _invalid(name: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("body", name), "msg": message, "type": "value_error", "input": None}])


class _Part:
    """One part of the form while it arrives.

    Attributes:
        waiting: Pieces as they came and are not on disk, joined once: a body comes in hundreds of them.
    """

    def __init__(self, name: str, filename: str | None, media_type: str | None) -> None:
        self.name = name
        self.filename = filename
        self.media_type = media_type
        self.waiting: list[bytes] = []
        self.size = 0
        self.digest = hashlib.sha256()
        self.path: Path | None = None
        self.stream: IO[bytes] | None = None

    def to_source(self) -> Source:
        name = display_name(str(self.filename))
        if self.path is None:
            return Source.from_bytes(b"".join(self.waiting), name=name, media_type=self.media_type)
        return Source(name, self.size, self.digest.hexdigest(), self.media_type, self.path)


class _Receiver:
    """Collects what the parser reports; writing to disk is left to ``flush``, which may wait.

    At most ``_FLUSH`` bytes of files wait in memory, and what came with the last piece.
    """

    def __init__(self, boundary: bytes, settings: Settings, *, is_bulk: bool) -> None:
        self.parts: list[_Part] = []
        self.is_ended = False
        self._settings = settings
        self._is_bulk = is_bulk
        self._received = 0
        self._folder: Path | None = None
        self._waits = 0
        self._stack = ExitStack()
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_part,
                "on_part_data": self._take,
                "on_end": self._end,
            },
        )

    def _end(self) -> None:
        self.is_ended = True

    def _end_header(self) -> None:
        self._headers[bytes(self._header[0]).lower()] = bytes(self._header[1])
        self._header = (bytearray(), bytearray())

    def _begin_part(self) -> None:
        _, given = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in given:
            raise HTTPException(400, "A part of the form has no name.")
        name, filename = (
            given[key].decode("utf-8", "replace") if key in given else None for key in (b"name", b"filename")
        )
        said = self._headers.get(b"content-type", b"").strip().lower()
        # a name that no registry could hold says nothing, and a database may refuse its characters
        media_type = said.decode("ascii") if _MEDIA_TYPE.fullmatch(said) else None
        self.parts.append(_Part(str(name), filename, media_type))
        files = sum(part.filename is not None for part in self.parts)
        if len(self.parts) - files > _MAX_FIELDS:
            raise HTTPException(413, f"At most {_MAX_FIELDS} fields are taken in one request.")
        if files > 1 and not self._is_bulk:
            raise _invalid("file", "exactly one file is needed, more were sent")
        if files > self._settings.max_files and self._is_bulk:
            raise HTTPException(413, f"At most {self._settings.max_files} files are taken in one request.")

    def _take(self, data: bytes, start: int, end: int) -> None:
        part = self.parts[-1]
        part.size += end - start
        limit = _MAX_FIELD if part.filename is None else self._settings.max_bytes
        self._received += end - start
        if self._received > self._settings.max_bulk_bytes and self._is_bulk:
            raise FileTooLargeError(
                f"The files of the request are larger than the {self._settings.max_bulk_bytes} bytes that are allowed.",
                limit=self._settings.max_bulk_bytes,
                actual=self._received,
                unit="bytes",
                remedy="Send fewer at once.",
            )
        if part.size > limit:
            what = f"The field {part.name[:80]!r}" if part.filename is None else repr(display_name(part.filename))
            raise FileTooLargeError(
                f"{what} is larger than the {limit} bytes that are allowed.",
                limit=limit,
                actual=part.size,
                unit="bytes",
            )
        part.waiting.append(data[start:end])
        if part.filename is not None:
            self._waits += end - start

    async def flush(self) -> None:
        """Write what waits to disk, if it is much: many small files are as much as a large one."""
        if self._waits >= _FLUSH:
            await anyio.to_thread.run_sync(self._write, False)

    async def finish(self) -> None:
        """Write the ends of files that are on disk."""
        if any(part.stream is not None for part in self.parts):
            await anyio.to_thread.run_sync(self._write, True)

    async def close(self) -> None:
        """Delete what is on disk, whatever becomes of the request."""
        if self._folder is not None:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._stack.close)

    def _write(self, is_whole: bool) -> None:
        for part in self.parts:
            if part.waiting and part.filename is not None:
                self._append(part)
            if part.stream is not None and (is_whole or part is not self.parts[-1]):
                part.stream.close()
                part.stream = None
        self._waits = 0

    def _append(self, part: _Part) -> None:
        if part.stream is None:
            # the display name never becomes a path
            part.path = self._made_folder() / f"part-{id(part):x}"
            part.stream = self._stack.enter_context(part.path.open("wb"))
        for piece in part.waiting:
            part.stream.write(piece)
            part.digest.update(piece)
        part.waiting = []

    def _made_folder(self) -> Path:
        if self._folder is None:  # most uploads need none
            made = tempfile.TemporaryDirectory(dir=self._settings.scratch, prefix="upload-", ignore_cleanup_errors=True)
            self._folder = Path(self._stack.enter_context(made))
        return self._folder


@asynccontextmanager
async def receive(request: Request, here: Here, *, is_bulk: bool = False) -> AsyncIterator[Upload]:
    """Receive a form, of one file or of many; its files are there until the block ends.

    Raises:
        FileTooLargeError: A file is larger than allowed; told as soon as that is seen, not at its end.
        HTTPException: It is no form (415), broken (400), too slow (408), or has too many parts (413).
        RequestValidationError: There is more than one file, and it is not of a bulk job.
    """
    await here.release()
    kind, given = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not given.get(b"boundary"):
        raise HTTPException(415, "Send the file as multipart/form-data.")
    try:
        receiver = _Receiver(given[b"boundary"], here.settings, is_bulk=is_bulk)
    except FormParserError as exc:
        raise HTTPException(400, "The form is broken.") from exc
    try:
        yield await _read(request, receiver, here.settings.patience_s)
    finally:
        await receiver.close()


async def _parse(request: Request, receiver: _Receiver, patience_s: float) -> None:
    with anyio.fail_after(patience_s) as scope:
        async for chunk in request.stream():
            arrived = anyio.current_time()
            receiver.parser.write(chunk)
            await receiver.flush()
            # what writing takes is not the sender's fault
            scope.deadline += anyio.current_time() - arrived + len(chunk) / _SLOWEST
        receiver.parser.finalize()


async def _read(request: Request, receiver: _Receiver, patience_s: float) -> Upload:
    try:
        await _parse(request, receiver, patience_s)
    except FormParserError as exc:
        raise HTTPException(400, "The form is broken.") from exc
    except ClientDisconnect as exc:
        raise HTTPException(400, "The request was broken off.") from exc
    except TimeoutError as exc:
        raise HTTPException(408, "The form came too slowly.", {"Connection": "close"}) from exc
    if not receiver.is_ended:
        raise HTTPException(400, "The form ends too early.")
    await receiver.finish()
    upload = Upload()
    for part in receiver.parts:
        if part.filename is not None:
            upload.files.append(part.to_source())
        else:
            upload.fields[part.name] = b"".join(part.waiting).decode("utf-8", "replace")
    return upload


def form(*names: str, files: str = "file") -> dict[str, Any]:
    """Document a form that a route reads from the stream itself."""
    binary = {"type": "string", "format": "binary"}
    properties: dict[str, Any] = {
        files: {"type": "array", "items": binary, "minItems": 1} if files == "files" else binary,
        **{name: {"type": "string", "maxLength": 255} for name in names if name != "options"},
    }
    if "options" in names:
        properties["options"] = {
            "type": "string",
            "description": "Options of the extractor as a JSON object; their schema is in GET /formats.",
            "examples": ['{"extract_title_block": true}'],
        }
    if "target_table_id" in names:
        properties["target_table_id"] = {"type": "string", "format": "uuid"}
    schema = {"type": "object", "required": [files], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
