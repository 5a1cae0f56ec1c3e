"""Whether an event asks for a room (design, sections 4 [select] and 5.7)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from calbridge.core.block import has_link_block
from calbridge.core.model import Event
from calbridge.core.policy import Policy, RoomKind, Select

# What servers put in the place of a title that the reader may not see.
_MASKED_TITLES: Final = frozenset(
    {"", "busy", "busy (private)", "private", "private event", "private appointment", "private meeting", "tentative"}
    | {
        "out of office",
        "unavailable",
        "not available",
        "beschäftigt",
        "besetzt",
        "gebucht",
        "privat",
        "privater termin",
    }
    | {"occupé", "occupée", "privé", "rendez-vous privé", "ocupado", "privado", "occupato", "privato", "bezet"}
    | {"zajęty", "upptagen", "opptatt", "optaget", "varattu", "zaneprázdněn"}
)


@dataclass(frozen=True, slots=True)
class Request:
    """What of an event asks: its own words or category, what we wrote into it, or the policy for all events."""

    explicit: bool
    kept: bool
    broad: bool

    @property
    def any(self) -> bool:
        """Whether it asks at all."""
        return self.explicit or self.kept or self.broad


def request(event: Event, policy: Policy) -> Request:
    """Find out what asks. A meeting stays asked for while our block or link is in it, whatever its title says."""
    select = policy.select
    keyword = "keyword" in select.trigger and has_word(event, select.keyword)
    category = "category" in select.trigger and _has_category(event, select.category)
    return Request(explicit=keyword or category, kept=_has_ours(event), broad="all" in select.trigger)


def stops(event: Event, select: Select) -> bool:
    """Whether it says that it wants no room."""
    return has_word(event, select.stop_keyword)


def has_word(event: Event, word: str) -> bool:
    """Whether a keyword is a word of the title or the place."""
    return any(_word(word).search(text) for text in (event.summary, event.location)) if word else False


def room_of(event: Event, keyword: str) -> RoomKind | None:
    """Read the event's own choice of room: `@meet:room` or `@meet:once`."""
    for text in (event.summary, event.location, event.former_location) if keyword else ():
        for found in _word(keyword).finditer(text):
            match (found["room"] or "").casefold():
                case "room":
                    return "dedicated"
                case "once":
                    return "one-time"
    return None


def without_word(text: str, keyword: str) -> str:
    """Take the keyword out in every form, with the white space before it."""
    return re.sub(r"\s*" + _word(keyword).pattern, "", text, flags=re.IGNORECASE) if keyword else text


def is_hidden(event: Event) -> bool:
    """Whether a server has stripped it to its times: nobody can tell what the event says (free/busy sharing)."""
    said = (event.description, event.location, event.url, event.organizer, event.attendees, event.categories)
    ours = (event.links, event.reference, event.room_url)
    return event.summary.strip().casefold() in _MASKED_TITLES and not any(said) and not any(ours)


def _has_category(event: Event, category: str) -> bool:
    return category.casefold() in (each.casefold() for each in event.categories)


def _has_ours(event: Event) -> bool:
    """Whether our block is in it, or our link, with our reference, in LOCATION or URL."""
    if has_link_block(event.description, room_url=event.room_url):
        return True
    if event.room_url is None or event.reference is None:
        return False
    return event.room_url in event.location or event.room_url == event.url


@lru_cache(maxsize=256)
def _word(keyword: str) -> re.Pattern[str]:
    """A keyword as a word of its own, never inside an address such as me@meet.example.com."""
    pattern = rf"(?<!\S){re.escape(keyword)}(?::(?P<room>room|once))?(?=$|[\s,;.!?)])"
    return re.compile(pattern, re.IGNORECASE)
