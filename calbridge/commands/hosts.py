"""`calbridge hosts`: host files from the platform's hosts, and whether all of it fits together."""

import asyncio
import logging
import os
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, ClassVar, NoReturn

import structlog
import typer

from calbridge import config as configuration
from calbridge.commands.shared import (
    EXIT_CONFIG,
    EXIT_PROBLEM,
    ConfigOption,
    JsonCommand,
    JsonOption,
    fail,
    internal_problem,
)
from calbridge.core.problem import Problem, printable
from calbridge.errors import CalbridgeError, ConfigError
from calbridge.logs import log_to_stderr
from calbridge.printing import print_json, print_problems
from calbridge.provisioning.checking import Checked, Seen, check
from calbridge.provisioning.host_file import BUILT_IN, built_in
from calbridge.provisioning.importing import Choice, Deed, Step
from calbridge.provisioning.planning import Source, planned_steps
from calbridge.provisioning.writing import carry_out
from calbridge.report import Json, problem_json
from calbridge.tables import print_table

_log = structlog.get_logger()

app = typer.Typer(help="Make host files from the platform's hosts, and check them.", no_args_is_help=True)


class _ImportCommand(JsonCommand):
    """Its JSON is `{"files": [...], "problems": [...]}`."""

    beside: ClassVar[Json] = {"files": []}


CompanyOption = Annotated[
    int | None, typer.Option("--company", help="The company; else platform.company_id, else the token's.", metavar="ID")
]
PlanOption = Annotated[
    list[str] | None, typer.Option("--plan", help="Only hosts on this plan; may be repeated.", metavar="SLUG")
]
MatchOption = Annotated[
    list[str] | None,
    typer.Option("--match", help="Only hosts with an address like this; may be repeated.", metavar="GLOB"),
]


