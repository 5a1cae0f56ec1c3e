"""The Enterprise API: one account, its session and its budget (`answer` knows what an answer means, `transport` HTTP).

async with Enterprise("https://acme.example.com", api_token) as api:
    held = await api.call(conference.FETCH, conference.FetchRequest(conference_id=183))
    async for row in api.rows(conference.FETCH_ALL, conference.FetchAllRequest(host_id=9)):
        ...
    file = await api.upload(9, "slides.pdf", Content.of(Path("slides.pdf")))
    await api.download(file.download_link, Path("copy.pdf"))
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, Self, TypeVar

from calbridge.enterprise import drive
from calbridge.enterprise.answer import Answer, read_page, read_response, throttled, unanswered, unknown
from calbridge.enterprise.authentication import AUTHENTICATE, AuthenticateRequest
from calbridge.enterprise.endpoint import Endpoint, Retry, WireRequest, WireResponse
from calbridge.enterprise.files import Content, Files
from calbridge.enterprise.transport import Post, Transport
from calbridge.errors import NotSent, OutcomeUnknown, PlatformError, Refused, Throttled, Unauthorized

MAX_PAGES: Final = 2000
"""Pages of a listing after which it is given up."""

RequestT = TypeVar("RequestT", bound=WireRequest)
ResponseT = TypeVar("ResponseT")
ItemT = TypeVar("ItemT", bound=WireResponse)
ResultT = TypeVar("ResultT")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """The account's budget, how patient a read is, and whose clock and chance it goes by.

    `concurrency` requests are under way at once. A read is tried `tries` times, `backoff` seconds (doubling, with
    jitter) apart; a Retry-After is waited out up to `patience` seconds. `monotonic` counts seconds, `now` is aware,
    `random` lies in [0, 1).
    """

    concurrency: int = 8
    tries: int = 3
    backoff: float = 0.5
    patience: float = 10.0
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random


class Enterprise:
    """One account. `url` is the company's (/enterprise_api/ is added); use it as an async context manager.

    `timeout`, in seconds, bounds each request from connecting to the last byte; a read is not tried again where
    that could take it past three of them. `ca_file` replaces the system's authorities, and neither netrc nor the
    environment's proxies are heeded. `sessions` counts those that were begun. Every method raises
    `PlatformError`s only.
    """

    def __init__(
        self,
        url: str,
        api_token: str,
        *,
        timeout: float = 30.0,
        ca_file: str | None = None,
        proxy: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._pace = pace or Pace()
        self._api_token = api_token
        self._timeout = timeout
        self._transport = Transport(
            url,
            timeout=timeout,
            ca_file=ca_file,
            proxy=proxy,
            concurrency=self._pace.concurrency,
            now=self._pace.now,
        )
        self._files = Files(ca_file, proxy, plain=url.startswith("http:"))
        self._auth_token: str | None = None
        self._renewal: asyncio.Task[str] | None = None
        self.sessions = 0
        self._quiet_until = 0.0

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
        await self._transport.__aexit__()

    async def call(self, endpoint: Endpoint[RequestT, ResponseT], request: RequestT) -> ResponseT:
        """Call an endpoint. Reads are tried again where that may help, writes never; a 401 renews the session once.

        Of a listing in pages this is one page, that of the request's `page`; `rows` and `pages` walk through all.
        """
        return await self._tries(endpoint, request, partial(read_response, endpoint))

    async def rows(self, endpoint: Endpoint[RequestT, list[ItemT]], request: RequestT) -> AsyncIterator[ItemT]:
        """Walk through a listing row by row, page after page, as `pages` does."""
        async for rows in self.pages(endpoint, request):
            for row in rows:
                yield row

    async def pages(self, endpoint: Endpoint[RequestT, list[ItemT]], request: RequestT) -> AsyncIterator[list[ItemT]]:
        """Walk through a listing's pages to its end; a cursor that comes twice raises `OutcomeUnknown`."""
        where = self._transport.where(endpoint.path)
        cursors: set[str | int] = set()
        for _ in range(MAX_PAGES):
            rows, cursor = await self.page(endpoint, request)
            yield rows
            if cursor is None:
                return
            if cursor in cursors:
                raise unknown(where, "its pages go round in a circle")
            cursors.add(cursor)
            request = request.model_copy(update={"page": cursor})
        raise unknown(where, f"its listing has more than {MAX_PAGES} pages")

    async def page(
        self, endpoint: Endpoint[RequestT, list[ItemT]], request: RequestT
    ) -> tuple[list[ItemT], str | int | None]:
        """Fetch one page of a listing, that of the request's `page`: its rows, and the next page's `page`, or None."""
        return await self._tries(endpoint, request, partial(read_page, endpoint))

    async def upload(
        self, host_id: int, filename: str, content: Content, *, seconds: float | None = None
    ) -> drive.FileResponse:
        """Put a file on a host's drive: announce it, send it to the pre-signed URL, say that it is there.

        `seconds` bound the sending, the account's `timeout` where None. A failure leaves the announced file, whose id
        the problem names, for drive/file/delete to remove.
        """
        created = await self.call(drive.CREATE, drive.CreateRequest(host_id=host_id, filename=filename))
        await self._files.put(created.upload_url, content, seconds or self._timeout, f"file {created.id}")
        return await self.call(drive.FINISH_UPLOAD, drive.FinishUploadRequest(host_id=host_id, id=created.id))

    async def download(self, link: str, target: Path, *, seconds: float | None = None) -> int:
        """Fetch what a `download_link` (a drive file's, a recording's) leads to, and count its bytes.

        `target` is written once all is there, and then readable by its owner only. `seconds` bound it, the account's
        `timeout` where None. Raises `OSError` as well, where `target` can't be written.
        """
        return await self._files.get(link, target, seconds or self._timeout)

    async def _tries(
        self, endpoint: Endpoint[RequestT, ResponseT], request: RequestT, read: Callable[[Answer, str], ResultT]
    ) -> ResultT:
        tries = self._pace.tries if endpoint.retry is Retry.READ else 1
        deadline = self._pace.monotonic() + 3 * self._timeout
        for attempt in range(1, tries):
            try:
                return await self._authenticated(endpoint, request, read)
            except (NotSent, Throttled, OutcomeUnknown) as error:
                delay = self._delay(error, attempt)
                if delay > self._pace.patience or self._pace.monotonic() + delay + self._timeout > deadline:
                    raise
            await self._pace.sleep(delay)
        return await self._authenticated(endpoint, request, read)

    def _delay(self, error: PlatformError, attempt: int) -> float:
        if isinstance(error, Throttled):
            return error.retry_after
        return self._pace.backoff * (1 << attempt - 1) * (0.5 + self._pace.random())

    async def _authenticated(
        self, endpoint: Endpoint[RequestT, ResponseT], request: RequestT, read: Callable[[Answer, str], ResultT]
    ) -> ResultT:
        """Send with the account's token; after a 401, which did nothing, once more with a renewed one."""
        token = await self._token(failed=None)
        try:
            return await self._send(endpoint, request, token, read)
        except Unauthorized:
            token = await self._token(failed=token)
        return await self._send(endpoint, request, token, read)

    async def _token(self, *, failed: str | None) -> str:
        """The account's one token; a new one where there is none or it is the failed one, shared by all who wait."""
        if self._auth_token is not None and self._auth_token != failed:
            return self._auth_token
        if self._renewal is None:
            self._auth_token = None
            self._renewal = asyncio.create_task(self._renew())
            self._renewal.add_done_callback(_retrieved)
        return await asyncio.shield(self._renewal)  # one caller's end must not be the others'

    async def _renew(self) -> str:
        request = AuthenticateRequest(api_token=self._api_token)
        try:
            response = await self._send(AUTHENTICATE, request, self._api_token, partial(read_response, AUTHENTICATE))
        except Unauthorized:
            raise
        except Refused as error:  # the API token's, not the waiting request's
            raise Unauthorized(error.problem, message=error.message, status=error.status) from None
        except OutcomeUnknown as error:  # of the session; the request that waits for it was not sent
            raise NotSent(error.problem, message=error.message, status=error.status) from None
        finally:
            self._renewal = None
        self._auth_token = response.auth_token
        self.sessions += 1
        return response.auth_token

    async def _send(
        self,
        endpoint: Endpoint[RequestT, ResponseT],
        request: RequestT,
        token: str,
        read: Callable[[Answer, str], ResultT],
    ) -> ResultT:
        where = self._transport.where(endpoint.path)
        await self._pause(where)
        payload = request.payload()
        if endpoint.authenticated:
            payload["auth_token"] = token
        secrets = tuple(filter(None, (self._api_token, token, *request.secrets())))
        # A kept connection may be dying unseen, and a write on it would end in doubt: it gets a fresh one.
        fresh = endpoint.retry is not Retry.READ
        try:
            answer = await self._transport.send(
                Post(endpoint.path, payload, secrets, fresh=fresh, method=endpoint.method)
            )
            return read(answer, where)
        except OutcomeUnknown as error:
            raise unanswered(error) if endpoint.retry is Retry.READ else error from None
        except Throttled as error:
            self._quiet_until = max(self._quiet_until, self._pace.monotonic() + error.retry_after)
            raise

    async def _pause(self, where: str) -> None:
        """Keep quiet for as long as a 429 asked of the account: wait a short while, give up before a long one."""
        rest = self._quiet_until - self._pace.monotonic()
        if rest > self._pace.patience:
            raise throttled(where, "it asked for a pause, which is not over", rest)
        if rest > 0:
            await self._pace.sleep(rest)


def _retrieved(renewal: asyncio.Task[str]) -> None:
    """Take note of a failure, which nobody may be left to wait for."""
    if not renewal.cancelled():
        renewal.exception()
