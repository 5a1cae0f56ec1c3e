"""One history, from its seed to its end: faults and people first, then calm, in which all must come right."""

import asyncio
import logging
from collections import Counter
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

from calbridge import logs
from calbridge.core.breakers import Allowed
from calbridge.sync import HostReport, Options
from simulation import events, faults
from simulation.calendars import CalendarServer
from simulation.disk import Disk
from simulation.invariants import Invariants
from simulation.platform import SETTLED, PlatformServer
from simulation.process import Process, configured
from simulation.users import Users
from simulation.world import START, Violation, World

LIMIT = 4
"""Passes after which nothing may be left to write, one of them an audit."""


@dataclass(frozen=True)
class Result:
    """What became of a history. `quiet` is the last calm pass that wrote anything; `violation` what it broke."""

    seed: int
    digest: str
    struck: Counter[str]
    quiet: int
    violation: str | None
    said: str
    trace: tuple[str, ...]


class Histories:
    """Runs histories one after the other on one event loop and one disk. `folder` holds the lock's file."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._disk = Disk()
        self._folder = folder
        self._log = StringIO()
        with redirect_stderr(self._log):
            logs.log_to_stderr(logging.DEBUG)

    def close(self) -> None:
        """The last one is over."""
        self._loop.close()

    def run(self, seed: int) -> Result:
        """Run one."""
        self._log.seek(0)
        self._log.truncate()
        history = History(seed, self._loop, self._disk, self._folder, self._log)
        violation, said = None, ""
        try:
            history.run()
        except Violation as error:
            violation, said = error.invariant, str(error)
        finally:
            history.end()
        world = history.world
        return Result(seed, world.digest, world.struck, history.quiet, violation, said, tuple(world.trace))


class History:
    """See the module."""

    def __init__(self, seed: int, loop: asyncio.AbstractEventLoop, disk: Disk, folder: Path, log: StringIO) -> None:
        self.world = world = World(seed)
        self.quiet = 0
        self._loop, self._disk, self._log = loop, disk, log
        self._config = configured(folder)
        names = ("work", "home")[: world.random.choice((1, 2, 2))]
        self.calendars = CalendarServer(world, names)
        self.platform = PlatformServer(world)
        self.users = Users(world, self.calendars, self.platform)
        disk.reset(world)
        self.invariants = Invariants(world, self.calendars, self.platform, disk)
        self.calendars.edit = self.users.edit_at
        self._process: Process | None = None
        self._character()

    def run(self) -> None:
        """The whole of it."""
        world = self.world
        world.now = START + timedelta(minutes=world.random.randrange(0, 600))
        for _ in range(world.random.choice((1, 2, 3, 3, 4))):
            self.users.create()
        world.watch = self.invariants.watch
        world.meanwhile = self._meanwhile
        for _ in range(world.random.randrange(5, 12)):
            self._pass(self._options())
            self._between()
        self._calm()

    def end(self) -> None:
        """Whatever happened, the next history begins anew."""
        if self._process is not None and not self._process.dead:
            self._process.end()
        self.world.calm = True
        self._disk.recover()

    # --- trouble ------------------------------------------------------------------------------------------------------

    def _character(self) -> None:
        """What kind of history it is: its faults, its servers' habits."""
        world, random = self.world, self.world.random
        world.rate = random.choice((0.02, 0.1, 0.2, 0.3))
        share = random.choice((0.15, 0.5, 1.0))
        world.enabled = frozenset(kind for kind in sorted(faults.ALL) if random.random() < share)
        habits = self.calendars.habits
        habits.sync = random.random() < 0.8
        habits.atomic = random.random() < 0.7
        habits.multiget = random.choice(("entry", "omitted", "whole"))
        habits.rewrites = "dav rewrites" in world.enabled and random.random() < 0.3
        if "dav drops properties" in world.enabled and random.random() < 0.2:
            habits.drops = frozenset(
                random.sample(("CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-CALBRIDGE-WAS-LOCATION"), 1)
            )
        other = self.platform.habits
        other.first_instance_child = random.random() < 0.5
        other.master_stays_listed = random.random() < 0.7
        other.resets_children = random.random() < 0.4
        other.pages = random.random() < 0.7
        other.refusal_status = random.choice((200, 400, 422))
        other.terse_answers = random.random() < 0.2
        if "api listing lag" in world.enabled and random.random() < 0.4:
            other.lag = SETTLED
        self._people = random.choice((0.0, 0.02, 0.06, 0.15))
        self._daemon = random.random() < 0.6

    def _meanwhile(self) -> None:
        if self.world.chance(self._people):
            self.users.act()
        if (
            self._process is not None
            and not self._process.dead
            and self.world.draw(("second process",), self.world.rate / 40)
        ):
            self._process.second_process()

    def _between(self) -> None:
        """Between two passes."""
        world, random = self.world, self.world.random
        for _ in range(random.choice((0, 0, 1, 2))):
            self.users.act()
        world.pass_time(random.choice((60, 60, 60, 130, 400, 700)))
        if world.chance(0.05):
            world.pass_time(random.choice((7_200, 90_000)))
        match world.draw(("database lost", "database rolled back"), world.rate / 3):
            case "database lost":
                self._replace_database(None)
            case "database rolled back" if self._disk.earlier:
                self._replace_database(random.randrange(len(self._disk.earlier)))
        self._spell()

    def _replace_database(self, number: int | None) -> None:
        world = self.world
        self._stop()
        world.pass_time(SETTLED + 5)
        if number is None:
            world.say("the database is lost")
            self._disk.lose()
        else:
            world.say(f"the database as of commit {self._disk.earlier[number][0]} is put back")
            self._disk.put_back(number)
        self.invariants.excuse_orphans()

    def _spell(self) -> None:
        """Something begins that lasts."""
        world, random = self.world, self.world.random
        kind = world.draw(faults.SPELLS, world.rate / 2)
        if kind is None:
            return
        server = self.calendars
        things = sorted(server.everything())
        urls = sorted(server.calendars)
        thing, url = random.choice(things) if things else "", random.choice(urls)
        sets = {
            "spell: unlisted": (server.unlisted, thing),
            "spell: unfetchable": (server.unfetchable, thing),
            "spell: emptied": (server.emptied, url),
            "spell: calendar away": (server.away, url),
        }
        seconds = random.choice((300, 900, 2_000))
        world.say(f"{kind} {thing} {url} for {seconds} s")
        if kind == "spell: hidden":
            self._hide(thing, seconds)
        elif kind in sets:
            members, member = sets[kind]
            members.add(member)
            world.later(seconds, f"the end of {kind}", lambda: members.discard(member))
        elif kind == "spell: dav outage":
            server.down = True
            world.later(seconds, f"the end of {kind}", lambda: setattr(server, "down", False))
        elif kind == "spell: api outage":
            self.platform.down = True
            world.later(seconds, f"the end of {kind}", lambda: setattr(self.platform, "down", False))

    def _hide(self, thing: str, seconds: float) -> None:
        """Another view of an event is another version of it."""

        def touched() -> None:
            body = self.calendars.everything().get(thing)
            if body is not None:
                self.calendars.put(thing, body)

        def shown() -> None:
            self.calendars.hidden.discard(thing)
            touched()

        self.calendars.hidden.add(thing)
        touched()
        self.world.later(seconds, "the end of spell: hidden", shown)

    # --- passes -------------------------------------------------------------------------------------------------------

    def _options(self) -> Options:
        return Options(full=self.world.chance(0.1))

    def _pass(self, options: Options) -> HostReport | None:
        world = self.world
        if self._process is None or self._process.dead or not self._daemon or world.chance(0.05):
            self._stop()
            self._process = Process(world, self.calendars, self.platform, self._disk, self._config)
        world.say(f"a pass begins{', full' if options.full else ''}")
        self.invariants.passes.append(world.now)
        self.calendars.begin_pass()
        report = self._process.make_pass(self._loop, options)
        self._speak(report)
        self.invariants.watch()
        return report

    def _stop(self) -> None:
        if self._process is not None and not self._process.dead:
            self._process.end()

    def _speak(self, report: HostReport | None) -> None:
        """Note what a pass said, and see that it said no secret."""
        world = self.world
        if report is not None:
            for outcome in report.outcomes:
                action = outcome.action
                world.say(f" {type(outcome).__name__} {type(action).__name__} {action.about.uid} {action.about.part}")
            for skipped in report.plan.skipped:
                world.say(f" skipped {skipped.uid} {skipped.problem.rule}")
            for problem in dict.fromkeys(report.problems):
                world.say(f" {problem.rule}: {problem.where}")
                if problem.rule in {"internal.error", "store.failed", "store.value"}:
                    raise Violation("no bug shows", f"{problem.rule}: {problem.reason}\n{self._log.getvalue()[-2000:]}")
        text = self._log.getvalue() + ("" if report is None else repr((report.problems, report.plan.skipped)))
        for secret in ("CANARY", "canary", events.ROOMS):
            if secret in text:
                at = text.index(secret)
                raise Violation("secrets", text[max(0, at - 200) : at + 100])
        self._log.seek(0)
        self._log.truncate()

    # --- calm ---------------------------------------------------------------------------------------------------------

    def _calm(self) -> None:
        """Nothing goes wrong any more: soon nothing is left to do, and all is as it should be."""
        world = self.world
        world.calm = True
        world.say("calm")
        world.pass_time(2_100)
        if world.chance(0.5):
            self._stop()
        allowed = (
            Allowed(cancels=50) if any(not each.objects for each in self.calendars.calendars.values()) else Allowed()
        )
        report = None
        for number in range(1, LIMIT + 3):
            before = self.calendars.puts + self.platform.requests
            report = self._pass(Options(full=number in (2, LIMIT + 1), allowed=allowed))
            if self.calendars.puts + self.platform.requests > before:
                self.quiet = number
            world.pass_time(700)
        if self.quiet > LIMIT:
            raise Violation("quiet", f"pass {self.quiet} still wrote")
        assert report is not None
        self._complete(report)

    def _complete(self, report: HostReport) -> None:
        """Every meeting has its conferences, and shows them; nothing else has any."""
        world = self.world
        asking = {told.tag: told for _, told in reversed(self.calendars.asking())}
        for tag, told in asking.items():
            rows = [row for mark, row in self.invariants.marked() if mark.tag == tag and row.origin != "person"]
            wanted = events.still_to_come(told, world.now)
            if not wanted or tag in self.users.platform_cancelled:
                continue
            has = sorted(each for row in rows for each in self.invariants.upcoming(row))
            if has != wanted:
                raise Violation("complete", f"{told.uid} wants {_list(wanted)}, has {_list(has)}")
            rooms = {self.platform.url(row) for row in rows}
            for event in told.events:
                if events.is_to_come(told, event, world.now) and event.text("X-CALBRIDGE-URL") not in rooms:
                    raise Violation("linked", f"{told.uid} {event.instance} shows {event.text('X-CALBRIDGE-URL')!r}")
        for mark, row in self.invariants.marked():
            if mark.tag not in asking and self.invariants.upcoming(row) and not self.invariants.is_excused(row):
                raise Violation("left over", f"{mark.text} is asked for by nothing")


def _list(occurrences: list[tuple[datetime, int]]) -> str:
    return ", ".join(f"{start:%d %H:%M}+{minutes}" for start, minutes in occurrences)
