"""A small HTTP server that says what a test tells it: for what the real servers at hand don't do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Stream: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]  # writes what it likes; the connection then ends
Script: TypeAlias = Callable[[Request], Reply | Stream]


@dataclass(slots=True)
class Scripted:
    """A running server, and every request that it got."""

    url: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def methods(self) -> list[str]:
        """The methods in order."""
        return [each.method for each in self.requests]


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Scripted]:
    """Answer each request on loopback with what `script` returns."""
    running = Scripted("")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.connections += 1
        try:
            while request := await _read(reader):
                running.requests.append(request)
                answer = script(request)
                if not isinstance(answer, Reply):
                    await answer(writer)
                    break
                await _write(writer, answer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client went away, as some tests want it to
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield running
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return Request(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def _write(writer: asyncio.StreamWriter, answer: Reply) -> None:
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} Scripted", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(lines).encode() + answer.body)
    await writer.drain()


def multistatus(*responses: str, token: str | None = None) -> Reply:
    """A 207 with these `response` elements."""
    ending = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    body = (
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" '
        f'xmlns:s="http://calendarserver.org/ns/">{"".join(responses)}{ending}</d:multistatus>'
    )
    return Reply(207, body.encode(), {"Content-Type": "application/xml"})


def found(href: str, properties: str = "") -> str:
    """A `response` with properties that are there."""
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def failed(href: str, status: int) -> str:
    """A `response` with a status of its own."""
    return f"<d:response><d:href>{href}</d:href><d:status>HTTP/1.1 {status} Scripted</d:status></d:response>"


def etag(value: str) -> str:
    """A getetag property."""
    return f"<d:getetag>{value}</d:getetag>"


CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
COLLECTION = "<d:resourcetype><d:collection/></d:resourcetype>"
