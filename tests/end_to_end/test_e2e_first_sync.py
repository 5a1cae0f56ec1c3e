"""The main job, and the quiet pass after it."""

from support.bridge import Bridge
from support.ical import vevent, weekly


def test_the_first_sync_creates_and_the_second_does_nothing(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("week", weekly())
    first = bridge.sync()
    assert sorted(first.writes) == ["create Planning", "create Weekly"]
    assert sorted(first.puts) == ["plan", "week"]
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == sorted([bridge.room("plan"), bridge.room("week")])
    assert bridge.conferences() == [
        "Planning, 2026-03-10 10:00 Europe/Paris, 60",
        "Weekly, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    ]
