"""From the core's values to the platform's fields and back, over real HTTP."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.scripted_platform import Reply, ScriptedPlatform, reply, scripted

from calbridge.core.model import Fields, HostProfile, Settings
from calbridge.enterprise.client import Enterprise, Pace
from calbridge.enterprise.platform import UNREADABLE_START, AccountPlatform
from calbridge.errors import OutcomeUnknown, Refused
from calbridge.ports import Platform

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
FIELDS = Fields(
    subject="Stand-up",
    agenda="Ref. cb1-main-x-m.1",
    start=datetime(2026, 1, 5, 9, 30, tzinfo=PARIS),
    duration=30,
    schedule="FREQ=WEEKLY;BYDAY=MO",
    settings=Settings(security_pin="4711", participant_emails=("bob@example.com",)),
)
SENT = {
    "auth_token": "token-1",
    "subject": "Stand-up",
    "agenda": "Ref. cb1-main-x-m.1",
    "start": "2026-01-05 09:30:00",
    "time_zone": "Europe/Paris",
    "duration": 30,
    "schedule": "FREQ=WEEKLY;BYDAY=MO",
    "one_time_access_code": True,
    "auto_record": "none",
    "auto_stream": "none",
    "auto_transcribe": False,
    "mute_mode": "conversation",
    "security_pin": "4711",
    "participant_emails": [{"email": "bob@example.com", "moderator": False}],
}
ROW = {
    "conference_id": 183,
    "subject": "Stand-up",
    "agenda": None,
    "start": "2026-01-05 09:30:00",
    "end_time": "2026-01-05 10:00:00",
    "active": False,
    "time_zone": "Europe/Paris",
    "duration": 30,
    "auto_record": "none",
    "auto_transcribe": False,
    "one_time_access_code": 987654321,
    "security_pin": 123456,
    "mute_mode": "conversation",
    "room_url": "https://acme.example.com/conf/call/987654321",
    "recordings": [],
    "participants": [1, 2],
    "moderators": [1],
    "is_streaming": False,
    "moderator_token": "cnzrvyEeJp3H",
    "is_master": True,
    "master_id": 183,
    "schedule": "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    "a_field_of_tomorrow": {},
}


def account(platform: ScriptedPlatform) -> Enterprise:
    return Enterprise(platform.url, "api-token", pace=Pace(backoff=0.0))


def conversion(api: Enterprise) -> Platform:
    return AccountPlatform(api, now=lambda: NOW)


@scripted
async def test_a_create_sends_every_field_and_no_other(platform: ScriptedPlatform) -> None:
    platform.on("conference/create", reply(200, ROW))
    async with account(platform) as api:
        await conversion(api).create(9, FIELDS)
    only_on_create = {"host_id": 9, "secure_url": False, "host_initiated_recording": False}
    assert platform.payloads("conference/create") == [SENT | only_on_create]


@scripted
async def test_an_update_sends_every_field_that_is_documented_for_it(platform: ScriptedPlatform) -> None:
    platform.on("conference/update", reply(200, ROW))
    async with account(platform) as api:
        await conversion(api).update(183, FIELDS)
    assert platform.payloads("conference/update") == [SENT | {"conference_id": 183}]


@scripted
async def test_what_is_not_wanted_is_not_sent(platform: ScriptedPlatform) -> None:
    platform.on("conference/update", reply(200, ROW))
    start = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    async with account(platform) as api:
        await conversion(api).update(183, replace(FIELDS, start=start, schedule=None, settings=Settings()))
    sent = platform.payloads("conference/update")[0]
    assert sent["time_zone"] == "UTC"
    assert sent.keys().isdisjoint({"schedule", "security_pin", "participant_emails"})


@pytest.mark.parametrize("odd", [{"duration": 0}, {"settings": Settings(mute_mode="shouting")}])
@scripted
async def test_what_the_reference_does_not_allow_is_refused_before_it_is_sent(
    platform: ScriptedPlatform,
    odd: dict[str, Any],  # Any: fields of several types
) -> None:
    async with account(platform) as api:
        with pytest.raises(Refused, match=r"duration|mute_mode") as caught:
            await conversion(api).create(9, replace(FIELDS, **odd))
    assert caught.value.problem.rule == "platform.field"
    assert platform.received == []


@scripted
async def test_a_conference_is_read_without_its_moderators_secrets(platform: ScriptedPlatform) -> None:
    platform.on("conference/fetch", reply(200, ROW))
    async with account(platform) as api:
        found = await conversion(api).fetch(183)
    assert found is not None
    assert (found.start, found.start.tzinfo) == (datetime(2026, 1, 5, 9, 30, tzinfo=PARIS), PARIS)
    assert (found.master_id, found.is_child, found.agenda, found.security_pin) == (183, False, "", "123456")
    assert "cnzrvyEeJp3H" not in str([getattr(found, name) for name in found.__slots__])


@pytest.mark.parametrize(
    ("code", "one_time"), [(987654321, True), ("987", True), (True, True), (False, False), (None, False), (0, False)]
)
@scripted
async def test_a_one_time_room_shows_by_its_code(platform: ScriptedPlatform, code: object, one_time: bool) -> None:
    platform.on("conference/fetch", reply(200, ROW | {"one_time_access_code": code}))
    async with account(platform) as api:
        found = await conversion(api).fetch(183)
    assert found is not None
    assert found.one_time is one_time


@scripted
async def test_a_conference_that_the_platform_does_not_know_is_none(platform: ScriptedPlatform) -> None:
    platform.on("conference/fetch", reply(404, {"message": "Conference not found"}))
    async with account(platform) as api:
        assert await conversion(api).fetch(183) is None


@pytest.mark.parametrize(
    "answer",
    [
        reply(404, b"<html>", content_type="text/html"),
        reply(404, {"message": "no such route"}, content_type="text/plain"),
        reply(404, {"error": "x"}),
        reply(500, {"message": "Conference not found"}),
    ],
)
@scripted
async def test_no_other_404_means_that_a_conference_is_gone(platform: ScriptedPlatform, answer: Reply) -> None:
    platform.on("conference/fetch", answer)
    platform.on("conference/cancel", answer)
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown):
            await conversion(api).fetch(183)
        with pytest.raises(OutcomeUnknown):
            await conversion(api).cancel(183)


@scripted
async def test_cancelling_what_is_gone_is_fine(platform: ScriptedPlatform) -> None:
    platform.on("conference/cancel", reply(200, {"message": "OK"}), reply(404, {"message": "Conference not found"}))
    async with account(platform) as api:
        await conversion(api).cancel(183)
        await conversion(api).cancel(183)
    assert len(platform.payloads("conference/cancel")) == 2


@scripted
async def test_a_cancel_that_is_refused_says_so(platform: ScriptedPlatform) -> None:
    platform.on("conference/cancel", reply(403, {"message": "beyond your role"}))
    async with account(platform) as api:
        with pytest.raises(Refused, match="beyond your role"):
            await conversion(api).cancel(183)


# --- answers that lack the room -------------------------------------------------------------------------------------


def without_room() -> dict[str, Any]:  # Any: JSON
    return {name: value for name, value in ROW.items() if name != "room_url"}


@scripted
async def test_a_create_whose_answer_lacks_the_room_is_read_back(platform: ScriptedPlatform) -> None:
    platform.on("conference/create", reply(200, without_room()))
    platform.on("conference/fetch", reply(200, ROW))
    async with account(platform) as api:
        created = await conversion(api).create(9, FIELDS)
    assert created.room_url == ROW["room_url"]


@pytest.mark.parametrize("answer", [reply(404, {"message": "not found"}), reply(503, b"down"), reply(429, b"")])
@scripted
async def test_a_create_that_cannot_be_read_back_was_not_refused(platform: ScriptedPlatform, answer: Reply) -> None:
    platform.on("conference/create", reply(200, without_room()))
    platform.on("conference/fetch", answer)
    async with Enterprise(platform.url, "api-token", pace=Pace(backoff=0.0, patience=0.5)) as api:
        with pytest.raises(OutcomeUnknown):
            await conversion(api).create(9, FIELDS)
    assert len(platform.payloads("conference/create")) == 1


# --- listings -------------------------------------------------------------------------------------------------------


@scripted
async def test_a_listing_is_complete_when_no_id_comes_twice(platform: ScriptedPlatform) -> None:
    pages = [{"rows": [ROW, ROW | {"conference_id": 184}], "next_page": 2}, {"rows": [ROW | {"conference_id": 185}]}]
    platform.on("conference/fetch_all", *(reply(200, page) for page in pages))
    async with account(platform) as api:
        listing = await conversion(api).listing(9)
    assert (listing.taken, listing.complete) == (NOW, True)
    assert [found.id for found in listing.conferences] == [183, 184, 185]
    assert [found.is_child for found in listing.conferences] == [False, True, True]


@scripted
async def test_a_listing_with_an_id_twice_is_not_complete(platform: ScriptedPlatform) -> None:
    platform.on("conference/fetch_all", reply(200, {"rows": [ROW], "next_page": 2}), reply(200, {"rows": [ROW]}))
    async with account(platform) as api:
        listing = await conversion(api).listing(9)
    assert [found.id for found in listing.conferences] == [183]
    assert not listing.complete


@pytest.mark.parametrize(
    ("odd", "start"),
    [
        ({"time_zone": "Eastern Time (US & Canada)"}, datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        ({"time_zone": None}, datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        ({"time_zone": "US"}, datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        ({"start": "next Monday"}, UNREADABLE_START),
        ({"start": None}, UNREADABLE_START),
        ({"start": "0001-01-01 00:00:00"}, UNREADABLE_START),
        ({"start": "9999-12-31T23:59:59-12:00"}, UNREADABLE_START),
        ({"start": "2026-01-05T08:30:00Z"}, datetime(2026, 1, 5, 9, 30, tzinfo=PARIS)),
        ({"recordings": {"none": 0}, "participants": [{"id": 1}], "moderators": 7}, FIELDS.start),
    ],
)
@scripted
async def test_an_odd_row_stays_in_the_listing(
    platform: ScriptedPlatform, odd: dict[str, object], start: datetime
) -> None:
    platform.on("conference/fetch_all", reply(200, [ROW | odd]))
    async with account(platform) as api:
        listing = await conversion(api).listing(9)
    assert [(found.id, found.start) for found in listing.conferences] == [(183, start)]


@pytest.mark.parametrize("odd", [{"conference_id": 2**63}, {"master_id": -(2**63) - 1}, {"conference_id": 10**30}])
@scripted
async def test_an_id_that_nobody_can_keep_is_no_answer(platform: ScriptedPlatform, odd: dict[str, object]) -> None:
    platform.on("conference/create", reply(200, ROW | odd))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown):
            await conversion(api).create(9, FIELDS)


# --- hosts ----------------------------------------------------------------------------------------------------------

PERSON = {"host_id": 9, "name": "Jane Host", "email": "Jane@Example.com", "moderator_pin": {"number": "9876543"}}


@scripted
async def test_a_host_is_read_with_her_dial_in_number(platform: ScriptedPlatform) -> None:
    more = {
        "time_zone": "Europe/Paris",
        "locale": "fr-FR",
        "access_code": {"number": 1234567, "id": None},
        "primary_dialin_number": {"phone_number": "14165551234", "international_format": "+1 416-555-1234"},
    }
    platform.on("host/fetch", reply(200, PERSON | more))
    async with account(platform) as api:
        profile = await conversion(api).host(9)
    expected = HostProfile(9, "jane@example.com", "Jane Host", "Europe/Paris", "fr-FR", "+1 416-555-1234", "1234567")
    assert profile == expected


@scripted
async def test_a_host_of_whom_little_is_known(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(200, {"host_id": 9, "time_zone": "Mars/Olympus", "primary_dialin_number": None}))
    async with account(platform) as api:
        assert await conversion(api).host(9) == HostProfile(9, "", "", None, None)


@scripted
async def test_the_hosts_of_a_company_come_in_short(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch_all", reply(200, [PERSON | {"access_code": "123"}, {"host_id": 10}]))
    async with account(platform) as api:
        found = await conversion(api).hosts(5)
    assert [(profile.id, profile.access_code) for profile in found] == [(9, "123"), (10, None)]
    assert platform.payloads("host/fetch_all") == [{"auth_token": "token-1", "company_id": 5}]
