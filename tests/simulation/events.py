"""Events as text, and what they mean to a person: the simulation's own reading, apart from the product's.

It knows only what `users` write: Paris time, one rule of a few kinds, EXDATEs and overrides.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

PARIS = ZoneInfo("Europe/Paris")
HOST = 9
ROOMS = "https://rooms.example.com/"
START, END = ":::::::: calbridge ::::::::", ":::::::: /calbridge ::::::::"
FAR = timedelta(days=100)
"""How far ahead the occurrences of both sides are compared."""

_LINES = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*\n?")
_KEYWORD = re.compile(r"(?<!\S)@meet(?::(?:room|once))?(?=$|[\s,;.!?)])")
_OURS = re.compile(rf"^\s*(?:$|{re.escape(START)}|{re.escape(END)}|Video conference$|Join: |Dial in: |PIN: )")
_OUR_NAMES = ("X-CALBRIDGE-", "LAST-MODIFIED", "DTSTAMP")
_NOT_COMPARED = (*_OUR_NAMES, "DESCRIPTION:")
_LINKS = ("CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "LOCATION", "URL")


@dataclass(frozen=True)
class Vevent:
    """One VEVENT: its content lines, unfolded, by name."""

    lines: tuple[str, ...]

    def text(self, name: str) -> str:
        """The first property of a name, its value unescaped; "" where there is none."""
        return next((unescape(_value(line)) for line in self.lines if _name(line) == name), "")

    def has(self, name: str) -> bool:
        """Whether there is such a property."""
        return any(_name(line) == name for line in self.lines)

    @property
    def instance(self) -> datetime | None:
        """RECURRENCE-ID, None for the master."""
        return _local(self.text("RECURRENCE-ID")) if self.has("RECURRENCE-ID") else None

    @property
    def start(self) -> datetime:
        """DTSTART."""
        return _local(self.text("DTSTART"))

    @property
    def minutes(self) -> int:
        """The duration."""
        return int((_local(self.text("DTEND")).astimezone(UTC) - self.start.astimezone(UTC)).total_seconds()) // 60

    @property
    def asks(self) -> bool:
        """Whether a person who knows the rules would expect a room."""
        if self.declines:
            return False
        return self.keyword or START in self.text("DESCRIPTION") or END in self.text("DESCRIPTION") or self.linked

    @property
    def declines(self) -> bool:
        """Whether it says itself that it wants none."""
        return self.text("STATUS") == "CANCELLED" or "@nomeet" in self.text("SUMMARY")

    @property
    def keyword(self) -> bool:
        """Whether its own words ask."""
        return any(_KEYWORD.search(self.text(name)) for name in ("SUMMARY", "LOCATION"))

    @property
    def linked(self) -> bool:
        """Whether our link, with our reference, stands in its place."""
        url = self.text("X-CALBRIDGE-URL")
        if not url:
            return False
        return url in self.text("LOCATION") or f"Join: {url}" in self.text("DESCRIPTION")


@dataclass(frozen=True)
class Told:
    """What one calendar object says. `foreign` is all of it that is not ours, line by line."""

    uid: str
    events: tuple[Vevent, ...]
    asks: bool
    hidden: bool
    links: frozenset[tuple[str, str]]
    foreign: tuple[str, ...]
    messy: bool

    @property
    def tag(self) -> str:
        """The TAG of its markers, as design.md, section 5.1, says."""
        return tag(self.uid)


@lru_cache(maxsize=20_000)
def read(body: bytes) -> Told:
    """Read a calendar object."""
    events = tuple(_vevents(body))
    main = next((e for e in events if e.instance is None), events[0])
    pairs = ((e.text("X-CALBRIDGE-REF"), e.text("X-CALBRIDGE-URL")) for e in events if e.text("STATUS") != "CANCELLED")
    return Told(
        uid=main.text("UID"),
        events=events,
        asks=main.asks,
        hidden=main.text("SUMMARY") == "Busy",
        links=frozenset(pairs),
        foreign=tuple(line for event in events for line in _foreign(event)),
        messy=any(_is_messy(event) for event in events),
    )


@lru_cache(maxsize=2_000)
def foreign_bytes(body: bytes) -> tuple[bytes, ...]:
    """Every content line that is not ours, byte for byte and in its order; of descriptions `Told.foreign` tells."""
    kept = []
    for raw in _LINES.findall(body):
        line = raw.replace(b"\r\n ", b"").decode("utf-8", "surrogateescape").rstrip("\r\n")
        name = _name(line)
        if name == "X-CALBRIDGE-WAS-LOCATION":
            kept.append(raw.removeprefix(b"X-CALBRIDGE-WAS-").replace(b":\\n\r\n", b":\r\n"))
        elif not (line.startswith(_NOT_COMPARED) or (name in _LINKS and _value(line).startswith(ROOMS))):
            kept.append(raw)
    return tuple(kept)


def occurrences(told: Told) -> tuple[tuple[datetime, int], ...]:
    """All occurrences, as instants with their durations, for a year from the event's own start; sorted."""
    return _occurrences(told.events)


