"""What becomes of updates, cancels and instances: they may be repeated, and are done when the platform says so."""

import pytest
from support.fakes import FakePlatform
from support.planning import NOW, WORK, at, intent, meeting, moved, out, weekly
from support.stage import Stage, said

from calbridge.core.actions import CancelStray, Create, Plan
from calbridge.core.audit import about_stray
from calbridge.core.marker import Marker, part_of, tag
from calbridge.core.remembered import Intent
from calbridge.errors import NotFound, NotSent, OutcomeUnknown, PlatformError, Refused, Throttled, Unauthorized
from calbridge.store import Entry, Store

HREF = f"{WORK}a.ics"
SUMMARY = b"SUMMARY:Planning @meet\r\n"
CANCELLED = b"STATUS:CANCELLED\r\n"


def settled(store: Store) -> Stage:
    """A meeting that has its room."""
    stage = Stage(store, meeting())
    stage.sync()
    stage.platform.calls.clear()
    return stage


def series(store: Store) -> Stage:
    """A series that has its room."""
    stage = Stage(store, weekly())
    stage.sync()
    stage.platform.calls.clear()
    return stage


def cancelling(stage: Stage) -> Stage:
    """The event is cancelled by its owner."""
    stage.calendars.edit(HREF, SUMMARY, SUMMARY + CANCELLED)
    return stage


def child(platform: FakePlatform, day: int) -> int:
    """The conference of the instance on this day."""
    return next(c.id for c in platform.rooms.children(101) if c.start == at(day))


def test_exceptions_are_looked_at_again_when_nobody_knows_what_became_of_a_new_rule(store: Store) -> None:
    exceptions = (moved(at(17), at(17, 15)), out(at(24)))
    stage = Stage(store, weekly(*exceptions))
    stage.sync()
    stage.replace_event(weekly(*exceptions, rule="FREQ=WEEKLY;BYDAY=TU,TH"))
    stage.platform.fails("update", OutcomeUnknown, effect=True)
    stage.sync()
    store.meetings.save_intents([intent("b")])  # for which the platform is listed
    stage.replace_event(meeting("b"))
    stage.sync()
    stage.sync()
    starts = [c.start for c in stage.platform.rooms.children(101)]
    assert [day for day in (at(17), at(17, 15), at(19), at(24)) if day in starts] == [at(17, 15), at(19)]


def test_exceptions_are_kept_when_a_new_rule_is_refused(store: Store) -> None:
    stage = Stage(store, weekly(moved(at(17), at(17, 15))))
    stage.sync()
    before = store.meetings.exceptional(9, "a")
    stage.replace_event(weekly(moved(at(17), at(17, 15)), rule="FREQ=WEEKLY;BYDAY=TU,TH"))
    stage.platform.fails("update", Refused)
    stage.sync()
    assert store.meetings.exceptional(9, "a") == before != ()


def test_a_series_is_running_when_the_platform_says_so_whatever_an_old_database_remembers(store: Store) -> None:
    stage = cancelling(series(store))
    plan = stage.plan()
    stage.platform.rooms.edit(101, start=at(10, 12))
    stage.now = at(17, 12, 30)
    assert [said(o) for o in stage.run(plan)] == ["write-back", "cancel ended waits"]


def test_after_a_loss_a_room_apart_of_a_cancelled_instance_is_found_again(store: Store) -> None:
    stage = Stage(store, weekly(out(at(17))))
    stage.sync()
    stage.replace_event(weekly(moved(at(17), at(17, 15))))
    stage.sync()
    rooms = set(stage.platform.rooms.all)
    with Store.memory() as empty:
        lost = Stage(empty)
        lost.platform, lost.calendars = stage.platform, stage.calendars
        for _ in range(2):
            lost.sync(full=True)
        assert {m.part for m in lost.memory().mappings} == {"m", part_of(at(17))}
    assert set(stage.platform.rooms.all) == rooms


# --- cancel ---------------------------------------------------------------------------------------------------------


def test_a_cancel_forgets_everything_of_the_meeting(store: Store) -> None:
    stage = cancelling(settled(store))
    assert stage.sync() == ["write-back", "cancel ended"]
    assert (stage.platform.rooms.all, store.meetings.memories(9)) == ({}, {})
    assert stage.sync() == []


def test_a_running_meeting_is_not_cancelled(store: Store) -> None:
    stage = cancelling(settled(store))
    stage.platform.rooms.edit(101, active=True)
    assert stage.sync() == ["write-back", "cancel ended waits"]
    assert stage.platform.writes == []
    stage.platform.rooms.edit(101, active=False)
    assert stage.sync() == ["cancel ended"]


