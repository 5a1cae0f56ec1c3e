"""A daemon's visits, one after the other, over the world of a `Bridge`, with every request to its calendar server."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager

import pytest

from calbridge import app, config
from calbridge.calendars.transport import Answer, BrokenOff, Transport
from calbridge.config import HostConfig
from calbridge.core.actions import NAMES
from calbridge.store import Store
from calbridge.sync import HostReport, Run
from calbridge.visits import Visit, Visits
from support.bridge import Bridge


class Visiting:
    """One process. `requests` are those to calendar servers in the last visit: method, URL, and who asked.

    `after_poll` happens once, right after a calendar told its changes; `broken`: its server hangs up.
    """

    def __init__(self, bridge: Bridge, runner: asyncio.Runner) -> None:
        self.bridge = bridge
        self.requests: list[tuple[str, str, str]] = []
        self.after_poll: Callable[[], object] | None = None
        self.broken = False
        self._runner = runner
        self._stack = AsyncExitStack()
        self.store = Store.open(bridge.store_path)
        self.run: Run = runner.run(self._open())
        self.visits = Visits(self.run)

    async def _open(self) -> Run:
        return await self._stack.enter_async_context(app.opened(self._config(), self.store, self.bridge.clock))

    def _config(self) -> config.Config:
        self.bridge.write_config()
        return config.load(self.bridge.folder, os.environ)

    def configured(self, name: str) -> HostConfig:
        """A host as configured now."""
        return next(host for host in self.run.config.hosts if host.name == name)

    def visit(self, name: str = "alice", *, full: bool = False) -> Visit:
        """Visit a host."""
        self.requests.clear()
        return self._runner.run(self.visits.visit(self.configured(name), full=full))

    def report(self, name: str = "alice", *, full: bool = False) -> HostReport:
        """Visit a host who is not quiet."""
        report = self.visit(name, full=full).report
        assert report is not None
        return report

    def done(self, name: str = "alice") -> list[str]:
        """Visit a host, and name the actions of her plan; it has no problems."""
        report = self.report(name)
        assert report.problems == ()
        return [NAMES[type(action)] for action in report.plan.actions]

    def settle(self, name: str = "alice") -> None:
        """Visit until a visit is quiet."""
        assert any(self.visit(name).report is None for _ in range(4))

    def reconfigure(self) -> None:
        """Take over what the files say now."""
        self.visits.changed(self._config())

    def begin(self, name: str) -> asyncio.Task[Visit]:
        """Visit a host while another visit is under way."""
        return asyncio.get_running_loop().create_task(self.visits.visit(self.configured(name)))

    def ended(self, visit: asyncio.Task[Visit]) -> HostReport:
        """What came of such a visit."""
        report = self._runner.run(_of(visit)).report
        assert report is not None
        return report

    def asked(self) -> list[str]:
        """The methods of the last visit's requests."""
        return [method for method, _, _ in self.requests]

    def close(self) -> None:
        """End of the process."""
        self._runner.run(self.visits.close())
        self._runner.run(self._stack.aclose())
        self.store.close()


async def _of(visit: asyncio.Task[Visit]) -> Visit:
    return await visit


@contextmanager
def visiting(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visiting]:
    """A process that is running."""
    once = Transport._once
    with asyncio.Runner() as runner:
        process = Visiting(bridge, runner)

        async def noted(
            self: Transport, method: str, url: str, body: bytes, headers: Mapping[str, str], limit: int
        ) -> Answer:
            process.requests.append((method, url, self._login.username))
            if process.broken:
                raise BrokenOff("the connection broke off")
            answer = await once(self, method, url, body, headers, limit)
            if method == "REPORT" and process.after_poll is not None:
                happens, process.after_poll = process.after_poll, None
                happens()
            return answer

        monkeypatch.setattr(Transport, "_once", noted)
        try:
            yield process
        finally:
            process.close()
