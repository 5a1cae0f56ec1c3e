"""The calendar contract on the two servers that come from PyPI."""

from collections.abc import Iterator

import pytest
from support.caldav_servers import Server, radicale, xandikos
from support.calendar_contract import CalendarContract


@pytest.fixture(scope="module", params=[radicale, xandikos], ids=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests."""
    with request.param(tmp_path_factory.mktemp("caldav")) as running:
        yield running


class TestOnPythonServers(CalendarContract):
    """Both know sync-tokens, and Basic."""
