"""Meetings and all that is known of them, in few words. It is Monday, 2 March 2026, nine in Paris."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calbridge.core import invite, marker
from calbridge.core.actions import NAMES, Action, Cancel, LinkTo, Plan, order
from calbridge.core.breakers import Allowed, Recent
from calbridge.core.case import Context
from calbridge.core.link import Link
from calbridge.core.look import Look, fold
from calbridge.core.model import CalendarObject, Meeting, Occasion, Override, Reading, Recurrence, Unasked
from calbridge.core.observation import Found, Observation
from calbridge.core.plan import plan_host
from calbridge.core.plan_meeting import plan_meeting
from calbridge.core.policy import Owner, Policy, RoomKind
from calbridge.core.remembered import Intent, Mapping, Memory, WriteState
from support.rooms import Rooms

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WORK = "https://dav.example.com/alice/work/"
HOME = "https://dav.example.com/alice/home/"
OWNER = Owner(9, frozenset({"alice@example.com"}), "Europe/Paris")
POLICY = Policy("main", OWNER)
SELECTED = "what selects events"


def at(day: int, hour: int = 10, minute: int = 0, month: int = 3) -> datetime:
    """A time of 2026 in Paris, in March unless said otherwise."""
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


def meeting(
    uid: str = "a",
    *,
    start: datetime | None = None,
    subject: str = "Planning",
    minutes: int = 60,
    rule: str = "",
    overrides: Iterable[Override] = (),
    room: RoomKind | None = None,
    calendar: str = WORK,
    attendees: int = 0,
) -> Meeting:
    """An event that asks for a room: on Tuesday 10 March at ten, once, unless said otherwise."""
    start = start or at(10)
    master = Occasion(start, minutes, subject, agenda="")
    recurrence = Recurrence(start, (rule,)) if rule else None
    href = f"{calendar}{uid}.ics"
    return Meeting(calendar, href, uid, master, recurrence, tuple(overrides), room, frozenset(), attendees)


def weekly(*overrides: Override, uid: str = "a", start: datetime | None = None, rule: str = "FREQ=WEEKLY") -> Meeting:
    """A series, every Tuesday at ten."""
    return meeting(uid, start=start, rule=rule, overrides=overrides)


def moved(instance: datetime, to: datetime | None = None, subject: str = "Planning") -> Override:
    """An instance that is at another time, or called otherwise."""
    return Override(instance, f"{instance:%Y%m%dT%H%M%S}", Occasion(to or instance, 60, subject, agenda=""))


def out(instance: datetime) -> Override:
    """An instance that is cancelled."""
    return Override(instance, f"{instance:%Y%m%dT%H%M%S}", None)


def event(wanted: Meeting, *, etag: str | None = '"1"') -> CalendarObject:
    """The meeting's calendar object, without anything of ours."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *_vevent(wanted.uid, wanted.master, wanted.recurrence, None)]
    for override in wanted.overrides:
        occasion = override.occasion or Occasion(override.recurrence_id, 60, "Out", agenda="")
        status = ("STATUS:CANCELLED",) if override.occasion is None else ()
        lines += _vevent(wanted.uid, occasion, None, override.recurrence_text, *status)
    text = "\r\n".join((*lines, "END:VCALENDAR", ""))
    return CalendarObject(wanted.calendar, wanted.href, etag, text.encode())


def _vevent(
    uid: str, occasion: Occasion | None, recurrence: Recurrence | None, recurrence_id: str | None, *more: str
) -> list[str]:
    if occasion is None:
        return []
    lines = ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{occasion.subject} @meet"]
    start = occasion.start if recurrence is None else recurrence.start
    lines.append(f"DTSTART;TZID={start.tzinfo}:{start:%Y%m%dT%H%M%S}")
    lines.append(f"DURATION:PT{occasion.minutes}M")
    lines += [f"RRULE:{rule}" for rule in (() if recurrence is None else recurrence.rrules)]
    if recurrence_id is not None:
        lines.append(f"RECURRENCE-ID;TZID={start.tzinfo}:{recurrence_id}")
    return [*lines, *more, "END:VEVENT"]


def sign(uid: str = "a", part: str = "m", gen: int = 1, instance: str = "main") -> str:
    """The marker of a part's conference."""
    return marker.Marker(instance, marker.tag(9, uid), part, gen).text


def intent(uid: str = "a", *, gen: int = 1, misses: int = 0, posted: datetime | None = None) -> Intent:
    """A create whose answer never came, an hour ago unless said otherwise."""
    return Intent(sign(uid, gen=gen), 9, uid, "m", gen, posted or NOW - timedelta(hours=1), misses)


