"""What a drawing means: dimensions, tolerances, threads, frames, texture, materials, title block, parts list.

Numbers are in the unit that their field ``unit`` names.  Deviations are signed: a shaft 25 g6 has ``upper=-0.007`` and
``lower=-0.020`` in millimetres.  None means that the drawing does not say.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from pybase_extraction.results.base import Finite, Model, Provenance, UnitOrigin, Value


class DimensionKind(StrEnum):
    """What a dimension measures (ISO 129-1)."""

    LINEAR = "linear"
    ANGULAR = "angular"
    RADIUS = "radius"
    DIAMETER = "diameter"
    SPHERICAL_RADIUS = "spherical_radius"
    SPHERICAL_DIAMETER = "spherical_diameter"
    SQUARE = "square"
    ACROSS_FLATS = "across_flats"
    ARC_LENGTH = "arc_length"
    THICKNESS = "thickness"
    CHAMFER = "chamfer"
    DEPTH = "depth"
    COUNTERBORE = "counterbore"
    COUNTERSINK = "countersink"
    SPOTFACE = "spotface"
    ORDINATE = "ordinate"
    COORDINATE = "coordinate"
    TAPER = "taper"
    SLOPE = "slope"


class ToleranceOrigin(StrEnum):
    """Where the deviations of a dimension come from."""

    DECLARED = "declared"
    """They stand beside the dimension."""
    FIT = "fit"
    """Computed from the ISO 286 class."""
    LIMITS = "limits"
    """Computed from two limits of size."""
    GENERAL = "general"
    """From the drawing's general tolerance."""


class Fit(Model):
    """An ISO 286 tolerance class, or a pair of them.

    Attributes:
        hole: Class of the hole, for example ``"H7"``; None when only a shaft is given.
        shaft: Class of the shaft, for example ``"g6"``; None when only a hole is given.
    """

    hole: str | None = None
    shaft: str | None = None

    @property
    def symbol(self) -> str:
        """As written on a drawing: ``H7/g6``, ``H7`` or ``g6``."""
        return "/".join(part for part in (self.hole, self.shaft) if part)


class Dimension(Value):
    """A dimension, read from text, from geometry, or from both.

    Attributes:
        kind: What it measures.
        nominal: Nominal size in ``unit``, degrees for angles; None when the text has no readable number.
        upper: Upper deviation, signed, in ``unit``; None when not stated.
        lower: Lower deviation, signed, in ``unit``; None when not stated.
        tolerance_origin: Where the deviations come from; None when there are none.
        fit: Tolerance class, or None.
        unit: Unit symbol, ``"deg"`` for angles; None when unknown.
        unit_origin: How the unit is known; None when it is not.
        decimals: Decimal places as printed (they decide ASME block tolerances); None when not printed as a decimal.
        quantity: How many features the callout stands for ("4×"); 1 when none is written.
        pattern: Pitch, total and count of repeated features, or None.
        is_reference: In parentheses: informative only (ISO 129-1).
        is_basic: In a frame: theoretically exact (ISO 5459, ASME Y14.5 basic).
        is_limit: Two limits of size are printed instead of a nominal size; ``nominal`` is then the lower one.
        is_maximum: MAX: only an upper limit holds.
        is_minimum: MIN: only a lower limit holds.
        is_through: THRU.
        is_typical: TYP.
        not_to_scale: Underlined value: the picture is not to scale (ISO 129-1).
        angle: Second value of a chamfer or countersink, degrees.
        modifiers: Further symbols as written, for example ``("Ⓔ", "CZ")``.
        features: Parts of a hole callout that follow: depth, counterbore, countersink, thread depth.
        alternate: The same size in another unit ("[1.00]"), or None.
        measured: What the geometry measures in ``measured_unit``, independent of the text; None when there is none.
        measured_unit: Unit symbol of ``measured``; None when the file does not declare its unit.
        displayed: The text that the program shows, formatting removed; None when it cannot be told.
        text_override: A text typed over the measurement, or None.
        label: Name or axis the dimension has ("A", "x"), or None.
        details: What else is known, by name: the tolerance of a chamfer's angle...
    """

    kind: DimensionKind
    nominal: Finite | None = None
    upper: Finite | None = None
    lower: Finite | None = None
    tolerance_origin: ToleranceOrigin | None = None
    fit: Fit | None = None
    unit: str | None = None
    unit_origin: UnitOrigin | None = None
    decimals: int | None = None
    quantity: int = Field(default=1, ge=1)
    pattern: Pattern | None = None
    is_reference: bool = False
    is_basic: bool = False
    is_limit: bool = False
    is_maximum: bool = False
    is_minimum: bool = False
    is_through: bool = False
    is_typical: bool = False
    not_to_scale: bool = False
    angle: Finite | None = None
    modifiers: tuple[str, ...] = ()
    features: tuple[Dimension, ...] = ()
    alternate: Dimension | None = None
    measured: Finite | None = None
    measured_unit: str | None = None
    displayed: str | None = None
    text_override: str | None = None
    label: str | None = None
    details: dict[str, Any] = {}

    @property
    def upper_limit(self) -> float | None:
        """Upper limit of size: nominal plus upper deviation, in ``unit``; None when one is unknown."""
        return _exact_sum(self.nominal, self.upper)

    @property
    def lower_limit(self) -> float | None:
        """Lower limit of size: nominal plus lower deviation, in ``unit``; None when one is unknown."""
        return _exact_sum(self.nominal, self.lower)


