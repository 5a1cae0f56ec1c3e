"""What people's apps do to the text of an event: properties replaced, everything else as it was."""

from collections.abc import Callable

from simulation import events

Lines = tuple[str, ...]


def titled(body: bytes, change: Callable[[str], str]) -> bytes:
    """Another title, in every VEVENT."""
    return events.write(
        replaced(event.lines, SUMMARY=change(event.text("SUMMARY"))) for event in events.read(body).events
    )


def described(body: bytes, change: Callable[[str], str]) -> bytes:
    """Another description, in every VEVENT."""
    return events.write(
        replaced(event.lines, DESCRIPTION=events.escape(change(event.text("DESCRIPTION"))))
        for event in events.read(body).events
    )


def replaced(lines: Lines, **values: str) -> Lines:
    """These properties' values, parameters kept; a property that is not there is added."""
    left = dict(values)
    changed = []
    for line in lines:
        name = events.name_of(line)
        if name in values:
            if name in left:
                changed.append(line.split(":", 1)[0] + ":" + left.pop(name))
        else:
            changed.append(line)
    return (*changed, *(f"{name}:{value}" for name, value in left.items()))


def stop_word_toggled(title: str) -> str:
    """With the word that ends a room, or without it."""
    return title.replace(" @nomeet", "") if "@nomeet" in title else f"{title} @nomeet"


def bumped(lines: list[str]) -> Lines:
    """What a client does where attendees must be told."""
    return replaced(tuple(lines), SEQUENCE="1")


def without_block(text: str) -> str:
    """Our block selected and deleted."""
    start, end = text.find(events.START), text.find(events.END)
    if start < 0 or end < start:
        return text
    return text[:start].rstrip("\n") + text[end + len(events.END) :]
