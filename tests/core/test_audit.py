"""The audit: each cell of the table in `core.audit`, and what it takes to cancel what nothing asks for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.carrying_out import carried_out, settled
from support.planning import (
    NOW,
    POLICY,
    WORK,
    Scene,
    intent,
    look,
    meeting,
    plan_all,
    rules,
    scene,
    shown,
    sign,
    steps,
    unasked,
)

from calbridge.core import audit
from calbridge.core.actions import CancelStray, Create, Plan, Update
from calbridge.core.breakers import Allowed, Recent
from calbridge.core.model import Reading, Skipped
from calbridge.core.notes import ForgetStray, RememberStray
from calbridge.core.observation import Records
from calbridge.core.problem import Problem
from calbridge.core.remembered import Absence, Memory, Stray
from calbridge.core.wanted import fields_fingerprint

RECORDS = Records()
LONG_AGO = NOW - timedelta(minutes=10)
ODD = Problem("a", "event.all-day", "an all-day event has no time", "give it a start time")


def table() -> dict[tuple[str, str, str], str]:
    """The cells of the docstring: (event, remembered, platform) and what is done."""
    lines = [line for line in (audit.__doc__ or "").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {(event_, remembered, platform): then for event_, remembered, platform, then in rows}


def world(remembered: str, platform: str) -> Scene:
    """What is remembered of the meeting, and what the platform has."""
    before = settled()
    create = next(a for a in scene().plan().actions if isinstance(a, Create))
    match remembered:
        case "nothing":
            before = replace(before, memory=Memory(), meeting=scene().meeting, source=scene().source)
        case "an intent":
            before = replace(before, memory=Memory(intents=(intent(misses=0),)), meeting=scene().meeting)
            before = replace(before, source=scene().source)
        case "lost":
            before = before.remembers(mappings=(replace(before.mapping, state="lost"),))
        case "retired":
            before = succeeded(before)
    match platform:
        case "edited":
            before.rooms.edit(101, subject="Somebody's own words")
        case "two" | "other":
            before.rooms.create(create.fields)
    if platform in ("none", "other"):
        before.rooms.cancel(101)
    return before


def succeeded(before: Scene) -> Scene:
    """The meeting's first conference was replaced, and the event shows the second one."""
    first, create = before.mapping, next(a for a in scene().plan().actions if isinstance(a, Create))
    fields = replace(create.fields, agenda=create.fields.agenda.replace(sign(gen=1), sign(gen=2)))
    made = before.rooms.create(fields)
    second = replace(first, gen=2, conference_id=made.id, room_url=made.room_url, sent=fields_fingerprint(fields))
    both = (replace(first, state="retired"), second)
    wanted = replace(meeting(), references=frozenset((sign(gen=2),)))
    return replace(before, meeting=wanted, source=shown(wanted, both)).remembers(mappings=both)


def audited(before: Scene, event_: str, records: Records = RECORDS, **seen: Any) -> Plan:  # Any: as `plan_all` says
    """An audit of this world: the event asks, is silent, or is over."""
    lost = [m.conference_id for m in before.memory.mappings if m.conference_id not in before.rooms.all]
    context = replace(before.context, full=True, look=look(before.rooms, now=before.now, lost=lost))
    skipped = Skipped(WORK, f"{WORK}a.ics", "a", None, ODD)
    readings: dict[str, Reading] = {"a": skipped} if event_ == "silent" else {}
    if event_ == "over" and before.memory != Memory():
        intents = tuple(replace(i, misses=1) for i in before.memory.intents)
        before = before.remembers(absence=Absence(9, "a", "gone", LONG_AGO, 1), intents=intents)
    gone = ["a"] if event_ == "over" else []
    return plan_all(before, readings=readings, gone=gone, context=context, records=records, proofs={"a": True}, **seen)


def stray(records: Records = RECORDS, **seen: Any) -> Plan:  # Any: likewise
    """An audit of a conference with our marker of which neither an event nor the store knows anything."""
    return audited(world("nothing", "same"), "over", records, **seen)


