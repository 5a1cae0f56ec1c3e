"""A host leaves: each row of the table in `plan_leaving`, and what it must never touch."""

from dataclasses import replace

import pytest
from support.carrying_out import carried_out, settled
from support.planning import (
    HOME,
    POLICY,
    WORK,
    Scene,
    at,
    intent,
    look,
    meeting,
    out,
    rules,
    scene,
    sign,
    steps,
    unasked,
    weekly,
)

from calbridge.core.actions import Cancel, CancelStray, Plan, WriteBack
from calbridge.core.breakers import Allowed
from calbridge.core.model import Reading, Skipped
from calbridge.core.notes import CountMiss, DropIntent
from calbridge.core.observation import Found, Observation, Records
from calbridge.core.plan_leaving import plan_forgetting, plan_leaving
from calbridge.core.policy import Writeback
from calbridge.core.problem import Problem
from calbridge.core.remembered import Memory

SILENT = replace(POLICY, writeback=Writeback(notify="never"))
BOTH = frozenset((WORK, HOME))


def seen_of(before: Scene, reading: Reading | None = None, *, is_there: bool = True, **seen: object) -> Observation:
    found = (Found(before.source, reading or before.meeting),) if is_there else ()
    memories = {} if before.memory == Memory() else {before.meeting.uid: before.memory}
    usual = Observation(found=found, calendars=BOTH, healthy=BOTH, writable=BOTH, memories=memories)
    return replace(usual, **seen)  # type: ignore[arg-type]  # named by the test


def left(before: Scene, reading: Reading | None = None, *, is_there: bool = True, **seen: object) -> Plan:
    """The host leaves, after a look at her conferences."""
    context = replace(before.context, look=look(before.rooms, now=before.now), full=True)
    return plan_leaving(seen_of(before, reading, is_there=is_there, **seen), context, Allowed())


def done(plan: Plan) -> list[str]:
    return [*steps(plan), *rules(plan)]


def test_it_asks_for_a_look_first() -> None:
    assert plan_leaving(seen_of(settled()), settled().context, Allowed()).looks.listing


@pytest.mark.parametrize("wanted", [meeting(), weekly(), weekly(out(at(17)))], ids=["once", "weekly", "less one"])
def test_a_meeting_to_come_loses_its_room_and_its_event_is_as_it_was(wanted: object) -> None:
    before = settled(wanted, policy=SILENT)  # type: ignore[arg-type]  # a table of meetings
    plan = left(before)
    assert done(plan) == ["write-back", "cancel ended"]
    after = carried_out(before, plan)
    assert after.source.body == scene(before.meeting).source.body
    assert left(after).actions == ()


def test_a_meeting_that_is_over_is_forgotten_and_its_event_left_alone() -> None:
    assert done(left(settled().later(days=30))) == ["forget"]


@pytest.mark.parametrize("wanted", [meeting(start=at(10)), weekly()], ids=["once", "weekly"])
def test_a_running_meeting_is_left_alone_and_that_is_said(wanted: object) -> None:
    before = settled(wanted)  # type: ignore[arg-type]  # likewise
    before = replace(before, now=at(10, 10, 30))
    assert done(left(before)) == ["meeting.running"]


def test_a_meeting_with_somebody_in_its_room_is_left_alone() -> None:
    before = settled()
    before.rooms.edit(101, active=True)
    assert done(left(before)) == ["meeting.running"]


