"""Effects on whole conferences: single ones and masters."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from calbridge.apply.host_pass import Pass
from calbridge.apply.outcome import Done, Failed, Held, Outcome
from calbridge.core import marker, room, schedule
from calbridge.core.actions import Action, Adopt, Cancel, CancelStray, Create, Forget, Update
from calbridge.core.look import matches
from calbridge.core.model import Conference
from calbridge.core.problem import Misfit, Problem
from calbridge.core.remembered import Mapping, Refusal
from calbridge.core.wanted import request_fingerprint
from calbridge.errors import NotFound, NotSent, OutcomeUnknown, PlatformError, Refused, Throttled, Unauthorized

UNANSWERED = 5
"""Creates of unknown outcome in a row after which a pass creates nothing more: each has to be looked up first."""

_UNANSWERED = Misfit(
    "platform.creates",
    "the platform answers no create in a way that says what became of it; the others wait",
    "nothing to do: they are sent with the next pass",
)
_MARKER_LOST = Misfit(
    "platform.marker",
    "the platform does not keep the end of a conference's agenda, so a room could not be found again after a failure",
    "report this to whoever runs the platform; nothing more is created on this account",
)
_GONE = Misfit(
    "conference.cancelled-on-platform",
    "somebody cancelled this meeting's conference on the platform",
    'delete the meeting, or set on_platform_cancel = "recreate" to make a new room',
)
_STILL_THERE = Misfit(
    "conference.not-cancelled",
    "the platform said that it cancelled the conference and still has it",
    "nothing to do: it is tried again with the next pass",
)
_BREAKER = Misfit(
    "breaker.cancels",
    "over all hosts, more meetings would be cancelled in an hour than safety.max_cancels and max_cancel_share allow",
    "if they really are to go, run `calbridge sync --allow-cancels N`",
)
_NOT_OURS = Misfit(
    "conference.not-ours",
    "a conference was to be cancelled, but it no longer carries the marker by which it was found",
    "look at it on the platform; it stays as it is",
)


async def adopt(action: Adopt, on: Pass) -> Outcome:
    """Remember a conference that is there already."""
    if action.conference.id in {m.conference_id for m in on.of_meeting(action.about.uid)}:
        return Held(action, "it is known already")
    mapping = action.mapping()
    with on.store.transaction():
        on.created(action.marker, mapping, on.live(mapping.uid, mapping.part))
        on.record(action, mapping.conference_id)
    return Done(action, mapping.conference_id, mapping.room_url)


async def create(action: Create, on: Pass) -> Outcome:
    """Create once. The intent is on disk already; it goes only when the platform certainly did nothing."""
    if on.no_creates is not None:
        on.store.meetings.delete_intent(action.marker)
        return Held(action, on.no_creates.reason)
    fields = action.fields
    if action.draw_pin:
        pin = f"{on.random.randrange(10**6):06d}"
        fields = replace(fields, settings=replace(fields.settings, security_pin=pin))
    try:
        conference = await on.platform.create(action.terms.host_id, fields)
    except (NotSent, Throttled, Unauthorized):
        on.store.meetings.delete_intent(action.marker)
        raise
    except Refused as error:
        on.store.meetings.delete_intent(action.marker)
        request = request_fingerprint(action.fields, draw_pin=action.draw_pin)
        return _refused(action, action.terms.part, request, error, on)
    except OutcomeUnknown as error:
        on.record(action, None, called="create-unknown", detail=error.problem.rule)
        on.unanswered += 1
        if on.unanswered >= UNANSWERED:
            on.no_creates = _UNANSWERED.at(f"host {on.host}")
        raise
    on.unanswered = 0
    made = action.terms.mapping(
        conference.id,
        room.url_for_event(conference.room_url, on.policy),
        created=True,
        security_pin=fields.settings.security_pin,
        dial_in=room.dial_in_of(conference, on.policy.owner, one_time=action.terms.one_time),
    )
    mapping = replace(
        made,
        secure_url=fields.settings.secure_url,
        host_initiated_recording=fields.settings.host_initiated_recording,
    )
    with on.store.transaction():
        on.created(action.marker, mapping, action.replaces)
        on.store.meetings.delete_refusals(mapping.host_id, mapping.uid, mapping.part)
        on.record(action, conference.id)
    return _checked(action, conference, mapping, on)


async def update(action: Update, on: Pass) -> Outcome:
    """Fetch, compare, and send the complete desired state where it differs."""
    terms = action.terms
    mapping = on.mapping(terms.uid, terms.part, terms.gen)
    reported = await on.platform.fetch(action.conference_id)
    if reported is None:
        on.save(replace(mapping, state="lost"))
        return Failed(action, _GONE.at(where(action)))
    differs = not matches(reported, action.fields)
    if differs:
        try:
            with _exceptions_unsettled(action, on):
                await on.platform.update(action.conference_id, action.fields)
        except Unauthorized:
            raise
        except NotFound:
            on.save(replace(mapping, state="lost"))
            return Failed(action, _GONE.at(where(action)))
        except Refused as error:
            return _refused(action, terms.part, request_fingerprint(action.fields), error, on)
    with on.store.transaction():
        on.save(terms.renewed(mapping))
        on.store.meetings.delete_refusals(mapping.host_id, mapping.uid, mapping.part)
        on.record(action, action.conference_id)
    return Done(action, action.conference_id, mapping.room_url)


async def cancel(action: Cancel, on: Pass) -> Outcome:
    """Cancel, unless it is running; done when the platform says that it has no such conference."""
    about = action.about
    reported = await on.platform.fetch(action.conference_id)
    if reported is not None:
        if reported.active or _is_under_way(action, reported, on):
            return Held(action, "the meeting is running")
        if action.why == "ended" and not on.may_end(action):
            return Failed(action, _BREAKER.at(where(action)))
        if not (_is_remembered(action, on) or _is_ours(reported, action, on)):
            return Failed(action, _NOT_OURS.at(where(action)))
        await _cancel(action, on)
        if await on.platform.fetch(action.conference_id) is not None:
            return Failed(action, _STILL_THERE.at(where(action)))
    called = "cancel" if action.why == "ended" else f"cancel-{action.why}"
    with on.store.transaction():
        if action.why != "double":
            on.delete(about.uid, about.part, action.gen)
        on.record(action, action.conference_id, called=called, detail=on.allowance(action))
    return Done(action, action.conference_id, action.room_url)


async def _cancel(action: Cancel, on: Pass) -> None:
    """Cancel, and have it written down before: a meeting that is asked for again must know that it was us."""
    mapping = on.mappings.get(action.about.uid, {}).get((action.about.part, action.gen))
    live = mapping if mapping is not None and mapping.state == "live" and action.why != "double" else None
    with on.ending(action, live):
        await on.platform.cancel(action.conference_id)


async def cancel_stray(action: CancelStray, on: Pass) -> Outcome:
    """Cancel what nothing asks for, if it is still that: our marker in it, and nobody there."""
    reported = await on.platform.fetch(action.conference_id)
    if reported is not None:
        if reported.active or _is_under_way(action, reported, on):
            return Held(action, "the meeting is running")
        if not on.may_end(action):
            return Failed(action, _BREAKER.at(where(action)))
        found = marker.find(reported.agenda)
        if found is None or found.text != action.marker:
            return Failed(action, _NOT_OURS.at(where(action)))
        with on.ending(action):
            await on.platform.cancel(action.conference_id)
        if await on.platform.fetch(action.conference_id) is not None:
            return Failed(action, _STILL_THERE.at(where(action)))
    with on.store.transaction():
        on.store.meetings.delete_stray(action.conference_id)
        on.record(action, action.conference_id, detail=on.allowance(action))
    return Done(action, action.conference_id, action.room_url)


def forget(action: Forget, on: Pass) -> Outcome:
    """The meeting is over: only the link goes."""
    with on.store.transaction():
        for mapping in on.of_meeting(action.about.uid):
            if mapping.conference_id == action.conference_id:
                on.delete(mapping.uid, mapping.part, mapping.gen)
        on.record(action, action.conference_id)
    return Done(action, action.conference_id, action.room_url)


def refusal_problem(action: Action, error: Refused) -> Problem:
    """In the platform's own wording, where it has one."""
    return Problem(
        where(action),
        "conference.refused",
        error.message or error.problem.reason,
        "change the meeting or the configuration; until then, or `calbridge sync --full`, it is not sent again",
    )


