"""Several readings of one file as one result.

``merge`` is pure and generic: it knows no format.  The first result is the main one; the others confirm it, contradict
it, or add to it.  A value is never dropped: it stands in the merged result itself, or its provenance stands in
``confirmed_by`` of the value that it agrees with, or it is a rival of a field of a title block.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from pybase_extraction.results import (
    ExtractionResult,
    Issue,
    Page,
    Provenance,
    Severity,
    Signature,
    TitleBlock,
    TitleField,
    TitleFieldRival,
)
from pybase_extraction.results.base import Value
from pybase_extraction.source import BBox, Locator

_V = TypeVar("_V", bound=Value)

RIVAL_OVERLAP: Final = 0.5
"""Share of the smaller box from which two finds stand at the same place: a callout that is read differently covers
itself, a neighbouring callout only touches it."""
SAME_SHAPE: Final = 0.01
"""Largest difference of the two scales of a page: a picture of it has whole pixels, and a cut-out another shape."""

_PROOF: Final = frozenset({"raw", "provenance", "confirmed_by"})
_IDENTITY: Final[dict[str, tuple[str, ...]]] = {
    "dimensions": (
        *("kind", "nominal", "upper", "lower", "fit", "quantity", "pattern", "angle", "is_reference", "is_basic"),
        *("is_limit", "is_maximum", "is_minimum", "is_through"),
    ),
    "feature_control_frames": ("characteristic", "zones", "quantity", "all_around", "all_over", "is_between"),
    "datums": ("letter", "target"),
    "threads": (
        *("family", "nominal_diameter", "size", "pitch", "lead", "tolerance_class", "is_left_hand", "length"),
        *("is_through", "quantity"),
    ),
    "surface_textures": ("parameter", "value", "lower_value", "grade", "removal", "lay", "is_majority"),
    "general_tolerances": ("standard", "linear_class", "geometric_class", "by_decimals", "angular", "fractional"),
    "materials": ("name", "designation", "number", "condition", "hardness"),
    "notes": ("text",),
}
"""What must be equal for two finds to agree; sections that are not listed compare everything but the proof."""
_KIND: Final = {"dimensions": "kind", "features": "kind", "threads": "family", "surface_textures": "parameter"}
"""What two finds at one place must share to be rivals, and not two things that stand together."""
_WITH_RIVALS: Final = frozenset({*_KIND, "feature_control_frames", "general_tolerances"})
_VALUES: Final = (
    *("text_blocks", "form_fields", "annotations", "attachments", "dimensions", "feature_control_frames", "datums"),
    *("threads", "surface_textures", "materials", "general_tolerances", "edges", "welds", "features", "notes"),
    "revisions",
)
_STRUCTURES: Final = (
    *("layers", "blocks", "geometry_summary", "entities", "elements", "spatial_structure", "groups"),
    *("georeference", "takeoff", "parts", "assembly", "validation_properties", "saved_views"),
)
"""Sections whose members refer to each other; they come from one result as a whole."""


def merge(results: Sequence[ExtractionResult]) -> ExtractionResult:
    """Combine readings of the same file; the first is the main one, and its order is kept.

    Values agree when what they state is equal and their places do not contradict each other: the same page, boxes that
    touch, or a place that one of them does not know.  Where two results measure a page in different units (points and
    pixels of its picture) the further one's places are converted if both know the page's size and it has the same
    shape; otherwise boxes are not compared, and an issue ``merge-places-unlike`` says so.  Each find of one result
    agrees with at most one of another.

    A value that agrees is confirmed, in the order of ``results``, and what only the confirming find knows (a unit, a
    label) is filled in.  Values of one kind that cover each other, or have the same text, and do not agree are both
    kept, with an issue ``merge-rivals``.  Title blocks are merged field by field; there the main value stands and the
    other is a rival.

    Raises:
        ValueError: There is no result, the results are of different files, or two results have different structures
            (models, buildings, layers), which cannot be taken for one.
    """
    if not results:
        raise ValueError("merge needs at least one result")
    main, *others = results
    for other in others:
        main = _merge_two(main, other)
    return main


def _merge_two(main: ExtractionResult, other: ExtractionResult) -> ExtractionResult:
    if main.source.sha256 != other.source.sha256:
        message = f"results of different files cannot be merged: {main.source.filename}, {other.source.filename}"
        raise ValueError(message)
    other = _on_the_pages_of(main, other)
    name = None if other.extractor.name == main.extractor.name else other.extractor.name
    strangers = _strangers(main, other)
    issues = [_unlike(page, other) for page in sorted(strangers)]
    found: dict[str, Any] = {section: _structure(main, other, section) for section in _STRUCTURES}
    for section in _VALUES:
        found[section], _ = _merge_section(
            section, getattr(main, section), getattr(other, section), name, issues, strangers
        )
    found["title_blocks"] = _merge_title_blocks(main.title_blocks, other.title_blocks, name, issues)
    tables, places = _merge_section("tables", main.tables, _numbered(main, other), name, issues, strangers)
    found["tables"] = tables
    moved = tuple(_moved(bom, "source_table", places) for bom in other.boms)
    found["boms"], _ = _merge_section("boms", main.boms, moved, name, issues, strangers)
    return main.model_copy(update={**found, **_merge_facts(main, other, issues)})


def _on_the_pages_of(main: ExtractionResult, other: ExtractionResult) -> ExtractionResult:
    """The other result with its places in the main one's units, on every page whose scale the two sizes tell."""
    known = {page.number: page for page in main.pages}
    scales = {
        page.number: scale
        for page in other.pages
        if page.number in known and (scale := _scale(page, known[page.number])) is not None
    }
    if not scales:
        return other
    pages = tuple(known[page.number] if page.number in scales else page for page in other.pages)
    fields = {name: _placed(getattr(other, name), scales, None) for name in (*_VALUES, "tables", "boms", "issues")}
    blocks = _placed(other.title_blocks, scales, None)
    return other.model_copy(update={**fields, "title_blocks": blocks, "pages": pages})


