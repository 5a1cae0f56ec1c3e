"""The plan of one pass over one host: every event, everything remembered and, where needed, everything reported.

| the event                        | remembered    | then                                                          |
|----------------------------------|---------------|---------------------------------------------------------------|
| asks, and can have a room        | anything      | `plan_meeting`                                                |
| asks, and can't                  | anything      | skipped; a room that it has stays; `plan_note`                |
| asks, shows another host's room  | anything      | where it stays hers (`sync.others`): no link, no first room   |
| asks with overrides only         | its series    | the series ended after the grace and two passes               |
| asks, in two places              | anything      | the one with a master; of those the mapping's calendar, else  |
|                                  |               | the one that gets a room, else the first href; others skipped |
| is hidden from us                | a room        | the room stays                                                |
| says STATUS:CANCELLED            | a room        | ended                                                         |
| no longer asks, or says stop     | a room        | ended after the grace and two passes                          |
| is gone                          | a room        | ended after the grace and two passes, each with proof         |
| can't be read, or its calendar   | a room        | the room stays                                                |
| is in a calendar that is left out | a room       | the room stays until the administrator allows its end         |
| is over; one left out held it, too | a room      | the same                                                      |

`core.evidence` says when a meeting is over, `core.audit` what becomes of conferences that nothing of this asks for.
"""

from collections.abc import Iterable
from collections.abc import Mapping as Map
from dataclasses import replace
from itertools import groupby
from typing import assert_never

from calbridge.core import marker
from calbridge.core.actions import About, Action, Cancel, Create, Differs, Looks, Plan, WriteBack, order
from calbridge.core.audit import strays
from calbridge.core.breakers import Allowed, Ending, hold_creates, hold_endings
from calbridge.core.case import Context, shown_of
from calbridge.core.evidence import gone, is_not_read, is_out_of_sight, kept_by_copy, unasked, without_master
from calbridge.core.model import Meeting, Reading, Skipped, Unasked
from calbridge.core.notes import DropIntent, ForgetAbsence, ForgetRefusals, Note
from calbridge.core.observation import Found, Observation
from calbridge.core.plan_event import NO_ETAG
from calbridge.core.plan_meeting import plan_meeting, series_without_master
from calbridge.core.plan_note import say_in_event
from calbridge.core.problem import Misfit, Problem
from calbridge.core.remembered import Memory, WriteState

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
_ANOTHERS = Misfit(
    "event.other-host",
    "the event shows a room that this very meeting has, or may have, from another host",
    "leave the calendar out for one of the two hosts (calendar.names), take the room's lines out of a copy, or let the "
    "other host's rooms go",
)
_EXISTING = Misfit(
    "event.existing",
    "the event is older than the first pass over its calendar",
    'edit the event, or set select.existing = "include"',
)


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
    wanted = frozenset().union(*(plan.wanted for plan in (*plans, *(e.plan for e in endings))))
    for found in strays(wanted, seen, context):
        if isinstance(found, Ending):
            endings.append(found)
        else:
            plans.append(found)
    held = hold_endings(endings, _rooms(seen.memories), seen.recent, context.policy.safety, allowed)
    return hold_creates(together((*plans, *held)), context.policy, allowed)


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
    choice = _choose(found, memory, seen, context)
    doubles = tuple(
        _skipped(f, f.reading, _DUPLICATE) for f in found if f is not choice and isinstance(f.reading, Meeting)
    )
    if choice is None:
        return (gone(uid, memory, seen, context),)
    others = Plan(skipped=doubles)
    present = Plan(notes=(ForgetAbsence(uid),) if memory.absence is not None else ())
    match choice.reading:
        case Skipped():
            note = Plan() if _is_open(memory) else say_in_event(choice, choice.reading, seen, context)
            return (others, present, Plan(skipped=(choice.reading,)), note)
        case Meeting():
            if _is_copy(choice, memory) and is_not_read(uid, memory, seen, emptied=False):
                return (others,)  # nor does one that asks say what the event does
            is_unread = is_not_read(uid, memory, seen)
            masters = series_without_master(choice.reading, memory, context.now)
            kept: Plan | Ending = present
            if masters:
                kept = Plan() if is_unread else without_master(masters, memory, seen, context)
            return (others, kept, _asked_for(choice, choice.reading, memory, seen, context))
        case Unasked():
            if is_not_read(uid, memory, seen):
                return (others,)  # a copy that does not ask says nothing of the event that does
            is_copy = choice.reading.why != "hidden" and _is_copy(choice, memory)
            if is_copy or is_out_of_sight(uid, memory, seen):
                return (others, gone(uid, memory, seen, context))
            note = Plan() if _is_open(memory) else say_in_event(choice, None, seen, context)
            return (others, unasked(choice, choice.reading, memory, seen, context), note)


