"""A calendar server and a platform that always say the same: `python benchmarks/stub.py [SECONDS]`, late by so much.

It prints its port, and ends with its standard input. Whoever asks has a home with three calendars, which are empty and
never change, and is the platform's host of whatever id. It is a process of its own, so that what it costs is no part of
what is measured.
"""

import asyncio
import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager

CALENDARS = 3
LATE = float(sys.argv[1]) if __name__ == "__main__" and len(sys.argv) > 1 else 0.0

_NAMESPACES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
_CALENDAR = (
    "<resourcetype><collection/><C:calendar/></resourcetype><displayname>Work</displayname>"
    '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'
    "<sync-token>https://example.com/ns/sync/4711</sync-token><S:getctag>4711-0815</S:getctag>"
)


class Stub(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._received += data
        while request := self._next():
            status, kind, body = answer(*request)
            head = f"HTTP/1.1 {status} Stub\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            if LATE:
                asyncio.get_running_loop().call_later(LATE, self._transport.write, head.encode() + body)
            else:
                self._transport.write(head.encode() + body)

    def _next(self) -> tuple[str, bytes] | None:
        head, found, rest = self._received.partition(b"\r\n\r\n")
        length = int(_header(head.decode("latin-1"), "content-length") or "0")
        if not found or len(rest) < length:
            return None
        self._received = rest[length:]
        return head.decode("latin-1"), rest[:length]


def answer(head: str, body: bytes) -> tuple[int, str, bytes]:
    """Status, media type and body."""
    method, path = head.split(" ", 2)[:2]
    if method == "POST":
        asked = json.loads(body)
        profile = {"host_id": asked.get("host_id"), "email": "host@example.com", "auth_token": "made-up"}
        nothing: dict[str, object] = {"conferences": [], "next_page": None}
        said = nothing if "conference/fetch_all" in path else profile
        return 200, "application/json", json.dumps(said).encode()
    if method == "REPORT":
        return _multistatus("<sync-token>https://example.com/ns/sync/4711</sync-token>")
    user = b64decode(_header(head, "authorization").partition(" ")[2]).decode().partition(":")[0]
    home = f"/home/{user}/"
    if _header(head, "depth") == "1":
        entries = [_found(home, "<resourcetype><collection/></resourcetype>")]
        entries += [_found(f"{home}{number}/", _CALENDAR) for number in range(CALENDARS)]
        return _multistatus("".join(entries))
    if path.startswith(home):
        return _multistatus(_found(path, _CALENDAR))
    person = f"<current-user-principal><href>/{user}/</href></current-user-principal>"
    return _multistatus(_found(path, f"{person}<C:calendar-home-set><href>{home}</href></C:calendar-home-set>"))


def _header(head: str, name: str) -> str:
    _, _, after = head.lower().partition(f"\r\n{name}:")
    start = len(head) - len(after)
    return head[start:].partition("\r")[0].strip() if after else ""


def _found(href: str, properties: str) -> str:
    status = "<status>HTTP/1.1 200 OK</status>"
    return f"<response><href>{href}</href><propstat><prop>{properties}</prop>{status}</propstat></response>"


def _multistatus(content: str) -> tuple[int, str, bytes]:
    text = f'<?xml version="1.0"?><multistatus {_NAMESPACES}>{content}</multistatus>'
    return 207, "application/xml; charset=utf-8", text.encode()


@contextmanager
def serving(late: float = 0.0) -> Iterator[str]:
    """The URL of one that runs until the block ends, and answers after so many seconds."""
    with subprocess.Popen(
        [sys.executable, __file__, str(late)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve())
