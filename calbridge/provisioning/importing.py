"""What `calbridge hosts import` has to do, as a value. Pure.

the platform's host     her file                     what is done
----------------------  ---------------------------  ------------------------------------------------
chosen                  none                         written
chosen                  generated, as it was         written anew where template or address changed
chosen                  edited, or somebody's own    kept
not chosen              any                          kept
gone                    generated, as it was         removed, where that is asked for and confirmed
gone                    edited since                 kept, and a problem
gone                    somebody's own               kept: `hosts check` tells of it
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from calbridge.core.problem import Problem
from calbridge.provisioning.host_file import HostFile, Person


class Deed(StrEnum):
    """What becomes of a file."""

    WRITE = "write"
    REWRITE = "rewrite"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """One file and what becomes of it. `before` is what must still be in it, `after` what will be."""

    deed: Deed
    name: str
    host_id: int
    email: str
    why: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which hosts are meant: on one of these plans, with an address like one of these; nothing said is all."""

    plans: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def takes(self, person: Person) -> bool:
        """Whether she is one of them."""
        by_plan = not self.plans or person.plan in self.plans
        return by_plan and (
            not self.patterns or any(fnmatchcase(person.email, pattern.lower()) for pattern in self.patterns)
        )


def steps(
    people: Sequence[Person],
    files: Sequence[HostFile],
    choice: Choice,
    company: str,
    write: Callable[[Person, str], str],
) -> tuple[tuple[Step, ...], tuple[Problem, ...]]:
    """Decide over each chosen host and each file of one that is gone. `write` makes a file's text, given its name."""
    taken = {file.name for file in files}
    found: list[Step] = []
    for person in sorted(people, key=lambda person: person.id):
        if choice.takes(person):
            file = next((file for file in files if file.is_of(person)), None)
            found.append(_step(person, file, taken, write))
            taken.add(found[-1].name)
    gone, problems = _leavers({person.id for person in people}, files, company)
    return (*found, *gone), tuple(problems)


def _step(person: Person, file: HostFile | None, taken: set[str], write: Callable[[Person, str], str]) -> Step:
    if file is None:
        name = next(name for name in _names(person) if name not in taken)
        return Step(Deed.WRITE, name, person.id, person.email, "has no file", after=write(person, name))
    if file.edited:
        why = "somebody's own file" if file.stamp is None else "edited since it was written"
        return Step(Deed.KEEP, file.name, person.id, person.email, why)
    after = write(person, file.name)
    if after == file.text:
        return Step(Deed.KEEP, file.name, person.id, person.email, "as it should be")
    return Step(Deed.REWRITE, file.name, person.id, person.email, "template or host changed", file.text, after)


def _names(person: Person) -> Iterator[str]:
    """What her file may be called: the part before the @, the address, the address and her id."""
    local = _as_name(person.email.partition("@")[0])
    yield local or f"host-{person.id}"
    yield _as_name(person.email) or f"host-{person.id}"
    yield f"{_as_name(person.email)}-{person.id}"


def _as_name(text: str) -> str:
    return re.sub(r"[^\w.@+-]", "-", text).lstrip(".-")


def _leavers(ids: set[int], files: Sequence[HostFile], company: str) -> tuple[list[Step], list[Problem]]:
    gone = [(file, file.stamp[0]) for file in files if file.stamp and file.stamp[1] == company]
    gone = [(file, host_id) for file, host_id in gone if host_id not in ids]
    if gone and not ids:
        reason = "the platform lists no host at all, and no file is removed because of that"
        return [], [Problem(f"company {company}", "hosts.none", reason, "check --company and whose API token it is")]
    removed = [
        Step(Deed.REMOVE, file.name, host_id, file.email or "", "its host is gone", before=file.text)
        for file, host_id in gone
        if not file.edited
    ]
    kept = [
        Problem(
            f"{file.name}.toml", "hosts.gone", f"host {host_id} is gone, and the file was edited", "remove it by hand"
        )
        for file, host_id in gone
        if file.edited
    ]
    return removed, kept
