"""Callouts as CAD systems and shops print them, and what they say in the words of ``said``.

Each line has a text, where ``\\n`` begins a new line, and behind its last bar what it says, ``-`` for nothing.  They
were written down from the habits of SolidWorks, Creo, Inventor, AutoCAD, CATIA, NX, and of American, European and Asian
shops (ASME Y14.5, ISO 129-1, GB/T 4458.4, JIS B 0001), not from any drawing.
"""

from __future__ import annotations

from collections.abc import Iterator

from pybase_extraction.results import Dimension, SurfaceTexture, Thread, Value

FIRST = r"""
# SolidWorks
4X ⌀.250 THRU ALL | diameter 0.25 q4 thru
4X ⌀ .250 THRU | diameter 0.25 q4 thru
⌀.375±.005 ↧.50 | diameter 0.375 +0.005/-0.005 (depth 0.5)
1/4-20 UNC-2B ↧ .50 | thread 1/4-20 UNC-2B depth 0.5
1/4-20 UNC THRU ALL | thread 1/4-20 UNC thru
2X 45° X .06 | chamfer 0.06 @45 q2
.06 X 45° | chamfer 0.06 @45
⌀ 6.60 THRU ALL\n⌴ ⌀ 11.00 ↧ 6.40 | diameter 6.6 thru (counterbore 11 (depth 6.4))
4X ⌀ 5.50 THRU\n⌵ ⌀ 10.40 X 90° | diameter 5.5 q4 thru (countersink 10.4 @90)
M6X1.0 - 6H ↧ 12 | thread M6×1-6H depth 12
2X M4x0.7 - 6H THRU ALL | thread M4×0.7-6H q2 thru
R.125 TYP | radius 0.125 typ
2X R.25 | radius 0.25 q2
(.500) | linear 0.5 ref
[1.250] | linear 1.25 basic
R FULL | -
FULL R | -
2X FULL R | -
⌀.2500 +.0005\n-.0000 | diameter 0.25 +0.0005/+0
.250 +.005/-.000 | linear 0.25 +0.005/+0
⌀.251/.249 | diameter 0.249 +0.002/+0 limits
1.500±.010 | linear 1.5 +0.01/-0.01
S⌀12 | spherical_diameter 12
SØ 25.4 ±0.1 | spherical_diameter 25.4 +0.1/-0.1
SR6 | spherical_radius 6
# Creo
[3X] ⌀6.5 | diameter 6.5 q3
8x ⌀9 THRU EQ SP ON ⌀120 BC | diameter 9 q8 eqs thru & diameter 120
⌀10 H7 ( +0.015 / 0 ) | diameter 10 +0.015/+0 fit H7
M8X1.25 ISO - H TAP ↧ 16\n6.8 DRILL ( 6.8 ) ↧ 20 -( 4 ) HOLE | thread M8×1.25 q4 depth 16
6.8 DRILL ( 6.8 ) ↧ 20 -( 4 ) HOLE | diameter 6.8 q4 (depth 20)
.201 DRILL 4 HOLES | diameter 0.201 q4
#7 DRILL | -
# Inventor
⌀8.5 ↧ 20 - M10x1.5 - 6H ↧ 15 | diameter 8.5 (depth 20) & thread M10×1.5-6H depth 15
6x ⌀6,6 durchgehend | diameter 6.6 q6 thru
M10x1.5 - 6H | thread M10×1.5-6H
4x ⌀9 -⌴ ⌀15 ↧ 9 | diameter 9 q4 (counterbore 15 (depth 9))
# AutoCAD
%%c25 | diameter 25
%%c25%%p0.1 | diameter 25 +0.1/-0.1
%%c30 H7 | diameter 30 +0.021/+0 fit H7
45%%d | angular 45
4-%%c12 | diameter 12 q4
# CATIA, NX
⌀ 20 g6 | diameter 20 -0.007/-0.02 fit g6
⌀20 H7/g6 | diameter 20 fit H7/g6
25.4 [1.00] | linear 25.4 alt 1
12.7 [.500] ±0.1 | linear 12.7 +0.1/-0.1 alt 0.5
1.000 [25.4] | linear 1 alt 25.4
3'-4 1/2" | linear 40.5
10'-0" | linear 120
6" | linear 6
5/8" | linear 0.625
1 3/8 | linear 1.375
2'-6" TYP | linear 30 typ
# angles
30°±0.5° | angular 30 +0.5/-0.5
45° 30' | angular 45.5
60°15'30" | angular 60.25833333
2X 30° | angular 30 q2
90° TYP | angular 90 typ
15° REF | angular 15 ref
# tapers and slopes
⌲ 1:10 | taper 0.1
▷ 1:50 | taper 0.02
⌳ 1:100 | slope 0.01
# squares, flats, arcs
□20 | square 20
□ 20 h9 | square 20 +0/-0.052 fit h9
SW17 | across_flats 17
SW 17 h11 | across_flats 17 +0/-0.11 fit h11
17 A/F | across_flats 17
⌒ 52.4 | arc_length 52.4
t=2 | thickness 2
# chamfers
C2 | chamfer 2
C0.5 | chamfer 0.5
2x45° | chamfer 2 @45
1 x 45° TYP | chamfer 1 @45 typ
0,5x45° | chamfer 0.5 @45
4X C1 | chamfer 1 q4
Chamfer 30° | chamfer ? @30
2X CHAMFER 45° | chamfer ? @45 q2
⌀5 ⌵ 90° | diameter 5 (countersink ? @90)
# patterns
5x20(=100) | linear 20 q5 total 100
6x60°(=360°) | angular 60 q6 total 360
4x20=80 | linear 20 q4 total 80
8x ⌀6 EQS | diameter 6 q8 eqs
4X 90° | angular 90 q4
# limits and flags
R2 MAX | radius 2 max
0.5 MIN | linear 0.5 min
⌀12 MAX | diameter 12 max
25 REF | linear 25 ref
(25) | linear 25 ref
⌀(25) | diameter 25 ref
25.02/24.98 | linear 24.98 +0.04/+0 limits
⌀ 25,021\n25,000 | diameter 25 +0.021/+0 limits
12 +0.1 0 | linear 12 +0.1/+0
12 0 -0.1 | linear 12 +0/-0.1
12 +0.2/+0.1 | linear 12 +0.2/+0.1
12 -0.1/-0.2 | linear 12 -0.1/-0.2
⌀50 k6 (+0.018/+0.002) | diameter 50 +0.018/+0.002 fit k6
⌀50 ±0.02 Ⓔ | diameter 50 +0.02/-0.02 mod Ⓔ
3X 25±0.1 CZ | linear 25 +0.1/-0.1 q3 mod CZ
40 js9 | linear 40 +0.031/-0.031 fit js9
⌀100 h6 Ⓔ | diameter 100 +0/-0.022 fit h6 mod Ⓔ
# threads
M12 | thread M12
M12-6g | thread M12-6g
M12x1.25-6g | thread M12×1.25-6g
M16x1.5 LH | thread M16×1.5-LH
M20x2-6H/6g | thread M20×2-6H/6g
M8-6H ↧16 | thread M8-6H depth 16
MJ6x1-4h6h | thread MJ6×1-4h6h
1/2-13 UNC-2A | thread 1/2-13 UNC-2A
#10-32 UNF-2B | thread #10-32 UNF-2B
#8-32 UNC - 2B THRU | thread #8-32 UNC-2B thru
3/8-16 UNC-2B .75 DEEP | thread 3/8-16 UNC-2B depth 0.75
.250-20 UNC-2B | thread .250-20 UNC-2B
1-8 UNC-2A-LH | thread 1-8 UNC-2A-LH
G1/4 | thread G1/4
G 1/2 A | thread G1/2 A
R 3/4 | thread R3/4
Rp 1/2 | thread Rp1/2
Rc1/8 | thread Rc1/8
1/4-18 NPT | thread 1/4-18 NPT
1/8 NPTF | thread 1/8 NPTF
Tr 40x7 | thread Tr40×7
Tr40x14(P7)LH-7e | thread Tr40×14(P7)-7e-LH
TR 8x8(P2) RH | thread Tr8×8(P2)
Rd 40x1/6 | thread Rd40×1/6
1-5 ACME-2G | thread 1-5 ACME-2G
W 3/8 | thread W3/8"
4X M5 ↧ 10 | thread M5 q4 depth 10
2-M6 | thread M6 q2
M6 DEPTH 10 | thread M6 depth 10
3xM4 tief 8 | thread M4 q3 depth 8
M10 Tiefe 20 | thread M10 depth 20
Trapezoidal Thread TR 8x8(P2) RH DIN 103 Tol. 7e | thread Tr8×8(P2)-7e
# hole words
⌀10 DRILL THRU | diameter 10 thru
DRILL ⌀8 ↧20 | diameter 8 (depth 20)
⌀6.8 DP 15 | diameter 6.8 (depth 15)
⌀.50 X .75 DEEP | diameter 0.5 (depth 0.75)
⌀.406 THRU, CBORE ⌀.656 X .375 DP | diameter 0.406 thru (counterbore 0.656 (depth 0.375))
⌀.266 THRU C'SINK ⌀.507 X 82° | diameter 0.266 thru (countersink 0.507 @82)
.201 DIA 4 HOLES | diameter 0.201 q4
3 HOLES ⌀8 | diameter 8 q3
4 HOLES DIA 10 | diameter 10 q4
⌀12 (2 PLACES) | diameter 12 q2
.25 R 2 PL | radius 0.25 q2
.12 R TYP | radius 0.12 typ
6 off ⌀5 | diameter 5 q6
4 x R5 | radius 5 q4
⌀8 H7 durch | diameter 8 +0.015/+0 fit H7 thru
2x ⌀4 tief 6 | diameter 4 q2 (depth 6)
REAM ⌀10H7 | diameter 10 +0.015/+0 fit H7
⌀ 6 perçage débouchant | diameter 6 thru
4 trous ⌀8 | diameter 8 q4
4 agujeros ⌀8 pasantes | diameter 8 q4 thru
4 fori ⌀8 passanti | diameter 8 q4 thru
4-⌀8 通孔 | diameter 8 q4 thru
4-⌀8 EQS | diameter 8 q4 eqs
⌀8 深15 | diameter 8 (depth 15)
# textures
Ra 1.6 | texture Ra 1.6
Ra 3,2 | texture Ra 3.2
Rz 25 | texture Rz 25
√ Ra 0.8 | texture Ra 0.8
N7 | texture N 1.6
U Ra 3.2 L Ra 1.6 | texture Ra 1.6-3.2
0.008-2.5/Ra 3.2 | texture Ra 3.2
63 µin | -
# edges
+0.3/-0.3 | -
# no callouts
4x3 | linear 4 (linear 3)
SECTION A-A | -
SCALE 2:1 | -
DETAIL B (2:1) | -
2024-05-01 | -
12/05/2023 | -
ISO 2768-mK | -
DIN 509-E 0.4x0.2 | -
DIN 974 | -
SHEET 1 OF 2 | -
REV B | -
A4 | -
42CrMo4 | -
EN AW-6082 T6 | -
1.4301 | -
58-62 HRC | -
HRC 58±2 | -
WELD ALL AROUND | -
BREAK SHARP EDGES 0.5 MAX | -
SEE NOTE 4 | -
10:1 | -
P/N 10-4432-01 | -
M=2.5 Z=24 | -
KEYWAY DIN 6885 | -
TORQUE 25 Nm | -
25 Nm | -
150 °C | -
24 V | -
10 kg | -
5 % | -
"""
"""Callouts that rules were mended with: 161 of 189 were right before."""

