"""Content lines as spans: every byte is found again, folds come and go without a trace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.core.contentline import (
    Edit,
    components,
    escape,
    escaped_offsets,
    fold,
    parse,
    respliced,
    spliced,
    unescape,
    unfold,
)

BREAKS = st.sampled_from([b"\r\n", b"\n"])


def names(body: bytes, name: str = "VEVENT") -> list[list[str]]:
    return [[line.name for line in each.properties] for each in components(body, name)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:a\r\n b\r\nEND:VEVENT\r\n", [["UID", "SUMMARY"]]),
        (b"BEGIN:VEVENT\nuid:1\r\nEND:VEVENT", [["UID"]]),
        (b"begin:vevent\r\nSUMM\r\n\tARY;X=1:a\r\nend:vevent \r\n", [["SUMMARY"]]),
        (b"BEGIN:VEVENT\nA:1\nBEGIN:VALARM\nB:2\nEND:VALARM\nC:3\nEND:VEVENT\n", [["A", "C"]]),
        (b"BEGIN:VEVENT\nA:1\nEND:VALARM\nB:2\nEND:VEVENT\n", [["A", "B"]]),
        (b"BEGIN:VEVENT\nA:1\nBEGIN:VALARM\nB:2\nEND:VEVENT\n", [["A"]]),
        (b"BEGIN:VEVENT\nA:1\n", []),
        (b"BEGIN:VTODO\nA:1\nEND:VTODO\n", []),
        (b"", []),
    ],
)
def test_finds_events_with_their_own_properties_only(body: bytes, expected: list[list[str]]) -> None:
    assert names(body) == expected


def test_a_line_begins_where_the_last_one_s_break_ends() -> None:
    body = b"BEGIN:VEVENT\r\nA:1\r\n 2\nB:3\r\nEND:VEVENT\r\n"
    (event,) = components(body, "VEVENT")
    assert [body[line.start : line.end] for line in event.properties] == [b"A:1\r\n 2", b"B:3"]
    assert [body[line.end : line.after] for line in event.properties] == [b"\n", b"\r\n"]


def test_the_first_inner_component_is_where_new_lines_end() -> None:
    body = b"BEGIN:VEVENT\nA:1\nBEGIN:VALARM\nEND:VALARM\nBEGIN:VALARM\nEND:VALARM\nEND:VEVENT\n"
    (event,) = components(body, "VEVENT")
    assert event.inner == body.index(b"BEGIN:VALARM")


@pytest.mark.parametrize(
    ("content", "name", "parameters", "value"),
    [
        (b"SUMMARY:a:b", "SUMMARY", {}, "a:b"),
        (b'x;A=1;B="p:q;r",s:v', "X", {"A": ("1",), "B": ("p:q;r", "s")}, "v"),
        (b"CONFERENCE;FEATURE=AUDIO,VIDEO:u", "CONFERENCE", {"FEATURE": ("AUDIO", "VIDEO")}, "u"),
        (b"X;CN=a^nb^'c^^d^e:v", "X", {"CN": ('a\nb"c^d^e',)}, "v"),
        (b'X;A="open:v', "X", {"A": ("",)}, "v"),
        (b"X;FLAG;A=:v", "X", {"A": ("",)}, "v"),
        (b"no colon", "NO COLON", {}, ""),
        (b"X:\xff\xfe", "X", {}, "\udcff\udcfe"),
    ],
)
def test_takes_a_line_apart(content: bytes, name: str, parameters: dict[str, tuple[str, ...]], value: str) -> None:
    parts = parse(content)
    assert (parts.name, {each.name: each.values for each in parts.parameters}, parts.value) == (name, parameters, value)


@given(st.text(min_size=0, max_size=400), BREAKS)
def test_what_is_folded_unfolds_to_the_same_within_75_octets(text: str, line_break: bytes) -> None:
    content = b"X:" + text.replace("\r", "").replace("\n", "").encode()
    raw = fold(content, line_break)
    assert unfold(raw.removesuffix(line_break)).content == content
    physical = raw.removesuffix(line_break).split(line_break)
    assert all(len(line) <= 75 for line in physical)
    assert all(line.decode() is not None for line in physical)


@given(st.text())
def test_text_survives_escaping(text: str) -> None:
    assert unescape(escape(text)) == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(alphabet='ab\\nN;,:"ü'))
def test_offsets_in_unescaped_text_are_found_in_the_value(value: str) -> None:
    text = unescape(value)
    for offset, at in enumerate(escaped_offsets(value, range(len(text) + 1))):
        assert unescape(value[:at]) == text[:offset] or value[:at].endswith("\\")


@given(
    st.lists(st.binary(max_size=90).map(lambda part: part.replace(b"\n", b"").replace(b"\r", b"")), min_size=1), BREAKS
)
def test_text_put_at_the_end_of_a_line_leaves_no_trace_when_taken_out(parts: list[bytes], line_break: bytes) -> None:
    raw = b"X:" + (line_break + b" ").join(parts)
    line = unfold(raw)
    end = len(line.content)
    longer = unfold(respliced(line, [Edit(end, end, b"new" * 50)], line_break))
    assert longer.content == line.content + b"new" * 50
    assert respliced(longer, [Edit(end, end + 150, b"")], line_break) == raw


@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=4), st.integers(0, 300), st.sampled_from([b" ", b"\t"]), BREAKS
)
def test_text_put_into_a_folded_line_leaves_no_trace_when_taken_out(
    lengths: list[int], where: int, space: bytes, line_break: bytes
) -> None:
    raw = b"X:" + (line_break + space).join(b"a" * length for length in lengths)
    line = unfold(raw)
    at = min(2 + where, len(line.content))
    longer = unfold(respliced(line, [Edit(at, at, b"new" * 50)], line_break))
    assert longer.content == line.content[:at] + b"new" * 50 + line.content[at:]
    other = unfold(respliced(longer, [Edit(at, at + 150, b"other" * 20)], line_break))
    assert respliced(other, [Edit(at, at + 100, b"")], line_break) == raw


def test_insertions_at_one_place_keep_their_order() -> None:
    assert spliced(b"abc", [Edit(1, 1, b"X"), Edit(1, 1, b"Y"), Edit(2, 3, b"")]) == b"aXYb"


@pytest.mark.parametrize(
    "body",
    [
        b"BEGIN:VEVENT\n" * 100_000 + b"END:VEVENT\n" * 50_000,
        b"BEGIN:A\nEND:VEVENT\n" * 50_000,
        b"BEGIN:VEVENT\n" + b"X:" + b"\n a" * 200_000 + b"\nEND:VEVENT\n",
        b'X;A="' * 1_000_000,
    ],
    ids=["deep", "crossed", "folds", "quotes"],
)
def test_hostile_bodies_take_linear_time(body: bytes) -> None:
    for event in components(body, "VEVENT"):
        for line in event.properties:
            parse(unfold(body[line.start : line.end]).content)