def cancelled(plan: Plan) -> list[int]:
    """The strays that go."""
    return [a.conference_id for a in plan.actions if isinstance(a, CancelStray)]


# --- the table ------------------------------------------------------------------------------------------------------


def test_the_table_has_every_cell() -> None:
    alone = ("none", "same", "edited", "two")
    remembered = {"nothing": alone, "an intent": alone, "retired": alone[:2]}
    remembered |= dict.fromkeys(("live", "lost"), (*alone, "other"))
    cells = {(e, r, p) for e in ("asks", "silent", "over") for r, found in remembered.items() for p in found}
    assert table().keys() == cells


@pytest.mark.parametrize(("event_", "remembered", "platform"), table(), ids=lambda word: word.replace(" ", "-"))
def test_each_cell_of_the_table(event_: str, remembered: str, platform: str) -> None:
    plan = audited(world(remembered, platform), event_)
    found = [*steps(plan), *(p.rule for p in plan.problems)]
    assert (", ".join(found) or "nothing") == table()[event_, remembered, platform]


def test_what_somebody_changed_on_the_platform_is_named() -> None:
    [update] = audited(world("live", "edited"), "asks").actions
    assert isinstance(update, Update)
    assert update.drift == ("subject",)


def test_what_the_calendar_changed_is_no_drift() -> None:
    [update] = audited(settled().becomes(meeting(subject="Budget")), "asks").actions
    assert isinstance(update, Update)
    assert update.drift == ()


def test_a_room_whose_url_changed_on_the_platform_is_shown_as_it_is_there() -> None:
    before = settled()
    before.rooms.edit(101, room_url="https://rooms.example.com/new")
    after = carried_out(before, audited(before, "asks"))
    assert steps(after.plan()) == ["write-back"]
    assert after.mapping.room_url == "https://rooms.example.com/new"


def test_a_secure_url_is_left_as_it_is_for_each_answer_may_encrypt_it_anew() -> None:
    policy = replace(POLICY, conference=replace(POLICY.conference, secure_url=True))
    before = settled(policy=policy)
    before.rooms.edit(101, room_url="https://rooms.example.com/new")
    assert carried_out(before, audited(before, "asks")).mapping == before.mapping


# --- strays ---------------------------------------------------------------------------------------------------------

MADE = Records(made=frozenset((101,)))
SEEN = Stray(101, 9, sign(), LONG_AGO, 1)


def test_a_stray_is_named_with_its_meeting_and_what_to_do() -> None:
    [problem] = stray().problems
    assert problem.where == "conference 101 of host 9"
    assert "'Planning' at 2026-03-10 10:00" in problem.reason
    assert sign() in problem.reason
    assert "`calbridge sync --full --allow-cancels 1`" in problem.hint


def test_a_stray_that_this_store_did_not_create_goes_only_where_the_administrator_allows_it() -> None:
    twice = Records(strays=(SEEN,))
    assert cancelled(stray(twice)) == []
    assert cancelled(stray(twice, allowed=Allowed(cancels=1))) == [101]
    assert cancelled(stray(twice, allowed=Allowed(cancels=0))) == []


@pytest.mark.parametrize("records", [MADE, Records(asked=frozenset((("a", "m"),)))], ids=["created", "unanswered"])
def test_a_stray_that_this_store_created_goes_with_the_second_audit(records: Records) -> None:
    first = stray(records)
    assert (cancelled(first), rules(first)) == ([], ["conference.stray"])
    assert RememberStray(replace(SEEN, since=NOW)) in first.notes
    assert cancelled(stray(replace(records, strays=(SEEN,)))) == [101]


def test_two_audits_within_the_grace_are_not_enough() -> None:
    early = replace(SEEN, since=NOW - timedelta(minutes=9))
    assert cancelled(stray(replace(MADE, strays=(early,)))) == []


def test_a_stray_that_carries_another_marker_by_now_starts_anew() -> None:
    other = replace(SEEN, marker=sign(gen=7))
    assert cancelled(stray(replace(MADE, strays=(other,)))) == []