def test_a_series_is_not_cancelled_while_one_of_its_instances_is_running(store: Store) -> None:
    stage = cancelling(series(store))
    stage.later(days=8, hours=1.5)
    assert stage.sync() == ["write-back", "cancel ended waits"]
    stage.later(hours=1)
    assert stage.sync() == ["cancel ended"]


def test_what_other_hosts_ended_meanwhile_counts(store: Store) -> None:
    stage = cancelling(settled(store))
    plan = stage.plan()
    store.journal.record(*(Entry(stage.now, 10, "bob", f"{n}", "m", "cancel") for n in range(5)))
    assert [said(o) for o in stage.run(plan)] == ["write-back", "cancel ended failed: breaker.cancels"]
    assert stage.platform.writes == []


def test_a_meeting_that_has_begun_to_end_ends_whole(store: Store) -> None:
    stage = Stage(store, weekly(moved(at(10), at(10, 15))))
    stage.sync()
    cancelling(stage)
    store.journal.record(*(Entry(stage.now, 10, "bob", f"{n}", "m", "cancel") for n in range(4)))
    assert [each for each in stage.sync() if "cancel" in each] == ["cancel ended", "cancel ended"]


def test_a_cancel_is_done_when_the_platform_no_longer_has_the_conference(store: Store) -> None:
    stage = cancelling(settled(store))
    stage.platform.keeps_cancelled = True
    assert stage.sync() == ["write-back", "cancel ended failed: conference.not-cancelled"]
    stage.platform.keeps_cancelled = False
    assert stage.sync() == ["cancel ended"]


def test_what_is_gone_already_is_cancelled_without_a_write(store: Store) -> None:
    stage = cancelling(settled(store))
    stage.platform.rooms.cancel(101)
    assert stage.sync() == ["write-back", "cancel ended"]
    assert stage.platform.writes == []


@pytest.mark.parametrize("effect", [True, False])
def test_a_cancel_of_unknown_outcome_is_repeated(store: Store, effect: bool) -> None:
    stage = cancelling(settled(store))
    stage.platform.fails("cancel", OutcomeUnknown, effect=effect)
    assert stage.sync() == ["write-back", "cancel ended failed: platform.outcomeunknown"]
    assert stage.sync() == ["cancel ended"]
    assert stage.platform.rooms.all == {}


@pytest.mark.parametrize("effect", [True, False])
def test_a_meeting_that_comes_back_after_a_cancel_of_unknown_outcome_gets_a_new_room(
    store: Store, effect: bool
) -> None:
    stage = cancelling(settled(store))
    stage.platform.fails("cancel", OutcomeUnknown, effect=effect)
    stage.sync()
    stage.calendars.edit(HREF, CANCELLED, b"")
    assert stage.sync() == ["create", "write-back", "cancel replaced"]
    assert (len(stage.platform.rooms.heads), stage.sync()) == (1, [])


def test_what_was_to_be_cancelled_stays_while_the_meeting_is_back_and_its_new_room_is_refused(store: Store) -> None:
    stage = cancelling(settled(store))
    stage.platform.fails("cancel", OutcomeUnknown)
    stage.sync()
    stage.calendars.edit(HREF, CANCELLED, b"")
    stage.platform.fails("create", Refused, message="no more rooms")
    stage.sync()
    for _ in range(2):
        assert stage.sync() == ["conference.refused"]
    assert len(stage.platform.rooms.heads) == 1
    assert stage.sync(full=True) == ["create", "write-back", "cancel replaced"]


def test_a_meeting_that_comes_back_after_a_refused_cancel_keeps_its_room(store: Store) -> None:
    stage = cancelling(settled(store))
    stage.platform.fails("cancel", Throttled)
    stage.sync()
    stage.calendars.edit(HREF, CANCELLED, b"")
    assert (stage.sync(), stage.mapping.conference_id) == (["write-back"], 101)


def test_a_cancel_counts_once_in_the_last_hour_and_what_is_replaced_does_not(store: Store) -> None:
    stage = settled(store)
    stage.calendars.edit(HREF, b"@meet", b"@meet:room")
    stage.sync()
    assert store.journal.cancels_since(stage.now) == 0
    stage.calendars.edit(HREF, b"@meet:room\r\n", b"@meet:room\r\n" + CANCELLED)
    stage.sync()
    assert store.journal.cancels_since(stage.now) == 1


