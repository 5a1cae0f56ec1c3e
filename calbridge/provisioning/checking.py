"""`calbridge hosts check`: host files, the platform's hosts and the calendars, held against each other."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calbridge.app import account, dav_account, utc_now
from calbridge.config import Config, HostConfig
from calbridge.core.problem import Problem
from calbridge.errors import CalbridgeError
from calbridge.provisioning.host_file import Person
from calbridge.provisioning.importing import Choice
from calbridge.provisioning.people import people_of, person, suspended


@dataclass(frozen=True, slots=True)
class Seen:
    """One host file and what belongs to it. `writable` counts her calendars that can be written."""

    file: str
    person: Person | None
    writable: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that was seen; `problems` are those of no file. `suspended` is None where nobody may know."""

    seen: tuple[Seen, ...]
    problems: tuple[Problem, ...]
    suspended: frozenset[str] | None


async def check(config: Config, company_id: int | None, choice: Choice) -> Checked:
    """Look at every file, every chosen host of the company, and every calendar. Changes nothing.

    Raises `PlatformError` where the platform does not list its hosts.
    """
    limit = asyncio.Semaphore(config.daemon.concurrency)
    async with account(config.platform, utc_now) as api:
        people = await people_of(api, company_id)
        plans = await suspended(api, company_id)

        async def one(host: HostConfig) -> Seen:
            async with limit:
                matches = [each for each in people if _is_of(host, each)]
                if not matches and host.id is not None:
                    elsewhere = await person(api, host.id)
                    matches = [elsewhere] if elsewhere else []
                writable, problems = await _calendars(host, config)
                found = matches[0] if len(matches) == 1 else None
                return Seen(host.name, found, writable, (*_problems(host, matches, plans), *problems))

        seen = tuple(await asyncio.gather(*(one(host) for host in config.hosts)))
    return Checked(seen, tuple(_between(seen, people, choice)), plans)


def _is_of(host: HostConfig, found: Person) -> bool:
    return host.id == found.id if host.id is not None else host.email == found.email


def _problems(host: HostConfig, matches: Sequence[Person], plans: frozenset[str] | None) -> Iterator[Problem]:
    """What is wrong between a file and the platform."""
    where = f"hosts.d/{host.name}.toml: host"
    if not matches:
        hint = "set host.id or host.email to the host that is meant, or remove the file"
        yield Problem(where, "hosts.no-host", "the platform has no such host", hint)
    elif len(matches) > 1:
        ids = ", ".join(str(each.id) for each in matches)
        reason = f"the platform has {len(matches)} hosts with this address (ids: {ids})"
        yield Problem(f"{where}.email", "host.not-one", reason, "set host.id to the one that is meant")
    for found in matches[:1]:
        if host.email is not None and host.email != found.email:
            reason = f"is not the address that the platform has for host {found.id}"
            yield Problem(f"{where}.email", "hosts.address", reason, "change one of the two")
        if not found.plan:
            reason = f"host {found.id} is on no plan, and can't hold meetings"
            yield Problem(where, "hosts.no-plan", reason, "assign a plan: calbridge api host/update plan_slug=...")
        elif plans and found.plan in plans:
            reason = f"the plan {found.plan} of host {found.id} is suspended"
            yield Problem(where, "hosts.suspended", reason, "reactivate it, or remove the file")


async def _calendars(host: HostConfig, config: Config) -> tuple[int, list[Problem]]:
    """Count the host's writable calendars, and say what hinders."""
    writable, problems = 0, []
    for each in host.accounts:
        try:
            async with dav_account(each, host.name, config.platform.timeout) as dav:
                found = await dav.discover()
        except CalbridgeError as error:
            problems.append(error.problem)
            continue
        writable += sum(calendar.writable for calendar in found.calendars)
        problems.extend(found.problems)
    if not writable and not problems:
        where = f"hosts.d/{host.name}.toml: calendar"
        reason = "none of her calendars can be written"
        problems.append(Problem(where, "hosts.no-calendar", reason, "give calbridge's login the right to write"))
    return writable, problems


def _between(seen: Sequence[Seen], people: Sequence[Person], choice: Choice) -> Iterator[Problem]:
    """Two files of one host, which the files alone don't show, and hosts without one."""
    ids = Counter(each.person.id for each in seen if each.person)
    for host_id in (host_id for host_id, count in ids.items() if count > 1):
        files = " and ".join(f"{each.file}.toml" for each in seen if each.person and each.person.id == host_id)
        yield Problem(files, "config.same-host", f"are both of host {host_id}", "keep one file for each host")
    for each in people:
        if each.id not in ids and choice.takes(each):
            hint = "calbridge hosts import writes one; --plan and --match say which hosts are meant"
            yield Problem(f"host {each.id}", "hosts.no-file", "has no host file", hint)
