"""A host is forgotten: all of hers, and nothing of anybody else's."""

from dataclasses import replace
from datetime import UTC, datetime

from support.carrying_out import settled
from support.planning import intent

from calbridge.core.model import CalendarObject, HostProfile
from calbridge.core.problem import Problem
from calbridge.core.remembered import Absence, Exceptional, Refusal, Stray, WriteState
from calbridge.ports import Poll, SyncState
from calbridge.store import Entry, Seen, Store

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def remember(store: Store, host_id: int, name: str) -> None:
    calendar = f"https://dav.example.com/{name}/work/"
    source = CalendarObject(calendar, f"{calendar}a.ics", '"1"', b"BEGIN:VCALENDAR")
    store.journal.save_profile(HostProfile(host_id, f"{name}@example.com", name, None, None), name)
    store.journal.record(Entry(NOW, host_id, name, "a", "m", "create", 1))
    store.calendars.claim(calendar, host_id)
    poll = Poll(calendar, (source,), frozenset(), SyncState("1"))
    store.calendars.save_poll(poll, [Seen(source, "a", asks=True)], selected="x", at=NOW)
    store.calendars.save_write_state(WriteState(calendar, source.href, frozenset({"URL"})))
    store.meetings.save_mapping(replace(settled().mapping, host_id=host_id))
    store.meetings.save_intents([replace(intent("b"), host_id=host_id, marker=f"cb1-main-tag-m.{host_id}")])
    store.meetings.save_exceptional(Exceptional(host_id, "a", 1, "20260112T080000Z", None, "cancelled"))
    store.meetings.save_refusal(
        Refusal(host_id, "a", "m", "f1", Problem("a", "conference.refused", "too long", "shorten it"))
    )
    store.meetings.save_absence(Absence(host_id, "a", "gone", NOW, 1))
    store.meetings.save_stray(Stray(host_id, host_id, "cb1-main-tag-m.1", NOW, 1))


def known(store: Store, host_id: int, name: str) -> list[bool]:
    calendar = f"https://dav.example.com/{name}/work/"
    return [
        store.journal.host(host_id) is not None,
        store.calendars.get(calendar) is not None,
        bool(store.calendars.known(calendar)),
        bool(store.calendars.write_states(calendar)),
        bool(store.meetings.memories(host_id)),
        bool(store.meetings.strays(host_id)),
    ]


def test_all_of_one_host_is_forgotten_and_her_history_kept(store: Store) -> None:
    remember(store, 9, "alice")
    remember(store, 10, "bob")
    store.forget_host(9)
    assert known(store, 9, "alice") == [False] * 6
    assert known(store, 10, "bob") == [True] * 6
    assert [entry.host for entry in store.journal.entries("a")] == ["alice", "bob"]