@pytest.mark.parametrize("effect", [True, False])
def test_a_cancel_of_unknown_outcome_counts_as_well_and_with_its_repetition_once(store: Store, effect: bool) -> None:
    stage = cancelling(settled(store))
    stage.platform.fails("cancel", OutcomeUnknown, effect=effect)
    stage.sync()
    assert (store.journal.cancels_since(stage.now), store.journal.ended_since(stage.now, 9)) == (1, frozenset({"a"}))
    stage.sync()
    assert store.journal.cancels_since(stage.now) == 1


@pytest.mark.parametrize("error", [NotSent, Throttled, Refused])
def test_a_cancel_that_certainly_did_nothing_counts_for_nothing(store: Store, error: type[PlatformError]) -> None:
    stage = cancelling(settled(store))
    before = store.journal.entries("a")
    stage.platform.fails("cancel", error)
    stage.sync()
    assert store.journal.cancels_since(stage.now) == 0
    assert "cancel-sent" not in {entry.action for entry in store.journal.entries("a")[len(before) :]}


def test_a_meeting_that_counts_as_ended_counts_once_among_the_rooms(store: Store) -> None:
    stage = cancelling(settled(store))
    assert store.rooms_since(stage.now) == 1
    stage.platform.fails("cancel", OutcomeUnknown)
    stage.sync()
    assert (store.journal.cancels_since(stage.now), store.rooms_since(stage.now)) == (1, 1)
    stage.sync()
    assert (store.journal.cancels_since(stage.now), store.rooms_since(stage.now)) == (1, 1)


def test_a_cancel_that_was_allowed_counts_for_nothing_also_where_it_is_seen_later(store: Store) -> None:
    stage = cancelling(settled(store))
    stage.platform.fails("cancel", OutcomeUnknown, effect=True)
    stage.sync(cancels=1)
    stage.later(minutes=5)
    assert stage.sync() == ["cancel ended"]
    assert store.journal.cancels_since(NOW) == 0


def test_a_stray_of_unknown_outcome_counts_and_its_repetition_needs_no_more_room_in_the_breaker(store: Store) -> None:
    stage = settled(store)
    store.journal.record(*(Entry(stage.now, 10, "bob", f"b{number}", "m", "cancel") for number in range(4)))
    reference = Marker("main", tag(9, "gone"), "m", 1)
    stage.platform.rooms.edit(101, agenda=f"Ref. {reference.text}")
    stray = stage.platform.rooms.all[101]
    plan = Plan(actions=(CancelStray(about_stray(reference, stray), stray.id, stray.room_url, reference.text),))
    stage.platform.fails("cancel", OutcomeUnknown)
    assert [said(o) for o in stage.run(plan)] == ["cancel failed: platform.outcomeunknown"]
    assert store.journal.cancels_since(stage.now) == 5
    assert [said(o) for o in stage.run(plan)] == ["cancel"]
    assert store.journal.cancels_since(stage.now) == 5


def test_what_only_an_intent_knows_is_cancelled_only_while_it_carries_its_marker(store: Store) -> None:
    stage = Stage(store, meeting())
    stage.platform.fails("create", OutcomeUnknown, effect=True)
    stage.sync()
    cancelling(stage)
    plan = stage.plan()
    stage.platform.rooms.edit(101, agenda="Her own")
    assert [said(o) for o in stage.run(plan)] == ["cancel ended failed: conference.not-ours"]
    assert list(stage.platform.rooms.all) == [101]


def doubled(store: Store) -> Stage:
    """A store that was lost, and two conferences with one marker."""
    stage = Stage(store, meeting())
    [create] = [a for a in stage.plan().actions if isinstance(a, Create)]
    for _ in range(2):
        stage.platform.rooms.create(create.fields)
    store.meetings.save_intents([Intent(create.marker, 9, "a", "m", 1, stage.now)])
    return stage


def test_a_double_is_cancelled_and_the_oldest_stays(store: Store) -> None:
    stage = doubled(store)
    assert stage.sync() == ["adopt", "write-back", "cancel double"]
    assert (stage.mapping.conference_id, list(stage.platform.rooms.all)) == (101, [101])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"agenda": "Ref. something else"}, "cancel double failed: conference.not-ours"),
        ({"active": True}, "cancel double waits"),
    ],
)
def test_a_double_is_cancelled_only_while_it_carries_its_marker_and_nobody_is_in_it(
    store: Store, changes: dict[str, object], expected: str
) -> None:
    stage = doubled(store)
    plan = stage.plan()
    stage.platform.rooms.edit(102, **changes)
    assert [said(o) for o in stage.run(plan)] == ["adopt", "write-back", expected]
    assert stage.platform.writes == []


