"""Events say why they have no room (`writeback.explain`), on a real calendar server."""

from support.bridge import Bridge
from support.ical import vevent

from calbridge.core.actions import NAMES

EXPLAIN = 'explain = true\nnotify = "always"\n'
HOURLY = "RRULE:FREQ=HOURLY"


def told(bridge: Bridge, name: str) -> list[str]:
    """The lines between the delimiters."""
    text = bridge.text(name).replace("\\,", ",").replace("\\;", ";").replace("\\n", "\n")
    _, start, rest = text.partition(":::::::: calbridge ::::::::\n")
    return rest.partition("\n:::::::: /calbridge")[0].splitlines() if start else []


def test_an_event_says_why_until_it_has_its_room(bridge: Bridge) -> None:
    bridge.configure(writeback=EXPLAIN)
    bridge.put("odd", vevent(HOURLY, "DESCRIPTION:Bring cake", "LAST-MODIFIED:20260301T000000Z"))
    before = bridge.text("odd")
    done = bridge.settle()
    assert (done.actions, done.skipped, done.writes, done.puts) == (["write-back"], ["rrule.frequency"], (), ("odd",))
    reason, to_do = told(bridge, "odd")
    assert reason == "No video conference: Schedule FREQ must be DAILY, WEEKLY or MONTHLY"
    assert to_do.startswith("To get one: repeat daily at most")
    assert ("LAST-MODIFIED:20260301T000000Z" in bridge.text("odd"), "DTSTAMP:20260301T000000Z" in before) == (
        True,
        True,
    )
    bridge.change("odd", "RRULE:FREQ=WEEKLY")
    assert bridge.settle().actions == ["create", "write-back"]
    assert (told(bridge, "odd")[0], bridge.room("odd") != "") == ("Video conference", True)


def test_an_event_that_asks_no_more_is_as_it_was(bridge: Bridge) -> None:
    bridge.configure(writeback=EXPLAIN)
    bridge.put("odd", vevent(HOURLY, "DESCRIPTION:Bring cake"))
    before = bridge.text("odd")
    bridge.settle()
    bridge.change("odd", "SUMMARY:Planning")
    assert bridge.settle().actions == ["write-back"]
    assert bridge.text("odd") == before.replace("Planning @meet", "Planning")


def test_a_plan_shows_the_note_as_it_is_then_written(bridge: Bridge) -> None:
    bridge.configure(writeback=EXPLAIN)
    bridge.put("odd", vevent(HOURLY))
    [planned] = bridge.plan().plan.actions
    done = bridge.sync()
    assert (NAMES[type(planned)], planned) == ("write-back", done.report.plan.actions[0])
    assert planned.about.subject == "Planning"


def test_it_is_said_in_the_host_s_language_and_again_when_the_reason_changes(bridge: Bridge) -> None:
    bridge.configure(writeback=EXPLAIN + 'language = "de"\n')
    bridge.put("odd", vevent(HOURLY))
    bridge.settle()
    assert told(bridge, "odd")[0] == "Keine Videokonferenz: die Plattform kennt diese Wiederholung nicht"
    bridge.change("odd", "DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260311", drop=("RRULE",))
    assert bridge.settle().puts == ("odd",)
    assert told(bridge, "odd")[1] == "Was hilft: dem Termin eine Uhrzeit geben"


def test_an_edit_while_the_note_is_written_comes_first(bridge: Bridge) -> None:
    bridge.configure(writeback=EXPLAIN)
    bridge.put("odd", vevent(HOURLY, "DESCRIPTION:Bring cake"))
    bridge.wires.before_put = lambda: bridge.change("odd", "RRULE:FREQ=WEEKLY", "DESCRIPTION:Bring two cakes")
    first = bridge.sync()
    assert (first.actions, told(bridge, "odd")) == ([], [])
    assert bridge.settle().actions == ["create", "write-back"]
    assert "Bring two cakes" in bridge.text("odd")


def test_text_that_is_written_around_and_into_the_note_survives_it(bridge: Bridge) -> None:
    bridge.configure(writeback=EXPLAIN)
    bridge.put("odd", vevent(HOURLY, "DESCRIPTION:Bring cake"))
    bridge.settle()
    bridge.edit(
        "odd", lambda text: text.replace("\\nTo get one", "\\nAsk Bob\\nTo get one").replace("cake", "two cakes")
    )
    bridge.settle()
    assert (len(told(bridge, "odd")), "two cakes" in bridge.text("odd"), "Ask Bob" in bridge.text("odd")) == (
        2,
        True,
        True,
    )


def test_notes_go_when_explaining_is_turned_off_and_when_the_host_leaves(bridge: Bridge) -> None:
    bridge.configure(writeback=EXPLAIN)
    bridge.put("odd", vevent(HOURLY))
    bridge.settle()
    bridge.configure(writeback="explain = false\n")
    assert bridge.settle().puts == ("odd",)
    assert "calbridge" not in bridge.text("odd").lower()
