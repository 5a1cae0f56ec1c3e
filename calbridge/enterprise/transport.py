"""One request over HTTP: a complete answer, or the certainty or doubt whether it went out.

This and `files`, which carries files, alone import niquests.

niquests tells by its `pre_send` hook, called once a connection stands and before the first byte of the request: what
fails before was not sent, what fails after may have been done. Traps of urllib3-future that the options here avoid:
over HTTP/2 and HTTP/3 it repeats a request of its own accord, whatever `retries` says, when the server asks for
another version; it checks certificates' revocation at third parties; it takes netrc, proxies and CA bundles from the
environment.
"""

import asyncio
import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self, TypeAlias
from urllib.parse import urlsplit

import niquests

from calbridge import __version__
from calbridge.core.problem import Problem
from calbridge.enterprise.answer import Answer, unknown
from calbridge.errors import NotSent, PlatformError

MAX_BODY: Final = 32 * 1024 * 1024
"""Bytes of an answer after which it is given up."""

_Hook: TypeAlias = Callable[[niquests.PreparedRequest | niquests.Response], None]


@dataclass(frozen=True, slots=True)
class Post:
    """One request. `fresh`: on a connection of its own. `secrets` are taken out of an error, which may quote them."""

    path: str
    payload: dict[str, Any]  # Any: JSON
    secrets: tuple[str, ...] = field(repr=False)
    fresh: bool
    method: str = "POST"


class Transport:
    """The way to one server. `timeout`, in seconds, runs from connecting to the last byte, however slowly they drip."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        ca_file: str | None,
        proxy: str | None,
        concurrency: int,
        now: Callable[[], datetime],
    ) -> None:
        self._base = url.rstrip("/") + "/enterprise_api/"
        self._host = urlsplit(url).hostname or url
        self._timeout = timeout
        self._now = now
        self._slots = asyncio.Semaphore(concurrency)
        self._kept = new_session(ca_file, proxy, concurrency)
        self._fresh = new_session(ca_file, proxy, concurrency)
        self._fresh.headers["Connection"] = "close"
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._resources.enter_async_context(self._kept)
        await self._resources.enter_async_context(self._fresh)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._resources.aclose()

    def where(self, path: str) -> str:
        """Name a request in problems: the server and the endpoint."""
        return f"{self._host} {path}"

    async def send(self, post: Post) -> Answer:
        """Send once, never again. Raises `NotSent` or `OutcomeUnknown` where no complete answer came."""
        sent = False

        def mark(_: niquests.PreparedRequest | niquests.Response) -> None:
            nonlocal sent
            sent = True

        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout):
                    return await self._exchange(post, mark)
            except Exception as error:  # noqa: BLE001  whatever the HTTP stack raises, all that counts is: was it sent?
                # Not chained: the text of the error may quote a proxy's credentials.
                raise lost(self.where(post.path), error, self._timeout, sent=sent) from None

    async def _exchange(self, post: Post, mark: _Hook) -> Answer:
        session = self._fresh if post.fresh else self._kept
        response = await session.request(
            post.method,
            self._base + post.path,
            data=json.dumps(post.payload).encode(),
            headers={"Content-Type": "application/json"},
            timeout=self._timeout,
            allow_redirects=False,
            hooks={"pre_send": [mark]},
            stream=True,
        )
        body = await _read(response)
        status = response.status_code or 0
        return Answer(
            status=status,
            content_type=str(response.headers.get("Content-Type", "")),
            retry_after=response.headers.get("Retry-After"),
            received=self._now(),
            body=body if 200 <= status < 300 else _without(post.secrets, body),
        )


def lost(where: str, error: Exception, timeout: float, *, sent: bool) -> PlatformError:
    """What an error of the HTTP stack means, in words that quote nothing of it."""
    cause = _cause(error, timeout)
    if sent:
        return unknown(where, f"no complete answer: {cause}")
    hint = "check [platform] url, the network and, where set, ca_file and proxy"
    return NotSent(Problem(where, "platform.unreachable", f"no connection: {cause}", hint))


def _without(secrets: tuple[str, ...], body: bytes) -> bytes:
    """The body, with what it quotes of our secrets taken out, as they are and as JSON may write them."""
    for secret in secrets:
        written = json.dumps(secret)[1:-1]
        for quoted in (secret, written, written.replace("/", r"\/")):
            body = body.replace(quoted.encode(), b"[hidden]")
    return body


class _TooLarge(Exception):
    pass


async def _read(response: niquests.AsyncResponse) -> bytes:
    body = bytearray()
    try:
        async for chunk in await response.iter_content(65536):
            body += chunk
            if len(body) > MAX_BODY:
                raise _TooLarge
    finally:
        await response.close()
    return bytes(body)


def new_session(ca_file: str | None, proxy: str | None, connections: int) -> niquests.AsyncSession:
    """Make a session that repeats nothing, follows nothing and heeds nothing of the environment."""
    session = niquests.AsyncSession(
        headers={
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # so that what arrives is no larger than what we count
            "User-Agent": f"calbridge/{__version__}",
        },
        verify=ca_file or True,
        proxies={"http": proxy, "https": proxy} if proxy else {},
        pool_maxsize=connections,
        retries=0,
        disable_http2=True,
        disable_http3=True,
        revocation_configuration=None,
        allow_incoming_cookies=False,
    )
    session.trust_env = False
    return session


def _cause(error: Exception, timeout: float) -> str:
    """Say what failed, in words that hold no URL and no credentials."""
    for link in _chain(error):
        if said := _words(link, timeout):
            return said
    match error:
        case niquests.exceptions.ChunkedEncodingError():
            return "the answer was cut short"
        case niquests.exceptions.ConnectionError():
            return "the connection broke off, or did not speak HTTP"
        case _:
            return type(error).__name__


def _words(link: BaseException, timeout: float) -> str | None:
    match link:
        case _TooLarge():
            return f"it is larger than {MAX_BODY // 1024 // 1024} MiB"
        case ssl.SSLCertVerificationError():
            return f"the certificate is not accepted ({link.verify_message})"
        case ssl.SSLError():
            return f"TLS failed ({link.reason or 'no reason given'})"
        case socket.gaierror():
            return "the host's name can't be resolved"
        case TimeoutError() | niquests.exceptions.Timeout():
            return f"not done within {timeout:g} s"
        case OSError(errno=int(number)):
            return os.strerror(number)  # its own text may name an address
        case _:
            return None


def _chain(error: Exception) -> list[BaseException]:
    """The error and what it came from, innermost first; urllib3 also keeps causes in `args` and `reason`."""
    return list(reversed(list(_causes(error, set()))))


def _causes(link: object, seen: set[int]) -> Iterator[BaseException]:
    if not isinstance(link, BaseException) or id(link) in seen:
        return
    seen.add(id(link))
    yield link
    for cause in (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__):
        yield from _causes(cause, seen)