def _exact_sum(nominal: float | None, deviation: float | None) -> float | None:
    # in decimals, as printed: 11.2 + 0.1 is 11.3 and not 11.299999999999999
    if nominal is None or deviation is None:
        return None
    return float(Decimal(repr(nominal)) + Decimal(repr(deviation)))


class Pattern(Model):
    """Equally spaced features: ``5×20(=100)`` has count 5, pitch 20, total 100.

    Attributes:
        count: Number of spacings or features, as written.
        pitch: Spacing in the dimension's unit, or degrees.
        total: Sum as written, or None.
        equally_spaced: EQS is written.
    """

    count: int | None = None
    pitch: Finite | None = None
    total: Finite | None = None
    equally_spaced: bool = False


class DatumReference(Model):
    """A compartment of datums in a feature control frame.

    Attributes:
        letters: One letter, or several of a common datum ("A-B" gives ``("A", "B")``).
        modifiers: For each reference the symbols after it, for example ``("Ⓜ",)``.
    """

    letters: tuple[str, ...]
    modifiers: tuple[str, ...] = ()


class ToleranceZone(Model):
    """One row of a feature control frame.

    Attributes:
        value: Width or diameter of the zone in the frame's unit; None when not readable.
        shape: ``width``, ``diameter`` (⌀) or ``spherical`` (S⌀).
        modifiers: Symbols in the compartment, for example ``("Ⓜ", "CZ")``.
        projected: Projected zone length, or None.
        unit_basis: Per-unit value ("0.1/100"): the basis length, or None.
        datums: The datum compartments in order: primary, secondary, tertiary.
        maximum: A MAX value that limits a bonus, or None.
    """

    value: Finite | None = None
    shape: Literal["width", "diameter", "spherical"] = "width"
    modifiers: tuple[str, ...] = ()
    projected: Finite | None = None
    unit_basis: Finite | None = None
    datums: tuple[DatumReference, ...] = ()
    maximum: Finite | None = None


