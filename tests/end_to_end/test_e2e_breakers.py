"""Many ends or beginnings at once are stopped and shown, until somebody allows them."""

from support.bridge import Bridge
from support.ical import vevent


def twelve(bridge: Bridge, keyword: str = "@meet") -> None:
    for number in range(12):
        bridge.put(f"e{number}", vevent(uid=f"e{number}@x", summary=f"Meeting {number} {keyword}"))


def test_ten_of_twelve_deleted_at_once_cancel_none_until_it_is_allowed(bridge: Bridge) -> None:
    twelve(bridge)
    bridge.settle()
    for number in range(10):
        bridge.delete(f"e{number}")
    stopped = bridge.end_of_grace()
    assert (stopped.writes, stopped.problems) == ((), ["breaker.cancels"])
    assert stopped.report.plan.withheld == 10
    assert bridge.sync(cancels=9).writes == ()
    allowed = bridge.sync(cancels=10)
    assert sorted(allowed.writes) == sorted(f"cancel Meeting {number}" for number in range(10))
    assert bridge.sync().is_quiet


def test_updates_go_on_while_cancels_are_withheld(bridge: Bridge) -> None:
    twelve(bridge)
    bridge.settle()
    for number in range(10):
        bridge.delete(f"e{number}")
    bridge.end_of_grace()
    bridge.change("e11", "SUMMARY:Changed @meet")
    assert bridge.sync().writes == ("update Changed",)


def test_events_that_are_back_are_no_longer_withheld(bridge: Bridge) -> None:
    twelve(bridge)
    bridge.settle()
    texts = {f"e{number}": bridge.text(f"e{number}") for number in range(10)}
    for name in texts:
        bridge.delete(name)
    bridge.end_of_grace()
    for name, text in texts.items():
        bridge.dav.put(f"work/{name}", text)
    assert bridge.sync().is_quiet
    assert len(bridge.conferences()) == 12


def test_a_few_deleted_events_pass_the_breaker(bridge: Bridge) -> None:
    twelve(bridge)
    bridge.settle()
    for number in range(5):
        bridge.delete(f"e{number}")
    assert len(bridge.end_of_grace().writes) == 5


def test_slow_deletions_add_up_over_an_hour(bridge: Bridge) -> None:
    twelve(bridge)
    bridge.settle()
    for number in range(5):
        bridge.delete(f"e{number}")
    bridge.end_of_grace()
    for number in range(5, 10):
        bridge.delete(f"e{number}")
    assert bridge.end_of_grace().problems == ["breaker.cancels"]
    bridge.clock.advance(hours=1)
    assert len(bridge.sync().writes) == 5


def test_an_emptied_calendar_cancels_nothing_until_it_is_confirmed(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.delete("plan")
    for _ in range(4):
        bridge.clock.advance(hours=1)
        done = bridge.sync()
        assert (done.writes, done.problems) == ((), ["calendar.emptied"])
    bridge.sync(cancels=1)
    bridge.clock.advance(hours=1)
    assert bridge.sync(cancels=1).writes == ("cancel Planning",)


def test_an_emptied_calendar_that_fills_again_is_believed_again(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.delete("plan")
    assert bridge.sync().problems == ["calendar.emptied"]
    bridge.put("other", vevent(uid="other@x", summary="Lunch"))
    assert bridge.end_of_grace().writes == ("cancel Planning",)


def test_all_events_cancelled_at_once_are_stopped_too(bridge: Bridge) -> None:
    twelve(bridge)
    bridge.settle()
    for number in range(12):
        bridge.change(f"e{number}", "STATUS:CANCELLED")
    assert (bridge.sync().writes, bridge.sync().problems) == ((), ["breaker.cancels"])


def test_all_events_moved_into_the_past_at_once_are_stopped_too(bridge: Bridge) -> None:
    twelve(bridge)
    bridge.settle()
    for number in range(12):
        bridge.change(
            f"e{number}", "DTSTART;TZID=Europe/Paris:20250310T100000", "DTEND;TZID=Europe/Paris:20250310T110000"
        )
    assert (bridge.sync().writes, bridge.sync().problems) == ((), ["breaker.cancels"])


def test_another_keyword_in_the_configuration_ends_nothing(bridge: Bridge) -> None:
    bridge.configure(writeback='description = false\nlocation = "never"')  # so that the keyword alone asks
    bridge.put("plan", vevent())
    bridge.put("other", vevent(uid="other@x", summary="Other @room"))
    bridge.settle()
    bridge.configure(select='keyword = "@room"')
    assert bridge.sync().writes == ("create Other",)
    for _ in range(4):
        bridge.clock.advance(hours=1)
        done = bridge.sync()
        assert done.writes == ()
    assert done.problems == ["cancel.configuration"]
    bridge.configure(select='keyword = "@meet"\nstop_keyword = "@no"')
    assert "cancel Planning" not in bridge.sync().writes
    assert any(shown.startswith("Planning") for shown in bridge.conferences())


def test_a_calendar_left_out_of_the_configuration_ends_nothing(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("plan", vevent())
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"), calendar="home")
    bridge.settle()
    bridge.names = ["work"]
    for _ in range(4):
        bridge.clock.advance(hours=1)
        done = bridge.sync()
        assert (done.writes, done.problems) == ((), ["calendar.left-out"])


def test_more_creates_than_allowed_are_withheld_all(bridge: Bridge) -> None:
    bridge.configure(safety="max_creates = 10")
    twelve(bridge)
    stopped = bridge.sync()
    assert (stopped.writes, stopped.puts, stopped.problems) == ((), (), ["breaker.creates"])
    assert bridge.sync(creates=11).writes == ()
    assert len(bridge.sync(creates=12).writes) == 12
    assert bridge.sync().is_quiet
