"""When an event is told why it has no room, and when it is left alone: the table in `plan_note`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.carrying_out import settled
from support.planning import HOME, NOW, POLICY, WORK, Scene, meeting, plan_all, rules, scene, steps

from calbridge.core import invite
from calbridge.core.actions import LinkTo, Plan, WriteBack
from calbridge.core.event import read_object
from calbridge.core.link import NoRoom
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Reading
from calbridge.core.observation import Found
from calbridge.core.policy import Policy, Select, Writeback
from calbridge.core.remembered import Memory

EXPLAINS = replace(POLICY, writeback=Writeback(explain=True))
ALL_DAY = "DTSTART;VALUE=DATE:20260310"


def odd(*lines: str, summary: str = "Planning @meet", calendar: str = WORK, etag: str | None = '"1"') -> CalendarObject:
    """An event that asks for a room."""
    text = "\r\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:a", f"SUMMARY:{summary}", *lines, "END:VEVENT", ""))
    return CalendarObject(calendar, f"{calendar}a.ics", etag, f"{text}END:VCALENDAR\r\n".encode())


def read(source: CalendarObject, policy: Policy) -> Reading:
    events = read_object(source, zone="Europe/Paris")
    assert isinstance(events, EventSet)
    return read_meeting(events, policy)


def planned(
    source: CalendarObject, policy: Policy = EXPLAINS, before: Scene | None = None, **seen: Any
) -> Plan:  # Any: as `plan_all` says
    """The plan of a host who has this event only."""
    before = before or replace(scene(), policy=policy)
    found = (Found(source, read(source, policy), existing=bool(seen.pop("existing", False))),)
    memories = {} if before.memory == Memory() else {"a": before.memory}
    return plan_all(before, found=found, memories=memories, context=replace(before.context, policy=policy), **seen)


def carried(source: CalendarObject, plan: Plan, policy: Policy = EXPLAINS) -> CalendarObject:
    """The event after the one write of a plan."""
    [write] = plan.actions
    assert isinstance(write, WriteBack)
    links = {link.key: link.no_room for link in write.links}
    terms = {"language": "en", "keyword": "@meet", "now": NOW}
    body = invite.written(source.body, links, writeback=policy.writeback, **terms)  # type: ignore[arg-type]  # a table
    return replace(source, body=body)


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ([ALL_DAY], "event.all-day"),
        ([ALL_DAY, "RRULE:FREQ=WEEKLY"], "event.all-day"),
        (["DTSTART:20260310T100000Z", "RRULE:FREQ=HOURLY"], "rrule.frequency"),
        (["DTSTART;TZID=Nowhere:20260310T100000"], "zone.unknown"),
        (["DTSTART:20290310T100000Z"], "meeting.far"),
        (["DTSTART:20260310T100000Z", "DTEND:20260310T090000Z"], "event.negative"),
    ],
)
def test_an_event_that_can_not_have_a_room_is_told_why_once(lines: list[str], rule: str) -> None:
    source = odd(*lines)
    plan = planned(source)
    [write] = plan.actions
    assert isinstance(write, WriteBack)
    assert [(link.key, link.part, link.no_room and link.no_room.rule) for link in write.links] == [(None, None, rule)]
    assert (write.about.subject, write.about.start.year > 2025, plan.mailed) == ("Planning", True, 0)
    again = planned(carried(source, plan))
    assert (again.actions, rules(again)) == ((), [rule])


def test_another_reason_is_written_once_more() -> None:
    told = carried(odd(ALL_DAY), planned(odd(ALL_DAY)))
    changed = replace(told, body=told.body.replace(ALL_DAY.encode(), b"DTSTART:20290310T100000Z"))
    plan = planned(changed)
    assert steps(plan) == ["write-back"]
    assert b"too far ahead" in carried(changed, plan).body.replace(b"\r\n ", b"")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (ALL_DAY, "DTSTART:20260310T100000Z", ["create", "write-back"]),
        ("Planning @meet", "Planning", ["write-back"]),
        ("Planning @meet", "Planning @nomeet", ["write-back"]),
        (ALL_DAY, f"{ALL_DAY}\r\nSTATUS:CANCELLED", ["write-back"]),
        (ALL_DAY, f"{ALL_DAY}\r\nORGANIZER:mailto:bob@example.com", []),
        (ALL_DAY, "DTSTART;VALUE=DATE:20250310", []),
        (ALL_DAY, f"{ALL_DAY}\r\nX-CALBRIDGE-REF:cb1-other-abcdefghijklmnopqrstuvwxyz-m.1", []),
    ],
    ids=["a room", "no keyword", "stop", "cancelled", "somebody else's", "over", "another installation's"],
)
def test_a_note_goes_when_it_is_not_true_any_more(old: str, new: str, expected: list[str]) -> None:
    told = carried(odd(ALL_DAY), planned(odd(ALL_DAY)))
    changed = replace(told, body=told.body.replace(old.encode(), new.encode(), 1))
    plan = planned(changed)
    assert steps(plan) == expected
    if expected == ["write-back"]:
        assert carried(changed, plan).body == odd(ALL_DAY).body.replace(old.encode(), new.encode(), 1)


def test_notes_go_when_explaining_is_turned_off() -> None:
    told = carried(odd(ALL_DAY), planned(odd(ALL_DAY)))
    assert carried(told, planned(told, POLICY)).body == odd(ALL_DAY).body


@pytest.mark.parametrize("policy", [POLICY, replace(POLICY, writeback=Writeback(explain=True, description=False))])
def test_nothing_is_written_unless_asked_for(policy: Policy) -> None:
    assert planned(odd(ALL_DAY), policy).actions == ()


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        (odd(ALL_DAY), {"writable": frozenset((HOME,))}),
        (odd(ALL_DAY, etag=None), {}),
        (odd("DTSTART;VALUE=DATE:20260110"), {}),
        (odd("DTSTART;VALUE=DATE:20260110", "RRULE:FREQ=DAILY;COUNT=10"), {}),
        (odd("DTSTART;VALUE=DATE:20250110", "RRULE:FREQ=DAILY;UNTIL=20260110"), {}),
        (odd("DTSTART:20250110T100000Z"), {}),
        (odd(ALL_DAY, "X-CALBRIDGE-REF:cb1-other-abcdefghijklmnopqrstuvwxyz-m.1"), {}),
        (odd(ALL_DAY, "X-CALBRIDGE-NOTE:other"), {}),
        (odd(), {}),
    ],
    ids=[
        "read-only",
        "no ETag",
        "over",
        "over by COUNT",
        "over by UNTIL",
        "past",
        "other's",
        "other's note",
        "no start",
    ],
)
def test_what_is_left_alone(source: CalendarObject, seen: dict[str, Any]) -> None:
    assert planned(source, **seen).actions == ()


def test_an_event_older_than_the_first_pass_is_left_alone() -> None:
    policy = replace(EXPLAINS, select=Select(existing="skip"))
    plan = planned(odd("DTSTART:20260310T100000Z"), policy, existing=True)
    assert (steps(plan), rules(plan)) == ([], ["event.existing"])


def test_a_second_copy_is_left_alone() -> None:
    both = [Found(odd("DTSTART:20260310T100000Z", calendar=where), meeting(calendar=where)) for where in (WORK, HOME)]
    plan = plan_all(replace(scene(), policy=EXPLAINS), found=tuple(both))
    assert (steps(plan), rules(plan)) == (["create", "write-back"], ["event.duplicate-uid"])


def test_an_event_that_has_a_room_keeps_it_and_says_so_still() -> None:
    before = settled(policy=EXPLAINS)
    source = replace(before.source, body=before.source.body + b"")
    body = source.body.replace(b"DTSTART;TZID=Europe/Paris:20260310T100000", ALL_DAY.encode())
    plan = planned(replace(source, body=body), before=before)
    assert (steps(plan), rules(plan)) == ([], ["event.all-day"])


def test_one_instance_that_alone_asks_is_told_alone() -> None:
    series = "DTSTART;TZID=Europe/Paris:20260303T100000\r\nRRULE:FREQ=WEEKLY"
    override = "BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID;TZID=Europe/Paris:20260310T100000\r\nSUMMARY:@meet\r\n"
    source = odd(series, "END:VEVENT", f"{override}{ALL_DAY}", summary="Planning")
    plan = planned(source)
    [write] = plan.actions
    assert isinstance(write, WriteBack)
    assert write.links[1:] == (LinkTo(None, None),)
    assert isinstance(write.links[0].no_room, NoRoom)
    body = carried(source, plan).body
    assert (body.count(b"No video conference"), body.index(b"No video") > body.index(b"RECURRENCE-ID")) == (1, True)


def test_a_reason_of_a_later_day_is_no_reason_to_write_again() -> None:
    source = odd(ALL_DAY)
    told = carried(source, planned(source))
    later = replace(scene(), policy=EXPLAINS, now=datetime(2026, 3, 9, tzinfo=UTC) + timedelta(hours=1))
    assert planned(told, before=later).actions == ()
