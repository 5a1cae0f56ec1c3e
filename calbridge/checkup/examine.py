"""All of a check-up, at once: every part has a deadline of its own, and none of them changes anything."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from calbridge.app import account
from calbridge.checkup.account import Directory, look_at_account
from calbridge.checkup.calendars import Shelf, look_at_calendars, shared
from calbridge.checkup.findings import Area, Checkup, Finding, failed, fine, in_order
from calbridge.checkup.hosts import look_at_host
from calbridge.checkup.memory import look_at_database
from calbridge.checkup.secrecy import look_at_files
from calbridge.checkup.servers import Server, look_at_server, servers_of
from calbridge.config import Config, HostConfig
from calbridge.core.problem import Problem
from calbridge.enterprise import Enterprise
from calbridge.errors import StoreError
from calbridge.store import Store

PATIENCE = 4
"""How many of the configuration's timeouts one part of the check-up may take."""

T = TypeVar("T")


async def examine(config: Config, hosts: Sequence[HostConfig], clock: Callable[[], datetime]) -> Checkup:
    """Look at the installation, and at these of its hosts. `clock` gives the time in UTC."""
    with _memory(config) as store:
        async with account(config.platform, clock) as api:
            round_ = _Round(config, api, store, clock)
            here, servers, (_, of_platform), of_hosts = await asyncio.gather(
                round_.here(),
                round_.servers(),
                round_.directory,
                asyncio.gather(*(round_.host(host) for host in hosts)),
            )
    findings = [_configuration(config), *here, *servers, *of_platform]
    findings += [finding for _, found in of_hosts for finding in found]
    calendars = tuple(seen for shelf, _ in of_hosts for seen in shelf.calendars)
    return Checkup(in_order([*findings, *shared(calendars)]), calendars)


def _configuration(config: Config) -> Finding:
    return fine(
        Area.CONFIGURATION, str(config.path), "config.loads", f"complete and sound; host files: {len(config.hosts)}"
    )


def _memory(config: Config) -> Store:
    """What calbridge remembers; nothing where that can't be read, which the check of the database tells."""
    try:
        return Store.snapshot(config.store_path)
    except StoreError:
        return Store.memory()


class _Round:
    """What the parts of one check-up share. `directory` is looked up once, and waited for by every host's part."""

    def __init__(self, config: Config, api: Enterprise, store: Store, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._api = api
        self._store = store
        self._clock = clock
        self._limit = asyncio.Semaphore(config.daemon.concurrency)
        self.directory = asyncio.ensure_future(self._directory())

    async def here(self) -> tuple[Finding, ...]:
        """Files and database, in a thread: to read all of a large database takes its time."""
        config = self._config
        looked = asyncio.to_thread(lambda: (*look_at_files(config), *look_at_database(config.store_path)))
        found = await self._within(looked, Area.DATABASE, str(config.store_path))
        return (found,) if isinstance(found, Finding) else found

    async def servers(self) -> list[Finding]:
        """Certificates and clocks."""
        found = await asyncio.gather(*(self._server(server) for server in servers_of(self._config)))
        return [finding for findings in found for finding in findings]

    async def host(self, host: HostConfig) -> tuple[Shelf, tuple[Finding, ...]]:
        """A host's calendars, and then how she fits."""
        async with self._limit:
            timeout = self._config.platform.timeout
            shelf = await self._within(look_at_calendars(host, self._store, timeout), Area.CALENDARS, host.name)
            if isinstance(shelf, Finding):
                shelf = Shelf((), frozenset(), (shelf,))
        directory, _ = await self.directory
        if directory.role is None:
            return shelf, shelf.findings
        async with self._limit:
            looked = look_at_host(host, self._api, directory, shelf, self._store)
            found = await self._within(looked, Area.HOSTS, host.name)
        return shelf, (*shelf.findings, *((found,) if isinstance(found, Finding) else found))

    async def _server(self, server: Server) -> tuple[Finding, ...]:
        found = await self._within(look_at_server(server, self._clock()), Area.SERVERS, server.name)
        return (found,) if isinstance(found, Finding) else found

    async def _directory(self) -> tuple[Directory, tuple[Finding, ...]]:
        looked = look_at_account(self._api, self._config)
        found = await self._within(looked, Area.PLATFORM, self._config.platform.url)
        return (Directory(), (found,)) if isinstance(found, Finding) else found

    async def _within(self, part: Awaitable[T], area: Area, where: str) -> T | Finding:
        seconds = PATIENCE * self._config.platform.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await part
        except TimeoutError:
            reason = f"not done within {seconds:g} s"
            hint = "find out why the server is so slow, or raise platform.timeout"
            return failed(area, Problem(where, "doctor.slow", reason, hint))
