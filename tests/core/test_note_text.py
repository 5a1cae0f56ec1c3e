"""The note says why there is no room; it asks for nothing, mails nobody, and goes without a trace."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.raw_events import events, foreign

from calbridge.core.block import END, START, block_of, find_blocks, has_link_block, is_note, strip_block
from calbridge.core.event import read_object
from calbridge.core.invite import written
from calbridge.core.link import Link, Links, NoRoom
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Reading
from calbridge.core.plan_note import shows_note
from calbridge.core.policy import Owner, Policy, Writeback
from calbridge.core.reasons import words_for
from calbridge.core.wording import WORDINGS, no_room_text

LINK = Link("cb1-main-abc-m.1", "https://rooms.example.com/abc?x=1", "1234", "+49 30 1234")
WHY = NoRoom("main", "event.all-day", "an all-day event has no time", "give it a start time")
ALONE = NoRoom("main", "zone.unknown", "the zone 'X' is unknown", "choose another")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
POLICY = Policy("main", Owner(9, frozenset(), "Europe/Paris"))
ASKING = b"BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Plan @meet\r\nDTSTART;VALUE=DATE:20260310\r\n"
NOTE = block_of(no_room_text(ALONE, language="en"))


def put(body: bytes, shown: Link | NoRoom | None, *, notify: str = "never", language: str = "fr") -> bytes:
    links: Links = {} if shown is None else {None: shown}
    writeback = Writeback(notify=notify)  # type: ignore[arg-type]  # a table of literals
    return written(body, links, writeback=writeback, language=language, keyword="@meet", now=NOW)


def reading(body: bytes) -> Reading | None:
    events_ = read_object(CalendarObject("", "", None, body), zone="UTC")
    return read_meeting(events_, POLICY) if isinstance(events_, EventSet) else None


def with_uid(body: bytes) -> bytes:
    return b"BEGIN:VCALENDAR\r\n" + re.sub(rb"BEGIN:VEVENT\r?\n", ASKING, body) + b"END:VCALENDAR\r\n"


@given(events(), st.sampled_from([WHY, ALONE]), st.sampled_from(sorted(WORDINGS)), st.sampled_from(["once", "always"]))
def test_it_asks_for_nothing_changes_no_other_byte_and_goes_without_a_trace(
    event: bytes, why: NoRoom, language: str, notify: str
) -> None:
    body = with_uid(event)
    noted = put(body, why, notify=notify, language=language)
    assert foreign(noted) == foreign(body)
    assert put(noted, why, notify=notify, language=language) == noted
    assert reading(noted) == reading(body)
    assert put(noted, None, notify=notify) == body


@given(events(), st.sampled_from([WHY, ALONE]))
def test_a_link_takes_its_place_as_if_it_had_never_been_there(event: bytes, why: NoRoom) -> None:
    body = with_uid(event)
    linked = put(put(body, why), LINK)
    assert sorted(re.sub(rb"\r?\n[ \t]", b"", linked).split()) == sorted(
        re.sub(rb"\r?\n[ \t]", b"", put(body, LINK)).split()
    )
    assert (shows_note(linked), put(linked, None)) == (False, body)


def test_a_new_reason_takes_the_place_of_the_old_one() -> None:
    body = with_uid(b"BEGIN:VEVENT\r\nDESCRIPTION:Bring cake\r\nEND:VEVENT\r\n")
    noted = put(put(body, ALONE), WHY, language="en")
    assert noted.count(b"No video conference") == 1
    assert b"give the event a start time" in re.sub(rb"\r\n ", b"", noted)


@pytest.mark.parametrize(
    "text",
    [
        NOTE,
        f"Bring cake\n\n{NOTE}\nmore",
        f"a {' '.join(NOTE.split())} b",
        "\r\n".join(f"  {line}" for line in NOTE.split("\n")),
        NOTE.upper(),
        NOTE.removeprefix(f"{START}\n"),
        NOTE.removesuffix(f"\n{END}"),
    ],
    ids=["alone", "amid", "joined", "indented", "shouted", "no start", "no end"],
)
def test_it_is_told_from_a_link_however_people_treat_it(text: str) -> None:
    assert (has_link_block(text), any(is_note(text, block) for block in find_blocks(text))) == (False, True)
    assert "video conference" not in strip_block(text)[0].lower()


def test_what_a_user_types_into_it_stays() -> None:
    text = NOTE.replace("To get one", "Ask Bob first\nTo get one")
    assert strip_block(f"a\n\n{text}")[0].split("\n") == ["a", "Ask Bob first", ""]


@pytest.mark.parametrize("language", sorted(WORDINGS))
def test_every_language_has_its_words_for_the_usual_reasons(language: str) -> None:
    rules = ["event.all-day", "event.private", "event.transparent", "event.other-link", "meeting.far"]
    told = [words_for(rule, language) for rule in rules]
    assert len(set(told) - {None}) == 5
    assert (words_for("rrule.frequency", language) is None) == (language == "en")
    note = block_of(no_room_text(WHY, language=language))
    assert [is_note(note, block) for block in find_blocks(note)] == [True]


def test_a_reason_that_nobody_translated_is_told_in_english_and_in_one_line() -> None:
    odd = NoRoom("main", "zone.unknown", "the zone 'a\nb' is unknown", "choose another")
    assert no_room_text(odd, language="de-AT") == (
        "Keine Videokonferenz: the zone 'a\N{REPLACEMENT CHARACTER}b' is unknown\nWas hilft: choose another"
    )