class FeatureControlFrame(Value):
    """A geometrical tolerance (ISO 1101, ASME Y14.5).

    Attributes:
        characteristic: ``position``, ``flatness``, ``profile_of_surface``..., in the standards' words; None when the
            symbol could not be read.
        zones: One for a simple frame, several for a composite or stacked one.
        is_composite: The rows share one symbol.
        unit: Unit symbol of the values; None when unknown.
        unit_origin: How the unit is known.
        quantity: "4×" above the frame.
        all_around: Circle at the leader's kink.
        all_over: Double circle.
        is_between: Between two points, named in ``label``.
        label: Text beside the frame, or None.
        details: What else is known, by name.
    """

    characteristic: str | None = None
    zones: tuple[ToleranceZone, ...] = ()
    is_composite: bool = False
    unit: str | None = None
    unit_origin: UnitOrigin | None = None
    quantity: int = Field(default=1, ge=1)
    all_around: bool = False
    all_over: bool = False
    is_between: bool = False
    label: str | None = None
    details: dict[str, Any] = {}


class Datum(Value):
    """A datum feature or datum target.

    Attributes:
        letter: For example ``"A"``.
        target: Number of a datum target ("A1" has 1), or None.
        size: Size of a target area as written, or None.
    """

    letter: str
    target: int | None = None
    size: str | None = None


class Thread(Value):
    """A thread designation.

    Attributes:
        family: ``M``, ``MJ``, ``UN``, ``G``, ``R``, ``Rp``, ``Rc``, ``NPT``, ``NPTF``, ``Tr``, ``ACME``, ``Rd``, ``W``.
        series: ``UNC``, ``UNF``...; ``coarse`` or ``fine`` for metric ones where it is stated or follows; or None.
        designation: Canonical designation, for example ``"M8×1.25-6H"``.
        nominal_diameter: Major diameter in ``unit``; None for pipe threads named by bore.
        size: Size as named, for example ``"1/2"`` or ``"#10"``; None for metric threads.
        pitch: In ``unit``; from the standard's coarse series when not written, then ``pitch_is_standard``.
        pitch_is_standard: The pitch was not written but follows from the standard.
        lead: Of a multi-start thread in ``unit``, or None.
        starts: Number of starts, or None.
        threads_per_inch: For inch threads, or None.
        tolerance_class: For example ``"6H"`` or ``"2A"``, or None.
        is_left_hand: LH is written.
        is_internal: True or False where the class or callout tells; None otherwise.
        length: Thread length or depth in ``unit``, or None.
        is_through: THRU.
        hole_depth: Depth of the core hole in ``unit``, or None.
        quantity: "4×".
        unit: ``"mm"`` or ``"in"``.
        standard: For example ``"ISO 261"``, or None.
        details: What else is known, by name: tolerances of single diameters...
    """

    family: str
    series: str | None = None
    designation: str
    nominal_diameter: Finite | None = None
    size: str | None = None
    pitch: Finite | None = None
    pitch_is_standard: bool = False
    lead: Finite | None = None
    starts: int | None = None
    threads_per_inch: Finite | None = None
    tolerance_class: str | None = None
    is_left_hand: bool = False
    is_internal: bool | None = None
    length: Finite | None = None
    is_through: bool = False
    hole_depth: Finite | None = None
    quantity: int = Field(default=1, ge=1)
    unit: str | None = None
    standard: str | None = None
    details: dict[str, Any] = {}


class SurfaceTexture(Value):
    """A surface texture requirement (ISO 21920-1, ISO 1302, ASME Y14.36).

    Attributes:
        parameter: ``Ra``, ``Rz``..., or ``N`` for a roughness grade, ``▽`` for the old triangles.
        value: Upper limit in ``unit``; None for a bare symbol or a grade without number.
        lower_value: Lower limit in ``unit``, or None.
        unit: ``"µm"`` or ``"µin"``; None when unknown.
        unit_origin: How the unit is known.
        grade: ``"N7"`` or the number of triangles as text, or None.
        cutoff: In mm, or None.
        rule: ``"max"`` or ``"16%"``, or None.
        lay: ``=``, ``⟂``, ``X``, ``M``, ``C``, ``R`` or ``P``, or None.
        removal: ``required``, ``prohibited`` or ``any``; None when the symbol is not known.
        process: Text such as ``"ground"``, or None.
        is_majority: Holds for all surfaces without a symbol of their own.
        applies_all_around: Holds for all surfaces of the outline (the circle at the symbol); None when not known.
        details: What else is known, by name: waviness, machining allowance, filters, evaluation length...
    """

    parameter: str | None = None
    value: Finite | None = None
    lower_value: Finite | None = None
    unit: str | None = None
    unit_origin: UnitOrigin | None = None
    grade: str | None = None
    cutoff: Finite | None = None
    rule: str | None = None
    lay: str | None = None
    removal: Literal["required", "prohibited", "any"] | None = None
    process: str | None = None
    is_majority: bool = False
    applies_all_around: bool | None = None
    details: dict[str, Any] = {}


