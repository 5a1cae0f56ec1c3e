"""What the servers from Debian's packages say that they can do: run by .ci/run, skipped without them."""

import asyncio

import pytest
from support.caldav_servers import PASSWORD, request
from support.debian_servers import debian_or_skip
from support.ical import calendar_object, vevent

from calbridge.calendars import Abilities, DavAccount


@pytest.mark.servers
@pytest.mark.parametrize(
    ("name", "sync_token", "scheduling"), [("cyrus", True, "automatic"), ("sabredav", False, "outbox")]
)
def test_abilities_are_those_that_the_server_has(name: str, sync_token: bool, scheduling: str) -> None:
    with debian_or_skip(name) as server:
        url = server.calendar_urls["alice"]
        request(f"{url}one.ics", "PUT", "alice", calendar_object(vevent(uid="one", summary="One")).encode())
        seen = asyncio.run(_asked(url))
    assert (seen.sync_token, seen.ctag, seen.etags, seen.scheduling) == (sync_token, True, "strong", scheduling)


async def _asked(url: str) -> Abilities:
    async with DavAccount(url, "alice", PASSWORD, host="alice") as dav:
        return await dav.abilities(url)
