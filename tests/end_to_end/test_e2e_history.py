"""The whole story of an event, as the history tells it: once each, whatever is repeated."""

from support.bridge import Bridge
from support.ical import vevent

from calbridge.store import Store


def story(bridge: Bridge, uid: str = "plan@x") -> list[str]:
    """Each entry as `action detail`, without the calendar's URL."""
    with Store.snapshot(bridge.store_path) as store:
        told = [f"{entry.action} {entry.detail}".strip() for entry in store.journal.entries(uid)]
    return [line.partition(" in http")[0] for line in told]


def test_an_event_that_gets_its_room_and_goes_again(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("stays", vevent(uid="stays@x"))  # a calendar that suddenly lists nothing is not believed
    bridge.settle()
    bridge.change("plan", "SUMMARY:Review @meet")
    bridge.settle()
    bridge.delete("plan")
    bridge.end_of_grace()

    assert story(bridge) == [
        "seen new",
        "planned create, write-back",
        "sent create",
        "create",
        "write-back",
        "seen changed",
        "planned update",
        "update",
        "gone no longer",
        "planned cancel",
        "cancel-sent",
        "cancel",
    ]


def test_an_event_that_is_skipped_says_why_once_and_again_after_an_edit(bridge: Bridge) -> None:
    bridge.put("plan", vevent("RRULE:FREQ=HOURLY"))
    bridge.settle()
    bridge.change("plan", "SUMMARY:Review @meet")
    bridge.settle()

    seen, skipped, *again = story(bridge)
    assert (seen, again) == ("seen new", ["seen changed", skipped])
    assert skipped.startswith("skipped Schedule FREQ must be DAILY, WEEKLY or MONTHLY [rrule.")


def test_a_failure_that_lasts_is_told_once(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.wires.broken = frozenset({"put"})
    for _ in range(3):
        bridge.sync()
    bridge.wires.broken = frozenset()
    bridge.settle()

    assert story(bridge) == [
        "seen new",
        "planned create, write-back",
        "sent create",
        "create",
        "failed write-back: no answer came [platform.unknown]",
        "planned write-back",
        "write-back",
    ]


def test_a_lost_answer_is_told_and_that_it_is_waited_for(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.wires.creates_lost = True
    bridge.sync()
    bridge.wires.creates_lost = False
    bridge.sync()

    _, _, sent, lost, failed, waits, problem = story(bridge)
    assert (sent, lost) == ("sent create", "create-unknown platform.unknown")
    assert failed == "failed create: the wire: no answer came [platform.unknown]"
    assert waits == "waits write-back: an earlier action of this meeting is not done yet"
    assert problem.startswith("problem ")
    assert problem.endswith("[conference.pending]")
