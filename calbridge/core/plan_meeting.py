"""What one meeting needs done: its conferences, then its event, then what is left over.

| the part has   | and                                            | then                                          |
|----------------|------------------------------------------------|-----------------------------------------------|
| a live mapping | it fits                                        | update where the fields differ                |
|                | series <-> single, the event's choice of room, | make the next generation; the event links to  |
|                | or a cancelled instance that is back           | it; then the old one is cancelled             |
| a lost mapping | a look shows its conference again              | it is live, or retired where it was recreated |
|                | `on_platform_cancel` is `report`               | report                                        |
|                | `recreate`, and not done before                | make the next generation                      |
| no mapping     | a conference carries its marker                | adopt it                                      |
|                | an intent is open                              | wait; create after two complete looks without |
|                | the same request was refused                   | report                                        |
|                | none of these                                  | create                                        |
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Literal

from calbridge.core import marker
from calbridge.core.actions import Adopt, Cancel, Create, Forget, Plan, WriteBack
from calbridge.core.case import Case, Context, Draft, about_conference, about_mapping, to_come
from calbridge.core.conferences import wanted
from calbridge.core.look import Look
from calbridge.core.model import CalendarObject, Meeting, Unasked
from calbridge.core.notes import ForgetDate, RememberMapping
from calbridge.core.plan_event import link_out, links_of, write_back
from calbridge.core.plan_intents import end_intents
from calbridge.core.plan_part import marked, plan_part
from calbridge.core.problem import Misfit
from calbridge.core.remembered import Mapping, Memory, WriteState
from calbridge.core.union import MAX_SERIES
from calbridge.core.wanted import MAIN, ONE_SCHEDULE, VIEW, Sent, Wanted, is_number, rule_fingerprint

_PAST = Misfit("event.past", "the meeting is over", "nothing to do: a new date brings a room")


def plan_meeting(
    meeting: Meeting, source: CalendarObject, memory: Memory, write_state: WriteState, context: Context
) -> Plan:
    """Everything that this meeting needs, in no particular order; `looks` names what must be seen first."""
    known = _as_reported(memory, context)
    case = Case(meeting, source, known, write_state, context)
    draft = Draft(case)
    draft.notes.extend(RememberMapping(m) for m in known.mappings if m not in memory.mappings)
    wants = wanted(
        meeting,
        policy=context.policy.conference,
        sent=_sent(case),
        cancelled=_out_of_series(case),
        now=context.now,
    )
    if isinstance(wants, Misfit):
        draft.skip(None, wants)
    elif wants:
        for want in wants:
            plan_part(want, draft)
        parts = draft.wanted = frozenset(w.part for w in wants)
        draft.asked = tuple(case.about(w) for w in wants if w.occasion.start <= context.now + VIEW)
        stands = _stands(wants, draft)
        dropped = tuple(m for m in draft.case.dropped(parts) if stands or m.recurrence_text is not None)
        write_back(wants[0], frozenset(m.part for m in dropped), draft)
        unwanted = (i for i in memory.intents if i.part not in parts)
        end_intents((i for i in unwanted if stands or not (i.part == MAIN or is_number(i.part))), "dropped", draft)
        _cancel_rest(dropped, draft)
        _forget_dates(parts, draft)
    else:
        _over(draft)
        if not draft.actions:
            draft.skip(None, _PAST)
    return draft.plan()


def _as_reported(memory: Memory, context: Context) -> Memory:
    """Conferences that the platform says do not exist are lost; one that it shows again is not, whatever it said."""
    look = context.look
    if look is None:
        return memory
    return replace(memory, mappings=tuple(_found(m, memory, look) for m in memory.mappings))


def _found(mapping: Mapping, memory: Memory, look: Look) -> Mapping:
    if mapping.state == "live" and mapping.conference_id in look.lost:
        return replace(mapping, state="lost")
    if mapping.state == "lost" and look.head(mapping.conference_id) is not None:
        succeeded = any(m.part == mapping.part and m.gen > mapping.gen for m in memory.mappings)
        return replace(mapping, state="retired" if succeeded else "live")
    return mapping


def _out_of_series(case: Case) -> frozenset[str]:
    """Instances that are cancelled in their series, so that one which is wanted has a room apart.

    After a loss such a room says so: it carries the instance's marker.
    """
    cancelled = {e.instance for m in case.live.values() for e in case.exceptional(m) if e.state == "cancelled"}
    parts = {marker.part_of(o.recurrence_id) for o in case.meeting.every_override if o.occasion is not None}
    known = {m.part for m in case.memory.mappings}
    return frozenset(cancelled | {part for part in parts - known if marked(case, part, None) is not None})


def _sent(case: Case) -> dict[str, Sent]:
    """The parts that the platform has: as remembered, after a loss as the listed masters say."""
    sent = {m.part: Sent(m.rule, m.anchor, m.schedule, m.tier) for m in case.live.values()}
    if case.meeting.recurrence is not None and not any(m.recurring for m in case.live.values()):
        rule = rule_fingerprint(case.meeting)
        for part in (MAIN, *map(str, range(1, MAX_SERIES + 1))):
            found = marked(case, part, None)
            if found is not None and found[1].schedule is not None:
                sent[part] = Sent(rule, found[1].start, found[1].schedule, 1 if part == MAIN else 4)
    return sent


def _stands(wants: tuple[Wanted, ...], draft: Draft) -> bool:
    """Whether the meeting has all its parts, so that those which it no longer has may go: until then they stand for it.

    What is to be cancelled stands for nothing; what somebody cancelled will never be there, and nothing waits for it.
    """
    case = draft.case
    there = {*(m.part for m in case.memory.mappings if m.state in ("live", "lost")), *draft.making()}
    return all(w.part in there or w.occasion.start > case.context.now + VIEW for w in wants)


def _forget_dates(parts: frozenset[str], draft: Draft) -> None:
    """Single dates of a series that are over: only the one that the event still names is kept in mind."""
    case = draft.case
    for mapping in case.live.values():
        is_date = mapping.tier > ONE_SCHEDULE and not mapping.recurring
        named = case.marker(mapping.part, mapping.gen).text in case.meeting.references
        if is_date and mapping.part not in parts and not named and not to_come(mapping, case.context.now):
            draft.notes.append(ForgetDate(mapping.uid, mapping.part, mapping.gen))


def end_meeting(
    ended: Unasked, source: CalendarObject | None, memory: Memory, write_state: WriteState, context: Context
) -> Plan:
    """End what has been proven to be over: cancel what is still to come, forget the rest, clear the event."""
    nothing = Meeting(ended.calendar, ended.href, ended.uid, None, None, (), None, frozenset(), 0)
    draft = Draft(Case(nothing, source, _as_reported(memory, context), write_state, context))
    _over(draft)
    return draft.plan()


def series_without_master(meeting: Meeting, memory: Memory, now: datetime) -> tuple[Mapping, ...]:
    """The conferences that stand for a master that is missing beside its overrides."""
    if meeting.master is not None:
        return ()
    masters = (m for m in memory.mappings if m.recurrence_text is None and m.is_held)
    return tuple(m for m in masters if m.part == MAIN or to_come(m, now))


def end_series(masters: Iterable[Mapping]) -> tuple[Cancel, ...]:
    """End a series whose master has been away for long enough."""
    return tuple(Cancel(about_mapping(m, m.href), m.conference_id, m.room_url, "ended", m.gen) for m in masters)


def _over(draft: Draft) -> None:
    """Nothing is still wanted: a past conference is forgotten, one that is still to come is ended."""
    case = draft.case
    if not end_intents(case.memory.intents, "ended", draft):
        draft.actions.clear()  # all of it ends at once: what is forgotten with the last conference is not looked for
        return
    ended = [m for m in case.memory.mappings if m.is_held and to_come(m, case.context.now)]
    for mapping in case.memory.mappings:
        if mapping in ended:
            draft.actions.append(_cancel(mapping, case, "ended"))
        elif mapping.state == "retired":
            draft.actions.append(_cancel(mapping, case, "replaced"))
        else:
            shown = about_mapping(mapping, case.meeting.href)
            draft.actions.append(Forget(shown, mapping.conference_id, mapping.room_url))
    if ended:
        link_out(about_mapping(ended[0], case.meeting.href), draft)


def _cancel_rest(dropped: tuple[Mapping, ...], draft: Draft) -> None:
    """Parts that the meeting no longer has, conferences that the event no longer links to, and doubles."""
    case = draft.case
    making = draft.making()
    writing = any(isinstance(a, WriteBack) for a in draft.actions)
    shown = {link.part for link in links_of(draft, frozenset())}
    for mapping in case.memory.mappings:
        current = case.live.get(mapping.part)
        replaced = mapping.state in {"retired", "ending"} or (
            mapping is current and making.get(mapping.part, 0) > mapping.gen
        )
        is_last = current is None and mapping.part not in making
        if mapping.state == "ending" and mapping.part in draft.wanted and is_last:
            continue  # the meeting is back, and what was to go is all that there is of it
        gen = making.get(mapping.part, 0 if current is None else current.gen)
        linked = case.marker(mapping.part, gen).text in case.meeting.references
        if replaced and (writing or linked or mapping.part not in shown):
            draft.actions.append(_cancel(mapping, case, "replaced"))
        elif mapping in dropped and not draft.unwritable:
            draft.actions.append(_cancel(mapping, case, "dropped"))
    draft.actions.extend(_doubles(draft))


def _doubles(draft: Draft) -> Iterable[Cancel]:
    """Further conferences with the marker of a part that has one, which the look shows: there must never be two."""
    case, look = draft.case, draft.case.context.look
    if look is None:
        return
    adopted = [a for a in draft.actions if isinstance(a, Adopt)]
    going = {a.conference_id for a in draft.actions if isinstance(a, Cancel)}
    known = {m.conference_id for m in case.memory.mappings} | {a.conference.id for a in adopted} | going
    creating = {a.terms.part for a in draft.actions if isinstance(a, Create)}
    there = {part for part, mapping in case.live.items() if look.head(mapping.conference_id) is not None}
    for part in sorted({*there, *(a.terms.part for a in adopted)} - creating):
        for sign, conference in look.marked(case.context.policy.instance, case.tag, part):
            if conference.id not in known:
                shown = about_conference(case.meeting, part, conference)
                yield Cancel(shown, conference.id, conference.room_url, "double", sign.gen)


def _cancel(mapping: Mapping, case: Case, why: Literal["ended", "dropped", "replaced"]) -> Cancel:
    shown = about_mapping(mapping, case.meeting.href)
    return Cancel(shown, mapping.conference_id, mapping.room_url, why, mapping.gen)
