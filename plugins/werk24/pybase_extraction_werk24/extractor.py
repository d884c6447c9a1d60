"""The extractor: one reading, its answers put together, and what is missing said."""

from __future__ import annotations

import base64
import importlib.metadata
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import anyio.to_thread
from pydantic import BaseModel

from pybase_extraction.errors import (
    CorruptedFileError,
    EmptyFileError,
    FileTooLargeError,
    UnsupportedFormatError,
)
from pybase_extraction.extractor import MIB, ExtractionContext
from pybase_extraction.results import (
    Datum,
    Dimension,
    ExtractionResult,
    ExtractorRecord,
    Issue,
    Locator,
    Page,
    Picture,
    Severity,
    SourceInfo,
    Value,
)
from pybase_extraction.source import Source
from pybase_extraction_werk24 import __version__, translation
from pybase_extraction_werk24.asks import ask_names, make_asks
from pybase_extraction_werk24.client import Endpoint, is_loaded, load_client, read_drawing, scrubbed
from pybase_extraction_werk24.options import Werk24Options

MAX_BYTES = 10 * MIB
"""What the service takes (limits of the client, release 2.8); more is refused before anything is sent."""
SMALLEST = 67
"""Bytes of a PNG with one pixel (signature, IHDR, IDAT, IEND); nothing that is read here can be shorter."""
READABLE = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
_TRANSLATED = {"FEATURES", "META_DATA", "INSIGHTS", "REFERENCE_POSITIONS"}
"""Asks whose typed answers arrive in the vocabulary; answers to others are kept as given."""
_KEPT = object()
SIZE_ERRORS = {"DRAWING_FILE_SIZE_TOO_LARGE", "DRAWING_PAPER_SIZE_TOO_LARGE", "DRAWING_PAGE_COUNT_TOO_LARGE"}


class Werk24Extractor:
    """Reads PDF and picture drawings through the Werk24 service."""

    async def extract(self, source: Source, options: Werk24Options, context: ExtractionContext) -> ExtractionResult:
        """Send the drawing and translate the answers.

        Raises:
            AuthenticationError: There is no key, or it is not accepted.
            CreditsExhaustedError: The account has no credits.
            FileTooLargeError: The file is larger than the service takes; nothing was sent.
            ServiceUnavailableError: The service did not answer; a retry may cost again.
            SourceError: The file is no drawing that the service reads.
        """
        started = time.monotonic()
        context.check()
        _check_before_sending(source)
        endpoint = Endpoint.from_credentials(context.credentials)
        if not is_loaded():  # importing takes a second: in a thread, before anything else names the client
            await anyio.to_thread.run_sync(load_client)
        messages = await read_drawing(
            source.read(), make_asks(options), endpoint, context, name=source.name, max_pages=options.max_pages
        )
        answers = Answers(source, options)
        for message in messages:
            answers.take(message)
        return answers.result(seconds=time.monotonic() - started, endpoint=endpoint)


@lru_cache(maxsize=1)
def _client_version() -> str:
    return importlib.metadata.version("werk24")  # reads and parses a file: 2 ms


def _check_before_sending(source: Source) -> None:
    if source.size == 0:
        raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name)
    if source.size > MAX_BYTES:
        raise FileTooLargeError(
            f"{source.name!r} has {source.size} bytes; Werk24 takes {MAX_BYTES}. Nothing was sent.",
            limit=MAX_BYTES,
            actual=source.size,
            unit="bytes",
            name=source.name,
        )
    if source.size < SMALLEST:
        raise CorruptedFileError(
            f"{source.name!r} is cut off: {source.size} bytes hold no drawing. Nothing was sent.",
            name=source.name,
            format="werk24",
        )
    head = source.head(1024 + 5)
    if b"%PDF-" not in head and not head.startswith(READABLE):
        raise UnsupportedFormatError(
            f"{source.name!r} is no PDF, PNG, JPEG or TIFF. Nothing was sent.", name=source.name, format="werk24"
        )