def _choose(found: tuple[Found, ...], memory: Memory, seen: Observation, context: Context) -> Found | None:
    """One meeting per UID: by what it asks, the mapping's place, whether it gets a room, then the first href.

    Overrides that are alone in an object say nothing of a series that is in another one, and goes on.
    """
    if len(found) < 2:
        return next(iter(found), None)
    known = {m.calendar for m in memory.mappings}
    places = {(m.calendar, m.href) for m in memory.mappings}

    gets = {id(one) for one in found if _gets_a_room(one, memory, seen, context)}
    whole = any(id(one) in gets and not _is_part(one.reading) for one in found)

    def order_of(one: Found) -> tuple[int, bool, bool, bool, bool, str]:
        source, at_place = one.source, (one.source.calendar, one.source.href) in places
        is_less = whole and _is_part(one.reading)
        elsewhere = source.calendar not in known
        return (_rank(one.reading), is_less, elsewhere, not at_place, id(one) not in gets, source.href)

    return min(found, key=order_of)


def _is_part(reading: Reading) -> bool:
    return isinstance(reading, Meeting) and reading.master is None


def _gets_a_room(found: Found, memory: Memory, seen: Observation, context: Context) -> bool:
    """Whether nothing about this object keeps it from having one, now or as soon as its calls succeed."""
    if not isinstance(found.reading, Meeting):
        return False
    plan = _wanted(found, found.reading, memory, seen, context)
    return isinstance(plan, Plan) and bool(plan.asked)


def _rank(reading: Reading) -> int:
    """What asks comes first, then what may: a copy that is hidden from us speaks against none that says no."""
    match reading:
        case Meeting():
            return 0
        case Skipped():
            return 1
        case Unasked(why="hidden"):
            return 2
        case Unasked():
            return 3
        case _:
            assert_never(reading)


def _is_copy(found: Found, memory: Memory) -> bool:
    """An object in a calendar that the meeting was never in. One that asks for nothing is not the event, tidied.

    One that says that it is over may be the event, moved; it counts once there is proof that no other one is.
    """
    known = {calendar for calendar, _ in memory.places}
    return bool(known) and found.source.calendar not in known


