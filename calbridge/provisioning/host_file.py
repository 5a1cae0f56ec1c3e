"""One generated host file: a template with a host's particulars, below a stamp by which an edited file is known.

The stamp is the file's first line: whose file it is, and the SHA-256 of everything below it. A file whose content has
another hash was edited; one without the line is somebody's own. Neither is ever written to or removed.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calbridge.config import Installation
from calbridge.config.check import check
from calbridge.config.sections import FORMS, Section, as_table, rebased
from calbridge.config.tables import HOST_TABLES
from calbridge.core.problem import Problem

BUILT_IN: Final = "the built-in template"
OWN: Final = "own"
"""What a stamp says for the company of a company admin's token, where no id was given."""

_STAMP: Final = re.compile(r"# calbridge hosts import: host (\d+) of company (\d+|own), sha256 ([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Person:
    """A host as the platform lists her. The address is in lower case."""

    id: int
    email: str
    plan: str
    role: str


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file that is there. `stamp` is the host and the company that it was generated for, None for one's own file.

    `host_id` and `email` are what its [host] says.
    """

    name: str
    text: str
    stamp: tuple[int, str] | None
    edited: bool
    host_id: int | None
    email: str | None

    def is_of(self, person: Person) -> bool:
        """Whether it names this host: by id, or where it has none by address."""
        return self.host_id == person.id if self.host_id is not None else self.email == person.email


def stamped(body: str, person: Person, company: str) -> str:
    """Put the stamp above a file's content."""
    return f"# calbridge hosts import: host {person.id} of company {company}, sha256 {_hash(body)}\n{body}"


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def read_file(path: Path, defaults: Mapping[str, Section]) -> HostFile | Problem:
    """Read a host file as far as it takes to know whose it is."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        tables = tomllib.loads(text)
    except (OSError, ValueError) as error:  # ValueError: no UTF-8, no TOML
        reason = getattr(error, "strerror", None) or "it is no TOML"
        return Problem(path.name, "hosts.unreadable", reason, "mend the file: nobody can tell whose it is")
    own = tables.get("host")
    host = {**(defaults["host"].values if "host" in defaults else {}), **(own if isinstance(own, dict) else {})}
    host_id, email = host.get("id"), host.get("email")
    found = _STAMP.match(text)
    return HostFile(
        name=path.stem,
        text=text,
        stamp=(int(found[1]), found[2]) if found else None,
        edited=found is None or _hash(text[found.end() :]) != found[3],
        host_id=host_id if isinstance(host_id, int) else None,
        email=email.replace("{name}", path.stem).lower() if isinstance(email, str) else None,
    )


def built_in(url: str | None, command: list[str]) -> str:
    """The template without a file; what is not given here stands in `[defaults.calendar]`."""
    lines = ["[host]", "id = {id}", 'email = "{email}"', "", "[calendar]"]
    lines += [f"url = {json.dumps(url)}"] if url else []
    lines += ['username = "{email}"']
    lines += [f"password_command = {json.dumps(command)}"] if command else []
    return "\n".join(lines) + "\n"


def rendered(template: str, person: Person, name: str) -> str:
    """Fill in `{id}`, `{email}`, `{plan}` and the file's `{name}`, quoted as TOML's basic strings need it."""
    words = {"id": str(person.id), "email": person.email, "plan": person.plan, "name": name}
    return re.sub(r"\{(id|email|plan|name)\}", lambda found: json.dumps(words[found[1]])[1:-1], template)


def mistakes(body: str, person: Person, label: str, installation: Installation) -> Iterator[Problem]:
    """Tell what is wrong with a file before it is written. No secret is read, no command run."""
    try:
        tables = tomllib.loads(body)
    except tomllib.TOMLDecodeError as error:
        yield Problem(label, "hosts.template", f"for host {person.id} this is no TOML: {error}", "mend the template")
        return
    problems: list[Problem] = []
    for table, model in HOST_TABLES.items():
        raw = tables.get(table, {})
        for value in raw if isinstance(raw, list) and raw else [raw]:
            where = f"{label}: {table}"
            section = Section(rebased(as_table(value, where, problems), installation.hosts_dir), f"{where}.")
            section = section.over(installation.defaults.get(table, Section({}, "")))
            check(model, section.filled({"name": "name", "email": person.email}), problems)
            if table == "calendar":
                problems += _secrets(section)
    yield from problems
    yield from (
        Problem(
            f"{label}: {key}", "config.unknown-key", "there is no such table", f"there are {', '.join(HOST_TABLES)}"
        )
        for key in sorted(tables.keys() - HOST_TABLES.keys())
    )
    if not isinstance(tables.get("host"), dict) or tables["host"].get("id") != person.id:
        hint = "write id = {id} below [host]"
        yield Problem(f"{label}: host.id", "hosts.template", "the file does not name its host by id", hint)


def _secrets(section: Section) -> Iterator[Problem]:
    given = [form for form in FORMS if f"password_{form}" in section.values]
    if len(given) != 1:
        hint = "give --password-command, or one of password_file, _env, _credential, _command in template or defaults"
        yield Problem(section.where("password"), "config.secret-count", f"is given {len(given)} times", hint)
