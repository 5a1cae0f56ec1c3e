"""Proof that an event is gone: from a complete listing, by its own address, and from the host's other calendars."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from support.carrying_out import settled
from support.fakes import FakeCalendars
from support.planning import HOME, NOW, POLICY, WORK, event, intent, meeting, unasked

from calbridge.core.model import CalendarObject
from calbridge.core.observation import Found, Observation
from calbridge.core.remembered import Memory
from calbridge.ports import Poll, SyncState
from calbridge.store import Seen, Store
from calbridge.sync.looks import prove_gone
from calbridge.sync.observe import Sight

EVENT = event(meeting())
OTHER = event(meeting(uid="b"))
BOTH = frozenset({WORK, HOME})


@pytest.fixture(name="store")
def _store() -> Iterator[Store]:
    with Store.memory() as store:
        for calendar in BOTH:
            store.calendars.claim(calendar, 9)
        yield store


def is_gone(
    store: Store,
    *on_server: CalendarObject,
    healthy: frozenset[str] = BOTH,
    memory: Memory | None = None,
    found: tuple[Found, ...] = (),
) -> bool:
    """Whether the event `a`, whose room is remembered, is proven gone from a server that holds these objects."""
    server = FakeCalendars()
    for stored in on_server:
        server.store(stored)
    seen = Observation(found, BOTH, healthy, BOTH, memories={"a": memory or settled(meeting()).memory})
    sight = Sight(POLICY, "", dict.fromkeys(BOTH, server), seen, ())
    return asyncio.run(prove_gone(["a"], sight, store)).gone["a"]


def polled(store: Store, stored: CalendarObject, uid: str) -> None:
    """An earlier poll brought the object; `uid` is "" where nobody could read it."""
    poll = Poll(stored.calendar, (stored,), frozenset(), SyncState())
    store.calendars.save_poll(poll, [Seen(stored, uid, asks=True)], selected="", at=NOW - timedelta(hours=1))


def test_an_event_that_is_nowhere_is_gone(store: Store) -> None:
    assert is_gone(store, OTHER)


@pytest.mark.parametrize(("why", "expected"), [("cancelled", True), ("stop-word", True), ("no-trigger", False)])
def test_a_copy_that_says_that_it_is_over_is_no_other_place_of_the_event(
    store: Store, why: str, expected: bool
) -> None:
    copy = meeting(calendar=HOME)
    polled(store, event(copy), "a")
    assert is_gone(store, event(copy), found=(Found(event(copy), unasked(copy, why)),)) == expected


def test_events_that_are_not_as_they_were_polled_are_named(store: Store) -> None:
    same, before, after = event(meeting("b")), event(meeting("c")), event(meeting("c", subject="Edited"))
    server = FakeCalendars()
    for each in (same, before):
        polled(store, each, each.href[-5:-4])
    for each in (same, after):
        server.store(replace(each, etag='"new"'))
    seen = Observation((), BOTH, BOTH, BOTH, memories={"a": settled(meeting()).memory})
    sight = Sight(POLICY, "", dict.fromkeys(BOTH, server), seen, ())
    proofs = asyncio.run(prove_gone(["a"], sight, store))
    assert (proofs.gone, proofs.outdated) == ({"a": True}, frozenset({"c"}))


def test_an_event_that_still_answers_is_not_gone(store: Store) -> None:
    assert not is_gone(store, EVENT)


def test_another_event_at_its_address_does_not_keep_it(store: Store) -> None:
    assert is_gone(store, replace(OTHER, href=EVENT.href))


def test_nothing_is_gone_while_a_calendar_can_not_be_read(store: Store) -> None:
    assert not is_gone(store, OTHER, healthy=frozenset({WORK}))


def test_its_uid_in_another_calendar_is_no_proof(store: Store) -> None:
    polled(store, replace(EVENT, calendar=HOME, href=f"{HOME}a.ics"), "a")
    assert not is_gone(store, OTHER)


def test_it_may_be_in_an_object_that_nobody_can_read(store: Store) -> None:
    moved = replace(EVENT, calendar=HOME, href=f"{HOME}a.ics", body=b"BEGIN:VEVENT\r\nUI\r\n D:a\r\n")
    polled(store, moved, "")
    assert not is_gone(store, OTHER)


def test_a_change_that_the_server_did_not_report_is_found(store: Store) -> None:
    assert not is_gone(store, OTHER, replace(EVENT, calendar=HOME, href=f"{HOME}a.ics"))


def test_an_event_of_which_only_an_intent_is_known_needs_the_same_proof(store: Store) -> None:
    asked = Memory(intents=(replace(intent(), calendar=EVENT.calendar, href=EVENT.href),))
    assert is_gone(store, OTHER, memory=asked)
    assert not is_gone(store, EVENT, memory=asked)


def test_an_object_that_nobody_can_read_and_that_is_not_it_keeps_nothing(store: Store) -> None:
    polled(store, replace(OTHER, calendar=HOME, href=f"{HOME}x.ics", body=b"SUMMRY;X\r\n"), "")
    assert is_gone(store, OTHER)
