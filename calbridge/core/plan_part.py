"""What one wanted conference needs: an update, an adoption, patience, or a create."""

from dataclasses import replace

from calbridge.core.actions import Adopt, Create, Differs, Looks, Update
from calbridge.core.case import DRAWN_PINS, Case, Draft, instance_start
from calbridge.core.look import Look, comparable, differences, matches
from calbridge.core.marker import Marker
from calbridge.core.marker import parse as parse_marker
from calbridge.core.model import Conference
from calbridge.core.notes import CountMiss, RememberMapping
from calbridge.core.plan_instances import Children, children_of, compare_instances, settle_all
from calbridge.core.plan_intents import MISSES, end_intents, is_miss
from calbridge.core.problem import Misfit
from calbridge.core.remembered import Intent, Mapping
from calbridge.core.room import dial_in_of, url_for_event
from calbridge.core.wanted import VIEW, Wanted, request_fingerprint

_FAR = Misfit(
    "meeting.far",
    f"the meeting is more than {VIEW.days} days ahead, beyond what the platform lists",
    "it gets its room when it comes closer",
)
_INCOMPLETE = Misfit(
    "platform.listing",
    "the platform's list of conferences is incomplete, so nobody can tell whether this meeting already has a room",
    "nothing to do: it is tried again with the next pass",
)
_PENDING = Misfit(
    "conference.pending",
    "a room was asked for and the answer never came; it is not asked for again before the platform shows none",
    "nothing to do: it is looked up with every pass",
)
_LOST = Misfit(
    "conference.cancelled-on-platform",
    "somebody cancelled this meeting's conference on the platform",
    'delete the meeting, or set on_platform_cancel = "recreate" to make a new room',
)
_ODD = 10**8
"""No generation of ours: a reference that somebody made up, after which there would soon be none to write."""


def plan_part(want: Wanted, draft: Draft) -> None:
    """Keep the conference that the part has, or make one."""
    case = draft.case
    mapping = case.live.get(want.part)
    if mapping is None or _replaces(want, mapping, case):
        _make(want, mapping, draft)
    elif not case.names_later(mapping):
        _keep(want, mapping, draft)
    elif case.context.look is None:
        draft.looks |= Looks(listing=True)
    elif marked(case, want.part, mapping) is not None:
        _make(want, mapping, draft)
    elif case.context.look.complete:
        _keep(want, mapping, draft)
    else:
        draft.trouble(want.recurrence_text, _INCOMPLETE)


def marked(case: Case, part: str, old: Mapping | None) -> tuple[Marker, Conference] | None:
    """The unknown conference that carries a part's marker: the one that the event links to, else the oldest.

    Several may carry the very marker that it names, as of a request that was delivered twice: then its URL tells. A
    double of one that `old` replaces, or that we are about to cancel, is none.
    """
    look = case.context.look
    if look is None:
        return None
    known = {m.conference_id for m in case.memory.mappings}
    going = (m.gen for m in case.memory.mappings if m.part == part and (m == old or m.state == "ending"))
    floor = max(going, default=0)
    carriers = look.marked(case.context.policy.instance, case.tag, part)
    found = [(sign, c) for sign, c in carriers if c.id not in known and sign.gen > floor]
    meeting, policy = case.meeting, case.context.policy
    linked = [(sign, c) for sign, c in found if sign.text in meeting.references]
    shown = [(sign, c) for sign, c in linked or found if url_for_event(c.room_url, policy) in meeting.rooms]
    return next(iter(shown or linked or found), None)


def _replaces(want: Wanted, mapping: Mapping, case: Case) -> bool:
    """Whether no update can make this conference what is wanted."""
    if mapping.recurring != (want.schedule is not None):
        return True
    room = want.room or case.meeting.room
    if room is not None and (room == "one-time") != mapping.one_time:
        return True
    return _came_back(want, mapping, case)


