"""The plan of one pass over one host: every event, everything remembered and, where needed, everything reported.

| the event                        | remembered    | then                                                          |
|----------------------------------|---------------|---------------------------------------------------------------|
| asks, and can have a room        | anything      | `plan_meeting`                                                |
| asks, and can't                  | anything      | skipped; a room that it has stays                             |
| asks with overrides only         | its series    | the series ended after the grace and two passes               |
| asks, in two places              | anything      | the mapping's calendar, else the first href; the other skipped |
| is hidden from us                | a room        | the room stays                                                |
| says STATUS:CANCELLED            | a room        | ended                                                         |
| no longer asks, or says stop     | a room        | ended after the grace and two passes                          |
| is gone                          | a room        | ended after the grace and two passes, each with proof         |
| can't be read, or its calendar   | a room        | the room stays                                                |
"""

from collections.abc import Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from calbridge.core import marker
from calbridge.core.actions import Action, Cancel, Looks, Plan, order
from calbridge.core.breakers import Allowed, Ending, Recent, hold_creates, hold_endings
from calbridge.core.case import Context
from calbridge.core.model import CalendarObject, Meeting, Reading, Skipped, Unasked
from calbridge.core.notes import ForgetAbsence, ForgetRefusals, Note, RememberAbsence
from calbridge.core.plan_event import NO_ETAG
from calbridge.core.plan_meeting import end_meeting, end_series, plan_meeting, series_without_master
from calbridge.core.problem import Misfit, Problem
from calbridge.core.remembered import Absence, Mapping, Memory, WriteState

_DUPLICATE = Misfit(
    "event.duplicate-uid",
    "the same event is in this host's calendars twice",
    "delete one of the two; the other one keeps the room",
)
_READ_ONLY = Misfit(
    "calendar.read-only",
    "this calendar may not be written, so the room could not be put into the event",
    "give the account write access, or leave the calendar out of calendar.names",
)
_EXISTING = Misfit(
    "event.existing",
    "the event is older than the first pass over its calendar",
    'edit the event, or set select.existing = "include"',
)
_UNPROVEN = Misfit(
    "event.unproven",
    "the event with this room is not where it was, and whether it is gone can't be proven: its own address still "
    "answers, another calendar of the host holds its UID, or a calendar could not be read",
    "its room stays; delete the other copy, or write the keyword into it",
)


@dataclass(frozen=True, slots=True)
class Found:
    """One calendar object and what was read of it. `existing`: there since the first poll, and not edited since."""

    source: CalendarObject
    reading: Reading
    existing: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """What one pass sees of a host.

    `found` are the objects of calendars that were polled well (`healthy`); `calendars` are all that she has;
    `unreadable` are UIDs of objects that could not be read. `proofs` answers a look for proof: whether the event is
    gone from a complete listing, its own GET says 404, and no other calendar of the host has its UID.
    """

    found: tuple[Found, ...]
    calendars: frozenset[str]
    healthy: frozenset[str]
    writable: frozenset[str]
    unreadable: frozenset[str] = frozenset()
    memories: Map[str, Memory] = field(default_factory=dict)
    write_states: Map[tuple[str, str], WriteState] = field(default_factory=dict)
    proofs: Map[str, bool] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)


def plan_host(seen: Observation, context: Context, allowed: Allowed) -> Plan:
    """Everything that this pass does, in the order in which it is shown."""
    by_uid = {
        uid: tuple(found) for uid, found in groupby(sorted(seen.found, key=_place), key=lambda found: found.reading.uid)
    }
    plans: list[Plan] = []
    endings: list[Ending] = []
    for uid in sorted({*by_uid, *seen.memories}):
        memory = seen.memories.get(uid, Memory())
        for plan in _plan_uid_safely(uid, by_uid.get(uid, ()), memory, seen, context):
            if isinstance(plan, Ending):
                endings.append(plan)
            else:
                plans.append(plan)
    if context.full and context.look is None:
        plans.append(Plan(looks=Looks(listing=True)))
    held = hold_endings(endings, _rooms(seen.memories), seen.recent, context.policy.safety, allowed)
    plan = hold_creates(_together((*plans, *held, _left_out(seen))), context.policy, allowed)
    return replace(plan, actions=tuple(sorted(plan.actions, key=order)))


def _plan_uid_safely(
    uid: str, found: tuple[Found, ...], memory: Memory, seen: Observation, context: Context
) -> tuple[Plan | Ending, ...]:
    try:
        return _plan_uid(uid, found, memory, seen, context)
    except Exception as error:  # noqa: BLE001  the boundary of a meeting: one that breaks our code stops no other
        place = next((f.source.calendar for f in found), "")
        where = f"{place} {uid}".strip()
        reason = f"calbridge itself failed on this meeting ({type(error).__name__}); its room stays as it is"
        return (Plan(problems=(Problem(where, "internal.error", reason, "report it, with the event"),)),)


