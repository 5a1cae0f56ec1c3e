"""What one wanted conference needs: an update, an adoption, patience, or a create."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.carrying_out import carried_out, settled
from support.planning import (
    HOME,
    NOW,
    POLICY,
    Scene,
    at,
    intent,
    meeting,
    rules,
    scene,
    shown,
    sign,
    steps,
    weekly,
)

from calbridge.core.actions import Adopt, Create, Plan, Update
from calbridge.core.marker import tag
from calbridge.core.model import Meeting
from calbridge.core.notes import CountMiss, RememberMapping
from calbridge.core.problem import Problem
from calbridge.core.remembered import Memory, Refusal
from calbridge.core.wanted import request_fingerprint

RECREATE = replace(POLICY, on_platform_cancel="recreate")
PINS = replace(POLICY, conference=replace(POLICY.conference, security_pin="random"))


def created(plan: Plan) -> Create:
    [action] = [a for a in plan.actions if isinstance(a, Create)]
    return action


def adopted(plan: Plan) -> Adopt:
    [action] = [a for a in plan.actions if isinstance(a, Adopt)]
    return action


def updated(plan: Plan) -> Update:
    [action] = [a for a in plan.actions if isinstance(a, Update)]
    return action


def forgotten(before: Scene) -> Scene:
    """The store is lost; the event and the platform are as they were."""
    return replace(before, memory=Memory(), look=None)


def doubled(before: Scene, *, gen: int = 1) -> Scene:
    """The platform has a second conference, with the same marker or that of another generation."""
    [first] = before.rooms.heads
    before.rooms.create(created(scene(before.meeting).plan()).fields)
    second = before.rooms.heads[1]
    before.rooms.edit(second.id, agenda=first.agenda.replace(sign(gen=1), sign(gen=gen)))
    return before


def refused(before: Scene) -> Scene:
    """What it would send was refused, in the last pass."""
    action = next(a for a in before.plan().actions if isinstance(a, Create | Update))
    request = request_fingerprint(action.fields, draw_pin=isinstance(action, Create) and action.draw_pin)
    problem = Problem("a", "conference.refused", "Subject is too long", "shorten it")
    return before.remembers(refusals=(Refusal(9, "a", "m", request, problem),))


# --- create ---------------------------------------------------------------------------------------------------------


def test_a_new_meeting_gets_a_conference_and_its_event_the_link() -> None:
    plan = scene().plan()
    assert steps(plan) == ["create", "write-back"]
    assert rules(plan) == []


def test_a_create_sends_the_complete_desired_state_and_the_marker() -> None:
    fields = created(scene(meeting(start=at(10), minutes=45, subject="Budget")).plan()).fields
    assert (fields.subject, fields.start, fields.duration, fields.schedule) == ("Budget", at(10), 45, None)
    assert fields.agenda.endswith(f"Ref. {sign(gen=1)}")


def test_the_event_chooses_the_room_else_the_policy_does() -> None:
    dedicated = replace(POLICY, conference=replace(POLICY.conference, room="dedicated"))
    assert created(scene().plan()).terms.one_time
    assert not created(scene(policy=dedicated).plan()).terms.one_time
    assert created(scene(meeting(room="one-time"), policy=dedicated).plan()).terms.one_time
    assert not created(scene(meeting(room="dedicated")).plan()).terms.one_time


def test_a_pin_is_drawn_for_one_time_rooms_only() -> None:
    assert created(scene(policy=PINS).plan()).draw_pin
    assert not created(scene(meeting(room="dedicated"), policy=PINS).plan()).draw_pin
    assert not created(scene().plan()).draw_pin


def test_a_drawn_pin_is_kept_through_updates() -> None:
    before = settled(policy=PINS)
    kept = before.remembers(mappings=(replace(before.mapping, security_pin="123456"),))
    assert updated(kept.becomes(meeting(subject="Budget")).plan()).fields.settings.security_pin == "123456"


def test_participants_are_sent_only_where_the_policy_says_so() -> None:
    told = replace(POLICY, conference=replace(POLICY.conference, participants=True))
    assert created(scene().plan()).fields.settings.participant_emails is None
    assert created(scene(policy=told).plan()).fields.settings.participant_emails == ()


@pytest.mark.parametrize(("days", "found"), [(500, []), (501, ["meeting.far"])])
def test_a_meeting_beyond_the_platforms_listing_waits_until_it_comes_closer(days: int, found: list[str]) -> None:
    assert rules(scene(meeting(start=NOW.astimezone(at(1).tzinfo) + timedelta(days=days))).plan()) == found


def test_a_process_that_has_not_looked_yet_looks_before_it_creates() -> None:
    assert replace(scene(), looked=False).plan().looks.listing
    assert not scene().plan().looks.listing


def test_an_event_that_comes_into_view_after_its_conference_was_seen_makes_no_second_one() -> None:
    assert replace(scene(), unclaimed=frozenset({tag(9, "a")})).plan().looks.listing
    assert not replace(scene(), unclaimed=frozenset({tag(9, "b")})).plan().looks.listing


def test_after_an_incomplete_look_nothing_is_created() -> None:
    plan = replace(scene(), looked=False).looking(complete=False).plan()
    assert (steps(plan), rules(plan)) == ([], ["platform.listing"])


# --- adopt ----------------------------------------------------------------------------------------------------------


def test_after_a_loss_of_the_store_the_conference_is_adopted_and_nothing_else_is_done() -> None:
    before = forgotten(settled()).looking()
    plan = before.plan()
    assert steps(plan) == ["adopt"]
    assert steps(carried_out(before, plan).plan()) == []


def test_what_is_adopted_is_remembered_as_not_made_by_us() -> None:
    mapping = adopted(forgotten(settled()).looking().plan()).mapping()
    assert not mapping.created
    assert mapping.conference_id == 101


def test_an_incomplete_look_that_shows_the_marker_is_enough_to_adopt() -> None:
    assert steps(forgotten(settled()).looking(complete=False).plan()) == ["adopt"]


def test_an_adopted_conference_that_says_something_else_is_updated() -> None:
    before = forgotten(settled()).becomes(meeting(subject="Budget")).looking()
    assert steps(before.plan())[:2] == ["adopt", "update"]


def test_an_adopted_series_keeps_its_start_although_weeks_have_passed() -> None:
    before = forgotten(settled(weekly()).later(days=30)).looking()
    assert steps(before.plan()) == ["adopt"]


def test_an_adopted_single_conference_of_a_series_is_replaced_by_the_next_pass() -> None:
    before = forgotten(settled()).becomes(weekly()).looking()
    plan = before.plan()
    assert "create" not in steps(plan)
    assert steps(carried_out(before, plan).plan()) == ["create", "write-back", "cancel replaced"]


def test_an_adopted_series_of_what_by_now_happens_once_is_replaced_by_the_next_pass() -> None:
    before = settled(weekly()).becomes(meeting(start=at(10)))
    first = replace(before, memory=Memory()).looking()
    second = carried_out(first, first.plan())
    assert steps(first.plan()) == ["adopt"]
    assert steps(second.plan()) == ["create", "write-back", "cancel replaced"]


def test_what_is_adopted_ends_when_the_conference_does_whatever_the_event_says_by_now() -> None:
    series = replace(settled(weekly()).becomes(meeting(start=at(10))), memory=Memory())
    later = replace(settled(meeting(start=at(17))).becomes(meeting(start=at(10))), memory=Memory())
    ends = [adopted(each.looking().plan()).mapping().until for each in (series, later)]
    assert ends == [None, at(17, 11)]


def test_another_installations_conference_is_not_adopted() -> None:
    theirs = settled(policy=replace(POLICY, instance="other"))
    assert steps(replace(scene(), rooms=theirs.rooms).looking().plan()) == ["create", "write-back"]


def test_of_two_with_one_marker_the_oldest_is_adopted() -> None:
    plan = forgotten(doubled(settled())).looking().plan()
    assert adopted(plan).conference.id == 101
    assert "cancel double" in steps(plan)


def test_a_double_of_what_we_are_about_to_cancel_is_not_adopted() -> None:
    before = doubled(settled())
    ending = before.remembers(mappings=(replace(before.mapping, state="ending"),))
    [create] = [a for a in ending.looking().plan().actions if isinstance(a, Adopt | Create)]
    assert create.marker == sign(gen=2)


def test_a_generation_that_somebody_made_up_is_not_counted_on() -> None:
    one = scene().looking()
    odd = replace(one, meeting=replace(one.meeting, references=frozenset((sign(gen=999_999_999),))))
    [create] = [a for a in odd.plan().actions if isinstance(a, Create)]
    assert create.marker == sign(gen=1)


def test_of_two_generations_the_one_that_the_event_links_to_is_adopted() -> None:
    before = forgotten(doubled(settled(), gen=2))
    linked = replace(before, meeting=replace(before.meeting, references=frozenset((sign(gen=2),))))
    assert adopted(linked.looking().plan()).terms.gen == 2


@pytest.mark.parametrize(("looking", "expected"), [(False, []), (True, ["adopt", "write-back", "cancel replaced"])])
def test_a_database_older_than_the_event_looks_and_adopts_the_later_generation(
    looking: bool, expected: list[str]
) -> None:
    before = doubled(settled(), gen=2)
    newer = replace(before, meeting=replace(before.meeting, references=frozenset((sign(gen=2),))))
    plan = (newer.looking() if looking else newer).plan()
    assert plan.looks.listing != looking
    assert steps(plan) == expected


def test_a_later_generation_that_the_platform_does_not_have_changes_nothing() -> None:
    before = settled()
    newer = replace(before, meeting=replace(before.meeting, references=frozenset((sign(gen=2),))))
    assert "create" not in steps(newer.looking().plan())


def outdated(wanted: Meeting | None = None) -> Scene:
    """A database that is older than the event, which shows a later room than the one that it knows."""
    before = settled().becomes(wanted or meeting())
    later = replace(before.mapping, gen=2, room_url="https://rooms.example.com/later")
    named = replace(before.meeting, references=frozenset((sign(gen=2),)))
    return replace(before, meeting=named, source=shown(named, [later]))


def test_a_later_room_is_not_written_over_while_the_listing_is_incomplete() -> None:
    plan = outdated().looking(complete=False).plan()
    assert (steps(plan), rules(plan)) == ([], ["platform.listing"])


def test_a_later_room_is_not_written_over_while_its_create_is_looked_up() -> None:
    plan = outdated(weekly()).remembers(intents=(intent(gen=2),)).looking().plan()
    assert (steps(plan), rules(plan)) == ([], ["conference.pending"])


def test_a_later_room_that_the_platform_does_not_have_is_written_over() -> None:
    assert steps(outdated().looking().plan()) == ["write-back"]


# --- generations ----------------------------------------------------------------------------------------------------


def test_a_generation_grows_beyond_what_is_remembered() -> None:
    before = settled().becomes(meeting(room="dedicated"))
    assert created(before.plan()).marker == sign(gen=2)


def test_after_a_loss_a_generation_grows_beyond_what_the_event_refers_to() -> None:
    wanted = replace(meeting(), references=frozenset((sign(gen=4), sign(gen=2))))
    assert created(replace(scene(), meeting=wanted).looking().plan()).marker == sign(gen=5)


@pytest.mark.parametrize(
    "stranger", [sign("b", gen=7), sign(part="20260310T090000Z", gen=7), sign(instance="x", gen=7)]
)
def test_a_reference_to_something_else_does_not_count(stranger: str) -> None:
    wanted = replace(meeting(), references=frozenset((stranger,)))
    assert created(replace(scene(), meeting=wanted).plan()).marker == sign(gen=1)


def test_a_copy_of_an_event_gets_a_room_of_its_own() -> None:
    original = settled(meeting("a"))
    copy = replace(meeting("b"), references=original.meeting.references)
    plan = replace(scene(meeting("b")), meeting=copy, rooms=original.rooms).looking().plan()
    assert steps(plan) == ["create", "write-back"]
    assert created(plan).marker == sign("b", gen=1)


# --- intents --------------------------------------------------------------------------------------------------------


def test_an_open_intent_asks_for_a_look_and_nothing_is_sent_meanwhile() -> None:
    plan = scene().remembers(intents=(intent(),)).plan()
    assert plan.looks.listing
    assert steps(plan) == []


@pytest.mark.parametrize(
    ("misses", "age", "complete", "sent", "counted"),
    [
        (0, timedelta(hours=1), True, False, True),
        (1, timedelta(hours=1), True, True, True),
        (1, timedelta(minutes=2), True, True, True),
        (1, timedelta(minutes=1), True, False, False),  # not settled: the create may still be on its way
        (0, timedelta(minutes=1), True, False, False),
        (1, timedelta(hours=1), False, False, False),  # an incomplete listing proves nothing
    ],
)
def test_an_unknown_create_is_sent_again_after_two_complete_and_late_looks(
    misses: int, age: timedelta, complete: bool, sent: bool, counted: bool
) -> None:
    waiting = scene().remembers(intents=(intent(misses=misses, posted=NOW - age),))
    plan = waiting.looking(complete=complete).plan()
    assert ("create" in steps(plan)) == sent
    assert (CountMiss(sign()) in plan.notes) == counted


def test_a_create_that_is_sent_again_keeps_its_generation() -> None:
    plan = scene().remembers(intents=(intent(gen=3, misses=1),)).looking().plan()
    assert created(plan).marker == sign(gen=3)


def test_an_unknown_create_is_reported_while_nobody_can_tell() -> None:
    assert rules(scene().remembers(intents=(intent(),)).looking().plan()) == ["conference.pending"]


def test_an_unknown_create_that_did_happen_is_adopted() -> None:
    made = settled()
    pending = replace(scene(), rooms=made.rooms).remembers(intents=(intent(),)).looking()
    assert steps(pending.plan()) == ["adopt", "write-back"]
    assert carried_out(pending, pending.plan()).memory.intents == ()


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_refused_create_is_reported_and_not_sent_again() -> None:
    plan = refused(scene()).plan()
    assert (steps(plan), rules(plan)) == ([], ["conference.refused"])


def test_a_refused_create_is_sent_again_when_the_meeting_changes() -> None:
    plan = replace(refused(scene()), meeting=meeting(subject="Budget")).plan()
    assert (steps(plan), rules(plan)) == (["create", "write-back"], [])


@pytest.mark.parametrize("changes", [{"mute_mode": "q&a"}, {"secure_url": True}, {"security_pin": "random"}])
def test_a_refused_create_is_sent_again_when_the_configuration_changes(changes: dict[str, object]) -> None:
    policy = replace(POLICY, conference=replace(POLICY.conference, **changes))  # type: ignore[arg-type]  # a table
    assert steps(replace(refused(scene()), policy=policy).plan()) == ["create", "write-back"]


def test_a_refused_create_is_sent_again_with_full() -> None:
    assert steps(replace(refused(scene()), full=True).plan()) == ["create", "write-back"]


def test_a_refused_update_is_reported_and_the_room_stays() -> None:
    plan = refused(settled().becomes(meeting(subject="Budget"))).plan()
    assert (steps(plan), rules(plan)) == ([], ["conference.refused"])


# --- update ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edited",
    [
        meeting(subject="Budget"),
        meeting(start=at(11)),
        meeting(minutes=90),
        meeting(start=at(10).astimezone(NOW.tzinfo)),
    ],
)
def test_an_edit_is_one_update_of_the_same_conference(edited: Meeting) -> None:
    plan = settled().becomes(edited).plan()
    assert steps(plan) == ["update"]
    assert updated(plan).conference_id == 101


def test_an_update_whose_outcome_was_lost_is_not_repeated_once_a_look_shows_it() -> None:
    before = settled().becomes(meeting(subject="Budget"))
    before.rooms.update(101, updated(before.plan()).fields)
    plan = before.looking().plan()
    assert steps(plan) == []
    assert any(isinstance(n, RememberMapping) and n.mapping.subject == "Budget" for n in plan.notes)


def test_a_changed_setting_is_an_update() -> None:
    louder = replace(POLICY, conference=replace(POLICY.conference, auto_record="audio"))
    assert steps(replace(settled(), policy=louder).plan()) == ["update"]


@pytest.mark.parametrize("changes", [{"secure_url": True}, {"host_initiated_recording": True}, {"room": "dedicated"}])
def test_settings_for_new_conferences_only_change_no_old_one(changes: dict[str, object]) -> None:
    policy = replace(POLICY, conference=replace(POLICY.conference, **changes))  # type: ignore[arg-type]  # a table
    assert steps(replace(settled(), policy=policy).plan()) == []


def test_a_series_that_gets_a_new_rule_is_rescheduled() -> None:
    plan = settled(weekly()).becomes(weekly(rule="FREQ=WEEKLY;INTERVAL=2")).plan()
    assert steps(plan) == ["update"]
    assert updated(plan).reschedules


def test_a_series_that_is_renamed_is_not_rescheduled() -> None:
    assert not updated(
        settled(weekly()).becomes(replace(weekly(), master=meeting(subject="B").master)).plan()
    ).reschedules


def test_a_quiet_week_of_a_series_sends_nothing() -> None:
    plan = settled(weekly()).later(days=7).plan()
    assert (steps(plan), plan.notes) == ([], ())


def test_a_move_to_another_calendar_keeps_the_room_and_is_remembered() -> None:
    plan = settled().becomes(meeting(calendar=HOME)).plan()
    assert steps(plan) == []
    assert [n.mapping.calendar for n in plan.notes if isinstance(n, RememberMapping)] == [HOME]


@pytest.mark.parametrize(("full", "expected"), [(True, ["update"]), (False, [])])
def test_what_somebody_changed_on_the_platform_is_set_back_by_a_full_pass(full: bool, expected: list[str]) -> None:
    before = replace(settled(), full=full)
    before.rooms.edit(101, subject="Somebody's own", agenda="")
    assert steps(before.looking().plan()) == expected


def test_participants_that_the_platform_does_not_report_are_no_drift() -> None:
    told = replace(POLICY, conference=replace(POLICY.conference, participants=True))
    assert steps(replace(settled(policy=told), full=True).looking().plan()) == []


def test_a_room_without_a_url_asks_for_a_look_and_remembers_what_it_shows() -> None:
    before = settled()
    roomless = before.remembers(mappings=(replace(before.mapping, room_url=""),))
    assert roomless.plan().looks.listing
    notes = roomless.looking().plan().notes
    assert [n.mapping.room_url for n in notes if isinstance(n, RememberMapping)] == [before.mapping.room_url]


def test_a_room_whose_url_is_still_bad_stays_without() -> None:
    before = settled()
    before.rooms.edit(101, room_url="http://rooms.example.com/101")
    roomless = before.remembers(mappings=(replace(before.mapping, room_url=""),)).looking()
    assert roomless.plan().notes == ()


# --- lost -----------------------------------------------------------------------------------------------------------


def lost(before: Scene) -> Scene:
    """Somebody cancelled the conference on the platform, and a look has shown it."""
    number = before.mapping.conference_id
    before.rooms.cancel(number)
    return before.looking(lost=[number])


def test_a_conference_that_somebody_cancelled_is_reported() -> None:
    plan = lost(settled()).plan()
    assert (steps(plan), rules(plan)) == ([], ["conference.cancelled-on-platform"])
    assert [n.mapping.state for n in plan.notes if isinstance(n, RememberMapping)] == ["lost"]


def test_it_is_made_again_where_the_policy_says_so() -> None:
    plan = lost(settled(policy=RECREATE)).plan()
    assert created(plan).marker == sign(gen=2)
    assert steps(plan) == ["create", "write-back"]


def test_it_is_made_again_once_only() -> None:
    first = lost(settled(policy=RECREATE))
    second = lost(carried_out(first, first.plan()))
    assert (steps(second.plan()), rules(second.plan())) == ([], ["conference.cancelled-on-platform"])


def test_a_conference_that_is_only_missing_from_the_listing_is_not_lost() -> None:
    before = settled()
    before.rooms.all.clear()
    assert (steps(before.looking().plan()), rules(before.looking().plan())) == ([], [])
