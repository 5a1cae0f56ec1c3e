"""How a command that works on hosts ends: what it found is printed, and the exit code says how it went."""

import signal
from collections.abc import Callable, Collection, Sequence
from typing import NoReturn, TypeVar

import structlog
import typer

from calbridge.commands.process import Terminated, terminable
from calbridge.commands.shared import (
    EXIT_BREAKER,
    EXIT_CONFIG,
    EXIT_LOCKED,
    EXIT_PROBLEM,
    EXIT_USAGE,
    fail,
    internal_problem,
)
from calbridge.core.problem import Problem
from calbridge.errors import CalbridgeError, ConfigError, LockedError
from calbridge.printing import host_json, print_json, print_reports
from calbridge.sync import HostReport

_log = structlog.get_logger()
_T = TypeVar("_T")

_STOPPED = Problem(
    "calbridge",
    "run.stopped",
    "stopped before the end; what is done is done",
    "run it again: it looks up what it had begun, and goes on",
)


def bounded(work: Callable[[], _T], *, as_json: bool) -> _T:
    """Run; end the command with a problem and its code where there is no result."""
    try:
        with terminable():
            return work()
    except ConfigError as error:
        code = EXIT_USAGE if error.problem.rule == "config.no-host" else EXIT_CONFIG
        fail(error.problems, code, as_json=as_json)
    except CalbridgeError as error:
        fail((error.problem,), EXIT_LOCKED if isinstance(error, LockedError) else EXIT_PROBLEM, as_json=as_json)
    except KeyboardInterrupt as error:
        told = signal.SIGTERM if isinstance(error, Terminated) else signal.SIGINT
        fail((_STOPPED,), 128 + told, as_json=as_json)
    except Exception as error:  # noqa: BLE001  the last boundary: JSON and exit code hold for our own mistakes, too
        _log.exception("failed")
        fail((internal_problem(error),), EXIT_PROBLEM, as_json=as_json)


def end(reports: Sequence[HostReport], *, as_json: bool, dry: bool, told: Collection[str] = ()) -> NoReturn:
    """Print what was done, or would be where `dry`, and exit; `told` as for `print_reports`."""
    if as_json:
        print_json({"hosts": [host_json(r, dry=dry) for r in reports]})
    else:
        print_reports(reports, dry=dry, told=told)
    raise typer.Exit(exit_code(reports))


def exit_code(reports: Sequence[HostReport]) -> int:
    """3 where a breaker stopped something, 1 where there is a problem, else 0."""
    problems = [problem for r in reports for problem in r.problems]
    if any(r.plan.withheld for r in reports) or any(p.rule.startswith("breaker.") for p in problems):
        return EXIT_BREAKER
    return EXIT_PROBLEM if problems else 0
