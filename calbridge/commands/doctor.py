"""`calbridge doctor`: what is well, what is not, and what to do about it."""

import asyncio
import logging
import os
import secrets
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, ClassVar

import structlog
import typer
from rich.cells import cell_len

from calbridge import config as configuration
from calbridge.app import chosen_hosts, utc_now
from calbridge.checkup import Area, CalendarSeen, Checkup, Finding, Level, examine, failed, probe_host
from calbridge.commands.process import Terminated, terminable
from calbridge.commands.shared import (
    EXIT_CONFIG,
    EXIT_PROBLEM,
    EXIT_USAGE,
    ConfigOption,
    JsonCommand,
    JsonOption,
    fail,
    internal_problem,
)
from calbridge.core.problem import printable
from calbridge.errors import CalbridgeError, ConfigError
from calbridge.logs import log_to_stderr
from calbridge.printing import print_json
from calbridge.report import Json
from calbridge.tables import print_table

_log = structlog.get_logger()

MANY = 12
"""Of more things of one area that are well, only the number is told."""


class DoctorCommand(JsonCommand):
    """Its JSON is `{"level", "findings": [...], "calendars": [...]}`."""

    beside: ClassVar[Json] = {"level": "problem", "findings": [], "calendars": []}


def doctor(
    config: ConfigOption = None,
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Only this host; may be repeated.", metavar="NAME")
    ] = None,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Also try what the platform's document leaves open, on conferences of the first host (or of --host) "
            "a year ahead, which are cancelled again.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check everything, and say what to do about what is not well. Changes nothing without --probe."""
    log_to_stderr(logging.WARNING)
    try:
        checkup, code = _examined(config, host or (), probe=probe)
    except ConfigError as error:
        if error.problem.rule == "config.no-host":
            fail(error.problems, EXIT_USAGE, as_json=as_json, beside=DoctorCommand.beside)
        checkup = Checkup(tuple(failed(Area.CONFIGURATION, problem) for problem in error.problems))
        code = EXIT_CONFIG
    except CalbridgeError as error:
        fail((error.problem,), EXIT_PROBLEM, as_json=as_json, beside=DoctorCommand.beside)
    except Exception as error:  # noqa: BLE001  the last boundary: JSON and exit code hold for our own mistakes, too
        _log.exception("failed")
        fail((internal_problem(error),), EXIT_PROBLEM, as_json=as_json, beside=DoctorCommand.beside)
    if as_json:
        print_json(_json(checkup))
    else:
        _print(checkup)
    raise typer.Exit(code)


def _examined(path: Path | None, names: Sequence[str], *, probe: bool) -> tuple[Checkup, int]:
    loaded = configuration.load(path, os.environ)
    hosts = chosen_hosts(loaded, names)
    checkup = asyncio.run(examine(loaded, hosts, utc_now))
    stopped = 0
    if probe and not any(each.area is Area.PLATFORM and each.level is Level.PROBLEM for each in checkup.findings):
        tried, stopped = _probed(loaded, hosts[0])
        checkup = Checkup((*checkup.findings, *tried), checkup.calendars)
    return checkup, stopped or (EXIT_PROBLEM if checkup.level is Level.PROBLEM else 0)


def _probed(config: configuration.Config, host: configuration.HostConfig) -> tuple[list[Finding], int]:
    """Probe; when it is stopped, what it found until then and what it left behind, and the exit code of a signal."""
    announced = f"probing with conferences of {host.name}, a year ahead; Ctrl-C cancels them and ends"
    print(announced, file=sys.stderr, flush=True)
    tried: list[Finding] = []
    try:
        with terminable():
            asyncio.run(probe_host(config, host, tried.append, tag=secrets.token_hex(4), clock=utc_now))
    except KeyboardInterrupt as error:
        return tried, 128 + (signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT)
    return tried, 0


def _json(checkup: Checkup) -> Json:
    return {
        "level": checkup.level,
        "findings": [asdict(finding) for finding in checkup.findings],
        "calendars": [
            {**asdict(seen), "dropped": sorted(seen.dropped), "refused": len(seen.refused)}
            for seen in checkup.calendars
        ],
    }


def _print(checkup: Checkup) -> None:
    for area in Area:
        of_area = [finding for finding in checkup.findings if finding.area is area]
        if of_area:
            print(area.value)
            for line in _lines(of_area):
                print(f"  {printable(line)}")
        if area is Area.CALENDARS and checkup.calendars:
            sys.stdout.flush()
            print_table(_HEADS, sorted(_rows(checkup.calendars)))
    counts = Counter(finding.level for finding in checkup.findings)
    print(f"{counts[Level.OK]} ok, {counts[Level.WARNING]} to look at, {counts[Level.PROBLEM]} wrong", flush=True)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    well = [finding for finding in findings if finding.level is Level.OK]
    counted = len(well) > MANY and findings[0].area is not Area.PROBE  # of which each is an answer
    if counted:
        yield f"ok       {len(well)} of {len(findings)}"
    shown = [finding for finding in findings if finding.level is not Level.OK or not counted]
    width = max((cell_len(finding.where) for finding in shown), default=0)
    for finding in shown:
        where = finding.where + " " * (width - cell_len(finding.where))
        if finding.level is Level.OK:
            yield f"ok       {where}  {finding.what}"
        else:
            yield f"{finding.level.upper():<8} {where}  {finding.what} [{finding.rule}]"
            yield f"         {finding.hint}"


_HEADS = (
    "  server",
    "calendars",
    "sync-token",
    "ctag",
    "guarded write",
    "scheduling",
    "our properties",
)
_GUARDS = {"strong": "yes", "weak": "no, weak ETags", "none": "no ETags", "empty": "yet empty"}


def _rows(calendars: Sequence[CalendarSeen]) -> Iterator[tuple[str, ...]]:
    """What each server can do: calendars of one server that are alike share a row."""
    counts = Counter((_server(seen), _can(seen)) for seen in calendars)
    for (server, can), count in counts.items():
        yield f"  {server}", str(count), *can


def _server(seen: CalendarSeen) -> str:
    return seen.url.split("/")[2] + (f" ({seen.abilities.product})" if seen.abilities.product else "")


def _can(seen: CalendarSeen) -> tuple[str, ...]:
    kept = "kept" if seen.asking else "nothing written yet"
    return (
        "yes" if seen.abilities.sync_token else "no",
        "yes" if seen.abilities.ctag else "no",
        _GUARDS[seen.abilities.etags],
        seen.abilities.scheduling,
        f"drops {', '.join(sorted(seen.dropped))}" if seen.dropped else kept,
    )
