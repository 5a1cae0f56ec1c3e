"""The composition root: from a configuration to what a pass over each host needs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from collections.abc import Mapping as Map
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import SystemRandom

from calbridge.arrivals import Arrival, Directory, arrive
from calbridge.calendars import Connections, DavAccount
from calbridge.config import Account, Config, HostConfig, PlatformConfig
from calbridge.core.actions import Plan
from calbridge.core.problem import Problem
from calbridge.enterprise.client import Enterprise, Pace
from calbridge.enterprise.platform import AccountPlatform
from calbridge.errors import ConfigError
from calbridge.seating import Seating
from calbridge.store import Store
from calbridge.sync import HostReport, Options, Run, Seat, sync_host


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


async def sync_hosts(
    config: Config,
    store: Store,
    options: Options,
    *,
    names: Sequence[str] = (),
    clock: Callable[[], datetime] = utc_now,
) -> tuple[HostReport, ...]:
    """One pass over each host (all, or those named), in the order of their names.

    Every host's calendars are discovered before any is polled: a collection is synced by one host (see `seating`).
    """
    chosen = chosen_hosts(config, names)
    async with opened(config, store, clock) as run, Connections(config.daemon.concurrency) as connections:
        limit = asyncio.Semaphore(config.daemon.concurrency)
        seating, directory = Seating(run, chosen), Directory(run)

        async def come(host: HostConfig) -> Arrival | HostReport:
            async with limit:
                return await arrive(host, run, directory, dav_accounts(host, config.platform.timeout, connections))

        async def one(seat: Seat) -> HostReport:
            async with limit:
                return await sync_host(seat, run, options)

        found = await asyncio.gather(*(come(host) for host in chosen))
        arrivals = [each for each in found if isinstance(each, Arrival)]
        failed = [each for each in found if isinstance(each, HostReport)]
        for report in failed:
            seating.failed(report.host)
        with store.transaction():
            refused = {arrival.host.name: seating.arrived(arrival) for arrival in arrivals}
            seats = [seating.seat(arrival) for arrival in arrivals if refused[arrival.host.name] is None]
        failed += [HostReport(name, Plan(), (), (problem,)) for name, problem in refused.items() if problem is not None]
        reports = [*await asyncio.gather(*(one(seat) for seat in seats)), *failed]
        if not names:
            reports = _with(reports, seating.left_out())
        return tuple(sorted(reports, key=lambda report: report.host))


def _with(reports: Sequence[HostReport], problems: Map[str, Problem]) -> list[HostReport]:
    """The reports, with a problem more for each of these hosts."""
    merged = {report.host: report for report in reports}
    for name, problem in problems.items():
        before = merged.get(name, HostReport(name, Plan(), (), ()))
        merged[name] = replace(before, problems=(*before.problems, problem))
    return list(merged.values())


def chosen_hosts(config: Config, names: Sequence[str]) -> tuple[HostConfig, ...]:
    """The hosts of these names, all where none is given. Raises `ConfigError` for a name that has no file."""
    known = {host.name for host in config.hosts}
    unknown = [name for name in names if name not in known]
    if unknown:
        hint = f"the hosts are: {', '.join(sorted(known))}"
        raise ConfigError(
            tuple(Problem(f"--host {n}", "config.no-host", "there is no such host", hint) for n in unknown)
        )
    return tuple(host for host in config.hosts if not names or host.name in names)


def account(platform: PlatformConfig, clock: Callable[[], datetime]) -> Enterprise:
    """The platform's account, to be used as an async context manager."""
    return Enterprise(
        platform.url,
        platform.api_token.get_secret_value(),
        timeout=platform.timeout.total_seconds(),
        ca_file=None if platform.ca_file is None else str(platform.ca_file),
        proxy=platform.proxy,
        pace=Pace(now=clock),
    )


@asynccontextmanager
async def opened(config: Config, store: Store, clock: Callable[[], datetime]) -> AsyncIterator[Run]:
    """The platform's account, open for as long as the block runs."""
    async with account(config.platform, clock) as api:
        platform = AccountPlatform(api, now=clock)
        yield Run(config, platform, store, clock, SystemRandom(), sessions=lambda: api.sessions)


def dav_accounts(host: HostConfig, timeout: timedelta, connections: Connections) -> tuple[DavAccount, ...]:
    """A host's accounts; they live as long as the connections."""
    return tuple(dav_account(each, host.name, timeout, connections) for each in host.accounts)


def dav_account(account: Account, host: str, timeout: timedelta, connections: Connections | None = None) -> DavAccount:
    """One of a host's accounts; without `connections` it has its own, and is to be used as an async context manager."""
    return DavAccount(
        account.url,
        account.username or "",
        account.password.get_secret_value(),
        host=host,
        auth=account.auth,
        names=account.names,
        ca_file="" if account.ca_file is None else str(account.ca_file),
        proxy=account.proxy or "",
        timeout=timeout.total_seconds(),
        connections=connections,
    )