class Answers:
    """What the service has answered so far to one reading."""

    def __init__(self, source: Source, options: Werk24Options) -> None:
        self.source = source
        self.options = options
        self.by_page: dict[int, dict[str, Any]] = defaultdict(dict)
        self.answered: set[str] = set()
        self.failed: dict[str, str] = {}
        self.issues: list[Issue] = []
        self.pictures: list[Picture] = []
        self.sheets: dict[int, tuple[int, int]] = {}
        self.custom: dict[str, dict[str, Any]] = {}

    def take(self, message: Any) -> None:
        """Sort in one message."""
        ask = str(getattr(message.message_subtype, "value", message.message_subtype))
        page = message.page_number + 1
        if message.message_type.value == "ASK":
            self.answered.add(ask)
            if not _is_known(ask):
                self.issues.append(_unknown(ask, page))
            if message.payload_dict is not None:
                self._take_payload(ask, page, message.payload_dict)
            if message.payload_bytes is not None:
                self._take_picture(ask, page, message.payload_bytes)
        for problem in message.exceptions or ():
            self._take_problem(problem, ask, page)

    def _take_payload(self, ask: str, page: int, payload: Any) -> None:
        if ask == "CUSTOM":
            described = payload if isinstance(payload, dict) else payload.model_dump(mode="json")
            self.custom.setdefault(str(page), {})[str(described.get("custom_id"))] = described.get("output")
            self.by_page[page].setdefault("CUSTOM", _KEPT)
        else:
            self.by_page[page][ask] = payload

    def _take_picture(self, ask: str, page: int, data: bytes) -> None:
        size = translation.picture_size(data)
        if ask == "SHEET_IMAGES" and size is not None:
            self.sheets[page] = size
        if ask == "SHEET_IMAGES" and not self.options.extract_sheet_images:
            return  # asked for its size alone
        width, height = size or (None, None)
        self.pictures.append(
            Picture(
                name=f"{ask.lower().replace('_', '-')}-{page}",
                media_type="image/png",
                width=width,
                height=height,
                data=base64.b64encode(data).decode("ascii"),
            )
        )

    def _take_problem(self, problem: Any, ask: str, page: int) -> None:
        kind, level = (str(getattr(told, "value", told)) for told in (problem.exception_type, problem.exception_level))
        if level == "ERROR":
            self.failed[ask] = kind
        reason = getattr(problem, "reason", None)
        self.issues.append(
            Issue(
                code=f"werk24-{kind.lower().replace('_', '-')}",
                severity=_SEVERITIES.get(level, Severity.ERROR),
                message=f"Werk24 on {ask}: {kind.lower().replace('_', ' ')}" + (f" ({reason})" if reason else "."),
                place=Locator(page=page),
            )
        )

    def result(self, *, seconds: float, endpoint: Endpoint) -> ExtractionResult:
        """Put the answers together.

        Raises:
            SourceError: Every ask failed, so there is nothing to give.
        """
        self._refuse_total_failure()
        sections: dict[str, list[Any]] = defaultdict(list)
        metadata: dict[str, Any] = {"custom": self.custom} if self.custom else {}
        for number in sorted(self.by_page):
            self._read_page(number, sections, metadata)
        self._miss_answers()
        return ExtractionResult(
            format="werk24",
            source=SourceInfo(
                filename=self.source.name,
                size=self.source.size,
                sha256=self.source.sha256,
                media_type=self.source.media_type,
            ),
            extractor=ExtractorRecord(
                name="werk24",
                version=__version__,
                library=f"werk24 {_client_version()}",
                options=self.options.model_dump(mode="json"),
                seconds=seconds,
                contacted=tuple(sorted({_host(endpoint.wss_server), _host(endpoint.https_server)})),
            ),
            is_partial=any(issue.severity is Severity.ERROR for issue in self.issues),
            pages=tuple(self._page(number) for number in sorted({*self.by_page, *self.sheets})),
            pictures=tuple(self.pictures),
            metadata=metadata,
            issues=tuple(self.issues),
            **{name: tuple(values) for name, values in sections.items()},
        )

    def _page(self, number: int) -> Page:
        width, height = self.sheets.get(number, (None, None))
        return Page(number=number, unit="px", width=width, height=height)

    def _refuse_total_failure(self) -> None:
        kinds = set(self.failed.values())
        if self.by_page or self.pictures or not kinds:
            return
        name = self.source.name
        if kinds & SIZE_ERRORS:
            raise FileTooLargeError(f"{name!r} is larger than Werk24 takes.", name=name)
        if "DRAWING_FILE_FORMAT_UNSUPPORTED" in kinds:
            raise UnsupportedFormatError(f"Werk24 does not read files like {name!r}.", name=name)
        reasons = ", ".join(sorted(kind.lower().replace("_", " ") for kind in kinds))
        raise CorruptedFileError(f"Werk24 could not read {name!r}: {reasons}.", name=name, format="werk24")

    def _miss_answers(self) -> None:
        for ask in ask_names(self.options):
            if ask not in self.answered:
                self.issues.append(
                    Issue(
                        code="werk24-unanswered",
                        severity=Severity.ERROR,
                        message=f"Werk24 gave no answer to {ask}.",
                    )
                )

    def _read_page(self, number: int, sections: dict[str, list[Any]], metadata: dict[str, Any]) -> None:
        answers = self.by_page[number]
        positions = answers.get("REFERENCE_POSITIONS")
        boxes = self._boxes(positions, number) if isinstance(positions, BaseModel) else {}
        places = translation.Places(number, boxes)
        for ask, payload in answers.items():
            if payload is not _KEPT:
                self._read_other(metadata, number, ask, payload)
        features, described = answers.get("FEATURES"), answers.get("META_DATA")
        if isinstance(features, BaseModel):
            self._read_features(features, places, sections)
        if isinstance(described, BaseModel):
            self._read_metadata(described, places, sections, metadata)

    def _boxes(self, positions: Any, page: int) -> dict[int, translation.Box]:
        boxes, strange = translation.boxes_of(positions), translation.count_strange(positions)
        sheet = self.sheets.get(page)
        kept = boxes if sheet is None else translation.boxes_within(boxes, *sheet)
        strange += len(boxes) - len(kept)
        if strange:
            self.issues.append(
                Issue(
                    code="werk24-strange-place",
                    severity=Severity.WARNING,
                    message="Places that are not on the picture of the sheet were left out.",
                    place=Locator(page=page),
                    count=strange,
                )
            )
        return kept

    def _read_other(self, metadata: dict[str, Any], number: int, ask: str, payload: Any) -> None:
        """Keep what the vocabulary has no word for, and the rest when it was asked for."""
        if not isinstance(payload, BaseModel):
            self._keep(metadata, number, ask, payload)
            if _is_known(ask):
                self.issues.append(_untyped(ask, number, payload))
            return
        if ask == "INSIGHTS":
            metadata.setdefault("insights", {})[str(number)] = payload.model_dump(mode="json", exclude_none=True)
        if self.options.keep_payload or ask not in _TRANSLATED:
            self._keep(metadata, number, ask, payload.model_dump(mode="json"))

    @staticmethod
    def _keep(metadata: dict[str, Any], page: int, ask: str, payload: Any) -> None:
        metadata.setdefault("payload", {}).setdefault(str(page), {})[ask] = scrubbed(payload)

    def _read_features(self, features: Any, places: translation.Places, sections: dict[str, list[Any]]) -> None:
        options = self.options
        threads = {item.reference_id: translation.thread(item, places) for item in features.threads}
        if options.extract_threads:
            sections["threads"] += self._trusted(threads.values())
        if options.extract_dimensions:
            sections["dimensions"] += self._trusted(_dimensions(features, places))
            sections["features"] += self._trusted(_features(features, places, threads))
        if options.extract_gdt:
            frames = [translation.frame(item, places) for item in features.gdnts]
            sections["datums"] += self._trusted(item for item in frames if isinstance(item, Datum))
            sections["feature_control_frames"] += self._trusted(item for item in frames if not isinstance(item, Datum))
        if options.extract_surface_finish:
            found = (one for item in features.roughnesses for one in translation.textures(item, places))
            sections["surface_textures"] += self._trusted(found)

    def _read_metadata(
        self, described: Any, places: translation.Places, sections: dict[str, list[Any]], metadata: dict[str, Any]
    ) -> None:
        options = self.options
        if options.extract_materials:
            sections["materials"] += translation.materials(described.material_options, places)
        if options.extract_surface_finish and described.general_roughness is not None:
            sections["surface_textures"] += translation.textures(described.general_roughness, places, is_majority=True)
        if not options.extract_title_block:
            return
        if (block := translation.title_block(described, places)) is not None:
            sections["title_blocks"].append(block)
        if described.general_tolerances is not None:
            sections["general_tolerances"].append(translation.general_tolerance(described.general_tolerances, places))
        if described.bill_of_material is not None:
            sections["boms"].append(translation.bill_of_materials(described.bill_of_material, places))
        sections["notes"] += [translation.note(item, places) for item in described.notes]
        languages = {item.value for item in described.languages}
        metadata["languages"] = sorted(languages.union(metadata.get("languages", ())))
        metadata.setdefault("unit_systems", []).extend(item.unit_system_type.value for item in described.unit_systems)
        metadata.setdefault("certifications", []).extend(
            {"type": item.certification_type.value, "raw": item.raw_ocr, "page": places.page}
            for item in described.certifications
        )

    def _trusted(self, values: Any) -> list[Value]:
        kept, dropped = [], 0
        for value in values:
            confidence = value.provenance.confidence
            if confidence is not None and confidence < self.options.confidence_threshold:
                dropped += 1
            else:
                kept.append(value)
        if dropped:
            self.issues.append(
                Issue(
                    code="werk24-below-threshold",
                    severity=Severity.INFO,
                    message=f"Values below the confidence of {self.options.confidence_threshold:g} were left out.",
                    count=dropped,
                )
            )
        return kept


