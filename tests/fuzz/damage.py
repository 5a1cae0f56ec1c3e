"""A meeting that has its room, and its event's bytes damaged: what a pass makes of them, and whether it may.

The object is read as `sync.observe` reads it, and planned with all that makes a cancel easy: whatever the event seems
to be, it has been so for two passes and longer than the grace, the platform was just listed, no breaker is in the way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from support.carrying_out import carried_out
from support.planning import NOW, POLICY, SELECTED, WORK, Scene
from support.rooms import LISTED

from calbridge.apply.events import ATTEMPTS
from calbridge.calendars.download import is_icalendar
from calbridge.core.actions import Cancel, CancelInstance, Create, Plan, Update, UpdateInstance, WriteBack
from calbridge.core.breakers import Allowed, Recent
from calbridge.core.event import read_object
from calbridge.core.invite import written
from calbridge.core.link import Link, Links
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Reading, Skipped, Unasked
from calbridge.core.observation import Found, Observation
from calbridge.core.plan import plan_host
from calbridge.core.policy import Policy, Select, Writeback
from calbridge.core.problem import Problem
from calbridge.core.remembered import Absence, WriteState
from calbridge.core.soundness import unsound
from calbridge.sync.looks import is_another

ALL = replace(POLICY, select=Select(trigger=("all",), transparent="include", other_links="include"))
"""The policy for objects of the corpus, which know no keyword of ours."""

Away: TypeAlias = Literal["gone", "no-trigger", "stop-word", "no-master"]
LINK = Link("cb1-main-abc-m.1", "https://rooms.example.com/abc?x=1", "1234", "+49 30 1234")
QUIET = Writeback(location="always", url="always", notify="never")
FORBIDDEN = frozenset({"internal.error"})


@dataclass(frozen=True)
class World:
    """One meeting after its first pass."""

    scene: Scene
    uid: str

    @property
    def body(self) -> bytes:
        """The event as it stands in the calendar, with its room in it."""
        return self.scene.source.body


class Mistake(AssertionError):
    """What must not happen did."""


def world(body: bytes, policy: Policy = POLICY) -> World | None:
    """Give the event its room; None where it can't have one."""
    source = CalendarObject(WORK, f"{WORK}a.ics", '"1"', body)
    reading = _read(source, policy)
    if not isinstance(reading, Meeting):
        return None
    scene = Scene(meeting=reading, source=source, policy=policy, now=_before(reading))
    plan = scene.plan()
    if not any(isinstance(action, Create) for action in plan.actions):
        return None
    scene = carried_out(scene, _near(plan, scene.now)).looking()
    return World(carried_out(scene, _near(scene.plan(), scene.now)), reading.uid)


def outcome(of: World, body: bytes) -> Iterator[str]:
    """Say what a pass makes of these bytes in the event's place; raises `Mistake`."""
    if not is_icalendar(body):
        yield "reading: no calendar object, refused by the download"
        return
    source = replace(of.scene.source, body=body)
    reading = _read(source, of.scene.policy)
    yield _said(reading)
    plan = _plan(of, source, reading)
    _check(of, body, reading, plan)
    yield _done(plan)


def write_back(body: bytes) -> str:
    """Say what the write-back does: no byte of others is touched, it ends within a pass' writes, taking out undoes it.

    One write is enough, but where pieces of damaged delimiters become a delimiter by what is taken out between them.
    """
    if not is_icalendar(body) or unsound(body) is not None:
        return "write-back: refused"
    shown = _written(body, LINK)
    if _foreign(shown) != _foreign(body):
        raise Mistake("the write-back changed a line that is not ours")
    settled = shown
    for _ in range(ATTEMPTS - 1):
        settled = _written(settled, LINK)
    if _written(settled, LINK) != settled:
        raise Mistake("the write-back never ends")
    if settled != shown:
        return "write-back: done in a few"
    if _bare(_written(shown, None)) != _bare(_written(body, None)):
        raise Mistake("taking our things out does not undo putting them in")
    return "write-back: done in one" if shown != body else "write-back: nothing to write into"


