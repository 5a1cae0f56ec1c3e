"""A way to a real server that a test can disturb: everything passes, but what the test answers itself."""

import asyncio
import http.client
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from threading import Thread
from typing import TypeVar
from urllib.parse import urlsplit

from support.scripted_server import Reply, Request, Script, Stream, scripted

Value = TypeVar("Value")

HTML = Reply(200, b"<!DOCTYPE html><html><body>Please log in</body></html>", {"Content-Type": "text/html"})
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host", "accept-encoding"})


class Gate:
    """`answer` may answer a request instead of the server, `edit` changes the bodies of its answers."""

    def __init__(self, target: str) -> None:
        self.url = ""
        self.answer: Callable[[Request], Reply | Stream | None] = lambda _request: None
        self.edit: Callable[[bytes], bytes] = lambda body: body
        self.requests: list[Request] = []
        self.answers: list[bytes] = []
        self._target = urlsplit(target)

    def __call__(self, request: Request) -> Reply | Stream:
        self.requests.append(request)
        return self.answer(request) or self._forward(request)

    def said(self) -> bytes:
        """All that went through, both ways."""
        return b"\n".join((*(request.body for request in self.requests), *self.answers))

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(path in request.path for request in self.requests)

    def _forward(self, request: Request) -> Reply:
        connection = http.client.HTTPConnection(self._target.hostname or "", self._target.port, timeout=20)
        try:
            headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
            connection.request(request.method, request.path, request.body or None, headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP}
            body = self.edit(answer.read())
            self.answers.append(body)
            return Reply(answer.status, body, kept)
        finally:
            connection.close()


@contextmanager
def gate(target: str) -> Iterator[Gate]:
    """A gate before the server at `target`."""
    through = Gate(target)
    with serving(through) as url:
        through.url = url.rstrip("/")
        yield through


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """A scripted server in a thread of its own; its URL."""
    with _in_thread(scripted(script)) as server:
        yield server.url


def flood(head: bytes, megabytes: int) -> Stream:
    """An endless-looking body: `head`, then this much of it."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\nConnection: close\r\n\r\n" + head)
        for _ in range(megabytes * 16):
            writer.write(b"x" * 65536)
            await writer.drain()

    return write


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte every 50 ms, for longer than any test waits."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


@contextmanager
def _in_thread(server: AbstractAsyncContextManager[Value]) -> Iterator[Value]:
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="gate", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: AbstractAsyncContextManager[object]) -> None:
    await server.__aexit__(None, None, None)
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
