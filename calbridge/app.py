"""The composition root: from a configuration to what a pass over each host needs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import SystemRandom

import structlog

from calbridge.calendars import DavAccount
from calbridge.config import Account, Config, HostConfig, PlatformConfig
from calbridge.core.actions import Plan
from calbridge.core.model import HostProfile
from calbridge.core.problem import Misfit, Problem
from calbridge.enterprise.client import Enterprise, Pace
from calbridge.enterprise.platform import AccountPlatform
from calbridge.errors import CalbridgeError, CalendarError, ConfigError, NotFound
from calbridge.ports import Calendar, Calendars, Discovery
from calbridge.store import Store
from calbridge.sync import HostReport, Options, Run, Seat, internal, sync_host

_log = structlog.get_logger()


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

    Every host's calendars are discovered before any is polled: a collection is synced by one host (see `_seated`).
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

        reports: Sequence[HostReport] = await asyncio.gather(*(one(seat) for seat in seats))
        reports = (*reports, *failed)
        return tuple(sorted(reports if names else _left_out(reports, seats, run), key=lambda report: report.host))


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
        yield Run(config, AccountPlatform(api, now=clock), store, clock, SystemRandom())


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A host and her calendars, before it is settled who syncs which."""

    host: HostConfig
    profile: HostProfile
    discovered: tuple[tuple[Calendars, Discovery], ...]
    problems: tuple[Problem, ...]

    @property
    def is_partial(self) -> bool:
        """Whether an account of hers could not be seen, or not all of it."""
        return bool(self.problems)

    @property
    def urls(self) -> frozenset[str]:
        return frozenset(calendar.url for calendar, _ in self.calendars)

    @property
    def calendars(self) -> tuple[tuple[Calendar, Calendars], ...]:
        return tuple((calendar, account) for account, found in self.discovered for calendar in found.calendars)


async def _arrive(
    host: HostConfig, run: Run, accounts: AsyncExitStack, limit: asyncio.Semaphore
) -> _Arrival | HostReport:
    """Find out who the host is and which calendars she has, or say why nobody can tell."""
    async with limit:
        try:
            profile = await _profile(host, run)
            return await _discover(host, profile, run, accounts)
        except CalbridgeError as error:
            return HostReport(host.name, Plan(), (), (error.problem,))
        except Exception as error:  # noqa: BLE001  the boundary of a host: one that breaks our code stops no other
            _log.exception("host failed", host=host.name)
            return HostReport(host.name, Plan(), (), (internal(host.name, error),))


async def _discover(host: HostConfig, profile: HostProfile, run: Run, accounts: AsyncExitStack) -> _Arrival:
    """Find her calendars; one account that fails leaves her the others."""
    problems: list[Problem] = []
    discovered: list[tuple[Calendars, Discovery]] = []
    for account in host.accounts:
        dav = await accounts.enter_async_context(dav_account(account, host.name, run.config.platform.timeout))
        try:
            found = await dav.discover()
        except CalendarError as error:
            problems.append(error.problem)
            continue
        discovered.append((dav, found))
        problems.extend(found.problems)
    return _Arrival(host, profile, tuple(discovered), tuple(problems))


def dav_account(account: Account, host: str, timeout: timedelta) -> DavAccount:
    """One of a host's accounts, to be used as an async context manager."""
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
    """Give every collection to one host: to who synced it before, as long as she may, else to the first by name.

    A collection never changes hands because of a failed login: every meeting in it would get a second room.
    """
    holders: dict[str, str] = {}
    for arrival in sorted(arrivals, key=lambda arrival: arrival.host.name, reverse=True):
        holders.update({calendar.url: arrival.host.name for calendar, _ in arrival.calendars})
    by_id = {arrival.profile.id: arrival for arrival in arrivals}
    away = _hosts_away({arrival.host.name for arrival in arrivals}, run)
    for record in run.store.calendars.all():
        before = by_id.get(record.host_id)
        if before is None and record.host_id in away:
            holders[record.url] = away[record.host_id]
        elif before is not None and (before.is_partial or record.url in before.urls):
            holders[record.url] = before.host.name
    return [_seat(a, holders, run) for a in sorted(arrivals, key=lambda arrival: arrival.host.name)]


def _hosts_away(arrived: set[str], run: Run) -> dict[int, str]:
    """Configured hosts that are not part of this pass, or could not be found in it: name by id, as last seen."""
    configured = {host.name for host in run.config.hosts} - arrived
    return {record.host_id: record.name for record in run.store.journal.hosts() if record.name in configured}


def _left_out(reports: Sequence[HostReport], seats: Sequence[Seat], run: Run) -> tuple[HostReport, ...]:
    """Hosts that have rooms and are configured no more, or under another id: said, and left alone."""
    known = {seat.profile.id for seat in seats} | _hosts_away({seat.name for seat in seats}, run).keys()
    names = {record.host_id: record.name for record in run.store.journal.hosts()}
    problems = {
        host_id: Problem(
            f"host {names.get(host_id, host_id)}",
            "host.left-out",
            f"meetings of the platform's host {host_id} have rooms, but no host file names her any more",
            "their rooms stay; bring the host file back, or its id",
        )
        for host_id in sorted(run.store.meetings.host_ids() - known)
    }
    merged = {report.host: report for report in reports}
    for host_id, problem in problems.items():
        name = names.get(host_id, str(host_id))
        before = merged.get(name, HostReport(name, Plan(), (), ()))
        merged[name] = replace(before, problems=(*before.problems, problem))
    return tuple(merged.values())


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