def _near(plan: Plan, now: datetime) -> Plan:
    """Leave out instances that the platform in memory does not list yet."""
    last = now + LISTED - timedelta(days=2)
    far = {a for a in plan.actions if isinstance(a, UpdateInstance | CancelInstance) and a.instance > last}
    return replace(plan, actions=tuple(a for a in plan.actions if a not in far))


def _read(source: CalendarObject, policy: Policy) -> Reading | Problem | None:
    events = read_object(source, zone=policy.owner.zone)
    return read_meeting(events, policy) if isinstance(events, EventSet) else events


def _before(meeting: Meeting) -> datetime:
    """A time at which the meeting is still to come: now, or the day before it first happens."""
    starts = [o.occasion.start for o in meeting.overrides if o.occasion is not None]
    starts += [meeting.master.start] if meeting.master is not None else []
    return min(NOW, min(starts).astimezone(UTC) - timedelta(days=1))


def _plan(of: World, source: CalendarObject, reading: Reading | Problem | None) -> Plan:
    away = Absence(9, of.uid, _absence(of, reading), of.scene.now - timedelta(days=1), 2)
    seen = Observation(
        found=(Found(source, reading),) if isinstance(reading, Reading) else (),
        calendars=frozenset({WORK}),
        healthy=frozenset({WORK}),
        writable=frozenset({WORK}),
        unreadable=frozenset({of.uid}) if isinstance(reading, Problem) else frozenset(),
        memories={of.uid: replace(of.scene.memory, absence=away)},
        write_states={(WORK, source.href): WriteState(WORK, source.href)},
        proofs={of.uid: is_another(of.uid, source)},
        recent=Recent(0, 1),
    )
    context = replace(of.scene.looking().context, selected=SELECTED)
    return plan_host(seen, context, Allowed(cancels=1000, creates=1000))


def _absence(of: World, reading: Reading | Problem | None) -> Away:
    """The way in which the event seems to be away: the only one that counts for it."""
    match reading:
        case Unasked(why="stop-word"):
            return "stop-word"
        case Unasked():
            return "no-trigger"
        case Meeting(master=None) if reading.uid == of.uid:
            return "no-master"
        case _:
            return "gone"


def _said(reading: Reading | Problem | None) -> str:
    match reading:
        case None:
            return "reading: no event in it"
        case Problem(rule=rule):
            return f"reading: unreadable, {rule}"
        case Skipped(problem=problem):
            return f"reading: skipped, {problem.rule}"
        case Meeting():
            return "reading: a meeting"
        case Unasked(why=why):
            return f"reading: unasked, {why}"


def _done(plan: Plan) -> str:
    kinds = {type(action) for action in plan.actions}
    if Cancel in kinds:
        return "pass: cancels what the object says is over"
    if Create in kinds:
        return "pass: another event gets a room"
    if kinds & {Update, UpdateInstance, CancelInstance}:
        return "pass: follows an edit"
    if WriteBack in kinds:
        return "pass: repairs our lines"
    return "pass: does nothing"


def _check(of: World, body: bytes, reading: Reading | Problem | None, plan: Plan) -> None:
    """A cancel needs a readable object that says, in bytes that anybody can read, what was not said before."""
    broken = [p for p in (*plan.problems, *(s.problem for s in plan.skipped)) if p.rule in FORBIDDEN]
    if broken:
        raise Mistake(f"the code broke: {broken[0].reason}")
    cancels = [a for a in plan.actions if isinstance(a, Cancel | CancelInstance)]
    if not cancels:
        return
    if reading is None or isinstance(reading, Problem) or (isinstance(reading, Skipped) and reading.uid == of.uid):
        raise Mistake(f"{_said(reading)}, and {len(cancels)} cancels")
    if not _is_balanced(body):
        raise Mistake("the object is damaged, and its meeting is cancelled")
    if not list(_evidence(of.body, body)):
        raise Mistake(f"{_said(reading)}, and nothing in the object says why it is cancelled")