class Material(Value):
    """A material of a part.

    Attributes:
        name: As written, cleaned.
        designation: Canonical designation, for example ``"42CrMo4"``; None when not recognised.
        number: Material number, for example ``"1.7225"``, or None.
        system: ``EN``, ``W-Nr``, ``AISI``, ``UNS``, ``ASTM``, ``JIS``, ``GB``, ``GOST``, ``ISO 1043``; or None.
        family: ``steel``, ``stainless steel``, ``aluminium``, ``copper``, ``plastic``..., or None.
        condition: Heat treatment or temper, for example ``"+QT"`` or ``"T6"``, or None.
        hardness: As written, for example ``"58-62 HRC"``, or None.
        standard: Standard as written, for example ``"EN 10088-3"``, or None.
        density: kg/m³ where the file states it, or None.
    """

    name: str
    designation: str | None = None
    number: str | None = None
    system: str | None = None
    family: str | None = None
    condition: str | None = None
    hardness: str | None = None
    standard: str | None = None
    density: Finite | None = None


class GeneralTolerance(Value):
    """A tolerance for everything that has none of its own.

    Attributes:
        standard: ``"ISO 2768"``, ``"ISO 22081"``, ``"DIN 7168"``, ``"ISO 13920"``, ``"ISO 8062"``, ``"ASME block"``;
            None when unknown.
        linear_class: ``f``, ``m``, ``c``, ``v`` of ISO 2768-1 (or the standard's own), or None.
        geometric_class: ``H``, ``K``, ``L`` of ISO 2768-2 (or the standard's own), or None.
        by_decimals: Of an ASME block: deviation ± by number of decimal places.
        angular: Deviation ± of angles in degrees, or None.
        fractional: Deviation ± of fractions in ``unit``, or None.
        unit: Unit symbol of the deviations, or None.
        principle: Principle of interpretation as named (``INDEPENDENCE`` of ISO 8015, ``ENVELOPE``), or None.
    """

    standard: str | None = None
    linear_class: str | None = None
    geometric_class: str | None = None
    by_decimals: dict[int, Finite] = {}
    angular: Finite | None = None
    fractional: Finite | None = None
    unit: str | None = None
    principle: str | None = None


class EdgeCondition(Value):
    """An edge of undefined shape (ISO 13715): limits in mm, positive for passing, negative for undercut.

    Attributes:
        upper: Upper limit in mm, signed; None when not stated.
        lower: Lower limit in mm, signed; None when not stated.
        is_general: Holds for all edges without an indication of their own.
    """

    upper: Finite | None = None
    lower: Finite | None = None
    is_general: bool = False


class WeldSymbol(Value):
    """A weld (ISO 2553, AWS A2.4) as its parts are written.

    Attributes:
        kind: ``fillet``, ``square_butt``, ``butt``, ``plug``, ``spot`` or ``seam``; None when not known.
        size: Throat (a), leg (z) or penetration (s) in ``unit``; None when not stated.
        length: Length of one weld in ``unit``; None when not stated.
        process: Number of ISO 4063 in the tail, for example ``"141"``, or None.
        unit: Unit symbol; None when unknown.
    """

    kind: str | None = None
    size: Finite | None = None
    length: Finite | None = None
    process: str | None = None
    unit: str | None = None


