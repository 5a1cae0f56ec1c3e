"""One host file, over the defaults of `calbridge.toml` -> one `HostConfig`, or its problems."""

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from calbridge.config.check import check, existing_file, unknown
from calbridge.config.files import Source
from calbridge.config.secret import read_secret
from calbridge.config.sections import Section, as_table, rebased
from calbridge.config.tables import (
    HOST_TABLES,
    CalendarTable,
    ConferenceTable,
    HostDaemonTable,
    HostTable,
    SelectTable,
    Table,
    WritebackTable,
)
from calbridge.config.values import Account, HostConfig
from calbridge.core.invite import check_template
from calbridge.core.policy import ConferencePolicy, Safety, Select, Writeback
from calbridge.core.problem import Misfit, Problem

NAME = re.compile(r"[\w.@+-]+")
FILLED = frozenset({"host", "calendar"})
STAND_INS = {"name": "host", "email": "host@example.com"}  # what defaults are checked with
P = TypeVar("P", Select, ConferencePolicy, Writeback, Safety)


@dataclass(frozen=True, slots=True)
class Base:
    """What every host file builds on; `defaults` are the tables of `calbridge.toml`'s [defaults], paths absolute."""

    defaults: Map[str, Section]
    safety: Safety
    poll_interval: timedelta
    environ: Map[str, str]


def read_defaults(main: Source, problems: list[Problem]) -> dict[str, Section]:
    """Take the tables `[defaults.TABLE]`, and check what can be checked without a host."""
    home = f"{main.label}: defaults"
    sections: dict[str, Section] = {}
    for name, raw in as_table(main.tables.get("defaults", {}), home, problems).items():
        if name not in HOST_TABLES:
            problems.append(unknown(name, HOST_TABLES).at(f"{home}.{name}"))
            continue
        values = as_table(raw, f"{home}.{name}", problems)
        sections[name] = Section(rebased(values, main.path.parent), f"{home}.{name}.")
        found: list[Problem] = []
        check(HOST_TABLES[name], sections[name].filled(STAND_INS), found)
        problems += [problem for problem in found if problem.rule != "config.missing-key"]
    return sections


def read_host(source: Source, base: Base, problems: list[Problem]) -> HostConfig | None:
    """Read one host file; None, and the reasons in `problems`, where it can't be used."""
    if source.problem is not None:
        problems.append(source.problem)
        return None
    name = source.path.stem
    if not NAME.fullmatch(name):
        problems.append(
            Problem(source.label, "config.value", "its name is no host's name", "use letters, digits and _.@+-")
        )
    strangers = sorted(source.tables.keys() - HOST_TABLES.keys())
    problems += [unknown(key, HOST_TABLES).at(f"{source.label}: {key}") for key in strangers]

    sections = {table: _sections(source, table, base, problems) for table in HOST_TABLES}
    host = _host(sections["host"][0], problems)
    accounts = [_account(section, base.environ, problems) for section in sections["calendar"]]
    select = policy_of(Select, check(SelectTable, sections["select"][0], problems))
    conference = policy_of(ConferencePolicy, check(ConferenceTable, sections["conference"][0], problems))
    writeback = _writeback(sections["writeback"][0], problems)
    daemon = check(HostDaemonTable, sections["daemon"][0], problems)
    problems += _contradictions(sections, select, conference)
    if host is None or select is None or conference is None or writeback is None or daemon is None:
        return None
    return HostConfig(
        name=name,
        id=host.id,
        email=host.email,
        emails=host.emails,
        accounts=tuple(account for account in accounts if account is not None),
        select=select,
        conference=conference,
        writeback=writeback,
        safety=base.safety,
        poll_interval=daemon.poll_interval or base.poll_interval,
    )


def same_hosts(sources: list[Source], base: Base) -> Iterator[Problem]:
    """Say which files are of one platform host: the same id, or the same address where not both have an id.

    It goes by what the files say, not by a `HostConfig`: a file that is wrong elsewhere counts too.
    """
    hosts = [(source.label, _sections(source, "host", base, [])[0].values) for source in sources if not source.problem]
    firsts: dict[tuple[str, str, bool], int] = {}
    for index, (label, host) in enumerate(hosts):
        signs = {key: str(host[key]).lower() for key in ("id", "email") if key in host}
        # Where both files have an id it decides, and the address does not count.
        same = {("id", True), ("email", False)} if "id" in host else {("email", True), ("email", False)}
        earlier = [
            (firsts[sign], key) for key, with_id in same if (sign := (key, signs.get(key, ""), with_id)) in firsts
        ]
        if earlier:
            first, key = min(earlier)
            reason = f"is the host of {hosts[first][0]} too"
            yield Problem(f"{label}: host.{key}", "config.same-host", reason, "keep one file for each host")
        for key, value in signs.items():
            firsts.setdefault((key, value, "id" in host), index)


