"""`calbridge uninstall`: a host leaves, or all do; what would go is shown first, and confirmed."""

import asyncio
import os
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from calbridge import config as configuration
from calbridge import leaving
from calbridge.apply import Outcome
from calbridge.commands.process import locked
from calbridge.commands.reporting import bounded, end, exit_code
from calbridge.commands.shared import EXIT_USAGE, ConfigOption, JsonOption, fail
from calbridge.core.actions import Cancel
from calbridge.core.problem import Problem
from calbridge.leaving import Leaving
from calbridge.logs import log_to_stderr
from calbridge.printing import print_outcome, print_reports
from calbridge.report import summary
from calbridge.store import Store
from calbridge.sync import HostReport


def uninstall(  # noqa: PLR0917  typer passes them by name
    config: ConfigOption = None,
    host: Annotated[
        list[str] | None, typer.Option("--host", help="This host; may be repeated.", metavar="NAME")
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Every host, also those without a file.")] = False,
    keep_rooms: Annotated[
        bool, typer.Option("--keep-rooms", help="Leave conferences and events as they are; only forget them.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and end.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take everything of calbridge out of hosts' events, and cancel their conferences to come."""
    log_to_stderr()
    if bool(host) == everyone:
        _misused("who leaves is not said, or said twice", "name hosts with --host, or take --all", as_json=as_json)
    if not (yes or dry_run) and (as_json or not (sys.stdin.isatty() and sys.stdout.isatty())):
        _misused("there is nobody to ask", "look with --dry-run, then add --yes", as_json=as_json)

    def work() -> tuple[tuple[HostReport, ...], frozenset[str]] | None:
        loaded = configuration.load(config, os.environ, needs_hosts=False)
        files = frozenset(known.name for known in loaded.hosts)
        with locked(loaded.store_path):
            with Store.snapshot(loaded.store_path) as copy:
                who = leaving.who_leaves(loaded, copy, host or (), keep_rooms=keep_rooms)
                planned = asyncio.run(leaving.leave(who, loaded, copy, dry=True)) if dry_run or not yes else ()
            if dry_run or not (yes or _is_confirmed(who, planned)):
                return (planned, files) if dry_run else None
            with Store.open(loaded.store_path) as store:
                done = asyncio.run(leaving.leave(who, loaded, store, dry=False, progress=_progress(as_json=as_json)))
            return done, files

    found = bounded(work, as_json=as_json)
    if found is None:
        print("Nothing was done.")
        raise typer.Exit
    reports, files = found
    if as_json or dry_run:
        end(reports, as_json=as_json, dry=dry_run)
    print_reports(reports, dry=False)
    _say_what_is_left_to_do(reports, files, "finds" if keep_rooms else "makes")
    raise typer.Exit(exit_code(reports))


def _misused(reason: str, hint: str, *, as_json: bool) -> NoReturn:
    fail((Problem("calbridge uninstall", "usage", reason, hint),), EXIT_USAGE, as_json=as_json)


def _is_confirmed(who: Leaving, planned: Sequence[HostReport]) -> bool:
    """Show it and ask; where nothing would be done there is nothing to ask."""
    print_reports(planned, dry=True)
    for report in planned:
        if report.host in who.unreachable and any(isinstance(a, Cancel) for a in report.plan.actions):
            print(f"{report.host} has no host file: her calendars can't be reached, and her events keep dead links")
    said = summary(action for report in planned for action in report.plan.actions)
    try:
        return not said or typer.confirm(f"Do this ({said})?")
    except typer.Abort:  # Ctrl-C, or the end of the input
        return False


def _progress(*, as_json: bool) -> Callable[[Outcome], None]:
    say = Console(stderr=as_json)
    return lambda outcome: print_outcome(say, outcome) if say.is_terminal else None


def _say_what_is_left_to_do(done: Sequence[HostReport], files: Collection[str], next_sync: str) -> None:
    for report in done:
        if leaving.is_gone(report):
            more = f"; remove hosts.d/{report.host}.toml, or the next sync {next_sync} her rooms again"
            print(f"{report.host} is forgotten{more if report.host in files else ''}")
