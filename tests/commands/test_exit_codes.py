"""What a sync's reports come to as an exit code."""

import pytest

from calbridge.commands.reporting import exit_code
from calbridge.core.actions import Plan
from calbridge.core.problem import Problem
from calbridge.sync import HostReport

BROKEN = Problem("a", "calendar.denied", "wrong password", "mend it")
STOPPED = Problem("b", "breaker.cancels", "too many within the hour", "allow them")


@pytest.mark.parametrize(
    ("problems", "withheld", "code"),
    [((), 0, 0), ((BROKEN,), 0, 1), ((), 2, 3), ((BROKEN,), 2, 3), ((BROKEN, STOPPED), 0, 3)],
    ids=["fine", "a problem", "withheld", "both", "a breaker that stopped a sync under way"],
)
def test_a_breaker_wins_over_a_problem(problems: tuple[Problem, ...], withheld: int, code: int) -> None:
    assert exit_code([HostReport("alice", Plan(withheld=withheld), (), problems)]) == code
