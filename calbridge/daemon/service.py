"""What lives as long as a daemon: its hosts and their visits, its page, what it takes over and tells systemd."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import datetime
from typing import Final

import structlog

from calbridge import app, web
from calbridge.config import Config
from calbridge.core.problem import Problem
from calbridge.daemon import page
from calbridge.daemon.budgets import Budgets
from calbridge.daemon.files import Files
from calbridge.daemon.fuse import Fuse
from calbridge.daemon.ledger import Ledger
from calbridge.daemon.notify import Notifier
from calbridge.daemon.pace import left_alone
from calbridge.daemon.reload import taken_over
from calbridge.daemon.rounds import Books, Rounds, servers
from calbridge.enterprise.platform import AccountPlatform
from calbridge.errors import ConfigError
from calbridge.metrics import Metrics
from calbridge.standing import verdict, verdict_line
from calbridge.sync import Run
from calbridge.visits import Visits

PATIENCE: Final = 14.0
"""Seconds that visits under way get to end by themselves when the daemon stops: with all else, it takes 20 at most."""

LONGEST_FLUSH: Final = 5.0
"""Seconds between two writes of the standings, where no host's interval is shorter."""

_log = structlog.get_logger()


class Service:
    """Everything that lives as long as the daemon. `stack` closes what is opened on the way."""

    def __init__(self, run: Run, load: Callable[[], Config], notifier: Notifier, stack: AsyncExitStack) -> None:
        self._run = run
        self._load = load
        self._notifier = notifier
        self._stack = stack
        self._started = run.clock()
        self._files = Files(run.config)
        self._problems: tuple[Problem, ...] = ()
        budgets = Budgets(run.config.daemon.concurrency, len(servers(run.config)))
        self._fuse = Fuse(run.platform, lending=budgets.lent, mended=lambda: self._rounds.retry(platform_only=True))
        run.platform = self._fuse
        self._ledger = Ledger(run.store, [host.name for host in run.config.hosts])
        self._metrics = Metrics(self._ledger.all, run.clock, self._sessions)
        self.visits = Visits(run)
        self._rounds = Rounds(run, self.visits, budgets, self._fuse, Books(self._ledger, self._metrics))

    async def begin(self) -> None:
        """Serve the page, visit everybody, and say so."""
        address = self._run.config.daemon.status_address
        if address is not None:
            sources = web.Sources(
                config=lambda: self._run.config,
                standings=self._ledger.all,
                store=self._run.store,
                metrics=self._metrics,
                started=self._started,
                clock=self._run.clock,
                problems=self._of_no_host,
            )
            await self._stack.enter_async_context(page.served(web.build(sources), address))
        self._rounds.begin(self._left_alone())
        self._tell_left_out()
        _log.info("daemon started", hosts=len(self._run.config.hosts))
        self._notifier.ready()
        self.say()

    async def reload(self, *, asked: bool) -> None:
        """Read the configuration again, and go on with it, or with the old one where it can't be used.

        `asked`: somebody wants it, and then whoever failed is tried again, too.
        """
        self._notifier.reloading()
        try:
            await self._read_again()
            if asked:
                self._fuse.reset()
                self._rounds.retry()
            self.say()
        finally:
            self._notifier.ready()  # in whatever way it ended: systemd waits for it

    async def _read_again(self) -> None:
        try:
            await asyncio.to_thread(self._files.note, self._run.config)
            await self._take_over(await asyncio.to_thread(self._load))
        except ConfigError as error:
            self._problems = error.problems
            for problem in error.problems:
                _log.error("configuration", **asdict(problem))
            _log.error("configuration not taken over: going on with the old one", problems=len(error.problems))

    async def look(self) -> None:
        """Reload where a file of the configuration changed."""
        if await asyncio.to_thread(self._files.changed, self._run.config):
            await self.reload(asked=False)

    def feed(self) -> None:
        """Tell the watchdog that visits go on; that this runs at all says that the loop turns."""
        if self._rounds.is_moving():
            self._notifier.alive()

    def keep(self) -> None:
        """Write down how the hosts fare, and go on where the machine slept."""
        self._rounds.wake()
        self._ledger.flush()
        self.say()

    def prune(self) -> None:
        """Forget history that is too old to be asked for."""
        self._run.store.journal.prune(self._run.clock())

    def say(self) -> None:
        """Tell systemd, in one line, how things are."""
        config = self._run.config
        found = verdict([host.name for host in config.hosts], self._ledger.all(), self._run.clock())
        line = verdict_line(found, subjects=False)
        if self._problems:
            line = f"the configuration has problems ({len(self._problems)}): see the log; {line}"
        self._notifier.status(line)

    async def end(self, hurry: asyncio.Event) -> None:
        """Begin nothing more, let visits end, and write down what they showed; `hurry` cuts them off at once."""
        self._notifier.stopping()
        cut_off = await self._rounds.drain(PATIENCE, hurry)
        self._ledger.flush()
        _log.info("daemon stopped", cut_off=cut_off)

    @property
    def flush_pause(self) -> float:
        """Seconds between two writes of the standings."""
        intervals = (host.poll_interval.total_seconds() for host in self._run.config.hosts)
        return min(LONGEST_FLUSH, *intervals, LONGEST_FLUSH)

    def _left_alone(self) -> dict[str, datetime]:
        """Whose password the daemon before was refused just now."""
        config, found = self._run.config, dict[str, datetime]()
        for standing in self._ledger.all():
            edited = self._files.edited(config, standing.host)
            until = left_alone(standing.problems, standing.tried, edited)
            if until is not None:
                found[standing.host] = until
        return found

    def _of_no_host(self) -> tuple[Problem, ...]:
        """What is wrong with no single host that is configured."""
        platform = () if self._fuse.problem is None else (self._fuse.problem,)
        return (*self._problems, *platform, *self.visits.left_out())

    def _sessions(self) -> int:
        """How many sessions with the platform were begun, with all accounts so far."""
        return self._run.sessions()

    async def _take_over(self, new: Config) -> None:
        old = self._run.config
        config, self._problems = taken_over(old, new)
        for problem in self._problems:
            _log.warning("configuration", **asdict(problem))
        if config.platform != old.platform:
            # The account so far is closed with the daemon only: visits under way may still use it.
            api = await self._stack.enter_async_context(app.account(config.platform, self._run.clock))
            self._fuse.exchange(AccountPlatform(api, now=self._run.clock))
            before = self._run.sessions
            self._run.sessions = lambda: before() + api.sessions
        self._rounds.changed(config)
        self._tell_left_out()
        _log.info("configuration taken over", hosts=len(config.hosts))

    def _tell_left_out(self) -> None:
        for problem in self.visits.left_out():
            _log.warning("problem", **asdict(problem))