def _came_back(want: Wanted, mapping: Mapping, case: Case) -> bool:
    """A cancelled instance is wanted again and no new schedule brings it back: a cancel can't be undone."""
    terms = case.terms(want, case.fields(want, mapping.gen, one_time=mapping.one_time), mapping.gen)
    return terms.timing == mapping.timing and any(
        e.state == "cancelled" and e.instance not in want.exceptions and instance_start(e) > case.context.now
        for e in case.exceptional(mapping)
    )


def _keep(want: Wanted, mapping: Mapping, draft: Draft) -> None:
    case, look = draft.case, draft.case.context.look
    end_intents((i for i in case.memory.intents if i.part == want.part), "dropped", draft)  # it was to be replaced
    fields = case.fields(want, mapping.gen, one_time=mapping.one_time, security_pin=mapping.security_pin)
    terms = case.terms(want, fields, mapping.gen)
    reported = None if look is None else look.head(mapping.conference_id)
    if not mapping.room_url or (case.context.full and _is_url_stable(mapping, case)):
        mapping = _with_room(mapping, reported, draft)
    _say_what_stays(want, mapping, draft)
    agrees = reported is not None and matches(reported, fields)
    other = differences(reported, comparable(fields, reported)) if case.context.full and reported is not None else ()
    drift = other if terms.sent == mapping.sent else ()
    differs = bool(other) or (terms.sent != mapping.sent and not agrees)
    if differs and draft.refused(want.part, request_fingerprint(fields)):
        return
    if not differs:
        if terms.renewed(mapping) != mapping:
            draft.notes.append(RememberMapping(terms.renewed(mapping)))
        compare_instances(want, mapping, draft)
        return
    reschedules = terms.timing != mapping.timing and want.schedule is not None
    action = Update(case.about(want), mapping.conference_id, mapping.room_url, fields, terms, reschedules, drift)
    draft.actions.append(action)
    if reschedules:
        settle_all(want, children_of(mapping), draft)
    else:
        compare_instances(want, mapping, draft)


def _say_what_stays(want: Wanted, mapping: Mapping, draft: Draft) -> None:
    """What the configuration says otherwise by now, and no update can change."""
    case = draft.case
    policy = case.context.policy.conference
    one_time = (want.room or case.meeting.room or policy.room) == "one-time"
    same = {
        "room": mapping.one_time == one_time,
        "secure_url": mapping.secure_url in (None, policy.secure_url),
        "host_initiated_recording": mapping.host_initiated_recording in (None, policy.host_initiated_recording),
    }
    fields = tuple(name for name, is_same in same.items() if not is_same)
    if fields:
        draft.differs.append(Differs(case.about(want), mapping.conference_id, fields))


def _is_url_stable(mapping: Mapping, case: Case) -> bool:
    """A secure URL holds an encrypted code: whether each answer encrypts it alike is not documented."""
    return not (mapping.secure_url or case.context.policy.conference.secure_url)


def _with_room(mapping: Mapping, reported: Conference | None, draft: Draft) -> Mapping:
    """A room whose URL could not be used, or never came, or changed on the platform: as it is there now."""
    if reported is None:
        if draft.case.context.look is None:
            draft.looks |= Looks(listing=True)
        return mapping
    url = url_for_event(reported.room_url, draft.case.context.policy)
    found = replace(mapping, room_url=url or mapping.room_url)
    if found != mapping:
        draft.notes.append(RememberMapping(found))
    return found


def _make(want: Wanted, old: Mapping | None, draft: Draft) -> None:
    """Adopt, wait for, or create a conference; `old` is the one that it replaces."""
    case = draft.case
    found = marked(case, want.part, old)
    if found is not None:
        _adopt(want, *found, draft)
        return
    if old is None and _stays_lost(want, draft):
        return
    if want.occasion.start > case.context.now + VIEW:
        draft.skip(want.recurrence_text, _FAR)
        return
    gen = _cleared_gen(want, draft)
    if gen is not None:
        _create(want, gen, old, draft)


