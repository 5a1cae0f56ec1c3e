"""A client of an ASGI application, without a socket."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody's browser on this machine."""

    app: ASGIApp

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, login: tuple[str, str] | None = None
    ) -> Answer:
        """Ask for a page; `login` is a user's name and password (RFC 7617)."""
        return self.request("GET", url, headers=headers, login=login)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
    ) -> Answer:
        """Send a request without a body."""
        sent = {"host": "127.0.0.1:8787", **(headers or {})}
        if login is not None:
            sent["authorization"] = f"Basic {b64encode(':'.join(login).encode()).decode()}"
        return asyncio.run(self._request(method, url, sent))

    async def _request(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        scope: dict[str, Any] = {  # Any: ASGI's own
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "root_path": "",
            "query_string": parts.query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8787),
        }
        start: dict[str, Any] = {}  # Any: likewise
        body = bytearray()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self.app(scope, receive, send)
        told = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], told, body.decode())
