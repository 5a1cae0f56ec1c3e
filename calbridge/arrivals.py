"""Who a host is on the platform, and which calendars she has: what has to be known before she can be seated."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from calbridge.config import HostConfig
from calbridge.core.actions import Plan
from calbridge.core.model import HostProfile
from calbridge.core.problem import Misfit, Problem
from calbridge.errors import CalbridgeError, CalendarError, ConfigError, NotFound
from calbridge.ports import Calendar, Calendars, Discovery
from calbridge.sync import HostReport, Run, internal

_log = structlog.get_logger()

FRESH: Final = timedelta(minutes=5)
"""How long a listing of the platform's hosts is gone by: who was just added there is found that much later."""

_NO_HOST = Misfit(
    "host.unknown",
    "the platform has no host with this id, or the API token may not see her",
    "set host.id to the host's id there, or host.email to her address; check whose API token it is",
)


@dataclass(frozen=True, slots=True)
class Arrival:
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
    def calendars(self) -> tuple[tuple[Calendar, Calendars], ...]:
        """Every calendar with the account that it was found with; one may come twice."""
        return tuple((calendar, account) for account, found in self.discovered for calendar in found.calendars)

    @property
    def urls(self) -> frozenset[str]:
        """Where her calendars are."""
        return frozenset(calendar.url for calendar, _ in self.calendars)

    def without(self, account: Calendars, problem: Problem) -> "Arrival":
        """The same, after one of her accounts failed."""
        others = tuple((each, found) for each, found in self.discovered if each is not account)
        return replace(self, discovered=others, problems=(*self.problems, problem))


class Directory:
    """The platform's hosts by address: listed once for all who ask within `FRESH`, however many they are."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._listing: asyncio.Task[dict[str, tuple[int, ...]]] | None = None
        self._listed = datetime.min.replace(tzinfo=UTC)

    async def ids(self, address: str) -> tuple[int, ...]:
        """The ids of all hosts with an address. Raises `PlatformError`."""
        now = self._run.clock()
        if self._listing is None or now - self._listed >= FRESH or _failed(self._listing):
            self._listing, self._listed = asyncio.create_task(self._list()), now
            self._listing.add_done_callback(_failed)  # a failure that nobody is left to wait for is no news
        found = await asyncio.shield(self._listing)  # one host's end must not be the others'
        return found.get(address.lower(), ())

    async def _list(self) -> dict[str, tuple[int, ...]]:
        by_address: defaultdict[str, list[int]] = defaultdict(list)
        for profile in await self._run.platform.hosts(self._run.config.platform.company_id):
            by_address[profile.email.lower()].append(profile.id)
        return {address: tuple(ids) for address, ids in by_address.items()}


def _failed(task: "asyncio.Task[dict[str, tuple[int, ...]]]") -> bool:
    """Whether it ended without a listing."""
    return task.done() and (task.cancelled() or task.exception() is not None)


async def arrive(
    host: HostConfig, run: Run, directory: Directory, accounts: Sequence[Calendars]
) -> Arrival | HostReport:
    """Find out who the host is and which calendars she has, or say why nobody can tell."""
    try:
        profile = await _profile(host, run, directory)
        return await _discover(host, profile, accounts)
    except CalbridgeError as error:
        return HostReport(host.name, Plan(), (), (error.problem,))
    except Exception as error:  # noqa: BLE001  the boundary of a host: one that breaks our code stops no other
        _log.exception("host failed", host=host.name)
        return HostReport(host.name, Plan(), (), (internal(host.name, error),))


async def _discover(host: HostConfig, profile: HostProfile, accounts: Sequence[Calendars]) -> Arrival:
    """Find her calendars; one account that fails leaves her the others."""
    problems: list[Problem] = []
    discovered: list[tuple[Calendars, Discovery]] = []
    for account in accounts:
        try:
            found = await account.discover()
        except CalendarError as error:
            problems.append(error.problem)
            continue
        discovered.append((account, found))
        problems.extend(found.problems)
    return Arrival(host, profile, tuple(discovered), tuple(problems))


async def _profile(host: HostConfig, run: Run, directory: Directory) -> HostProfile:
    """Who the host is on the platform; by address there must be exactly one."""
    if host.id is not None:
        try:
            return await run.platform.host(host.id)
        except NotFound:
            raise ConfigError((_NO_HOST.at(f"hosts.d/{host.name}.toml: host.id"),)) from None
    ids = await directory.ids(host.email or "")
    if len(ids) == 1:
        return await run.platform.host(ids[0])
    listed = ", ".join(map(str, ids)) or "none"
    raise ConfigError(
        (
            Problem(
                f"hosts.d/{host.name}.toml: host.email",
                "host.not-one",
                f"the platform has {len(ids)} hosts with this address (ids: {listed})",
                "set host.id to the one that is meant",
            ),
        )
    )
