"""The STEP extractor: structure and statements from the bytes, measures from OpenCASCADE."""

from __future__ import annotations

import time
from typing import Any

from pybase_extraction.drawing.bom_views import apply_view
from pybase_extraction.errors import CorruptedFileError, SourceError
from pybase_extraction.extractor import ExtractionContext, without_collection
from pybase_extraction.part21 import Part21File, Ref
from pybase_extraction.results import (
    ExtractionResult,
    ExtractorRecord,
    Issue,
    Material,
    Picture,
    Provenance,
    Severity,
    SourceInfo,
)
from pybase_extraction.source import Locator, Source
from pybase_extraction_step import __version__
from pybase_extraction_step.assembly import AssemblyTree, PartFacts, bill_of_materials
from pybase_extraction_step.companions import MAX_FILES, Piece, joined
from pybase_extraction_step.external import ExternalFile, beside, note_unread, plain_name, read_external_files
from pybase_extraction_step.geometry import Computed, compute
from pybase_extraction_step.measures import Units
from pybase_extraction_step.model import Found, StepModel
from pybase_extraction_step.notes import read_notes
from pybase_extraction_step.options import StepOptions
from pybase_extraction_step.parts import PartBuilder, features_of
from pybase_extraction_step.pmi import PmiReader
from pybase_extraction_step.presentation import Presentation, read_presentation
from pybase_extraction_step.products import ProductReader, Structure
from pybase_extraction_step.properties import Properties, PropertyReader

_REPAIRED = {"missing-endsec", "truncated-record", "unterminated-comment", "broken-string", "malformed-records"}


class StepExtractor:
    """Reads AP203, AP209, AP214 and AP242 models."""

    def extract(self, source: Source, options: StepOptions, context: ExtractionContext) -> ExtractionResult:
        """Read a model.

        Raises:
            EmptyFileError: It has no bytes.
            CorruptedFileError: It is no exchange structure, or an IFC model.
            FileTooLargeError: It is larger than the limits allow.
        """
        start = time.perf_counter()
        found = Found()
        context.check_size(source.size, name=source.name)
        context.check()
        context.report(0.0, "reading")
        file = Part21File.open(source.read(), name=source.name)
        _refuse_other_formats(file, source)
        reading = _Reading(StepModel(file, found), source, options, context)
        with without_collection():
            values = reading.result()
        return ExtractionResult(
            format="step",
            source=SourceInfo(
                filename=source.name, size=source.size, sha256=source.sha256, media_type=source.media_type
            ),
            extractor=ExtractorRecord(
                name="step",
                version=__version__,
                options=options.model_dump(mode="json"),
                tier="geometry" if reading.computed.parts else "metadata",
                library="OpenCASCADE" if reading.computed.parts else None,
                seconds=time.perf_counter() - start,
            ),
            issues=_issues(found),
            is_partial=any(severity == "error" for _, severity, _ in found.issues),
            **values,
        )


def _refuse_other_formats(file: Part21File, source: Source) -> None:
    if any(name.startswith("IFC") for name in file.schemas):
        raise CorruptedFileError(
            f"{source.name!r} is an IFC model ({file.schemas[0]}), no STEP model.",
            name=source.name,
            format="step",
            remedy="Extract it as ifc.",
        )


