"""Objects that are as bad as they can be, by name: each as large as the download lets in, and as the reading does."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from calbridge.calendars.download import OBJECT_LIMIT
from calbridge.core.soundness import LARGEST

Bomb: TypeAlias = Callable[[int], bytes]
"""Makes an object of at most so many bytes."""

UID: Final = "bomb@example.com"
GOOD: Final = (
    f"UID:{UID}\r\nSUMMARY:Bomb @meet\r\nDTSTART;TZID=Europe/Paris:20260310T100000\r\n"
    "DTEND;TZID=Europe/Paris:20260310T110000\r\n"
)
"""The event as it was before."""

_PAST: Final = f"UID:{UID}\r\nSUMMARY:Bomb @meet\r\nDTSTART:19700101T000000Z\r\nDTEND:19700101T010000Z\r\n"


def bombs() -> Iterator[tuple[str, bytes]]:
    """All of them, in two sizes where they have one."""
    for name, make in _BOMBS.items():
        large, small = make(OBJECT_LIMIT), make(LARGEST)
        assert len(large) <= OBJECT_LIMIT, (name, len(large))
        assert len(small) <= LARGEST, (name, len(small))
        yield name, large
        if small != large:
            yield f"{name}, 1 MiB", small


def event(lines: str | bytes, before: str = "", after: str = "") -> bytes:
    """A calendar object with one VEVENT of these lines."""
    inner = lines if isinstance(lines, bytes) else lines.encode()
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{before}BEGIN:VEVENT\r\n".encode()
    return head + inner + f"END:VEVENT\r\n{after}END:VCALENDAR\r\n".encode()


def _as_is(body: bytes) -> Bomb:
    return lambda _: body


def _rule(rule: str, first: str = _PAST) -> Bomb:
    return _as_is(event(f"{first}RRULE:{rule}\r\n"))


def _much(prefix: str, unit: str | bytes, suffix: str = "\r\n", *, first: str = GOOD) -> Bomb:
    """A line that is as long as can be."""
    raw = unit if isinstance(unit, bytes) else unit.encode()

    def make(limit: int) -> bytes:
        room = limit - len(event(first + prefix + suffix))
        return event((first + prefix).encode() + raw * (room // len(raw)) + suffix.encode())

    return make


def _each(line: Callable[[int], str], count: int, *, first: str = GOOD, suffix: str = "") -> Bomb:
    """Many lines, or items of one."""

    def make(limit: int) -> bytes:
        items = [line(number) for number in range(count)]
        room = limit - len(event(first + suffix))
        fitting = min(count, room // max(map(len, items)))
        return event(first + "".join(items[:fitting]) + suffix)

    return make


def _around(text: Callable[[int], str], count: int, *, first: str = GOOD, before: bool = False) -> Bomb:
    """Many components, before the event or behind it."""

    def make(limit: int) -> bytes:
        parts = [text(number) for number in range(count)]
        room = limit - len(event(first))
        parts = parts[: min(count, room // max(map(len, parts)))]
        return event(first, **{"before" if before else "after": "".join(parts)})

    return make


def _nested(kind: bytes, depth: int) -> bytes:
    return event(GOOD.encode() + b"BEGIN:%b\r\n" % kind * depth + b"END:%b\r\n" % kind * depth)


def _day(number: int) -> str:
    return f"{2026 + number // 336 % 900}{number // 28 % 12 + 1:02}{number % 28 + 1:02}T{number % 24:02}0000"


def _override(number: int) -> str:
    start = _day(number)
    return (
        f"BEGIN:VEVENT\r\nUID:{UID}\r\nRECURRENCE-ID:{start}Z\r\nSUMMARY:x @meet\r\nDTSTART:{start}Z\r\nEND:VEVENT\r\n"
    )


def _zone(number: int) -> str:
    return (
        f"BEGIN:VTIMEZONE\r\nTZID:Custom {number}\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        f"TZOFFSETFROM:+0{number % 9}00\r\nTZOFFSETTO:+0{number % 7}30\r\n"
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )


_BOMBS: Final[dict[str, Bomb]] = {
    "every second since 1970": _rule("FREQ=SECONDLY"),
    "every second since 1970, at times": _rule("FREQ=SECONDLY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=29;BYSECOND=59"),
    "an interval of zero": _rule("FREQ=DAILY;INTERVAL=0"),
    "a huge interval": _rule("FREQ=DAILY;INTERVAL=" + "9" * 4000),
    "a long interval": _rule("FREQ=DAILY;INTERVAL=999999999"),
    "a huge count": _rule("FREQ=DAILY;COUNT=" + "9" * 4000),
    "a large count": _rule("FREQ=DAILY;COUNT=2147483647", GOOD),
    "never": _rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", GOOD),
    "almost never": _rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYHOUR=2;BYSETPOS=-1", GOOD),
    "all the parts of a rule": _rule(
        "FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12;BYYEARDAY="
        + ",".join(map(str, range(1, 367)))
        + ";BYHOUR="
        + ",".join(map(str, range(24)))
        + ";BYMINUTE="
        + ",".join(map(str, range(60)))
        + ";BYSECOND="
        + ",".join(map(str, range(60)))
        + ";BYSETPOS="
        + ",".join(map(str, range(1, 367)))
    ),
    "a rule of a million parts": _much("RRULE:FREQ=WEEKLY;BYDAY=MO", ",MO"),
    "a rule of a million ordinals": _much("RRULE:FREQ=MONTHLY;BYDAY=1MO", ",-1FR"),
    "a rule of a million days of the year": _much("RRULE:FREQ=YEARLY;BYYEARDAY=1", ",200"),
    "a rule of a million keys": _much("RRULE:FREQ=WEEKLY", ";X=1"),
    "100,000 rules": _each(lambda n: f"RRULE:FREQ=DAILY;INTERVAL={n + 1}\r\n", 100_000),
    "200,000 EXDATEs in one line": _each(
        lambda n: f"{_day(n)},", 200_000, first=GOOD + "RRULE:FREQ=DAILY\r\nEXDATE;TZID=Europe/Paris:", suffix="\r\n"
    ),
    "200,000 EXDATEs in as many": _each(
        lambda n: f"EXDATE;TZID=Europe/Paris:{_day(n)}\r\n", 200_000, first=GOOD + "RRULE:FREQ=DAILY\r\n"
    ),
    "200,000 RDATEs": _each(lambda n: f"{_day(n)},", 200_000, first=GOOD + "RDATE;TZID=Europe/Paris:", suffix="\r\n"),
    "20,000 overrides": _around(_override, 20_000, first=GOOD + "RRULE:FREQ=DAILY\r\n"),
    "10,000 zones": _around(_zone, 10_000, before=True),
    "10,000 zones, each used": _around(
        lambda n: _zone(n) + _override(n).replace("DTSTART:", f"DTSTART;TZID=Custom {n}:"),
        10_000,
        first=GOOD + "RRULE:FREQ=DAILY\r\n",
    ),
    "an observance of 200,000 onsets": _around(
        lambda n: _zone(n).replace("RRULE", "RDATE:" + ",".join(map(_day, range(50_000))) + "\r\nRRULE"),
        4,
        first=GOOD.replace("Europe/Paris", "Custom 1"),
        before=True,
    ),
    "10 MB of description": _much("DESCRIPTION:", "x"),
    "10 MB of snowmen": _much("DESCRIPTION:", "\N{SNOWMAN}"),
    "10 MB of one character beyond the first plane": _much("DESCRIPTION:", "\N{GRINNING FACE}"),
    "10 MB of line breaks": _much("DESCRIPTION:", "\\n"),
    "10 MB of backslashes": _much("DESCRIPTION:", "\\"),
    "10 MB of colons": _much("DESCRIPTION:", ":"),
    "10 MB of delimiters": _much("DESCRIPTION:", "::: calbridge :::"),
    "10 MB of delimiters that end": _much("DESCRIPTION:", "::: /calbridge :::\\n"),
    "10 MB of blocks": _much("DESCRIPTION:", "::: calbridge :::\\nJoin: x\\n::: /calbridge :::\\n"),
    "10 MB of labels": _much("DESCRIPTION:::: calbridge :::\\n", "Join: \\n"),
    "10 MB of blanks": _much("DESCRIPTION:", " "),
    "10 MB of blanks in a delimiter": _much("DESCRIPTION::::", " ", "calbridge :::\r\n"),
    "10 MB of links": _much("DESCRIPTION:", "https://zoom.us/j/1 "),
    "10 MB of one link": _much("DESCRIPTION:https://zoom.us/", "j/"),
    "10 MB of HTML": _much("X-ALT-DESC;FMTTYPE=text/html:", "<p>"),
    "10 MB of open tags": _much("X-ALT-DESC;FMTTYPE=text/html:", "<"),
    "10 MB of endings": _much("X-ALT-DESC;FMTTYPE=text/html:", "</body></html>"),
    "10 MB of HTML delimiters": _much("X-ALT-DESC;FMTTYPE=text/html:", "::: /calbridge :::<p>x"),
    "10 MB of an alternative": _much('DESCRIPTION;ALTREP="data:text/html,', "%3Cp%3E", '":x\r\n'),
    "10 MB of title": _much("", "x ", " @meet\r\n", first=GOOD.replace("SUMMARY:Bomb @meet\r\n", "") + "SUMMARY:"),
    "10 MB of keywords": _much("", "@meet ", first=GOOD.replace("SUMMARY:Bomb @meet\r\n", "") + "SUMMARY:"),
    "10 MB of keywords that are none": _much("", "@meet", first=GOOD.replace("Bomb @meet\r\n", "")[:-2]),
    "10 MB of place": _much("LOCATION:", "x,"),
    "10 MB of categories": _much("CATEGORIES:", "a,"),
    "10 MB of one address": _much("ATTENDEE:mailto:", "%41"),
    "100,000 attendees": _each(lambda n: f"ATTENDEE;CN=N:mailto:guest{n}@example.net\r\n", 100_000),
    "100,000 links": _each(lambda n: f"ATTACH:https://example.com/{n}\r\n", 100_000),
    "100,000 descriptions": _each(lambda n: f"DESCRIPTION:{n}\r\n", 100_000),
    "100,000 conferences": _each(lambda n: f"CONFERENCE:https://example.com/{n}\r\n", 100_000),
    "100,000 places": _each(lambda n: f"LOCATION:{n}\r\n", 100_000),
    "100,000 X- properties": _each(lambda n: f"X-P{n}:https://example.com/{n}\r\n", 100_000),
    "a name of a megabyte": _much("X-", "a", ":1\r\n"),
    "a line without a colon": _much("X-", "a"),
    "a parameter of ten megabytes": _much("X-A;B=", "c", ":1\r\n"),
    "a million parameters": _much("DTEND", ";A=b", ":20260310T110000Z\r\n"),
    "a million quotes": _much("LOCATION;A=", '"', ":x\r\n"),
    "a million quoted parts": _much("LOCATION;A=", '"x",', ":x\r\n"),
    "a million semicolons": _much("LOCATION", ";", ":x\r\n"),
    "a million carets": _much("LOCATION;A=", "^n", ":x\r\n"),
    "a zone's name of ten megabytes": _much("", "a/", ":20260310T100000\r\n", first=f"UID:{UID}\r\nDTSTART;TZID="),
    "a zone's name of brackets": _much("", "(", ":20260310T100000\r\n", first=f"UID:{UID}\r\nDTSTART;TZID="),
    "a start of ten megabytes": _much("", "9", first=f"UID:{UID}\r\nSUMMARY:x @meet\r\nDTSTART:"),
    "a duration of ten megabytes": _much("", "9", "H\r\n", first=GOOD.partition("DTEND")[0] + "DURATION:PT"),
    "a UID of ten megabytes": _much("", "u", first="SUMMARY:x @meet\r\nDTSTART:20260310T100000Z\r\nUID:"),
    "a reference of ten megabytes": _much("X-CALBRIDGE-REF:cb1-main-", "a", "-m.1\r\n"),
    "a link of ten megabytes": _much("X-CALBRIDGE-URL:https://rooms.example.com/", "a"),
    "10 MB of folds": _much("DESCRIPTION:", "\r\n "),
    "folds in the middle of characters": _much("DESCRIPTION:", b"\xe2\r\n \x98\r\n \x83"),
    "10 MB of empty lines": _much("", "\n"),
    "10 MB of lines": _much("", "X:\n"),
    "10 MB of NUL": _much("DESCRIPTION:", b"\0"),
    "10 MB of no UTF-8": _much("DESCRIPTION:", b"\xff"),
    "10 MB of lone surrogates": _much("DESCRIPTION:", b"\xed\xa0\x80"),
    "100,000 components in each other": lambda limit: _nested(b"VALARM", min(100_000, limit // 30)),
    "100,000 events in each other": lambda limit: _nested(b"VEVENT", min(100_000, limit // 30)),
    "10 MB of BEGIN lines": _much("", "BEGIN:VEVENT\r\n"),
    "10 MB of END lines": _much("", "END:VEVENT\r\n"),
    "beginnings of as many names": _each(lambda n: f"BEGIN:X{n}\r\n", 600_000),
    "30,000 alarms": _each(lambda _: "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n", 30_000),
    "nothing": _as_is(b""),
    "one byte": _as_is(b"\x00"),
    "a web page": _as_is(b"<!DOCTYPE html><html><body>Please log in</body></html>"),
    "a BOM alone": _as_is(b"\xef\xbb\xbf"),
    "UTF-16": _as_is(event(GOOD).decode().encode("utf-16")),
    "a start in year 0": _as_is(event(GOOD.replace("20260310", "00000310"))),
    "an end in year 9999": _as_is(event(GOOD.replace("DTEND;TZID=Europe/Paris:2026", "DTEND;TZID=Europe/Paris:9999"))),
    "a duration that leaves the calendar": _as_is(event(GOOD.partition("DTEND")[0] + "DURATION:P999999W\r\n")),
    "an end before the start": _as_is(event(GOOD.replace("T110000", "T090000"))),
}
