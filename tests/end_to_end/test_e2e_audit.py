"""The audit, `sync --full`: what was changed on the platform, what nothing asks for, and a platform that lies."""

from collections.abc import Callable

import pytest
from support.bridge import Bridge
from support.ical import moved, vevent, weekly
from support.sandbox_account import Json, meeting

from calbridge.core import marker
from calbridge.core.actions import Update, UpdateInstance
from calbridge.core.model import Conference
from calbridge.enterprise.platform import AccountPlatform

NewBridge = Callable[..., Bridge]


def heads(bridge: Bridge) -> list[Json]:
    return [c for c in bridge.platform.listing() if c.get("master_id") in (None, c["conference_id"])]


def edited(bridge: Bridge, conference: Json, **fields: object) -> None:
    """Somebody changes a conference on the platform's own pages."""
    kept = ("subject", "agenda", "start", "time_zone", "duration")
    bridge.platform.accepted(
        "conference/update",
        **{key: conference[key] for key in kept},
        conference_id=conference["conference_id"],
        **fields,
    )


def stray(bridge: Bridge, uid: str = "gone@x", *, instance: str = "main") -> None:
    """A conference whose event nobody knows."""
    sign = marker.Marker(instance, marker.tag(9, uid), "m", 1)
    bridge.platform.accepted(
        "conference/create", **meeting(agenda=f"Ref. {sign.text}", start="2026-03-12 10:00:00", subject="Left over")
    )


# --- drift ----------------------------------------------------------------------------------------------------------