def _plan_uid(
    uid: str, found: tuple[Found, ...], memory: Memory, seen: Observation, context: Context
) -> tuple[Plan | Ending, ...]:
    choice = _choose(found, memory)
    doubles = tuple(_skipped(f, _DUPLICATE) for f in found if f is not choice and isinstance(f.reading, Meeting))
    if choice is None:
        return (_gone(uid, memory, seen, context),)
    others = Plan(skipped=doubles)
    present = Plan(notes=(ForgetAbsence(uid),) if memory.absence is not None else ())
    match choice.reading:
        case Skipped():
            return (others, present, Plan(skipped=(choice.reading,)))
        case Meeting():
            masters = series_without_master(choice.reading, memory, context.now)
            kept = _without_master(masters, memory, context) if masters else present
            return (others, kept, _wanted(choice, choice.reading, memory, seen, context))
        case Unasked():
            if _is_out_of_sight(uid, memory, seen):
                return (others,)  # a copy that does not ask says nothing of the event that does
            return (others, _unasked(choice, choice.reading, memory, seen, context))


def _choose(found: tuple[Found, ...], memory: Memory) -> Found | None:
    """One meeting per UID: one that asks before one that does not, the mapping's calendar, then the first href."""
    known = {m.calendar for m in memory.mappings}
    rank = {Meeting: 0, Skipped: 1, Unasked: 2}
    ranked = sorted(found, key=lambda f: (rank[type(f.reading)], f.source.calendar not in known, f.source.href))
    return next(iter(ranked), None)


