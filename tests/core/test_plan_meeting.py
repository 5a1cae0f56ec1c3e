"""What one meeting needs done as a whole: parts that come and go, what is replaced, what is over, what is double."""

from dataclasses import replace

import pytest
from support.carrying_out import carried_out, settled
from support.planning import (
    POLICY,
    Scene,
    at,
    intent,
    look,
    meeting,
    moved,
    out,
    rules,
    scene,
    sign,
    steps,
    unasked,
    weekly,
)

from calbridge.core.actions import Cancel, Create, Forget, Plan, WriteBack
from calbridge.core.model import Meeting
from calbridge.core.plan_meeting import end_meeting

FIRST_MOVED = weekly(moved(at(10), at(11)))
"""The first instance is changed: it is a conference of its own, and the series starts with the second."""


def cancels(plan: Plan) -> list[tuple[int, str]]:
    return [(a.conference_id, a.why) for a in plan.actions if isinstance(a, Cancel)]


def ended(before: Scene) -> Plan:
    gone = unasked(before.meeting)
    return end_meeting(gone, before.source, before.memory, before.state, before.context)


# --- replacing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (meeting(), weekly()),
        (weekly(), meeting()),
        (meeting(), meeting(room="dedicated")),
        (meeting(room="dedicated"), meeting(room="one-time")),
        (weekly(out(at(24))), weekly()),  # a cancel can't be undone
    ],
)
def test_what_no_update_can_say_is_made_anew_and_the_old_one_goes_after_the_event_links_to_the_new(
    before: Meeting, after: Meeting
) -> None:
    plan = settled(before).becomes(after).plan()
    assert steps(plan) == ["create", "write-back", "cancel replaced"]
    assert [a.terms.gen for a in plan.actions if isinstance(a, Create)] == [2]
    assert cancels(plan) == [(101, "replaced")]


def test_nothing_is_left_of_what_was_replaced() -> None:
    before = settled(meeting()).becomes(weekly())
    after = carried_out(before, before.plan())
    assert [c.schedule for c in after.rooms.heads] == ["FREQ=WEEKLY;BYDAY=TU"]
    assert steps(after.plan()) == []


def test_a_cancelled_instance_that_comes_back_with_a_new_rule_needs_an_update_only() -> None:
    assert steps(settled(weekly(out(at(24)))).becomes(weekly(rule="FREQ=DAILY")).plan()) == ["update"]


def test_a_cancelled_instance_that_is_past_brings_no_new_series() -> None:
    before = settled(weekly(out(at(17)))).later(days=20)
    assert "create" not in steps(before.becomes(weekly()).plan())


def retired(*, linked: bool) -> Scene:
    """A pass that created the next generation, and ended before the old one was cancelled."""
    before = settled()
    old = before.mapping
    moved_on = before.becomes(meeting(room="dedicated"))
    after = carried_out(moved_on, moved_on.plan())
    both = after.remembers(mappings=(replace(old, state="retired"), after.mapping))
    return both if linked else replace(both, meeting=replace(both.meeting, references=before.meeting.references))


def test_a_retired_conference_goes_once_the_event_links_to_its_successor() -> None:
    assert cancels(retired(linked=True).plan()) == [(101, "replaced")]


def test_a_retired_conference_stays_while_the_event_can_not_be_written() -> None:
    stuck = retired(linked=False)
    stuck = replace(stuck, source=replace(stuck.source, etag=None, body=b"BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\n"))
    plan = stuck.plan()
    assert (steps(plan), rules(plan)) == ([], ["write.no-etag"])


@pytest.mark.parametrize(
    "after", [weekly(), weekly(rule="FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=1"), meeting(room="dedicated")]
)
def test_a_room_stays_while_the_event_that_shows_it_can_not_be_written(after: Meeting) -> None:
    before = settled().becomes(after)
    stuck = replace(before, source=replace(before.source, etag=None)).looking()
    assert [a for a in stuck.plan().actions if isinstance(a, Cancel)] == []


def test_a_lost_conference_is_not_cancelled_again() -> None:
    before = settled(policy=replace(POLICY, on_platform_cancel="recreate"))
    assert cancels(before.looking(lost=[101]).plan()) == []


# --- parts ----------------------------------------------------------------------------------------------------------


def test_a_changed_first_instance_is_a_conference_of_its_own() -> None:
    plan = scene(FIRST_MOVED).plan()
    assert steps(plan) == ["create", "create", "write-back"]
    assert [a.about.part for a in plan.actions if isinstance(a, Create)] == ["m", "20260310T090000Z"]


def test_a_part_that_the_meeting_no_longer_has_is_cancelled() -> None:
    before = settled(FIRST_MOVED)
    plan = before.becomes(weekly(start=at(17))).plan()
    assert cancels(plan) == [(before.memory.mappings[0].conference_id, "dropped")]


@pytest.mark.parametrize("state", ["ending", "retired"])
def test_what_the_event_shows_stays_while_its_successor_is_pending_whatever_is_kept_of_an_older_one(state: str) -> None:
    several = settled(weekly(rule="FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=1"))
    older = replace(settled().mapping, conference_id=999, state=state)  # type: ignore[arg-type]  # a table
    pending = several.remembers(mappings=(older, *several.memory.mappings), intents=(intent(gen=2),))
    plan = pending.becomes(meeting()).looking().plan()
    assert [number for number, why in cancels(plan) if why == "dropped"] == []


