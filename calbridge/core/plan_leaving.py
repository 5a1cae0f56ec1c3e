"""The plan of leaving: one host's events and conferences, as if calbridge had never been there.

| the meeting                                    | then                                                            |
|------------------------------------------------|-----------------------------------------------------------------|
| is over                                        | forgotten; its event stays as it is                             |
| is running                                     | stays as it is, and that is said                                |
| is still to come                               | its event loses all that is ours, its conferences are cancelled |
| the same, and its event is gone or out of reach | its conferences are cancelled                                  |
| the same, and its calendar can't be read now   | stays as it is, and that is said                                |
| was asked for, and no answer came              | looked up; cancelled, or dropped after two looks without it     |
| is one that nobody remembers                   | its event loses all that is ours                                |
| is to come; its event shows the room of a host | its conferences are cancelled, its event stays as it is         |
| who stays                                      |                                                                 |

A conference with our marker that none of these knows is cancelled too, if every calendar could be read. That she leaves
is an administrator's word: it takes no evidence as in `core.evidence`, and no breaker holds it.
"""

from collections.abc import Iterable, Iterator, Set
from itertools import groupby

from calbridge.core.actions import About, Cancel, CancelStray, Forget, Looks, Plan
from calbridge.core.audit import about_stray, ours
from calbridge.core.breakers import Allowed
from calbridge.core.case import Case, Context, Draft, about_mapping, to_come
from calbridge.core.conferences import wanted
from calbridge.core.look import Look
from calbridge.core.model import Meeting, Skipped, Unasked
from calbridge.core.notes import DropIntent, Note
from calbridge.core.observation import Found, Observation
from calbridge.core.plan import together
from calbridge.core.plan_event import link_out
from calbridge.core.plan_meeting import end_meeting
from calbridge.core.plan_note import about_event
from calbridge.core.problem import Misfit
from calbridge.core.remembered import Mapping, Memory, WriteState
from calbridge.core.wanted import is_running

_AGAIN = "run `calbridge uninstall` again when it is over"
_RUNNING = Misfit("meeting.running", "the meeting is running, so its room and its event stay as they are", _AGAIN)
_OUT_OF_SIGHT = Misfit(
    "event.out-of-sight",
    "the event, or its calendar, can't be read now, so its room stays",
    "run `calbridge uninstall` again when it can; without the host's file it cancels rooms and leaves events alone",
)
_PENDING = Misfit(
    "conference.pending",
    "a room was asked for and the answer never came; whether it exists is not certain yet",
    "run `calbridge uninstall` again in a few minutes: it is looked up, and cancelled",
)


def plan_leaving(seen: Observation, context: Context, _allowed: Allowed, *, leaving: Set[int] = frozenset()) -> Plan:
    """Everything that goes, in the order in which it is shown; it asks to look at the host's conferences first.

    `leaving` are all the hosts who leave, by their ids on the platform: what events show of others stays.
    """
    if context.look is None:
        return Plan(looks=Looks(listing=True))
    hers = (found for found in seen.found if not found.shows_of - leaving)
    by_place = sorted(hers, key=lambda f: (f.reading.uid, f.source.calendar, f.source.href))
    found = {uid: tuple(each) for uid, each in groupby(by_place, key=lambda f: f.reading.uid)}
    plans = [
        _leave(uid, found.get(uid, ()), seen.memories.get(uid, Memory()), seen, context)
        for uid in sorted({*found, *seen.memories})
    ]
    return together((*plans, *_strays(context.look, plans, seen, context)))


def plan_forgetting(seen: Observation, _context: Context, _allowed: Allowed) -> Plan:
    """Forget every meeting; conferences and events stay as they are, and go on working."""
    actions = tuple(_forget(mapping) for memory in seen.memories.values() for mapping in memory.mappings)
    notes: tuple[Note, ...] = tuple(DropIntent(i.marker) for memory in seen.memories.values() for i in memory.intents)
    return together((Plan(actions=actions, notes=notes),))


def _forget(mapping: Mapping) -> Forget:
    return Forget(about_mapping(mapping, mapping.href), mapping.conference_id, mapping.room_url)


