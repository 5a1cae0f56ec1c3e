"""Asking: on a terminal, or line by line from whatever standard input is."""

# ruff: noqa: T201  the command's own output

import getpass
import sys
from collections.abc import Callable
from typing import Protocol, TypeVar

from calbridge.core.problem import Misfit, Problem, printable

T = TypeVar("T")


class NoMoreAnswers(Exception):
    """Standard input ended before the questions did."""


class Asker(Protocol):
    """Somebody who can be asked."""

    def say(self, text: str) -> None:
        """Tell something."""

    def ask(self, question: str, default: str = "") -> str:
        """Ask for a line; empty stands for the default. Raises `NoMoreAnswers`."""

    def ask_secret(self, question: str) -> str:
        """Ask for a line that nobody should see. Raises `NoMoreAnswers`."""


class Terminal:
    """Asks whoever sits there. A pipe is taken for somebody who types fast, and hides nothing."""

    def say(self, text: str) -> None:
        """Print it, without what could steer the terminal."""
        print(printable(text), flush=True)

    def ask(self, question: str, default: str = "") -> str:
        """Ask on standard output; the line comes without white space around it."""
        shown = f" [{default}]" if default else ""
        print(f"{printable(question)}{printable(shown)}: ", end="", flush=True)
        return self._line() or default

    def ask_secret(self, question: str) -> str:
        """Ask without an echo, where there is a terminal."""
        if not sys.stdin.isatty():
            return self.ask(question)
        try:
            return getpass.getpass(f"{printable(question)} (hidden): ").strip()
        except EOFError:
            raise NoMoreAnswers from None

    def _line(self) -> str:
        line = sys.stdin.readline()
        if not line:
            raise NoMoreAnswers
        if not sys.stdin.isatty():
            print(flush=True)  # the answer was not typed, so that nothing ended the line
        return line.strip()


def agrees(asker: Asker, question: str, *, default: bool) -> bool:
    """Ask for yes or no."""
    while True:
        said = asker.ask(f"{question} (yes or no)", "yes" if default else "no").lower()
        if said in {"y", "yes"}:
            return True
        if said in {"n", "no"}:
            return False
        asker.say("  please answer yes or no")


def until_right(attempt: Callable[[], T | Problem | Misfit], asker: Asker) -> T:
    """Ask again as often as the answer is a problem, which is told."""
    while True:
        found = attempt()
        if not isinstance(found, Problem | Misfit):
            return found
        tell(asker, found)


def tell(asker: Asker, problem: Problem | Misfit) -> None:
    """Say what is wrong, and what to do about it."""
    where = f"{problem.where}: " if isinstance(problem, Problem) else ""
    asker.say(f"  {where}{problem.reason}; {problem.hint}")
