"""Between rows and jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from pybase_extraction.jobs import SEPARATOR, Job, JobStatus, NewJob, Settlement, hash_options
from pybase_extraction.option_errors import NO_TEXT
from pybase_extraction.repositories.statements import SUBMITTED
from pybase_extraction.repositories.tables import OwnerId

_NAMES: Final = [f.name for f in fields(Job)]
_WIDTH: Final = len(_NAMES)
_STATUS: Final = _NAMES.index("status")
_DEDUPE: Final = _NAMES.index("dedupe_key")
_STATUSES: Final = {str(status): status for status in JobStatus}
_PLAIN: Final = [n for n in SUBMITTED if n not in {"id", "batch_id", "owner_id", "lane", "dedupe_key", "options_hash"}]

_ERROR: Final = ("error_code", "error_type", "error_message")

_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|NaN|Infinity")


def to_job(row: Sequence[Any]) -> Job:
    """Make a job of the columns that ``Statements.job_columns`` names; columns after them are ignored."""
    values = row[:_WIDTH]
    if not isinstance(values, list):
        values = list(values)
    values[_STATUS] = _STATUSES[values[_STATUS]]
    if values[_DEDUPE] is not None:
        values[_DEDUPE] = values[_DEDUPE].partition(SEPARATOR)[2]
    return Job(*values)


def from_new(new: NewJob, owner_type: OwnerId) -> dict[str, Any]:
    """Make the JSON record of a submission."""
    record = {name: value for name in _PLAIN if (value := getattr(new, name)) is not None}
    record.update(id=new.id.hex, lane=new.lane, options_hash=hash_options(new.options), delay_s=new.delay_s)
    if new.owner_id is not None:
        record["owner_id"] = owner_type.to_json(new.owner_id)
    if new.batch_id is not None:
        record["batch_id"] = new.batch_id.hex
    if new.dedupe_key is not None:
        record["dedupe_key"] = new.scoped_dedupe_key
    return record


def from_settlement(settlement: Settlement) -> dict[str, Any]:
    """Make the JSON record of a settlement; text that no database stores is replaced, not refused."""
    s = settlement
    record: dict[str, Any] = {
        "id": s.id.hex,
        "attempt": s.attempt,
        "outcome": s.outcome,
        "delay_s": s.delay_s,
        "crashed": int(s.crashed),
        "only_expired": int(s.only_expired),
    }
    if s.extractor is not None or s.extractor_version is not None:
        record.update(extractor=s.extractor, extractor_version=s.extractor_version)
    if s.result is not None:
        record["result"] = storable_json(s.result)
    if s.result_size is not None:
        record["result_size"] = s.result_size
    if s.result_key is not None or s.result_sha256 is not None:
        record.update(result_key=s.result_key, result_sha256=s.result_sha256)
    if has_error(s):
        record.update(zip(_ERROR, storable_error(s), strict=True))
    return record


def has_error(settlement: Settlement) -> bool:
    """Whether the attempt ended with an error."""
    s = settlement
    return s.error_code is not None or s.error_type is not None or s.error_message is not None


def storable_error(settlement: Settlement) -> list[str | None]:
    """Give what the row and the log say of an error: its code, its class and its message."""
    s = settlement
    return [None if text is None else storable_text(text) for text in (s.error_code, s.error_type, s.error_message)]


def storable_text(text: str) -> str:
    """Replace what PostgreSQL's text cannot hold, U+0000 and lone surrogates, by U+FFFD."""
    return NO_TEXT.sub("\ufffd", text)


def storable_json(text: str) -> str:
    """Replace what PostgreSQL's jsonb cannot hold: U+0000, lone surrogates, NaN and infinities (by null)."""
    text = storable_text(text)
    if not _SUSPECT.search(text):
        return text
    return json.dumps(_storable(json.loads(text, parse_constant=lambda _: None)), ensure_ascii=False)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return {storable_text(key): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


def document(records: Iterable[Mapping[str, Any]]) -> str:
    """Write records as the one parameter of a statement.

    Raises:
        ValueError: A record holds U+0000 or half a surrogate pair, or what JSON cannot express.
    """
    try:
        text = json.dumps(list(records), ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError) as exc:
        raise ValueError(f"options and metadata must be JSON: {exc}") from exc
    if "\\u0000" in text and _holds_nul(json.loads(text)):
        raise ValueError("names, options and metadata must not contain the character U+0000")
    return text


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_holds_nul(item) for item in value)