@lru_cache(maxsize=20_000)
def _occurrences(events: tuple[Vevent, ...]) -> tuple[tuple[datetime, int], ...]:
    found: dict[datetime, tuple[datetime, int] | None] = {}
    master = next((e for e in events if e.instance is None), None)
    if master is not None:
        starts = [master.start]
        if master.has("RRULE"):
            naive = master.start.replace(tzinfo=None)
            rule = rrulestr(_until(master.text("RRULE")), dtstart=naive)
            fired = rule.between(naive, naive + timedelta(days=366), inc=True)
            if naive not in fired:  # DTSTART is an occurrence in any case, and counts
                fired = [naive, *(fired[:-1] if "COUNT" in master.text("RRULE") else fired)]
            starts = [s.replace(tzinfo=PARIS) for s in fired]
        gone = {_local(_value(line)) for line in master.lines if _name(line) == "EXDATE"}
        found = {s: (s.astimezone(UTC), master.minutes) for s in starts if s not in gone}
    for event in events:
        if event.instance is not None:
            found[event.instance] = (event.start.astimezone(UTC), event.minutes) if event.asks else None
    return tuple(sorted(each for each in found.values() if each is not None))


def still_to_come(told: Told, now: datetime) -> list[tuple[datetime, int]]:
    """The occurrences that both sides must agree about: not about to begin, not too far."""
    return [(start, minutes) for start, minutes in occurrences(told) if now + MARGIN < start < now + FAR]


def is_to_come(told: Told, event: Vevent, now: datetime) -> bool:
    """Whether a VEVENT, by itself, stands for an occurrence that is still to come."""
    apart = {(e.start.astimezone(UTC), e.minutes) for e in told.events if e.instance is not None}
    if event.instance is not None:
        return event.asks and now + MARGIN < event.start < now + FAR
    return any(each not in apart for each in still_to_come(told, now))


MARGIN = timedelta(hours=3)
"""What is running or about to begin may be left as it is."""


@lru_cache(maxsize=20_000)
def tag(uid: str) -> str:
    """The TAG of a meeting."""
    parts = (str(HOST).encode(), uid.encode())
    hashed = hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts))
    return base64.b32encode(hashed.digest())[:26].decode().lower()


def write(events: Iterable[Iterable[str]]) -> bytes:
    """A calendar object of these VEVENTs' lines, folded."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//Calendar//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return b"".join(_folded(line) for line in (*lines, "END:VCALENDAR"))


def unescape(value: str) -> str:
    """TEXT (RFC 5545, section 3.3.11) as a person reads it."""
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)


def escape(text: str) -> str:
    """The other way round."""
    return text.replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n")


def name_of(line: str) -> str:
    """A content line's name."""
    return _name(line)


def stamp(moment: datetime) -> str:
    """A local time in Paris, as iCalendar writes it."""
    return f"{moment.astimezone(PARIS):%Y%m%dT%H%M%S}"


def _vevents(body: bytes) -> Iterable[Vevent]:
    text = body.decode().replace("\r\n ", "").replace("\r\n", "\n")
    for part in text.split("BEGIN:VEVENT\n")[1:]:
        yield Vevent(tuple(part.split("END:VEVENT")[0].splitlines()))


def _foreign(event: Vevent) -> Iterable[str]:
    """What users wrote: our own lines taken out, what our link displaced put back in its place."""
    was = event.has("X-CALBRIDGE-WAS-LOCATION")
    for line in event.lines:
        name, value = _name(line), _value(line)
        if name == "X-CALBRIDGE-WAS-LOCATION":
            yield "LOCATION:" + value.removesuffix("\\n")
        elif (
            name.startswith(_OUR_NAMES) or (name == "LOCATION" and was) or (name in _LINKS and value.startswith(ROOMS))
        ):
            continue
        elif name == "DESCRIPTION":
            yield from (f"DESCRIPTION:{text.strip()}" for text in unescape(value).split("\n") if not _OURS.match(text))
        else:
            yield line


def _is_messy(event: Vevent) -> bool:
    """Whether something of ours is in it twice."""
    text = event.text("DESCRIPTION")
    twice = [name for name in ("X-CALBRIDGE-REF", "X-CALBRIDGE-URL") if sum(_name(x) == name for x in event.lines) > 1]
    return bool(twice) or text.count(START) > 1 or text.count(END) > 1


@lru_cache(maxsize=20_000)
def _name(line: str) -> str:
    return re.split("[;:]", line, maxsplit=1)[0].upper()


def _value(line: str) -> str:
    return line.split(":", 1)[1] if '"' not in line.split(":", 1)[0] else line[line.rindex('":') + 2 :]


def _local(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=PARIS)


def _until(rule: str) -> str:
    return re.sub(r"UNTIL=(\d{8})(T\d{6})Z?", r"UNTIL=\1\2", rule)


def _folded(line: str) -> bytes:
    raw = line.encode()
    parts = [raw[:74]] + [raw[i : i + 73] for i in range(74, len(raw), 73)]
    return b"\r\n ".join(parts) + b"\r\n"
