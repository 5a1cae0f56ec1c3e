"""Reads: tries, pauses, deadlines and bounds, over real HTTP."""

import asyncio

import pytest
from support.accounts import API_TOKEN, Clock, account
from support.scripted_platform import (
    ScriptedPlatform,
    drip,
    reply,
    reset,
    scripted,
)

from calbridge.enterprise import conference, host
from calbridge.enterprise.client import Enterprise, Pace
from calbridge.errors import OutcomeUnknown, Throttled

HOST = host.FetchRequest(host_id=9)


@scripted
async def test_a_read_is_tried_three_times_with_growing_pauses(platform: ScriptedPlatform) -> None:
    clock = Clock()
    platform.on("host/fetch", reset, reply(503, b"down"), reply(200, {"host_id": 9}))
    async with account(platform, clock) as api:
        assert (await api.call(host.FETCH, HOST)).host_id == 9
    assert clock.slept == [0.5, 1.0]


@scripted
async def test_a_read_that_keeps_failing_gives_up_after_three_tries(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", reply(500, {"message": "Internal server error"}))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown):
            await api.call(host.FETCH, HOST)
    assert len(platform.payloads("host/fetch")) == 3


@scripted
async def test_an_update_is_never_repeated(platform: ScriptedPlatform) -> None:
    platform.on("conference/cancel", reply(503, b"down"))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown):
            await api.call(conference.CANCEL, conference.CancelRequest(conference_id=183))
    assert len(platform.payloads("conference/cancel")) == 1


@pytest.mark.parametrize("retry_after", ["4", "Mon, 05 Jan 2026 09:00:04 GMT"])
@scripted
async def test_a_short_retry_after_is_waited_out(platform: ScriptedPlatform, retry_after: str) -> None:
    clock = Clock()
    platform.on("host/fetch", reply(429, {"message": "slow"}, retry_after=retry_after), reply(200, {"host_id": 9}))
    async with account(platform, clock) as api:
        await api.call(host.FETCH, HOST)
    assert clock.slept == [4.0]


@scripted
async def test_a_long_retry_after_stops_the_whole_account_for_its_while(platform: ScriptedPlatform) -> None:
    clock = Clock()
    platform.on("host/fetch", reply(429, {"message": "slow"}, retry_after="600"), reply(200, {"host_id": 9}))
    async with account(platform, clock) as api:
        for _ in range(3):
            with pytest.raises(Throttled) as caught:
                await api.call(host.FETCH, HOST)
        sent = len(platform.payloads("host/fetch"))
        await clock.sleep(600)
        assert (await api.call(host.FETCH, HOST)).host_id == 9
    assert (caught.value.retry_after, sent) == (600.0, 1)


@scripted
async def test_a_server_that_drips_does_not_outlive_the_deadline(platform: ScriptedPlatform) -> None:
    platform.on("host/fetch", drip)
    loop = asyncio.get_running_loop()
    async with account(platform, timeout=0.3) as api:
        started = loop.time()
        with pytest.raises(OutcomeUnknown, match="not done within"):
            await api.call(host.FETCH, HOST)
        assert loop.time() - started < 2.0


@scripted
async def test_an_answer_without_end_is_given_up(platform: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calbridge.enterprise.transport.MAX_BODY", 1024 * 1024)
    platform.on("host/fetch", reply(200, b" " * (1024 * 1024 + 1)))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown, match="larger than 1 MiB"):
            await api.call(host.FETCH, HOST)


@scripted
async def test_no_more_requests_than_the_budget_are_under_way(platform: ScriptedPlatform) -> None:
    running = most = 0

    async def slow(writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        await reply(200, {"host_id": 9})(writer)

    platform.on("host/fetch", slow)
    async with Enterprise(platform.url, API_TOKEN, pace=Pace(concurrency=3)) as api:
        await asyncio.gather(*(api.call(host.FETCH, HOST) for _ in range(12)))
    assert most == 3
