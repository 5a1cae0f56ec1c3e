"""What `calbridge status` says, as JSON values and as lines of text. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from calbridge.core.problem import Problem, printable
from calbridge.core.remembered import Mapping
from calbridge.core.roomless import Roomless
from calbridge.report import Json, problem_json
from calbridge.standing import Verdict, needs_somebody, state, verdict_line
from calbridge.store import Entry, Standing
from calbridge.story import Story, sentence

HEADS = ("host", "state", "last good", "lag", "meetings", "skipped", "next visit")
"""Of the table whose rows `host_row` makes."""


def status_json(verdict: Verdict, standings: Iterable[Standing], problems: Iterable[Problem]) -> Json:
    """Everything, as one object. Times are UTC in ISO 8601, lengths of time seconds.

    The `problems` are those of hosts who are configured no more.
    """
    soon = verdict.next_roomless
    return {
        "verdict": {
            "line": verdict_line(verdict, subjects=True),
            "hosts": verdict.hosts,
            "fine": verdict.fine,
            "needing": list(verdict.needing),
            "trying": list(verdict.trying),
            "unvisited": list(verdict.unvisited),
            "next_roomless": None if soon is None else {"host": soon[0], **roomless_json(soon[1])},
            "visited": _iso(verdict.visited),
        },
        "hosts": [_host_json(standing, verdict.now) for standing in standings],
        "problems": [problem_json(problem) for problem in problems],
    }


def _host_json(standing: Standing, now: datetime) -> Json:
    return {
        "host": standing.host,
        "host_id": standing.host_id,
        "state": state(standing, now),
        "needs_somebody": needs_somebody(standing, now),
        "tried": _iso(standing.tried),
        "good": _iso(standing.good),
        "failures": standing.failures,
        "next_run": _iso(standing.next_run),
        "interval": standing.interval.total_seconds(),
        "lag": standing.lag.total_seconds(),
        "meetings": standing.meetings,
        "skipped": [roomless_json(each) for each in standing.skipped],
        "skipped_more": standing.more,
        "waiting": [roomless_json(each) for each in standing.waiting],
        "withheld": standing.withheld,
        "problems": [problem_json(problem) for problem in standing.problems],
    }


def roomless_json(roomless: Roomless) -> Json:
    """An event without a room; `start` is its local time with its offset, or a date."""
    start = roomless.start
    return {
        "calendar": roomless.calendar,
        "uid": roomless.uid,
        "recurrence_id": roomless.recurrence_id,
        "subject": roomless.subject,
        "start": None if start is None else start.isoformat(),
        "time_zone": str(start.tzinfo) if isinstance(start, datetime) else None,
        "rule": roomless.rule,
        "reason": roomless.reason,
        "hint": roomless.hint,
    }


def stories_json(uid: str, found: Iterable[Story]) -> Json:
    """One event's story, by host."""
    return {"event": uid, "hosts": [_story_json(story) for story in found]}


def _story_json(story: Story) -> Json:
    return {
        "host": story.host,
        "conferences": [_conference_json(mapping) for mapping in story.conferences],
        "without_room": [roomless_json(each) for each in story.roomless],
        "history": [_entry_json(entry) for entry in story.entries],
    }


def _conference_json(mapping: Mapping) -> Json:
    return {
        "conference_id": mapping.conference_id,
        "part": mapping.part,
        "gen": mapping.gen,
        "state": mapping.state,
        "subject": mapping.subject,
        "start": mapping.anchor.isoformat(),
        "time_zone": str(mapping.anchor.tzinfo),
        "duration": mapping.minutes,
        "schedule": mapping.schedule,
    }


def _entry_json(entry: Entry) -> Json:
    return {
        "at": _iso(entry.at),
        "action": entry.action,
        "part": entry.part or None,
        "conference_id": entry.conference_id,
        "detail": entry.detail,
    }


def host_row(standing: Standing, now: datetime) -> tuple[str, ...]:
    """One line of the table."""
    skipped = len(standing.skipped) + standing.more
    return (
        standing.host,
        state(standing, now),
        "never" if standing.good is None else f"{ago(now - standing.good)} ago",
        ago(standing.lag) if standing.lag >= timedelta(seconds=1) else "",
        str(standing.meetings),
        str(skipped) if skipped else "",
        "" if standing.next_run is None else f"in {ago(standing.next_run - now)}",
    )


def host_lines(standing: Standing) -> Iterator[str]:
    """What is to be said of a host beside her row: what is wrong, what waits, and what was skipped."""
    for problem in standing.problems:
        yield printable(f"{problem.where}: {problem.reason}; {problem.hint} [{problem.rule}]")
    if standing.withheld:
        yield f"a breaker keeps {standing.withheld} from being done"
    for word, found in (("waits", standing.waiting), ("skipped", standing.skipped)):
        yield from (f"{word} {roomless_line(each)}" for each in found)
    if standing.more:
        yield f"skipped {standing.more} more, past ones included"


def roomless_line(roomless: Roomless) -> str:
    """An event without a room, in one line."""
    name = roomless.subject or roomless.uid
    return printable(f"{name}, {start_text(roomless)}: {roomless.reason}; {roomless.hint} [{roomless.rule}]")


def start_text(roomless: Roomless) -> str:
    """When it begins, by its own clock."""
    match roomless.start:
        case datetime() as start:
            return f"{start:%Y-%m-%d %H:%M} {start.tzinfo}"
        case None:
            return "at no time that could be read"
        case day:
            return day.isoformat()


def story_lines(story: Story, zone: tzinfo | None) -> Iterator[str]:
    """What is so now, then what happened, oldest first; times on the clock of `zone`, None for this machine's."""
    for mapping in story.conferences:
        when = f"{mapping.anchor:%Y-%m-%d %H:%M} {mapping.anchor.tzinfo}"
        rule = f", {mapping.schedule}" if mapping.schedule else ""
        state_text = "" if mapping.state == "live" else f", {mapping.state}"
        name = printable(mapping.subject)
        yield f"now: conference {mapping.conference_id}, {name}, {when}{rule}{state_text}"
    yield from (f"now: no room: {roomless_line(each)}" for each in story.roomless)
    for entry in story.entries:
        yield printable(f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}  {sentence(entry)}")


def shown(verdict: Verdict, standings: Sequence[Standing], *, everybody: bool) -> tuple[Standing, ...]:
    """The hosts to tell of: all of them where they are few or `everybody` is asked for, else those in trouble."""
    if everybody or len(standings) <= FEW:
        return tuple(standings)
    return tuple(each for each in standings if each.failures or needs_somebody(each, verdict.now))


FEW = 20
"""So many hosts are told one by one, whether something is wrong with them or not."""


def who(names: Sequence[str]) -> str:
    """Hosts by name, a few of them."""
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")


_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def ago(length: timedelta) -> str:
    """A length of time as a person says it: its largest unit, and the next where the number is small."""
    seconds = max(0, round(length.total_seconds()))
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
