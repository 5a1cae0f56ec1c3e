"""Starts and stops the sandbox: in the foreground for the command, in a thread for the demo and the tests."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Final

import uvicorn

from calbridge.core.problem import Problem
from calbridge.errors import ConfigError
from calbridge.sandbox.app import create_app
from calbridge.sandbox.journal import Journal, LoggedRequest
from calbridge.sandbox.settings import Settings

DEFAULT_PORT: Final = 8780
_LOOPBACK: Final = "127.0.0.1"
_START_SECONDS: Final = 10.0


class RunningSandbox:
    """A sandbox in a thread of this process. `url` has no trailing slash."""

    def __init__(self, url: str, journal: Journal) -> None:
        self.url = url
        self._journal = journal

    def requests(self) -> tuple[LoggedRequest, ...]:
        """What was asked of it, oldest first."""
        return self._journal.requests()

    def writes(self) -> tuple[LoggedRequest, ...]:
        """The requests that change something, refused ones included."""
        return tuple(request for request in self._journal.requests() if request.writes)


@contextmanager
def running(settings: Settings, port: int = 0) -> Iterator[RunningSandbox]:
    """Serve on loopback until the block ends; port 0 takes a free one. Raises `ConfigError` as `create_app`."""
    journal = Journal()
    with _listen(_LOOPBACK, port) as listener:
        server = _server(create_app(settings, journal))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
        thread.start()
        try:
            _await_start(server, thread)
            yield RunningSandbox(_url(listener), journal)
        finally:
            server.should_exit = True
            thread.join()


def run(
    *,
    host: str = _LOOPBACK,
    port: int = DEFAULT_PORT,
    data: Path | None = None,
    seed: Path | None = None,
    started: Callable[[str, Path | None], None],
) -> None:
    """Serve in the foreground until SIGINT or SIGTERM.

    Once it is open, `started` is told the URL, and the seed that was read: None where the state is an earlier one's.
    """
    with _listen(host, port) as listener, suppress(KeyboardInterrupt):
        app = create_app(Settings(data=data, seed=seed))
        server = _server(app)
        started(_url(listener), app.state.seed)
        server.run(sockets=[listener])


def _server(app: object) -> uvicorn.Server:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn's ASGI types and Starlette's are two spellings of one protocol
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    return uvicorn.Server(config)


def _listen(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port))
        # asyncio does so only for sockets that name their protocol; without it every kept connection waits 40 ms
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        hint = "choose another --port, or stop what listens there"
        raise ConfigError(
            (Problem(f"{host}:{port}", "sandbox.port", f"can't listen: {os.strerror(error.errno or 0)}", hint),)
        ) from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def _await_start(server: uvicorn.Server, thread: Thread) -> None:
    deadline = monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or monotonic() > deadline:
            raise RuntimeError("the sandbox did not start")
        sleep(0.005)