def _wanted(found: Found, meeting: Meeting, memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    fresh = not memory.mappings and not memory.intents and not _is_ours(meeting, context)
    if fresh and found.existing and context.policy.select.existing == "skip":
        return Plan(skipped=(_skipped(found, _EXISTING),))
    if fresh and found.source.calendar not in seen.writable:
        return Plan(skipped=(_skipped(found, _READ_ONLY),))
    if fresh and found.source.etag is None:
        return Plan(skipped=(_skipped(found, NO_ETAG),))
    plan = plan_meeting(meeting, found.source, memory, _write_state(found, seen), context)
    plan = replace(plan, skipped=(*plan.skipped, *meeting.skipped))
    if memory.refusals and not plan.problems:
        plan = replace(plan, notes=(*plan.notes, ForgetRefusals(meeting.uid)))
    if any(isinstance(a, Cancel) and a.why == "ended" for a in plan.actions):
        return Ending(meeting.uid, plan, by_configuration=False)  # moved into the past, or every instance taken out
    return plan


def _is_ours(meeting: Meeting, context: Context) -> bool:
    """The event carries our reference: it had a room before the store was lost."""
    tag = marker.tag(context.policy.owner.host_id, meeting.uid)
    return any(m is not None and m.tag == tag for m in map(marker.parse, meeting.references))


def _without_master(masters: tuple[Mapping, ...], memory: Memory, context: Context) -> Plan | Ending:
    """Only overrides are left of a series: it ends with the evidence of a whole event, they go on."""
    uid = masters[0].uid
    away = _away(uid, RememberAbsence(uid, "no-master", context.now, 1), memory.absence)
    if not _ripe(away, context):
        return Plan(notes=(away,))
    plan = Plan(actions=end_series(masters), notes=(away,))
    return Ending(uid, plan, by_configuration=_configured_away(memory, context))


def _unasked(found: Found, unasked: Unasked, memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    if unasked.why == "hidden" or not (memory.mappings or memory.intents):
        return Plan(notes=_tidy(unasked.uid, memory))
    if unasked.why == "cancelled":
        return _ending(unasked, found.source, memory, seen, context, notes=())
    why: Literal["stop-word", "no-trigger"] = "stop-word" if unasked.why == "stop-word" else "no-trigger"
    away = _away(unasked.uid, RememberAbsence(unasked.uid, why, context.now, 1), memory.absence)
    if not _ripe(away, context):
        return Plan(notes=(away,))
    return _ending(unasked, found.source, memory, seen, context, notes=(away,))


def _gone(uid: str, memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    calendars = {m.calendar for m in memory.mappings}
    if not memory.mappings and not memory.intents:
        return Plan(notes=_tidy(uid, memory))
    if _is_out_of_sight(uid, memory, seen):
        return Plan()
    state = WriteState("", "")
    if not memory.intents and all(m.until is not None and m.until <= context.now for m in memory.mappings):
        return end_meeting(Unasked("", "", uid, "no-trigger"), None, memory, state, context)
    absence = memory.absence
    if absence is not None and context.now - absence.since < context.policy.safety.cancel_grace:
        return Plan()
    if uid not in seen.proofs:
        return Plan(looks=Looks(proofs=frozenset((uid,))))
    if not seen.proofs[uid]:
        where = " ".join(sorted({f"{m.calendar} {uid}" for m in memory.mappings}))
        return Plan(problems=(_UNPROVEN.at(where),) if memory.mappings else ())
    away = _away(uid, RememberAbsence(uid, "gone", context.now, 1), absence)
    if not _ripe(away, context):
        return Plan(notes=(away,))
    calendar = min(calendars, default="")
    return _ending(Unasked(calendar, "", uid, "no-trigger"), None, memory, seen, context, notes=(away,))


def _is_out_of_sight(uid: str, memory: Memory, seen: Observation) -> bool:
    """The event, or the calendar that it was last seen in, can't be read in this pass."""
    return uid in seen.unreadable or not {m.calendar for m in memory.mappings} <= seen.healthy


def _away(uid: str, first: RememberAbsence, absence: Absence | None) -> RememberAbsence:
    """One more pass without the event; a different way of being away starts anew."""
    if absence is None or absence.why != first.why:
        return first
    return RememberAbsence(uid, absence.why, absence.since, min(absence.passes + 1, 2))


def _ripe(away: RememberAbsence, context: Context) -> bool:
    return away.passes >= 2 and context.now - away.since >= context.policy.safety.cancel_grace


def _ending(
    ended: Unasked,
    source: CalendarObject | None,
    memory: Memory,
    seen: Observation,
    context: Context,
    *,
    notes: tuple[Note, ...],
) -> Plan | Ending:
    """What ends the meeting."""
    state = seen.write_states.get((ended.calendar, ended.href), WriteState(ended.calendar, ended.href))
    plan = _together((Plan(notes=notes), end_meeting(ended, source, memory, state, context)))
    if not plan.actions:
        return plan
    configured = source is not None and ended.why != "cancelled" and _configured_away(memory, context)
    return Ending(ended.uid, plan, by_configuration=configured)


def _configured_away(memory: Memory, context: Context) -> bool:
    return any(m.state == "live" and m.policy != context.selected for m in memory.mappings)


def _left_out(seen: Observation) -> Plan:
    """Calendars with rooms that are not synced any more: said, never concluded from."""
    used = {m.calendar for memory in seen.memories.values() for m in memory.mappings if m.state == "live"}
    moved = {f.reading.uid for f in seen.found}
    unseen = {
        m.calendar
        for uid, memory in seen.memories.items()
        if uid not in moved
        for m in memory.mappings
        if m.state == "live"
    }
    return Plan(
        problems=tuple(
            Problem(
                calendar,
                "calendar.left-out",
                "meetings of this calendar have rooms, but it is not among the host's calendars any more",
                "their rooms stay; bring the calendar back, or take the rooms out on purpose",
            )
            for calendar in sorted((used & unseen) - seen.calendars)
        )
    )


def _tidy(uid: str, memory: Memory) -> tuple[Note, ...]:
    absence: tuple[Note, ...] = (ForgetAbsence(uid),) if memory.absence is not None else ()
    refusals: tuple[Note, ...] = (ForgetRefusals(uid),) if memory.refusals else ()
    return (*absence, *refusals)


def _rooms(memories: Map[str, Memory]) -> int:
    return sum(any(m.state == "live" for m in memory.mappings) for memory in memories.values())


def _write_state(found: Found, seen: Observation) -> WriteState:
    place = (found.source.calendar, found.source.href)
    return seen.write_states.get(place, WriteState(*place))


def _skipped(found: Found, misfit: Misfit) -> Skipped:
    source, uid = found.source, found.reading.uid
    return Skipped(source.calendar, source.href, uid, None, misfit.at(f"{source.calendar} {uid}"))


def _place(found: Found) -> tuple[str, str, str]:
    return (found.reading.uid, found.source.calendar, found.source.href)


def _together(plans: Iterable[Plan]) -> Plan:
    actions: list[Action] = []
    skipped: list[Skipped] = []
    problems: list[Problem] = []
    notes: list[Note] = []
    looks, withheld, mailed = Looks(), 0, 0
    for plan in plans:
        actions.extend(plan.actions)
        skipped.extend(plan.skipped)
        problems.extend(plan.problems)
        notes.extend(plan.notes)
        looks |= plan.looks
        withheld += plan.withheld
        mailed += plan.mailed
    skipped.sort(key=lambda s: (s.calendar, s.uid, s.recurrence_id or ""))
    return Plan(tuple(actions), tuple(skipped), tuple(problems), tuple(notes), looks, withheld, mailed)
