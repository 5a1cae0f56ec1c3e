"""One calendar that two hosts have by two addresses, and copies of one event in two hosts' calendars."""

from collections.abc import Callable

import pytest
from support.bridge import Bridge, Dav, Pass
from support.ical import calendar_object, moved, vevent, weekly
from support.visiting import visiting

from calbridge.store import Store
from calbridge.sync import Options

LATER = ("DTSTART;TZID=Europe/Paris:20260310T150000", "DTEND;TZID=Europe/Paris:20260310T160000")


@pytest.fixture(name="shared")
def _shared(bridge: Bridge) -> Bridge:
    """Alice and bob have one calendar, each by an address of its own."""
    bridge.put("plan", vevent())
    bridge.hosts["bob"] = (10, bridge.dav.user)
    bridge.roots["bob"] = bridge.dav.root.replace("127.0.0.1", "localhost")
    return bridge


def only(shared: Bridge, *names: str) -> None:
    """From now on these hosts are configured."""
    ids = {"alice": 9, "bob": 10}
    shared.hosts = {name: (ids[name], shared.dav.user) for name in names}
    for name in ids.keys() - set(names):
        (shared.folder / "hosts.d" / f"{name}.toml").unlink(missing_ok=True)


def passes(shared: Bridge, times: int = 3, *, minutes: int = 5) -> dict[str, Pass]:
    """Passes over both hosts; the last ones."""
    for _ in range(times):
        last = shared.sync_all()
        shared.clock.advance(minutes=minutes)
    return last


def rests(shared: Bridge) -> bool:
    """Whether nobody writes any more, on either side."""
    return all((done.writes, done.puts) == ((), ()) for done in passes(shared, 2).values())


def meetings(shared: Bridge) -> int:
    """Conferences of both hosts, without children."""
    return len(shared.conferences(9)) + len(shared.conferences(10))


def both_have_a_room(shared: Bridge, *events: str) -> None:
    """As it was made once: alice's is shown, and bob has one, too."""
    only(shared, "alice")
    passes(shared, 2)
    shared.put("plan", *(events or (vevent(),)))
    only(shared, "bob")
    passes(shared, 1)
    only(shared, "alice", "bob")
    passes(shared)


def test_an_event_that_shows_another_hosts_room_of_the_same_meeting_gets_no_second_one(
    bridge: Bridge, new_user: Callable[[], Dav]
) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bob = new_user()
    bridge.hosts["bob"] = (10, bob.user)
    bob.put("work/plan", bridge.text("plan"))
    for _ in range(2):
        passes_ = bridge.sync_all()
        assert (passes_["bob"].writes, passes_["bob"].skipped) == ((), ["event.other-host"])
    del bridge.hosts["alice"]
    (bridge.folder / "hosts.d" / "alice.toml").unlink()
    assert bridge.sync_all()["bob"].skipped == ["event.other-host"]


def test_two_hosts_that_find_one_calendar_at_one_moment_do_not_write_in_turns(shared: Bridge) -> None:
    shared.put("week", weekly(uid="week@x"))
    passes(shared)
    rooms = [shared.room("plan"), shared.room("week")]
    assert rests(shared)
    passes(shared, 2, minutes=70)
    assert (rests(shared), [shared.room("plan"), shared.room("week")]) == (True, rooms)


def test_what_a_create_long_ago_may_have_made_is_not_made_again_beside_anothers_room(shared: Bridge) -> None:
    only(shared, "bob")
    shared.wires.creates_lost = True
    passes(shared, 1, minutes=120)
    shared.wires.creates_lost = False
    only(shared, "alice", "bob")
    assert passes(shared, 6)["bob"].skipped == ["event.other-host"]
    assert (rests(shared), meetings(shared)) == (True, 1)