class Note(Value):
    """A note of the drawing.

    Attributes:
        text: One note, its lines joined.
        number: Its number or letter in the list, or None.
    """

    text: str
    number: str | None = None


class MachinedFeature(Value):
    """A feature of manufacture as a reader or a geometry kernel reports it: bore, chamfer, undercut, key slot.

    Attributes:
        kind: ``bore``, ``counterbore``, ``countersink``, ``chamfer``, ``fillet``, ``undercut``, ``key_slot``,
            ``center_hole``, ``cylinder``, ``hole``...
        quantity: How many alike.
        dimensions: Sizes of the feature.
        thread: Thread cut into it, or None.
        is_through: Whether it goes through; None when unknown.
        axis: Direction x, y, z, or None.
        origin: A point on the axis, or None.
        details: What else is known, by name.
    """

    kind: str
    quantity: int = Field(default=1, ge=1)
    dimensions: tuple[Dimension, ...] = ()
    thread: Thread | None = None
    is_through: bool | None = None
    axis: tuple[Finite, Finite, Finite] | None = None
    origin: tuple[Finite, Finite, Finite] | None = None
    details: dict[str, Any] = {}


class TitleField(Value):
    """A field of a title block.

    Attributes:
        value: The text, white space folded; dates in ISO form are in ``normalized``.
        normalized: Canonical form (ISO 8601 date, "1:2", "A3"), or None.
        label: The label beside it as printed, or None when the field was found without one.
        rivals: Other candidates, best first.
    """

    value: str
    normalized: str | None = None
    label: str | None = None
    rivals: tuple[TitleFieldRival, ...] = ()


class TitleFieldRival(Model):
    """A candidate for a field that another one beat.

    Attributes:
        value: Its text, white space folded.
        label: The label beside it as printed, or None.
        provenance: Where it stands and how it was found.
    """

    value: str
    label: str | None = None
    provenance: Provenance = Provenance()


class Signature(Model):
    """A role in the title block: who and when.

    Attributes:
        name: Who, or None when only a date is printed.
        date: When, or None when only a name is printed.
    """

    name: TitleField | None = None
    date: TitleField | None = None


class Revision(Value):
    """A line of the revision table.

    Attributes:
        index: Letter or number of the revision as printed, or None.
        description: What was changed, its lines joined, or None.
        date: As printed, or None.
        author: Who changed it, as printed, or None.
        approved: Who approved it, as printed, or None.
        zone: Zone of the sheet that was changed, for example ``"B3"``, or None.
    """

    index: str | None = None
    description: str | None = None
    date: str | None = None
    author: str | None = None
    approved: str | None = None
    zone: str | None = None


