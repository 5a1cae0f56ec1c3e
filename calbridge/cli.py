"""The commands. Exit: 0 fine, 1 a problem, 2 usage, 3 a breaker stopped something, 75 locked, 78 configuration."""

import asyncio
import logging
import os
import sys
from datetime import UTC, datetime
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from calbridge import __version__, explaining
from calbridge import app as composition
from calbridge import config as configuration
from calbridge.apply import Outcome
from calbridge.commands import hosts
from calbridge.commands.api import ApiCommand, api
from calbridge.commands.daemon import daemon
from calbridge.commands.doctor import DoctorCommand, doctor
from calbridge.commands.init import init
from calbridge.commands.keeping import keep, told_before
from calbridge.commands.process import locked, terminable
from calbridge.commands.reporting import bounded, end
from calbridge.commands.shared import (
    EXIT_CONFIG,
    EXIT_USAGE,
    ConfigOption,
    JsonCommand,
    JsonOption,
    fail,
)
from calbridge.commands.status import status
from calbridge.commands.uninstall import uninstall
from calbridge.core.breakers import Allowed
from calbridge.core.problem import Problem
from calbridge.errors import CalbridgeError, ConfigError
from calbridge.logs import log_to_stderr
from calbridge.printing import print_json, print_outcome
from calbridge.store import Store
from calbridge.sync import HostReport, Options

app = typer.Typer(
    help="Keeps CalDAV calendars and a conferencing platform in step.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


HostsOption = Annotated[
    list[str] | None, typer.Option("--host", help="Only this host; may be repeated.", metavar="NAME")
]


def main() -> None:
    """The entry point of the `calbridge` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a subject that the locale can't write stops no sync
    app()


def _version(asked: bool) -> None:
    if asked:
        print(f"calbridge {__version__}")
        raise typer.Exit


@app.callback()
def _calbridge(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command(cls=JsonCommand)
def sync(
    config: ConfigOption = None,
    host: HostsOption = None,
    as_json: JsonOption = False,
    full: Annotated[bool, typer.Option("--full", help="Compare everything, and send again what was refused.")] = False,
    allow_cancels: Annotated[int | None, typer.Option(min=0, help="Let up to this many meetings end.")] = None,
    allow_creates: Annotated[int | None, typer.Option(min=0, help="Let up to this many conferences be made.")] = None,
) -> None:
    """Bring conferences and events in step, once."""
    log_to_stderr()
    say = Console(stderr=as_json)

    def progress(outcome: Outcome) -> None:
        if say.is_terminal:
            print_outcome(say, outcome)

    def work() -> tuple[tuple[HostReport, ...], frozenset[str]]:
        loaded = configuration.load(config, os.environ)
        composition.chosen_hosts(loaded, host or ())
        with locked(loaded.store_path), Store.open(loaded.store_path) as store:
            options = Options(full=full, allowed=Allowed(allow_cancels, allow_creates), progress=progress)
            began = datetime.now(UTC)
            reports = asyncio.run(composition.sync_hosts(loaded, store, options, names=host or ()))
            told = frozenset() if say.is_terminal else told_before(reports, store)
            keep(reports, loaded, store, began=began, ended=datetime.now(UTC))
            return reports, told

    reports, told = bounded(work, as_json=as_json)
    end(reports, as_json=as_json, dry=False, told=told)


@app.command(cls=JsonCommand)
def plan(
    config: ConfigOption = None,
    host: HostsOption = None,
    as_json: JsonOption = False,
    full: Annotated[bool, typer.Option("--full", help="As `sync --full` would do it.")] = False,
) -> None:
    """Show what a sync would do. Changes nothing anywhere."""
    log_to_stderr()

    def work() -> tuple[HostReport, ...]:
        loaded = configuration.load(config, os.environ)
        composition.chosen_hosts(loaded, host or ())
        with Store.snapshot(loaded.store_path) as store:
            options = Options(dry=True, full=full)
            return asyncio.run(composition.sync_hosts(loaded, store, options, names=host or ()))

    end(bounded(work, as_json=as_json), as_json=as_json, dry=True)


@app.command(cls=JsonCommand)
def explain(
    asked: Annotated[str, typer.Argument(metavar="RRULE|FILE.ics", help="A rule, or a calendar file.")],
    start: Annotated[
        str | None,
        typer.Option(help="The rule's first date and time; of a file, the moment to look from. Default: now."),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="The time zone of --start, and of times without one. Default: UTC.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the platform makes of a rule, or of a file's events. Needs no configuration."""
    found = explaining.answer(asked, start=start, zone=zone, now=datetime.now(UTC))
    if isinstance(found, Problem):
        if as_json:
            print_json(explaining.failure_json(found))
            raise typer.Exit(EXIT_USAGE)
        fail((found,), EXIT_USAGE, as_json=False)
    explaining.print_defaults(found)
    if as_json:
        print_json(explaining.answer_json(found))
    else:
        explaining.print_answer(found)


app.command()(daemon)
app.command(cls=ApiCommand, add_help_option=False)(api)
app.command(cls=JsonCommand)(uninstall)
app.command(cls=DoctorCommand)(doctor)
app.command()(init)
app.command(cls=JsonCommand)(status)
app.add_typer(hosts.app, name="hosts")


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on loopback; 0 takes a free one.")] = 8780,
    data: Annotated[Path | None, typer.Option(help="Keep the state in this SQLite file.")] = None,
    seed: Annotated[Path | None, typer.Option(help="Companies, hosts and tokens to begin with.")] = None,
) -> None:
    """Serve the conferencing platform on this machine."""
    server = _extra("calbridge.sandbox.server")

    def started(url: str, planted: Path | None) -> None:
        if planted is None and seed is not None:
            print(f"{seed} is not read: a seed is what a new --data file begins with.", file=sys.stderr)
        built_in = " (API token: sandbox-token)" if seed is None else ""
        known = built_in if planted else f" with what {data} holds"
        print(f"The platform is at {url}{known}. Stop it with Ctrl-C.", flush=True)

    try:
        server.run(port=port, data=data, seed=seed, started=started)
    except CalbridgeError as error:
        fail(error.problems if isinstance(error, ConfigError) else (error.problem,), EXIT_CONFIG, as_json=False)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the story; else keep serving on a terminal.")] = False,
) -> None:
    """Show the main job on a CalDAV server and a platform of its own."""
    log_to_stderr(logging.WARNING)
    story = _extra("calbridge.demo", "radicale")
    with terminable():
        code = story.run(keep_serving=not once and sys.stdout.isatty())
    raise typer.Exit(code)


def _extra(module: str, *needs: str) -> Any:  # Any: a module is what it is
    """A module that works only with the extra "demo", of which it also `needs` these."""
    try:
        for name in needs:
            import_module(name)
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("calbridge"):
            raise
        reason = f"{error.name} is not installed"
    hint = 'install it from the checkout with the extra: pip install ".[demo]"'
    return fail((Problem("calbridge", "extra.missing", reason, hint),), EXIT_CONFIG, as_json=False)


if __name__ == "__main__":
    main()
