"""Intents that nobody waits for any more: what they asked for is cancelled, what never came to be is dropped."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.carrying_out import settled
from support.planning import NOW, Scene, intent, meeting, plan_all, rules, scene, sign, steps, unasked, weekly

from calbridge.core.actions import Cancel, Plan
from calbridge.core.model import Meeting
from calbridge.core.notes import CountMiss, DropIntent, Note


def pending(wanted: Meeting | None = None, *, misses: int = 0, made: bool = False) -> Scene:
    """A meeting whose create was never answered; `made`: it did happen."""
    fresh = scene(wanted)
    rooms = settled(wanted).rooms if made else fresh.rooms
    return replace(fresh, rooms=rooms).remembers(intents=(intent(misses=misses),))


def cancelled(before: Scene) -> Plan:
    """A pass that finds STATUS:CANCELLED in the event."""
    return plan_all(before, readings={"a": unasked(before.meeting, "cancelled")})


def test_an_open_intent_of_a_meeting_that_is_over_is_looked_up_first() -> None:
    plan = cancelled(pending())
    assert (steps(plan), plan.looks.listing) == ([], True)


@pytest.mark.parametrize("wanted", [meeting(), weekly()])
def test_a_conference_that_did_come_to_be_is_cancelled_with_its_meeting(wanted: Meeting) -> None:
    plan = cancelled(pending(wanted, made=True).looking())
    assert [(a.conference_id, a.gen) for a in plan.actions if isinstance(a, Cancel)] == [(101, 1)]


@pytest.mark.parametrize(("misses", "note"), [(0, CountMiss(sign())), (1, DropIntent(sign()))])
def test_one_that_two_looks_do_not_show_is_dropped(misses: int, note: Note) -> None:
    plan = cancelled(pending(misses=misses).looking())
    assert (steps(plan), plan.notes) == ([], (note,))


@pytest.mark.parametrize(("complete", "age"), [(False, timedelta(hours=1)), (True, timedelta(minutes=1))])
def test_an_incomplete_or_early_look_drops_nothing(complete: bool, age: timedelta) -> None:
    before = scene().remembers(intents=(intent(misses=1, posted=NOW - age),))
    assert cancelled(before.looking(complete=complete)).notes == ()


def test_a_past_conference_is_left_as_it_is() -> None:
    plan = cancelled(pending(made=True).later(days=9).looking())
    assert steps(plan) == []
    assert DropIntent(sign()) in plan.notes


def test_a_meeting_that_asks_again_takes_up_its_intent() -> None:
    plan = plan_all(pending(made=True).looking())
    assert (steps(plan), rules(plan)) == (["adopt", "write-back"], [])


def test_an_event_that_is_gone_needs_its_grace_although_only_an_intent_is_left() -> None:
    plan = plan_all(pending(made=True), gone=["a"])
    assert (steps(plan), set(plan.looks.proofs)) == ([], {"a"})


def test_an_intent_of_a_part_that_the_meeting_no_longer_has_is_not_orphaned() -> None:
    part = "20260310T090000Z"
    asked = replace(intent(), part=part, marker=sign(part=part))
    before = settled(weekly())
    before.rooms.create(replace(scene().plan().actions[0].fields, agenda=f"Ref. {sign(part=part)}"))  # type: ignore[union-attr]  # a create
    plan = before.remembers(intents=(asked,)).looking().plan()
    assert [(a.about.part, a.why) for a in plan.actions if isinstance(a, Cancel)] == [(part, "dropped")]