def test_what_an_unanswered_create_made_stays_while_its_successor_is_pending_too() -> None:
    before = settled(weekly(rule="FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=1"))
    *there, missing = before.memory.mappings
    before.rooms.cancel(missing.conference_id)
    create = next(a for a in scene(weekly()).plan().actions if isinstance(a, Create))
    made = before.rooms.create(create.fields)
    asked = replace(intent(), part=missing.part, marker=sign(part=missing.part))
    pending = before.remembers(mappings=tuple(there), intents=(asked, intent())).looking()
    assert "conference.pending" in rules(pending.plan())
    assert made.id not in {number for number, _ in cancels(pending.plan())}
    answered = before.remembers(intents=(intent(),)).looking().plan()
    assert made.id in {number for number, _ in cancels(answered)}  # a create of the missing one is on its way


def test_a_part_that_is_over_is_left_alone() -> None:
    assert cancels(settled(FIRST_MOVED).later(days=12).plan()) == []


def test_when_only_an_override_remains_it_gets_a_conference_and_the_series_is_not_dropped_at_once() -> None:
    series = weekly(moved(at(17), at(18)))
    plan = settled(series).becomes(replace(series, master=None, recurrence=None)).plan()
    assert steps(plan) == ["create", "write-back"]
    assert [a.about.part for a in plan.actions if isinstance(a, Create)] == ["20260317T090000Z"]


def test_single_instances_that_one_is_invited_to_each_get_a_conference() -> None:
    alone = replace(weekly(moved(at(17)), moved(at(24)), out(at(31))), master=None, recurrence=None)
    assert steps(scene(alone).plan()) == ["create", "create", "write-back"]


# --- doubles --------------------------------------------------------------------------------------------------------


def test_a_second_conference_with_the_marker_of_a_known_one_is_cancelled() -> None:
    before = settled()
    second = before.rooms.create(next(a for a in scene().plan().actions if isinstance(a, Create)).fields)
    plan = before.looking().plan()
    assert cancels(plan) == [(second.id, "double")]


def test_a_double_stays_while_the_look_lacks_the_conference_that_is_linked() -> None:
    before = settled()
    before.rooms.create(next(a for a in scene().plan().actions if isinstance(a, Create)).fields)
    before.rooms.cancel(before.memory.mappings[0].conference_id)
    looking = replace(before, look=look(before.rooms, complete=False))
    assert cancels(looking.plan()) == []


def test_a_child_is_never_taken_for_a_double() -> None:
    assert cancels(settled(weekly(moved(at(17), at(18)))).looking().plan()) == []


def test_a_conference_of_another_meeting_is_no_double() -> None:
    before, other = settled(), settled(meeting("b"))
    before.rooms.all[999] = replace(other.rooms.heads[0], id=999)
    assert cancels(before.looking().plan()) == []


# --- over -----------------------------------------------------------------------------------------------------------


def test_a_past_meeting_without_a_room_is_skipped() -> None:
    plan = scene(meeting(start=at(1))).plan()
    assert (steps(plan), rules(plan)) == ([], ["event.past"])


def test_a_past_meeting_with_a_room_is_forgotten_and_its_event_keeps_the_link() -> None:
    plan = settled().later(days=9).plan()
    assert (steps(plan), rules(plan)) == (["forget"], [])


def test_a_running_meeting_is_still_to_come() -> None:
    assert steps(settled().later(days=8, hours=1.5).plan()) == []


def test_a_meeting_that_is_moved_into_the_past_loses_its_room() -> None:
    assert steps(settled().becomes(meeting(start=at(1))).plan()) == ["write-back", "cancel ended"]


def test_the_end_of_a_meeting_clears_its_event_and_cancels_every_conference() -> None:
    plan = ended(settled(FIRST_MOVED))
    assert steps(plan) == ["write-back", "cancel ended", "cancel ended"]
    assert [a.links for a in plan.actions if isinstance(a, WriteBack)] == [()]


def test_the_end_of_a_meeting_whose_event_is_gone_writes_nothing() -> None:
    before = settled()
    plan = end_meeting(unasked(before.meeting), None, before.memory, before.state, before.context)
    assert steps(plan) == ["cancel ended"]


def test_the_end_of_a_meeting_cancels_what_was_replaced_and_forgets_what_is_lost() -> None:
    old, new = retired(linked=True).memory.mappings
    before = settled().remembers(mappings=(old, new, replace(new, gen=3, conference_id=7, state="lost")))
    assert sorted(steps(ended(before))) == ["cancel ended", "cancel replaced", "forget", "write-back"]


def test_the_end_of_a_past_meeting_cancels_nothing() -> None:
    plan = ended(settled().later(days=9))
    assert [type(a) for a in plan.actions] == [Forget]


# --- what can't have a room -----------------------------------------------------------------------------------------


def test_a_rule_that_no_schedule_can_say_is_skipped_and_its_room_stays() -> None:
    plan = settled(weekly()).becomes(weekly(rule="FREQ=HOURLY")).plan()
    assert steps(plan) == []
    assert [s.problem.where for s in plan.skipped] == ["https://dav.example.com/alice/work/ a"]


def test_what_is_planned_shows_the_meeting_as_it_will_be() -> None:
    [about] = [a.about for a in settled().becomes(meeting(subject="Budget", minutes=30)).plan().actions]
    assert (about.subject, about.minutes, about.start, about.part) == ("Budget", 30, at(10), "m")


def test_what_is_cancelled_is_shown_as_it_was_last_sent() -> None:
    [about] = {a.about for a in ended(settled(weekly())).actions}
    assert (about.subject, about.schedule, about.start, about.tier) == ("Planning", "FREQ=WEEKLY;BYDAY=TU", at(10), 2)
