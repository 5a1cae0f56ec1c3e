"""What comes back within its grace keeps its conference and its URL, however it went and wherever it comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import pytest
from support.bridge import Bridge
from support.ical import moved, vevent, weekly, without_override

from calbridge import sync


@dataclass(frozen=True)
class Undo:
    """How an event goes, and how it comes back; `at` is the object that it then is."""

    away: Callable[[Bridge, str], object]
    back: Callable[[Bridge, str], object]
    at: tuple[str, str] = ("plan", "work")


def put(name: str, calendar: str = "work") -> Callable[[Bridge, str], object]:
    return lambda bridge, text: bridge.dav.put(f"{calendar}/{name}", text)


def delete(bridge: Bridge, _text: str) -> None:
    bridge.delete("plan")


def move(bridge: Bridge, text: str) -> None:
    bridge.delete("plan")
    bridge.dav.put("home/plan", text)


def move_back(bridge: Bridge, text: str) -> None:
    bridge.delete("plan", calendar="home")
    bridge.dav.put("work/plan", text)


def says(*lines: str) -> Callable[[Bridge, str], object]:
    return lambda bridge, _text: bridge.change("plan", *lines)


def tidied(bridge: Bridge, text: str) -> None:
    """Everything that asks is taken out of it: keyword, block, link."""
    ours = ("X-CALBRIDGE", "CONFERENCE", "LOCATION", "URL", "X-MICROSOFT", "DESCRIPTION")
    kept = [line for line in text.replace("@meet", "").splitlines() if not line.startswith(ours)]
    bridge.dav.put("work/plan", "\n".join(kept) + "\n")


UNDONE = {
    "deleted, undone": Undo(delete, put("plan")),
    "deleted, out of the trash bin under another name": Undo(delete, put("restored-1"), ("restored-1", "work")),
    "deleted, back in another calendar": Undo(delete, put("plan", "home"), ("plan", "home")),
    "deleted, back as it was before it had a room": Undo(delete, lambda bridge, _text: bridge.put("plan", vevent())),
    "moved to another calendar and back": Undo(move, move_back),
    "no longer asking, asking again": Undo(tidied, put("plan")),
    "told to stop, told to go on": Undo(says("SUMMARY:Planning @nomeet"), says("SUMMARY:Planning @meet")),
}


@pytest.mark.parametrize("kind", UNDONE)
def test_what_comes_back_within_its_grace_keeps_its_conference_and_url(bridge: Bridge, kind: str) -> None:
    undo = UNDONE[kind]
    bridge.dav.make_calendar("home")
    for calendar in ("work", "home"):  # so that neither is ever empty
        bridge.put("other", vevent(uid=f"{calendar}@x", summary="Other @meet"), calendar=calendar)
    bridge.put("plan", vevent())
    bridge.settle()
    text, room, rooms = bridge.text("plan"), bridge.room("plan"), bridge.platform_rooms()
    undo.away(bridge, text)
    for _ in range(3):
        assert bridge.sync().writes == ()
        bridge.clock.advance(minutes=3)
    undo.back(bridge, text)
    for _ in range(4):
        assert bridge.sync().writes == ()
        bridge.clock.advance(minutes=6)
    assert bridge.sync().is_quiet
    assert bridge.room(*undo.at) == room
    assert bridge.platform_rooms() == rooms


def test_the_grace_of_a_second_deletion_begins_anew(bridge: Bridge) -> None:
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.put("plan", vevent())
    bridge.settle()
    text = bridge.text("plan")
    for _ in range(3):
        bridge.delete("plan")
        assert bridge.sync().writes == ()
        bridge.clock.advance(minutes=8)
        assert bridge.sync().writes == ()
        bridge.dav.put("work/plan", text)
        assert bridge.sync().writes == ()
    assert bridge.sync().is_quiet


def test_a_return_counts_although_the_pass_that_saw_it_broke_off(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> NoReturn:
        raise RuntimeError

    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.put("plan", vevent())
    bridge.settle()
    text = bridge.text("plan")
    bridge.delete("plan")
    assert (bridge.sync().writes, bridge.sync().writes) == ((), ())
    bridge.clock.advance(minutes=15)
    bridge.dav.put("work/plan", text)
    with monkeypatch.context() as broken:
        broken.setattr(sync, "_decide", breaks)
        assert bridge.sync().problems == ["internal.error"]
    bridge.delete("plan")
    assert (bridge.sync().writes, bridge.sync().writes) == ((), ())


def test_a_calendar_that_is_emptied_and_filled_again_keeps_all_its_rooms(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("week", weekly())
    bridge.settle()
    texts, rooms = {name: bridge.text(name) for name in ("plan", "week")}, bridge.platform_rooms()
    for name in texts:
        bridge.delete(name)
    for _ in range(3):
        assert (bridge.sync().writes, bridge.sync().problems) == ((), ["calendar.emptied"])
        bridge.clock.advance(hours=2)
    for name, text in texts.items():
        bridge.dav.put(f"work/{name}", text)
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == rooms


def test_an_instances_change_that_is_undone_and_done_again_never_touches_the_series(bridge: Bridge) -> None:
    bridge.put("week", weekly(), moved("20260316T100000", "20260316T150000", "20260316T160000"))
    bridge.settle()
    text, room = bridge.text("week"), bridge.room("week")
    bridge.dav.put("work/week", without_override(text, "20260316T100000"))
    assert bridge.settle().writes == ("update Weekly 2026-03-16",)
    bridge.dav.put("work/week", text)
    assert len(bridge.settle().writes) == 1
    assert set(bridge.rooms("week")) == {room}
    assert bridge.platform_rooms() == [room]
