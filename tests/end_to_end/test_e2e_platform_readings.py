"""Whatever the platform does where its document leaves a choice: the same end state (design, section 8)."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from support.bridge import Bridge
from support.ical import moved, vevent, weekly, without_override

from calbridge.sandbox.seed import BUILT_IN

NewBridge = Callable[..., Bridge]
FIRST_MOVED = moved("20260309T100000", "20260309T150000", "20260309T160000", uid="apart@x", summary="Apart @meet")

END = (
    [
        "Apart, 2026-03-09 15:00 Europe/Paris, 60",
        "Apart, 2026-03-16 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
        "Review, 2026-03-10 10:00 Europe/Paris, 60",
        "Round, 2026-03-09 10:00 Europe/Paris, 60, FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    ],
    ["Guests, 2026-03-16 15:00", "Round, 2026-03-30 10:00", "Round, 2026-04-06 10:00"],
)


@pytest.fixture
def no_video(tmp_path: Path) -> Path:
    """A seed in which the host's recordings are without video."""
    seed = BUILT_IN.read_text()
    assert ', "video_recording"' in seed
    (tmp_path / "seed.toml").write_text(seed.replace(', "video_recording"', ""))
    return tmp_path / "seed.toml"


def story(bridge: Bridge) -> None:
    """A series with a moved and a cancelled instance, one with a moved first one, and later edits of all."""
    guests = moved("20260316T100000", "20260316T150000", "20260316T160000", summary="Guests @meet")
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260323T100000"), guests)
    bridge.put("apart", weekly(uid="apart@x", summary="Apart @meet"), FIRST_MOVED)
    bridge.put("plan", vevent())
    bridge.sync()
    bridge.sync()
    bridge.change("week", "SUMMARY:Round @meet")
    bridge.change("plan", "SUMMARY:Review @meet")
    bridge.sync()
    bridge.sync()


@pytest.mark.parametrize(
    ("status", "child", "stays", "listing", "resets"),
    [
        (400, False, True, "object", False),
        *(
            (status, True, stays, "array", resets)
            for status, (stays, resets) in zip((422, 500, 422, 500), product((True, False), (True, False)), strict=True)
        ),
        (422, False, False, "object", True),
    ],
)
def test_every_reading_ends_in_the_same_state(
    new_bridge: NewBridge, status: int, child: bool, stays: bool, listing: str, resets: bool
) -> None:
    bridge = new_bridge(
        refused_status=status,
        first_instance_child=child,
        master_stays_listed=stays,
        listing=listing,
        reset_children_on_update=resets,
    )
    story(bridge)
    assert bridge.sync().is_quiet
    instances = [i for i in bridge.instances(200) if i.startswith(("Guests", "Round")) and "03-09" not in i]
    assert (bridge.conferences(), instances[:3]) == END
    bridge.clock.advance(weeks=1)
    assert bridge.sync().is_quiet


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize("child", [True, False])
def test_a_refused_field_is_sent_once_and_told_with_every_pass(
    new_bridge: NewBridge, no_video: Path, status: int, child: bool
) -> None:
    bridge = new_bridge(seed=no_video, refused_status=status, first_instance_child=child)
    bridge.configure(conference='auto_record = "video"')
    bridge.put("plan", vevent())
    bridge.put("week", weekly())
    first = bridge.sync()
    assert sorted(first.writes) == ["create Planning refused", "create Weekly refused"]
    assert first.problems == ["conference.refused"] * 2
    again = bridge.sync()
    assert (again.writes, again.puts, again.problems) == ((), (), ["conference.refused"] * 2)


def test_a_refused_create_is_sent_again_when_the_meeting_changes_and_when_asked_to(
    new_bridge: NewBridge, no_video: Path
) -> None:
    bridge = new_bridge(seed=no_video)
    bridge.configure(conference='auto_record = "video"')
    bridge.put("plan", vevent())
    bridge.sync()
    bridge.change("plan", "SUMMARY:Review @meet")
    assert bridge.sync().writes == ("create Review refused",)
    assert bridge.sync().writes == ()
    assert bridge.sync(full=True).writes == ("create Review refused",)
    bridge.configure(conference='auto_record = "none"')
    assert bridge.settle().writes == ("create Review",)


def test_a_refused_update_is_sent_once_and_the_room_stays(new_bridge: NewBridge, no_video: Path) -> None:
    bridge = new_bridge(seed=no_video)
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    bridge.configure(conference='auto_record = "video"')
    assert bridge.sync().writes == ("update Planning refused",)
    again = bridge.sync()
    assert (again.writes, again.problems) == ((), ["conference.refused"])
    bridge.configure(conference='auto_record = "none"')
    assert bridge.sync().problems == []
    assert bridge.sync().is_quiet
    assert bridge.platform_rooms() == [room]


def test_a_past_start_that_the_platform_refuses_is_never_sent(new_bridge: NewBridge) -> None:
    bridge = new_bridge(refuse_past_start=True)
    bridge.put("old", vevent("RRULE:FREQ=WEEKLY", start="20251222T100000", end="20251222T110000"))
    assert bridge.settle().writes == ("create Planning",)
    bridge.clock.advance(weeks=2)
    bridge.change("old", "SUMMARY:Review @meet")
    assert bridge.settle().writes == ("update Review",)


def test_an_instance_put_back_is_put_back_under_every_reading(new_bridge: NewBridge) -> None:
    bridge = new_bridge(first_instance_child=True, reset_children_on_update=True, listing="array")
    bridge.put("week", weekly(), moved("20260316T100000", "20260316T150000", "20260316T160000"))
    bridge.settle()
    bridge.edit("week", lambda text: without_override(text, "20260316T100000"))
    assert bridge.settle().writes == ("update Weekly 2026-03-16",)
