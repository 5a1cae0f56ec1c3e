"""What stands before every page: whom it answers, and what a browser may do with the answer."""

import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calbridge.config import DaemonConfig

_log = structlog.get_logger()

OPEN: Final = frozenset({"/healthz", "/readyz"})
"""Paths that need no password: they say nothing but a word."""

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Refuses foreign names, against DNS rebinding, and whoever lacks the password, where there is one."""

    def __init__(self, app: ASGIApp, daemon: Callable[[], DaemonConfig]) -> None:
        self._app = app
        self._daemon = daemon

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by itself, or let the app do so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope["path"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, path: str, headers: Headers) -> Response | None:
        daemon = self._daemon()
        if not is_own_name(headers.get("host", ""), daemon.status_address):
            return PlainTextResponse(
                "this page is not served under that name: ask for it by daemon.status_address, or localhost\n", 421
            )
        if daemon.status_password is None or path in OPEN:
            return None
        if has_password(headers.get("authorization", ""), daemon.status_password.get_secret_value()):
            return None
        return PlainTextResponse(
            "password needed\n", 401, {"WWW-Authenticate": 'Basic realm="calbridge", charset="UTF-8"'}
        )


class Whole:
    """Answers in the app's place where it breaks: with a page of its own, and every header."""

    def __init__(self, app: ASGIApp, broken: Callable[[], Response]) -> None:
        self._app = app
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer; every page is made before the first byte of it is sent."""
        try:
            await self._app(scope, receive, send)
        except Exception:  # noqa: BLE001  the boundary of a page: uvicorn would tell nobody, and close the connection
            _log.exception("page failed")
            await self._broken()(scope, receive, send)


def is_own_name(host: str, address: tuple[str, int] | None) -> bool:
    """Whether a Host header names this machine itself, or the configured address.

    Where that stands for all addresses, any address will do, but no name: names are what rebinding needs.
    """
    name = (host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]).lower()
    own = "" if address is None else address[0].lower()
    if name in LOOPBACK or (name and name == own):
        return True
    return own in {"0.0.0.0", "::"} and _is_address(name)  # noqa: S104  compared, not bound


def has_password(authorization: str, password: str) -> bool:
    """Whether a Basic login (RFC 7617) carries the password, under whatever name; takes as long for any wrong one."""
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        _, _, given = b64decode(coded.strip(), validate=True).partition(b":")
    except (Base64Error, ValueError):
        return False
    return secrets.compare_digest(given, password.encode())


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