@app.command("import", cls=_ImportCommand)
def import_hosts(  # noqa: PLR0917  typer passes them by name
    config: ConfigOption = None,
    company: CompanyOption = None,
    template: Annotated[
        Path | None, typer.Option(help="A host file with {id}, {email}, {name}, {plan} in it.", metavar="FILE")
    ] = None,
    url: Annotated[str | None, typer.Option(help="calendar.url, where no template says it.")] = None,
    password_command: Annotated[
        str | None, typer.Option(help="calendar.password_command likewise: 'pass show dav/{email}'.")
    ] = None,
    plan: PlanOption = None,
    match: MatchOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove the files of hosts who are gone; asks first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a host file for each of the platform's hosts. A file that somebody edited is never touched."""
    log_to_stderr(logging.WARNING)
    with _boundary(_ImportCommand.beside, as_json=as_json):
        installation = configuration.load_installation(config, os.environ)
        company_id = company if company is not None else installation.platform.company_id
        label, text = _template(template, url, password_command)
        choice = Choice(tuple(plan or ()), tuple(match or ()))
        source = Source(installation, company_id, choice, label, text)
        planned, problems = asyncio.run(planned_steps(source, prune=prune))
        planned, refused = _wanted(planned, prune=prune, asks=prune and not yes and not dry_run, as_json=as_json)
        problems += refused
        if not dry_run:
            failed = [(step, carry_out(step, installation.hosts_dir)) for step in planned]
            problems += [problem for _, problem in failed if problem is not None]
            planned = [step for step, problem in failed if problem is None]
        _print_steps(planned, problems, dry=dry_run, as_json=as_json)
        raise typer.Exit(EXIT_PROBLEM if problems else 0)


@app.command("check", cls=JsonCommand)
def check_hosts(
    config: ConfigOption = None,
    company: CompanyOption = None,
    plan: PlanOption = None,
    match: MatchOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare host files, the platform's hosts and the calendars. Changes nothing."""
    log_to_stderr(logging.WARNING)
    with _boundary(JsonCommand.beside, as_json=as_json):
        loaded = configuration.load(config, os.environ)
        company_id = company if company is not None else loaded.platform.company_id
        checked = asyncio.run(check(loaded, company_id, Choice(tuple(plan or ()), tuple(match or ()))))
        if as_json:
            print_json(_checked_json(checked))
        else:
            _print_checked(checked)
        bad = bool(checked.problems) or any(each.problems for each in checked.seen)
        raise typer.Exit(EXIT_PROBLEM if bad else 0)


@contextmanager
def _boundary(beside: Json, *, as_json: bool) -> Iterator[None]:
    try:
        yield
    except typer.Exit:
        raise
    except ConfigError as error:
        fail(error.problems, EXIT_CONFIG, as_json=as_json, beside=beside)
    except CalbridgeError as error:
        fail((error.problem,), EXIT_PROBLEM, as_json=as_json, beside=beside)
    except Exception as error:  # noqa: BLE001  the last boundary: JSON and exit code hold for our own mistakes, too
        _log.exception("failed")
        fail((internal_problem(error),), EXIT_PROBLEM, as_json=as_json, beside=beside)


def _template(path: Path | None, url: str | None, command: str | None) -> tuple[str, str]:
    if path is None:
        return BUILT_IN, built_in(url, _words(command))
    if url or command:
        _wrong("--template", "it is given with --url or --password-command", "write both into the template")
    try:
        return str(path), path.read_text("utf-8")
    except (OSError, ValueError) as error:  # ValueError: no UTF-8
        reason = f"{path} can't be read: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}"
        _wrong("--template", reason, "name a text file that is there")


def _words(command: str | None) -> list[str]:
    try:
        return shlex.split(command or "")
    except ValueError as error:
        _wrong("--password-command", f"it can't be taken apart: {error}", "mend its quotes")


def _wrong(where: str, reason: str, hint: str) -> NoReturn:
    raise ConfigError((Problem(where, "hosts.option", reason, hint),))


def _wanted(planned: Sequence[Step], *, prune: bool, asks: bool, as_json: bool) -> tuple[list[Step], list[Problem]]:
    """Leave the removals out that nobody asked for, or that nobody confirms."""
    removals = [step for step in planned if step.deed is Deed.REMOVE]
    others = [step for step in planned if step.deed is not Deed.REMOVE]
    if not removals or not prune:
        hint = (
            "--prune removes it; rooms of its meetings stay until they are let go with calbridge sync --allow-cancels"
        )
        left = [Problem(f"{s.name}.toml", "hosts.gone", f"its host {s.host_id} is gone", hint) for s in removals]
        return others, left
    if not asks:
        return list(planned), []
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        files = "1 file" if len(removals) == 1 else f"{len(removals)} files"
        reason = f"{files} would be removed, and there is no terminal to ask on"
        return others, [Problem("--prune", "hosts.unconfirmed", reason, "look with --dry-run, then add --yes")]
    names = ", ".join(f"{step.name}.toml" for step in removals)
    sure = typer.confirm(f"Remove {names}? Rooms of their meetings stay until you let them go.")
    return (list(planned), []) if sure else (others, [])


def _print_steps(planned: Sequence[Step], problems: Sequence[Problem], *, dry: bool, as_json: bool) -> None:
    if as_json:
        files = [_step_json(step, dry=dry) for step in planned]
        print_json({"files": files, "problems": [problem_json(problem) for problem in problems]})
        return
    counts = Counter(step.deed for step in planned)
    for step in planned:
        if step.deed is not Deed.KEEP:
            print(f"{step.deed} {step.name}.toml: host {step.host_id}, {printable(step.email)}: {step.why}")
            if dry and step.after is not None:
                print("\n".join(f"  {line}" for line in step.after.splitlines()))
    edited = [step.name for step in planned if step.deed is Deed.KEEP and step.why != "as it should be"]
    if edited:
        print(f"left alone, edited or somebody's own: {', '.join(edited)}")
    said = ", ".join(f"{counts[deed]} {deed}" for deed in Deed if counts[deed])
    print(f"{'would be: ' if dry else ''}{said or 'no host is chosen'}", flush=True)
    print_problems([("", problem) for problem in problems])


def _step_json(step: Step, *, dry: bool) -> Json:
    told: Json = {
        "file": f"{step.name}.toml",
        "action": step.deed.value,
        "host_id": step.host_id,
        "email": step.email,
        "reason": step.why,
    }
    return {**told, "text": step.after} if dry else told


def _checked_json(checked: Checked) -> Json:
    hosts = [
        {
            "host": each.file,
            "host_id": each.person.id if each.person else None,
            "role": each.person.role if each.person else None,
            "plan": each.person.plan if each.person else None,
            "suspended": None
            if checked.suspended is None or not each.person
            else each.person.plan in checked.suspended,
            "writable_calendars": each.writable,
            "problems": [problem_json(problem) for problem in each.problems],
        }
        for each in checked.seen
    ]
    return {"hosts": hosts, "problems": [problem_json(problem) for problem in checked.problems]}


def _is_suspended(seen: Seen, checked: Checked) -> bool | None:
    return None if checked.suspended is None or seen.person is None else seen.person.plan in checked.suspended


def _print_checked(checked: Checked) -> None:
    rows = [
        (
            each.file,
            str(each.person.id) if each.person else "none",
            each.person.role if each.person else "",
            each.person.plan if each.person else "",
            str(each.writable),
            "problems" if each.problems else "fits",
        )
        for each in checked.seen
    ]
    print_table(("host", "id", "role", "plan", "calendars", " "), rows)
    if checked.suspended is None:
        print("whether a plan is suspended only a reseller's token with --company can tell", file=sys.stderr)
    print_problems([(each.file, problem) for each in checked.seen for problem in each.problems])
    print_problems([("", problem) for problem in checked.problems])
