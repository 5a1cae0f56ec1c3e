"""Raw VEVENTs, as odd as bytes can be, and which of their lines may be ours."""

import re

from hypothesis import strategies as st

TEXTS = {b"DESCRIPTION", b"X-ALT-DESC"}
PLACES = {b"LOCATION", b"URL"}


def logical_lines(body: bytes) -> list[bytes]:
    """Split independently of the code under test: a line break starts a new line unless white space follows."""
    lines = [b""]
    for physical in body.split(b"\n"):
        if physical[:1] in {b" ", b"\t"} and len(lines) > 1:
            lines[-1] += b"\n" + physical
        else:
            lines.append(physical)
    return lines[1:]


def name_of(line: bytes) -> bytes:
    """A logical line's name, upper case."""
    return re.split(rb"[:;]", re.sub(rb"\r?\n[ \t]", b"", line), maxsplit=1)[0].strip().upper()


def foreign(body: bytes) -> list[bytes]:
    """Every line but the ones that may be ours, in order."""
    ours = TEXTS | PLACES | {b"CONFERENCE", b"X-MICROSOFT-SKYPETEAMSMEETINGURL"}
    return [
        line
        for line in logical_lines(body)
        if (name := name_of(line)) not in ours and not name.startswith(b"X-CALBRIDGE-")
    ]


BREAK = st.sampled_from(["\r\n", "\n"])
VALUE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120).map(str.encode),
    st.binary(max_size=60).map(lambda part: re.sub(rb"[\r\n]", b"", part)),
    st.sampled_from(
        [b"@meet", b"@MEET:room", b"", b"\\", b"a\\ ", b"a\\n\\n", b"\\\\", b"https://x.example/a;b", b" "]
    ),
)
NAME = st.sampled_from(
    ["SUMMARY", "DESCRIPTION", "description", "LOCATION", "Location", "URL", "X-FOO", "ATTENDEE", "CONFERENCE", "GEO"]
)
PARAMETERS = st.sampled_from(
    ["", ";LANGUAGE=de", ';X-A="b:c;d,e"', ";X-B", ';ALTREP="cid:part1"', ';ALTREP="data:text/html,%3cb%3Ehi%3C/b%3e"']
)


@st.composite
def lines(draw: st.DrawFn, name: st.SearchStrategy[str] = NAME) -> bytes:
    """One property with its line break, folded anywhere."""
    raw = f"{draw(name)}{draw(PARAMETERS)}:".encode() + draw(VALUE)
    for cut in sorted(draw(st.lists(st.integers(1, max(1, len(raw) - 1)), max_size=3, unique=True)), reverse=True):
        raw = raw[:cut] + draw(BREAK).encode() + draw(st.sampled_from([b" ", b"\t"])) + raw[cut:]
    return raw + draw(BREAK).encode()


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """One VEVENT, folded anywhere, with either line break."""
    end = draw(BREAK)
    inner = draw(st.lists(lines(), max_size=3))
    alarm = [f"BEGIN:VALARM{end}".encode(), *inner, f"END:VALARM{end}".encode()] if inner else []
    status = draw(st.sampled_from([b"", b"STATUS:CANCELLED\r\n", b"RECURRENCE-ID:20260101T100000\n"]))
    body = [*draw(st.lists(lines(), max_size=6)), status, *alarm, *draw(st.lists(lines(), max_size=2))]
    return b"".join([f"BEGIN:VEVENT{end}".encode(), *body, f"END:VEVENT{end}".encode()])
