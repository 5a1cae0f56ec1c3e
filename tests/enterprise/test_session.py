"""One session for many calls, over real HTTP."""

import asyncio
import traceback

import pytest
from support.accounts import API_TOKEN, account
from support.scripted_platform import (
    Reply,
    ScriptedPlatform,
    reply,
    reset,
    scripted,
)

from calbridge.enterprise import conference, host
from calbridge.errors import NotSent, Refused, Unauthorized

HOST = host.FetchRequest(host_id=9)
CONFERENCE = {"conference_id": 183, "subject": "Stand-up"}
CREATE = conference.CreateRequest(
    host_id=9,
    subject="Stand-up",
    agenda="Ref. cb1-main-x-m.1",
    start="2026-01-05 09:00:00",
    time_zone="Europe/Paris",
    duration=30,
    one_time_access_code=True,
)


@scripted
async def test_many_calls_that_meet_an_expired_session_renew_it_once(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    async with account(platform) as api:
        await api.call(host.FETCH, HOST)
        platform.expire()
        answers = await asyncio.gather(*(api.call(host.FETCH, HOST) for _ in range(40)))
    assert {answer.host_id for answer in answers} == {9}
    assert (platform.sessions, api.sessions) == (2, 2)


@scripted
async def test_a_create_that_meets_an_expired_session_is_sent_again_with_the_new_one(
    platform: ScriptedPlatform,
) -> None:
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    platform.on("conference/create", reply(200, CONFERENCE))
    async with account(platform) as api:
        await api.call(host.FETCH, HOST)
        platform.expire()
        created = await api.call(conference.CREATE, CREATE)
    assert created.conference_id == 183
    assert [sent["auth_token"] for sent in platform.payloads("conference/create")] == ["token-1", "token-2"]


@scripted
async def test_a_second_401_in_a_row_gives_up(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(401, {"message": "Invalid token"}))
    async with account(platform) as api:
        with pytest.raises(Unauthorized, match="Invalid token"):
            await api.call(host.FETCH, HOST)
    assert (platform.sessions, len(platform.payloads("host/fetch"))) == (2, 2)


@scripted
async def test_a_refused_api_token_is_tried_once_for_all_who_wait(platform: ScriptedPlatform) -> None:
    platform.on("authenticate", reply(401, {"message": "Unknown API token"}))
    async with account(platform) as api:
        failures = await asyncio.gather(*(api.call(host.FETCH, HOST) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(failure, Unauthorized) for failure in failures)
    assert len(platform.payloads("authenticate")) == 1


@pytest.mark.parametrize("failing", [reset, reply(502, b"<html>", content_type="text/html")])
@scripted
async def test_a_create_without_a_session_was_not_sent(platform: ScriptedPlatform, failing: Reply) -> None:
    platform.on("authenticate", failing)
    async with account(platform) as api:
        with pytest.raises(NotSent):
            await api.call(conference.CREATE, CREATE)
    assert platform.payloads("conference/create") == []


@scripted
async def test_one_callers_end_does_not_end_the_renewal_that_others_wait_for(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(200, {"host_id": 9}))
    async with account(platform) as api:
        first = asyncio.create_task(api.call(host.FETCH, HOST))
        second = asyncio.create_task(api.call(host.FETCH, HOST))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).host_id == 9
    assert platform.sessions == 1


@scripted
async def test_tokens_are_in_no_exception_and_no_repr(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(400, {"message": "no such field for token-1"}))
    async with account(platform) as api:
        with pytest.raises(Refused) as caught:
            await api.call(host.FETCH, HOST)
        shown = repr(api) + repr(caught.value.problem) + "".join(traceback.format_exception(caught.value))
    assert "no such field" in shown
    assert "token-1" not in shown
    assert API_TOKEN not in shown
