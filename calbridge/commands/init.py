"""`calbridge init`: asks, checks each answer, writes a configuration that works, and shows a first plan."""

import asyncio
import logging
import os
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer

from calbridge import app as composition
from calbridge import config as configuration
from calbridge.beginning import (
    NoMoreAnswers,
    Terminal,
    agrees,
    ask_all,
    closed,
    files_of,
    in_the_way,
    make_folder,
    place,
)
from calbridge.commands.reporting import bounded, end
from calbridge.commands.shared import EXIT_CONFIG, EXIT_PROBLEM, fail, internal_problem
from calbridge.core.problem import Problem
from calbridge.errors import ConfigError
from calbridge.logs import log_to_stderr
from calbridge.store import Store
from calbridge.sync import HostReport, Options

_log = structlog.get_logger()

SYSTEM = Path("/etc/calbridge")
STATE = Path("/var/lib/calbridge")


def init(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where to write it; else /etc/calbridge for root, here for others."),
    ] = None,
) -> None:
    """Ask for the platform and a first host, check each answer, and write a configuration that works."""
    log_to_stderr(logging.WARNING)
    chosen = folder or (SYSTEM if os.geteuid() == 0 else Path())
    asker = Terminal()
    undone = "nothing is written: run it again"
    try:
        _begin(asker, chosen)
        undone = f"all is written: calbridge plan --config {chosen} shows what a first sync would do"
        wants_plan = agrees(asker, "Show what a first sync would do? It changes nothing", default=True)
    except (KeyboardInterrupt, NoMoreAnswers) as error:
        _stopped(undone, by_hand=isinstance(error, KeyboardInterrupt))
    except ConfigError as error:
        fail(error.problems, EXIT_CONFIG, as_json=False)
    except Exception as error:  # noqa: BLE001  the last boundary: our own mistakes end with words, too
        _log.exception("failed")
        fail((internal_problem(error),), EXIT_PROBLEM, as_json=False)
    if wants_plan:
        end(bounded(lambda: _planned(chosen), as_json=False), as_json=False, dry=True)


def _stopped(hint: str, *, by_hand: bool) -> NoReturn:
    print(flush=True)  # the question's line
    reason = "stopped" if by_hand else "the answers ended before the questions"
    problem = Problem("calbridge init", "init.stopped", reason, hint)
    fail((problem,), 130 if by_hand else EXIT_PROBLEM, as_json=False)


def _begin(asker: Terminal, folder: Path) -> None:
    """Ask, write, and say what comes next. Raises `ConfigError` where nothing was written."""
    asker.say(f"This writes a configuration into {folder.absolute()}. Nothing is written before the last question.")
    problem = closed(folder)
    if problem is not None:
        raise ConfigError((problem,))
    old = list(in_the_way(folder))
    if old:
        names = " and ".join(str(path) for path in old)
        if not agrees(asker, f"{names}: there already. Put aside as NAME.old, and begin anew?", default=False):
            hint = "name another folder, or edit what is there; calbridge hosts import adds hosts"
            raise ConfigError((Problem(names, "init.exists", "there is a configuration already", hint),))
    database = (STATE if folder == SYSTEM else folder.absolute()) / "calbridge.db"
    answers = ask_all(asker, folder, database, is_free=lambda name: not _taken(folder, name))
    make_folder(answers.database.parent)
    files = files_of(answers, folder)
    aside = place(files, folder)
    for path in aside:
        asker.say(f"put aside: {path}")
    for file in files:
        asker.say(f"written: {folder / file.name}")
    configuration.load(folder, os.environ)  # with host files that were there before
    asker.say(f"Next: calbridge doctor --config {folder}, calbridge sync --config {folder}, more host files in hosts.d")


def _taken(folder: Path, name: str) -> bool:
    return any((folder / "hosts.d" / f"{name}.{kind}").exists() for kind in ("toml", "password"))


def _planned(folder: Path) -> tuple[HostReport, ...]:
    loaded = configuration.load(folder, os.environ)
    with Store.snapshot(loaded.store_path) as store:
        return asyncio.run(composition.sync_hosts(loaded, store, Options(dry=True)))
