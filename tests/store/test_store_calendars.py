from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.carrying_out import settled

from calbridge.core.model import CalendarObject
from calbridge.core.problem import Problem
from calbridge.core.remembered import Intent, WriteState
from calbridge.errors import StoreError
from calbridge.ports import Poll, SyncState
from calbridge.store import CalendarRecord, Seen, Store

WORK = "https://dav.example.com/alice/work/"
HOME = "https://dav.example.com/alice/home/"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = datetime(2026, 1, 5, 10, tzinfo=UTC)


def seen(
    name: str, *, text: bytes = b"first", etag: str | None = '"1"', asks: bool = True, calendar: str = WORK
) -> Seen:
    return Seen(CalendarObject(calendar, f"{calendar}{name}.ics", etag, text), f"{name}@example.com", asks=asks)


def poll(
    store: Store, *objects: Seen, removed: frozenset[str] = frozenset(), token: str = "t1", calendar: str = WORK
) -> None:
    changed = tuple(one.object for one in objects)
    store.calendars.save_poll(Poll(calendar, changed, removed, SyncState(token, None)), objects, selected="all", at=NOW)


@pytest.fixture
def claimed(store: Store) -> Store:
    store.calendars.claim(WORK, 9)
    store.calendars.claim(HOME, 9)
    return store


def test_only_objects_that_ask_keep_their_bytes(claimed: Store) -> None:
    poll(claimed, seen("a"), seen("b", asks=False))

    assert [stored.object for stored in claimed.calendars.asking(WORK)] == [seen("a").object]
    assert claimed.calendars.known(WORK) == {f"{WORK}a.ics": '"1"', f"{WORK}b.ics": '"1"'}
    assert claimed.calendars.count(WORK) == 2


def test_an_object_is_read_alone_if_it_asks(claimed: Store) -> None:
    poll(claimed, seen("a"), seen("b", asks=False))

    found = claimed.calendars.object(WORK, f"{WORK}a.ics")

    assert found is not None
    assert found.object == seen("a").object
    assert claimed.calendars.object(WORK, f"{WORK}b.ics") is None


def test_of_calendars_that_are_not_read_only_events_with_rooms_are_told_and_their_bytes_if_they_asked(
    claimed: Store,
) -> None:
    poll(claimed, seen("a"), seen("b", asks=False), seen("c"), seen("d"))
    poll(claimed, seen("a", calendar=HOME), calendar=HOME)
    for name, host_id in (("a", 9), ("b", 9), ("c", 10)):
        claimed.meetings.save_mapping(replace(settled().mapping, uid=f"{name}@example.com", host_id=host_id))
    claimed.meetings.save_intents([Intent("cb1-main-x-m.1", 9, "d@example.com", "m", 1, NOW)])

    found = claimed.calendars.held([WORK], 9)

    assert [(each.uid[0], each.object.body, each.asks) for each in found] == [
        ("a", b"first", True),
        ("b", b"", False),
        ("d", b"first", True),
    ]
    assert claimed.calendars.held([], 9) == ()


def test_events_that_are_forgotten_are_listed_anew(claimed: Store) -> None:
    poll(claimed, seen("a"), seen("b"))
    poll(claimed, seen("c", calendar=HOME), calendar=HOME)

    claimed.calendars.forget_events([WORK, HOME], frozenset({"a@example.com"}))

    assert set(claimed.calendars.known(WORK)) == {f"{WORK}b.ics"}
    assert claimed.calendars.sync_state(WORK) == SyncState()
    assert (set(claimed.calendars.known(HOME)), claimed.calendars.sync_state(HOME).token) == ({f"{HOME}c.ics"}, "t1")


def test_a_poll_removes_what_is_gone_and_what_was_known_of_writing_to_it(claimed: Store) -> None:
    poll(claimed, seen("a"), seen("b"))
    claimed.calendars.save_write_state(WriteState(WORK, f"{WORK}a.ics", frozenset({"CONFERENCE"})))

    poll(claimed, removed=frozenset({f"{WORK}a.ics"}))

    assert set(claimed.calendars.known(WORK)) == {f"{WORK}b.ics"}
    assert claimed.calendars.write_state(WORK, f"{WORK}a.ics") == WriteState(WORK, f"{WORK}a.ics")


def test_the_sync_token_is_saved_with_the_rows_or_not_at_all(claimed: Store) -> None:
    poll(claimed, seen("a"))
    stranger = seen("b", calendar="https://dav.example.com/never-claimed/")

    with pytest.raises(StoreError):
        poll(claimed, seen("c"), stranger, token="t2")

    assert claimed.calendars.sync_state(WORK) == SyncState("t1", None)
    assert set(claimed.calendars.known(WORK)) == {f"{WORK}a.ics"}


