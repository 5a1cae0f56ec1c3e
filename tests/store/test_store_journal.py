from dataclasses import replace
from datetime import UTC, datetime, timedelta

from calbridge.core.model import HostProfile
from calbridge.store import Entry, HostRecord, Store

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CANCEL = Entry(NOW, 9, "alice", "standup@example.com", "m", "cancel", 4711, "the event was deleted")
PROFILE = HostProfile(9, "alice@example.com", "Alice", "Europe/Paris", "fr")


def test_a_host_keeps_each_thing_that_was_said_of_her(store: Store) -> None:
    store.journal.save_profile(PROFILE, "alice")
    store.journal.save_listing(9, "alice", NOW)
    store.journal.save_pass(9, "alice", NOW + timedelta(minutes=1))

    assert store.journal.host(9) == HostRecord(9, "alice", NOW + timedelta(minutes=1), NOW, PROFILE)
    assert store.journal.host(10) is None


def test_hosts_come_by_their_present_names(store: Store) -> None:
    store.journal.save_pass(1, "alice", NOW)
    store.journal.save_pass(2, "bob", NOW)
    store.journal.save_pass(1, "zoe", NOW)

    assert [(host.host_id, host.name) for host in store.journal.hosts()] == [(2, "bob"), (1, "zoe")]


def test_cancels_are_counted_from_a_time_on_over_all_hosts(store: Store) -> None:
    store.journal.record(
        CANCEL,
        replace(CANCEL, host_id=10, at=NOW - timedelta(microseconds=1)),
        replace(CANCEL, host_id=10, at=NOW + timedelta(minutes=1)),
        replace(CANCEL, action="cancel-instance"),
    )

    assert store.journal.cancels_since(NOW) == 2


def test_the_history_of_a_meeting_is_told_in_order(store: Store) -> None:
    create = replace(CANCEL, action="create", at=NOW - timedelta(days=1))
    store.journal.record(create)
    store.journal.record(CANCEL, replace(CANCEL, uid="other@example.com"))

    assert store.journal.entries(CANCEL.uid) == (create, CANCEL)


def test_recording_nothing_writes_nothing(store: Store) -> None:
    store.journal.record()

    assert store.journal.entries(CANCEL.uid) == ()
