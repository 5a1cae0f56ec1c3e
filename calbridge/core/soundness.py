"""Whether an object's bytes are whole: what is damaged may lack the very part that asks for a room.

Only then is what an object doesn't say a fact. One that lost an event's first line on its way would otherwise read as
an object without that event, and the event's room would go.
"""

import re
from typing import Final

from calbridge.core.problem import Misfit

LARGEST: Final = 2**20
"""Bytes of an object that are read, what carries files inside (ATTACH, IMAGE) aside."""

MOST_LINES: Final = 25_000
"""Lines of an object that are read; a file inside is one."""

_EDGE: Final = re.compile(rb"^(BEGIN|END)[ \t]*+(?:;[^:\n]*+)?:((?:[^\n]++|\n[ \t])*+)", re.IGNORECASE | re.MULTILINE)
_FILE: Final = re.compile(rb"^(?:ATTACH|IMAGE)[;:](?:[^\n]++|\n[ \t])*+", re.IGNORECASE | re.MULTILINE)
_SHORTEN: Final = "shorten its description, or split its series; a room that it has stays as it is"
_SAVE_AGAIN: Final = "the object is damaged: open the event in the calendar app and save it again"


def unsound(body: bytes) -> Misfit | None:
    """Say why an object can't be read as a whole; None where it can. Linear in the size of the body.

    `event.syntax`: its components don't begin and end in each other (RFC 5545, section 3.6), or an event is inside
    another. `event.too-large`: to read it would keep all other hosts waiting.
    """
    if _is_too_large(body):
        reason = f"the event has more than {LARGEST // 2**20} MiB of text, or more than {MOST_LINES} lines"
        return Misfit("event.too-large", reason, _SHORTEN)
    opened: list[tuple[bytes, int]] = []
    for edge in _EDGE.finditer(body):
        kind = re.sub(rb"\r?\n[ \t]", b"", edge[2]).strip().upper()
        if edge[1].upper() == b"BEGIN":
            if kind == b"VEVENT" and any(outer == kind for outer, _ in opened):
                return _damaged(body, edge.start(), "begins inside another event")
            opened.append((kind, edge.start()))
        elif not opened:
            if kind != b"VCALENDAR":  # that alone takes nothing with it
                return _damaged(body, edge.start(), "ends what never began")
        else:
            outer, start = opened.pop()
            if outer != kind:
                return _damaged(body, start, "has no end")
    return _damaged(body, opened[-1][1], "has no end") if opened else None


def _is_too_large(body: bytes) -> bool:
    lines = body.count(b"\n")
    if len(body) <= LARGEST and lines <= MOST_LINES:
        return False
    files = [found[0] for found in _FILE.finditer(body)]
    return len(body) - sum(map(len, files)) > LARGEST or lines - sum(file.count(b"\n") for file in files) > MOST_LINES


def _damaged(body: bytes, position: int, what: str) -> Misfit:
    line = body.count(b"\n", 0, position) + 1
    return Misfit("event.syntax", f"the part of the event on line {line} {what}", _SAVE_AGAIN)