def _asked_for(found: Found, meeting: Meeting, memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    """What it wants; where that is nothing any more, no calendar may hold another one that can't be read."""
    planned = _wanted(found, meeting, memory, seen, context)
    if isinstance(planned, Plan):
        return planned
    if is_not_read(meeting.uid, memory, seen):
        return Plan()
    return replace(planned, kept_by=kept_by_copy(meeting.uid, seen))


def _wanted(found: Found, meeting: Meeting, memory: Memory, seen: Observation, context: Context) -> Plan | Ending:
    fresh = not memory.mappings and not memory.intents and not _is_ours(meeting, context)
    if fresh and found.existing and context.policy.select.existing == "skip":
        return Plan(skipped=(_skipped(found, meeting, _EXISTING),))
    other = (_skipped(found, meeting, _ANOTHERS),) if found.anothers else ()
    if fresh and other:
        return Plan(skipped=other)
    if fresh and found.source.calendar not in seen.writable:
        return Plan(skipped=(_skipped(found, meeting, _READ_ONLY),))
    if fresh and found.source.etag is None:
        return Plan(skipped=(_skipped(found, meeting, NO_ETAG),))
    plan = plan_meeting(meeting, found.source, memory, _write_state(found, seen), context)
    plan = _without_link(plan, memory) if found.anothers else plan
    plan = replace(plan, skipped=(*other, *plan.skipped, *meeting.skipped))
    if memory.refusals and not plan.problems:
        plan = replace(plan, notes=(*plan.notes, ForgetRefusals(meeting.uid)))
    if any(isinstance(a, Cancel) and a.why == "ended" for a in plan.actions):
        return Ending(meeting.uid, plan, kept_by=None)  # moved into the past, or every instance taken out
    if plan.actions or _is_open(memory):
        return plan
    whole = next((skipped for skipped in plan.skipped if skipped.recurrence_id is None), None)
    return together((plan, say_in_event(found, whole, seen, context)))


def _without_link(plan: Plan, memory: Memory) -> Plan:
    """All that the meeting needs but its link in the event, where another host's is; nor does it get a first room.

    What became of a create that was never answered is found out, and it is not sent again.
    """
    actions = [action for action in plan.actions if not isinstance(action, WriteBack)]
    plan = replace(plan, mailed=0)
    if any(mapping.is_held for mapping in memory.mappings):
        return replace(plan, actions=tuple(actions))
    dropped = tuple(DropIntent(action.marker) for action in actions if isinstance(action, Create))
    actions = [action for action in actions if not isinstance(action, Create)]
    return replace(plan, actions=tuple(actions), notes=(*plan.notes, *dropped), asked=())


def _is_open(memory: Memory) -> bool:
    """The meeting has rooms, or may have some."""
    return bool(memory.mappings or memory.intents)


def _is_ours(meeting: Meeting, context: Context) -> bool:
    """The event carries our reference: it had a room before the store was lost."""
    tag = marker.tag(context.policy.owner.host_id, meeting.uid)
    return any(m is not None and m.tag == tag for m in map(marker.parse, meeting.references))


def _rooms(memories: Map[str, Memory]) -> int:
    return sum(any(m.is_held for m in memory.mappings) for memory in memories.values())


def _write_state(found: Found, seen: Observation) -> WriteState:
    place = (found.source.calendar, found.source.href)
    return seen.write_states.get(place, WriteState(*place))


def _skipped(found: Found, meeting: Meeting, misfit: Misfit) -> Skipped:
    source, uid = found.source, meeting.uid
    problem = misfit.at(f"{source.calendar} {uid}")
    return Skipped(source.calendar, source.href, uid, None, problem, *shown_of(meeting))


def _place(found: Found) -> tuple[str, str, str]:
    return (found.reading.uid, found.source.calendar, found.source.href)


def together(plans: Iterable[Plan]) -> Plan:
    """Several plans as one, in the order in which it is shown."""
    actions: list[Action] = []
    skipped: list[Skipped] = []
    problems: list[Problem] = []
    notes: list[Note] = []
    differs: list[Differs] = []
    asked: list[About] = []
    looks, withheld, fading, mailed = Looks(), 0, 0, 0
    for plan in plans:
        actions.extend(plan.actions)
        skipped.extend(plan.skipped)
        problems.extend(plan.problems)
        notes.extend(plan.notes)
        looks |= plan.looks
        withheld += plan.withheld
        fading += plan.fading
        mailed += plan.mailed
        differs.extend(plan.differs)
        asked.extend(plan.asked)
    skipped.sort(key=lambda s: (s.calendar, s.uid, s.recurrence_id or ""))
    return Plan(
        actions=tuple(sorted(actions, key=order)),
        skipped=tuple(skipped),
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(notes),
        looks=looks,
        withheld=withheld,
        fading=fading,
        mailed=mailed,
        differs=tuple(sorted(differs, key=lambda d: (d.about.calendar, d.about.uid, d.about.part))),
        asked=tuple(asked),
    )
