"""The plan of a host: each row of the table in `plan`, and what may be concluded from what was seen."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.carrying_out import carried_out, settled
from support.planning import (
    HOME,
    NOW,
    POLICY,
    WORK,
    Scene,
    at,
    event,
    intent,
    meeting,
    moved,
    plan_all,
    rules,
    scene,
    steps,
    unasked,
    weekly,
)

from calbridge.core.actions import Create, Plan, order
from calbridge.core.breakers import Allowed
from calbridge.core.model import Reading, Skipped
from calbridge.core.notes import ForgetAbsence, ForgetRefusals, Note, RememberAbsence
from calbridge.core.observation import Found
from calbridge.core.policy import Safety, Select
from calbridge.core.problem import Problem
from calbridge.core.remembered import Absence, Memory, Refusal
from calbridge.core.wanted import request_fingerprint

LONG_AGO = NOW - timedelta(minutes=10)
PROBLEM = Problem("a", "event.all-day", "an all-day event has no time", "give it a start time")


def reads(before: Scene, why: str) -> dict[str, Reading]:
    """The event, where it no longer asks."""
    return {before.meeting.uid: unasked(before.meeting, why)}


def away(before: Scene, why: str = "gone", *, since: object = LONG_AGO, passes: int = 1) -> Scene:
    """An event that was already away in earlier passes."""
    return before.remembers(absence=Absence(9, before.meeting.uid, why, since, passes))  # type: ignore[arg-type]  # a table


def absences(plan: Plan) -> list[Note]:
    return [n for n in plan.notes if isinstance(n, RememberAbsence | ForgetAbsence)]


# --- asks -----------------------------------------------------------------------------------------------------------


def test_an_event_that_asks_and_can_not_have_a_room_is_skipped_and_keeps_the_room_that_it_has() -> None:
    before = settled()
    skipped = Skipped(WORK, f"{WORK}a.ics", "a", None, PROBLEM)
    plan = plan_all(before, readings={"a": skipped})
    assert (steps(plan), rules(plan)) == ([], ["event.all-day"])


def test_an_event_that_can_not_have_a_room_is_not_away() -> None:
    plan = plan_all(away(settled()), readings={"a": Skipped(WORK, f"{WORK}a.ics", "a", None, PROBLEM)})
    assert absences(plan) == [ForgetAbsence("a")]


def test_instances_that_can_not_be_followed_are_said_beside_the_series() -> None:
    skipped = Skipped(WORK, f"{WORK}a.ics", "a", "20260317", PROBLEM)
    plan = plan_all(scene(replace(weekly(), skipped=(skipped,))))
    assert (steps(plan), rules(plan)) == (["create", "write-back"], ["event.all-day"])


@pytest.mark.parametrize("calendar", [WORK, HOME])
def test_of_two_places_the_calendar_that_has_the_room_keeps_it(calendar: str) -> None:
    before = settled(meeting(calendar=calendar))
    both = tuple(Found(event(m), m) for m in (meeting(calendar=WORK), meeting(calendar=HOME)))
    plan = plan_all(before, found=both)
    assert [s.calendar for s in plan.skipped] == [HOME if calendar == WORK else WORK]
    assert rules(plan) == ["event.duplicate-uid"]
    assert "create" not in steps(plan)


def test_of_two_places_without_a_room_the_first_href_gets_it() -> None:
    both = tuple(Found(event(m), m) for m in (meeting(calendar=WORK), meeting(calendar=HOME)))
    plan = plan_all(scene(), found=both)
    assert {a.about.calendar for a in plan.actions} == {HOME}
    assert [s.calendar for s in plan.skipped] == [WORK]


def test_of_two_places_without_a_room_the_one_that_can_still_have_it_gets_it() -> None:
    over, to_come = meeting(start=at(1), calendar=HOME), meeting(calendar=WORK)
    plan = plan_all(scene(), found=(Found(event(over), over), Found(event(to_come), to_come)))
    assert {a.about.calendar for a in plan.actions} == {WORK}
    assert [s.calendar for s in plan.skipped] == [HOME]


def test_of_two_places_the_one_that_asks_is_taken() -> None:
    asks, not_ = meeting(calendar=WORK), unasked(meeting(calendar=HOME))
    plan = plan_all(scene(), found=(Found(event(asks), asks), Found(event(meeting(calendar=HOME)), not_)))
    assert {a.about.calendar for a in plan.actions} == {WORK}
    assert rules(plan) == []


def test_a_calendar_that_may_not_be_written_brings_no_room() -> None:
    plan = plan_all(scene(), writable=frozenset())
    assert (steps(plan), rules(plan)) == ([], ["calendar.read-only"])


def test_a_room_in_a_calendar_that_may_no_longer_be_written_follows_its_event() -> None:
    plan = plan_all(settled().becomes(meeting(subject="Budget")), writable=frozenset())
    assert steps(plan) == ["update"]


@pytest.mark.parametrize(
    ("existing", "was_there", "found"),
    [("skip", True, ["event.existing"]), ("skip", False, []), ("include", True, [])],
)
def test_old_events_wait_until_they_are_edited_where_the_policy_says_so(
    existing: str, was_there: bool, found: list[str]
) -> None:
    policy = replace(POLICY, select=Select(existing=existing))  # type: ignore[arg-type]  # a table of literals
    one = scene(policy=policy)
    assert rules(plan_all(one, found=(Found(one.source, one.meeting, existing=was_there),))) == found


def test_an_event_without_a_strong_etag_gets_no_room_that_it_could_not_show() -> None:
    one = scene()
    weak = replace(one, source=replace(one.source, etag=None))
    assert (steps(plan_all(weak)), rules(plan_all(weak))) == ([], ["write.no-etag"])


def test_an_event_that_had_a_room_before_the_store_was_lost_is_followed_wherever_it_is() -> None:
    before = replace(settled(), memory=Memory()).looking()
    assert steps(plan_all(before, writable=frozenset())) == ["adopt"]


def test_an_old_event_that_has_a_room_is_followed() -> None:
    one = settled(policy=replace(POLICY, select=Select(existing="skip"))).becomes(meeting(subject="Budget"))
    assert steps(plan_all(one, found=(Found(one.source, one.meeting, existing=True),))) == ["update"]


def test_a_refusal_is_forgotten_once_the_request_is_another() -> None:
    before = scene().remembers(refusals=(Refusal(9, "a", "m", "what was sent", PROBLEM),))
    assert ForgetRefusals("a") in plan_all(before).notes


def test_a_refusal_of_what_is_still_wanted_is_kept() -> None:
    wanted = scene()
    [action] = [a for a in wanted.plan().actions if isinstance(a, Create)]
    request = request_fingerprint(action.fields)
    before = wanted.remembers(refusals=(Refusal(9, "a", "m", request, PROBLEM),))
    assert plan_all(before).notes == ()


# --- no longer asks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["hidden", "no-trigger", "stop-word", "cancelled", "not-organizer"])
def test_an_event_that_never_had_a_room_needs_nothing(why: str) -> None:
    one = scene()
    plan = plan_all(one, readings=reads(one, why))
    assert (steps(plan), rules(plan), plan.notes) == ([], [], ())


def test_an_event_that_is_hidden_from_us_keeps_its_room_and_is_not_written() -> None:
    before = settled()
    plan = plan_all(before, readings=reads(before, "hidden"))
    assert (steps(plan), absences(plan)) == ([], [])


@pytest.mark.parametrize("why", ["cancelled", "stop-word", "no-trigger"])
def test_a_copy_that_is_hidden_from_us_keeps_the_room_that_the_other_copy_gives_up(why: str) -> None:
    before = away(settled(), why, passes=2)
    copies = (meeting(calendar=WORK), why), (meeting(calendar=HOME), "hidden")
    plan = plan_all(before, found=tuple(Found(event(m), unasked(m, said)) for m, said in copies))
    assert steps(plan) == []


def test_a_cancelled_event_ends_at_once() -> None:
    before = settled()
    assert steps(plan_all(before, readings=reads(before, "cancelled"))) == ["write-back", "cancel ended"]


@pytest.mark.parametrize("why", ["no-trigger", "stop-word"])
def test_an_event_that_no_longer_asks_waits_for_the_grace(why: str) -> None:
    before = settled()
    plan = plan_all(before, readings=reads(before, why))
    assert (steps(plan), absences(plan)) == ([], [RememberAbsence("a", why, NOW, 1)])  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    ("minutes", "passes", "ends"),
    [(10, 1, True), (10, 2, True), (9, 1, False), (9, 2, False), (0, 1, False)],
)
def test_it_ends_after_the_grace_and_two_passes(minutes: int, passes: int, ends: bool) -> None:
    before = away(settled(), "no-trigger", since=NOW - timedelta(minutes=minutes), passes=passes)
    plan = plan_all(before, readings=reads(before, "no-trigger"))
    assert (steps(plan) == ["write-back", "cancel ended"]) == ends


@pytest.mark.parametrize(("passes", "expected"), [(0, []), (1, ["cancel ended"])])
@pytest.mark.parametrize("why", ["gone", "no-trigger"])
def test_without_a_grace_two_passes_are_still_needed(why: str, passes: int, expected: list[str]) -> None:
    hasty = settled(policy=replace(POLICY, safety=Safety(cancel_grace=timedelta())))
    before = away(hasty, why, since=NOW, passes=passes) if passes else hasty
    readings = reads(before, "no-trigger") if why == "no-trigger" else {}
    plan = plan_all(before, readings=readings, gone=["a"] if why == "gone" else (), proofs={"a": True})
    assert [step for step in steps(plan) if step != "write-back"] == expected


def test_an_event_that_asks_again_is_no_longer_away() -> None:
    plan = plan_all(away(settled(), "no-trigger"))
    assert (steps(plan), absences(plan)) == ([], [ForgetAbsence("a")])


def test_another_way_of_being_away_starts_anew() -> None:
    before = away(settled(), "no-trigger", passes=2)
    plan = plan_all(before, readings=reads(before, "stop-word"))
    assert (steps(plan), absences(plan)) == ([], [RememberAbsence("a", "stop-word", NOW, 1)])


def test_somebody_elses_meeting_ends_like_one_that_no_longer_asks() -> None:
    before = away(settled(), "no-trigger")
    assert "cancel ended" in steps(plan_all(before, readings=reads(before, "not-organizer")))


# --- gone -----------------------------------------------------------------------------------------------------------


def test_an_event_that_is_gone_must_be_proven_gone() -> None:
    plan = plan_all(settled(), gone=["a"])
    assert (steps(plan), set(plan.looks.proofs)) == ([], {"a"})


def test_the_grace_begins_with_the_first_proof() -> None:
    plan = plan_all(settled(), gone=["a"], proofs={"a": True})
    assert (steps(plan), absences(plan)) == ([], [RememberAbsence("a", "gone", NOW, 1)])


def test_without_proof_the_room_stays_and_that_is_said() -> None:
    plan = plan_all(settled(), gone=["a"], proofs={"a": False})
    assert (steps(plan), absences(plan), rules(plan)) == ([], [], ["event.unproven"])


def test_within_the_grace_no_further_proof_is_asked_for() -> None:
    plan = plan_all(away(settled(), since=NOW - timedelta(minutes=5)), gone=["a"])
    assert (steps(plan), bool(plan.looks), plan.notes) == ([], False, ())


@pytest.mark.parametrize(("proof", "expected"), [(True, ["cancel ended"]), (False, [])])
def test_after_the_grace_a_second_proof_ends_it(proof: bool, expected: list[str]) -> None:
    assert steps(plan_all(away(settled()), gone=["a"], proofs={"a": proof})) == expected


def test_an_event_that_came_back_is_no_longer_away() -> None:
    assert absences(plan_all(away(settled()))) == [ForgetAbsence("a")]


@pytest.mark.parametrize(("healthy", "unreadable"), [((HOME,), ()), ((), ()), ((WORK, HOME), ("a",))])
def test_nothing_is_concluded_from_what_could_not_be_read(
    healthy: tuple[str, ...], unreadable: tuple[str, ...]
) -> None:
    sight, unread = frozenset(healthy), frozenset(unreadable)
    plan = plan_all(away(settled()), gone=["a"], proofs={"a": True}, healthy=sight, unreadable=unread)
    assert (steps(plan), plan.notes, bool(plan.looks)) == ([], (), False)


def test_an_event_of_a_mere_intent_may_be_in_a_calendar_that_is_not_found_any_more() -> None:
    asked = replace(intent(), calendar=WORK, href=f"{WORK}a.ics")
    before = away(scene().remembers(intents=(asked,)))
    plan = plan_all(before, gone=["a"], proofs={"a": True}, healthy=frozenset((HOME,)))
    assert (steps(plan), plan.notes, bool(plan.looks)) == ([], (), False)


def test_a_copy_that_does_not_ask_says_nothing_of_an_event_that_is_out_of_sight() -> None:
    copy = meeting(calendar=HOME)
    found = (Found(event(copy), unasked(copy, "cancelled")),)
    plan = plan_all(settled(), found=found, healthy=frozenset((HOME,)))
    assert (steps(plan), plan.notes) == ([], ())


@pytest.mark.parametrize("why", ["no-trigger", "not-organizer", "stop-word", "cancelled"])
def test_a_copy_elsewhere_that_asks_for_nothing_is_not_the_event_tidied(why: str) -> None:
    copy = meeting(calendar=HOME)
    found = (Found(event(copy), unasked(copy, why)),)
    before = away(settled(), since=LONG_AGO)
    plan = plan_all(before, found=found, proofs={"a": False})
    assert (steps(plan), rules(plan)) == ([], ["event.unproven"])


def test_a_copy_elsewhere_is_not_the_event_of_a_mere_intent_either() -> None:
    copy, asked = meeting(calendar=HOME), replace(intent(), calendar=WORK, href=f"{WORK}a.ics")
    before = away(scene().remembers(intents=(asked,)), "no-trigger").looking()
    plan = plan_all(before, found=(Found(event(copy), unasked(copy, "no-trigger")),), proofs={"a": False})
    assert (steps(plan), rules(plan)) == ([], ["event.unproven"])


def test_a_calendar_that_is_left_out_is_a_problem_and_its_rooms_stay() -> None:
    home = frozenset((HOME,))
    plan = plan_all(away(settled()), gone=["a"], calendars=home, healthy=home, proofs={"a": True})
    assert (steps(plan), rules(plan)) == ([], ["calendar.left-out"])


@pytest.mark.parametrize("why", ["cancelled", "stop-word"])
def test_an_event_that_is_over_keeps_its_room_while_a_calendar_that_held_it_too_can_not_be_read(why: str) -> None:
    before, held = away(settled(), why), {"a": frozenset((HOME,))}
    plan = plan_all(before, readings=reads(before, why), healthy=frozenset((WORK,)), elsewhere=held)
    assert (steps(plan), plan.notes) == ([], ())


@pytest.mark.parametrize("why", ["cancelled", "stop-word", "gone"])
def test_what_a_calendar_that_is_left_out_held_too_ends_only_where_the_administrator_allows_it(why: str) -> None:
    before, work = away(settled(), why), frozenset((WORK,))
    seen: dict[str, Any] = {"calendars": work, "healthy": work, "proofs": {"a": True}}
    seen["elsewhere"] = {"a": frozenset((HOME,))}
    if why == "gone":
        seen["gone"] = ["a"]
    else:
        seen["readings"] = reads(before, why)
    plan = plan_all(before, **seen)
    assert (steps(plan), rules(plan)) == ([], ["calendar.left-out"])
    assert "cancel ended" in steps(plan_all(before, **seen, allowed=Allowed(cancels=1)))


def test_an_event_that_moved_out_of_a_calendar_that_is_left_out_is_no_problem() -> None:
    home = frozenset((HOME,))
    plan = plan_all(settled().becomes(meeting(calendar=HOME)), calendars=home, healthy=home)
    assert rules(plan) == []


def test_a_past_meeting_whose_event_is_gone_is_forgotten_without_proof() -> None:
    assert steps(plan_all(settled().later(days=9), gone=["a"])) == ["forget"]


def test_what_is_left_of_a_meeting_without_a_room_is_forgotten() -> None:
    refusal = Refusal(9, "a", "m", "sent", PROBLEM)
    before = away(scene()).remembers(refusals=(refusal,))
    assert set(plan_all(before, gone=["a"]).notes) == {ForgetAbsence("a"), ForgetRefusals("a")}


@pytest.mark.parametrize(("healthy", "unreadable"), [((HOME,), ()), ((WORK, HOME), ("a",))])
def test_a_refusal_is_kept_while_nobody_can_tell_whether_its_event_is_still_there(
    healthy: tuple[str, ...], unreadable: tuple[str, ...]
) -> None:
    before = scene().remembers(refusals=(Refusal(9, "a", "m", "sent", PROBLEM),))
    plan = plan_all(before, gone=["a"], healthy=frozenset(healthy), unreadable=frozenset(unreadable))
    assert plan.notes == ()


# --- only overrides are left ----------------------------------------------------------------------------------------


def without_master(before: Scene) -> Scene:
    return before.becomes(replace(before.meeting, master=None, recurrence=None))


def test_a_series_without_its_master_waits_for_the_grace_and_its_override_gets_a_room() -> None:
    plan = plan_all(without_master(settled(weekly(moved(at(17), at(18))))))
    assert steps(plan) == ["create", "write-back"]
    assert absences(plan) == [RememberAbsence("a", "no-master", NOW, 1)]


def test_a_series_whose_master_stays_away_ends_and_its_override_goes_on() -> None:
    first = without_master(settled(weekly(moved(at(17), at(18)))))
    after = carried_out(first, plan_all(first)).later(minutes=10)
    plan = plan_all(after)
    assert steps(plan) == ["cancel ended"]
    assert [c.schedule for c in carried_out(after, plan).rooms.heads] == [None]


# --- configuration --------------------------------------------------------------------------------------------------


def selected_otherwise(before: Scene) -> Scene:
    """The room was given under another configuration of what asks for one."""
    return before.remembers(mappings=tuple(replace(m, policy="another") for m in before.memory.mappings))


def test_a_meeting_that_no_longer_asks_because_of_the_configuration_keeps_its_room() -> None:
    before = selected_otherwise(away(settled(), "no-trigger"))
    plan = plan_all(before, readings=reads(before, "no-trigger"))
    assert (steps(plan), rules(plan)) == ([], ["cancel.configuration"])


def test_it_ends_where_the_administrator_says_so() -> None:
    before = selected_otherwise(away(settled(), "no-trigger"))
    plan = plan_all(before, readings=reads(before, "no-trigger"), allowed=Allowed(cancels=1))
    assert steps(plan) == ["write-back", "cancel ended"]


def test_a_cancelled_or_deleted_event_ends_whatever_the_configuration_was() -> None:
    cancelled = selected_otherwise(settled())
    deleted = selected_otherwise(away(settled()))
    assert "cancel ended" in steps(plan_all(cancelled, readings=reads(cancelled, "cancelled")))
    assert "cancel ended" in steps(plan_all(deleted, gone=["a"], proofs={"a": True}))


def test_a_room_that_still_asks_learns_the_new_configuration() -> None:
    before = selected_otherwise(settled())
    after = carried_out(before, plan_all(before))
    assert after.mapping.policy == settled().mapping.policy


# --- full -----------------------------------------------------------------------------------------------------------


def test_a_full_pass_looks_at_the_platform() -> None:
    assert plan_all(replace(settled(), full=True)).looks.listing
    assert not plan_all(replace(settled(), full=True).looking()).looks


# --- order ----------------------------------------------------------------------------------------------------------


def test_a_meeting_that_breaks_our_planning_stops_no_other() -> None:
    broken = replace(meeting(uid="b"), overrides=None)  # type: ignore[arg-type]  # what no calendar can bring about
    plan = plan_all(scene(meeting(uid="a")), scene(meeting(uid="b")), readings={"b": broken})
    assert (rules(plan), {a.about.uid for a in plan.actions}) == (["internal.error"], {"a"})


def test_actions_are_ordered_by_calendar_uid_and_what_they_are() -> None:
    scenes = [scene(meeting(uid, calendar=calendar)) for uid in ("b", "a") for calendar in (WORK,)]
    scenes.append(scene(meeting("c", calendar=HOME)))
    plan = plan_all(*scenes)
    shown = [(a.about.calendar, a.about.uid) for a in plan.actions]
    assert shown == [(HOME, "c"), (HOME, "c"), (WORK, "a"), (WORK, "a"), (WORK, "b"), (WORK, "b")]
    assert list(plan.actions) == sorted(plan.actions, key=order)


def test_instances_are_ordered_by_start_between_the_update_and_the_write() -> None:
    overrides = (moved(at(24), at(16)), moved(at(17), at(30)))
    one = scene(weekly(*overrides))
    assert steps(plan_all(one)) == ["create", "update-instance", "update-instance", "write-back"]
    starts = [a.instance for a in plan_all(one).actions if hasattr(a, "instance")]
    assert starts == [at(17), at(24)]
