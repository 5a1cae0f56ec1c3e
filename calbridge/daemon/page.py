"""The status page, served by uvicorn within the daemon's own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from calbridge.core.problem import Problem
from calbridge.errors import PageError

_END = 1
"""Seconds that open connections get when the daemon ends."""


@asynccontextmanager
async def served(page: ASGIApp, address: tuple[str, int]) -> AsyncIterator[None]:
    """Serve while the block runs. Raises `PageError` where the address can't be had."""
    listener = _bound(address)
    settings = uvicorn.Config(
        page,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=_END,
    )
    server = _Server(settings)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=2 * _END)
        serving.cancel()


class _Server(uvicorn.Server):
    """Leaves the signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bound(address: tuple[str, int]) -> socket.socket:
    host, port = address
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server(address, family=family)
    except OSError as error:
        reason = f"the status page can't be served at {host}:{port}: {error.strerror or type(error).__name__}"
        hint = 'choose another daemon.status_address, or "" to do without the page; see who else listens there'
        raise PageError(Problem("daemon.status_address", "daemon.page", reason, hint)) from None
    listener.settimeout(0)
    return listener