def _scale(page: Page, target: Page) -> tuple[float, float] | None:
    """Factors of x and y from one measure of a page to another; None where none is needed or none can be told."""
    if page.unit == target.unit or not (page.width and page.height and target.width and target.height):
        return None
    x, y = target.width / page.width, target.height / page.height
    return (x, y) if abs(x / y - 1) <= SAME_SHAPE else None


def _placed(value: Any, scales: Mapping[int, tuple[float, float]], page: int | None) -> Any:
    """A value with the boxes of itself and of its parts converted; ``page`` is that of what encloses it."""
    if isinstance(value, tuple):
        return tuple(_placed(part, scales, page) for part in value)
    if isinstance(value, dict):
        return {key: _placed(part, scales, page) for key, part in value.items()}
    if not isinstance(value, BaseModel):
        return value
    if isinstance(value, Locator):
        page = value.page
    elif isinstance(value, Value):
        page = value.provenance.place.page if value.provenance.place.page is not None else page
    parts = {name: getattr(value, name) for name in type(value).model_fields}
    changed = {
        name: _converted(part, scales.get(page or 0)) if name == "bbox" else _placed(part, scales, page)
        for name, part in parts.items()
    }
    return value.model_copy(update={name: part for name, part in changed.items() if part is not parts[name]})


def _converted(box: BBox | None, scale: tuple[float, float] | None) -> BBox | None:
    if box is None or scale is None:
        return box
    return (box[0] * scale[0], box[1] * scale[1], box[2] * scale[0], box[3] * scale[1])


def _strangers(main: ExtractionResult, other: ExtractionResult) -> frozenset[int]:
    """Pages that the two measure in different units, so that boxes on them cannot be compared."""
    units = {page.number: page.unit for page in main.pages}
    return frozenset(page.number for page in other.pages if page.unit != units.get(page.number, page.unit))


def _unlike(page: int, other: ExtractionResult) -> Issue:
    name, unit = other.extractor.name, next(known.unit for known in other.pages if known.number == page)
    message = f"places that {name} gives on this page are in {unit or 'an unknown unit'}, not in the page's unit"
    return Issue(code="merge-places-unlike", severity=Severity.INFO, message=message, place=Locator(page=page))


def _numbered(main: ExtractionResult, other: ExtractionResult) -> tuple[Any, ...]:
    # A table that continues another names it by index; the index is that of the table's place after the merging.
    _, places = _merge_section(
        "tables", main.tables, other.tables, None, [], _strangers(main, other), ("continued_from",)
    )
    return tuple(_moved(table, "continued_from", places) for table in other.tables)


def _moved(value: _V, field: str, places: Sequence[int]) -> _V:
    index = getattr(value, field)
    return value if index is None else value.model_copy(update={field: places[index]})


def _structure(main: ExtractionResult, other: ExtractionResult, section: str) -> Any:
    ours, theirs = getattr(main, section), getattr(other, section)
    if ours and theirs and ours != theirs:
        message = f"{main.extractor.name} and {other.extractor.name} give different {section}, which cannot be merged"
        raise ValueError(message)
    return ours or theirs


