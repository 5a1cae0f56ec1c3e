"""`calbridge explain`: what was asked -> explanations, and explanations -> text or JSON (design, section 9)."""

# ruff: noqa: T201  the command's own output

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from calbridge.core import zones
from calbridge.core.days import WEEKDAYS
from calbridge.core.explain import DATES, SHOWN, Explanation, Pair, explain_rule, next_instance
from calbridge.core.explain_file import Explained, explain_file
from calbridge.core.problem import Misfit, Problem, printable
from calbridge.core.rewording import Unrewritten, listed, moment
from calbridge.core.wanted import Wanted
from calbridge.report import Json, problem_json
from calbridge.tables import print_table
from calbridge.year import LEGEND, year_lines

_LARGEST_FILE = 50_000_000  # bytes
_NAME_ONE = "name an iCalendar file, or a rule such as 'FREQ=WEEKLY;BYDAY=MO'"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is explained: the events of a file, or a rule that begins at `start`, as one event without a name.

    `defaults` say what was assumed, a sentence each.
    """

    rule: str | None
    start: datetime
    events: tuple[Explained, ...]
    defaults: tuple[str, ...]


def answer(asked: str, *, start: str | None, zone: str | None, now: datetime) -> Answer | Problem:
    """Explain an RRULE, or each event of an iCalendar file; a problem says what of the command line can't be used.

    Of a rule, `start` is the first instance (default: its next one after `now`, on the hour); of a file, the moment to
    look from (default: `now`). `zone` is the zone of `start` and of a file's floating times (default: UTC). `now` is
    aware.
    """
    known = zones.named(zone) if zone is not None else zones.UTC
    if known is None:
        hint = "name one of the IANA time zones, such as Europe/Paris"
        return Problem("--zone", "usage.zone", f"{zone!r} is no known time zone", hint)
    begin = None if start is None else _local(start, known)
    if isinstance(begin, Problem):
        return begin
    if not asked.strip():
        return Problem("RRULE|FILE.ics", "usage.file", "nothing is asked", _NAME_ONE)
    rule = _rule(asked)
    if rule is not None:
        return _of_rule(rule, begin, now.astimezone(known), () if zone else ("--zone was not given: in UTC",))
    return _of_file(asked, begin, now.astimezone(known).replace(microsecond=0))


def _of_rule(rule: str, start: datetime | None, now: datetime, assumed: tuple[str, ...]) -> Answer:
    if start is None:
        start = next_instance(rule, now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
        assumed = (*assumed, f"--start was not given: the rule's next instance, {moment(start)}")
    return Answer(rule, start, (Explained("", "", (), explain_rule(rule, start)),), assumed)


def _of_file(name: str, start: datetime | None, now: datetime) -> Answer | Problem:
    body = _body(name)
    if isinstance(body, Problem):
        return body
    begin = start or now
    events = explain_file(body, zone=str(begin.tzinfo), now=begin)
    assumed = () if start else (f"--start was not given: from now on, {moment(begin)}",)
    return events.at(name) if isinstance(events, Misfit) else Answer(None, begin, events, assumed)


def _local(text: str, zone: ZoneInfo) -> datetime | Problem:
    """Read a local time, or one with an offset."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        at = None
    if at is not None and len(text.strip()) <= len("2026-01-05"):
        hint = f"add the time of day, as in {at:%Y-%m-%d}T09:00"
        return Problem("--start", "usage.start", f"{text!r} is a date without a time", hint)
    if at is None or not 2 < at.year < 9999:
        hint = "give a local date and time, such as 2026-01-05T09:00"
        return Problem("--start", "usage.start", f"{text!r} is no date with a time", hint)
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)


def _rule(asked: str) -> str | None:
    """The argument, if it is a rule and no file's name."""
    if "=" not in asked or (len(asked) < 200 and Path(asked).is_file()):
        return None
    text = "".join(asked.split())
    return text[6:] if text[:6].upper() == "RRULE:" else text


def _body(name: str) -> bytes | Problem:
    try:
        with Path(name).open("rb") as file:
            body = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = f"it is no rule, and as a file: {getattr(error, 'strerror', None) or error}"
        return Problem(name, "usage.file", reason, _NAME_ONE)
    if len(body) > _LARGEST_FILE:
        return Problem(name, "usage.file", f"it is larger than {_LARGEST_FILE} bytes", "take the event out of it")
    return body