def test_what_was_changed_on_the_platform_is_set_back_and_named(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("week", weekly())
    bridge.settle()
    for conference in heads(bridge):
        fields = {"subject": "Somebody's own words", "agenda": "no marker at all"}
        schedule = {"schedule": conference["schedule"]} if conference.get("schedule") else {}
        edited(bridge, conference | fields, auto_record="audio", **schedule)
    assert bridge.sync().is_quiet
    done = bridge.sync(full=True)
    drifts = [a.drift for a in done.report.plan.actions if isinstance(a, Update)]
    assert drifts == [("subject", "agenda", "auto_record")] * 2
    assert sorted(done.writes) == ["update Planning", "update Weekly"]
    assert bridge.sync(full=True).is_quiet


def test_a_conference_moved_on_the_platform_goes_back_to_its_time(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    [conference] = heads(bridge)
    edited(bridge, conference | {"start": "2026-03-10 14:00:00", "duration": 15})
    bridge.sync(full=True)
    assert bridge.conferences() == ["Planning, 2026-03-10 10:00 Europe/Paris, 60"]


def test_a_changed_instance_that_was_changed_again_on_the_platform_is_set_back(bridge: Bridge) -> None:
    bridge.put("week", weekly(), moved("20260316T100000", "20260316T150000", "20260316T160000"))
    bridge.settle()
    [child] = [c for c in bridge.platform.listing() if c["start"] == "2026-03-16 15:00:00"]
    edited(bridge, child | {"duration": 15})
    done = bridge.sync(full=True)
    assert [a.drift for a in done.report.plan.actions if isinstance(a, UpdateInstance)] == [("duration",)]
    assert done.writes == ("update Weekly 2026-03-16",)
    assert bridge.sync(full=True).is_quiet


def test_an_instance_that_was_changed_on_the_platform_only_is_like_the_others_again(bridge: Bridge) -> None:
    bridge.put("week", weekly())
    bridge.settle()
    [child] = [c for c in bridge.platform.listing() if c["start"] == "2026-03-23 10:00:00"]
    edited(bridge, child | {"subject": "Lunch", "duration": 15})
    done = bridge.sync(full=True)
    assert [a.drift for a in done.report.plan.actions if isinstance(a, UpdateInstance)] == [("subject", "duration")]
    assert len(done.writes) == 1
    assert "Weekly, 2026-03-23 10:00" in bridge.instances()
    assert bridge.sync(full=True).is_quiet


def test_an_instance_that_was_moved_on_the_platform_goes_back(bridge: Bridge) -> None:
    bridge.put("week", weekly(rule="FREQ=WEEKLY;COUNT=5"))
    bridge.settle()
    before = bridge.instances()
    [child] = [c for c in bridge.platform.listing() if c["start"] == "2026-03-23 10:00:00"]
    edited(bridge, child | {"start": "2026-03-24 16:00:00"})
    done = bridge.sync(full=True)
    assert [a.drift for a in done.report.plan.actions if isinstance(a, UpdateInstance)] == [("start",)]
    assert bridge.instances() == before
    assert bridge.sync(full=True).is_quiet


def test_an_instance_that_was_cancelled_on_the_platform_is_reported(bridge: Bridge) -> None:
    bridge.put("week", weekly(rule="FREQ=WEEKLY;COUNT=5"))
    bridge.settle()
    [child] = [c for c in bridge.platform.listing() if c["start"] == "2026-03-23 10:00:00"]
    bridge.platform.cancel(child)
    assert bridge.sync().problems == []
    done = bridge.sync(full=True)
    assert (done.writes, done.problems) == ((), ["conference.instance-cancelled"])


@pytest.mark.parametrize("child", [True, False])
@pytest.mark.parametrize("stays", [True, False])
def test_a_new_series_is_quiet_under_every_audit(new_bridge: NewBridge, child: bool, stays: bool) -> None:
    bridge = new_bridge(first_instance_child=child, master_stays_listed=stays)
    exdate = "EXDATE;TZID=Europe/Paris:20260323T100000"
    bridge.put("week", weekly(exdate), moved("20260316T100000", "20260316T150000", "20260316T160000"))
    bridge.put("bound", weekly(uid="bound@x", summary="Bound @meet", rule="FREQ=WEEKLY;COUNT=5"))
    bridge.sync()
    bridge.sync()
    for _ in range(4):
        assert bridge.sync(full=True).is_quiet
        bridge.clock.advance(days=5)


def test_what_only_a_new_conference_takes_is_said_and_left(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    bridge.configure(conference='secure_url = true\nhost_initiated_recording = true\nroom = "dedicated"')
    done = bridge.sync()
    assert [d.fields for d in done.report.plan.differs] == [("room", "secure_url", "host_initiated_recording")]
    assert (done.writes, done.problems) == ((), [])


# --- strays ---------------------------------------------------------------------------------------------------------


def test_a_conference_that_nothing_asks_for_is_reported_until_it_is_allowed_to_go(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    stray(bridge)
    stray(bridge, instance="b")
    for _ in range(4):
        bridge.clock.advance(hours=1)
        done = bridge.sync(full=True)
        assert (done.writes, done.problems) == ((), ["conference.stray"])
    assert bridge.sync(full=True, cancels=1).writes == ("cancel Left over",)
    assert len(heads(bridge)) == 2  # the meeting's own, and another installation's
    assert bridge.sync(full=True).is_quiet


def test_a_conference_that_this_store_asked_for_and_lost_goes_with_the_second_audit(bridge: Bridge) -> None:
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    bridge.put("plan", vevent())
    bridge.wires.creates_lost = True
    bridge.sync()
    bridge.wires.creates_lost = False
    bridge.delete("plan")
    for _ in range(4):
        bridge.clock.advance(minutes=6)
        bridge.sync()
    stray(bridge, "plan@x")  # the request that was believed lost arrives
    first = bridge.sync(full=True)
    assert (first.writes, first.problems) == ((), ["conference.stray"])
    assert bridge.sync(full=True).writes == ()
    bridge.clock.advance(minutes=11)
    assert bridge.sync(full=True).writes == ("cancel Left over",)
    assert bridge.sync(full=True).is_quiet


def test_after_a_loss_of_the_database_what_an_event_no_longer_asks_for_is_reported(bridge: Bridge) -> None:
    bridge.put("plan", vevent())
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    bridge.lose_store()
    bridge.delete("plan")
    assert bridge.sync().problems == []
    assert bridge.sync(full=True).problems == ["conference.stray"]
    assert bridge.sync(full=True, cancels=1).writes == ("cancel Planning",)


# --- a platform, or a gateway before it, that says something else than it has -----------------------------------------


@pytest.fixture(name="denied")
def _denied(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Conferences of which `conference/fetch` says that there is none."""
    denied: set[int] = set()
    fetch = AccountPlatform.fetch

    async def denying(platform: AccountPlatform, conference_id: int) -> Conference | None:
        return None if conference_id in denied else await fetch(platform, conference_id)

    monkeypatch.setattr(AccountPlatform, "fetch", denying)
    return denied


def unlisted(bridge: Bridge, monkeypatch: pytest.MonkeyPatch, hidden: set[int]) -> None:
    """The platform's list lacks these."""
    listing = AccountPlatform.listing

    async def lacking(platform: AccountPlatform, host_id: int) -> object:
        whole = await listing(platform, host_id)
        kept = tuple(c for c in whole.conferences if c.id not in hidden)
        return type(whole)(whole.taken, kept, whole.complete)

    monkeypatch.setattr(AccountPlatform, "listing", lacking)


def test_a_platform_that_denies_what_it_lists_is_not_believed(
    bridge: Bridge, denied: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge.configure(platform='on_platform_cancel = "recreate"')
    bridge.put("plan", vevent())
    bridge.put("other", vevent(uid="other@x", summary="Other @meet"))
    bridge.settle()
    ids = {c["conference_id"] for c in heads(bridge)}
    denied.update(ids)
    unlisted(bridge, monkeypatch, {min(ids)})
    for _ in range(3):
        done = bridge.sync(full=True)
        assert (done.writes, done.problems) == ((), ["platform.contradiction"])


def test_many_conferences_gone_at_once_are_not_believed_until_it_is_allowed(bridge: Bridge) -> None:
    for number in range(8):
        bridge.put(f"e{number}", vevent(uid=f"e{number}@x", summary=f"Meeting {number} @meet"))
    bridge.settle()
    for conference in heads(bridge)[:7]:
        bridge.platform.cancel(conference)
    done = bridge.sync(full=True)
    assert (done.writes, done.problems) == ((), ["platform.emptied"])
    assert set(bridge.sync(full=True, cancels=7).problems) == {"conference.cancelled-on-platform"}


def test_a_conference_that_was_denied_for_a_while_is_live_again(
    bridge: Bridge, denied: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge.put("plan", vevent())
    bridge.settle()
    room = bridge.room("plan")
    [conference] = heads(bridge)
    denied.add(conference["conference_id"])
    hidden = {conference["conference_id"]}
    unlisted(bridge, monkeypatch, hidden)
    assert bridge.sync(full=True).problems == ["conference.cancelled-on-platform"]
    denied.clear()
    hidden.clear()
    bridge.sync(full=True)
    assert bridge.sync().is_quiet
    assert bridge.room("plan") == room