def _dimensions(features: Any, places: translation.Places) -> Iterator[Dimension]:
    for item in features.dimensions:
        provenance = places.provenance(item, "dimension")
        yield translation.dimension(item.size, raw=item.label, quantity=item.quantity, provenance=provenance)
    for item in features.chamfers:
        yield translation.chamfer(item, places)
    for item in features.radii:
        yield translation.radius(item, places)


def _features(features: Any, places: translation.Places, threads: dict[int, Any]) -> Iterator[Value]:
    for item in features.bores:
        yield translation.bore(item, places, threads)
    for item in features.fasteners:
        yield translation.fastener(item, places)
    for name in ("undercuts", "key_slots", "center_holes"):
        for item in getattr(features, name):
            yield translation.standard_feature(item, name.removesuffix("s"), places)


_SEVERITIES = {level.value.upper(): level for level in Severity}


def _is_known(ask: str) -> bool:
    from werk24.models.v2.enums import AskType

    return ask in AskType.__members__


def _unknown(ask: str, page: int) -> Issue:
    return Issue(
        code="werk24-unknown-answer",
        severity=Severity.WARNING,
        message=f"Werk24 answered {ask}, which this release of its client does not know; it is in the metadata.",
        place=Locator(page=page),
    )


def _untyped(ask: str, page: int, payload: Any) -> Issue:
    """Say that an answer is not as the client's models have it, by what it shows of itself."""
    kind = payload.get("page_type") if isinstance(payload, dict) else None
    is_other = kind is not None and kind != "COMPONENT_DRAWING"
    if is_other or ask not in _TRANSLATED:
        return Issue(
            code="werk24-untyped-page",
            severity=Severity.INFO,
            message=f"Werk24 answered {ask} for a {_page_type(payload)}; it is in the metadata as given.",
            place=Locator(page=page),
        )
    return Issue(
        code="werk24-malformed-answer",
        severity=Severity.ERROR,
        message=f"Werk24's answer to {ask} is not as documented; it is in the metadata as given and not translated.",
        place=Locator(page=page),
    )


def _page_type(payload: Any) -> str:
    kind = payload.get("page_type") if isinstance(payload, dict) else None
    return str(kind or "page of another type").lower().replace("_", " ")


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].partition(":")[0]