def _refused(action: Action, part: str, sent: str, error: Refused, on: Pass) -> Failed:
    problem = refusal_problem(action, error)
    on.store.meetings.save_refusal(Refusal(on.policy.owner.host_id, action.about.uid, part, sent, problem))
    return Failed(action, problem)


def _checked(action: Create, conference: Conference, mapping: Mapping, on: Pass) -> Outcome:
    """The conference exists and is remembered; whether its answer is one to build on is another matter."""
    found = marker.find(conference.agenda)
    if found is None or found.text != action.marker:
        on.no_creates = _MARKER_LOST.at(f"host {on.host}")
        return Failed(action, on.no_creates)
    misfit = room.check_room_url(
        conference.room_url, room_hosts=on.policy.room_hosts, allow_http=on.policy.allow_http_rooms
    )
    if misfit is not None:
        return Failed(action, misfit.at(where(action)))
    return Done(action, mapping.conference_id, mapping.room_url)


@contextmanager
def _exceptions_unsettled(action: Update, on: Pass) -> Iterator[None]:
    """Send an update inside, after which the next pass looks at the exceptions again, unless it certainly did nothing.

    A new schedule makes new children, any other update may reset them; nobody may ever learn what became of this one.
    """
    terms, meetings = action.terms, on.store.meetings
    every = meetings.exceptional(terms.host_id, terms.uid)
    these = tuple(e for e in every if (e.part, e.gen) == (terms.part, terms.gen))
    with on.store.transaction():
        for exceptional in these:
            if action.reschedules:
                meetings.delete_exceptional(exceptional)
            else:
                meetings.save_exceptional(replace(exceptional, verified=False))
    try:
        yield
    except OutcomeUnknown:
        raise
    except PlatformError:
        meetings.save_exceptional(*these)
        raise