SECOND = r"""
# shops
⌀.188 THRU 2 PLCS | diameter 0.188 q2 thru
2X ⌀.1285 +.0005/-.0000 THRU | diameter 0.1285 +0.0005/+0 q2 thru
⌀.750 BORE | diameter 0.75
⌀1.000 ± .002 REAM | diameter 1 +0.002/-0.002
.03 X 45° CHAMFER | chamfer 0.03 @45
.030 X 45° CHAM TYP | chamfer 0.03 @45 typ
CHAMFER 1 X 45° | chamfer 1 @45
R.03 MAX | radius 0.03 max
.015 R MAX | radius 0.015 max
3X R.06 | radius 0.06 q3
(2.000) REF | linear 2 ref
2.000 BSC | linear 2 basic
6X ⌀.281 THRU EQ SP ON ⌀3.500 B.C. | diameter 0.281 q6 eqs thru & diameter 3.5
⌀.201 THRU, ⌵ ⌀.385 X 82° | diameter 0.201 thru (countersink 0.385 @82)
⌀.281 THRU ⌴ ⌀.437 ↧ .260 | diameter 0.281 thru (counterbore 0.437 (depth 0.26))
4X ⌀.166 THRU ALL ⌴ ⌀.312 ↧ .188 | diameter 0.166 q4 thru (counterbore 0.312 (depth 0.188))
.500-13 UNC-2B X 1.00 DEEP | thread .500-13 UNC-2B depth 1
10-24 UNC-2B | thread #10-24 UNC-2B
4X 8-32 UNC - 2B ↧ .375 | thread #8-32 UNC-2B q4 depth 0.375
2X #4-40 UNC-2B THRU | thread #4-40 UNC-2B q2 thru
M5 X 0.8 - 6H ↧ 10 MIN | thread M5×0.8-6H depth 10
3X M3x0.5 THRU | thread M3×0.5 q3 thru
M4 THRU | thread M4 thru
M6 - 6H 2 PLACES | thread M6-6H q2
M8x1.25 12 DEEP | thread M8×1.25 depth 12
M30x2-6g-LH | thread M30×2-6g-LH
3/4-14 NPT | thread 3/4-14 NPT
G3/8 B | thread G3/8 B
# metric
⌀40 f7 | diameter 40 -0.025/-0.05 fit f7
⌀16 H8 | diameter 16 +0.027/+0 fit H8
⌀ 63 H7/k6 | diameter 63 fit H7/k6
⌀50 p6 | diameter 50 +0.042/+0.026 fit p6
8 N9 | linear 8 +0/-0.036 fit N9
8 P9 | linear 8 -0.015/-0.051 fit P9
6 JS9 | linear 6 +0.015/-0.015 fit JS9
⌀12,5 ±0,05 | diameter 12.5 +0.05/-0.05
120 ±0,2 | linear 120 +0.2/-0.2
45 -0,1 | linear 45 ?/-0.1
45 +0,2 | linear 45 +0.2/?
100 +0,3 -0,1 | linear 100 +0.3/-0.1
80 h11 | linear 80 +0/-0.19 fit h11
2 x ⌀6,6 | diameter 6.6 q2
3 x 120° | angular 120 q3
3x120° (=360°) | angular 120 q3 total 360
2x R8 | radius 8 q2
R 25 | radius 25
R0,5 | radius 0.5
4x R3 max. | radius 3 q4 max
1,5 x 45° | chamfer 1.5 @45
1x30° | chamfer 1 @30
2 x 1x45° | chamfer 1 @45 q2
Fase 1x45° | chamfer 1 @45
⌀8,5 / ⌀14x8 tief | diameter 8.5 & diameter 14 (depth 8)
Senkung ⌀11 x 6,5 tief | countersink 11 (depth 6.5)
4x M8 - 16 tief | thread M8 q4 depth 16
M6 durch | thread M6 thru
M12x1,75 | thread M12×1.75
M10 LH | thread M10-LH
Tr 24x5 | thread Tr24×5
Rd 20x1/8" | thread Rd20×1/8
SW 19 | across_flats 19
SW27 h11 | across_flats 27 +0/-0.13 fit h11
□12 h9 | square 12 +0/-0.043 fit h9
t=3 mm | thickness 3
⌀20 ±0,1 Ⓔ | diameter 20 +0.1/-0.1 mod Ⓔ
⌀ 10 -0,02/-0,05 | diameter 10 -0.02/-0.05
⌀35 +0,025 0 | diameter 35 +0.025/+0
35 0/-0,2 | linear 35 +0/-0.2
22.5° ±0.25° | angular 22.5 +0.25/-0.25
0°30' ±5' | angular 0.5 +0.08333333333/-0.08333333333
R12.5±0.1 | radius 12.5 +0.1/-0.1
S⌀8 h6 | spherical_diameter 8 +0/-0.009 fit h6
12-⌀9 均布 | diameter 9 q12 eqs
2-R5 | radius 5 q2
C1.5 | chamfer 1.5
4-M6-7H 深12 | thread M6-7H q4 depth 12
⌀6H7通孔 | diameter 6 +0.012/+0 fit H7 thru
4×⌀5.5通し | diameter 5.5 q4 thru
2-⌀6.6キリ | diameter 6.6 q2
M5 深さ10 | thread M5 depth 10
4xø6,5 | diameter 6.5 q4
Ø40 js6 | diameter 40 +0.008/-0.008 fit js6
4 Ø 8 | diameter 8 q4
2 trous M6 | thread M6 q2
ép. 4 | thickness 4
⌀14 prof. 20 | diameter 14 (depth 20)
Rayon 6 | radius 6
# duals
6.35 [.250] | linear 6.35 alt 0.25
⌀12.70 [.500] | diameter 12.7 alt 0.5
4X ⌀6.35 [.250] THRU | diameter 6.35 q4 thru alt 0.25
1.250 (31.75) | linear 1.25 alt 31.75
1'-2" | linear 14
5'-6 3/4" | linear 66.75
3/4" | linear 0.75
1 1/2" | linear 1.5
7/16 | linear 0.4375
# textures
Rz 6.3 | texture Rz 6.3
Ra 0,8 | texture Ra 0.8
Rmax 10 | texture Rmax 10
Ra 1.6 max | texture Ra 1.6
√Rz 16 | texture Rz 16
Ra 12,5 ( √ ) | texture Ra 12.5
32 µin Ra | -
# nothing
TOLERANCES: .XX ±.01 | -
FRACTIONS ± 1/64 | -
QTY 4 | -
MATERIAL: S235JR | -
DWG NO 100-204 | -
Item 3 | -
25.03.2021 | -
2X SCALE | -
DIN 912 - M6x20 | -
ISO 4762 M8x25 | -
6205-2RS | -
IP65 | -
3D | -
V1.2 | -
12:30 | -
+49 711 1234567 | -
1/2 | linear 0.5
3/16 | linear 0.1875
N 52° 30' | -
"""
"""Callouts that were held out then: 117 of 122 were right before the rules were mended for the others."""

