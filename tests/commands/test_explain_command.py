"""`calbridge explain`: arguments, JSON, text and exit codes (design, section 9)."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.desk import Ran, command, ended
from support.ical import calendar_object, vevent, weekly
from typer.testing import CliRunner

from calbridge import cli

KEYS = ["tier", "schedules", "rule", "reason", "hint", "next"]
AT = ("--start", "2026-01-05T09:00", "--zone", "Europe/Paris")


def _run(*arguments: str) -> Ran:
    result = CliRunner().invoke(cli.app, ["explain", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def _json(*arguments: str) -> dict[str, Any]:  # Any: JSON
    ran = _run(*arguments, "--json")
    assert ran.code == 0
    return ran.json


def _file(folder: Path, *events: str) -> str:
    path = folder / "some.ics"
    path.write_text(calendar_object(*events))
    return str(path)


def test_the_json_of_a_rule_has_the_keys_of_the_contract_and_no_others() -> None:
    found = _json("FREQ=WEEKLY;COUNT=12;BYDAY=MO,WE", *AT)

    assert list(found) == KEYS
    assert (found["tier"], found["schedules"]) == (1, ["FREQ=WEEKLY;COUNT=12;BYDAY=MO,WE"])
    assert (found["rule"], found["hint"]) == (None, None)
    assert len(found["next"]) == 10
    assert found["next"][:2] == ["2026-01-05 09:00:00", "2026-01-07 09:00:00"]


def test_a_refused_rule_is_explained_and_no_failure() -> None:
    found = _json("RRULE:FREQ=SECONDLY", *AT)

    assert (found["tier"], found["schedules"], found["next"]) == (6, [], [])
    assert (found["rule"], found["reason"]) == (
        "rrule.frequency",
        "Schedule FREQ must be DAILY, WEEKLY or MONTHLY",
    )
    assert found["hint"]


def test_without_a_start_the_next_instance_is_taken_and_said() -> None:
    ran = _run("FREQ=WEEKLY;BYDAY=TU", "--json")

    assert (ran.code, ran.json["tier"]) == (0, 1)
    assert "--zone was not given: in UTC\n" in ran.err
    assert f"--start was not given: the rule's next instance, {ran.json['next'][0][:16]}\n" in ran.err


def test_a_file_is_explained_event_by_event(tmp_path: Path) -> None:
    name = _file(tmp_path, weekly(uid="week"), vevent(uid="once"))

    found = _json(name, "--start", "2026-03-01T00:00")

    assert list(found) == [*KEYS, "events"]
    assert (found["tier"], found["schedules"]) == (2, ["FREQ=WEEKLY;BYDAY=MO"])
    assert [each["uid"] for each in found["events"]] == ["week", "once"]
    assert [list(each) for each in found["events"]] == [["uid", "subject", *KEYS]] * 2


def test_a_start_looks_at_a_file_from_that_moment_on(tmp_path: Path) -> None:
    found = _json(_file(tmp_path, weekly()), "--start", "2026-04-01T00:00", "--zone", "Europe/Paris")

    assert found["next"][0] == "2026-04-06 10:00:00"


def test_people_see_the_schedule_both_sides_and_a_year() -> None:
    ran = _run("FREQ=WEEKLY;BYDAY=SA;UNTIL=20260313T230000Z", "--start", "2026-02-28T00:00", "--zone", "Europe/Paris")

    lines = ran.out.splitlines()
    assert lines[0] == "FREQ=WEEKLY;BYDAY=SA;UNTIL=20260313T230000Z from 2026-02-28 00:00 Europe/Paris"
    assert lines[2].startswith("tier 1: the platform takes the rule as it stands; UNTIL becomes")
    assert lines[3] == "  FREQ=WEEKLY;UNTIL=20260314;BYDAY=SA from 2026-02-28 00:00 Europe/Paris"
    assert lines[4] == "  sent as FREQ=WEEKLY;UNTIL=20260313;BYDAY=SA, it would lack 1 (2026-03-14 00:00)"
    assert "Sa 2026-03-14 00:00   Sa 2026-03-14 00:00" in lines
    assert any(line.split() == ["February", "2026", "March", "2026", "April", "2026"] for line in lines)
    assert "\x1b" not in ran.out


def test_a_refused_event_shows_why_and_what_would_work(tmp_path: Path) -> None:
    ran = _run(_file(tmp_path, vevent("RRULE:FREQ=HOURLY", uid="watch")), "--start", "2026-03-01T00:00")

    assert ran.code == 0
    assert "tier 6, refused: Schedule FREQ must be DAILY, WEEKLY or MONTHLY\n" in ran.out
    assert "[rrule.frequency]\n" in ran.out


def test_text_of_an_event_cant_steer_the_terminal(tmp_path: Path) -> None:
    ran = _run(_file(tmp_path, vevent(summary="a\x1b[31mb [bold]c[/]")), "--start", "2026-03-01T00:00")

    assert "a\N{REPLACEMENT CHARACTER}[31mb [bold]c[/]  plan@x\n" in ran.out


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("nowhere.ics",), "usage.file"),
        (("",), "usage.file"),
        ((".",), "usage.file"),
        (("a\x00b",), "usage.file"),
        (("FREQ=DAILY", "--zone", "Mars/Base"), "usage.zone"),
        (("FREQ=DAILY", "--start", "2026-01-05"), "usage.start"),
        (("FREQ=DAILY", "--start", "9999-12-31T23:00"), "usage.start"),
        (("FREQ=DAILY", "--start", "tomorrow"), "usage.start"),
    ],
)
def test_what_cant_be_used_is_told_with_2(arguments: tuple[str, ...], rule: str) -> None:
    ran = _run(*arguments, "--json")

    assert ran.code == 2
    [problem] = ran.json["problems"]
    assert ran.json["rule"] == problem["rule"] == rule
    assert (ran.json["tier"], ran.json["schedules"], ran.json["next"]) == (None, [], [])
    assert problem["reason"]
    assert problem["hint"]


def test_what_is_missing_on_the_command_line_is_named() -> None:
    assert _run("").err.startswith("RRULE|FILE.ics: nothing is asked; name an iCalendar file, or a rule such as")
    assert (
        "is a date without a time; add the time of day, as in 2026-01-05T09:00 ["
        in _run("FREQ=DAILY", "--start", "2026-01-05").err
    )


def test_one_schedule_and_a_start_off_the_rule_are_told_together() -> None:
    ran = _run("FREQ=MONTHLY;BYDAY=5TU", "--start", "2026-12-01T09:00", "--zone", "Europe/Paris")
    told = "tier 4: one schedule can't say it: 1 schedule and 1 single date do together, in the dedicated room\n"
    assert told in ran.out


def test_the_hint_for_an_interval_of_zero_keeps_the_frequency() -> None:
    assert _json("FREQ=WEEKLY;INTERVAL=0", *AT)["hint"] == "use INTERVAL=1, or leave it out, as in FREQ=WEEKLY"


def test_a_file_without_an_event_cant_be_used(tmp_path: Path) -> None:
    ran = _run(_file(tmp_path))

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith("there is no event in the file; name an iCalendar file with a VEVENT [file.no-event]\n")


def test_it_works_as_a_command_without_any_configuration(tmp_path: Path) -> None:
    ran = ended(command("explain", "FREQ=DAILY", *AT, "--json", folder=tmp_path))

    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["schedules"] == ["FREQ=DAILY"]
