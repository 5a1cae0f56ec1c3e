"""The calendar contract on the two servers that come from Debian's packages: run by .ci/run, skipped without them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.caldav_servers import Server, debian
from support.calendar_contract import CalendarContract

INSTALLED = {"cyrus": Path("/usr/lib/cyrus/bin/httpd"), "sabredav": Path("/usr/share/php/Sabre/autoload.php")}


@pytest.fixture(scope="module", params=["cyrus", "sabredav"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """One server for all tests."""
    name: str = request.param
    if not INSTALLED[name].exists() and os.environ.get("CI") != "true":
        pytest.skip(f"the Debian packages of {name} are not installed; tests/servers/start/{name}.sh installs them")
    with debian(name) as running:
        yield running


@pytest.mark.servers
class TestOnDebianServers(CalendarContract):
    """Cyrus: sync-tokens, Basic, implicit scheduling. sabre/dav: ctags only, Digest."""
