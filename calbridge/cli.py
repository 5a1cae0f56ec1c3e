"""The commands. Exit: 0 fine, 1 a problem, 2 usage, 3 a breaker stopped something, 75 locked, 78 configuration."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console

from calbridge import app as composition
from calbridge import config as configuration
from calbridge import report
from calbridge.apply import Done, Failed, Held, Outcome
from calbridge.core.actions import NAMES
from calbridge.core.breakers import Allowed
from calbridge.core.problem import Problem
from calbridge.errors import CalbridgeError, ConfigError, LockedError
from calbridge.store import Lock, Store
from calbridge.sync import HostReport, Options
from calbridge.tables import print_table

EXIT_PROBLEM, EXIT_BREAKER, EXIT_LOCKED, EXIT_CONFIG = 1, 3, 75, 78
LOCK_WAIT = timedelta(seconds=30)

app = typer.Typer(
    help="Keeps CalDAV calendars and a conferencing platform in step.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[Path | None, typer.Option("--config", help="calbridge.toml, or its folder.")]
HostsOption = Annotated[list[str] | None, typer.Option("--host", help="Only this host; may be repeated.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def main() -> None:
    """The entry point of the `calbridge` command."""
    app()


@app.command()
def sync(
    config: ConfigOption = None,
    host: HostsOption = None,
    as_json: JsonOption = False,
    full: Annotated[bool, typer.Option(help="Compare everything, and send again what was refused.")] = False,
    allow_cancels: Annotated[int | None, typer.Option(min=0, help="Let up to this many meetings end.")] = None,
    allow_creates: Annotated[int | None, typer.Option(min=0, help="Let up to this many conferences be made.")] = None,
) -> None:
    """Bring conferences and events in step, once."""
    _log_to_stderr()
    say = Console(stderr=as_json)

    def progress(outcome: Outcome) -> None:
        if say.is_terminal:
            _show_progress(say, outcome)

    def work() -> tuple[HostReport, ...]:
        loaded = configuration.load(config, os.environ)
        composition.chosen_hosts(loaded, host or ())
        with Lock(loaded.store_path).acquire(LOCK_WAIT), Store.open(loaded.store_path) as store:
            options = Options(full=full, allowed=Allowed(allow_cancels, allow_creates), progress=progress)
            return asyncio.run(composition.sync_hosts(loaded, store, options, names=host or ()))

    _report(work, as_json=as_json, dry=False)


@app.command()
def plan(config: ConfigOption = None, host: HostsOption = None, as_json: JsonOption = False) -> None:
    """Show what a sync would do. Changes nothing anywhere."""
    _log_to_stderr()

    def work() -> tuple[HostReport, ...]:
        loaded = configuration.load(config, os.environ)
        composition.chosen_hosts(loaded, host or ())
        with Store.snapshot(loaded.store_path) as store:
            return asyncio.run(composition.sync_hosts(loaded, store, Options(dry=True), names=host or ()))

    _report(work, as_json=as_json, dry=True)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="The port on loopback.")] = 8780,
    data: Annotated[Path | None, typer.Option(help="Keep the state in this SQLite file.")] = None,
    seed: Annotated[Path | None, typer.Option(help="Companies, hosts and tokens to begin with.")] = None,
) -> None:
    """Serve the conferencing platform on this machine."""
    server = _extra("calbridge.sandbox.server")

    def started(url: str) -> None:
        print(f"The platform is at {url} (API token of the built-in seed: sandbox-token). Stop it with Ctrl-C.")

    try:
        server.run(port=port, data=data, seed=seed, started=started)
    except CalbridgeError as error:
        _print_problems((error.problem,))
        raise typer.Exit(EXIT_CONFIG) from None


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the story; else keep serving on a terminal.")] = False,
) -> None:
    """Show the main job on a CalDAV server and a platform of its own."""
    _log_to_stderr(logging.WARNING)
    story = _extra("calbridge.demo")
    raise typer.Exit(story.run(keep_serving=not once and sys.stdout.isatty()))


def _extra(module: str):  # type: ignore[no-untyped-def]  # a module is what it is
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        _print_problems(
            (Problem("calbridge", "extra.missing", f"{error.name} is not installed", 'pip install "calbridge[demo]"'),)
        )
        raise typer.Exit(EXIT_CONFIG) from None


def _report(work: Callable[[], tuple[HostReport, ...]], *, as_json: bool, dry: bool) -> None:
    """Run, print, and exit with the code that says how it went."""
    try:
        reports = work()
    except CalbridgeError as error:
        problems = error.problems if isinstance(error, ConfigError) else (error.problem,)
        if as_json:
            print(json.dumps({"hosts": [], "problems": [report.problem_json(p) for p in problems]}))
        else:
            _print_problems(problems)
        raise typer.Exit(_exit_of(error)) from None
    if as_json:
        print(json.dumps({"hosts": [_host_json(r, dry=dry) for r in reports]}, ensure_ascii=False))
    else:
        _print_reports(reports, dry=dry)
    raise typer.Exit(exit_code(reports))


def exit_code(reports: Sequence[HostReport]) -> int:
    """3 where a breaker stopped something, 1 where there is a problem, else 0."""
    if any(r.plan.withheld for r in reports):
        return EXIT_BREAKER
    return EXIT_PROBLEM if any(r.problems for r in reports) else 0


def _exit_of(error: CalbridgeError) -> int:
    match error:
        case ConfigError():
            return 2 if error.problem.rule == "config.no-host" else EXIT_CONFIG
        case LockedError():
            return EXIT_LOCKED
        case _:
            return EXIT_PROBLEM


def _host_json(found: HostReport, *, dry: bool) -> report.Json:
    if dry:
        actions = [(a, *report.planned(a)) for a in found.plan.actions]
    else:
        actions = [(o.action, o.conference_id, o.room_url) for o in found.outcomes if isinstance(o, Done)]
    return report.host_json(found.host, actions, found.plan.skipped, found.problems)


def _print_reports(reports: Sequence[HostReport], *, dry: bool) -> None:
    for found in reports:
        print(f"{found.host}: {report.summary(found.plan, dry=dry)}")
        rows = _rows(found, dry=dry)
        if rows:
            print_table(("action", "subject", "start", "schedule", "room"), rows)
        for line in report.skipped_lines(found.plan.skipped):
            print(f"  skipped {line}")
        for outcome in found.outcomes:
            if isinstance(outcome, Held):
                print(f"  waiting {outcome.action.about.uid}: {outcome.reason}")
    _print_problems([p for r in reports for p in r.problems])


def _rows(found: HostReport, *, dry: bool) -> list[tuple[str, ...]]:
    if dry:
        return [report.action_row(a, report.planned(a)[1]) for a in found.plan.actions]
    return [report.action_row(o.action, o.room_url) for o in found.outcomes if isinstance(o, Done)]


def _show_progress(say: Console, outcome: Outcome) -> None:
    name, about = NAMES[type(outcome.action)], outcome.action.about
    match outcome:
        case Done():
            mark = "[green]done[/]"
        case Failed():
            mark = "[red]failed[/]"
        case Held():
            mark = "[yellow]waits[/]"
    say.print(f"{mark} {name} ", end="")
    say.print(about.subject or about.uid, markup=False, highlight=False)


def _print_problems(problems: Sequence[Problem]) -> None:
    for line in report.problem_lines(problems):
        print(line, file=sys.stderr)


def _log_to_stderr(level: int | None = None) -> None:
    """One line per effect; on a terminal only what went wrong, since the report says the rest."""
    usual = logging.WARNING if sys.stderr.isatty() else logging.INFO
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(usual if level is None else level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


if __name__ == "__main__":
    main()
