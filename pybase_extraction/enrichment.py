"""Further readings of a file whose result exists: how they are asked for, kept with a job, and put onto the result.

A job keeps them among its options, under a name that no extractor's option may have: so they travel with it to any
worker, and a result is found again only by who asks for the same readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pybase_extraction.errors import OptionsError
from pybase_extraction.merging import merge
from pybase_extraction.results import ExtractionResult, Issue, Severity

ENRICH: Final = "enrich"
"""Key of the readings among the options of a job."""
FAILED: Final = "enrichment-failed"
"""Code of the issue on a result that a further reading failed to enrich."""

Enrichment = Iterable[str] | Mapping[str, Mapping[str, Any]]
"""Names of further formats or extractors that read the same file, with options for each where they are mapped."""
Readings = Mapping[str, Mapping[str, Any]]
"""Options by name of the format or extractor, in the order in which they read."""


def readings_of(enrich: Enrichment) -> dict[str, Mapping[str, Any]]:
    """Give every reading its options.

    Raises:
        TypeError: A name instead of a list of names.
    """
    if isinstance(enrich, str):
        message = f"enrich is a list of names: say enrich=[{enrich!r}]"
        raise TypeError(message)
    return dict(enrich) if isinstance(enrich, Mapping) else {name: {} for name in enrich}


def put_down(readings: Readings) -> list[str | dict[str, Any]]:
    """Write readings as an option, in a list: a database may sort the keys of an object."""
    return [{name: dict(options)} if options else name for name, options in readings.items()]


def split(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """Part the options of a job into those of its extractor and the further readings.

    Raises:
        OptionsError: The readings are neither names, nor options by name, nor a list of both.
    """
    own = {name: value for name, value in options.items() if name != ENRICH}
    given = options.get(ENRICH)
    readings: dict[str, Mapping[str, Any]] = {}
    for each in given if isinstance(given, list | tuple) else [] if given is None else [given]:
        readings |= {each: {}} if isinstance(each, str) and each is not given else _mapped(each)
    return own, readings


def _mapped(given: Any) -> dict[str, Mapping[str, Any]]:
    if isinstance(given, Mapping) and all(isinstance(options, Mapping) for options in given.values()):
        return dict(given)
    raise OptionsError(
        f"The option {ENRICH!r} names no readings.",
        errors=((ENRICH, "is neither a list of names nor an object of options by name"),),
        remedy='Say ["werk24"], or {"werk24": {"max_pages": 1}}.',
    )


def put_onto(first: bytes, further: ExtractionResult) -> ExtractionResult:
    """Merge a further result with the first one, which is given as JSON.

    A result that cannot be merged leaves the first one as it is but for an issue.
    """
    result = ExtractionResult.model_validate_json(first)
    try:
        return merge([result, further])
    except ValueError as exc:
        return without(result, further.extractor.name, str(exc))


def without(result: ExtractionResult, name: str, reason: str) -> ExtractionResult:
    """Say on a result that a further reading failed; it is partial then."""
    message = f"The result lacks what {name} would have added: {reason}"
    issue = Issue(code=FAILED, severity=Severity.ERROR, message=message)
    return result.model_copy(update={"is_partial": True, "issues": (*result.issues, issue)})
