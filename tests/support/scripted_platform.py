"""A platform that misbehaves as told: raw HTTP/1.1 on loopback, which can cut, drip, reset, and answer anything.

    @scripted
    async def test_x(platform: ScriptedPlatform) -> None:
        platform.on("host/fetch", reply(500), reply(200, {"host_id": 9}))   # in turn; the last one stays

It issues tokens (`token-1`, `token-2` ...), and answers 401 "Session expired" to any but the current one.
"""

import asyncio
import inspect
import json
import socket
import ssl
import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

P = ParamSpec("P")
Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came; `head` is in lower case, `connection` counts the connections."""

    path: str
    head: str
    payload: dict[str, Any]  # Any: JSON
    connection: int


def reply(status: int, content: object = None, *, content_type: str = "application/json", **headers: str) -> Reply:
    """Answer; `content` is sent as JSON, or as it is where it is bytes. Headers as `retry_after="3"`."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return raw(_head(status, len(body), content_type, headers) + body)


def raw(answer: bytes, *, close: bool = False) -> Reply:
    """Answer with these very bytes, and perhaps close."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        if close:
            writer.close()

    return write


def cut(content: object) -> Reply:
    """Promise the whole body and close half-way through."""
    body = json.dumps(content).encode()

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(200, len(body), "application/json", {}) + body[: len(body) // 2])
        await writer.drain()
        writer.close()

    return write


async def reset(writer: asyncio.StreamWriter) -> None:
    """Drop the connection as a crash does (RST)."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send a byte every 20 ms, for three seconds."""
    writer.write(_head(200, 10_000_000, "application/json", {}))
    for _ in range(150):
        writer.write(b" ")
        await asyncio.sleep(0.02)


async def silence(writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(60)


class ScriptedPlatform:
    """See the module. `received` is every request, in order; `expire()` ends the session."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.sessions = 0
        self._expired = False
        self._connections = 0
        self._script: dict[str, list[Reply]] = defaultdict(list)
        self._tasks: set[asyncio.Task[None]] = set()

    def on(self, path: str, *replies: Reply) -> None:
        """Say what to answer, in turn."""
        self._script[path] = list(replies)

    def expire(self) -> None:
        """End the session."""
        self._expired = True

    def payloads(self, path: str) -> list[dict[str, Any]]:  # Any: JSON
        """What came to one endpoint."""
        return [request.payload for request in self.received if request.path == path]

    @asynccontextmanager
    async def serve(self, certificate: Path | None = None) -> AsyncIterator[None]:
        """Listen on a free port; over TLS where there is a certificate, a PEM file with its key."""
        tls = None
        if certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=tls)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        task = asyncio.ensure_future(self._converse(reader, writer, self._connections))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        try:
            while not writer.is_closing():
                request = await self._request(reader, connection)
                self.received.append(request)
                await self._reply(request)(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, connection: int) -> Received:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        path = head.split(" ")[1].removeprefix("/enterprise_api/")
        return Received(path, head, json.loads(await reader.readexactly(length)), connection)

    def _reply(self, request: Received) -> Reply:
        script = self._script[request.path]
        if request.path == "authenticate" and not script:
            self.sessions += 1
            self._expired = False
            return reply(200, {"auth_token": f"token-{self.sessions}"})
        current = f"token-{self.sessions}"
        if request.path != "authenticate" and (self._expired or request.payload.get("auth_token") != current):
            return reply(401, {"message": "Session expired"})
        return script.pop(0) if len(script) > 1 else script[0]


def scripted(
    test: Callable[Concatenate[ScriptedPlatform, P], Awaitable[None]], *, certificate: Path | None = None
) -> Callable[P, None]:
    """Run an async test with a platform of its own as first argument."""

    async def served(*args: P.args, **kwargs: P.kwargs) -> None:
        platform = ScriptedPlatform()
        async with platform.serve(certificate):
            await test(platform, *args, **kwargs)

    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(served(*args, **kwargs))

    run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
    signature = inspect.signature(test)
    parameters = list(signature.parameters.values())[1:]
    vars(run)["__signature__"] = signature.replace(parameters=parameters)  # where pytest looks for fixtures
    return run


def scripted_tls(
    certificate: Path,
) -> Callable[[Callable[Concatenate[ScriptedPlatform, P], Awaitable[None]]], Callable[P, None]]:
    """Likewise over TLS; `certificate` is a PEM file with its key."""
    return partial(scripted, certificate=certificate)


def _head(status: int, length: int, content_type: str, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {length}", f"Content-Type: {content_type}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
