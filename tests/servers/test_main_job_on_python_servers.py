"""The main job on the two servers that come from PyPI."""

import re
from collections.abc import Iterator

import pytest
from support.bridge import Bridge
from support.caldav_servers import Server, radicale, xandikos
from support.ical import vevent
from support.main_job import MainJob

from calbridge import app
from calbridge.calendars import DavAccount
from calbridge.core.model import CalendarObject


@pytest.fixture(scope="module", params=[radicale, xandikos], ids=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests."""
    with request.param(tmp_path_factory.mktemp("caldav")) as running:
        yield running


class TestOnPythonServers(MainJob):
    """Both reorder and refold what they store; Xandikos puts invitations into the attendees' calendars."""

    def test_a_property_that_a_server_loses_is_written_once(
        self, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(app, "DavAccount", losing(b"CONFERENCE", bridge.wires.account()))
        bridge.put("plan", vevent())
        assert bridge.sync().puts == ("plan",)
        assert "\nCONFERENCE" not in bridge.text("plan")
        assert bridge.sync().is_quiet
        bridge.change("plan", drop=("DESCRIPTION",))
        assert bridge.settle().puts == ("plan",)


def losing(name: bytes, account: type[DavAccount]) -> type[DavAccount]:
    """An account at a server that drops a property which it doesn't know (seen of Cyrus)."""

    class Losing(account):  # type: ignore[misc, valid-type]  # a class is a value here
        async def put(self, source: CalendarObject, body: bytes) -> None:
            await super().put(
                source, re.sub(rb"^" + name + rb"[;:].*\r\n(?:[ \t].*\r\n)*", b"", body, flags=re.MULTILINE)
            )

    return Losing
