"""Why a meeting is said the way it is, and what its rule would have meant had it been sent without rewriting."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice

from calbridge.core import schedule as schedules
from calbridge.core.days import DAY, LAST_DAY
from calbridge.core.instances import Instances
from calbridge.core.marker import part_of
from calbridge.core.model import Meeting
from calbridge.core.problem import Misfit
from calbridge.core.rrule import Rule, parse
from calbridge.core.schedule import Schedule
from calbridge.core.wanted import Wanted

_YEARS = 12  # of an endless rule that are compared
_MOST = 12_000  # instances that are compared: 28 years of days
_NAMED = 3  # instances that a sentence names
_WKST = re.compile(r"WKST=(?!MO)[A-Z]{2};?|;WKST=(?!MO)[A-Z]{2}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unrewritten:
    """What the rule's own words would have meant on the platform.

    Either `refusal` says that they are outside its subset; or it reads them as `schedule`, which lacks instances that
    the event has (`missing`) and has others (`extra`).
    """

    schedule: str
    refusal: Misfit | None
    missing: tuple[datetime, ...] = ()
    extra: tuple[datetime, ...] = ()


def unrewritten(event: Instances, meeting: Meeting) -> tuple[Unrewritten, ...]:
    """Send the rule as it stands, and without the WKST that the platform doesn't know; nothing where all is the same.

    The date of an UNTIL is its first eight digits then, in whatever zone they are.
    """
    rules = dict.fromkeys(meeting.recurrence.rrules) if meeting.recurrence is not None else {}
    if len(rules) != 1 or meeting.recurrence is None or meeting.recurrence.window is not None:
        return ()
    text = next(iter(rules))
    found = (_compared(event, each) for each in dict.fromkeys((text, _WKST.sub("", text))))
    return tuple(each for each in found if each.refusal or each.missing or each.extra)


def _compared(event: Instances, text: str) -> Unrewritten:
    said = schedules.parse(text)
    if isinstance(said, Misfit):
        return Unrewritten(text, said)
    end, start = event.end(), event.start // DAY
    last = min(LAST_DAY, start + _YEARS * 366 if end is None else end // DAY + 400)
    ours = list(islice(event.members(event.start, last * DAY + DAY - 1), _MOST))
    theirs = [day * DAY + event.start % DAY for day in islice(schedules.days(said, start, start, last), _MOST)]
    if len(ours) == _MOST or len(theirs) == _MOST:
        shared = min(*ours[-1:], *theirs[-1:], last * DAY)
        ours, theirs = ([wall for wall in side if wall <= shared] for side in (ours, theirs))
    return Unrewritten(
        schedules.text(said),
        None,
        tuple(event.zone.at(wall) for wall in sorted(set(ours) - set(theirs))),
        tuple(event.zone.at(wall) for wall in sorted(set(theirs) - set(ours))),
    )


def listed(moments: Sequence[datetime | date]) -> str:
    """Name some moments or days, the first ones only where there are many."""
    more = len(moments) - _NAMED
    return ", ".join(map(moment, moments[:_NAMED])) + (f" and {more} more" if more > 0 else "")


def moment(when: datetime | date) -> str:
    """A local time for people, without seconds where there are none; a day as it is."""
    if not isinstance(when, datetime):
        return when.isoformat()
    return when.replace(tzinfo=None).isoformat(" ", "seconds" if when.second else "minutes")


def why(meeting: Meeting, conferences: Sequence[Wanted]) -> str:
    """Why these conferences say what the event says, in a sentence."""
    if not conferences:
        return "nothing of it is still to come"
    if meeting.master is None:
        return "only changed instances of a series are there: each gets a conference of its own"
    if meeting.recurrence is None:
        return "it happens once: one conference, without a schedule"
    series = [each for each in conferences if each.schedule is not None]
    dates = len(conferences) - len(series)
    match max(each.tier for each in conferences):
        case 5:
            return f"no schedules say it: {_count(dates, 'conference')} on single dates, topped up as time goes by"
        case 4:
            cause = "all later instances were changed" if meeting.later else "one schedule can't say it"
            parts = [(len(series), "schedule"), (dates, "single date")]
            doing = " and ".join(_count(number, noun) for number, noun in parts if number)
            return f"{cause}: {doing} {'do together' if len(conferences) > 1 else 'does'}, in the dedicated room"
        case _ if series:
            said = _one(meeting, series[0])
        case _:
            said = "no unchanged instance is still to come"
    return f"{said}; {_count(dates, 'single date')} apart" if dates else said


def _one(meeting: Meeting, conference: Wanted) -> str:
    assert meeting.recurrence is not None
    said = schedules.parse(conference.schedule or "")
    rules = [parse(text) for text in dict.fromkeys(meeting.recurrence.rrules)]
    rule = rules[0] if len(rules) == 1 else None
    if not isinstance(said, Schedule) or not isinstance(rule, Rule):
        words = ["several rules or dates, said as one schedule"]
    else:
        changes = list(_changes(rule, said)) if conference.tier > 1 else []
        words = [f"rewritten: {'; '.join(changes)}"] if changes else ["the platform takes the rule as it stands"]
        words += _ending(rule, said)
    if meeting.master is not None and conference.occasion.start > meeting.master.start:
        words.append("it begins with the next unchanged instance")
    gone = _gone(meeting, conference)
    changed = len(conference.exceptions) - len(gone)
    words += [f"less {_count(len(gone), 'instance')} that {_is(len(gone))} cancelled: {listed(gone)}"] if gone else []
    words += [f"{_count(changed, 'instance')} changed"] if changed else []
    return "; ".join(words)


def _gone(meeting: Meeting, conference: Wanted) -> list[datetime]:
    changed = {part_of(each.recurrence_id) for each in meeting.every_override if each.occasion is not None}
    zone = conference.occasion.start.tzinfo
    utc = (datetime.strptime(part, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for part in conference.exceptions - changed)
    return sorted(each.astimezone(zone) for each in utc)


def _changes(rule: Rule, said: Schedule) -> Iterator[str]:
    """How the rule's words became the schedule's."""
    if rule.freq != said.freq:
        step = f";INTERVAL={said.interval}" if said.interval != 1 else ""
        yield f"FREQ={rule.freq} is {said.freq}{step} there"
    elif rule.interval != said.interval:
        yield f"INTERVAL={rule.interval} is {said.interval} there"
    names = ",".join(map(str, said.byday))
    day = f"BYDAY={names}" if names else f"BYMONTHDAY={said.bymonthday}" if said.bymonthday else ""
    if rule.bysetpos:
        yield "BYSETPOS=" + ",".join(map(str, rule.bysetpos)) + f" becomes {day or 'every day'}"
    elif day and len(said.byday) < 2 and not (rule.byday or rule.bymonthday):
        yield f"the first day makes {day}"
    elif day and (said.byday, said.bymonthday) != (rule.byday, *(rule.bymonthday or (None,))):
        yield f"its days are {day}"
    if rule.bymonth:
        yield "BYMONTH is said by the start and the interval" if said.interval > 1 else "BYMONTH leaves nothing out"
    if rule.byhour or rule.byminute or rule.bysecond:
        yield "the time of day is that of the start"


def _ending(rule: Rule, said: Schedule) -> Iterator[str]:
    if isinstance(rule.until, datetime) and said.until is not None:
        yield f"UNTIL becomes the local date of the last instance, {said.until}"
    elif type(rule.until) is date and said.until is not None and said.until != rule.until:
        yield f"UNTIL becomes the date of the last instance, {said.until}"
    if rule.count is not None and said.count is not None and said.count != rule.count:
        yield f"COUNT becomes what is left of it, {said.count}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
