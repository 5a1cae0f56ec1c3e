"""What all commands share: exit codes (design, section 9), options, and how to end without a result."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, NoReturn

import typer

from calbridge.core.problem import Problem
from calbridge.printing import print_json, print_problems
from calbridge.report import Json, problem_json

EXIT_PROBLEM, EXIT_USAGE, EXIT_BREAKER, EXIT_LOCKED, EXIT_CONFIG = 1, 2, 3, 75, 78

NO_HOSTS: Json = {"hosts": []}
"""What stands beside the problems in the JSON of a command that came to no result, where it reports on hosts."""

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", help="calbridge.toml or its folder; else $CALBRIDGE_CONFIG, ./ or /etc/calbridge/.", metavar="PATH"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class JsonCommand(typer.core.TyperCommand):
    """A command with --json: its usage errors are JSON, too. `beside` is what its JSON holds beside the problems."""

    beside: ClassVar[Json] = NO_HOSTS

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: typer exports no base of its contexts
        wants_json = "--json" in args
        try:
            return super().parse_args(ctx, args)
        except Exception as error:  # typer exports no base of its usage errors either
            if wants_json and getattr(error, "exit_code", 0) == EXIT_USAGE:
                usage = f"calbridge {ctx.command_path.partition(' ')[2]}"
                print_failure((Problem(usage, "usage", str(error), f"see {usage} --help"),), self.beside)
            raise


def fail(problems: Sequence[Problem], code: int, *, as_json: bool, beside: Json = NO_HOSTS) -> NoReturn:
    """End without a result."""
    if as_json:
        print_failure(problems, beside)
    else:
        print_problems([("", problem) for problem in problems])
    raise typer.Exit(code) from None


def print_failure(problems: Sequence[Problem], beside: Json) -> None:
    """Print the JSON object of a command that came to no result."""
    print_json({**beside, "problems": [problem_json(problem) for problem in problems]})


def internal_problem(error: Exception) -> Problem:
    """Say that the mistake is ours."""
    reason = f"calbridge itself failed ({type(error).__name__})"
    return Problem("calbridge", "internal.error", reason, "report it with the line above that says where")