class _Reading:
    """One file being read."""

    def __init__(self, model: StepModel, source: Source, options: StepOptions, context: ExtractionContext) -> None:
        self.model = model
        self.source = source
        self.options = options
        self.context = context
        self.found = model.found
        self.computed = Computed()
        self.externals: list[ExternalFile] = []
        self.units = Units(model)
        self._note_damage()

    def result(self) -> dict[str, Any]:
        """Sections of the result, companions included where they are wanted."""
        options = self.options
        piece = self.read()
        if options.follow_external_files and piece.externals:
            piece = joined(piece, self._companions(piece), self.found)
        sections = dict(piece.sections)
        parts = piece.parts
        if options.extract_parts:
            sections["parts"] = tuple(parts.values())
        if options.extract_assembly:
            sections |= self._assembly(piece.structure, {number: _facts(part) for number, part in parts.items()})
        return sections

    def read(self) -> Piece:
        """Read this one file."""
        options, model = self.options, self.model
        reader = ProductReader(model, self.units)
        structure = reader.read()
        self.context.check()
        properties = PropertyReader(model, self.units, reader, structure).read()
        presentation = read_presentation(model, structure) if options.extract_parts else Presentation()
        self.externals = read_external_files(model, structure, self.source)
        if not options.follow_external_files:
            note_unread(self.externals, (), self.found)
        self.context.check()
        self.context.report(0.3, "structure")
        measures = self._geometry(structure)
        builder = PartBuilder(self.units, structure, properties, presentation, measures, self.found)
        validation = builder.validate()
        names = {item.part: item.name for item in self.externals if item.part is not None}
        parts = {item.id: builder.build(item, names.get(item.id)) for item in structure.products.values()}
        sections: dict[str, Any] = {
            "length_unit": self.units.file_length(),
            "validation_properties": tuple(validation),
            "layers": tuple(presentation.all_layers),
            "materials": _materials(properties),
            "metadata": self._metadata(structure, self.externals),
        }
        if options.extract_pmi:
            sections |= PmiReader(model, self.units).read()
            sections["notes"] = read_notes(model, properties)
        if options.extract_features:
            sections["features"] = tuple(features_of(measures, builder, structure))
        if self.computed.thumbnail is not None:
            size = options.thumbnail_size
            picture = Picture(
                name="thumbnail", media_type="image/png", width=size, height=size, data=self.computed.thumbnail
            )
            sections["pictures"] = (picture,)
        return Piece(structure, parts, sections, {number: plain_name(name) for number, name in names.items()})

    def _companions(self, main: Piece) -> dict[str, Piece]:
        """Read the files beside the source that are referred to, and those that they refer to, each once."""
        own = self.source.path.name if self.source.path is not None else None
        pieces: dict[str, Piece] = {}
        readings = [self]
        waiting = list(dict.fromkeys(main.externals.values()))
        total = self.source.size
        while waiting:
            name = waiting.pop(0)
            path = beside(name, self.source)
            if path is None or name in pieces or name == own:
                continue
            if len(pieces) >= MAX_FILES:
                self.found.add("external-files-cut", "error", f"More than {MAX_FILES} files are referred to.")
                break
            self.context.check()
            source = Source.from_path(path, name=name)
            total += source.size
            self.context.check_size(total, name=self.source.name)
            reading = self._reading_of(source)
            if reading is None:
                continue
            readings.append(reading)
            pieces[name] = reading.read()
            self._take_issues(name, reading.found)
            waiting += pieces[name].externals.values()
        for reading in readings:
            note_unread(reading.externals, pieces, self.found)
        return pieces

    def _reading_of(self, source: Source) -> _Reading | None:
        try:
            file = Part21File.open(source.read(), name=source.name)
        except SourceError as exc:
            self.found.add("external-file-unreadable", "error", f"A file that holds parts cannot be read: {exc}")
            return None
        options = self.options.model_copy(update={"make_thumbnail": False})
        return _Reading(StepModel(file, Found()), source, options, self.context)

    def _take_issues(self, name: str, found: Found) -> None:
        for (code, severity, message), places in found.issues.items():
            for _ in places:
                self.found.add(code, severity, f"In {name!r}: {message}")

    def _assembly(self, structure: Structure, facts: dict[int, PartFacts]) -> dict[str, Any]:
        options = self.options
        bill = bill_of_materials(
            structure, facts, options.hierarchy_mode, options.max_depth, options.max_occurrences, self.found
        )
        # the list was made in the wanted form: the tree of a large assembly is cut off, a flat list never is
        rest = options.model_copy(update={"hierarchy_mode": "hierarchical", "max_depth": None})
        boms, _ = apply_view((bill,) if bill else (), rest)
        return {"assembly": AssemblyTree(structure, self.found, options.max_occurrences).build(), "boms": boms}

    def _geometry(self, structure: Structure) -> dict[int, dict[str, Any]]:
        options = self.options
        if not options.needs_kernel or not structure.products:
            return {}
        # the kernel numbers instances in the order of the file, and so does ids()
        definitions = self.model.file.ids("PRODUCT_DEFINITION", "PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS")
        places = {number: place for place, number in enumerate(definitions)}
        wanted = {number: places[number] for number in structure.products if number in places}
        request = {
            "definitions": len(places),
            "parts": list(wanted.values()),
            "roots": [places[number] for number in structure.roots if number in places],
            "wants": _wants(options),
            "size": options.thumbnail_size,
        }
        with self.source.as_path(self.context.scratch) as path:
            self.computed = compute(path, request, self.context, self.found)
        return {number: self.computed.parts[place] for number, place in wanted.items() if place in self.computed.parts}

    def _note_damage(self) -> None:
        for damage in self.model.file.damage:
            severity = "error" if damage.code in _REPAIRED else "warning"
            self.found.add(damage.code, severity, damage.message, damage.ids[0] if damage.ids else None)
        dangling = self.model.file.dangling()
        if dangling.count:
            first, missing = dangling.samples[0]
            message = (
                f"{dangling.count} references lead to instances that are not in the file, the first to #{missing}."
            )
            self.found.add("dangling-references", "warning", message, first)

    def _metadata(self, structure: Structure, externals: list[ExternalFile]) -> dict[str, Any]:
        file = self.model.file
        header = file.header
        return {
            "schema": next(iter(file.schemas), None),
            "schema_identifier": next(iter(header.schemas), None),
            **_protocol(header.schemas),
            "file_name": header.name,
            "description": list(header.description),
            "time_stamp": header.time_stamp,
            "author": list(header.author),
            "organization": list(header.organization),
            "preprocessor_version": header.preprocessor_version,
            "originating_system": header.originating_system,
            "authorization": header.authorization,
            "implementation_level": header.implementation_level,
            "instances": len(file),
            "instances_by_type": file.types(),
            "complex_instances_by_component": self.model.components(),
            "products": len(structure.products),
            "other_product_definitions": structure.others,
            "other_products": [item.to_dict() for item in structure.other_products],
            "occurrences": sum(len(items) for items in structure.children.values()),
            "units": self._unit_table(),
            "external_files": [item.to_dict() for item in externals],
        }

    def _unit_table(self) -> dict[str, list[str]]:
        table: dict[str, dict[str, None]] = {"length": {}, "angle": {}, "mass": {}}
        for key in self.model.complex_ids("GLOBAL_UNIT_ASSIGNED_CONTEXT"):
            units = self.units.context(Ref(key))
            for name, unit in (("length", units.length), ("angle", units.angle), ("mass", units.mass)):
                if unit is not None and unit.symbol is not None:
                    table[name][unit.symbol] = None
        return {name: list(symbols) for name, symbols in table.items()}


