"""Calendar objects as calendar apps write them, and the edits that people make with those apps."""

import re
from collections.abc import Callable, Iterable

_EVENT = re.compile(r"BEGIN:VEVENT\n.*?END:VEVENT\n", re.DOTALL)


def vevent(
    *more: str,
    uid: str = "plan@x",
    summary: str = "Planning @meet",
    start: str = "20260310T100000",
    end: str = "20260310T110000",
    zone: str = "Europe/Paris",
) -> str:
    """One VEVENT: by default a Tuesday, ten to eleven in Paris. `more` are further content lines."""
    return "\n".join(
        (
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20260301T000000Z",
            f"SUMMARY:{summary}",
            f"DTSTART;TZID={zone}:{start}",
            f"DTEND;TZID={zone}:{end}",
            *more,
            "END:VEVENT\n",
        )
    )


def weekly(*more: str, uid: str = "week@x", summary: str = "Weekly @meet", rule: str = "FREQ=WEEKLY") -> str:
    """A series on Mondays from 9 March 2026 on, ten to eleven in Paris."""
    start, end = "20260309T100000", "20260309T110000"
    return vevent(f"RRULE:{rule}", *more, uid=uid, summary=summary, start=start, end=end)


def moved(instance: str, start: str, end: str, *more: str, uid: str = "week@x", summary: str = "Weekly @meet") -> str:
    """An instance of `weekly` that somebody moved; all three are local times in Paris."""
    recurrence_id = f"RECURRENCE-ID;TZID=Europe/Paris:{instance}"
    return vevent(recurrence_id, *more, uid=uid, summary=summary, start=start, end=end)


def calendar_object(*events: str) -> str:
    """Put VEVENTs into a VCALENDAR."""
    return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//EN\n" + "".join(events) + "END:VCALENDAR\n"


def unfolded(body: bytes) -> str:
    """One property a line, with bare line ends."""
    return re.sub(r"\n[ \t]", "", body.decode().replace("\r\n", "\n"))


def events_of(text: str) -> list[str]:
    """The VEVENTs of an unfolded object, in its order."""
    return _EVENT.findall(text)


def change(text: str, *lines: str, drop: Iterable[str] = (), of: str | None = None) -> str:
    """Put `lines` in the place of the properties of their names, and take the properties `drop` out.

    Of the master, or of the override whose RECURRENCE-ID ends with `of`; all else stays as it is.
    """
    return _edited(text, of, lambda event: _with(event, lines, drop))


def override(text: str, instance: str, *lines: str) -> str:
    """Change one instance as apps do: a copy of the master, whatever is in it, with `lines` in place of its own."""
    [master] = [event for event in events_of(text) if "\nRECURRENCE-ID" not in event]
    recurrence_id = f"RECURRENCE-ID;TZID=Europe/Paris:{instance}"
    copy = _with(master, (recurrence_id, *lines), drop=("RRULE", "EXDATE", "RDATE"))
    return text.replace("END:VCALENDAR", copy + "END:VCALENDAR")


def without_override(text: str, instance: str) -> str:
    """Take an override out again."""
    return _edited(text, instance, lambda _: "")


def without_master(text: str) -> str:
    """Leave the overrides only."""
    return _edited(text, None, lambda _: "")


def _edited(text: str, of: str | None, edit: Callable[[str], str]) -> str:
    [event] = [event for event in events_of(text) if _instance(event) == of]
    return text.replace(event, edit(event))


def _instance(event: str) -> str | None:
    found = re.search(r"^RECURRENCE-ID[^\n]*:(\S+)$", event, re.MULTILINE)
    return found[1] if found else None


def _with(event: str, lines: Iterable[str], drop: Iterable[str]) -> str:
    names = {_name(line) for line in lines} | set(drop)
    kept = [line for line in event.splitlines()[:-1] if _name(line) not in names]
    return "\n".join((*kept, *lines, "END:VEVENT\n"))


def _name(line: str) -> str:
    return re.split("[;:]", line)[0]