def _merge_facts(main: ExtractionResult, other: ExtractionResult, issues: Iterable[Issue]) -> dict[str, Any]:
    known = {page.number for page in main.pages}
    contacted = tuple(dict.fromkeys((*main.extractor.contacted, *other.extractor.contacted)))
    metadata = dict(main.metadata)
    if other.metadata and other.metadata != main.metadata:
        metadata[_free(other.extractor.name, metadata)] = other.metadata
    return {
        "extractor": main.extractor.model_copy(update={"contacted": contacted}),
        "is_partial": main.is_partial or other.is_partial,
        "length_unit": main.length_unit if main.length_unit is not None else other.length_unit,
        "pages": (*main.pages, *(page for page in other.pages if page.number not in known)),
        "pictures": (*main.pictures, *(picture for picture in other.pictures if picture not in main.pictures)),
        "metadata": metadata,
        "issues": (*main.issues, *(issue for issue in other.issues if issue not in main.issues), *issues),
    }


def _free(name: str, taken: dict[str, Any]) -> str:
    return name if name not in taken else _free(f"{name}+", taken)


def _merge_section(
    section: str,
    ours: tuple[_V, ...],
    theirs: tuple[_V, ...],
    name: str | None,
    issues: list[Issue],
    strangers: frozenset[int],
    ignored: tuple[str, ...] = (),
) -> tuple[tuple[_V, ...], list[int]]:
    """Merge one list; also gives for each of ``theirs`` its index in the merged list."""
    pairs = _agreeing(ours, theirs, lambda value: _identity(section, value, ignored), strangers)
    merged, places = list(ours), []
    for index, value in enumerate(theirs):
        if index in pairs:
            merged[pairs[index]] = _confirmed(merged[pairs[index]], value, name)
            places.append(pairs[index])
            continue
        if section in _WITH_RIVALS:
            issues.extend(_contradictions(section, ours, value, name, strangers))
        places.append(len(merged))
        merged.append(_signed(value, name))
    return tuple(merged), places


def _identity(section: str, value: Value, ignored: tuple[str, ...] = ()) -> Hashable:
    names = _IDENTITY.get(section) or tuple(sorted(set(type(value).model_fields) - _PROOF - set(ignored)))
    stated = value.model_dump(mode="json", include=set(names))
    return repr([_plain(stated[field]) for field in names])


def _plain(stated: Any) -> Any:
    if isinstance(stated, dict):
        return sorted((key, _plain(value)) for key, value in stated.items() if key not in _PROOF)
    if isinstance(stated, list):
        return [_plain(value) for value in stated]
    return " ".join(stated.casefold().split()) if isinstance(stated, str) else stated


def _agreeing(
    ours: Sequence[_V], theirs: Sequence[_V], identity: Callable[[_V], Hashable], strangers: frozenset[int]
) -> dict[int, int]:
    """Index in ``ours`` for each index in ``theirs`` that agrees, nearest places first."""
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for index, value in enumerate(ours):
        alike[identity(value)].append(index)
    candidates = [
        (-closeness, there, here)
        for there, value in enumerate(theirs)
        for here in alike.get(identity(value), ())
        if _same_unit(ours[here], value)
        and (closeness := _closeness(ours[here].provenance.place, value.provenance.place, strangers)) is not None
    ]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, there, here in sorted(candidates):
        if there not in pairs and here not in taken:
            pairs[there] = here
            taken.add(here)
    return pairs


def _same_unit(one: Value, two: Value) -> bool:
    units = {getattr(one, "unit", None), getattr(two, "unit", None)} - {None}
    return len(units) < 2


def _closeness(one: Locator, two: Locator, strangers: frozenset[int]) -> float | None:
    """2 for the same place, 0..1 for the share that boxes cover of each other, None for different places."""
    if None not in (one.page, two.page) and one.page != two.page:
        return None
    if not strangers.isdisjoint({one.page, two.page}):
        return 0.0
    if one == two:
        return 2.0
    if one.bbox is None or two.bbox is None:
        return 0.0
    return _overlap(one.bbox, two.bbox)


def _overlap(one: BBox, two: BBox) -> float | None:
    """Share of the smaller box that both cover, 0 when they only touch; None when they are apart."""
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    if width < 0 or height < 0:
        return None
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, two))
    return min(1.0, width * height / smaller) if smaller > 0 else 1.0


def _contradictions(
    section: str, ours: Iterable[Value], value: Value, name: str | None, strangers: frozenset[int]
) -> Iterable[Issue]:
    for mine in ours:
        closeness = _closeness(mine.provenance.place, value.provenance.place, strangers)
        if closeness is None or not _same_kind(section, mine, value):
            continue
        stands_there = closeness >= RIVAL_OVERLAP and mine.provenance.place.bbox is not None
        if (stands_there or _same_text(mine, value)) and not _equal(section, mine, value):
            yield _rivals(f"{section}: {_said(mine)} and {_said(value)}", name, mine.provenance.place)