MISSED = r"""
[25.4] 1.00 | linear 1 alt 25.4
1:10 taper | taper 0.1
t 1.5 | thickness 1.5
"""
"""Callouts that are not read right."""


def lines(text: str) -> Iterator[tuple[str, str]]:
    """Texts and what they say."""
    for line in text.strip().splitlines():
        if not line.startswith("# "):
            callout, _, meaning = line.rpartition(" | ")
            yield callout.replace("\\n", "\n"), meaning


def said(values: tuple[Value, ...]) -> str:
    """What callouts say, in a line."""
    return " & ".join(map(_said, values)) or "-"


def _said(value: Value) -> str:
    if isinstance(value, Dimension):
        return " ".join(_of_dimension(value))
    if isinstance(value, Thread):
        return " ".join(_of_thread(value))
    if isinstance(value, SurfaceTexture):
        limits = [_number(limit) for limit in (value.lower_value, value.value) if limit is not None]
        return f"texture {value.parameter} {'-'.join(limits)}"
    return type(value).__name__


def _of_dimension(value: Dimension) -> Iterator[str]:
    yield value.kind.value
    yield "?" if value.nominal is None else _number(value.nominal)
    if value.upper is not None or value.lower is not None:
        yield f"{_signed(value.upper)}/{_signed(value.lower)}"
    yield from _flags(value)
    if value.modifiers:
        yield f"mod {' '.join(value.modifiers)}"
    if value.alternate is not None and value.alternate.nominal is not None:
        yield f"alt {_number(value.alternate.nominal)}"
    yield from (f"({_said(part)})" for part in value.features if part.fit is None)


def _flags(value: Dimension) -> Iterator[str]:
    if value.is_limit:
        yield "limits"
    if value.fit is not None:
        yield f"fit {value.fit.symbol}"
    if value.angle is not None:
        yield f"@{_number(value.angle)}"
    if value.quantity != 1:
        yield f"q{value.quantity}"
    if value.pattern is not None and value.pattern.total is not None:
        yield f"total {_number(value.pattern.total)}"
    if value.pattern is not None and value.pattern.equally_spaced:
        yield "eqs"
    told = {
        "thru": value.is_through,
        "typ": value.is_typical,
        "ref": value.is_reference,
        "basic": value.is_basic,
        "max": value.is_maximum,
        "min": value.is_minimum,
    }
    yield from (word for word, is_told in told.items() if is_told)


def _of_thread(value: Thread) -> Iterator[str]:
    yield f"thread {value.designation}"
    if value.quantity != 1:
        yield f"q{value.quantity}"
    if value.is_through:
        yield "thru"
    if value.length is not None:
        yield f"depth {_number(value.length)}"


def _number(value: float) -> str:
    return f"{value:.10g}"


def _signed(value: float | None) -> str:
    return "?" if value is None else f"{value + 0:+.10g}"