def test_strays_pass_the_breaker_like_any_end() -> None:
    before = world("nothing", "same")
    create = next(a for a in scene().plan().actions if isinstance(a, Create))
    for _ in range(5):
        before.rooms.create(create.fields)
    ids = frozenset(before.rooms.all)
    twice = Records(made=ids, strays=tuple(replace(SEEN, conference_id=i) for i in ids))
    assert rules(audited(before, "over", twice)) == ["breaker.cancels"]
    assert len(cancelled(audited(before, "over", twice, allowed=Allowed(cancels=6)))) == 6


def test_a_stray_whose_cancel_was_sent_within_the_hour_is_no_further_end() -> None:
    twice, full = replace(MADE, strays=(SEEN,)), Recent(cancels=5, meetings=5)
    assert cancelled(stray(twice, recent=full)) == []
    assert cancelled(stray(twice, recent=replace(full, ended=frozenset({SEEN.marker})))) == [101]


def test_while_a_calendar_is_not_healthy_nothing_is_said_of_strays() -> None:
    plan = stray(replace(MADE, strays=(SEEN,)), healthy=frozenset((WORK,)))
    assert (steps(plan), rules(plan), plan.notes) == ([], [], ())


def test_what_could_not_be_read_may_be_the_event_so_even_who_allows_it_cancels_no_stray() -> None:
    plan = stray(replace(MADE, strays=(SEEN,), whole=False), allowed=Allowed(cancels=9))
    assert (steps(plan), rules(plan)) == ([], ["conference.stray"])


@pytest.mark.parametrize("changes", [{"full": False}, {"look": None}, {"look": look(settled().rooms, complete=False)}])
def test_only_an_audit_with_a_complete_look_speaks_of_strays(changes: dict[str, object]) -> None:
    before = world("nothing", "same")
    context = replace(before.context, **{"full": True, "look": look(before.rooms), **changes})  # type: ignore[arg-type]  # a table
    assert rules(plan_all(before, gone=["a"], context=context, records=RECORDS)) == []


def test_another_installations_conference_is_nobodys_business() -> None:
    before = world("nothing", "same")
    before.rooms.edit(101, agenda=f"Ref. {sign(instance='b')}")
    assert rules(audited(before, "over")) == []


@pytest.mark.parametrize("rule", ["", "FREQ=WEEKLY;COUNT=3"])
def test_what_is_past_is_left_alone(rule: str) -> None:
    before = replace(settled(meeting(rule=rule)), memory=Memory())
    assert rules(audited(before, "over")) == ["conference.stray"]
    assert rules(audited(before.later(days=30), "over")) == []


def test_a_conference_that_another_hosts_mapping_names_is_no_stray() -> None:
    assert rules(stray(Records(claimed=frozenset((101,))))) == []


def test_a_part_that_the_event_does_not_have_is_a_stray_too() -> None:
    before = settled()
    agenda = f"Ref. {sign(part='20260317T090000Z')}"
    apart = before.rooms.create(next(a for a in scene().plan().actions if isinstance(a, Create)).fields)
    before.rooms.edit(apart.id, agenda=agenda)
    assert rules(audited(before, "asks", Records(claimed=frozenset((101,))))) == ["conference.stray"]


def test_a_hidden_event_that_nothing_is_remembered_of_keeps_its_conference() -> None:
    before = world("nothing", "same")
    context = replace(before.context, full=True, look=look(before.rooms))
    hidden: dict[str, Reading] = {"a": unasked(meeting(), "hidden")}
    assert rules(plan_all(before, readings=hidden, context=context, records=RECORDS)) == []


def test_an_event_that_asks_for_nothing_makes_its_conference_a_stray() -> None:
    before = world("nothing", "same")
    context = replace(before.context, full=True, look=look(before.rooms))
    tidied: dict[str, Reading] = {"a": unasked(meeting(), "no-trigger")}
    assert rules(plan_all(before, readings=tidied, context=context, records=RECORDS)) == ["conference.stray"]


def test_a_stray_that_something_asks_for_again_is_forgotten() -> None:
    assert ForgetStray(101) in audited(settled(), "asks", Records(strays=(SEEN,), claimed=frozenset((101,)))).notes