def answer_json(found: Answer) -> Json:
    """The first (or only) event's explanation; for a file, each of them in `events` as well."""
    first = _json(found.events[0].explanation)
    if found.rule is not None:
        return first
    events = [{"uid": each.uid, "subject": each.summary, **_json(each.explanation)} for each in found.events]
    return {**first, "events": events}


def failure_json(problem: Problem) -> Json:
    """The same keys where there is nothing to explain, and the problem."""
    unexplained = Explanation(None, (), problem.reason, Misfit(problem.rule, problem.reason, problem.hint))
    return {**_json(unexplained), "problems": [problem_json(problem)]}


def _json(explanation: Explanation) -> Json:
    misfit = explanation.misfit
    return {
        "tier": explanation.tier,
        "schedules": [each.schedule for each in explanation.conferences if each.schedule is not None],
        "rule": misfit.rule if misfit else None,
        "reason": explanation.reason,
        "hint": misfit.hint if misfit else None,
        "next": [f"{each:%Y-%m-%d %H:%M:%S}" for each in explanation.upcoming],
    }


def print_answer(found: Answer) -> None:
    """Print it for people."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for number, each in enumerate(found.events):
        if number:
            console.print()
        console.print(printable(_title(found, each)), style="bold")
        for fact in each.facts:
            console.print(f"  {printable(fact)}")
        _print_explanation(console, each.explanation)
    sys.stdout.flush()


def _title(found: Answer, event: Explained) -> str:
    if found.rule is not None:
        return f"{found.rule} from {moment(found.start)} {found.start.tzinfo}"
    return f"{event.summary or '(no title)'}  {event.uid}".rstrip()


def print_defaults(found: Answer) -> None:
    """Say on stderr what was assumed."""
    for line in found.defaults:
        print(line, file=sys.stderr)


def _print_explanation(console: Console, explanation: Explanation) -> None:
    console.print()
    for line in _verdict(explanation):
        console.print(line)
    for said in explanation.unrewritten:
        console.print(f"  {printable(_otherwise(said))}")
    if explanation.pairs:
        console.print()
        _print_pairs(explanation)
    if explanation.year is not None:
        console.print()
        for line in year_lines(explanation.year):
            console.print(line)
        console.print(f"\n({LEGEND})", style="dim")


def _verdict(explanation: Explanation) -> Iterator[Text | str]:
    misfit = explanation.misfit
    if misfit is not None:
        yield Text(f"tier {explanation.tier}, refused: {printable(misfit.reason)}", style="yellow")
        yield f"  {printable(misfit.hint)} [{misfit.rule}]"
    elif explanation.tier is None:
        yield f"nothing is sent: {explanation.reason}"
    else:
        yield Text(f"tier {explanation.tier}: {explanation.reason}", style="green")
        yield from (f"  {_conference(each)}" for each in explanation.conferences[:SHOWN])
        more = len(explanation.conferences) - SHOWN
        if more > 0:
            yield f"  and {more} more"


def _conference(conference: Wanted) -> str:
    start = conference.occasion.start
    return f"{conference.schedule or 'a single conference'} from {moment(start)} {start.tzinfo}"


def _otherwise(said: Unrewritten) -> str:
    if said.refusal is not None:
        return f"sent as it stands, the platform would refuse it: {said.refusal.reason}"
    parts = ((said.missing, "lack"), (said.extra, "add"))
    changes = [f"{verb} {len(moments)} ({listed(moments)})" for moments, verb in parts if moments]
    return f"sent as {said.schedule}, it would {' and '.join(changes)}"


def _print_pairs(explanation: Explanation) -> None:
    rows = [(_shown(pair[0]), _shown(pair[1]), _note(explanation, pair)) for pair in explanation.pairs]
    print_table(("the event (RFC 5545)", "the platform", " "), rows)


def _shown(when: datetime | None) -> str:
    return f"{WEEKDAYS[when.weekday()].title()} {moment(when)}" if when is not None else "-"


def _note(explanation: Explanation, pair: Pair) -> str:
    match pair:
        case (None, _):
            return "not in the event"
        case (_, None) if explanation.conferences:
            return "not yet on the platform" if explanation.tier == DATES else "not on the platform"
        case _:
            return ""
