"""What a meeting or a rule wants, as a first pass over it finds it."""

from collections.abc import Mapping
from datetime import datetime

from calbridge.core.conferences import wanted
from calbridge.core.model import Meeting, Occasion, Recurrence
from calbridge.core.policy import ConferencePolicy
from calbridge.core.problem import Misfit
from calbridge.core.wanted import Sent, Wanted

HORIZON = ConferencePolicy().horizon


def wanted_of(meeting: Meeting, now: datetime, sent: Mapping[str, Sent] | None = None) -> tuple[Wanted, ...] | Misfit:
    """All conferences; `sent` are those that the platform has."""
    return wanted(meeting, policy=ConferencePolicy(), sent=sent or {}, cancelled=frozenset(), now=now)


def sent_of(found: tuple[Wanted, ...]) -> dict[str, Sent]:
    """All of them, once they are sent."""
    return {each.part: Sent(each.rule, each.occasion.start, each.schedule, each.tier) for each in found}


def meeting_at(recurrence: Recurrence) -> Meeting:
    """A meeting of an hour without any override."""
    return Meeting(
        calendar="https://dav.example.com/c/",
        href="https://dav.example.com/c/1.ics",
        uid="rule@x",
        master=Occasion(recurrence.start, 60, "Rule", ""),
        recurrence=recurrence,
        overrides=(),
        room=None,
        references=frozenset(),
        attendees=0,
    )
