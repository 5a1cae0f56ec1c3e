"""Each answer is checked against the world at once: the platform, its company and hosts, a calendar server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from calbridge.beginning.answers import PlatformAnswers
from calbridge.beginning.files import closed
from calbridge.calendars import DavAccount
from calbridge.core.problem import Misfit, Problem
from calbridge.enterprise import Enterprise, company, domain, host
from calbridge.enterprise.client import Pace
from calbridge.errors import CalendarError, NotFound, PlatformError, Refused, StoreError, Unauthorized
from calbridge.ports import Calendar
from calbridge.store.health import examine

SECONDS: Final = 20.0
"""How long anything may take while somebody waits."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """A host as the platform lists her."""

    id: int
    email: str
    name: str


async def reach(url: str, ca_file: Path | None) -> Problem | None:
    """Whether the platform is there: it refuses a token that is none, in its own way."""
    try:
        async with _account(PlatformAnswers(url, "calbridge-init", ca_file=ca_file)) as api:
            await api.call(domain.DESCENDANTS, domain.DescendantsRequest())
    except Refused:
        return None
    except PlatformError as error:
        return error.problem
    return None


def distrusts(problem: Problem) -> bool:
    """Whether it is the certificate that is not accepted."""
    return problem.rule == "calendar.untrusted" or "certificate" in problem.reason


async def is_resellers(platform: PlatformAnswers) -> bool | Problem:
    """Whether the token is a reseller admin's, who alone may see her domain; a problem where it is nobody's."""
    try:
        async with _account(platform) as api:
            await api.call(domain.DESCENDANTS, domain.DescendantsRequest())
    except Unauthorized as error:
        return error.problem
    except Refused:
        return False
    except PlatformError as error:
        return error.problem
    return True


async def company_name(platform: PlatformAnswers) -> str | Problem:
    """What a reseller's company is called."""

    async def ask(api: Enterprise) -> str | Problem:
        request = company.FetchRequest(company_id=platform.company_id or 0)
        found = await api.call(company.FETCH, request)
        return found.name or f"company {platform.company_id}"

    return await _asked(platform, ask)


async def people(platform: PlatformAnswers) -> tuple[Person, ...] | Problem:
    """The company's hosts."""

    async def ask(api: Enterprise) -> tuple[Person, ...] | Problem:
        rows = await api.call(host.FETCH_ALL, host.FetchAllRequest(company_id=platform.company_id))
        return tuple(Person(row.host_id, (row.email or "").lower(), row.name or "") for row in rows)

    return await _asked(platform, ask)


async def calendars(url: str, username: str, password: str, ca_file: Path | None) -> tuple[Calendar, ...] | Problem:
    """The calendars that she owns and we may write."""
    ca = "" if ca_file is None else str(ca_file)
    try:
        async with DavAccount(url, username, password, host="the calendar", ca_file=ca, timeout=SECONDS) as dav:
            found = await dav.discover()
    except CalendarError as error:
        return error.problem
    if found.problems:
        return found.problems[0]
    return found.calendars


def database(path: Path) -> Problem | None:
    """Why it can't be one; a folder that is not there yet can be made."""
    problem = closed(path.parent)
    if problem is not None:
        hint = "name a file in a folder that this user can write"
        return Problem(problem.where, "init.database", "it is no folder that can be written", hint)
    if path.is_dir():
        return Problem(str(path), "init.database", "that is a folder", "name a file in it")
    if not path.exists():
        return None
    try:
        found = examine(path).problems
    except StoreError as error:
        return error.problem
    return next(iter(found), None)


async def _asked(platform: PlatformAnswers, ask: Callable[[Enterprise], Awaitable[T | Problem]]) -> T | Problem:
    try:
        async with _account(platform) as api:
            return await ask(api)
    except NotFound as error:
        return _NO_COMPANY.at(error.problem.where)
    except PlatformError as error:
        return error.problem


def _account(platform: PlatformAnswers) -> Enterprise:
    ca_file = None if platform.ca_file is None else str(platform.ca_file)
    return Enterprise(platform.url, platform.api_token, timeout=SECONDS, ca_file=ca_file, pace=Pace(tries=1))


_NO_COMPANY = Misfit("init.company", "the platform has no such company, or the token may not see it", "check the id")
