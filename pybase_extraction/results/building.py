"""What a building model holds: elements with properties, materials and their place in the building."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pybase_extraction.results.base import Finite, Measure, Model, Point, Value


class Property(Model):
    """One property value.

    Attributes:
        value: Text, number, truth value, or a list or table of them; None when the file leaves it empty.
        unit: Unit symbol of a measured value; None for values without unit and when unknown.
        si_value: A measured number in SI base units, or None.
        data_type: The schema's type name, for example ``"IfcThermalTransmittanceMeasure"``, or None.
        origin: ``instance`` or ``type``.
        kind: ``single``, ``enumerated``, ``list``, ``bounded``, ``table``, ``reference``, ``complex`` or ``attribute``.
    """

    value: Any = None
    unit: str | None = None
    si_value: Finite | None = None
    data_type: str | None = None
    origin: str = "instance"
    kind: str = "single"


class QuantityValue(Measure):
    """One quantity of an element.

    Attributes:
        kind: ``length``, ``area``, ``volume``, ``weight``, ``count``, ``time`` or ``number``.
        formula: As written, or None.
        origin: ``instance`` or ``type``.
        step_id: Number of the instance that holds the value; None when the format has none.
    """

    kind: str
    formula: str | None = None
    origin: str = "instance"
    step_id: int | None = None


class ClassificationReference(Model):
    """A code in a classification system.

    Attributes:
        system: Name of the system, for example ``"Uniclass 2015"``, or None.
        code: For example ``"EF_25_10"``, or None.
        name: What the code stands for, as written, or None.
        location: Address of the system or of the code, as written, or None.
        edition: Edition of the system as written, or None.
    """

    system: str | None = None
    code: str | None = None
    name: str | None = None
    location: str | None = None
    edition: str | None = None


class MaterialUse(Model):
    """A material, or one layer, profile or constituent, as an element uses it.

    Attributes:
        name: Name of the material; None where the file has none.
        kind: ``material``, ``layer``, ``profile``, ``constituent`` or ``list``.
        set_name: Name of the layer, profile or constituent set, or None.
        thickness: Of a layer, or None.
        profile: Name of a profile, or None.
        fraction: Of a constituent, 0..1, or None.
        category: As written, or None.
        is_ventilated: Of a layer; None when not stated.
        origin: ``instance`` or ``type``.
        priority: As written, or None.
        properties: Property sets of the material, by set and name.
        classifications: Of the material.
        step_id: Number of the instance of the layer, profile, constituent or material; None when the format has none.
    """

    name: str | None = None
    kind: str = "material"
    set_name: str | None = None
    thickness: Measure | None = None
    profile: str | None = None
    fraction: Finite | None = None
    category: str | None = None
    is_ventilated: bool | None = None
    origin: str = "instance"
    priority: int | None = None
    properties: dict[str, dict[str, Property]] = {}
    classifications: tuple[ClassificationReference, ...] = ()
    step_id: int | None = None


class ElementGeometry(Model):
    """Measures of an element's own shape, computed.

    Attributes:
        volume: m³; None where the surface of the shape is not closed.
        area: Total surface, m².
        height: Height in metres of an upright prism; None for other shapes.
        bbox_min: Corner in metres, world coordinates.
        bbox_max: Corner in metres, world coordinates.
        engine: Kernel and version that computed them.
    """

    volume: Finite | None = None
    area: Finite | None = None
    height: Finite | None = None
    bbox_min: Point | None = None
    bbox_max: Point | None = None
    engine: str | None = None


class Element(Value):
    """An element of a building model, once.

    Attributes:
        ifc_class: Class, for example ``"IfcWall"``.
        global_id: GlobalId, 22 characters; None when the file has none.
        name: As written, or None.
        description: As written, or None.
        predefined_type: Own, or the type object's; None when not defined.
        object_type: As written, or None.
        attributes: What only its class has, or its type's, by the schema's name: ``OverallHeight`` of a door,
            ``NominalDiameter`` of a bar; only those with a value.
        tag: As written, or None.
        type_name: Name of the type object, or None.
        type_global_id: GlobalId of the type object, or None.
        container: Path of the spatial containers from the site down, for example ``("Site", "House", "Storey 1")``.
        storey: Name of the storey, or None.
        parent: GlobalId of the assembly or host it is part of, or None.
        relation: How it belongs to ``parent``: ``aggregates``, ``nests``, ``voids``, ``fills``, or None.
        property_sets: By set name, then property name; the instance's value wins over the type's.
        quantities: By set name, then quantity name.
        set_ids: For each property or quantity set the number of its instance; of several that were laid over each other
            the last.
        materials: Every use, in order.
        classifications: Own and the type's.
        systems: Names of the systems it belongs to.
        zones: Names of zones.
        groups: Names of other groups.
        layers: Presentation layers.
        geometry: Computed measures when asked for, else None.
        owner: Owner history: user, application, change dates, as written; empty when absent.
    """

    ifc_class: str
    global_id: str | None = None
    name: str | None = None
    description: str | None = None
    predefined_type: str | None = None
    object_type: str | None = None
    attributes: dict[str, Property] = {}
    tag: str | None = None
    type_name: str | None = None
    type_global_id: str | None = None
    container: tuple[str, ...] = ()
    storey: str | None = None
    parent: str | None = None
    relation: str | None = None
    property_sets: dict[str, dict[str, Property]] = {}
    quantities: dict[str, dict[str, QuantityValue]] = {}
    set_ids: dict[str, int] = {}
    materials: tuple[MaterialUse, ...] = ()
    classifications: tuple[ClassificationReference, ...] = ()
    systems: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    geometry: ElementGeometry | None = None
    owner: dict[str, str] = {}


class SpatialNode(Value):
    """A project, site, building, storey, space, or part of a facility.

    Attributes:
        ifc_class: Class, for example ``"IfcBuildingStorey"``.
        global_id: GlobalId, or None.
        name: As written, or None.
        long_name: As written, or None.
        description: As written, or None.
        predefined_type: Of a space or a part of a facility; None when not defined.
        object_type: As written, or None.
        type_name: Name of the type object, or None.
        attributes: As for elements: ``InteriorOrExteriorSpace`` of a space, ``LandTitleNumber`` of a site.
        classifications: Own and the type's.
        elevation: Storey's elevation; None when not stated.
        element_count: Elements contained directly.
        property_sets: As for elements.
        quantities: As for elements.
        set_ids: As for elements.
        children: In the file's order.
    """

    ifc_class: str
    global_id: str | None = None
    name: str | None = None
    long_name: str | None = None
    description: str | None = None
    predefined_type: str | None = None
    object_type: str | None = None
    type_name: str | None = None
    attributes: dict[str, Property] = {}
    classifications: tuple[ClassificationReference, ...] = ()
    elevation: Measure | None = None
    element_count: int = Field(default=0, ge=0)
    property_sets: dict[str, dict[str, Property]] = {}
    quantities: dict[str, dict[str, QuantityValue]] = {}
    set_ids: dict[str, int] = {}
    children: tuple[SpatialNode, ...] = ()


class ElementGroup(Value):
    """A system, zone or group.

    Attributes:
        ifc_class: Class, for example ``"IfcDistributionSystem"``.
        global_id: GlobalId, or None.
        name: As written, or None.
        long_name: As written, or None.
        description: As written, or None.
        predefined_type: Of a system; None when not defined.
        object_type: As written, or None.
        property_sets: As for elements.
        quantities: As for elements.
        classifications: Own.
        members: GlobalIds of what it groups, other groups included.
        serves: Names of the spatial elements that it serves, else their GlobalIds.
    """

    ifc_class: str
    global_id: str | None = None
    name: str | None = None
    long_name: str | None = None
    description: str | None = None
    predefined_type: str | None = None
    object_type: str | None = None
    property_sets: dict[str, dict[str, Property]] = {}
    quantities: dict[str, dict[str, QuantityValue]] = {}
    classifications: tuple[ClassificationReference, ...] = ()
    members: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()


class Georeference(Value):
    """Where the model stands on the earth.

    Attributes:
        crs: Name of the coordinate reference system, for example ``"EPSG:25832"``, or None.
        crs_description: As written, or None.
        geodetic_datum: As written, or None.
        vertical_datum: As written, or None.
        map_unit: Unit of the map coordinates, or None.
        eastings: Of the local origin, in ``map_unit``.
        northings: Of the local origin, in ``map_unit``.
        orthogonal_height: Of the local origin, in ``map_unit``.
        rotation: Degrees counter-clockwise from the map's east to the local x axis; None when not stated.
        scale: Map units per local unit as written; None when not stated.
        axis_factors: Further scale of each axis (IfcMapConversionScaled); None when not stated.
        true_north: Direction x, y of true north in the local system; None when not stated.
        latitude: Degrees, south negative; None when not stated.
        longitude: Degrees, west negative; None when not stated.
        elevation: Site's reference elevation, or None.
        address: Lines of the postal address.
    """

    crs: str | None = None
    crs_description: str | None = None
    geodetic_datum: str | None = None
    vertical_datum: str | None = None
    map_unit: str | None = None
    eastings: Finite | None = None
    northings: Finite | None = None
    orthogonal_height: Finite | None = None
    rotation: Finite | None = None
    scale: Finite | None = None
    axis_factors: tuple[Finite, Finite, Finite] | None = None
    true_north: tuple[Finite, Finite] | None = None
    latitude: Finite | None = None
    longitude: Finite | None = None
    elevation: Measure | None = None
    address: tuple[str, ...] = ()


class QuantityTakeoff(Model):
    """One line of a bill of quantities.

    Attributes:
        by: What the line groups by: ``type``, ``storey``, ``material`` or ``class``.
        key: The group's name.
        count: Elements in it.
        totals: Summed quantities by name; only elements that state the quantity are in the sum.
        stated: How many elements stated each quantity.
    """

    by: str
    key: str
    count: int
    totals: dict[str, Measure] = {}
    stated: dict[str, int] = {}


SpatialNode.model_rebuild()