# --- update ---------------------------------------------------------------------------------------------------------


def test_an_update_sends_what_differs_and_remembers_it(store: Store) -> None:
    stage = settled(store)
    stage.calendars.edit(HREF, b"Planning", b"Budget")
    assert stage.sync() == ["update"]
    assert (stage.platform.calls, stage.mapping.subject) == (["fetch", "update"], "Budget")
    assert stage.sync() == []


@pytest.mark.parametrize("effect", [True, False])
def test_an_update_of_unknown_outcome_is_compared_and_sent_where_it_still_differs(store: Store, effect: bool) -> None:
    stage = settled(store)
    stage.calendars.edit(HREF, b"Planning", b"Budget")
    stage.platform.fails("update", OutcomeUnknown, effect=effect)
    assert stage.sync() == ["update failed: platform.outcomeunknown"]
    assert stage.sync() == ["update"]
    assert stage.platform.writes == ["update"] if effect else ["update", "update"]
    assert stage.platform.rooms.all[101].subject == "Budget"


def test_an_update_of_a_conference_that_somebody_cancelled_is_reported(store: Store) -> None:
    stage = settled(store)
    stage.calendars.edit(HREF, b"Planning", b"Budget")
    stage.platform.rooms.cancel(101)
    assert stage.sync() == ["update failed: conference.cancelled-on-platform"]
    assert stage.sync() == ["conference.cancelled-on-platform"]
    assert stage.platform.writes == []


def test_a_conference_that_vanishes_between_our_look_and_our_update_is_reported(store: Store) -> None:
    stage = settled(store)
    stage.calendars.edit(HREF, b"Planning", b"Budget")
    stage.platform.fails("update", NotFound)
    assert stage.sync() == ["update failed: conference.cancelled-on-platform"]
    assert (stage.memory().refusals, [m.state for m in stage.memory().mappings]) == ((), ["lost"])


def test_a_refused_update_is_kept_and_not_sent_again(store: Store) -> None:
    stage = settled(store)
    stage.calendars.edit(HREF, b"Planning", b"Budget")
    stage.platform.fails("update", Refused, message="Subject is too long")
    assert stage.sync() == ["update failed: conference.refused"]
    assert (stage.sync(), stage.platform.writes) == (["conference.refused"], ["update"])


def test_a_refusal_is_forgotten_when_the_event_is_as_it_was(store: Store) -> None:
    stage = settled(store)
    stage.calendars.edit(HREF, b"Planning", b"Budget")
    stage.platform.fails("update", Refused)
    stage.sync()
    stage.calendars.edit(HREF, b"Budget", b"Planning")
    assert (stage.sync(), stage.memory().refusals) == ([], ())


@pytest.mark.parametrize("kind", [NotSent, Throttled, Unauthorized])
def test_a_platform_that_can_not_be_asked_is_not_asked_again_in_this_pass(
    store: Store, kind: type[PlatformError]
) -> None:
    stage = Stage(store, meeting("a"), meeting("b"), meeting("c"))
    stage.sync()
    for uid in "abc":
        stage.calendars.edit(f"{WORK}{uid}.ics", b"Planning", b"Budget")
    stage.platform.calls.clear()
    stage.platform.fails("fetch", kind)
    assert sorted(stage.sync())[1:] == ["update waits", "update waits"]
    assert (stage.platform.calls, stage.memory().refusals) == (["fetch"], ())


# --- instances ------------------------------------------------------------------------------------------------------


def test_the_instances_of_a_new_series_are_settled_after_one_look(store: Store) -> None:
    stage = Stage(store, weekly(moved(at(17), at(18)), out(at(24))))
    assert stage.sync() == ["create", "update-instance", "cancel-instance", "write-back"]
    assert stage.platform.calls.count("listing") == 1
    assert [c.start for c in stage.platform.rooms.children(101)][:3] == [at(10), at(18), at(31)]
    assert stage.sync() == []


def test_a_running_instance_is_not_cancelled(store: Store) -> None:
    stage = series(store)
    stage.platform.rooms.edit(child(stage.platform, 17), active=True)
    stage.replace_event(weekly(out(at(17))))
    assert "cancel-instance waits" in stage.sync()
    assert stage.memory().exceptional == ()


def test_an_instance_that_was_cancelled_is_remembered_as_such(store: Store) -> None:
    stage = series(store)
    number = child(stage.platform, 17)
    stage.replace_event(weekly(out(at(17))))
    stage.sync()
    assert [(e.instance, e.state, e.conference_id) for e in stage.memory().exceptional] == [
        (part_of(at(17)), "cancelled", number)
    ]