_DECISIVE = frozenset(
    {b"BEGIN", b"END", b"DTSTART", b"DTEND", b"DURATION", b"RRULE", b"EXRULE", b"RDATE", b"EXDATE", b"RECURRENCE-ID"}
    | {b"TZID", b"TZOFFSETTO", b"TZOFFSETFROM", b"X-WR-TIMEZONE", b"X-LIC-LOCATION", b"UID", b"ORGANIZER"}
)


_ASKS = re.compile(rb"@meet|^categories.*conference|:{3}\s*/?calbridge\s*:{3}", re.MULTILINE)


def _said_by(body: bytes, names: frozenset[bytes]) -> list[bytes]:
    """The lines of these names, in order."""
    return [_unfolded(line) for line in _logical(body) if _name(line) in names]


def _evidence(before: bytes, after: bytes) -> Iterator[str]:
    """What an object says that ends a meeting or a part of it, found without the code under test."""
    unfolded = b"\n".join(_unfolded(line) for line in _logical(after)).lower()
    if _said_by(before, _DECISIVE) != _said_by(after, _DECISIVE):
        yield "other times, another zone, another event, or somebody else's"
    if re.search(rb"^status[^\n]*:\s*cancelled", unfolded, re.MULTILINE):
        yield "it is cancelled"
    if b"@nomeet" in unfolded:
        yield "the stop word"
    ours = re.findall(rb"^x-calbridge-url:(\S+)$", unfolded, re.MULTILINE)
    if not _ASKS.search(unfolded) and not set(ours) & set(
        re.findall(rb"^(?:location|url):(\S+)$", unfolded, re.MULTILINE)
    ):
        yield "nothing asks"


def _is_balanced(body: bytes) -> bool:
    """Whether every component that begins also ends, in its place, and one VCALENDAR holds them all."""
    stack: list[bytes] = []
    begun = 0
    for line in map(_unfolded, _logical(body)):
        name, _, kind = line.upper().partition(b":")
        if name.strip() == b"BEGIN":
            begun += not stack and kind.strip() == b"VCALENDAR"
            stack.append(kind.strip())
        elif name.strip() == b"END" and not stack and kind.strip() == b"VCALENDAR":
            continue  # a second end of all takes nothing with it
        elif name.strip() == b"END" and (not stack or stack.pop() != kind.strip()):
            return False
    return begun == 1 and not stack


def _written(body: bytes, link: Link | None) -> bytes:
    links: Links = {} if link is None else {None: link}
    return written(body, links, writeback=QUIET, language="fr", keyword="@meet", now=NOW)


_OURS = frozenset(
    {b"DESCRIPTION", b"X-ALT-DESC", b"LOCATION", b"URL", b"CONFERENCE", b"X-MICROSOFT-SKYPETEAMSMEETINGURL"}
)


def _bare(body: bytes) -> bytes:
    """A body without what parts a block from the text around it, and without a description that is empty then."""
    return re.sub(rb"\s|\\[nN]|DESCRIPTION:", b"", body)


def _foreign(body: bytes) -> list[bytes]:
    """Every line but the ones that may be ours, in order."""
    lines = ((_name(line), line) for line in _logical(body))
    return [line for name, line in lines if name not in _OURS and not name.startswith(b"X-CALBRIDGE-")]


def _logical(body: bytes) -> list[bytes]:
    """The lines with their folds and without their line breaks: one begins where no white space does."""
    return [line.removesuffix(b"\r") for line in re.split(rb"\n(?![ \t])", body)]


def _unfolded(line: bytes) -> bytes:
    return re.sub(rb"\r?\n[ \t]", b"", line)


def _name(line: bytes) -> bytes:
    return re.split(rb"[:;]", _unfolded(line), maxsplit=1)[0].strip().upper()
