"""Damaged answers are failures of whoever gave them, never of ours, and nothing is concluded that they don't say."""

import os

from fuzz import answers
from fuzz.tally import Tally

COUNT = int(os.environ.get("CALBRIDGE_FUZZ_ANSWERS", "200"))


def check(tally: Tally) -> None:
    print(*tally.table("answers"), sep="\n")  # noqa: T201  shown where it fails, and by pytest -s
    assert tally.mistakes == []


def test_no_calendar_server_breaks_the_client_whatever_it_answers() -> None:
    tally = answers.over_xml(COUNT)
    check(tally)
    assert tally.outcomes["poll: complete"] > 0


def test_no_platform_breaks_the_client_whatever_it_answers() -> None:
    tally = answers.over_json(COUNT)
    check(tally)
    assert tally.outcomes["listing: answered"] > 0