def _is_under_way(action: Cancel | CancelStray, reported: Conference, on: Pass) -> bool:
    """Whether an instance of a series is running, as we know it or as the platform has it: its master does not say."""
    about, now = action.about, on.clock()
    return _runs(about.schedule, about.start, about.minutes, now) or _runs(
        reported.schedule, reported.start, reported.duration, now
    )


def _runs(said: str | None, start: datetime, minutes: int, now: datetime) -> bool:
    rule = None if said is None else schedule.parse(said)
    if not isinstance(rule, schedule.Schedule):
        return False
    return next(schedule.expand(rule, start, after=now - timedelta(minutes=minutes), before=now), None) is not None


def _is_remembered(action: Cancel, on: Pass) -> bool:
    """Whether a mapping names it; what none does, as a double, is ours by its marker only."""
    return action.conference_id in {m.conference_id for m in on.of_meeting(action.about.uid)}


def _is_ours(conference: Conference, action: Cancel, on: Pass) -> bool:
    about = action.about
    expected = on.marker_of(about.uid, about.part, action.gen)
    return marker.find(conference.agenda) == expected


def where(action: Action) -> str:
    """The event that an action is about, for a problem; of a stray, the conference."""
    about = action.about
    if isinstance(action, CancelStray):
        return f"conference {action.conference_id}"
    return " ".join(filter(None, (about.calendar, about.uid, about.recurrence_id)))
