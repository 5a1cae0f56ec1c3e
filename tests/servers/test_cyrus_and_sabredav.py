"""The calendar contract on the two servers that come from Debian's packages: run by .ci/run, skipped without them."""

from collections.abc import Iterator

import pytest
from support.caldav_servers import Server
from support.calendar_contract import CalendarContract
from support.debian_servers import debian_or_skip


@pytest.fixture(scope="module", params=["cyrus", "sabredav"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """One server for all tests."""
    with debian_or_skip(request.param) as running:
        yield running


@pytest.mark.servers
class TestOnDebianServers(CalendarContract):
    """Cyrus: sync-tokens, Basic, implicit scheduling. sabre/dav: ctags only, Digest."""
