"""From the platform and the files to the steps of an import."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from calbridge.app import account, utc_now
from calbridge.config import Installation
from calbridge.core.problem import Problem
from calbridge.errors import ConfigError
from calbridge.provisioning.host_file import OWN, HostFile, Person, mistakes, read_file, rendered, stamped
from calbridge.provisioning.importing import Choice, Deed, Step, steps
from calbridge.provisioning.people import people_of, person


@dataclass(frozen=True, slots=True)
class Source:
    """What files are made from, and for whom."""

    installation: Installation
    company_id: int | None
    choice: Choice
    label: str
    template: str

    @property
    def company(self) -> str:
        """As stamps name it."""
        return OWN if self.company_id is None else str(self.company_id)

    def write(self, person: Person, name: str) -> str:
        """A file's text."""
        return stamped(rendered(self.template, person, name), person, self.company)


async def planned_steps(source: Source, *, prune: bool) -> tuple[list[Step], list[Problem]]:
    """Ask the platform, look at the files, decide. Raises `ConfigError` for a template that makes no host file."""
    installation = source.installation
    files = _files(installation)
    problems: list[Problem] = []
    async with account(installation.platform, utc_now) as api:
        people = await people_of(api, source.company_id)
        decided, found = steps(people, files, source.choice, source.company, source.write)
        kept: list[Step] = []
        for step in decided:
            if step.deed is Deed.REMOVE and prune and await person(api, step.host_id) is not None:
                reason = f"host {step.host_id} is not listed for company {source.company}, but still there"
                hint = "look where she belongs now; the file stays"
                problems.append(Problem(f"{step.name}.toml", "hosts.moved", reason, hint))
            else:
                kept.append(step)
    sound, wrong = _sound(kept, people, source)
    return sound, [*problems, *found, *wrong]


def _sound(planned: Sequence[Step], people: Sequence[Person], source: Source) -> tuple[list[Step], list[Problem]]:
    """Leave out files that would be none. Raises `ConfigError` where all would: then it is the template.

    What is not wrong with all of them names its host.
    """
    by_id = {person.id: person for person in people}
    wrong = {
        step.name: tuple(mistakes(step.after, by_id[step.host_id], source.label, source.installation))
        for step in planned
        if step.after is not None
    }
    general = set.intersection(*map(set, wrong.values())) if wrong else set()
    named = (
        problem if problem in general else _of_host(problem, step.host_id, source.label)
        for step in planned
        for problem in wrong.get(step.name, ())
    )
    problems = list(dict.fromkeys(named))
    if problems and all(wrong.values()):
        raise ConfigError(tuple(problems))
    return [step for step in planned if not wrong.get(step.name)], problems


def _of_host(problem: Problem, host_id: int, label: str) -> Problem:
    return replace(problem, where=problem.where.replace(label, f"{label} for host {host_id}", 1))


def _files(installation: Installation) -> list[HostFile]:
    paths = sorted(path for path in installation.hosts_dir.glob("*.toml") if not path.name.startswith("."))
    read = [read_file(path, installation.defaults) for path in paths]
    unreadable = [each for each in read if isinstance(each, Problem)]
    if unreadable:
        raise ConfigError(tuple(unreadable))  # it may be of a host who would get a second file
    return [each for each in read if isinstance(each, HostFile)]
