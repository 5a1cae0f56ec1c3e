"""One history, from its seed to its end: faults and people first, then calm, in which all must come right."""

import asyncio
import logging
from collections import Counter
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path

from calbridge import logs
from calbridge.core.actions import CancelStray
from calbridge.core.breakers import Allowed
from calbridge.sync import HostReport, Options
from simulation import ending, events, spells
from simulation.disk import Disk
from simulation.platform import SETTLED
from simulation.process import PIN, Process
from simulation.scene import scene
from simulation.world import START, Violation

LIMIT = 4
"""Calm passes after which nothing may be left to write; the second and the fourth are audits."""


_GAPS = (5, 5, 20, 60, 60, 130, 400, 700)
_HURRIED = (1, 1, 5, 20)
_SLOW = (130, 400, 700)
"""Seconds between two passes; `_SLOW` while something lasts that must be seen for a while to be believed."""


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
        history = History(seed, self._loop, self._disk, self._folder, self._log)
        violation, said = None, ""
        try:
            history.run()
        except Violation as error:
            violation, said = error.invariant, str(error)
            history.world.say(said)
        finally:
            history.end()
        world = history.world
        return Result(seed, world.digest, world.struck, history.quiet, violation, said, tuple(world.trace))


class History:
    """See the module."""

    def __init__(self, seed: int, loop: asyncio.AbstractEventLoop, disk: Disk, folder: Path, log: StringIO) -> None:
        self._scene = scene(seed, disk, folder)
        self.world = self._scene.world
        self.quiet = 0
        self._loop, self._log = loop, log
        self._process: Process | None = None
        self._last: HostReport | None = None
        self._trouble_until = START

    def run(self) -> None:
        """The whole of it."""
        world = self.world
        world.now = START + timedelta(minutes=world.random.randrange(0, 600))
        for _ in range(self._scene.first):
            self._scene.users.create()
        world.watch = self._scene.invariants.watch
        world.meanwhile = self._meanwhile
        for _ in range(world.random.randrange(5, 13)):
            self._pass(Options(full=world.chance(0.1)))
            self._between()
        self._calm()

    def end(self) -> None:
        """Whatever happened, the next history begins anew."""
        self._stop()
        self.world.calm = True
        self._scene.disk.recover()

    # --- trouble ------------------------------------------------------------------------------------------------------

    def _meanwhile(self) -> None:
        """What happens between two calls."""
        world, process = self.world, self._process
        if world.chance(self._scene.people):
            self._scene.users.act()
        if process is not None and not process.dead and world.draw(("second process",), world.rate / 60):
            process.second_process()

    def _between(self) -> None:
        """What happens between two passes."""
        world, random = self.world, self.world.random
        for _ in range(random.choice((0, 0, 1, 2))):
            self._scene.users.act()
        slow = bool(self._scene.users.undecided) or world.now < self._trouble_until
        self._scene.users.decide()
        world.pass_time(random.choice(_HURRIED if self._scene.hurried else _SLOW if slow else _GAPS))
        if world.chance(0.06):
            world.pass_time(random.choice((3_600, 7_200, 90_000)))
        outdated = self._scene.disk.outdated()
        kinds = ("database rolled back",) if outdated else ("database lost", "database rolled back")
        fault = world.draw(kinds, 0.5 if outdated else max(world.rate / 2, 0.12))
        if fault is not None:
            self._replace_database(fault)
        self._trouble_until = max(self._trouble_until, spells.begin(self._scene))

    def _replace_database(self, fault: str) -> None:
        world, disk = self.world, self._scene.disk
        self._stop()
        world.pass_time(SETTLED + 5)
        if fault == "database lost" or not disk.earlier:
            world.say("the database is lost")
            disk.lose()
        else:
            number = world.random.choice(disk.outdated() or range(len(disk.earlier)))
            world.say(f"the database as of commit {disk.earlier[number][0]} is put back")
            disk.put_back(number)
        self._scene.invariants.database_replaced()

    # --- passes -------------------------------------------------------------------------------------------------------

    def _pass(self, options: Options) -> HostReport | None:
        """One pass; what a glance showed to be as before is as the last report says."""
        world, scene = self.world, self._scene
        visits = scene.daemon and options.allowed.cancels is None  # what a person allows is said on the command line
        if self._process is None or self._process.dead or not visits or world.chance(0.05):
            self._stop()
            self._process = Process(world, scene.calendars, scene.platform, scene.disk, scene.config)
        process = self._process
        world.say(f"a pass begins{', full' if options.full else ''}")
        full = options.full or (visits and process.is_audit_due)
        scene.invariants.pass_begins(allowed=options.allowed.cancels is not None, full=full)
        report = process.visit(self._loop, full=options.full) if visits else process.sync(self._loop, options)
        if process.glanced:
            world.say(" nothing has changed")
            scene.invariants.cancels.pass_was_none()
            report = self._last
        self._last = report
        self._speak(report)
        scene.invariants.watch()
        return report

    def _stop(self) -> None:
        if self._process is not None and not self._process.dead:
            self._process.end()

    def _speak(self, report: HostReport | None) -> None:
        """Note what a pass said, and see that it said no secret."""
        world, log = self.world, self._log.getvalue()
        self._log.seek(0)
        self._log.truncate()
        told = log
        if report is not None:
            told += repr((report.problems, report.plan.skipped))
            for outcome in report.outcomes:
                action = outcome.action
                world.say(f" {type(outcome).__name__} {type(action).__name__} {action.about.uid} {action.about.part}")
            for skipped in report.plan.skipped:
                world.say(f" skipped {skipped.uid} {skipped.problem.rule}")
            for problem in dict.fromkeys(report.problems):
                world.say(f" {problem.rule}: {problem.where}")
                if problem.rule in {"internal.error", "store.failed", "store.value"}:
                    raise Violation("no bug shows", f"{problem.rule}: {problem.reason}\n{log[-2000:]}")
        for secret in ("CANARY-", "canary-guest", PIN, events.ROOMS):
            if secret in told:
                at = told.index(secret)
                raise Violation("secrets", told[max(0, at - 200) : at + 100])

    # --- calm ---------------------------------------------------------------------------------------------------------

    def _calm(self) -> None:
        """Nothing goes wrong any more: soon nothing is left to do, and all is as it should be."""
        world, scene = self.world, self._scene
        world.pass_time(2_100)  # every spell ends, every late message arrives, everybody finishes what she began
        night = world.now.replace(hour=22, minute=0, second=0)  # nobody meets
        world.pass_time((night - world.now) % timedelta(days=1) / timedelta(seconds=1))
        world.calm = True
        world.say("calm")
        if world.chance(0.5):
            self._stop()
        emptied = any(not each.objects for each in scene.calendars.calendars.values())
        allowed = Allowed(cancels=50) if emptied or scene.first > 5 else Allowed()
        audit, last = None, None
        for number in range(1, LIMIT + 3):
            if number > LIMIT and self.quiet < number - 2:
                break
            if number == LIMIT and self.quiet <= 1 and _is_idle(audit):
                break  # another audit would find what this one found
            before = scene.calendars.puts + scene.platform.requests
            report = self._pass(Options(full=number % 2 == 0, allowed=allowed))
            audit, last = (report, last) if number % 2 == 0 else (audit, report)
            if scene.calendars.puts + scene.platform.requests > before and not _tidies_only(report):
                self.quiet = number
            world.pass_time(700)
        if self.quiet > LIMIT:
            raise Violation("quiet", f"pass {self.quiet} still wrote")
        if audit is None or last is None:
            raise Violation("quiet", "a calm pass failed")
        ending.check(scene, audit, last)


def _tidies_only(report: HostReport | None) -> bool:
    """Whether all that it did was to cancel strays: the second audit that finds one does so, whenever that is."""
    return report is not None and all(isinstance(each.action, CancelStray) for each in report.outcomes)


def _is_idle(audit: HostReport | None) -> bool:
    """Whether it had nothing to do, to note or to say."""
    return audit is not None and not (audit.plan.actions or audit.plan.notes or audit.problems)
