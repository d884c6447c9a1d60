"""The words of callouts in the languages of the shops: English, German, French, Spanish, Italian, Chinese, Japanese."""

from __future__ import annotations

from enum import Enum, auto

from pybase_extraction.drawing.tokens import TokenKind, scan


class Keyword(Enum):
    """What a word of a callout means."""

    THROUGH = auto()
    DEPTH = auto()
    DEEP = auto()
    DEPTH_OR_DEEP = auto()
    """Words that stand before a depth as well as behind it."""
    COUNTERBORE = auto()
    COUNTERSINK = auto()
    SPOTFACE = auto()
    TYPICAL = auto()
    MAXIMUM = auto()
    MINIMUM = auto()
    REFERENCE = auto()
    BASIC = auto()
    EQUALLY_SPACED = auto()
    PLACES = auto()
    DIAMETER = auto()
    RADIUS = auto()
    CHAMFER = auto()
    ACROSS_FLATS = auto()
    THICKNESS = auto()
    LENGTH = auto()
    PITCH_CIRCLE = auto()
    LEFT_HAND = auto()
    DRILL = auto()
    GLUE = auto()


_WORDS = {
    Keyword.THROUGH: "THRU; THRU ALL; THROUGH; THROUGH ALL; durch; durchgehend; durchgehende Bohrung;"
    " débouchant; débouchante;"
    " traversant; pasante; pasantes; passante; passanti; passantes; débouchants; przelotowy; przelotowe; na wylot;"
    " průchozí; skrz; genomgående; gennemgående; läpi; doorgaand; doorlopend; сквозн; сквозное; насквозь;"
    " THRU HOLE; 通孔; 贯穿; 贯通; 完全贯穿; 通; 通し; 貫通; 通シ; FULL DEPTH",
    Keyword.DEPTH: "DEPTH; Tiefe; profondeur; profundidad; profondità; diepte; głęb;"
    " głębokość; hloubka; djup; dybde; syvyys; глуб; глубина; 深; 深度; 孔深; 深さ; 深サ",
    Keyword.DEEP: "DEEP; diep; hluboký; hluboké; djupt; de prof.; de profondeur",
    Keyword.DEPTH_OR_DEEP: "DP; DP.; tief; prof; prof.",
    Keyword.COUNTERBORE: "C'BORE; C’BORE; CBORE; C BORE; C/BORE; COUNTERBORE; Zylindersenkung; Flachsenkung; lamage;"
    " lamatura; 沉孔; 深座ぐり;"
    " 座ぐり; CB",
    Keyword.COUNTERSINK: "CSK; CSK.; C'SINK; C’SINK; CTSK; CSINK; C/SINK; COUNTERSINK; Kegelsenkung; Senkung;"
    " fraisure; fraisé;"
    " avellanado; svasatura; 锥形沉孔;"
    " 皿ざぐり; 皿もみ",
    Keyword.SPOTFACE: "SPOTFACE; S'FACE; SFACE; SF; SPOT FACE; 锪平",
    Keyword.TYPICAL: "TYP; TYP.; TYPICAL; typisch",
    Keyword.MAXIMUM: "MAX; MAX.; MAXIMUM; maxi; 最大",
    Keyword.MINIMUM: "MIN; MIN.; MINIMUM; mini; mind.; 最小",
    Keyword.REFERENCE: "REF; REF.; REFERENCE; 参考",
    Keyword.BASIC: "BASIC; BSC",
    Keyword.EQUALLY_SPACED: "EQS; EQ SP; EQ. SP.; EQUALLY SPACED; EQUI SPACED; EQUISPACED; EQ SPACED;"
    " gleichmäßig verteilt;"
    " gleichm. verteilt; équidistants; équidistant; equidistantes; equidistanti; 均布; 等配; 等分",
    Keyword.PLACES: "PLACES; PLACE; PLCS; PLCS.; PL; PL.; PLS; HOLES; HOLE; OFF; Bohrungen; Stellen; mal; fois;"
    " trous; taladros;"
    " agujeros; fori; places; 处; 個所; 箇所; ヶ所; TIMES; SLOTS; SURFACES; POSITIONS; Löcher; Stück; Stk;"
    " otwory; otworów; otw; díry; děr; hål; reikää; gaten; furos; отв; отв.; места; мест; pos.; pasos",
    Keyword.DIAMETER: "DIA; DIA.; DIAM; DIAM.; DIAMETER; Durchmesser",
    Keyword.RADIUS: "RAD; RAD.; RADIUS; Radius; rayon",
    Keyword.CHAMFER: "CHAMFER; CHAM; CHAM.; CHFR; CHF; CH; Fase; Fasen; chanfrein; chaflán; smusso; 倒角; 面取り",
    Keyword.ACROSS_FLATS: "AF; A/F; A.F.; ACROSS FLATS; SW; 对边; 二面幅",
    Keyword.THICKNESS: "THK; THK.; THICK; dick; Dicke; ép.; épaisseur; espesor; spessore; 厚; 板厚",
    Keyword.LENGTH: "LG; LG.; LONG; lang; Länge; 长; 長",
    Keyword.PITCH_CIRCLE: "PCD; P.C.D.; BC; B.C.; BOLT CIRCLE; Lochkreis; TK; LK; ON; ON A; 分度圆",
    Keyword.LEFT_HAND: "LH; LINKS; L.H.; LEFT HAND; 左",
    Keyword.DRILL: "DRILL; DRILLED",
    Keyword.GLUE: "REAM; REAMED; BORE; TAP; TAPPED; PRO; FOR; CLEARANCE; BOTH SIDES; BOTH ENDS;"
    " NEAR SIDE; FAR SIDE;"
    " beidseitig; beide Seiten; umlaufend; ALL AROUND; FULL R; Gewinde; taraudage; キリ; 孔; IN LINE; STAGGERED;"
    " FULL RADIUS; perçage; percé; fresado; alesaje; foratura; wiercić; vrtat; borrad; Bohrung; gebohrt; gerieben;"
    " reiben; aléser; roscado; filettato; сверлить; THREAD; THREADS; TRAPEZOIDAL THREAD;"
    " Trapezgewinde; filetage; rosca; filettatura; gwint; závit; gänga; резьба",
}

Phrase = tuple[str, ...]


def words(text: str) -> frozenset[str]:
    """Make a set of the words of a text."""
    return frozenset(text.split())


def _phrases() -> dict[str, tuple[tuple[Phrase, Keyword], ...]]:
    table: dict[Phrase, Keyword] = {}
    for keyword, spellings in _WORDS.items():
        for spelling in spellings.split(";"):
            tokens = scan(spelling.strip())
            table.setdefault(tuple(token.key for token in tokens if token.kind is not TokenKind.END), keyword)
    by_first: dict[str, list[tuple[Phrase, Keyword]]] = {}
    for phrase, keyword in sorted(table.items(), key=lambda entry: -len(entry[0])):
        by_first.setdefault(phrase[0], []).append((phrase, keyword))
    return {first: tuple(entries) for first, entries in by_first.items()}


PHRASES = _phrases()
"""First key of a phrase -> the phrases that begin so, longest first, with their meaning."""
