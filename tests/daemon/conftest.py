"""One Radicale for all tests of the daemon; a sandbox and a folder for each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from support.bridge import Dav
from support.daemons import EVERY_SECOND
from support.desk import Desk
from support.people import newcomers

from calbridge.sandbox import RunningSandbox, running
from calbridge.sandbox.settings import Settings


@pytest.fixture(scope="session", name="new_user")
def _new_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Dav]]:
    """A user who was never seen before, with one calendar."""
    with newcomers(tmp_path_factory.mktemp("radicale")) as new:
        yield new


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """A command that a test runs leaves its log to no other test: it goes to a stderr that is closed by then."""
    yield
    structlog.reset_defaults()


@pytest.fixture(name="sandbox")
def _sandbox() -> Iterator[RunningSandbox]:
    """A platform of the test's own."""
    with running(Settings()) as sandbox:
        yield sandbox


@pytest.fixture(name="alice")
def _alice(new_user: Callable[[], Dav]) -> Dav:
    """Alice's calendars."""
    return new_user()


@pytest.fixture(name="bob")
def _bob(new_user: Callable[[], Dav]) -> Dav:
    """Bob's."""
    return new_user()


@pytest.fixture(name="desk")
def _desk(tmp_path: Path, sandbox: RunningSandbox, alice: Dav) -> Desk:
    """The host alice, to be visited every second; no status page."""
    desk = Desk(tmp_path / "desk", sandbox.url)
    desk.more = EVERY_SECOND
    desk.host("alice", 9, alice)
    return desk
