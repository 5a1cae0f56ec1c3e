"""The questions, in order. Nothing is written here; every answer is checked before the next question."""

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from calbridge.beginning import checks
from calbridge.beginning.answers import Answers, CalendarAnswers, HostAnswers, PlatformAnswers
from calbridge.beginning.asking import Asker, until_right
from calbridge.beginning.checks import Person
from calbridge.config.host import NAME
from calbridge.config.kinds import PlatformUrl, ServerUrl, SqliteUrl, taken
from calbridge.core.problem import Misfit, Problem
from calbridge.ports import Calendar


def ask_all(asker: Asker, folder: Path, database: Path, *, is_free: Callable[[str], bool]) -> Answers:
    """Ask everything. `database` is the default; `is_free` tells whether a host's name is.

    Raises `NoMoreAnswers`.
    """
    platform = ask_platform(asker, folder)
    host = ask_host(asker, platform, is_free)
    calendar = ask_calendar(asker, host, folder)
    return Answers(platform, host, calendar, until_right(lambda: _database(asker, folder, database), asker))


def _database(asker: Asker, folder: Path, default: Path) -> Path | Problem | Misfit:
    path = (folder / asker.ask("Where calbridge keeps what it remembers, a file", str(default))).absolute()
    url = taken(SqliteUrl, f"sqlite:///{path}")
    return url if isinstance(url, Misfit) else checks.database(path) or path


def ask_platform(asker: Asker, folder: Path) -> PlatformAnswers:
    """The platform, the API token, and with a reseller's the company."""
    asker.say("The conferencing platform")
    url, ca_file = until_right(lambda: _platform_url(asker, folder), asker)
    token, reseller = until_right(lambda: _token(asker, url, ca_file), asker)
    platform = PlatformAnswers(url, token, ca_file=ca_file)
    if not reseller:
        asker.say("  accepted: a company admin's token")
        return platform
    asker.say("  accepted: a reseller admin's token, which needs the company whose hosts are meant")
    return until_right(lambda: _company(asker, platform), asker)


def _platform_url(asker: Asker, folder: Path) -> tuple[str, Path | None] | Problem | Misfit:
    url = taken(PlatformUrl, asker.ask("Its address, as https://acme.example.com"))
    if isinstance(url, Misfit):
        return url
    problem = asyncio.run(checks.reach(url, None))
    if problem is None:
        asker.say("  it answers")
        return url, None
    if not checks.distrusts(problem):
        return problem
    ca_file = _ca_file(asker, problem, folder)
    if isinstance(ca_file, Misfit):
        return ca_file
    return asyncio.run(checks.reach(url, ca_file)) or (url, ca_file)


def _ca_file(asker: Asker, problem: Problem, folder: Path) -> Path | Misfit:
    asker.say(f"  {problem.reason}")
    given = asker.ask("The file of the authority that signed its certificate (PEM), or nothing to name another address")
    path = (folder / given).absolute()
    if given and os.access(path, os.R_OK) and path.is_file():
        return path
    found_none = f"there is no file {path} that we may read"
    reason = found_none if given else "without a certificate that is trusted nothing can be sent"
    return Misfit("init.ca-file", reason, "name the authority's file, or another address")


def _token(asker: Asker, url: str, ca_file: Path | None) -> tuple[str, bool] | Problem | Misfit:
    token = asker.ask_secret("The API token, from the Developers section of its admin pages")
    if not token or not token.isprintable():
        return Misfit("init.token", "that is no token", "paste it in one line")
    reseller = asyncio.run(checks.is_resellers(PlatformAnswers(url, token, ca_file=ca_file)))
    return reseller if isinstance(reseller, Problem) else (token, reseller)


def _company(asker: Asker, platform: PlatformAnswers) -> PlatformAnswers | Problem | Misfit:
    given = asker.ask("The company's id")
    if not given.isascii() or not given.isdigit() or not 0 < int(given) < 2**63:
        return Misfit("init.company", "that is no id", "give a whole number")
    chosen = PlatformAnswers(platform.url, platform.api_token, int(given), platform.ca_file)
    name = asyncio.run(checks.company_name(chosen))
    if isinstance(name, Problem):
        return name
    asker.say(f"  found: {name}")
    return chosen