def test_while_the_room_that_replaces_the_shown_one_is_not_written_nobody_makes_another(shared: Bridge) -> None:
    only(shared, "alice")
    passes(shared, 1, minutes=70)
    only(shared, "alice", "bob")
    passes(shared, 2)
    shared.change("plan", "RRULE:FREQ=WEEKLY")
    shared.wires.broken = frozenset({"put"})
    passes(shared, 5, minutes=20)
    shared.wires.broken = frozenset()
    passes(shared)
    assert (rests(shared), meetings(shared)) == (True, 1)


@pytest.mark.parametrize("how", ["one-shot", "daemon"])
def test_after_a_loss_the_room_that_is_shown_stays(shared: Bridge, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only(shared, "alice")
    passes(shared, 1)
    only(shared, "alice", "bob")
    passes(shared, 1)
    room = shared.room("plan")
    shared.lose_store()
    if how == "daemon":
        with visiting(shared, monkeypatch) as process:
            for name in ("bob", "alice") * 3:
                process.visit(name)
    else:
        passes(shared)
    assert (shared.room("plan"), meetings(shared)) == (room, 1)


def test_of_two_hosts_with_a_room_for_one_event_one_gives_way(shared: Bridge) -> None:
    both_have_a_room(shared)
    room = shared.room("plan")
    assert (rests(shared), shared.room("plan")) == (True, room)
    assert passes(shared)["bob"].skipped == ["event.other-host"]
    shared.change("plan", "RRULE:FREQ=WEEKLY")
    assert sorted(passes(shared, 1)["bob"].writes) == ["cancel Planning"] * 2 + ["create Planning"] * 2
    assert meetings(shared) == 2
    assert rests(shared)


def test_a_room_that_is_made_again_moves_none_of_two_hosts(shared: Bridge) -> None:
    shared.configure(platform='on_platform_cancel = "recreate"')
    irregular = vevent("RRULE:FREQ=WEEKLY", "RDATE;TZID=Europe/Paris:20260312T133000")
    shared.put("plan", irregular)
    both_have_a_room(shared, irregular)
    first = min(each["conference_id"] for each in shared.listed(9) if each.get("schedule"))
    shared.platform.accepted("conference/cancel", conference_id=first)
    for _ in range(2):
        shared.sync_all(Options(full=True))
        shared.clock.advance(minutes=5)
    passes(shared)
    assert rests(shared)


def test_an_old_database_does_not_know_another_hosts_room_and_leaves_it(shared: Bridge) -> None:
    shared.put("other", vevent(uid="other@x", summary="Other @meet"))
    shared.delete("plan")
    passes(shared, 2, minutes=70)
    shared.keep_store()
    shared.put("plan", vevent())
    passes(shared)
    room, rooms = shared.room("plan"), meetings(shared)
    shared.put_back_store()
    passes(shared)
    assert (rests(shared), meetings(shared), shared.room("plan")) == (True, rooms, room)


def test_what_was_asked_for_and_is_not_wanted_any_more_goes_without_a_look_in_every_pass(shared: Bridge) -> None:
    shared.put("plan", vevent("RRULE:FREQ=WEEKLY", "RDATE;TZID=Europe/Paris:20260312T133000"))
    only(shared, "bob")
    shared.wires.answers_lost = True
    passes(shared, 1, minutes=120)
    shared.wires.answers_lost = False
    only(shared, "alice")
    passes(shared, 1)
    shared.change("plan", drop=("RRULE", "RDATE"))
    passes(shared)
    only(shared, "alice", "bob")
    passes(shared, 4)
    with Store.snapshot(shared.store_path) as store:
        assert not store.meetings.unfinished(10)
    assert (rests(shared), len(shared.conferences(9))) == (True, 1)


def test_who_gives_way_ends_what_was_replaced(shared: Bridge) -> None:
    both_have_a_room(shared)
    only(shared, "bob")
    passes(shared, 2)
    shared.change("plan", "RRULE:FREQ=WEEKLY")
    shared.wires.broken = frozenset({"cancel"})
    passes(shared, 1)
    only(shared, "alice", "bob")
    passes(shared, 1)
    shared.wires.broken = frozenset()
    passes(shared)
    assert (rests(shared), len(shared.conferences(10))) == (True, 1)


@pytest.mark.parametrize("how", ["left out", "no file"])
def test_a_host_does_not_give_way_to_one_who_can_not_tend_her_room(shared: Bridge, how: str) -> None:
    both_have_a_room(shared)
    if how == "no file":
        only(shared, "bob")
    else:
        shared.dav.make_calendar("home")
        shared.put("other", vevent(uid="other@x", summary="Other @meet"), calendar="home")
        shared.names_of = {"alice": ["home"], "bob": ["work"]}
    shared.change("plan", *LATER)
    passes(shared)
    assert shared.conferences(10) == ["Planning, 2026-03-10 15:00 Europe/Paris, 60"]
    assert rests(shared)


def test_a_host_does_not_give_way_for_ever_to_one_who_is_not_found_any_more(shared: Bridge) -> None:
    both_have_a_room(shared)
    shared.roots["alice"] = "http://127.0.0.1:9/"
    shared.change("plan", *LATER)
    before = shared.room("plan")
    passes(shared)
    assert shared.room("plan") == before
    shared.clock.advance(days=1)
    passes(shared)
    assert shared.room("plan") != before


def test_a_host_who_is_never_well_keeps_no_event_from_its_room(bridge: Bridge) -> None:
    bridge.dav.make_calendar("home")
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.put("another", vevent(uid="another@x", summary="Another @meet"), calendar="home")
    bridge.put("plan", vevent(), calendar="home")
    bridge.hosts["bob"] = (10, bridge.dav.user)
    bridge.names_of = {"alice": ["work"], "bob": ["work", "home"]}
    passes(bridge)
    bridge.dav.put("work/plan", bridge.text("plan", "home"))
    bridge.delete("plan", "home")
    passes(bridge, 5)
    assert [each.split(",")[0] for each in bridge.conferences(9)] == ["Other", "Planning"]


def test_who_leaves_takes_only_what_is_her_own_out_of_an_event(shared: Bridge) -> None:
    both_have_a_room(shared)
    room = shared.room("plan")
    shared.change("plan", "SUMMARY:Planning")
    shared.leave("bob")
    only(shared, "alice")
    passes(shared)
    assert (shared.room("plan"), len(shared.conferences(9)), shared.conferences(10)) == (room, 1, [])


def test_a_note_is_not_written_over_anothers_room(shared: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    write = shared.write_config

    def written() -> None:
        write()
        path = shared.folder / "hosts.d" / "bob.toml"
        path.write_text(path.read_text() + '[select]\nprivate = "skip"\n[writeback]\nexplain = true\n')

    monkeypatch.setattr(shared, "write_config", written)
    shared.change("plan", "CLASS:PRIVATE")
    passes(shared)
    assert (rests(shared), meetings(shared)) == (True, 1)
    assert shared.room("plan")


@pytest.fixture(name="copies")
def _copies(bridge: Bridge, new_user: Callable[[], Dav]) -> tuple[Bridge, Dav]:
    """Alice and bob have a copy of one event each, in calendars of their own."""
    bridge.put("plan", vevent())
    bob = new_user()
    bridge.hosts["bob"] = (10, bob.user)
    bob.put("work/plan", calendar_object(vevent()))
    return bridge, bob


def test_copies_of_one_event_in_two_hosts_own_calendars_have_a_room_each(copies: tuple[Bridge, Dav]) -> None:
    bridge, _ = copies
    passes(bridge, 1)
    assert (len(bridge.conferences(9)), len(bridge.conferences(10))) == (1, 1)
    assert rests(bridge)


def test_a_copy_over_which_the_others_text_was_pasted_keeps_its_room_in_step(copies: tuple[Bridge, Dav]) -> None:
    bridge, bob = copies
    passes(bridge)
    text = bridge.text("plan").replace("20260310T10", "20260310T15").replace("20260310T11", "20260310T16")
    bob.put("work/plan", text)
    passes(bridge)
    assert bridge.conferences(10) == ["Planning, 2026-03-10 15:00 Europe/Paris, 60"]
    assert rests(bridge)


def test_an_override_with_anothers_reference_takes_no_series_from_its_host(copies: tuple[Bridge, Dav]) -> None:
    bridge, bob = copies
    bridge.put("plan", weekly(uid="plan@x"))
    bob.put("work/plan", calendar_object(weekly(uid="plan@x")))
    passes(bridge)
    [reference] = {line for line in bridge.text("plan").splitlines() if line.startswith("X-CALBRIDGE-REF")}
    override = moved("20260316T100000", "20260316T150000", "20260316T160000", uid="plan@x")
    pasted = override.replace("END:VEVENT", f"{reference}\nEND:VEVENT")
    bob.put("work/plan", bob.get("work/plan").replace("END:VCALENDAR", f"{pasted}\nEND:VCALENDAR"))
    assert passes(bridge)["bob"].skipped == []
    assert rests(bridge)


def test_a_copy_whose_room_was_replaced_gets_one_of_its_own(copies: tuple[Bridge, Dav]) -> None:
    bridge, bob = copies
    bob.delete("work/plan")
    passes(bridge, 1)
    bob.put("work/plan", bridge.text("plan"))
    assert passes(bridge)["bob"].skipped == ["event.other-host"]
    bridge.change("plan", "RRULE:FREQ=WEEKLY")
    passes(bridge)
    assert (rests(bridge), len(bridge.conferences(10))) == (True, 1)


@pytest.mark.parametrize("owner", ["alice", "bob"])
def test_when_all_leave_no_copy_keeps_a_link(copies: tuple[Bridge, Dav], owner: str) -> None:
    bridge, bob = copies
    both = bridge.hosts
    bridge.hosts = {owner: both[owner]}
    if owner == "bob":
        (bridge.folder / "hosts.d").joinpath("alice.toml").unlink(missing_ok=True)
    passes(bridge, 1)
    if owner == "bob":
        bridge.dav.put("work/plan", bob.get("work/plan"))
    else:
        bob.put("work/plan", bridge.text("plan"))
    bridge.hosts = both
    passes(bridge)
    bridge.leave_all()
    assert "CALBRIDGE" not in bridge.text("plan") + bob.get("work/plan")
    assert meetings(bridge) == 0


def test_a_host_whose_id_changed_leaves_with_her_old_rooms(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.hosts["alice"] = (10, bridge.dav.user)
    passes(bridge, 2)
    bridge.leave_all()
    assert "CALBRIDGE" not in bridge.text("plan")


def test_a_copy_within_a_calendar_gets_its_room_at_once_after_a_loss(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.dav.put("work/copy", bridge.text("plan").replace("UID:plan@x", "UID:copy@x"))
    bridge.lose_store()
    bridge.hosts["bob"] = (10, "nobody")
    assert bridge.sync_all()["alice"].writes == ("create Planning",)


def test_an_event_that_moves_from_one_host_to_another_gets_a_room_of_hers(
    bridge: Bridge, new_user: Callable[[], Dav]
) -> None:
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.put("plan", vevent())
    bob = new_user()
    bridge.hosts["bob"] = (10, bob.user)
    bob.put("work/bobs", calendar_object(vevent(uid="bobs@x", summary="Bobs @meet")))
    passes(bridge, 2)
    bob.put("work/plan", bridge.text("plan"))
    bridge.delete("plan")
    passes(bridge, 5)
    assert [each.split(",")[0] for each in bridge.conferences(9)] == ["Other"]
    assert [each.split(",")[0] for each in bridge.conferences(10)] == ["Bobs", "Planning"]
