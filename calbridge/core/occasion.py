"""One meeting in time, as the platform is told of it (design, sections 6 and 7)."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from calbridge.core.block import strip_block
from calbridge.core.model import Event, Occasion
from calbridge.core.policy import Owner, Policy
from calbridge.core.trigger import without_word

DEFAULT_MINUTES: Final = 60
"""Of an event without an end, or of no length: who asks for a room means to talk."""

_PRIVATE: Final = {
    "cs": "Soukromá schůzka",
    "da": "Privat møde",
    "de": "Privater Termin",
    "es": "Reunión privada",
    "fi": "Yksityinen kokous",
    "fr": "Réunion privée",
    "it": "Riunione privata",
    "nb": "Privat møte",
    "nl": "Privéafspraak",
    "pl": "Spotkanie prywatne",
    "pt": "Reunião privada",
    "sv": "Privat möte",
}
"""What a masked event is called, by primary language subtag."""

_UNTITLED: Final = "Meeting"
_MASKING: Final = frozenset({"PRIVATE", "CONFIDENTIAL"})
_SPACE: Final = re.compile(r"\s+")
# A title is one line in lists and mail headers.
_LONGEST_SUBJECT: Final = 250


def occasion_of(event: Event, policy: Policy) -> Occasion:
    """Say what the platform is to be told of one event, which must have a start that is no DATE."""
    assert isinstance(event.start, datetime)
    start = event.start if event.recurrence is not None else _existing(event.start)
    minutes = _minutes(event.duration)
    if _is_masked(event, policy):
        return Occasion(start, minutes, subject_of(event, policy), "")
    addresses = tuple(each for each in others(event, policy.owner) if "@" in each)
    return Occasion(
        start,
        minutes,
        subject_of(event, policy),
        _agenda(event) if policy.conference.agenda == "description" else "",
        addresses if policy.conference.participants else (),
    )


def subject_of(event: Event, policy: Policy) -> str:
    """Say what an event is called without the keyword; a fixed word for what is masked."""
    if _is_masked(event, policy):
        return _private_word(policy.owner.language)
    return _subject(event.summary, policy.select.keyword)


def _is_masked(event: Event, policy: Policy) -> bool:
    return is_private(event) and policy.select.private == "mask"


def is_private(event: Event) -> bool:
    """Whether its text is for its owner alone (RFC 5545, section 3.8.1.3)."""
    return event.classification in _MASKING


def others(event: Event, owner: Owner) -> Iterable[str]:
    """Give its attendees without the owner."""
    return (each for each in event.attendees if each not in owner.addresses)


def _existing(local: datetime) -> datetime:
    """Move a local time that a clock change skips on with the clock."""
    return local.astimezone(UTC).astimezone(local.tzinfo)


def _minutes(duration: timedelta | None) -> int:
    """Round up; an event without an end or of no length gets the default."""
    return -(-duration // timedelta(minutes=1)) if duration else DEFAULT_MINUTES


def _subject(summary: str, keyword: str) -> str:
    text = _printable(_SPACE.sub(" ", without_word(summary, keyword))).strip()
    if not text.strip(",;.!?) "):
        return _UNTITLED
    return text if len(text) <= _LONGEST_SUBJECT else text[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def _agenda(event: Event) -> str:
    text, _ = strip_block(event.description, room_url=event.room_url)
    return _printable(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _printable(text: str) -> str:
    """Take control characters out, line ends and tabs excepted."""
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in {"Cc", "Cs"})


def _private_word(language: str) -> str:
    primary = re.split(r"[-_.]", language.strip().casefold())[0]
    return _PRIVATE.get(primary, "Private meeting")
