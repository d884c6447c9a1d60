"""The result of one extraction: one vocabulary for all formats."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, ValidationError

from pybase_extraction.errors import CorruptedFileError, SourceNotFoundError
from pybase_extraction.results.base import Issue, Model, Picture, Severity
from pybase_extraction.results.building import (
    Element,
    ElementGroup,
    Georeference,
    QuantityTakeoff,
    SpatialNode,
)
from pybase_extraction.results.cad import Block, Entity, GeometrySummary, Layer
from pybase_extraction.results.document import (
    Annotation,
    Attachment,
    ExtractorRecord,
    FormField,
    Page,
    SourceInfo,
    Table,
    TextBlock,
)
from pybase_extraction.results.drawing import (
    BillOfMaterials,
    Datum,
    Dimension,
    EdgeCondition,
    FeatureControlFrame,
    GeneralTolerance,
    MachinedFeature,
    Material,
    Note,
    Revision,
    SurfaceTexture,
    Thread,
    TitleBlock,
    WeldSymbol,
)
from pybase_extraction.results.model3d import AssemblyNode, Part, SavedView, ValidationProperty

if TYPE_CHECKING:
    from pybase_extraction.comparison import Changes
    from pybase_extraction.display import Explanation
    from pybase_extraction.pictures.view import PageView
    from pybase_extraction.pictures.whereabouts import File

SCHEMA_VERSION: Final = 1
"""Grows when a saved result needs a conversion to be read."""


class ExtractionResult(Model):
    """Everything that was found in one file.

    A section that a format cannot have is empty.  Lists are in the file's order: page by page, top to bottom, left to
    right, or in the order of records.

    Attributes:
        schema_version: Version of this vocabulary.
        format: Name of the format, for example ``"pdf"``.
        source: The file.
        extractor: What read it.
        is_partial: Whether a part of the file could not be read; ``issues`` say which.
        pages: Pages, sheets, or layouts.
        length_unit: Unit of lengths that the file declares, or None.
        tables: Tables of the document with their cells; those of a title block or a parts list have that role.
        text_blocks: Texts with their places.
        form_fields: Fields of forms with their values.
        annotations: Comments and markups.
        attachments: Files inside of the file: their names and sizes, not their contents.
        dimensions: Sizes with their deviations, fits and units.
        feature_control_frames: Geometrical tolerances.
        datums: Datum features and datum targets.
        threads: Thread designations.
        surface_textures: Requirements of roughness.
        materials: Materials that are named.
        general_tolerances: What holds where nothing else is said.
        edges: Conditions of edges.
        welds: Welds.
        features: Bores, undercuts, key slots and other features of manufacture.
        notes: Notes, one by one.
        title_blocks: One for every sheet that has one.
        revisions: Lines of the revision tables.
        boms: Parts lists as printed, or as derived from a structure.
        layers: Layers with their state and what is on them.
        blocks: Block definitions, how often they are inserted, and attributes.
        geometry_summary: Numbers of entities by kind, lengths and areas; None for formats without geometry.
        entities: Every entity with its defining numbers, where that was asked for.
        elements: Walls, doors, pipes: the parts of a building with their properties.
        spatial_structure: Sites, buildings, storeys and spaces as a tree.
        groups: Systems, zones and groups of elements.
        georeference: Where the model stands on the earth, or None.
        takeoff: Quantities summed over elements.
        parts: Products with their measures.
        assembly: Occurrences of the parts as a tree.
        validation_properties: What the exporter wrote for checking the import.
        saved_views: Saved views with annotations.
        pictures: Previews that were asked for.
        metadata: What the file says of itself: author, application, dates, schema, standard.
        issues: What the reader must know.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    format: str
    source: SourceInfo
    extractor: ExtractorRecord
    is_partial: bool = False
    length_unit: str | None = None

    pages: tuple[Page, ...] = ()
    tables: tuple[Table, ...] = ()
    text_blocks: tuple[TextBlock, ...] = ()
    form_fields: tuple[FormField, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    dimensions: tuple[Dimension, ...] = ()
    feature_control_frames: tuple[FeatureControlFrame, ...] = ()
    datums: tuple[Datum, ...] = ()
    threads: tuple[Thread, ...] = ()
    surface_textures: tuple[SurfaceTexture, ...] = ()
    materials: tuple[Material, ...] = ()
    general_tolerances: tuple[GeneralTolerance, ...] = ()
    edges: tuple[EdgeCondition, ...] = ()
    welds: tuple[WeldSymbol, ...] = ()
    features: tuple[MachinedFeature, ...] = ()
    notes: tuple[Note, ...] = ()
    title_blocks: tuple[TitleBlock, ...] = ()
    revisions: tuple[Revision, ...] = ()
    boms: tuple[BillOfMaterials, ...] = ()

    layers: tuple[Layer, ...] = ()
    blocks: tuple[Block, ...] = ()
    geometry_summary: GeometrySummary | None = None
    entities: tuple[Entity, ...] = ()

    elements: tuple[Element, ...] = ()
    spatial_structure: tuple[SpatialNode, ...] = ()
    groups: tuple[ElementGroup, ...] = ()
    georeference: Georeference | None = None
    takeoff: tuple[QuantityTakeoff, ...] = ()

    parts: tuple[Part, ...] = ()
    assembly: tuple[AssemblyNode, ...] = ()
    validation_properties: tuple[ValidationProperty, ...] = ()
    saved_views: tuple[SavedView, ...] = ()

    pictures: tuple[Picture, ...] = ()
    metadata: dict[str, Any] = Field(default_factory=dict)
    issues: tuple[Issue, ...] = ()

    @property
    def title_block(self) -> TitleBlock | None:
        """The first sheet's title block, or None."""
        return self.title_blocks[0] if self.title_blocks else None

    @property
    def bom(self) -> BillOfMaterials | None:
        """The first bill of materials, or None."""
        return self.boms[0] if self.boms else None

    @property
    def warnings(self) -> tuple[Issue, ...]:
        """Issues that are more than information."""
        return tuple(issue for issue in self.issues if issue.severity is not Severity.INFO)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ExtractionResult:
        """Read a result that was written as JSON, by ``save``, the command line or ``model_dump_json``.

        Raises:
            SourceNotFoundError: There is no such file.
            CorruptedFileError: The file holds no result, or one of another version of the vocabulary.
        """
        try:
            return cls.model_validate_json(Path(path).read_bytes())
        except FileNotFoundError as exc:
            name = Path(path).name
            raise SourceNotFoundError(f"There is no file {name!r}.", name=name, remedy="Check the path.") from exc
        except ValidationError as exc:
            raise _no_result(Path(path).name, exc) from exc

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the result as JSON, UTF-8; gives the path."""
        written = Path(path)
        written.write_text(self.model_dump_json(), "utf-8")
        return written

    def df(self, section: str, *, engine: Literal["pandas", "polars"] = "pandas") -> Any:
        """One section as a data frame: deviations with their sign, units as columns of their own, places spread out.

        Args:
            section: Name as in an export: ``"dimensions"``, ``"bom"``, ``"elements"``, ``"parts"``...
            engine: The library that makes the frame.

        Raises:
            KeyError: There is no such section; the message lists those that there are.
            MissingDependencyError: The engine is not installed.
        """
        from pybase_extraction.dataframes import section_frame

        return section_frame(self, section, engine=engine)

    def explain(self, path: str, *, source: File | None = None) -> Explanation:
        """Tell why a value is what it is: raw text, place, rule, confidence, rivals, and how its place looks.

        Args:
            path: Names and 0-based indexes, for example ``"title_block.drawing_number"`` or ``"dimensions[3]"``.
            source: The file, for the picture; where it was extracted from in this process when None.

        Raises:
            KeyError: The path leads nowhere; the message says where it ends and what there is.
        """
        from pybase_extraction.display import explain

        return explain(self, path, source=source)

    def page(self, number: int, *, source: File | None = None, password: str | None = None) -> PageView:
        """A page to be looked at: ``result.page(1).overlay(["dimensions"]).save("page.png")``.

        Args:
            number: Number of the page, from 1.
            source: The file; where it was extracted from in this process when None.
            password: Password of an encrypted file.

        Raises:
            LookupError: The result has no such page.
        """
        from pybase_extraction.pictures.view import page_view

        return page_view(self, number, source=source, password=password)

    def diff(self, other: ExtractionResult) -> Changes:
        """What changed from this result to another one of the same drawing or model; empty when both say the same."""
        from pybase_extraction.comparison import diff

        return diff(self, other)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        # counts rather than contents: a model has a hundred thousand values, and consoles show what they are given
        yield "filename", self.source.filename
        yield "format", self.format
        if self.is_partial:
            yield "is_partial", True
        for name, value in self:
            if isinstance(value, tuple) and value:
                yield name, len(value)

    def _repr_html_(self) -> str:
        from pybase_extraction.display import to_html

        return to_html(self)


def _no_result(name: str, error: ValidationError) -> CorruptedFileError:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "the whole file"
    if where == "schema_version":
        remedy = "Another version of the library wrote it: upgrade pybase-extraction, or extract the file again."
    else:
        remedy = "A result is what result.save(path) or `pybase-extract extract FILE --format json` writes, one a file."
    return CorruptedFileError(f"{name!r} is no saved result ({where}: {first['msg']}).", name=name, remedy=remedy)
