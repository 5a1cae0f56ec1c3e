from dataclasses import replace
from datetime import UTC, datetime, timedelta

from support.carrying_out import settled
from support.planning import meeting

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


SKIPPED = replace(CANCEL, action="skipped", conference_id=None, detail="event.all-day: it has no time")


def test_two_reasons_at_once_are_one_entry_and_no_news_the_next_time(store: Store) -> None:
    other = replace(SKIPPED, detail="event.duplicate-uid: it is twice there")
    for _ in range(3):
        store.journal.tell(SKIPPED, other)

    assert [entry.detail for entry in store.journal.entries(CANCEL.uid)] == [f"{SKIPPED.detail}; {other.detail}"]


def test_what_is_told_again_in_the_same_words_is_one_entry(store: Store) -> None:
    store.journal.tell(SKIPPED, replace(SKIPPED, part="20260105"), replace(SKIPPED, host_id=10))
    store.journal.tell(replace(SKIPPED, at=NOW + timedelta(minutes=1)))

    assert store.journal.entries(CANCEL.uid) == (
        SKIPPED,
        replace(SKIPPED, part="20260105"),
        replace(SKIPPED, host_id=10),
    )


def test_what_is_told_in_other_words_or_after_something_happened_is_another_entry(store: Store) -> None:
    other, seen = replace(SKIPPED, detail="event.time: odd"), replace(CANCEL, action="seen", detail="changed")
    store.journal.tell(SKIPPED)
    store.journal.tell(other)
    store.journal.tell(SKIPPED)
    store.journal.record(seen)
    store.journal.tell(SKIPPED)

    assert store.journal.entries(CANCEL.uid) == (SKIPPED, other, SKIPPED, seen, SKIPPED)


def test_many_events_are_told_at_once(store: Store) -> None:
    many = [replace(SKIPPED, uid=f"{number}@example.com") for number in range(1200)]

    store.journal.tell(*many)
    store.journal.tell(*many)

    assert store._database.raw.execute("SELECT count(*) FROM history").fetchone() == (1200,)


def test_old_history_goes_but_for_creates_that_may_count(store: Store) -> None:
    old, older = NOW - timedelta(days=91), NOW - timedelta(days=1200)
    create, unknown = (replace(CANCEL, at=old, action=action) for action in ("create", "create-unknown"))
    store.journal.record(
        replace(CANCEL, at=old),
        create,
        unknown,
        replace(create, at=older),
        replace(unknown, at=older, conference_id=None),
        CANCEL,
    )

    store.journal.prune(NOW)

    assert store.journal.entries(CANCEL.uid) == (create, unknown, CANCEL)


def test_a_create_is_kept_as_long_as_a_meeting_has_its_conference(store: Store) -> None:
    create = replace(CANCEL, at=NOW - timedelta(days=1200), action="create")
    store.journal.record(create)
    [mapping] = settled(meeting()).memory.mappings
    store.meetings.save_mapping(replace(mapping, conference_id=4711))

    store.journal.prune(NOW)

    assert store.journal.created(9) == (create,)