def ask_host(asker: Asker, platform: PlatformAnswers, is_free: Callable[[str], bool]) -> HostAnswers:
    """The first host: looked up by her address."""
    asker.say("The first host")
    person = until_right(lambda: _person(asker, platform), asker)
    asker.say(f"  found: {person.name}, host {person.id}")
    default = re.sub(r"[^\w.@+-]", "-", person.email.partition("@")[0]).lstrip(".-") or f"host-{person.id}"
    name = until_right(lambda: _name(asker, default, is_free), asker)
    return HostAnswers(person.id, person.email, name)


def _person(asker: Asker, platform: PlatformAnswers) -> Person | Problem | Misfit:
    email = asker.ask("Her address on the platform").lower()
    listed = asyncio.run(checks.people(platform))
    if isinstance(listed, Problem):
        return listed
    matches = [person for person in listed if person.email == email]
    if not matches:
        reason = f"none of the company's {len(listed)} hosts has this address"
        return Misfit("init.host", reason, "give the address by which she signs in")
    if len(matches) == 1:
        return matches[0]
    ids = ", ".join(str(person.id) for person in matches)
    given = asker.ask(f"{len(matches)} hosts have it; which id of {ids}")
    chosen = [person for person in matches if str(person.id) == given]
    return chosen[0] if chosen else Misfit("init.host", "that is none of them", "give one of the ids")


def _name(asker: Asker, default: str, is_free: Callable[[str], bool]) -> str | Misfit:
    name = asker.ask("What calbridge calls her, and her file", default)
    if not NAME.fullmatch(name):
        return Misfit("init.name", "that is no host's name", "use letters, digits and _.@+-")
    if not is_free(name):
        return Misfit("init.name", f"hosts.d/{name}.toml or its password is there already", "choose another name")
    return name


def ask_calendar(asker: Asker, host: HostAnswers, folder: Path) -> CalendarAnswers:
    """Her calendars: the server, the login, and which of them."""
    asker.say("Her calendars")
    tried = _Tried("", host.email)
    login, found = until_right(lambda: _login(asker, tried, folder), asker)
    for number, calendar in enumerate(found, 1):
        asker.say(f"  {number}  {calendar.name}  {calendar.url}")
    names = until_right(lambda: _names(asker, found), asker)
    return CalendarAnswers(login.url, login.username, login.password, names, login.ca_file)


@dataclass(slots=True)
class _Tried:
    """What was answered before, so that a mistyped password costs one line."""

    url: str
    username: str


def _login(
    asker: Asker, tried: _Tried, folder: Path
) -> tuple[CalendarAnswers, tuple[Calendar, ...]] | Problem | Misfit:
    given_url = asker.ask("The CalDAV server, as https://dav.example.com/, or one calendar's address", tried.url)
    url = taken(ServerUrl, given_url)
    if isinstance(url, Misfit):
        return url
    username = asker.ask("Her user name there", tried.username)
    tried.url, tried.username = url, username
    password = asker.ask_secret("Her password there, or an app password")
    if not password or not password.isprintable():
        return Misfit("init.password", "that is no password", "give it in one line")
    ca_file: Path | None = None
    found = asyncio.run(checks.calendars(url, username, password, None))
    if isinstance(found, Problem) and checks.distrusts(found):
        given = _ca_file(asker, found, folder)
        if isinstance(given, Misfit):
            return given
        ca_file = given
        found = asyncio.run(checks.calendars(url, username, password, ca_file))
    if isinstance(found, Problem):
        return found
    return CalendarAnswers(url, username, password, ca_file=ca_file), found


def _names(asker: Asker, found: Sequence[Calendar]) -> tuple[str, ...] | Misfit:
    """Which calendars, by name, or by address where two have one name."""
    given = asker.ask("Which of them, as 1,2; or all, and those that she makes later", "all")
    if given.lower() == "all":
        return ()
    numbers = [word.strip() for word in given.split(",")]
    if not all(word.isascii() and word.isdigit() and 1 <= int(word) <= len(found) for word in numbers):
        return Misfit("init.calendars", "that is no list of these numbers", "give some of them, as 1,2, or all")
    names = [calendar.name.strip().casefold() for calendar in found]
    chosen = [found[int(word) - 1] for word in dict.fromkeys(numbers)]
    return tuple(c.name if names.count(c.name.strip().casefold()) == 1 else c.url for c in chosen)
