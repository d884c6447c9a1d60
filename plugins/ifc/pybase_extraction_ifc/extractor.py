"""The IFC extractor: properties, quantities, materials and structure from the bytes, geometry when asked for."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from pybase_extraction.drawing.bom_views import apply_view
from pybase_extraction.errors import CorruptedFileError
from pybase_extraction.extractor import ExtractionContext, without_collection
from pybase_extraction.part21 import Part21File
from pybase_extraction.results import (
    Element,
    ExtractionResult,
    ExtractorRecord,
    Issue,
    Severity,
    SourceInfo,
)
from pybase_extraction.source import Locator, Source
from pybase_extraction_ifc import __version__
from pybase_extraction_ifc.classifications import Classifications
from pybase_extraction_ifc.container import Content, read_content
from pybase_extraction_ifc.elements import ElementReader, other_products
from pybase_extraction_ifc.georeference import read_georeference
from pybase_extraction_ifc.materials import Materials
from pybase_extraction_ifc.measures import Units
from pybase_extraction_ifc.model import Found, IfcModel
from pybase_extraction_ifc.options import IfcOptions
from pybase_extraction_ifc.ownership import Owners
from pybase_extraction_ifc.presentation import PresentationLayers
from pybase_extraction_ifc.properties import PropertySets
from pybase_extraction_ifc.relations import read_relations
from pybase_extraction_ifc.requirements import check_requirements
from pybase_extraction_ifc.soundness import look_for_defects
from pybase_extraction_ifc.spatial import Spatial, read_groups
from pybase_extraction_ifc.takeoff import bill_of_materials, bills_of_quantities


class IfcExtractor:
    """Reads IFC2X3, IFC4 and IFC4X3 models, their drafts, and ifczip."""

    def extract(self, source: Source, options: IfcOptions, context: ExtractionContext) -> ExtractionResult:
        """Read a model.

        Raises:
            CorruptedFileError: It is no exchange structure, or no IFC.
            UnsupportedFormatError: It is ifcXML.
            FileTooLargeError: It is, or unpacks to, more than the limits allow.
        """
        start = time.perf_counter()
        found = Found()
        context.report(0.0, "reading")
        content = read_content(source, context, found)
        model = IfcModel(Part21File.open(content.data, name=source.name))
        context.check()
        _refuse_other_formats(model, source)
        with without_collection():
            reading = _Reading(model, options, context, found)
            values = reading.result(content)
        return ExtractionResult(
            format="ifc",
            source=SourceInfo(
                filename=source.name, size=source.size, sha256=source.sha256, media_type=source.media_type
            ),
            extractor=ExtractorRecord(
                name="ifc",
                version=__version__,
                options=options.model_dump(mode="json"),
                seconds=time.perf_counter() - start,
                **reading.record,
            ),
            issues=_issues(found),
            is_partial=any(severity == "error" for _, severity, _ in found.issues),
            **values,
        )


def _refuse_other_formats(model: IfcModel, source: Source) -> None:
    if any(name.startswith("IFC") for name in model.file.schemas):
        return
    if not any(item.schema for item in model.classes.values() if item.name.startswith("Ifc")):
        schemas = ", ".join(model.file.schemas) or "none"
        raise CorruptedFileError(
            f"{source.name!r} is no IFC model: its header names the schema {schemas}, and it has no IFC instance.",
            name=source.name,
            format="ifc",
            remedy="Name the right format, or export the model again as IFC.",
        )


class _Reading:
    """One file being read."""

    def __init__(self, model: IfcModel, options: IfcOptions, context: ExtractionContext, found: Found) -> None:
        self.model = model
        self.options = options
        self.context = context
        self.found = found
        self.record: dict[str, Any] = {"tier": "metadata"}
        self.units = Units(model)
        self.sets = PropertySets(
            model, self.units, properties=options.extract_properties, quantities=options.extract_quantities
        )
        self.relations = read_relations(model, found)
        context.check()
        self.classifications = Classifications(model)
        self.spatial = Spatial(model, self.units, self.relations, self.sets, self.classifications)

    def result(self, content: Content) -> dict[str, Any]:
        """Sections of the result."""
        model, options, context = self.model, self.options, self.context
        materials = Materials(model, self.units, self.sets, self.classifications) if options.extract_materials else None
        layers = PresentationLayers(model)
        owners = Owners(model)
        context.report(0.3, "elements")
        wanted = None if options.element_types is None else frozenset(name.lower() for name in options.element_types)
        reader = ElementReader(
            model=model,
            relations=self.relations,
            spatial=self.spatial,
            sets=self.sets,
            materials=materials,
            classifications=self.classifications,
            owners=owners,
            layers=layers,
            found=self.found,
            wants_place=options.extract_spatial_structure,
            element_types=wanted,
            check=context.check,
        )
        elements = tuple(reader.read())
        if options.include_geometry:
            elements = self._with_geometry(elements, content)
        context.report(0.8, "structure")
        look_for_defects(model, self.units, elements, self.found)
        context.check()
        tables = (check_requirements(options.ids, content.data, context, self.found),) if options.ids else ()
        bill = bill_of_materials(elements)
        boms, _ = apply_view((bill,) if bill else (), options)
        return {
            "length_unit": self.units.length.symbol if self.units.length else None,
            "tables": tables,
            "elements": elements,
            "spatial_structure": self.spatial.tree() if options.extract_spatial_structure else (),
            "groups": read_groups(self.spatial),
            "georeference": read_georeference(model, self.units, self.relations, self.sets, self.found),
            "takeoff": bills_of_quantities(elements) if options.extract_quantities else (),
            "boms": boms,
            "materials": materials.all() if materials else (),
            "layers": layers.all(Counter(name for element in elements for name in element.layers)),
            "metadata": self._metadata(content, owners, elements),
        }

    def _with_geometry(self, elements: tuple[Element, ...], content: Content) -> tuple[Element, ...]:
        from pybase_extraction_ifc.geometry import measure_elements

        measured = measure_elements(self.model, content.data, elements, self.context, self.found)
        self.record = {"tier": "geometry" if measured.engine else "metadata", "library": measured.engine}
        return measured.elements

    def _metadata(self, content: Content, owners: Owners, elements: tuple[Element, ...]) -> dict[str, Any]:
        file, schema = self.model.file, self.model.schema
        header = file.header
        project = next(self.model.of("IfcProject"), None)
        return {
            "schema": next(iter(file.schemas), None),
            "read_as": schema.base,
            "file_name": header.name,
            "description": list(header.description),
            "time_stamp": header.time_stamp,
            "author": list(header.author),
            "organization": list(header.organization),
            "preprocessor_version": header.preprocessor_version,
            "originating_system": header.originating_system,
            "authorization": header.authorization,
            "applications": owners.applications(),
            "project": {
                "name": project.text("Name"),
                "long_name": project.text("LongName"),
                "phase": project.text("Phase"),
                "global_id": project.text("GlobalId"),
            }
            if project
            else None,
            "zip_member": content.member,
            "units": self.units.as_table(),
            "instances": len(file),
            "instances_by_type": file.types(),
            "elements_by_class": dict(sorted(Counter(element.ifc_class for element in elements).items())),
            "other_products": other_products(self.model),
            "properties_decoded": self.sets.decoded,
        }


def _issues(found: Found) -> tuple[Issue, ...]:
    issues = []
    for (code, severity, message), places in found.issues.items():
        step_id, global_id = places[0]
        place = Locator(step_id=step_id, global_id=global_id) if step_id is not None or global_id is not None else None
        issues.append(Issue(code=code, severity=Severity(severity), message=message, place=place, count=len(places)))
    return tuple(issues)
