"""One Radicale, or Xandikos, for all tests of a module that want it; a sandbox and a process for each test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from support.bridge import MONDAY, Bridge
from support.caldav_servers import Server, radicale
from support.own_calendars import OwnCalendars
from support.sandbox_account import MovableClock
from support.visiting import Visiting, visiting

from calbridge.sandbox import running
from calbridge.sandbox.settings import Settings


@pytest.fixture(scope="module", name="server")
def _server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that a test names, else Radicale."""
    with getattr(request, "param", radicale)(tmp_path_factory.mktemp("caldav")) as running:
        yield running


@pytest.fixture(name="dav")
def _dav(server: Server) -> Iterator[OwnCalendars]:
    """Alice's calendars, with one that is empty."""
    dav = OwnCalendars(server)
    yield dav
    dav.clear()


@pytest.fixture(name="bridge")
def _bridge(dav: OwnCalendars, tmp_path: Path) -> Iterator[Bridge]:
    """The host alice, on a platform of her own."""
    clock = MovableClock(MONDAY)
    with running(Settings(clock=clock)) as sandbox:
        bridge = Bridge(tmp_path, dav, sandbox, clock)
        yield bridge
        bridge.check()


@pytest.fixture(name="process")
def _process(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[Visiting]]:
    """Start a process that visits the hosts."""
    return lambda: visiting(bridge, monkeypatch)


@pytest.fixture(name="daemon")
def _daemon(process: Callable[[], AbstractContextManager[Visiting]]) -> Iterator[Visiting]:
    """One that runs already."""
    with process() as running:
        yield running