def _sections(source: Source, name: str, base: Base, problems: list[Problem]) -> list[Section]:
    """Lay the host's tables of one name over their defaults; only [[calendar]] may come several times."""
    raw = source.tables.get(name, {})
    several = raw if name == "calendar" and isinstance(raw, list) and raw else [raw]
    places = [f"{source.label}: {name}" + (f"[{n}]" if len(several) > 1 else "") for n in range(1, len(several) + 1)]
    defaults = base.defaults.get(name, Section({}, ""))
    sections = []
    for value, place in zip(several, places, strict=True):
        own = Section(rebased(as_table(value, place, problems), source.path.parent), f"{place}.")
        sections.append(own.over(defaults))
    return [_filled(section, _words(source, base), problems) for section in sections] if name in FILLED else sections


def _words(source: Source, base: Base) -> dict[str, str]:
    """Find what the placeholders of this host stand for."""
    own = source.tables.get("host")
    email = own.get("email") if isinstance(own, dict) else None
    if email is None and "host" in base.defaults:
        email = base.defaults["host"].values.get("email")
    words = {"name": source.path.stem}
    return {**words, "email": email.replace("{name}", words["name"])} if isinstance(email, str) else words


def _filled(section: Section, words: Map[str, str], problems: list[Problem]) -> Section:
    if "email" not in words:
        for key in section.holding("{email}"):
            reason = "holds {email}, and this host has none"
            problems.append(Problem(section.where(key), "config.placeholder", reason, "add email = ... to [host]"))
    return section.filled(words)


def _host(section: Section, problems: list[Problem]) -> HostTable | None:
    host = check(HostTable, section, problems)
    if host is not None and host.id is None and host.email is None:
        reason = "nothing says which of the platform's hosts this is"
        problems.append(
            Problem(section.where("id"), "config.missing-key", reason, "add id = 9, or the host's email = ...")
        )
    return host


def _account(section: Section, environ: Map[str, str], problems: list[Problem]) -> Account | None:
    calendar = check(CalendarTable, section, problems)
    password = read_secret("password", section, environ, problems)
    ca_file = existing_file("ca_file", section, problems)
    if calendar is None or password is None:
        return None
    if calendar.username is None and calendar.auth != "bearer":
        reason = f'is needed with auth = "{calendar.auth}", and missing'
        hint = 'add it; only auth = "bearer" goes without'
        problems.append(Problem(section.where("username"), "config.missing-key", reason, hint))
    return Account(
        url=calendar.url,
        username=calendar.username,
        password=password,
        auth=calendar.auth,
        names=calendar.names,
        ca_file=ca_file,
        proxy=calendar.proxy,
    )


def policy_of(policy: type[P], table: Table | None) -> P | None:
    """Make the dataclass of `core/policy.py` from its table, whose keys are the same."""
    return None if table is None else policy(**dict(table))


def _writeback(section: Section, problems: list[Problem]) -> Writeback | None:
    writeback = policy_of(Writeback, check(WritebackTable, section, problems))
    path = existing_file("template", section, problems)
    if writeback is None or path is None:
        return writeback
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        misfit: Misfit | None = Misfit("config.template", f"{path} is no UTF-8 text", "save the file as UTF-8")
    else:
        misfit = check_template(text)
    if misfit is not None:
        problems.append(misfit.at(section.where("template")))
        return None
    return replace(writeback, template=text)


def _contradictions(
    sections: Map[str, list[Section]], select: Select | None, conference: ConferencePolicy | None
) -> Iterator[Problem]:
    """Say which values are right by themselves and wrong together."""
    if select is not None and select.keyword.casefold() == select.stop_keyword.casefold():
        where = sections["select"][0].where("stop_keyword")
        yield Problem(where, "config.contradiction", "is the keyword itself", "choose another word for one of them")
    if conference is None:
        return
    if len({"none", conference.auto_record, conference.auto_stream}) > 2:
        reason = "auto_record and auto_stream must be the same value where both are on"
        where = sections["conference"][0].where("auto_stream")
        yield Problem(where, "config.contradiction", reason, 'set it to the value of auto_record, or to "none"')
    if conference.security_pin != "none" and (conference.room != "one-time" or conference.irregular != "skip"):
        reason = "Must enable one_time_access_code to use security_pin: a dedicated room has no PIN of its own"
        hint = 'set room = "one-time" and irregular = "skip", or security_pin = "none"'
        yield Problem(sections["conference"][0].where("security_pin"), "config.contradiction", reason, hint)
