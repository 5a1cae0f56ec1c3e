"""One operation, killed or stopped at one point, and what the passes after it make of that."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from signal import SIGCONT, SIGKILL, SIGSTOP, Signals

from support import ical

from calbridge.commands.process import LOCK_WAIT
from kill.lane import Json, Lane
from kill.operations import Operation
from kill.process import Process, Strike, sync

PASSES = 3
"""After a kill, the last of which finds nothing to do any more."""

_SHORT = timedelta(seconds=0.3)
"""A wait for the lock that no test notices."""

_OURS = ("X-CALBRIDGE-", "CONFERENCE", "X-MICROSOFT-", "DTSTAMP", "LAST-MODIFIED")


@dataclass(frozen=True)
class World:
    """What people see: the events and conferences, as far as chance has no part in them, and the rooms of both.

    `shown` is by object, `calendar/name`; `open_rooms` are those of single conferences and masters.
    """

    events: dict[str, str]
    conferences: tuple[str, ...]
    shown: dict[str, str]
    open_rooms: tuple[str, ...]


@dataclass
class Row:
    """One operation's line of the table.

    `killed` died at a point. `continued` were stopped there, kept another process from working, and went on; `replaced`
    were stopped and then killed, while another process waited. `longest` counts the passes up to the quiet one.
    """

    operation: str
    points: int = 0
    killed: int = 0
    continued: int = 0
    replaced: int = 0
    longest: int = 0
    failures: list[str] = field(default_factory=list)


class Trial:
    """One operation in one lane: made ready, done once without a kill, and then killed wherever it is asked for."""

    def __init__(self, lane: Lane, operation: Operation) -> None:
        self._lane = lane
        self._operation = operation
        self._expected: World | None = None
        for name, event in (operation.before or {}).items():
            lane.dav.put(f"work/{name}", ical.calendar_object(event))
        if operation.before is not None:
            sync(lane.folder)
            assert sync(lane.folder).is_quiet
        self._room = _room(lane.objects().get("work/plan", ""))
        operation.edit(lane)
        for _ in range(operation.passes):
            sync(lane.folder)
        edited = lane.objects()
        lane.keep()
        undisturbed = Process(lane.folder, points=True)
        ran = undisturbed.ended()
        assert ran.code == 0, ran
        self.points = undisturbed.points()
        self.locked = [point for point, name in enumerate(self.points) if point and not name.endswith(" in cli")]
        self.row = Row(operation.name, len(self.points))
        assert sync(lane.folder).is_quiet
        self._expected = see(lane)
        assert self._wrong(self._expected) == ""
        assert lost_lines(edited, lane.objects()) == []

    def kill(self, point: int) -> None:
        """Put everything back, kill there, and see how it goes on."""
        self._lane.put_back()
        died = Process(self._lane.folder, strike=Strike(point)).ended()
        self.row.killed += 1
        self._judge(point, "killed", "" if died.code == -SIGKILL else f"it ended before: {died}")

    def stop(self, point: int, *, then: Signals, lock_wait: timedelta = _SHORT) -> None:
        """Put everything back and stop there, which leaves the lock taken; then go on, or die and be replaced.

        Who goes on after long may find its requests' time run out, and who replaces it what it can't be certain of.
        """
        self._lane.put_back()
        first = Process(self._lane.folder, strike=Strike(point, SIGSTOP))
        stopped = first.stopped()
        second = Process(self._lane.folder, lock_wait=lock_wait if then is SIGCONT else LOCK_WAIT)
        if then is SIGCONT:
            began = time.monotonic()
            refused = second.ended()
            waited = time.monotonic() - began > 0.9 * lock_wait.total_seconds()
            first.signal(SIGCONT)
            codes = (first.ended().code, refused.code)
            self.row.continued += 1
            as_told = refused.code == 75 and waited and refused.rules == ["store.locked"] and codes[0] in {0, 1}
        else:
            first.signal(SIGKILL)
            codes = (first.ended().code, second.ended().code)
            self.row.replaced += 1
            as_told = codes[0] == -SIGKILL and codes[1] in {0, 1}
        self._judge(point, f"stopped, then {then.name}", "" if stopped and as_told else f"exit codes {codes}")

    def _judge(self, point: int, what: str, wrong: str) -> None:
        passes, unsettled = self._settle()
        self.row.longest = max(self.row.longest, passes)
        if wrong or unsettled:
            self.row.failures.append(f"{self.row.operation}, {what} at {self.points[point]}: {wrong or unsettled}")

    def _settle(self) -> tuple[int, str]:
        """Sync until all is as it should be: how many passes that took, and what is wrong in the end."""
        wrong = ""
        for passes in range(1, PASSES + 1):
            ran = sync(self._lane.folder)
            wrong = self._wrong(see(self._lane)) if ran.is_quiet else f"not quiet: {ran.out}{ran.err}"
            if not wrong:
                return passes, self._unrest()
        return PASSES, wrong

    def _unrest(self) -> str:
        """What a pass that compares everything does, now that all is quiet."""
        began, written = datetime.now(UTC), self._lane.written()
        full = sync(self._lane.folder, "--full")
        if not full.is_quiet:
            return f"not quiet with --full: {full.out}"
        if self._lane.written() != written:
            return "a quiet pass wrote to the calendar"
        writes = self._lane.writes_since(began)
        return f"a quiet pass wrote to the platform: {writes}" if writes else ""

    def _wrong(self, world: World) -> str:
        rooms = Counter(world.open_rooms)
        if rooms != Counter(world.shown.values()):
            return f"rooms {dict(rooms)}, events show {world.shown}"
        place = self._operation.place
        if (place in world.shown) != (place is not None):
            return f"the event is not at {place}: {world.shown}"
        if place is not None and self._operation.keeps and world.shown[place] != self._room:
            return f"it had {self._room}, and has {world.shown[place]}"
        expected = self._expected or world
        if (world.events, world.conferences) != (expected.events, expected.conferences):
            return f"{world} instead of {expected}"
        return ""


def see(lane: Lane) -> World:
    """Look at both sides, past calbridge."""
    objects, listed = lane.objects(), lane.conferences()
    shown = {name: _room(text) for name, text in objects.items()}
    return World(
        events={name: _without_chance(text, shown[name]) for name, text in objects.items()},
        conferences=tuple(sorted(map(_meaning, listed))),
        shown=shown,
        open_rooms=tuple(c["room_url"] for c in listed if c.get("master_id") in (None, c["conference_id"])),
    )


def lost_lines(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What people wrote and is not there any more. Of a description our block comes last."""
    lost = []
    for name, text in before.items():
        for line in text.splitlines():
            theirs = line.split("\\n\\n:::::::: calbridge")[0]
            if not theirs.startswith(_OURS) and f"\n{theirs}" not in f"\n{after[name]}":
                lost.append(f"{name}: {line}")
    return lost


def _room(text: str) -> str:
    return next(iter(re.findall(r"^X-CALBRIDGE-URL[^:]*:(\S+)$", text, re.MULTILINE)), "")


def _without_chance(text: str, room: str) -> str:
    code = room.rsplit("/", 1)[-1]
    same_times = re.sub(r"^(DTSTAMP|LAST-MODIFIED):\S+$", r"\1", text, flags=re.MULTILINE)
    return same_times.replace(code, "CODE") if code else same_times


def _meaning(conference: Json) -> str:
    fields = ("start", "time_zone", "duration", "schedule", "subject", "agenda")
    return " ".join(str(conference.get(name)) for name in fields)
