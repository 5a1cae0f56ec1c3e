"""The composition root: from a configuration to what a pass over each host needs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import SystemRandom

from calbridge.calendars import DavAccount
from calbridge.config import Account, Config, HostConfig
from calbridge.core.actions import Plan
from calbridge.core.model import HostProfile
from calbridge.core.problem import Misfit, Problem
from calbridge.enterprise.client import Enterprise, Pace
from calbridge.enterprise.platform import AccountPlatform
from calbridge.errors import CalbridgeError, CalendarError, ConfigError, NotFound
from calbridge.ports import Calendar, Calendars, Discovery
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

    Every host's calendars are discovered before any is polled: a collection is synced by one host, the first by name.
    """
    chosen = chosen_hosts(config, names)
    async with opened(config, store, clock) as run, AsyncExitStack() as accounts:
        limit = asyncio.Semaphore(config.daemon.concurrency)
        arrivals = await asyncio.gather(*(_arrive(host, run, accounts, limit) for host in chosen))
        seats = _seated([a for a in arrivals if isinstance(a, _Arrival)], run)
        failed = [a for a in arrivals if isinstance(a, HostReport)]

        async def one(seat: Seat) -> HostReport:
            async with limit:
                return await sync_host(seat, run, options)

        reports = await asyncio.gather(*(one(seat) for seat in seats))
        return tuple(sorted((*reports, *failed), key=lambda report: report.host))


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


@asynccontextmanager
async def opened(config: Config, store: Store, clock: Callable[[], datetime]) -> AsyncIterator[Run]:
    """The platform's account, open for as long as the block runs."""
    platform = config.platform
    async with Enterprise(
        platform.url,
        platform.api_token.get_secret_value(),
        timeout=platform.timeout.total_seconds(),
        ca_file=None if platform.ca_file is None else str(platform.ca_file),
        proxy=platform.proxy,
        pace=Pace(now=clock),
    ) as api:
        yield Run(config, AccountPlatform(api, now=clock), store, clock, SystemRandom())


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A host and her calendars, before it is settled who syncs which."""

    host: HostConfig
    profile: HostProfile
    discovered: tuple[tuple[Calendars, Discovery], ...]
    problems: tuple[Problem, ...]

    @property
    def calendars(self) -> tuple[tuple[Calendar, Calendars], ...]:
        return tuple((calendar, account) for account, found in self.discovered for calendar in found.calendars)


async def _arrive(
    host: HostConfig, run: Run, accounts: AsyncExitStack, limit: asyncio.Semaphore
) -> _Arrival | HostReport:
    """Find out who the host is and which calendars she has; one account that fails leaves her the others."""
    async with limit:
        try:
            profile = await _profile(host, run)
        except CalbridgeError as error:
            return HostReport(host.name, Plan(), (), (error.problem,))
        problems: list[Problem] = []
        discovered: list[tuple[Calendars, Discovery]] = []
        for account in host.accounts:
            dav = await accounts.enter_async_context(_dav(account, host, run))
            try:
                found = await dav.discover()
            except CalendarError as error:
                problems.append(error.problem)
                continue
            discovered.append((dav, found))
            problems.extend(found.problems)
        return _Arrival(host, profile, tuple(discovered), tuple(problems))


def _dav(account: Account, host: HostConfig, run: Run) -> DavAccount:
    return DavAccount(
        account.url,
        account.username or "",
        account.password.get_secret_value(),
        host=host.name,
        auth=account.auth,
        names=account.names,
        ca_file="" if account.ca_file is None else str(account.ca_file),
        proxy=account.proxy or "",
        timeout=run.config.platform.timeout.total_seconds(),
    )


_NO_HOST = Misfit(
    "host.unknown",
    "the platform has no host with this id, or the API token may not see her",
    "set host.id to the host's id there, or host.email to her address; check whose API token it is",
)


async def _profile(host: HostConfig, run: Run) -> HostProfile:
    """Who the host is on the platform; by address there must be exactly one."""
    if host.id is not None:
        try:
            return await run.platform.host(host.id)
        except NotFound:
            raise ConfigError((_NO_HOST.at(f"hosts.d/{host.name}.toml: host.id"),)) from None
    found = [
        p
        for p in await run.platform.hosts(run.config.platform.company_id)
        if p.email.lower() == (host.email or "").lower()
    ]
    if len(found) == 1:
        return await run.platform.host(found[0].id)
    ids = ", ".join(str(profile.id) for profile in found) or "none"
    raise ConfigError(
        (
            Problem(
                f"hosts.d/{host.name}.toml: host.email",
                "host.not-one",
                f"the platform has {len(found)} hosts with this address (ids: {ids})",
                "set host.id to the one that is meant",
            ),
        )
    )


def _seated(arrivals: Sequence[_Arrival], run: Run) -> list[Seat]:
    """Give every collection to one host: the first by name of those that have it now, or had it and may still."""
    arrived = {a.host.name: a for a in arrivals}
    holders = _earlier_holders(arrived, run)
    for name in sorted(arrived, reverse=True):
        for calendar, _ in arrived[name].calendars:
            if name <= holders.get(calendar.url, name):
                holders[calendar.url] = name
    return [_seat(arrived[name], holders, run) for name in sorted(arrived)]


def _earlier_holders(arrived: dict[str, _Arrival], run: Run) -> dict[str, str]:
    """Who polled each calendar before, where she is still configured and was not just seen to have lost it."""
    names = {record.host_id: record.name for record in run.store.journal.hosts()}
    configured = {host.name for host in run.config.hosts}
    holders = {record.url: names.get(record.host_id, "") for record in run.store.calendars.all()}
    return {url: name for url, name in holders.items() if name in configured and name not in arrived}


def _seat(arrival: _Arrival, holders: dict[str, str], run: Run) -> Seat:
    name, profile = arrival.host.name, arrival.profile
    mine = tuple({c.url: (c, a) for c, a in arrival.calendars if holders[c.url] == name}.values())
    others = tuple(
        Problem(
            calendar.url,
            "calendar.other-host",
            f"this calendar is synced for the host {holders[calendar.url]!r} already",
            f"leave it out of one of the two: calendar.names in hosts.d/{name}.toml",
        )
        for calendar, _ in arrival.calendars
        if holders[calendar.url] != name
    )
    run.store.journal.save_profile(replace(profile, access_code=None), name)
    for calendar, _ in mine:
        run.store.calendars.claim(calendar.url, profile.id)
    unseen: frozenset[str] = frozenset()
    if arrival.problems:  # a calendar that was not found may be one of those with rooms
        unseen = frozenset(r.url for r in run.store.calendars.all() if r.host_id == profile.id)
    addresses = {address.lower() for _, found in arrival.discovered for address in found.addresses}
    return Seat(
        name=name,
        config=arrival.host,
        profile=profile,
        addresses=frozenset(arrival.host.emails or (*addresses, profile.email.lower())),
        calendars=mine,
        unseen=unseen - {c.url for c, _ in mine},
        problems=(*arrival.problems, *others),
    )