def test_a_series_between_two_meetings_is_not_running() -> None:
    before = replace(settled(weekly()), now=at(12))
    assert done(left(before)) == ["write-back", "cancel ended"]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"is_there": False}, ["cancel ended"]),
        ({"is_there": False, "healthy": frozenset((HOME,))}, ["event.out-of-sight"]),
        ({"is_there": False, "unreadable": frozenset(("a",))}, ["event.out-of-sight"]),
        ({"is_there": False, "calendars": frozenset((HOME,)), "healthy": frozenset((HOME,))}, ["cancel ended"]),
        ({"is_there": False, "calendars": frozenset(), "healthy": frozenset()}, ["cancel ended"]),
    ],
    ids=["gone", "a calendar that fails", "unreadable", "a calendar that she has no more", "no file"],
)
def test_an_event_that_is_not_seen(seen: dict[str, object], expected: list[str]) -> None:
    assert done(left(settled(), **seen)) == expected  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        ("no-trigger", ["write-back", "cancel ended"]),
        ("stop-word", ["write-back", "cancel ended"]),
        ("hidden", ["cancel ended"]),
        ("not-organizer", ["cancel ended"]),
    ],
)
def test_an_event_that_no_longer_asks(why: str, expected: list[str]) -> None:
    before = settled()
    assert done(left(before, unasked(before.meeting, why))) == expected


def test_an_event_of_another_installation_is_never_touched() -> None:
    before = settled()
    other = Skipped(WORK, before.source.href, "a", None, Problem("a", "event.other-instance", "another's", "let it"))
    assert "write-back" not in done(left(before, other))


def test_after_a_lost_database_events_and_conferences_are_found_by_their_markers() -> None:
    before = settled().remembers(mappings=())
    plan = left(before)
    assert [type(a) for a in plan.actions] == [CancelStray, WriteBack]
    assert left(carried_out(before, plan)).actions == ()


def test_conferences_of_others_and_past_ones_are_none_of_our_business() -> None:
    before = settled().remembers(mappings=())
    before.rooms.edit(101, agenda="Ref. " + sign(instance="other"))
    assert steps(left(before, is_there=False)) == []
    past = settled().remembers(mappings=()).later(days=30)
    assert steps(left(past)) == []


def test_a_stray_stays_while_a_calendar_can_not_be_read() -> None:
    before = settled().remembers(mappings=())
    assert left(before, is_there=False, healthy=frozenset((HOME,))).actions == ()


def test_a_conference_that_another_host_s_mapping_names_is_hers() -> None:
    before = settled().remembers(mappings=())
    assert steps(left(before, is_there=False, records=Records(claimed=frozenset((101,))))) == []


def test_a_create_without_an_answer_is_looked_up_until_it_is_certain() -> None:
    before = replace(scene(), memory=Memory(intents=(intent(),)))
    first = left(before)
    assert (done(first), first.notes) == (["conference.pending"], (CountMiss(sign()),))
    second = left(before.remembers(intents=(intent(misses=1),)))
    assert (done(second), second.notes) == ([], (DropIntent(sign()),))


def test_a_conference_that_came_of_it_is_cancelled() -> None:
    made = settled()
    before = made.remembers(mappings=(), intents=(intent(),))
    cancelled = [a.conference_id for a in left(before).actions if isinstance(a, Cancel)]
    assert cancelled == [101]


def test_what_somebody_cancelled_on_the_platform_goes_out_of_the_event() -> None:
    before = settled()
    before = before.remembers(mappings=(replace(before.mapping, state="lost"),))
    before.rooms.cancel(101)
    assert sorted(done(left(before))) == ["forget", "write-back"]


def test_with_rooms_kept_all_is_forgotten_and_nothing_touched() -> None:
    before = settled(weekly()).remembers(intents=(intent("b"),))
    plan = plan_forgetting(seen_of(before), before.context, Allowed())
    assert (done(plan), plan.notes, bool(plan.looks)) == (["forget"], (DropIntent(sign("b")),), False)


def test_no_breaker_holds_what_was_confirmed() -> None:
    many = [settled(meeting(f"m{n}")) for n in range(20)]
    found = tuple(Found(s.source, s.meeting) for s in many)
    plan = left(many[0], found=found, memories={s.meeting.uid: s.memory for s in many})
    assert (steps(plan).count("cancel ended"), plan.withheld) == (20, 0)
