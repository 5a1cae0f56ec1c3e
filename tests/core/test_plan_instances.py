"""What the instances of a series need: changed, cancelled, restored, left alone."""

from dataclasses import replace
from datetime import UTC, timedelta

from support.carrying_out import carried_out, settled
from support.planning import POLICY, Scene, at, moved, out, rules, scene, sign, steps, weekly

from calbridge.core.actions import CancelInstance, Plan, UpdateInstance
from calbridge.core.marker import part_of
from calbridge.core.model import Meeting
from calbridge.core.notes import ForgetInstance, RememberInstance
from calbridge.core.problem import Problem
from calbridge.core.remembered import Exceptional, Refusal
from calbridge.core.wanted import request_fingerprint

MOVED = weekly(moved(at(17), at(18)))
OUT = weekly(out(at(17)))


def instances(plan: Plan) -> list[UpdateInstance | CancelInstance]:
    return [a for a in plan.actions if isinstance(a, UpdateInstance | CancelInstance)]


def edited(before: Meeting, after: Meeting) -> Scene:
    """A settled series after an edit, and a look at the platform."""
    return settled(before).becomes(after).looking()


def child(before: Scene, day: int) -> int:
    """The conference of the instance on this day."""
    children = before.rooms.children(before.mapping.conference_id)
    return next(c.id for c in children if c.start == at(day))


def test_a_new_series_is_settled_in_the_same_pass() -> None:
    plan = scene(weekly(moved(at(17), at(18)), out(at(24)))).plan()
    assert steps(plan) == ["create", "update-instance", "cancel-instance", "write-back"]
    assert [a.conference_id for a in instances(plan)] == [None, None]


def test_a_settled_series_needs_no_look() -> None:
    plan = settled(weekly(moved(at(17), at(18)), out(at(24)))).plan()
    assert (steps(plan), bool(plan.looks)) == ([], False)


def test_a_changed_instance_asks_for_a_look_and_then_is_updated() -> None:
    unseen = settled(weekly()).becomes(MOVED)
    assert unseen.plan().looks.listing
    [action] = instances(unseen.looking().plan())
    assert isinstance(action, UpdateInstance)
    assert (action.conference_id, action.instance, action.fields.start) == (child(unseen, 17), at(17), at(18))


def test_a_changed_instance_carries_a_marker_of_its_own_and_no_schedule() -> None:
    [action] = instances(edited(weekly(), MOVED).plan())
    assert isinstance(action, UpdateInstance)
    assert action.fields.agenda.endswith(sign(part="20260317T090000Z"))
    assert action.fields.schedule is None


def test_a_cancelled_instance_is_cancelled() -> None:
    before = edited(weekly(), OUT)
    [action] = instances(before.plan())
    assert isinstance(action, CancelInstance)
    assert (action.conference_id, action.instance) == (child(before, 17), at(17))


def test_an_instance_that_is_moved_again_is_found_by_its_id() -> None:
    before = edited(MOVED, weekly(moved(at(17), at(19))))
    [action] = instances(before.plan())
    assert action.conference_id == before.memory.exceptional[0].conference_id


def test_after_a_loss_a_moved_instance_is_found_by_its_marker() -> None:
    before = settled(MOVED).remembers(exceptional=()).looking()
    plan = before.plan()
    assert steps(plan) == []
    assert [n.instance for n in plan.notes if isinstance(n, RememberInstance)] == ["20260317T090000Z"]


def test_after_a_loss_a_cancelled_instance_is_known_by_its_absence() -> None:
    plan = settled(OUT).remembers(exceptional=()).looking().plan()
    assert steps(plan) == []
    assert [n.state for n in plan.notes if isinstance(n, RememberInstance)] == ["cancelled"]


def test_an_incomplete_look_proves_no_cancel() -> None:
    plan = settled(OUT).remembers(exceptional=()).looking(complete=False).plan()
    assert (steps(plan), plan.notes) == ([], ())


def test_a_changed_instance_without_a_conference_is_reported() -> None:
    before = settled(weekly()).becomes(MOVED)
    before.rooms.cancel(child(before, 17))
    assert rules(before.looking().plan()) == ["conference.no-instance"]


def test_a_changed_instance_that_an_incomplete_look_lacks_is_not_reported() -> None:
    before = settled(weekly()).becomes(MOVED)
    before.rooms.cancel(child(before, 17))
    assert rules(before.looking(complete=False).plan()) == []


def test_an_override_that_is_gone_is_restored() -> None:
    before = settled(MOVED).becomes(weekly())
    [action] = instances(before.plan())
    assert isinstance(action, UpdateInstance)
    assert action.restores
    assert (action.fields.start, action.fields.agenda) == (at(17), f"Ref. {sign()}")


def test_after_a_loss_an_audit_restores_the_instance_of_an_override_that_is_gone() -> None:
    month = "FREQ=WEEKLY;COUNT=4"
    moved_then = settled(weekly(moved(at(17), at(18)), rule=month))
    before = moved_then.becomes(weekly(rule=month)).remembers(exceptional=())
    plan = replace(before, full=True).looking().plan()
    [action] = instances(plan)
    assert isinstance(action, UpdateInstance)
    assert (action.fields.start, action.fields.agenda) == (at(17), f"Ref. {sign()}")
    assert rules(plan) == []
    assert steps(replace(carried_out(before, plan), full=True).looking().plan()) == []


