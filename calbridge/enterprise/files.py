"""Files to and from pre-signed URLs: streamed, bounded in time, and without any of the account's tokens.

A pre-signed URL is a secret of its own; problems name its host only. Redirects are followed (the reference says
`curl -L`), never to plain http unless the platform itself is reached by it, as on loopback.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import niquests

from calbridge.core.problem import Problem
from calbridge.enterprise.answer import unknown
from calbridge.enterprise.transport import lost, new_session
from calbridge.errors import NotFound, PlatformError, Refused

CHUNK: Final = 256 * 1024
MAX_REDIRECTS: Final = 5
_MOVED: Final = frozenset({301, 302, 307, 308})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Content:
    """What to upload: `size` bytes, which `chunks` yields, from the beginning each time that it is called."""

    size: int
    chunks: Callable[[], AsyncIterator[bytes]]

    @classmethod
    def of(cls, path: Path) -> Self:
        """A file's content. Raises `OSError`."""
        return cls(path.stat().st_size, lambda: _chunks(path))

    def __len__(self) -> int:
        return self.size

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.chunks()


@dataclass(frozen=True, slots=True)
class Files:
    """The way to file stores. `plain`: http will do."""

    ca_file: str | None
    proxy: str | None
    plain: bool

    async def put(self, url: str, content: Content, seconds: float, what: str) -> None:
        """Send `content`, called `what` in problems. Raises `PlatformError`s only."""
        async with new_session(self.ca_file, self.proxy, 1) as session:
            transfer = _Transfer(session, what, seconds, plain=self.plain)
            await (await transfer.begin("PUT", url, content)).close()

    async def get(self, url: str, target: Path, seconds: float) -> int:
        """Receive into `target`, which is replaced only once all is there; count the bytes."""
        async with new_session(self.ca_file, self.proxy, 1) as session:
            transfer = _Transfer(session, "file", seconds, plain=self.plain)
            response = await transfer.begin("GET", url, None)
            file = await asyncio.to_thread(_beside, target)
            with file:
                try:
                    received = await transfer.receive(response, file.write)
                    await asyncio.to_thread(file.flush)
                    await asyncio.to_thread(Path(file.name).replace, target)
                finally:
                    await asyncio.to_thread(Path(file.name).unlink, missing_ok=True)
                    await response.close()
        return received


class _Transfer:
    """One file on its way, with a deadline from now."""

    def __init__(self, session: niquests.AsyncSession, what: str, seconds: float, *, plain: bool) -> None:
        self._session, self._what, self._seconds, self._plain = session, what, seconds, plain
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._where = what
        self._sent = False

    async def begin(self, method: str, url: str, content: Content | None) -> niquests.AsyncResponse:
        """Ask, through redirects, until a 2xx begins."""
        for _ in range(MAX_REDIRECTS + 1):
            self._aim(url)
            response = await self._in_time(self._ask(method, url, content))
            status, location = response.status_code or 0, response.headers.get("Location")
            if 200 <= status < 300:
                return response
            await response.close()
            if status not in _MOVED or not location:
                raise self._refusal(status)
            url = urljoin(url, str(location))
        raise unknown(self._where, f"it moved more than {MAX_REDIRECTS} times")

    async def receive(self, response: niquests.AsyncResponse, write: Callable[[bytes], int]) -> int:
        """Read to the end. `write` is called in a thread; what it raises is not ours."""
        received, chunks = 0, aiter(await response.iter_content(CHUNK))
        while chunk := await self._in_time(anext(chunks, b"")):
            received += await asyncio.to_thread(write, chunk)
        return received

    async def _ask(self, method: str, url: str, content: Content | None) -> niquests.AsyncResponse:
        size = {} if content is None else {"Content-Length": str(content.size)}
        return await self._session.request(
            method,
            url,
            data=content,
            headers={"Accept": "*/*", "Connection": "close", **size},
            timeout=self._seconds,
            allow_redirects=False,
            hooks={"pre_send": [self._mark]},
            stream=True,
        )

    def _mark(self, _: niquests.PreparedRequest | niquests.Response) -> None:
        self._sent = True

    def _aim(self, url: str) -> None:
        parts = urlsplit(url)
        self._where = f"{parts.hostname} {self._what}"
        if parts.scheme != "https" and not (self._plain and parts.scheme == "http"):
            hint = "ask the platform's support: a file's content must not travel unprotected"
            raise Refused(Problem(self._where, "platform.file-url", "its URL is not https", hint))

    async def _in_time(self, step: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await step
        except Exception as error:  # noqa: BLE001  whatever the HTTP stack raises; its text may quote the URL
            raise lost(self._where, error, self._seconds, sent=self._sent) from None

    def _refusal(self, status: int) -> PlatformError:
        reason = f"it answered {status}"
        if status == 404:
            return NotFound(Problem(self._where, "platform.not-found", reason, "fetch the link anew"), status=status)
        if 400 <= status < 500:
            hint = "fetch the link anew: such links expire"
            return Refused(Problem(self._where, "platform.refused", reason, hint), status=status)
        return unknown(self._where, reason, status)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


def _beside(target: Path) -> IO[bytes]:
    return tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False)
