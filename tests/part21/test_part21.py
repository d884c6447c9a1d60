"""The reader of ISO 10303-21 exchange structures."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pybase_extraction.errors import CorruptedFileError, EmptyFileError
from pybase_extraction.part21 import (
    COMPLEX,
    DERIVED,
    MAX_DEPTH,
    Binary,
    Component,
    Enumeration,
    Part21File,
    Ref,
    Resource,
    TypedValue,
    decode_string,
    encode_string,
    parse_arguments,
)

HEAD = (
    b"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('ViewDefinition [A]','two'),'2;1');\n"
    b"FILE_NAME('it''s.ifc','2024-01-02T03:04:05',('Ann'),('Acme'),'writer 1','system 2','nobody');\n"
    b"FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
)
TAIL = b"ENDSEC;\nEND-ISO-10303-21;\n"


def exchange(body: bytes) -> Part21File:
    return Part21File.open(HEAD + body + TAIL)


def codes(file: Part21File) -> dict[str, int]:
    return {item.code: item.count for item in file.damage}


def test_header_is_read() -> None:
    header = exchange(b"#1=A();\n").header
    assert header.description == ("ViewDefinition [A]", "two")
    assert header.implementation_level == "2;1"
    assert header.name == "it's.ifc"
    assert header.author == ("Ann",)
    assert header.organization == ("Acme",)
    assert (header.preprocessor_version, header.originating_system) == ("writer 1", "system 2")
    assert header.authorization == "nobody"
    assert header.schemas == ("IFC4",)


def test_schema_names_lose_their_object_identifier() -> None:
    data = HEAD.replace(b"'IFC4'", b"'AP242_MANAGED_MODEL { 1 0 10303 442 1 1 4 }','x'") + TAIL
    assert Part21File.open(data).schemas == ("AP242_MANAGED_MODEL", "X")


def test_every_kind_of_value_is_decoded() -> None:
    file = exchange(
        b"#1=Thing($,*,12,-1.5E3,'it''s',.STEEL.,\"0F1\",#7,IFCLABEL('x'),(1,(2.,'a')),(),-7,1.,.T.,MULTI(1,2));\n"
    )
    assert file.record(1).arguments == (
        None,
        DERIVED,
        12,
        -1500.0,
        "it's",
        Enumeration("STEEL"),
        Binary("0F1"),
        Ref(7),
        TypedValue("IFCLABEL", "x"),
        (1, (2.0, "a")),
        (),
        -7,
        1.0,
        Enumeration("T"),
        TypedValue("MULTI", (1, 2)),
    )
    kinds = [type(value) for value in file.record(1).arguments]
    assert kinds[2:8] == [int, float, str, Enumeration, Binary, Ref]
    assert not file.record(1).is_damaged
    assert file.damage == ()


def test_complex_instances_keep_their_partial_records() -> None:
    file = exchange(b"#1=(LENGTH_UNIT()NAMED_UNIT(*) SI_UNIT(.MILLI.,.METRE.)PAIR((1,2)));\n#2=A(#1);\n")
    record = file.record(1)
    assert record.type == COMPLEX
    assert record.components == (
        Component("LENGTH_UNIT", ()),
        Component("NAMED_UNIT", (DERIVED,)),
        Component("SI_UNIT", (Enumeration("MILLI"), Enumeration("METRE"))),
        Component("PAIR", ((1, 2),)),
    )
    assert record.component("SI_UNIT") == (Enumeration("MILLI"), Enumeration("METRE"))
    assert record.component("OTHER") is None
    assert file.complex_ids("si_unit") == [1]
    assert file.complex_ids("OTHER") == []


def test_instances_are_found_by_number_and_type_in_the_order_of_the_file() -> None:
    file = exchange(b"#30=B();#10= Aa ( #30 ) ;\n#123456789012=b(1);\n#7 =\n AA(2);#8\t=B\n(3);")
    assert file.types() == {"B": 3, "AA": 2}
    assert file.ids("B") == [30, 123456789012, 8]
    assert file.ids() == [30, 10, 123456789012, 7, 8]
    assert [record.arguments for record in file.records("aa")] == [(Ref(30),), (2,)]
    assert file.type_of(10) == "AA"
    assert file.text(7) == b"(2)"
    assert list(file.texts("B")) == [(30, b"()"), (123456789012, b"(1)"), (8, b"(3)")]
    assert 8 in file
    assert 9 not in file
    assert file.get(9) is None
    assert file.type_of(9) is None
    assert file.text(9) is None
    assert len(file) == 5
    with pytest.raises(KeyError):
        file.record(9)


def test_instance_numbers_of_every_length_are_read() -> None:
    numbers = [
        int(digits[:length]) for digits in ("9" * 18, "1" + "0" * 17, "123456789" * 2) for length in range(1, 19)
    ]
    numbers = list(dict.fromkeys(numbers))
    file = exchange(b"".join(b"#%d=A(#%d);\n" % (n, n) for n in numbers))
    assert file.ids() == numbers
    assert [file.record(n).arguments for n in numbers] == [(Ref(n),) for n in numbers]


def test_names_that_are_longer_than_every_word_of_the_hash_are_told_apart() -> None:
    names = [b"IFC" + b"X" * length + end for length in range(50) for end in (b"", b"A", b"B")]
    file = exchange(b"".join(b"#%d=%s(%d);\n" % (n, name, n) for n, name in enumerate(names, start=1)))
    assert list(file.types()) == [name.decode() for name in names]
    assert all(file.record(n).arguments == (n,) for n in range(1, len(names) + 1))


def test_signs_inside_strings_and_comments_are_no_structure() -> None:
    file = exchange(
        b"/* it's; #9=X(); */#1=A('#5=B(''x'');','/* no comment */','a=b;');\n#2=A(/* ' */'c'/**/);\n/* #3=A(); */\n"
    )
    assert file.ids() == [1, 2]
    assert file.record(1).arguments == ("#5=B('x');", "/* no comment */", "a=b;")
    assert file.record(2).arguments == ("c",)
    assert file.damage == ()
    assert file.dangling().count == 0


def test_several_data_sections_references_anchors_and_signatures_are_read() -> None:
    file = Part21File.open(
        HEAD.replace(
            b"DATA;\n", b"ANCHOR;\n<top>=#1;\nENDSEC;\nREFERENCE;\n#5=<wheel.stp#12>;\nENDSEC;\nDATA('a',('S'));\n"
        )
        + b"#1=A(#5);\nENDSEC;\nDATA('b',('S'));\n#2=A(#1);\nENDSEC;\nEND-ISO-10303-21;\nSIGNATURE;\nab=cd==\nENDSEC;\n"
    )
    assert file.types() == {"A": 2}
    assert file.resources() == {5: Resource("wheel.stp#12")}
    assert codes(file) == {}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (rb"M\X\FCller", "Müller"),
        (rb"\X2\00DC0041\X0\x", "ÜAx"),
        (rb"\X2\D83DDE00\X0\ ", "\U0001f600 "),
        (rb"\X4\0001F600\X0\ ", "\U0001f600 "),
        (rb"\S\D", "Ä"),
        (rb"\S\'' 5", "§ 5"),
        (rb"\PE\\S\0", "\u0410"),  # ISO 8859-5: 0x30 + 0x80 = 0xB0 is U+0410
        (rb"C:\\X2\\dir", "C:\\X2\\dir"),
        (rb"a\N\b", "a\nb"),
        ("Größe".encode(), "Größe"),
        ("Größe".encode("cp1252"), "Größe"),
        (rb"half \X2\00DC", "half \\X2\\00DC"),
        (b"it''s", "it's"),
        (b"", ""),
    ],
)
def test_string_escapes_are_decoded(written: bytes, text: str) -> None:
    assert decode_string(written) == text


def test_an_apostrophe_after_a_shift_does_not_end_its_string() -> None:
    file = exchange(rb"#1=A('\X\E3\S\'\X\E6','x');" + b"\n#2=B('C:\\S\\');\n")
    assert file.ids() == [1, 2]
    assert file.record(1).arguments == ("ã§æ", "x")


def escaped(text: str, code_page: str) -> bytes:
    """Write a text as some exporters do: the bytes of their own code page in escapes for ISO 8859-1."""
    return b"".join(
        bytes([byte]) * (2 if byte == 0x5C else 1) if 0x20 <= byte < 0x7F else b"\\X\\%02X" % byte
        for byte in text.encode(code_page)
    )


@pytest.mark.parametrize(
    ("text", "code_page"), [("コンクリート構造 1階", "cp932"), ("the architect’s plan – “north”", "cp1252")]
)
def test_bytes_of_another_code_page_in_escapes_are_recognised(text: str, code_page: str) -> None:
    file = exchange(b"#1=A('" + escaped(text, code_page) + b"','it''s');\n")
    assert file.code_page == code_page
    assert file.record(1).arguments == (text, "it's")
    assert codes(file) == {"foreign-code-page": 1}


def test_letters_of_iso_8859_1_in_escapes_stay_what_they_are() -> None:
    file = exchange(rb"#1=A('M\X\FCller \X\C4\X\D6\X\DC');" + b"\n")
    assert file.code_page is None
    assert file.record(1).arguments == ("Müller ÄÖÜ",)


@pytest.mark.parametrize(
    ("body", "found", "damage"),
    [
        (b"#1=A('x);\n#2=B('y');\n#3=C(1);\n", [1, 2, 3], {"broken-string": 1}),
        (b"#1=A(1)\n#2=B(2);\n", [1, 2], {"missing-semicolon": 1}),
        (b"#1=A(1);\n#1=A(2);\n", [1, 1], {"duplicate-ids": 1}),
        (b"#1=A(1);\n#2=;\n#3=5;\n#4=B(2);\n", [1, 4], {"malformed-records": 2}),
        (b"#1=A(1);\n/* no end ", [1], {"unterminated-comment": 1, "missing-endsec": 1}),
    ],
)
def test_damage_is_told_and_the_rest_is_read(body: bytes, found: list[int], damage: dict[str, int]) -> None:
    file = exchange(body)
    assert file.ids() == found
    assert codes(file) == damage


def test_a_file_that_is_cut_off_says_so() -> None:
    file = Part21File.open(HEAD + b"#1=A('a');\n#2=B('b',(1,2")
    assert codes(file) == {"missing-endsec": 1, "truncated-record": 1}
    assert file.record(1).is_damaged is False
    assert file.record(2).is_damaged
    assert file.record(2).arguments == ("b", (1, 2))


def test_of_instances_with_one_number_the_last_counts() -> None:
    assert exchange(b"#1=A(1);\n#1=B(2);\n").record(1).arguments == (2,)


def test_a_missing_header_is_told() -> None:
    assert set(codes(Part21File.open(b"#1=A();\n#2=B();\nENDSEC;END-ISO-10303-21;"))) == {
        "missing-start",
        "missing-header",
    }


def test_dangling_references_are_found_outside_of_strings() -> None:
    file = exchange(b"#1=A(#2,'#99',(#1,#123456789));\n#4=A(#1,#22222222222222);\n")
    dangling = file.dangling()
    assert dangling.count == 3
    assert dangling.samples == ((1, 2), (1, 123456789), (4, 22222222222222))


@pytest.mark.parametrize("step", [1, 300_000_007])
def test_dangling_references_are_found_whether_numbers_lie_close_or_far_apart(step: int) -> None:
    # every instance refers to the next one, and each tenth is not there
    numbers = [at * step for at in range(1, 100) if at % 10]
    file = exchange(b"".join(b"#%d=A(#%d);\n" % (number, number + step) for number in numbers))
    dangling = file.dangling()
    assert dangling.count == 10
    assert dangling.samples[0] == (9 * step, 10 * step)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"((#12))", 12),
        (b"('',(#123456789))", 123456789),
        (b"('a #5',#7)", None),
        (b"('#5',$)", None),
        (b"('it''s',#7)", 7),
        (b"('',#1,#2)", None),
        (b"('',$)", None),
        (b"('" + b"x" * 70 + b"',#7)", None),
    ],
)
def test_short_instances_that_refer_to_one_other_are_told_together(written: bytes, expected: int | None) -> None:
    file = exchange(b"#1=A" + written + b";\n#2=A((#1));\n#3=B((#1));\n#4=C('" + b" " * 80 + b"');\n")
    assert file.only_references("A") == ({2: 1} if expected is None else {1: expected, 2: 1})


def test_what_is_no_exchange_structure_is_refused() -> None:
    with pytest.raises(EmptyFileError):
        Part21File.open(b"")
    with pytest.raises(CorruptedFileError, match="no ISO 10303-21"):
        Part21File.open(b"%PDF-1.7 nothing of the kind", name="a.ifc")


def test_deep_nesting_damages_its_record_only() -> None:
    deep = b"(" * 100_000 + b")" * 100_000
    file = exchange(b"#1=A(" + deep + b");\n#2=B(1);\n")
    assert file.record(1).is_damaged
    assert file.record(1).arguments == ()
    assert file.record(2).arguments == (1,)
    within = b"(" * (MAX_DEPTH - 1) + b")" * (MAX_DEPTH - 1)
    assert not exchange(b"#1=A(" + within + b");").record(1).is_damaged


@pytest.mark.parametrize("text", [b"(1,,2)", b"(1.2.3)", b"(1e999)", b"(1", b"1)", b"(?)", b"(a)"])
def test_broken_values_damage_their_record(text: bytes) -> None:
    assert parse_arguments(text)[1]


@pytest.mark.parametrize(
    "piece",
    b"/*|/**/|'|''|';\n#1=|#1=|=|;|((|#| |a|9|\"0|<|, |\\S\\'|#1=A('\n|#1=\n|.A|\\X2\\00".split(b"|"),
)
def test_hostile_repetition_takes_linear_time(piece: bytes) -> None:
    def seconds(size: int) -> float:
        data = HEAD + b"#1=A(" + piece * (size // len(piece))
        start = time.process_time()
        file = Part21File.open(data)
        for record in file.records():
            assert record.id >= 0
        file.dangling()
        return time.process_time() - start

    seconds(10_000)
    # eight times the text: a quadratic reader needs 64 times as long, always; a busy machine is sometimes slow
    assert any(seconds(800_000) < 24 * seconds(100_000) + 0.25 for _ in range(5))


def test_reads_from_a_path(tmp_path) -> None:
    path = tmp_path / "model.ifc"
    path.write_bytes(HEAD + b"#1=A();\n" + TAIL)
    assert len(Part21File.open(path)) == 1
    assert len(Part21File.open(str(path))) == 1


def test_mutations_never_raise() -> None:
    chance = random.Random(21)
    whole = (
        HEAD + b"".join(b"#%d=THING_%d('text %d',(#%d,1.5),.A.);\n" % (n, n % 7, n, n - 1) for n in range(1, 60)) + TAIL
    )
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            match chance.randrange(3):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    del data[at : at + chance.randrange(80)]
                case _:
                    data[at:at] = bytes(chance.choice(b"';=#()/*\\\n") for _ in range(3))
        try:
            file = Part21File.open(bytes(data))
        except CorruptedFileError:
            continue
        assert sum(1 for _ in file.records()) == len(file)
        file.dangling()


# -- round trip ------------------------------------------------------------------------------------------------------


texts = st.text(st.characters(codec="utf-8"), max_size=20)
names = st.from_regex(r"[A-Z][A-Z0-9_]{0,30}", fullmatch=True)
scalars = st.one_of(
    st.none(),
    st.just(DERIVED),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    names.map(Enumeration),
    st.integers(1, 10**9).map(Ref),
    st.from_regex(r"[0-3][0-9A-F]*", fullmatch=True).map(Binary),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(tuple),
        st.builds(TypedValue, names, inner.filter(lambda value: not isinstance(value, tuple) or len(value) != 1)),
    ),
    max_leaves=8,
)


def write(value: object) -> bytes:
    match value:
        case None:
            return b"$"
        case TypedValue():
            return value.type.encode() + b"(" + write(value.value) + b")"
        case tuple():
            return b"(" + b",".join(map(write, value)) + b")"
        case Enumeration():
            return b"." + value.encode() + b"."
        case Binary():
            return b'"' + value.encode() + b'"'
        case str():
            return b"'" + encode_string(value) + b"'"
        case Ref():
            return b"#%d" % value
        case float():
            mantissa, _, exponent = repr(value).partition("e")
            return (mantissa + ("" if "." in mantissa else ".") + (f"E{exponent}" if exponent else "")).encode()
        case int():
            return b"%d" % value
        case _:
            return b"*"


@settings(max_examples=150)
@given(st.lists(st.tuples(names, st.lists(values, max_size=5).map(tuple)), max_size=8))
def test_what_is_written_is_read_again(records: list[tuple[str, tuple[object, ...]]]) -> None:
    body = b"".join(b"#%d=%s%s;\n" % (n, name.encode(), write(found)) for n, (name, found) in enumerate(records, 1))
    file = exchange(body)
    read = [file.record(n) for n in range(1, len(records) + 1)]
    assert [(record.type, record.arguments, record.is_damaged) for record in read] == [
        (name, found, False) for name, found in records
    ]
    assert file.damage == ()


@given(texts)
def test_strings_round_trip(text: str) -> None:
    assert decode_string(encode_string(text)) == text


_WRITTEN = (
    "#1", "#999999999999999999", "#1234567890123456789", "$", "*", "'it''s, (a) #1'", "''", r"'\X2\00DF\X0\'", "1",
    "-2.", "+3.5E-7", "1E999", ".5", "1.2.3", ".T.", ".NOT_DEFINED.", "", "IFCLABEL('x')", "(1,2)", '"0F1"', "garbage",
)  # fmt: skip
FLAT = st.lists(st.sampled_from(_WRITTEN), min_size=1, max_size=9)


@given(FLAT, st.sampled_from([",", " , ", "\n,"]))
def test_the_short_way_through_a_flat_list_gives_what_the_long_one_gives(items: list[str], comma: str) -> None:
    text = "(" + comma.join(items) + ")"
    # one more list inside makes the reader go the long way
    values, damaged = parse_arguments(("(" + comma.join([*items, "()"]) + ")").encode())
    assert parse_arguments(text.encode()) == (values[:-1], damaged)


OPENING = (
    "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
    "FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
)
CLOSING = "\nENDSEC;\nEND-ISO-10303-21;\n"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ("#1=A($,,'x');", "empty-parameters"),
        ("#1=A($);;", "stray-semicolons"),
        (r"#1=A('C:\path');", "unknown-escapes"),
        (r"#1=A('\X2\00E\X0\');", "unknown-escapes"),
        ("#1=A('a,,b;;');", None),
        (r"#1=A('C:\\path\X2\00DF\X0\\S\D\PA\\X\E4\N\');", None),
        ("#1=A($)  ;\n\n#2=A($);", None),
    ],
)
def test_slips_of_grammar_are_told_and_the_records_are_read(record: str, code: str | None) -> None:
    file = Part21File.open((OPENING + record + CLOSING).encode())
    assert [damage.code for damage in file.damage] == ([code] if code else [])
    assert file.type_of(1) == "A"
    if code in {"empty-parameters", "unknown-escapes"}:
        assert file.damage[0].ids == (1,)


@pytest.mark.parametrize(
    ("written", "read", "told"),
    [
        ("HEADER;", "", "does not begin with HEADER"),
        ("'2;1'", "'2;1','more'", "FILE_DESCRIPTION has 3 parameters in place of 2"),
        ("(''),'','','');", "(''),'','');", "FILE_NAME has 6 parameters in place of 7"),
        ("FILE_SCHEMA", "FILE_INFO('x');\nFILE_SCHEMA", "FILE_INFO is no header entity"),
        ("FILE_SCHEMA", "!FILE_INFO('x');\nFILE_SCHEMA", None),
        ("FILE_SCHEMA", "SECTION_LANGUAGE($,'de');\nFILE_SCHEMA", None),
    ],
)
def test_headers_that_are_not_as_the_standard_has_them(written: str, read: str, told: str | None) -> None:
    file = Part21File.open((OPENING.replace(written, read, 1) + "#1=A($);" + CLOSING).encode())
    assert file.schemas == ("IFC4",)
    assert [damage.code for damage in file.damage] == (["malformed-header"] if told else [])
    assert told is None or told in file.damage[0].message
