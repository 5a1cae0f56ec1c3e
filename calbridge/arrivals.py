"""Who a host is on the platform, and which calendars she has: what has to be known before she can be seated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from calbridge.config import HostConfig
from calbridge.core.actions import Plan
from calbridge.core.model import HostProfile
from calbridge.core.problem import Misfit, Problem
from calbridge.errors import CalbridgeError, CalendarError, ConfigError, NotFound
from calbridge.ports import Calendar, Calendars, Discovery
from calbridge.sync import HostReport, Run, internal

_log = structlog.get_logger()

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


async def arrive(host: HostConfig, run: Run, accounts: Sequence[Calendars]) -> Arrival | HostReport:
    """Find out who the host is and which calendars she has, or say why nobody can tell."""
    try:
        profile = await _profile(host, run)
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