def _leave(uid: str, found: tuple[Found, ...], memory: Memory, seen: Observation, context: Context) -> Plan:
    """One meeting, wherever its events are."""
    where = " ".join(sorted({f"{calendar} {uid}" for calendar, _ in memory.places})) or uid
    if any(_is_running(mapping, context) for mapping in memory.mappings):
        return Plan(problems=(_RUNNING.at(where),))
    held = memory.intents or any(to_come(m, context.now) for m in memory.mappings)
    if held and _is_out_of_sight(uid, memory, seen):
        return Plan(problems=(_OUT_OF_SIGHT.at(where),))
    nowhere = Unasked(min((m.calendar for m in memory.mappings), default=""), "", uid, "no-trigger")
    ended = end_meeting(nowhere, None, memory, WriteState("", ""), context)
    if memory.intents and not ended.actions and _are_open(memory, ended):
        return together((ended, Plan(problems=(_PENDING.at(where),))))
    if memory.mappings and not held:
        return ended
    return together((ended, *(_cleaned(each, memory, seen, context) for each in found)))


def _are_open(memory: Memory, ended: Plan) -> bool:
    """Whether it is not yet certain of every intent that nothing came of it."""
    dropped = {note.marker for note in ended.notes if isinstance(note, DropIntent)}
    return any(intent.marker not in dropped for intent in memory.intents)


def _is_running(mapping: Mapping, context: Context) -> bool:
    """By its times, or because somebody is in the room."""
    assert context.look is not None
    if not mapping.is_held:
        return False
    head = context.look.head(mapping.conference_id)
    at_work = is_running(mapping.anchor, mapping.minutes, mapping.schedule, context.now)
    return (head is not None and head.active) or (at_work and to_come(mapping, context.now))


def _is_out_of_sight(uid: str, memory: Memory, seen: Observation) -> bool:
    """Whether the event may be in a calendar that could not be read; one that she has no more is another matter."""
    return uid in seen.unreadable or any(calendar in seen.calendars - seen.healthy for calendar, _ in memory.places)


def _cleaned(found: Found, memory: Memory, seen: Observation, context: Context) -> Plan:
    """The event without anything of ours, where it is hers and shows something."""
    source, reading = found.source, found.reading
    match reading:
        case Skipped() if reading.problem.rule == "event.other-instance":
            return Plan()
        case Unasked() if reading.why in ("hidden", "not-organizer"):
            return Plan()
        case Meeting() if not memory.mappings and _is_over(reading, context):
            return Plan()
    shown = _shown(found, memory, context)
    if shown is None:
        return Plan()
    state = seen.write_states.get((source.calendar, source.href), WriteState(source.calendar, source.href))
    nothing = Meeting(source.calendar, source.href, reading.uid, None, None, (), None, frozenset(), 0)
    draft = Draft(Case(nothing, source, Memory(), state, context))
    link_out(shown, draft)
    return draft.plan()


def _is_over(meeting: Meeting, context: Context) -> bool:
    policy = context.policy.conference
    return wanted(meeting, policy=policy, sent={}, cancelled=frozenset(), now=context.now) == ()


def _shown(found: Found, memory: Memory, context: Context) -> About | None:
    """What is said of the write: as the meeting is remembered, else as the event was read."""
    if memory.mappings:
        return about_mapping(memory.mappings[0], found.source.href)
    return about_event(found, None, context)


def _strays(look: Look, plans: Iterable[Plan], seen: Observation, context: Context) -> Iterator[Plan]:
    """Conferences that carry our marker and that neither an event nor a memory led to, as after a lost database."""
    if not look.complete or not seen.is_healthy or seen.unreadable:
        return
    known = {m.conference_id for memory in seen.memories.values() for m in memory.mappings}
    known |= {a.conference_id for plan in plans for a in plan.actions if isinstance(a, Cancel)}
    known |= frozenset() if seen.records is None else seen.records.claimed
    for sign, conference in ours(look, context):
        start, minutes, said = conference.start, conference.duration, conference.schedule
        if conference.id in known:
            continue
        if conference.active or is_running(start, minutes, said, context.now):
            yield Plan(problems=(_RUNNING.at(f"conference {conference.id}"),))
        else:
            action = CancelStray(about_stray(sign, conference), conference.id, conference.room_url, sign.text)
            yield Plan(actions=(action,))
