"""One incarnation of calbridge: it holds the lock, makes passes, and dies wherever the world says so."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

from pydantic import SecretStr

from calbridge import app
from calbridge.calendars import account
from calbridge.config import Account, Config, HostConfig
from calbridge.config.values import DaemonConfig, PlatformConfig
from calbridge.core.policy import ConferencePolicy, Safety, Select, Writeback
from calbridge.enterprise import client
from calbridge.enterprise.client import Enterprise, Pace
from calbridge.enterprise.platform import AccountPlatform
from calbridge.errors import CalbridgeError, LockedError
from calbridge.store import Lock
from calbridge.sync import HostReport, Options, Run
from calbridge.visits import Visits
from simulation.calendars import CalendarServer
from simulation.dav import HOME, PASSWORD, DavWire
from simulation.disk import Disk
from simulation.events import HOST
from simulation.platform import API_TOKEN, PlatformServer, PlatformWire
from simulation.world import Died, Violation, World

PIN = "739164850217"
"""A policy's own PIN: in events and requests, and nowhere else."""


class Process:
    """See the module. `glanced`: the last pass was none, since a glance showed that nothing had changed."""

    def __init__(
        self, world: World, calendars: CalendarServer, platform: PlatformServer, disk: Disk, config: Config
    ) -> None:
        self.world, self.calendars, self.platform, self.disk, self.config = world, calendars, platform, disk, config
        self.dead = self.glanced = False
        disk.dead, disk.end = lambda: self.dead, self.end
        disk.recover()
        self._lock = Lock(config.store_path).acquire(timedelta(0))
        with self._wired():
            api = Enterprise(config.platform.url, API_TOKEN, pace=self._pace())
        self._run = Run(config, AccountPlatform(api, now=world.clock), disk.store, world.clock, Random(world.seed))
        self._visits = Visits(self._run)

    def breathe(self) -> None:
        """Every call out begins here: the dead make none."""
        if self.dead:
            raise Died

    def die(self) -> None:
        """The end, in the middle of whatever it is."""
        self.end()
        raise Died

    def end(self) -> None:
        """The end; the kernel gives back the lock."""
        self.dead = True
        self._lock.release()

    def sync(self, loop: asyncio.AbstractEventLoop, options: Options) -> HostReport | None:
        """One pass over the host, as `calbridge sync` makes it; None where the process died in it, or its database."""

        async def synced() -> HostReport:
            [report] = await app.sync_hosts(self.config, self.disk.store, options, clock=self.world.clock)
            return report

        return self._ran(loop, synced())

    def visit(self, loop: asyncio.AbstractEventLoop, *, full: bool) -> HostReport | None:
        """One visit to the host, as the daemon makes it; None as with `sync`, or where it was only a glance."""

        async def visited() -> HostReport | None:
            return (await self._visits.visit(self.config.hosts[0], full=full)).report

        report = self._ran(loop, visited())
        self.glanced = report is None and not self.dead
        return report

    @property
    def is_audit_due(self) -> bool:
        """Whether a visit may become an audit by itself."""
        known = self._visits._known.get(self.config.hosts[0].name)
        return known is None or known.next_audit <= self.world.now

    def _ran(
        self, loop: asyncio.AbstractEventLoop, passing: Coroutine[object, object, HostReport | None]
    ) -> HostReport | None:
        try:
            with self._wired():
                report = loop.run_until_complete(passing)
        except CalbridgeError as error:
            self.world.say("the process died" if self.dead else f" {error.problem.rule}")
            return None
        except BaseException as error:  # noqa: BLE001  death is one; it comes in a group, where tasks ran beside each other
            _end_tasks(loop)
            self.disk.recover()
            if not _is_death(error):
                raise _violation(error) or error from None
        if self.dead:
            self.world.say("the process died")
            self.disk.recover()
            return None
        return report

    def second_process(self) -> None:
        """Somebody starts another one beside this; it must not even begin."""
        world = self.world
        try:
            Lock(self.config.store_path).acquire(timedelta(seconds=30), clock=world.seconds, sleep=world.pass_time)
        except LockedError:
            return
        raise Violation("one writer", "a second process holds the lock beside the first")

    def _before(self) -> None:
        self.breathe()
        if self.world.draw(("crash before call",), self.world.rate / 40):
            self.world.say("  crash before call")
            self.die()

    def _after(self) -> None:
        self.world.watch()
        if not self.dead and self.world.draw(("crash after call",), self.world.rate / 40):
            self.world.say("  crash after call")
            self.end()

    def _pace(self) -> Pace:
        world = self.world
        chance = Random(world.seed)
        return Pace(monotonic=world.seconds, now=world.clock, sleep=world.sleep, random=chance.random)

    @contextmanager
    def _wired(self) -> Iterator[None]:
        """Both transports and the account of the platform replaced, for as long as the block runs."""
        places = (
            (account, "Transport", self._to_calendars),
            (client, "Transport", self._to_platform),
            (app, "opened", self._opened),
        )
        kept = [getattr(module, name) for module, name, _ in places]
        for module, name, ours in places:
            setattr(module, name, ours)
        try:
            yield
        finally:
            for (module, name, _), theirs in zip(places, kept, strict=True):
                setattr(module, name, theirs)

    def _to_calendars(self, *_: object, **__: object) -> DavWire:
        return DavWire(self.calendars, self._before, self._after)

    def _to_platform(self, *_: object, **__: object) -> PlatformWire:
        return PlatformWire(self.platform, self._before, self._after)

    @asynccontextmanager
    async def _opened(self, *_: object) -> AsyncIterator[Run]:
        yield self._run


def configured(folder: Path) -> Config:
    """One host with one account; everything else as by default."""
    host = HostConfig(
        name="alice",
        id=HOST,
        email=None,
        emails=("alice@example.com",),
        accounts=(Account(HOME, "alice", SecretStr(PASSWORD), "auto", (), None, None),),
        select=Select(),
        conference=ConferencePolicy(),
        writeback=Writeback(),
        safety=Safety(),
        poll_interval=timedelta(minutes=1),
    )
    platform = PlatformConfig(
        url="https://acme.example.com",
        api_token=SecretStr(API_TOKEN),
        company_id=None,
        room_hosts=(),
        on_platform_cancel="report",
        timeout=timedelta(seconds=30),
        ca_file=None,
        proxy=None,
    )
    daemon = DaemonConfig(timedelta(minutes=1), timedelta(hours=24), 64, None)
    return Config(
        path=folder / "calbridge.toml",
        hosts_dir=folder / "hosts.d",
        instance="main",
        platform=platform,
        store_path=folder / "calbridge.db",
        daemon=daemon,
        safety=Safety(),
        hosts=(host,),
    )


def _is_death(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_death(each) for each in error.exceptions)
    return isinstance(error, Died | asyncio.CancelledError)


def _violation(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        return next((found for each in error.exceptions if (found := _violation(each))), None)
    return error if isinstance(error, Violation) else None


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