class TitleBlock(Value):
    """The title block of one sheet (ISO 7200).

    Every field is None when it is not printed or printed blank.

    Attributes:
        page: Sheet it stands on, 1-based; None when the file has no pages.
        drawing_number: Identification number of the drawing.
        part_number: Number of the part that it shows, where that is another one.
        title: What it shows.
        subtitle: Supplementary title.
        revision: Index of the revision.
        date: Date of issue.
        company: Legal owner.
        department: Responsible department.
        project: Project or order that it belongs to.
        scale: Main scale; ``normalized`` is like ``"1:2"``.
        projection: Method of projection as printed: first or third angle.
        material: Material as printed; read apart in ``ExtractionResult.materials``.
        mass: Mass or weight as printed, with its unit where it has one.
        finish: Surface finish or coating as printed.
        general_tolerance: General tolerance as printed; read apart in ``ExtractionResult.general_tolerances``.
        format: Size of the sheet as printed, for example ``"A3"``.
        language: Language code as printed.
        document_type: Type of document as printed, for example "Assembly drawing".
        status: Status as printed, for example "Released".
        supersedes: Drawing that this one replaces.
        units: Unit of the dimensions as printed.
        signatures: By role: ``drawn``, ``designed``, ``checked``, ``approved``, ``released``...
        sheet: Number of this sheet as written.
        sheets: Number of sheets as written.
        custom_fields: Fields outside the vocabulary by label, and texts at the edge of the sheet by their place.
        form_fields: Names of file attributes the values came from, by field, where that is how they are stored.
    """

    page: int | None = None
    drawing_number: TitleField | None = None
    part_number: TitleField | None = None
    title: TitleField | None = None
    subtitle: TitleField | None = None
    revision: TitleField | None = None
    date: TitleField | None = None
    signatures: dict[str, Signature] = {}
    company: TitleField | None = None
    department: TitleField | None = None
    project: TitleField | None = None
    scale: TitleField | None = None
    sheet: TitleField | None = None
    sheets: TitleField | None = None
    projection: TitleField | None = None
    material: TitleField | None = None
    mass: TitleField | None = None
    finish: TitleField | None = None
    general_tolerance: TitleField | None = None
    format: TitleField | None = None
    language: TitleField | None = None
    document_type: TitleField | None = None
    status: TitleField | None = None
    supersedes: TitleField | None = None
    units: TitleField | None = None
    custom_fields: dict[str, TitleField] = {}
    form_fields: dict[str, str] = {}


class BomItem(Value):
    """A line of a parts list, or a node of an assembly.

    Attributes:
        item: Item or position number as written.
        part_number: As written.
        description: As written.
        quantity: Per one of the parent; None when not a number ("AR"), then see ``quantity_text``.
        quantity_text: As written.
        unit: Unit of the quantity as written, or None.
        material: As written.
        mass: Mass of one, in ``mass_unit``.
        mass_total: Mass of all, in ``mass_unit``.
        mass_unit: Unit symbol, or None when unknown.
        level: 0 for the top level.
        parent: Index in ``BillOfMaterials.items`` of the parent, or None at the top.
        total_quantity: Quantity multiplied along every path from the top; None when one factor is unknown.
        remarks: As written.
        revision: As written.
        key: Identifier in the file: product, block, GlobalId of the type...; None when it has none.
        properties: Further columns or properties by name.
    """

    item: str | None = None
    part_number: str | None = None
    description: str | None = None
    quantity: Finite | None = None
    quantity_text: str | None = None
    unit: str | None = None
    material: str | None = None
    mass: Finite | None = None
    mass_total: Finite | None = None
    mass_unit: str | None = None
    level: int = Field(default=0, ge=0)
    parent: int | None = None
    total_quantity: Finite | None = None
    remarks: str | None = None
    revision: str | None = None
    key: str | None = None
    properties: dict[str, Any] = {}


class BillOfMaterials(Value):
    """A parts list or bill of materials.

    Attributes:
        items: The lines, parents before children.
        headers: Column headers as printed, left to right; empty when it was derived from a structure.
        is_hierarchical: Whether levels or parents are known.
        grows_upwards: The header stands below the lines.
        total_quantity: Sum of the quantities of the top level; None when one is unknown.
        printed_total: A total that the list itself prints, or None.
        source_table: Index in ``ExtractionResult.tables`` of the table it was read from, or None.
    """

    items: tuple[BomItem, ...] = ()
    headers: tuple[str, ...] = ()
    is_hierarchical: bool = False
    grows_upwards: bool = False
    total_quantity: Finite | None = None
    printed_total: Finite | None = None
    source_table: int | None = None

    def df(self, *, engine: Literal["pandas", "polars"] = "pandas") -> Any:
        """The lines as a data frame.

        Raises:
            MissingDependencyError: The engine is not installed.
        """
        from pybase_extraction.dataframes import bom_frame

        return bom_frame(self, engine=engine)


Dimension.model_rebuild()
TitleField.model_rebuild()
