"""On the command line: installations that share an account and a calendar, and a configuration that drops meetings."""

from pathlib import Path

import pytest
from support.bridge import Dav
from support.desk import Desk, event
from support.ical import calendar_object
from support.sandbox_account import Account

from calbridge.sandbox import RunningSandbox


@pytest.fixture(name="desks")
def _desks(tmp_path: Path, sandbox: RunningSandbox, alice: Dav) -> tuple[Desk, Desk]:
    """Two installations, `a` with the keyword @meet and `b` with @room, on one account and one calendar."""
    both = Desk(tmp_path / "a", sandbox.url), Desk(tmp_path / "b", sandbox.url)
    for desk, name, keyword in zip(both, "ab", ("@meet", "@room"), strict=True):
        desk.instance = name
        desk.more = '[safety]\ncancel_grace = "0s"\n'
        desk.host("alice", 9, alice, more=f'[select]\nkeyword = "{keyword}"\n')
    return both


def rooms(sandbox: RunningSandbox) -> list[str]:
    return sorted(c["subject"] for c in Account(sandbox).listing())


def test_two_installations_never_touch_each_others_conferences(
    desks: tuple[Desk, Desk], sandbox: RunningSandbox, alice: Dav
) -> None:
    a, b = desks
    alice.put("work/ours", calendar_object(event("Ours")))
    alice.put("work/theirs", calendar_object(event("Theirs").replace("@meet", "@room")))
    assert a.run("sync", "--json").actions("alice") == ["create Ours", "write-back Ours"]
    assert b.run("sync", "--json").actions("alice") == ["create Theirs", "write-back Theirs"]
    for _ in range(2):
        for desk in desks:
            ran = desk.run("sync", "--full", "--json")
            assert (ran.code, ran.actions("alice"), ran.host("alice")["problems"]) == (0, [], [])
    alice.delete("work/ours")
    assert b.run("sync", "--full", "--json").actions("alice") == []
    assert b.run("sync", "--full", "--allow-cancels", "99", "--json").actions("alice") == []
    assert rooms(sandbox) == ["Ours", "Theirs"]
    cancelled = [a.run("sync", "--json").actions("alice") for _ in range(2)]
    assert cancelled == [[], ["cancel Ours"]]
    assert rooms(sandbox) == ["Theirs"]


def test_an_event_with_the_others_reference_is_skipped(
    desks: tuple[Desk, Desk], sandbox: RunningSandbox, alice: Dav
) -> None:
    a, b = desks
    alice.put("work/both", calendar_object(event("Both")))
    assert a.run("sync").code == 0
    alice.put("work/both", alice.get("work/both").replace("Both @meet", "Both @meet @room"))
    for _ in range(3):
        ran = b.run("sync", "--full", "--json")
        assert [skipped["rule"] for skipped in ran.host("alice")["skipped"]] == ["event.other-instance"]
        assert (ran.code, ran.actions("alice")) == (0, [])
    assert len(rooms(sandbox)) == 1


@pytest.mark.parametrize("drops", ['[calendar]names = ["work"]', '[select]keyword = "@room"'])
def test_a_configuration_that_drops_half_of_the_meetings_cancels_none(
    desk: Desk, sandbox: RunningSandbox, alice: Dav, drops: str
) -> None:
    desk.more = '[safety]\ncancel_grace = "0s"\n'
    plain = '[writeback]\ndescription = false\nlocation = "never"\n'  # so that the keyword alone asks
    desk.host("alice", 9, alice, more=plain)
    alice.make_calendar("home")
    for number in range(4):
        alice.put(f"work/{number}", calendar_object(event(f"W{number}", "COMMENT:x").replace("@meet", "@meet @room")))
        alice.put(f"home/{number}", calendar_object(event(f"H{number}")))
    assert desk.run("sync").code == 0
    table, key = drops.removeprefix("[").split("]", 1)
    more = f"{key}\n{plain}" if table == "calendar" else f"{plain}[select]\n{key}\n"
    desk.host("alice", 9, alice, more=more)
    for _ in range(4):
        ran = desk.run("sync", "--full", "--json")
        assert [a for a in ran.actions("alice") if a.startswith("cancel")] == []
    assert (ran.code, len(rooms(sandbox))) == (1, 8)
    rules = {problem["rule"] for problem in ran.host("alice")["problems"]}
    assert rules == {"calendar.left-out" if table == "calendar" else "cancel.configuration"}


def test_a_stopped_mass_cancel_exits_3_names_the_meetings_and_the_option_that_allows_it(
    desk: Desk, sandbox: RunningSandbox, alice: Dav
) -> None:
    desk.more = '[safety]\ncancel_grace = "0s"\n'
    for number in range(8):
        alice.put(f"work/{number}", calendar_object(event(f"M{number}")))
    desk.run("sync")
    for number in range(7):
        alice.delete(f"work/{number}")
    desk.run("sync")
    ran = desk.run("sync", "--host", "alice")
    assert (ran.code, len(rooms(sandbox))) == (3, 8)
    assert all(f"'M{number}'" in ran.err for number in range(7))
    assert "`calbridge sync --allow-cancels 7`" in ran.err
    assert desk.run("sync", "--allow-cancels", "7").code == 0
    assert rooms(sandbox) == ["M7"]
