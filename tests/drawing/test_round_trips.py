"""What is written as a callout reads as the same value."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pybase_extraction.drawing import (
    CalloutContext,
    format_dimension,
    format_frame,
    format_texture,
    format_thread,
    read_callouts,
)
from pybase_extraction.drawing.frames import CHARACTERISTICS
from pybase_extraction.drawing.thread_series import METRIC_COARSE, NPT, PIPE, UNC, UNEF, UNF
from pybase_extraction.results import (
    DatumReference,
    Dimension,
    DimensionKind,
    FeatureControlFrame,
    Fit,
    Pattern,
    SurfaceTexture,
    Thread,
    ToleranceOrigin,
    ToleranceZone,
    UnitOrigin,
    Value,
)

MM = CalloutContext(unit="mm", decimal_separator=".")
BARE = {"raw", "provenance"}


def content(value: Value) -> dict[str, object]:
    return _plain(value.model_dump())


def _plain(fields: dict[str, object]) -> dict[str, object]:
    kept = {name: value for name, value in fields.items() if name not in BARE}
    for name in ("features", "zones"):
        parts = kept.get(name)
        if isinstance(parts, tuple):
            kept[name] = [_plain(part) for part in parts]
    if isinstance(kept.get("alternate"), dict):
        kept["alternate"] = _plain(kept["alternate"])  # type: ignore[arg-type]
    return kept


def read_one(text: str, context: CalloutContext = MM) -> Value:
    values = read_callouts(text, context=context)
    assert len(values) == 1, (text, values)
    return values[0]


@st.composite
def numbers(draw: st.DrawFn, low: str = "1", high: str = "9999") -> tuple[float, int | None]:
    decimals = draw(st.integers(0, 3))
    value = draw(st.decimals(Decimal(low), Decimal(high), places=decimals))
    return float(value), decimals or None


@st.composite
def deviations(draw: st.DrawFn, nominal: float) -> dict[str, object]:
    small = st.decimals(Decimal("0.001"), Decimal("0.999"), places=3).map(float)
    form = draw(st.sampled_from(["none", "plus-minus", "both", "upper", "lower", "zero-below", "zero-above"]))
    first, second = draw(small), draw(small)
    pairs: dict[str, tuple[float | None, float | None]] = {
        "none": (None, None),
        "plus-minus": (first, -first),
        "both": (first, -second),
        "upper": (first, None),
        "lower": (None, -first),
        "zero-below": (first, 0.0),
        "zero-above": (0.0, -first),
    }
    upper, lower = pairs[form] if nominal >= 1 else (None, None)
    origin = None if upper is None and lower is None else ToleranceOrigin.DECLARED
    return {"upper": upper, "lower": lower, "tolerance_origin": origin}


SIMPLE_KINDS = st.sampled_from(
    [
        DimensionKind.LINEAR,
        DimensionKind.DIAMETER,
        DimensionKind.RADIUS,
        DimensionKind.SPHERICAL_DIAMETER,
        DimensionKind.SPHERICAL_RADIUS,
        DimensionKind.SQUARE,
        DimensionKind.ACROSS_FLATS,
        DimensionKind.ARC_LENGTH,
        DimensionKind.DEPTH,
        DimensionKind.COUNTERBORE,
        DimensionKind.COUNTERSINK,
        DimensionKind.SPOTFACE,
    ]
)
DECLARED = {"unit": "mm", "unit_origin": UnitOrigin.DECLARED}


@st.composite
def plain_dimensions(draw: st.DrawFn, kinds: st.SearchStrategy[DimensionKind] = SIMPLE_KINDS) -> Dimension:
    value, decimals = draw(numbers())
    return Dimension(kind=draw(kinds), nominal=value, decimals=decimals, **DECLARED, **draw(deviations(value)))


@st.composite
def holes(draw: st.DrawFn) -> Dimension:
    """A hole with what follows it: depth, counterbore, flags, a pattern."""
    hole = draw(plain_dimensions(st.just(DimensionKind.DIAMETER)))
    sink = draw(plain_dimensions(st.sampled_from([DimensionKind.COUNTERBORE, DimensionKind.SPOTFACE])))
    if draw(st.booleans()):
        sink = sink.model_copy(update={"features": (draw(plain_dimensions(st.just(DimensionKind.DEPTH))),)})
    parts = [draw(plain_dimensions(st.just(DimensionKind.DEPTH)))] if draw(st.booleans()) else []
    parts += [sink] if draw(st.booleans()) else []
    quantity = draw(st.integers(1, 99))
    pattern = Pattern(count=quantity if quantity > 1 else None, equally_spaced=True) if draw(st.booleans()) else None
    return hole.model_copy(
        update={
            "features": tuple(parts),
            "quantity": quantity,
            "is_through": draw(st.booleans()),
            "is_typical": draw(st.booleans()),
            "pattern": pattern,
            "modifiers": draw(st.sampled_from([(), ("Ⓔ",), ("ST",), ("Ⓔ", "CZ")])),
        }
    )


@given(plain_dimensions())
def test_dimensions(dimension: Dimension) -> None:
    assert content(read_one(format_dimension(dimension))) == content(dimension)


@given(holes())
def test_hole_callouts(dimension: Dimension) -> None:
    assert content(read_one(format_dimension(dimension))) == content(dimension)


@given(plain_dimensions(), st.sampled_from(["is_reference", "is_basic", "is_maximum", "is_minimum"]))
def test_flags(dimension: Dimension, flag: str) -> None:
    flagged = dimension.model_copy(update={flag: True})
    assert content(read_one(format_dimension(flagged))) == content(flagged)


@given(numbers("1", "500"), st.integers(2, 40))
def test_patterns(pitch: tuple[float, int | None], count: int) -> None:
    value, decimals = pitch
    total = float(Decimal(repr(value)) * count)
    pattern = Pattern(count=count, pitch=value, total=total)
    dimension = Dimension(kind="linear", nominal=value, decimals=decimals, quantity=count, pattern=pattern, **DECLARED)
    assert content(read_one(format_dimension(dimension))) == content(dimension)


@given(numbers("0.1", "50"), st.integers(1, 89), st.integers(1, 20))
def test_chamfers(size: tuple[float, int | None], angle: int, quantity: int) -> None:
    dimension = Dimension(
        kind="chamfer", nominal=size[0], decimals=size[1], angle=float(angle), quantity=quantity, **DECLARED
    )
    if size[0] > 0:
        assert content(read_one(format_dimension(dimension))) == content(dimension)


@given(numbers("1", "359"), st.data())
def test_angles(size: tuple[float, int | None], data: st.DataObject) -> None:
    tolerance = data.draw(deviations(size[0]))
    dimension = Dimension(
        kind="angular", nominal=size[0], decimals=size[1], unit="deg", unit_origin=UnitOrigin.WRITTEN, **tolerance
    )
    assert content(read_one(format_dimension(dimension))) == content(dimension)


CLASSES = st.builds(
    "{}{}".format,
    st.sampled_from(
        [
            "A",
            "B",
            "C",
            "CD",
            "D",
            "E",
            "EF",
            "F",
            "FG",
            "G",
            "H",
            "JS",
            "K",
            "M",
            "N",
            "P",
            "R",
            "S",
            "T",
            "U",
            "V",
            "X",
            "Y",
            "Z",
            "ZA",
            "ZB",
            "ZC",
        ]
    ),
    st.sampled_from(("01", "0", *map(str, range(1, 19)))),
)


@given(numbers("1.5", "3000"), CLASSES, st.booleans(), st.booleans())
def test_fits(size: tuple[float, int | None], symbol: str, has_hole: bool, has_shaft: bool) -> None:
    fit = Fit(hole=symbol if has_hole or not has_shaft else None, shaft=symbol.lower() if has_shaft else None)
    text = format_dimension(
        Dimension(
            kind="diameter",
            nominal=size[0],
            decimals=size[1],
            fit=fit,
            features=(PLACEHOLDER,) * 2 * has_pair(fit),
            **DECLARED,
        )
    )
    found = read_one(text)
    assert isinstance(found, Dimension)
    assert (found.fit, found.nominal, found.kind) == (fit, size[0], DimensionKind.DIAMETER)
    assert format_dimension(found) == text


PLACEHOLDER = Dimension(kind="diameter")


def has_pair(fit: Fit) -> bool:
    return fit.hole is not None and fit.shaft is not None


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_limits(base: int, step: int) -> None:
    low = Decimal(base) + Decimal("0.000")
    high = low + low * Decimal("0.0002") * min(step, 1000) + Decimal("0.001")
    high = high.quantize(Decimal("0.001"))
    dimension = Dimension(
        kind="diameter",
        nominal=float(low),
        upper=float(high - low),
        lower=0.0,
        tolerance_origin=ToleranceOrigin.LIMITS,
        decimals=3,
        is_limit=True,
        **DECLARED,
    )
    assert content(read_one(format_dimension(dimension))) == content(dimension)


@given(st.integers(0, 127), st.integers(0, 99))
def test_inch_fractions(parts: int, whole: int) -> None:
    value = whole + parts / 128
    if value:
        dimension = Dimension(kind="linear", nominal=value, unit="in", unit_origin=UnitOrigin.WRITTEN)
        assert content(read_one(format_dimension(dimension))) == content(dimension)


# ---- threads: any designation that the grammar makes is one that it reads

METRIC = st.builds(
    "M{}{}{}{}".format,
    st.sampled_from([f"{size.normalize():f}" for size in METRIC_COARSE]),
    st.sampled_from(["", "×0.25"]),
    st.sampled_from(["", "-6H", "-6g", "-5g6g", "-6H/6g", "-4H5H", "-6H-S"]),
    st.sampled_from(["", "-LH"]),
)
INCH = st.sampled_from(
    [
        f"{size}-{tpi.normalize():f} {name}-2B"
        for name, table in (("UNC", UNC), ("UNF", UNF), ("UNEF", UNEF))
        for size, tpi in table.items()
    ]
)
PIPES = st.builds("{}{}".format, st.sampled_from(["G", "Rp", "Rc"]), st.sampled_from(list(PIPE)))
TAPERS = st.builds("{} NPT".format, st.sampled_from(list(NPT)))
OTHERS = st.sampled_from(
    [
        "Tr40×7",
        "Tr40×14(P7)-LH",
        "Tr40×7-7e",
        "S48×8",
        "Rd40×1/6",
        "Rd40×4",
        'W1/2"',
        "1-5 ACME-2G",
        "MJ6×1-4H5H",
        "EG M8",
        "Pg21",
        "ST4.8",
        "G1/2 A",
        "M16×Ph3P1.5",
        "1/4-28 UNJF-3A",
        "1 1/2-6 UNC-2A-LH",
        "R3/4",
        "1/2-12 BSW",
    ]
)


@settings(max_examples=300)
@given(METRIC | INCH | PIPES | TAPERS | OTHERS, st.integers(1, 50), st.integers(0, 60), st.booleans())
def test_threads(designation: str, quantity: int, length: int, is_through: bool) -> None:
    first = read_one(designation)
    assert isinstance(first, Thread)
    assert first.designation == designation
    thread = first.model_copy(update={"quantity": quantity, "length": float(length) or None, "is_through": is_through})
    found = read_one(format_thread(thread))
    assert isinstance(found, Thread)
    assert content(found.model_copy(update={"is_internal": thread.is_internal})) == content(thread)


LETTERS = st.sampled_from(list("ABCDEFGHJKLMNPRSTUVWXYZ"))
DATUMS = st.builds(
    DatumReference,
    letters=st.lists(LETTERS, min_size=1, max_size=3).map(tuple),
    modifiers=st.sampled_from([(), ("Ⓜ",), ("Ⓛ",)]),
)
ZONES = st.builds(
    ToleranceZone,
    value=st.decimals(Decimal("0.001"), 10, places=3).map(float),
    shape=st.sampled_from(["width", "diameter", "spherical"]),
    modifiers=st.sampled_from([(), ("Ⓜ",), ("Ⓛ", "CZ"), ("UZ",), ("Ⓕ",), ("Ⓣ",)]),
    unit_basis=st.sampled_from([None, 100.0, 25.0]),
    datums=st.lists(DATUMS, min_size=1, max_size=3).map(tuple),
    maximum=st.sampled_from([None, 0.5]),
)


@given(
    st.sampled_from(sorted(set(CHARACTERISTICS.values()))),
    st.lists(ZONES, min_size=1, max_size=3),
    st.integers(1, 30),
    st.sampled_from([(False, False), (True, False), (False, True)]),
)
def test_frames(characteristic: str, zones: list[ToleranceZone], quantity: int, around: tuple[bool, bool]) -> None:
    frame = FeatureControlFrame(
        characteristic=characteristic,
        zones=tuple(zones),
        is_composite=len(zones) > 1,
        quantity=quantity,
        all_around=around[0],
        all_over=around[1],
        **DECLARED,
    )
    assert content(read_one(format_frame(frame))) == content(frame)


@given(
    st.sampled_from(["straightness", "flatness", "circularity", "cylindricity"]),
    st.floats(0.001, 9).map(lambda x: round(x, 3)),
)
def test_frames_without_datum(characteristic: str, value: float) -> None:
    frame = FeatureControlFrame(characteristic=characteristic, zones=(ToleranceZone(value=value),), **DECLARED)
    assert content(read_one(format_frame(frame))) == content(frame)


VALUES = st.sampled_from([0.025, 0.1, 0.4, 0.8, 1.6, 3.2, 6.3, 12.5, 25.0, 50.0, 63.0, 125.0])


@given(
    st.sampled_from(["Ra", "Rz", "Rq", "Rt", "Rmax", "Rv", "Rsk", "Rku", "Wa", "Pt"]),
    VALUES,
    st.none() | st.just(0.01),
    st.sampled_from([None, 0.8, 2.5]),
    st.sampled_from([None, "max", "16%"]),
    st.sampled_from([None, "µm", "µin"]),
    st.sampled_from([None, "required"]),
    st.booleans(),
    st.sampled_from([None, "ground", "geschliffen"]),
)
def test_textures(
    parameter: str,
    value: float,
    lower: float | None,
    cutoff: float | None,
    rule: str | None,
    unit: str | None,
    removal: str | None,
    is_majority: bool,
    process: str | None,
) -> None:
    texture = SurfaceTexture.model_validate(
        {
            "parameter": parameter,
            "value": value,
            "lower_value": lower,
            "cutoff": cutoff,
            "rule": rule,
            "unit": unit or "µm",
            "unit_origin": UnitOrigin.WRITTEN if unit else UnitOrigin.DECLARED,
            "removal": removal,
            "is_majority": is_majority,
            "process": process,
        }
    )
    assert content(read_one(format_texture(texture))) == content(texture)
