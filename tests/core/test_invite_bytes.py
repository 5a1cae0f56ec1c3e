"""Every byte that is not ours survives: in any event, over the corpus, through servers' rewrites, in linear time."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import vobject  # type: ignore[import-untyped]  # no stubs; it is what Radicale writes with
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar
from support.raw_events import events, foreign, logical_lines

from calbridge.core.block import START
from calbridge.core.invite import written
from calbridge.core.link import Link, Links
from calbridge.core.policy import Writeback

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "ics"
LINK = Link("cb1-main-abc-m.1", "https://rooms.example.com/abc?x=1", "1234", "+49 30 1234")
NEW = Link("cb1-main-abc-m.2", "https://rooms.example.com/new")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALWAYS = Writeback(location="always", url="always", notify="never")


def put(body: bytes, link: Link | None, writeback: Writeback = ALWAYS) -> bytes:
    links: Links = {} if link is None else {None: link}
    return written(body, links, writeback=writeback, language="fr", keyword="@meet", now=NOW)


def check_every_byte(body: bytes) -> None:
    shown = put(body, LINK)
    assert foreign(shown) == foreign(body)
    assert put(shown, LINK) == shown
    changed = put(shown, NEW)
    assert put(changed, None) == put(shown, None) == body


@given(st.lists(events(), min_size=1, max_size=3).map(b"".join))
@example("BEGIN:VEVENT\r\nLOCATION:\N{NO-BREAK SPACE}\r\nEND:VEVENT\r\n".encode())
def test_every_line_that_is_not_ours_survives_and_taking_out_restores_every_byte(body: bytes) -> None:
    check_every_byte(b"BEGIN:VCALENDAR\r\n" + body + b"END:VCALENDAR\r\n")


def corpus_files() -> list[Path]:
    return sorted(CORPUS.rglob("*.ics"))


def test_every_line_of_the_corpus_events_that_is_not_ours_survives() -> None:
    if not CORPUS.is_dir():
        pytest.skip("shared/corpus is not here")
    checked = 0
    for path in corpus_files():
        body = path.read_bytes()
        check_every_byte(body)
        checked += put(body, LINK).count(b"X-CALBRIDGE-REF")
    assert checked >= 300


PLAIN = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20250101T000000Z\r\n"
    "DTSTART:20260101T100000Z\r\nSUMMARY:Réunion @meet\r\nLOCATION;LANGUAGE=fr:Salle 5\\, à gauche\r\n"
    'DESCRIPTION;ALTREP="data:text/html,%3Cp%3EBonjour%2C%20ça%20va%3C%2Fp%3E":Bonjour\\, ça va ? '
    + "éà; "
    * 40
    + "\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:ring\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()


def refolded(body: bytes) -> bytes:
    flat = re.sub(rb"\r?\n[ \t]", b"", body).replace(b"\r\n", b"\n").decode()
    return "\n".join(re.sub(r"(.{40})(?=.)", "\\1\n\t", line) for line in flat.split("\n")).encode()


def reordered(body: bytes) -> bytes:
    """Sort the event's own properties; put the alarm first."""
    head, _, rest = body.partition(b"BEGIN:VEVENT\r\n")
    own, alarm, tail = re.split(rb"(BEGIN:VALARM.*END:VALARM\r\n)", rest, flags=re.DOTALL)
    return head + b"BEGIN:VEVENT\r\n" + alarm + b"\n".join(sorted(logical_lines(own))).lstrip() + b"\n" + tail


def sogo_escaped(body: bytes) -> bytes:
    return re.sub(rb"\r?\n[ \t]", b"", body).replace(b"\\n", b"\\N").replace(b"?x=1", b"?x=1\\;y").replace(b"\\;y", b"")


def trimmed(body: bytes) -> bytes:
    flat = re.sub(rb"\r?\n[ \t]", b"", body)
    return flat.replace(b"\\n\\n:::", b" \\n:::").replace(b"\\nParticiper", b"  Participer").replace(b"LABEL=", b"X-L=")


@pytest.mark.parametrize(
    "rewrite",
    [
        refolded,
        reordered,
        sogo_escaped,
        trimmed,
        lambda body: Calendar.from_ical(body).to_ical(),
        lambda body: vobject.readOne(body.decode()).serialize().encode(),
    ],
    ids=["refolded", "reordered", "escaped", "trimmed", "icalendar", "vobject"],
)
@pytest.mark.parametrize("body", [PLAIN, re.sub(rb";ALTREP=\"[^\"]*\"", b"", PLAIN)], ids=["rich", "plain"])
def test_what_a_server_rewrote_is_no_difference(rewrite: object, body: bytes) -> None:
    assert callable(rewrite)
    stored = rewrite(put(body, LINK))
    assert put(stored, LINK) == stored
    taken_out = put(stored, None)
    assert b"calbridge" not in re.sub(rb"\r?\n[ \t]", b"", taken_out).lower()
    assert b"rooms.example.com" not in re.sub(rb"\r?\n[ \t]", b"", taken_out)


HEAD, TAIL = b"BEGIN:VEVENT\r\nUID:1\r\n", b"END:VEVENT\r\n"


@pytest.mark.parametrize(
    "body",
    [
        HEAD + b"DESCRIPTION:" + b"Bring cake\\, please.\\n" * 450_000 + b"\r\n" + TAIL,
        HEAD + b"DESCRIPTION:" + b"abc d\\n\r\n " * 200_000 + b"\r\n" + TAIL,
        HEAD + b"DESCRIPTION:" + b"\\n" * 500_000 + b"\r\n" + TAIL,
        HEAD + b"DESCRIPTION:" + f"{START}\\n".encode() * 20_000 + b"\r\n" + TAIL,
        HEAD + b'DESCRIPTION;ALTREP="data:text/html,' + b"%3Cp%3E" * 200_000 + b'":x\r\n' + TAIL,
        HEAD + b"X-ALT-DESC;FMTTYPE=text/html:" + b"<p></body" * 200_000 + b"\r\n" + TAIL,
        HEAD + b"ATTENDEE;CN=x:mailto:a@example.com\r\n" * 200_000 + TAIL,
        HEAD + b"LOCATION:a\r\n" * 40_000 + TAIL,
    ],
    ids=["long", "folded", "breaks", "starts", "data", "html", "lines", "locations"],
)
def test_ten_megabytes_and_200_000_lines_take_linear_time(body: bytes) -> None:
    begun = time.process_time()
    shown = put(body, LINK)
    assert LINK.reference.encode() in shown
    assert time.process_time() - begun < 10
