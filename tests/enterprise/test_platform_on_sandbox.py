"""The client against the sandbox: both ends of the same declarations, over real HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.model import Fields
from calbridge.core.model import Settings as Wanted
from calbridge.enterprise.client import Enterprise
from calbridge.enterprise.platform import AccountPlatform
from calbridge.errors import NotFound, Refused, Unauthorized
from calbridge.ports import Platform
from calbridge.sandbox.server import running
from calbridge.sandbox.settings import Settings

START = (datetime.now(UTC) + timedelta(days=7)).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
FIELDS = Fields(
    subject="Stand-up",
    agenda="About this and that: é, 日本\nRef. cb1-main-x-m.1",
    start=START.replace(tzinfo=ZoneInfo("Europe/Paris")),
    duration=30,
    schedule=None,
    settings=Wanted(mute_mode="q&a"),
)
DAILY = replace(FIELDS, schedule="FREQ=DAILY;COUNT=25")


def on_sandbox(
    scenario: Callable[[Platform], Awaitable[None]], settings: Settings | None = None, token: str = "sandbox-token"
) -> None:
    async def run(url: str) -> None:
        async with Enterprise(url, token, timeout=10) as api:
            await scenario(AccountPlatform(api))

    with running(settings or Settings()) as sandbox:
        asyncio.run(run(sandbox.url))


def test_a_conference_goes_its_way() -> None:
    async def scenario(platform: Platform) -> None:
        created = await platform.create(9, FIELDS)
        assert created.room_url.startswith("http")
        assert (created.start, created.agenda, created.one_time) == (FIELDS.start, FIELDS.agenda, True)
        assert await platform.fetch(created.id) == created
        updated = await platform.update(created.id, replace(FIELDS, subject="Sit-down"))
        assert (updated.id, updated.subject, updated.room_url) == (created.id, "Sit-down", created.room_url)
        await platform.cancel(created.id)
        await platform.cancel(created.id)
        assert await platform.fetch(created.id) is None

    on_sandbox(scenario)


@pytest.mark.parametrize("listing", ["object", "array"])
def test_a_series_is_listed_whole_in_either_shape(listing: Literal["object", "array"]) -> None:
    async def scenario(platform: Platform) -> None:
        master = await platform.create(9, DAILY)
        look = await platform.listing(9)
        assert look.complete
        assert len(look.conferences) >= 25
        assert {found.master_id for found in look.conferences} == {master.id}
        assert sum(found.is_child for found in look.conferences) >= 24

    on_sandbox(scenario, Settings(listing=listing))


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_refused_field_is_refused_whatever_the_status(status: Literal[400, 422, 500]) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(Refused, match="Must enable one_time_access_code to use security_pin"):
            await platform.create(9, replace(FIELDS, settings=Wanted(one_time_access_code=False, security_pin="1234")))
        with pytest.raises(Refused, match="Schedule FREQ must be DAILY, WEEKLY or MONTHLY"):
            await platform.create(9, replace(FIELDS, schedule="FREQ=YEARLY"))
        assert (await platform.listing(9)).conferences == ()

    on_sandbox(scenario, Settings(refused_status=status))


def test_hosts_are_found() -> None:
    async def scenario(platform: Platform) -> None:
        alice = await platform.host(9)
        assert (alice.email, alice.zone) == ("alice@example.com", "Europe/Paris")
        assert alice.dial_in is not None
        assert "alice@example.com" in {found.email for found in await platform.hosts(5)}
        with pytest.raises(NotFound):
            await platform.host(4711)

    on_sandbox(scenario)


def test_a_wrong_api_token_is_refused() -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(Unauthorized):
            await platform.host(9)

    on_sandbox(scenario, token="not-the-token")
