"""One Radicale for all tests here; a user, a sandbox and a store for each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest
from support.bridge import MONDAY, Bridge, Dav
from support.people import newcomers
from support.sandbox_account import MovableClock

from calbridge import app
from calbridge.sandbox import running
from calbridge.sandbox.settings import Settings

NewBridge = Callable[..., Bridge]


@pytest.fixture(scope="session", name="new_user")
def _new_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Dav]]:
    """A user who was never seen before, with one calendar."""
    with newcomers(tmp_path_factory.mktemp("radicale")) as new:
        yield new


@pytest.fixture(scope="session", name="stop_later")
def _stop_later() -> Iterator[Callable[[ExitStack], None]]:
    """Stop a test's sandbox while the next one runs: its server looks up only five times a second."""
    stopping: list[Thread] = []

    def stop(sandboxes: ExitStack) -> None:
        stopping.append(Thread(target=sandboxes.close))
        stopping[-1].start()

    yield stop
    for thread in stopping:
        thread.join()


@pytest.fixture(name="new_bridge")
def _new_bridge(
    tmp_path: Path,
    new_user: Callable[[], Dav],
    stop_later: Callable[[ExitStack], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[NewBridge]:
    """A bridge over a sandbox with given settings; one a test."""
    sandboxes = ExitStack()
    bridges: list[Bridge] = []

    def new(**settings: object) -> Bridge:
        clock = MovableClock(MONDAY)
        sandbox = sandboxes.enter_context(running(Settings(clock=clock, **settings)))  # type: ignore[arg-type]  # as Settings says
        bridge = Bridge(tmp_path, new_user(), sandbox, clock)
        monkeypatch.setattr(app, "DavAccount", bridge.wires.account())
        monkeypatch.setattr(app, "AccountPlatform", bridge.wires.platform())
        bridges.append(bridge)
        return bridge

    try:
        yield new
        for bridge in bridges:
            bridge.check()
            bridge.close()
    finally:
        stop_later(sandboxes)


@pytest.fixture(name="bridge")
def _bridge(new_bridge: NewBridge) -> Bridge:
    """A bridge over a sandbox as it comes."""
    return new_bridge()
