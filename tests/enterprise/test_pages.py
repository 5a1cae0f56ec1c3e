"""Listings in both shapes, over real HTTP."""

import pytest
from support.accounts import account
from support.scripted_platform import ScriptedPlatform, reply, scripted

from calbridge.enterprise import conference
from calbridge.enterprise.client import Enterprise
from calbridge.errors import OutcomeUnknown

LISTING = conference.FetchAllRequest(host_id=9)


async def ids(api: Enterprise) -> list[int]:
    return [row.conference_id async for rows in api.pages(conference.FETCH_ALL, LISTING) for row in rows]


@scripted
async def test_a_bare_array_is_the_whole_listing(platform: ScriptedPlatform) -> None:
    platform.on("conference/fetch_all", reply(200, [{"conference_id": n} for n in range(10)]))
    async with account(platform) as api:
        assert await ids(api) == list(range(10))
    assert len(platform.payloads("conference/fetch_all")) == 1


@scripted
async def test_pages_are_followed_by_their_cursor_to_the_end(platform: ScriptedPlatform) -> None:
    first = reply(200, {"conferences": [{"conference_id": 1}], "next_page": "abc"})
    second = reply(200, {"conferences": [{"conference_id": 2}], "next_page": 7})
    platform.on("conference/fetch_all", first, second, reply(200, {"conferences": [], "next_page": None}))
    async with account(platform) as api:
        assert await ids(api) == [1, 2]
    assert [sent.get("page") for sent in platform.payloads("conference/fetch_all")] == [None, "abc", 7]


@scripted
async def test_pages_that_go_round_in_a_circle_are_an_error(platform: ScriptedPlatform) -> None:
    platform.on("conference/fetch_all", reply(200, {"conferences": [{"conference_id": 1}], "next_page": "abc"}))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown, match="circle"):
            await ids(api)


@scripted
async def test_pages_without_end_are_an_error(platform: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calbridge.enterprise.client.MAX_PAGES", 5)
    platform.on("conference/fetch_all", *(reply(200, {"rows": [], "next_page": n}) for n in range(1, 9)))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown, match="more than 5 pages"):
            await ids(api)


@pytest.mark.parametrize("content", [{"a": [], "b": []}, {"next_page": 2}, "text", None, {"rows": [], "next_page": {}}])
@scripted
async def test_a_listing_of_another_shape_is_no_listing(platform: ScriptedPlatform, content: object) -> None:
    platform.on("conference/fetch_all", reply(200, content))
    async with account(platform) as api:
        with pytest.raises(OutcomeUnknown):
            await ids(api)