def test_an_unknown_calendar_has_never_been_polled(store: Store) -> None:
    assert store.calendars.sync_state(WORK) == SyncState()
    assert store.calendars.get(WORK) is None
    assert store.calendars.known(WORK) == {}


def test_existing_are_the_objects_of_the_first_poll(claimed: Store) -> None:
    poll(claimed, seen("old"))
    poll(claimed, seen("new"))

    existing = {stored.uid: stored.existing for stored in claimed.calendars.asking(WORK)}

    assert existing == {"old@example.com": True, "new@example.com": False}


def test_an_empty_first_poll_is_a_first_poll(claimed: Store) -> None:
    poll(claimed)
    poll(claimed, seen("new"))

    assert [stored.existing for stored in claimed.calendars.asking(WORK)] == [False]


@pytest.mark.parametrize(
    ("again", "existing"),
    [
        (seen("a", etag='"2"'), True),  # a server that gives a new ETag to the same bytes
        (seen("a", etag=None), True),
        (seen("a", etag='"2"', text=b"edited"), False),
    ],
)
def test_existing_ends_with_an_edit_of_the_bytes(claimed: Store, again: Seen, existing: bool) -> None:
    poll(claimed, seen("a"))

    poll(claimed, again)
    poll(claimed, again)

    assert [stored.existing for stored in claimed.calendars.asking(WORK)] == [existing]


def test_our_own_write_is_no_edit(claimed: Store) -> None:
    poll(claimed, seen("a"))
    written = seen("a", etag='"2"', text=b"with our block")

    claimed.calendars.put_object(written)
    poll(claimed, written)

    (stored,) = claimed.calendars.asking(WORK)
    assert (stored.object, stored.existing) == (written.object, True)


def test_an_object_that_no_longer_asks_drops_its_bytes(claimed: Store) -> None:
    poll(claimed, seen("a"))

    poll(claimed, seen("a", text=b"tidied", asks=False))

    assert claimed.calendars.asking(WORK) == ()
    assert claimed.calendars.count(WORK) == 1


def test_what_is_known_of_writing_is_kept_by_object(claimed: Store) -> None:
    problem = Problem(f"{WORK}b.ics", "calendar.refused", "no right to write", "ask for it")
    dropped = WriteState(WORK, f"{WORK}a.ics", frozenset({"CONFERENCE", "URL"}))
    refused = WriteState(WORK, f"{WORK}b.ics", refused_etag='"1"', problem=problem)
    for state in (refused, WriteState(HOME, f"{HOME}a.ics"), replace(dropped, refused_etag='"0"'), dropped):
        claimed.calendars.save_write_state(state)

    assert claimed.calendars.write_states(WORK) == (dropped, refused)
    assert claimed.calendars.write_state(WORK, dropped.href) == dropped


def test_places_finds_a_uid_in_the_calendars_asked_about(claimed: Store) -> None:
    poll(claimed, seen("a"))
    poll(claimed, seen("a", asks=False, calendar=HOME), calendar=HOME)

    assert claimed.calendars.places([WORK, HOME], "a@example.com") == (
        (HOME, f"{HOME}a.ics"),
        (WORK, f"{WORK}a.ics"),
    )
    assert claimed.calendars.places([WORK], "b@example.com") == ()
    assert claimed.calendars.places([], "a@example.com") == ()


def test_a_removed_object_is_gone(claimed: Store) -> None:
    poll(claimed, seen("a"), seen("b"))

    claimed.calendars.remove_object(WORK, f"{WORK}a.ics")

    assert set(claimed.calendars.known(WORK)) == {f"{WORK}b.ics"}


def test_a_calendar_remembers_its_host_its_first_poll_and_whether_it_is_believed(claimed: Store) -> None:
    poll(claimed)
    claimed.calendars.claim(WORK, 10)
    claimed.calendars.mark_emptied(WORK, emptied=True)
    claimed.calendars.save_poll(Poll(WORK, (), frozenset(), SyncState("t2")), [], selected="all", at=LATER)

    found = claimed.calendars.get(WORK)

    assert found == CalendarRecord(WORK, 10, first_polled=NOW, selected="all", emptied=True)
    assert [calendar.url for calendar in claimed.calendars.all()] == [HOME, WORK]


def test_text_that_is_not_unicode_is_kept(claimed: Store) -> None:
    uid = "caf\udce9@example.com"  # a Latin-1 byte, as `surrogateescape` reads it
    poll(claimed, Seen(seen("a").object, uid, asks=True))

    assert claimed.calendars.places([WORK], uid) == ((WORK, f"{WORK}a.ics"),)
    assert claimed.calendars.asking(WORK)[0].uid == uid
