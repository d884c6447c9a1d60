"""Reads one STL file into one result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pybase_extraction import ExtractionContext, ExtractionResult, Source, units
from pybase_extraction.errors import CorruptedFileError, EmptyFileError
from pybase_extraction.results import (
    BoundingBox,
    ExtractorRecord,
    Issue,
    Locator,
    MassProperties,
    Measure,
    Part,
    Provenance,
    Severity,
    SourceInfo,
    TopologyCounts,
)

from acme_stl import __version__
from acme_stl.facets import NoStlError, Solid, read_solids
from acme_stl.measures import Measures, measure
from acme_stl.options import StlOptions


class StlExtractor:
    """Reads STL files."""

    def extract(self, source: Source, options: StlOptions, context: ExtractionContext) -> ExtractionResult:
        """Read a file.

        Raises:
            EmptyFileError: It has no bytes.
            CorruptedFileError: It is no STL, or has no facet.
        """
        if source.size == 0:
            raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name)
        context.check()
        solids = self._solids(source, context)
        parts = []
        for number, solid in enumerate(solids, 1):
            context.check()  # measuring takes longest
            parts.append(_part(solid, number, options))
            context.report(number / len(solids), f"solid {number}")
        issues = tuple(_issues(solids, parts, options))
        return ExtractionResult(
            format="stl",
            source=SourceInfo(
                filename=source.name, size=source.size, sha256=source.sha256, media_type=source.media_type
            ),
            extractor=ExtractorRecord(name="acme.stl", version=__version__, options=options.model_dump(mode="json")),
            is_partial=any(solid.is_cut_off for solid in solids),
            length_unit=options.unit,
            parts=tuple(parts),
            issues=issues,
        )

    @staticmethod
    def _solids(source: Source, context: ExtractionContext) -> list[Solid]:
        try:
            solids = [solid for solid in read_solids(source.read(), context.check) if solid.facets]
        except NoStlError as exc:
            raise CorruptedFileError(f"{source.name!r} is no STL: {exc}.", name=source.name, format="stl") from exc
        if not solids:
            raise CorruptedFileError(f"{source.name!r} has no facet.", name=source.name, format="stl")
        return solids


def _part(solid: Solid, number: int, options: StlOptions) -> Part:
    found = measure(solid.facets)
    return Part(
        key=f"solid {number}",
        name=solid.name,
        raw=solid.name,
        provenance=Provenance(place=Locator(path=f"solid {number}"), method="stl-facets"),
        occurrence_count=1,
        length_unit=options.unit,
        bounding_box=BoundingBox(minimum=found.low, maximum=found.high, unit=options.unit),
        mass_properties=_mass_properties(found, options) if options.measure else None,
        topology=TopologyCounts(solids=0 if found.volume is None else 1, faces=len(solid.facets)),
    )


def _mass_properties(found: Measures, options: StlOptions) -> MassProperties:
    return MassProperties(
        volume=None if found.volume is None else _measured(found.volume, options.unit, 3),
        area=_measured(found.area, options.unit, 2),
        centroid=found.centroid,
        length_unit=options.unit,
        method="geometry",
    )


def _measured(value: float, unit: str | None, power: int) -> Measure:
    """A measure in a power of the unit of length; without one it stays a bare number."""
    known = units.unit(f"{unit}{power}") if unit else None
    if known is None:
        return Measure(value=value)
    return Measure(value=value, unit=known.symbol, si_value=known.to_si(value))


def _issues(solids: Sequence[Solid], parts: Sequence[Part], options: StlOptions) -> Iterator[Issue]:
    if options.unit is None:
        message = "STL does not say the unit of its coordinates: measures have none. The option 'unit' names it."
        yield Issue(code="units-undeclared", severity=Severity.WARNING, message=message)
    for solid, part in zip(solids, parts, strict=True):
        if solid.is_cut_off:
            message = "The file ends before the solid does: the rest is missing."
            yield Issue(code="truncated", severity=Severity.ERROR, message=message, place=part.provenance.place)
        elif part.topology is not None and not part.topology.solids:
            message = "The surface is not closed, so it has no volume."
            yield Issue(code="not-closed", severity=Severity.WARNING, message=message, place=part.provenance.place)