def _wants(options: StepOptions) -> list[str]:
    wanted = {
        "volume": options.calculate_volumes,
        "area": options.calculate_areas,
        "centroid": options.calculate_centroids,
        "inertia": options.calculate_inertia,
        "boxes": options.calculate_boxes,
        "counts": options.count_shapes,
        "features": options.extract_features,
        "thumbnail": options.make_thumbnail,
    }
    return [name for name, is_wanted in wanted.items() if is_wanted]


# short names as in the FILE_SCHEMA of the application protocols, longest first
_PROTOCOLS = {
    "AP242": "AP242",
    "AP203": "AP203",
    "AP209": "AP209",
    "AP210": "AP210",
    "AP238": "AP238",
    "AP214": "AP214",
    "CONFIG_CONTROL_DESIGN": "AP203",
    "CONFIGURATION_CONTROL_3D_DESIGN": "AP203",
    "AUTOMOTIVE_DESIGN": "AP214",
}


def _protocol(schemas: tuple[str, ...]) -> dict[str, Any]:
    """Application protocol and the edition that the object identifier names (``1 0 10303 part version``)."""
    name = schemas[0].upper() if schemas else ""
    protocol = next((short for prefix, short in _PROTOCOLS.items() if name.startswith(prefix)), None)
    digits = name.partition("{")[2].replace("}", "").split()
    # ISO 10303-442 is the module of AP242: the fifth arc is its version, and so are those of the other protocols
    edition = int(digits[4]) if len(digits) > 4 and digits[4].isdigit() else None
    return {"application_protocol": protocol, "schema_version": edition}


def _facts(part: Any) -> PartFacts:
    mass = part.mass_properties.mass if part.mass_properties else None
    return PartFacts(part.material, mass.value if mass else None, mass.unit if mass else None)


def _materials(properties: Properties) -> tuple[Material, ...]:
    found: dict[str, Material] = {}
    for owner, name in properties.materials.items():
        density = properties.densities.get(owner)
        place = Locator(step_id=properties.material_ids.get(owner))
        found.setdefault(
            name,
            Material(
                name=name,
                raw=name,
                density=density.si_value if density else None,
                provenance=Provenance(place=place, method="material property"),
            ),
        )
    return tuple(found.values())


def _issues(found: Found) -> tuple[Issue, ...]:
    return tuple(
        Issue(
            code=code,
            severity=Severity(severity),
            message=message,
            place=Locator(step_id=places[0]) if places[0] is not None else None,
            count=len(places),
        )
        for (code, severity, message), places in found.issues.items()
    )