def unasked(wanted: Meeting, why: str = "no-trigger") -> Unasked:
    """The same event when it no longer asks."""
    return Unasked(wanted.calendar, wanted.href, wanted.uid, why)  # type: ignore[arg-type]  # one of its five words


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One meeting, its event, what is remembered of it, and a platform that has its conferences.

    What is planned sees the platform only after `looking`.
    """

    meeting: Meeting
    source: CalendarObject
    rooms: Rooms = field(default_factory=Rooms)
    memory: Memory = field(default_factory=Memory)
    state: WriteState = field(default_factory=lambda: WriteState(WORK, f"{WORK}a.ics"))
    policy: Policy = POLICY
    now: datetime = NOW
    look: Look | None = None
    looked: bool = True
    unclaimed: frozenset[str] = frozenset()
    full: bool = False

    @property
    def context(self) -> Context:
        """What holds for the pass."""
        return Context(self.policy, SELECTED, self.now, self.look, self.looked, self.full, self.unclaimed)

    def plan(self) -> Plan:
        """What this meeting needs done."""
        return plan_meeting(self.meeting, self.source, self.memory, self.state, self.context)

    def becomes(self, wanted: Meeting) -> "Scene":
        """The event was edited; what of ours stood in it is still there."""
        kept = replace(wanted, references=self.meeting.references)
        return replace(self, meeting=kept, source=shown(kept, self.memory.mappings, self.policy))

    def looking(self, *, complete: bool = True, lost: Iterable[int] = ()) -> "Scene":
        """The platform's conferences have been listed."""
        return replace(self, look=look(self.rooms, now=self.now, complete=complete, lost=lost))

    def later(self, **time: float) -> "Scene":
        """Time has passed, and nothing has been listed since."""
        return replace(self, now=self.now + timedelta(**time), look=None)

    def remembers(self, **changes: object) -> "Scene":
        """Something else is remembered."""
        return replace(self, memory=replace(self.memory, **changes))  # type: ignore[arg-type]  # named by the test

    @property
    def mapping(self) -> Mapping:
        """The one mapping that is live."""
        [live] = [m for m in self.memory.mappings if m.state == "live"]
        return live


def scene(wanted: Meeting | None = None, *, policy: Policy = POLICY) -> Scene:
    """A meeting that nobody has seen before."""
    wanted = wanted or meeting()
    state = WriteState(wanted.calendar, wanted.href)
    return Scene(meeting=wanted, source=event(wanted), policy=policy, state=state)


def look(rooms: Rooms, *, now: datetime = NOW, complete: bool = True, lost: Iterable[int] = ()) -> Look:
    """The platform's conferences, seen now."""
    return fold(rooms.listing(now), (), lost, complete=complete)


def shown(wanted: Meeting, mappings: Iterable[Mapping], policy: Policy = POLICY) -> CalendarObject:
    """The event with the rooms that it should show."""
    live = {m.part: m for m in mappings if m.state == "live"}
    links: list[LinkTo] = [LinkTo(None, "m")] if "m" in live else []
    for override in wanted.overrides:
        part = marker.part_of(override.recurrence_id)
        if override.occasion is None or part in live:
            links.append(LinkTo(override.recurrence_text, None if override.occasion is None else part))
    return linked(event(wanted), links if live else (), live, policy)


def linked(source: CalendarObject, links: Iterable[LinkTo], live: dict[str, Mapping], policy: Policy) -> CalendarObject:
    """An event with these rooms in it."""
    rooms = {link.key: None if link.part is None else _link(live[link.part], policy) for link in links}
    writeback, language, keyword = policy.writeback, policy.owner.language, policy.select.keyword
    body = invite.written(source.body, rooms, writeback=writeback, language=language, keyword=keyword, now=NOW)
    return replace(source, body=body)


def _link(mapping: Mapping, policy: Policy) -> Link:
    reference = sign(mapping.uid, mapping.part, mapping.gen, policy.instance)
    return Link(reference, mapping.room_url, mapping.security_pin, mapping.dial_in)


def steps(plan: Plan | Iterable[Action]) -> list[str]:
    """The names of the actions, in the report's order; a cancel with its reason."""
    actions = plan.actions if isinstance(plan, Plan) else plan
    return [f"cancel {a.why}" if isinstance(a, Cancel) else NAMES[type(a)] for a in sorted(actions, key=order)]


def rules(plan: Plan) -> list[str]:
    """What was skipped and what is a problem, by rule."""
    return [s.problem.rule for s in plan.skipped] + [p.rule for p in plan.problems]


def plan_all(
    *scenes: Scene,
    readings: dict[str, Reading] | None = None,
    gone: Iterable[str] = (),
    recent: Recent | None = None,
    allowed: Allowed | None = None,
    context: Context | None = None,
    **seen: object,
) -> Plan:
    """Plan a host that has these meetings.

    `readings` says otherwise what was read of an event, by UID; events of `gone` are not found. `seen` are further
    fields of the observation; both calendars are healthy and writable unless said otherwise.
    """
    memories = {s.meeting.uid: s.memory for s in scenes if s.memory != Memory()}
    found = [Found(s.source, (readings or {}).get(s.meeting.uid, s.meeting)) for s in scenes]
    both = frozenset((WORK, HOME))
    observation = Observation(
        found=tuple(f for f in found if f.reading.uid not in gone),
        calendars=both,
        healthy=both,
        writable=both,
        memories=memories,
        recent=recent or Recent(0, len(memories)),
    )
    observation = replace(observation, **seen)  # type: ignore[arg-type]  # named by the test
    return plan_host(observation, context or scenes[0].context, allowed or Allowed())