def test_an_instance_that_is_gone_when_it_is_to_be_cancelled_is_done(store: Store) -> None:
    stage = series(store)
    stage.replace_event(weekly(out(at(17))))
    plan = stage.plan()
    stage.platform.rooms.cancel(child(stage.platform, 17))
    outcomes = stage.run(plan)
    assert [type(o).__name__ for o in outcomes] == ["Done", "Done"]
    assert stage.platform.writes == []


@pytest.mark.parametrize("effect", [True, False])
def test_an_instance_that_comes_back_after_a_cancel_of_unknown_outcome_gets_a_room_apart(
    store: Store, effect: bool
) -> None:
    stage = series(store)
    stage.replace_event(weekly(out(at(17))))
    stage.platform.fails("cancel", OutcomeUnknown, effect=effect)
    stage.sync()
    stage.replace_event(weekly(moved(at(17), at(17, 15))))
    stage.sync()
    assert stage.sync() == []
    assert sorted(c.start for c in stage.platform.rooms.heads) == [at(10), at(17, 15)]
    assert at(17) not in [c.start for c in stage.platform.rooms.children(101)]


def test_an_instance_that_comes_back_after_a_refused_cancel_keeps_its_conference(store: Store) -> None:
    stage = series(store)
    number = child(stage.platform, 17)
    stage.replace_event(weekly(out(at(17))))
    stage.platform.fails("cancel", Throttled)
    stage.sync()
    assert stage.memory().exceptional == ()
    stage.replace_event(weekly(moved(at(17), at(17, 15))))
    assert "update-instance" in stage.sync()
    assert (stage.platform.rooms.all[number].start, stage.sync()) == (at(17, 15), [])


def test_an_instance_that_is_gone_when_it_is_to_be_changed_is_reported(store: Store) -> None:
    stage = series(store)
    stage.replace_event(weekly(moved(at(17), at(18))))
    plan = stage.plan()
    stage.platform.rooms.cancel(child(stage.platform, 17))
    assert [type(o).__name__ for o in stage.run(plan)] == ["Failed", "Done"]


def test_a_restored_instance_is_forgotten(store: Store) -> None:
    stage = Stage(store, weekly(moved(at(17), at(18))))
    stage.sync()
    stage.replace_event(weekly())
    assert stage.sync() == ["update-instance", "write-back"]
    assert (stage.memory().exceptional, stage.sync()) == ((), [])


def test_an_instance_that_an_incomplete_listing_lacks_is_not_taken_for_cancelled(store: Store) -> None:
    stage = Stage(store, weekly(out(at(17))))
    stage.platform.lists_heads_only = True
    assert stage.sync() == ["create", "cancel-instance waits", "write-back"]
    stage.platform.lists_heads_only = False
    assert (stage.sync(), stage.sync()) == (["cancel-instance"], [])


def test_an_instance_without_a_child_is_looked_for_again(store: Store) -> None:
    stage = series(store)
    stage.platform.rooms.cancel(child(stage.platform, 17))
    stage.replace_event(weekly(out(at(17))))
    assert (stage.sync(), [e.verified for e in stage.memory().exceptional]) == (["write-back"], [True])


def test_an_instance_of_a_series_whose_create_failed_waits(store: Store) -> None:
    stage = Stage(store, weekly(moved(at(17), at(18))))
    stage.platform.fails("create", OutcomeUnknown)
    assert stage.sync() == ["create failed: platform.outcomeunknown", "update-instance waits", "write-back waits"]


def test_a_refused_instance_is_kept_under_its_own_name(store: Store) -> None:
    stage = series(store)
    stage.replace_event(weekly(moved(at(17), at(18))))
    stage.platform.fails("update", Refused)
    stage.sync()
    assert [r.part for r in stage.memory().refusals] == [part_of(at(17))]
    assert stage.sync() == ["conference.refused"]


def test_an_update_of_the_series_makes_the_next_pass_look_at_its_instances(store: Store) -> None:
    stage = Stage(store, weekly(moved(at(17), at(18))))
    stage.sync()
    stage.calendars.edit(HREF, b"DURATION:PT60M\r\nRRULE", b"DURATION:PT90M\r\nRRULE")
    stage.sync()
    assert [e.verified for e in stage.memory().exceptional] == [False]
    assert (stage.sync(), [e.verified for e in stage.memory().exceptional]) == ([], [True])