def _same_text(one: Value, two: Value) -> bool:
    return one.raw is not None and two.raw is not None and bool(_plain(one.raw)) and _plain(one.raw) == _plain(two.raw)


def _equal(section: str, one: Value, two: Value) -> bool:
    return _same_unit(one, two) and _identity(section, one) == _identity(section, two)


def _same_kind(section: str, one: Value, two: Value) -> bool:
    field = _KIND.get(section)
    return field is None or getattr(one, field) == getattr(two, field)


def _said(value: Value) -> str:
    return repr(value.raw or getattr(value, "nominal", None) or getattr(value, "designation", None) or "")


def _rivals(what: str, name: str | None, place: Locator | None) -> Issue:
    message = f"two readings contradict each other in {what} (from {name or 'the same extractor'}); both are kept"
    return Issue(code="merge-rivals", severity=Severity.WARNING, message=message, place=place)


def _confirmed(mine: _V, value: _V, name: str | None) -> _V:
    gaps = {
        field: stated
        for field in set(type(mine).model_fields) - _PROOF
        if getattr(mine, field) is None and (stated := getattr(value, field)) is not None
    }
    proofs = (_by(value.provenance, name), *(_by(proof, name) for proof in value.confirmed_by))
    return mine.model_copy(update={**gaps, "confirmed_by": (*mine.confirmed_by, *proofs)})


def _signed(value: _V, name: str | None) -> _V:
    if name is None:
        return value
    proofs = tuple(_by(proof, name) for proof in value.confirmed_by)
    return value.model_copy(update={"provenance": _by(value.provenance, name), "confirmed_by": proofs})


def _by(proof: Provenance, name: str | None) -> Provenance:
    return proof if name is None or proof.extractor is not None else proof.model_copy(update={"extractor": name})


def _merge_title_blocks(
    ours: tuple[TitleBlock, ...], theirs: tuple[TitleBlock, ...], name: str | None, issues: list[Issue]
) -> tuple[TitleBlock, ...]:
    merged, free = list(ours), list(range(len(ours)))
    for block in theirs:
        index = next((i for i in free if None in (ours[i].page, block.page) or ours[i].page == block.page), None)
        if index is None:
            merged.append(_merge_block(TitleBlock(page=block.page, provenance=block.provenance), block, name, issues))
        else:
            free.remove(index)
            merged[index] = _merge_block(
                _confirmed(merged[index], TitleBlock(**_proof(block)), name), block, name, issues
            )
    return tuple(merged)


def _proof(block: TitleBlock) -> dict[str, Any]:
    return {field: getattr(block, field) for field in (*_PROOF, "page")}


def _merge_block(mine: TitleBlock, block: TitleBlock, name: str | None, issues: list[Issue]) -> TitleBlock:
    fields: dict[str, Any] = {}
    for field in TitleBlock.model_fields:
        one, two = getattr(mine, field), getattr(block, field)
        if isinstance(one, TitleField) or isinstance(two, TitleField):
            fields[field] = _merge_field(field, one, two, name, issues)
    fields["custom_fields"] = {
        key: _merge_field(key, mine.custom_fields.get(key), block.custom_fields.get(key), name, issues)
        for key in dict.fromkeys((*mine.custom_fields, *block.custom_fields))
    }
    fields["signatures"] = {
        role: _merge_signature(role, mine.signatures.get(role), block.signatures.get(role), name, issues)
        for role in dict.fromkeys((*mine.signatures, *block.signatures))
    }
    fields["form_fields"] = {**block.form_fields, **mine.form_fields}
    return mine.model_copy(update=fields)


def _merge_signature(
    role: str, one: Signature | None, two: Signature | None, name: str | None, issues: list[Issue]
) -> Signature:
    one, two = one or Signature(), two or Signature()
    return Signature(
        name=_merge_field(f"{role} name", one.name, two.name, name, issues),
        date=_merge_field(f"{role} date", one.date, two.date, name, issues),
    )


def _merge_field(
    label: str, one: TitleField | None, two: TitleField | None, name: str | None, issues: list[Issue]
) -> TitleField | None:
    if one is None or two is None:
        return one or (two and _signed(two, name))
    more = tuple(rival for rival in two.rivals if rival not in one.rivals)
    if _plain(one.value) == _plain(two.value) or (one.normalized is not None and one.normalized == two.normalized):
        return _confirmed(one, two, name).model_copy(update={"rivals": (*one.rivals, *more)})
    rival = TitleFieldRival(value=two.value, label=two.label, provenance=_by(two.provenance, name))
    issues.append(_rivals(f"the title block's {label}: {one.value!r} and {two.value!r}", name, one.provenance.place))
    return one.model_copy(update={"rivals": (*one.rivals, rival, *more)})
