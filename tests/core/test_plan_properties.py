"""What holds of every plan, whatever the calendar holds: it is one, it ends, and it asks nobody's order."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from support.carrying_out import carried_out
from support.planning import HOME, WORK, Scene, at, meeting, moved, out, plan_all, scene, steps, unasked

from calbridge.core.actions import Create, order
from calbridge.core.model import Meeting, Override

few = settings(max_examples=2000 if "CALBRIDGE_LONG" in os.environ else 12)
some = settings(max_examples=2000 if "CALBRIDGE_LONG" in os.environ else 40)
DAYS = [10, 17, 24, 31]


RULES = ["", "FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=5", "FREQ=DAILY", "FREQ=MONTHLY"]


@st.composite
def overrides(draw: st.DrawFn) -> list[Override]:
    """A few instances that are cancelled, moved or renamed."""
    made: list[Override] = []
    for day in sorted(draw(st.sets(st.sampled_from(DAYS)))):
        to = draw(st.sampled_from([at(day), at(day, 15), at(day) + timedelta(days=3)]))
        made.append(draw(st.sampled_from([out(at(day)), moved(at(day), to), moved(at(day), to, "Apart")])))
    return made


@st.composite
def meetings(draw: st.DrawFn, uid: str = "a") -> Meeting:
    """A single event to come, or a series with a few exceptions, in either calendar."""
    rule = draw(st.sampled_from(RULES))
    return meeting(
        uid,
        start=at(10) if rule else draw(st.sampled_from([at(10), at(12, 11)])),
        subject=draw(st.sampled_from(["Planning", "Budget"])),
        rule=rule,
        overrides=draw(overrides()) if rule else (),
        room=draw(st.sampled_from([None, "dedicated"])),
        calendar=draw(st.sampled_from([WORK, HOME])),
    )


SCENES = st.sets(st.sampled_from("abcd"), min_size=1).flatmap(
    lambda uids: st.tuples(*(meetings(uid).map(scene) for uid in sorted(uids)))
)


def done(before: Scene) -> Scene:
    """One pass, with a look where it asks for one."""
    plan = before.plan()
    if plan.looks:
        before = before.looking()
        plan = before.plan()
    return carried_out(before, plan)


def occasions(after: Scene) -> list[tuple[datetime, str, int]]:
    """When people meet until May, whether in a conference of its own or in an instance of a series."""
    masters = {c.master_id for c in after.rooms.heads}
    met = (c for c in after.rooms.all.values() if c.id not in masters and c.start < at(1, month=5))
    return sorted((c.start, c.subject, c.duration) for c in met)


@some
@given(meetings())
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(wanted: Meeting) -> None:
    after = done(scene(wanted)).plan()
    assert (after.actions, bool(after.looks), after.notes) == ((), False, ())


@some
@given(meetings(), meetings())
def test_every_edit_settles_within_three_passes(before: Meeting, edit: Meeting) -> None:
    after = done(done(done(done(scene(before)).becomes(edit))))
    assert steps(after.plan()) == []


@some
@given(meetings(), meetings())
def test_after_an_edit_people_meet_when_they_would_have_met_had_it_always_been_so(
    before: Meeting, edit: Meeting
) -> None:
    edited, fresh = done(done(done(scene(before)).becomes(edit))), done(scene(edit))
    assert occasions(edited) == occasions(fresh)


@few
@given(SCENES)
def test_planning_is_deterministic(scenes: tuple[Scene, ...]) -> None:
    assert plan_all(*scenes) == plan_all(*scenes)


@few
@given(SCENES, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_seen_does_not_matter(scenes: tuple[Scene, ...], random: Random) -> None:
    mixed = list(scenes)
    random.shuffle(mixed)
    assert plan_all(*mixed, context=scenes[0].context) == plan_all(*scenes)


@few
@given(SCENES)
def test_the_order_of_actions_is_total(scenes: tuple[Scene, ...]) -> None:
    keys = [order(a) for a in plan_all(*scenes).actions]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@few
@given(SCENES)
def test_no_two_creates_carry_one_marker(scenes: tuple[Scene, ...]) -> None:
    markers = [a.marker for a in plan_all(*scenes).actions if isinstance(a, Create)]
    assert len(set(markers)) == len(markers)


@few
@given(SCENES, st.sampled_from(["no-trigger", "stop-word", "cancelled", "hidden", "not-organizer"]))
def test_nothing_is_done_for_what_never_asked(scenes: tuple[Scene, ...], why: str) -> None:
    plan = plan_all(*scenes, readings={s.meeting.uid: unasked(s.meeting, why) for s in scenes})
    assert (plan.actions, plan.notes, plan.problems, plan.skipped, bool(plan.looks)) == ((), (), (), (), False)


@some
@given(meetings(), st.integers(0, 60))
def test_time_alone_never_makes_a_second_conference(wanted: Meeting, days: int) -> None:
    before = done(scene(wanted))
    later = replace(before, now=before.now + timedelta(days=days)).looking()
    made = {m.part for m in before.memory.mappings}
    assert not made & {a.about.part for a in later.plan().actions if isinstance(a, Create)}