def _stays_lost(want: Wanted, draft: Draft) -> bool:
    """A person cancelled it on the platform: reported, or made again once."""
    lost = [m for m in draft.case.memory.mappings if m.part == want.part and m.state == "lost"]
    again = draft.case.context.policy.on_platform_cancel == "recreate" and len(lost) == 1
    if lost and not again:
        draft.trouble(want.recurrence_text, _LOST)
    return bool(lost) and not again


def _cleared_gen(want: Wanted, draft: Draft) -> int | None:
    """The generation to create; None where it is not certain that the platform has no such conference."""
    case, look = draft.case, draft.case.context.look
    intent = next((i for i in case.memory.intents if i.part == want.part), None)
    remembered_by_event = any(m is not None and m.tag == case.tag for m in map(parse_marker, case.meeting.references))
    looked_before = case.context.looked_before and case.tag not in case.context.unclaimed
    if look is None and (intent is not None or remembered_by_event or not looked_before):
        draft.looks |= Looks(listing=True)
    if look is not None and not look.complete:
        draft.trouble(want.recurrence_text, _INCOMPLETE)
        return None
    if intent is None:
        return _next_gen(want.part, case)
    return intent.gen if _given_up(want, intent, look, draft) else None


def _given_up(want: Wanted, intent: Intent, look: Look | None, draft: Draft) -> bool:
    misses = intent.misses
    if look is not None and is_miss(intent, look, draft):
        misses += 1
        draft.notes.append(CountMiss(intent.marker))
    if misses < MISSES:
        draft.trouble(want.recurrence_text, _PENDING)
        return False
    return True


def _next_gen(part: str, case: Case) -> int:
    """One more than any generation that the store, the event or the platform knows of."""
    instance, look = case.context.policy.instance, case.context.look
    referenced = [m for m in map(parse_marker, case.meeting.references) if m is not None and m.gen < _ODD]
    gens = [
        *(m.gen for m in case.memory.mappings if m.part == part),
        *(r.gen for r in referenced if (r.instance, r.tag, r.part) == (instance, case.tag, part)),
        *(sign.gen for sign, _ in (look.marked(instance, case.tag, part) if look is not None else ())),
    ]
    return max(gens, default=0) + 1


def _create(want: Wanted, gen: int, old: Mapping | None, draft: Draft) -> None:
    case = draft.case
    policy = case.context.policy.conference
    one_time = (want.room or case.meeting.room or policy.room) == "one-time"
    fields = case.fields(want, gen, one_time=one_time)
    terms = case.terms(want, fields, gen)
    draw_pin = one_time and policy.security_pin in DRAWN_PINS
    if draft.refused(want.part, request_fingerprint(fields, draw_pin=draw_pin)):
        return
    sign = case.marker(want.part, gen)
    draft.actions.append(Create(case.about(want), sign.text, fields, terms, old, draw_pin))
    settle_all(want, Children(gen, one_time, None), draft)


def _adopt(want: Wanted, sign: Marker, conference: Conference, draft: Draft) -> None:
    case = draft.case
    fields = case.fields(want, sign.gen, one_time=conference.one_time, security_pin=conference.security_pin)
    terms = case.terms(want, fields, sign.gen)
    policy, same_kind = case.context.policy, conference.is_series == (want.schedule is not None)
    fits = same_kind and matches(conference, comparable(fields, conference))
    dial_in = dial_in_of(conference, policy.owner, one_time=conference.one_time)
    conference = replace(conference, room_url=url_for_event(conference.room_url, policy))
    adopt = Adopt(case.about(want), conference, terms, sign.text, fits, dial_in)
    draft.actions.append(adopt)
    if not same_kind:
        return  # the next pass replaces it, then knowing what it replaces
    if adopt.fits:
        compare_instances(want, adopt.mapping(), draft)
        return
    draft.actions.append(
        Update(case.about(want), conference.id, conference.room_url, fields, terms, reschedules=adopt.recurring)
    )
    settle_all(want, children_of(adopt.mapping()), draft)