def test_what_was_restored_is_forgotten() -> None:
    before = settled(MOVED).becomes(weekly())
    after = carried_out(before, before.plan())
    assert after.memory.exceptional == ()
    assert steps(after.plan()) == []


def test_a_restored_instance_that_is_past_is_only_forgotten() -> None:
    plan = settled(MOVED).becomes(weekly()).later(days=20).plan()
    assert steps(plan) == []
    assert [n.instance for n in plan.notes if isinstance(n, ForgetInstance)] == ["20260317T090000Z"]


def test_an_instance_that_is_over_as_it_was_and_as_it_is_is_left_alone() -> None:
    plan = settled(weekly()).becomes(MOVED).later(days=20).plan()
    assert (steps(plan), bool(plan.looks)) == ([], False)


def test_a_past_instance_that_is_moved_into_the_future_is_updated() -> None:
    before = settled(weekly()).later(days=16)
    assert steps(before.becomes(weekly(moved(at(17), at(26)))).looking().plan())[0] == "update-instance"


def test_an_instance_beyond_the_listing_is_settled_when_it_comes_into_view() -> None:
    far = at(16) + timedelta(weeks=78, days=1)
    before = settled(weekly()).becomes(weekly(out(far)))
    assert (steps(before.plan()), bool(before.plan().looks)) == ([], False)
    assert before.later(days=90).plan().looks.listing


def test_an_update_of_the_master_makes_the_next_pass_look_again() -> None:
    before = settled(MOVED)
    renamed = before.becomes(replace(MOVED, master=replace(before.meeting.master, subject="Budget")))  # type: ignore[type-var]  # a series has a master
    after = carried_out(renamed, renamed.plan())
    assert after.plan().looks.listing
    assert steps(after.looking().plan()) == []


def test_children_that_an_update_reset_are_changed_again() -> None:
    before = settled(MOVED)
    unverified = before.remembers(exceptional=tuple(replace(e, verified=False) for e in before.memory.exceptional))
    [exceptional] = before.memory.exceptional
    assert exceptional.conference_id is not None
    before.rooms.edit(exceptional.conference_id, start=at(17), agenda=f"Ref. {sign()}")
    assert steps(unverified.looking().plan()) == ["update-instance"]


def test_an_audit_mails_no_participants_anew_where_the_platform_does_not_report_them() -> None:
    inviting = replace(POLICY, conference=replace(POLICY.conference, participants=True))
    for wanted in (MOVED, weekly(rule="FREQ=WEEKLY;COUNT=1")):
        assert steps(replace(settled(wanted, policy=inviting), full=True).looking().plan()) == []


def test_a_new_schedule_settles_every_exception_anew() -> None:
    before = settled(weekly(moved(at(17), at(18)), out(at(24))))
    plan = before.becomes(weekly(moved(at(17), at(18)), out(at(24)), rule="FREQ=DAILY")).plan()
    assert steps(plan) == ["update", "update-instance", "cancel-instance"]
    assert [a.conference_id for a in instances(plan)] == [None, None]


def test_a_refused_instance_is_not_sent_again() -> None:
    before = edited(weekly(), MOVED)
    [action] = instances(before.plan())
    assert isinstance(action, UpdateInstance)
    problem = Problem("a", "conference.refused", "no", "shorten it")
    refused = before.remembers(
        refusals=(Refusal(9, "a", part_of(at(17)), request_fingerprint(action.fields), problem),)
    )
    assert rules(refused.plan()) == ["conference.refused"]
    assert instances(refused.plan()) == []


def test_an_instance_that_was_cancelled_and_is_wanted_changed_gets_a_room_apart() -> None:
    plan = settled(OUT).becomes(MOVED).plan()
    assert steps(plan) == ["create", "write-back"]
    assert next(a.about.part for a in plan.actions) == "20260317T090000Z"


def test_an_instance_that_has_a_room_apart_stays_cancelled_whatever_an_update_resets() -> None:
    before = settled(OUT).becomes(MOVED)
    apart = carried_out(before, before.plan())
    [gone] = apart.memory.exceptional
    doubtful = apart.remembers(exceptional=(replace(gone, verified=False),))
    brought_back = replace(doubtful.rooms.children(101)[0], id=999, start=at(17))
    doubtful.rooms.all[999] = brought_back
    assert doubtful.plan().looks.listing
    assert steps(doubtful.looking().plan()) == ["cancel-instance"]


def test_instances_of_another_generation_are_not_this_series_own() -> None:
    before = settled(OUT)
    old = Exceptional(9, "a", 7, part_of(at(24)), 5, "changed")
    assert steps(before.remembers(exceptional=(*before.memory.exceptional, old)).plan()) == []


def test_an_action_on_an_instance_shows_it_as_it_will_be_or_was() -> None:
    [change] = instances(edited(weekly(), MOVED).plan())
    [cancel] = instances(edited(weekly(), OUT).plan())
    assert (change.about.start, change.about.recurrence_id) == (at(18), "20260317T100000")
    assert cancel.about.start.astimezone(UTC) == at(17)
