"""HTTP to one calendar account, with bounds: time, size, redirects, and where credentials may go."""

import asyncio
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

import niquests
from niquests.cookies import extract_cookies_to_jar
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from calbridge.calendars import auth, failures, hrefs
from calbridge.calendars.connections import Connections

AuthKind: TypeAlias = Literal["auto", "basic", "digest", "bearer"]

ANSWER_LIMIT = 32 * 2**20  # bytes of one listing or multiget
REDIRECTS = 5
REPEATABLE = frozenset({"GET", "OPTIONS", "PROPFIND", "REPORT"})
ATTEMPTS = 3  # servers close kept-alive connections while we write to them


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the server. `password` is the token for Bearer."""

    username: str
    password: str = field(repr=False)
    kind: AuthKind


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer; `url` is where it came from after redirects, header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class BrokenOff(Exception):  # a fact about the connection; each method decides whether it is an error
    """The connection broke, or time ran out, after something may have been sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transport:
    """Sends requests of one account, and nothing to anybody but the server of `home`.

    `seconds` is the deadline of one request with everything that it takes: connection, login, redirects, repeats
    and the last byte of the body. The connections are shared with others; login and cookies are this account's.
    """

    _cookies: CookieJar | None = None

    def __init__(  # noqa: PLR0913  # what a request needs beyond itself
        self, login: Login, home: str, *, host: str, ca_file: str, proxy: str, seconds: float, connections: Connections
    ) -> None:
        self._login = login
        self._home = home
        self._host = host
        self._ca_file = ca_file
        self._proxy = proxy
        self._seconds = seconds
        self._connections = connections
        self._digest: auth.Digest | None = None

    def where(self, url: str) -> str:
        """The place for a problem: the host's name and the URL without its secrets."""
        return f"{self._host}: {hrefs.shown(url)}"

    async def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """One request and its complete answer, whatever its status but 401.

        Raises `CalendarDenied` for a 401 that no login of ours answers, `AnswerTooLarge` past `limit` bytes,
        `CalendarUnreachable` where nothing was sent or the method can be repeated, else `BrokenOff`.
        """
        if not hrefs.same_site(url, self._home):
            raise failures.elsewhere(self.where(self._home), hrefs.shown(url))
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(method, url, body, headers or {}, limit)
        except TimeoutError:
            broken = BrokenOff(f"no complete answer within {self._seconds:g} s")
        except BrokenOff as error:
            broken = error
        if method in REPEATABLE:
            raise failures.unreachable(self.where(url), broken.reason) from None
        raise broken

    async def _follow(self, method: str, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
        target = url
        for _ in range(REDIRECTS + 1):
            answer = await self._authenticated(method, target, body, headers, limit)
            if answer.status not in (301, 302, 307, 308) or "location" not in answer.headers:
                return answer
            location = urljoin(target, answer.headers["location"])
            if not hrefs.same_site(location, target):
                raise failures.elsewhere(self.where(url), hrefs.shown(location))
            target = location
        raise failures.not_caldav(self.where(url), "the server redirects in circles")

    async def _authenticated(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], limit: int
    ) -> Answer:
        cookies = self._cookies
        answer = await self._repeated(method, url, body, headers, limit)
        if answer.status == 401 and self._can_answer(answer):
            answer = await self._repeated(method, url, body, headers, limit)
        elif answer.status == 401 and cookies:  # a session that is over there spoils a login that is good
            self._cookies = None
            answer = await self._repeated(method, url, body, headers, limit)
        if answer.status == 401:
            raise failures.denied(self.where(url))
        return answer

    def _can_answer(self, answer: Answer) -> bool:
        """Take up a Digest challenge that is new to us: the first, or one with a fresh nonce."""
        if self._login.kind not in ("auto", "digest"):
            return False
        for challenge in auth.challenges(answer.headers.get("www-authenticate", "")):
            if challenge.scheme != "digest":
                continue
            if self._digest and self._digest.nonce == challenge.parameters.get("nonce"):
                return False  # our answer to this very challenge was refused
            try:
                self._digest = auth.Digest(
                    challenge, self._login.username, self._login.password, lambda: secrets.token_hex(8)
                )
            except ValueError:  # an algorithm we don't speak; the next challenge may be better
                continue
            return True
        return False

    def _authorization(self, method: str, url: str) -> str | None:
        match self._login.kind:
            case "bearer":
                return auth.bearer(self._login.password)
            case "basic":
                return auth.basic(self._login.username, self._login.password)
            case "auto" | "digest" if self._digest:
                parts = urlsplit(url)
                return self._digest.header(method, parts.path + (f"?{parts.query}" if parts.query else ""))
            case "auto" if not self._login.username:
                return auth.bearer(self._login.password)
            case "auto" if _private(url):
                # At once, not upon a challenge: some servers answer anonymous questions, and answer them wrongly.
                return auth.basic(self._login.username, self._login.password)
            case _:
                return None

    async def _repeated(self, method: str, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
        attempts = ATTEMPTS if method in REPEATABLE else 1
        while True:
            attempts -= 1
            try:
                return await self._once(method, url, body, headers, limit)
            except BrokenOff:
                if not attempts:
                    raise

    async def _once(self, method: str, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
        sent = dict(headers)
        if authorization := self._authorization(method, url):
            sent["Authorization"] = authorization
        session = self._connections.session(self._home, self._ca_file, self._proxy)
        try:
            response = await session.request(
                method,
                url,
                data=body or None,
                headers=sent,
                cookies=self._cookies,
                allow_redirects=False,
                stream=True,
                timeout=self._seconds,
            )
            names = _names(response)
            content = await self._read(response, names, url, limit)
        except niquests.exceptions.RequestException as error:
            raise self._fault(error, url) from None
        # niquests lets these through, and urllib3's own, where a server breaks HTTP itself.
        except (OSError, ValueError, TypeError, HTTPError):
            raise BrokenOff("the connection broke off") from None
        if "set-cookie" in names:
            self._keep_cookies(response)
        return Answer(response.status_code or 0, names, content, url)

    def _keep_cookies(self, response: niquests.AsyncResponse) -> None:
        """As a browser does, for this login alone: some servers begin a session with each request that has none."""
        if self._cookies is None:
            self._cookies = CookieJar()
        extract_cookies_to_jar(self._cookies, response.request, response.raw)

    async def _read(self, response: niquests.AsyncResponse, names: Mapping[str, str], url: str, limit: int) -> bytes:
        """The whole body; a connection whose answer was read to its end is free for others by itself."""
        announced = names.get("content-length", "")
        if not announced.isdecimal() or int(announced) <= limit:
            try:
                assert response.raw is not None  # it is, of an answer that came over a connection
                content: bytes = await response.raw.read(limit + 1, decode_content=True)
            except BaseException:
                await response.close()
                raise
            if len(content) <= limit:
                return content
        await response.close()
        raise failures.answer_too_large(self.where(url), limit)

    def _fault(self, error: niquests.exceptions.RequestException, url: str) -> Exception:  # a table
        """What a failure of the connection means. Its own text goes no further: it may hold a proxy's credentials."""
        exceptions = niquests.exceptions
        cause = getattr(error.args[0], "reason", None) if error.args else None
        match error, cause:
            case exceptions.SSLError(), _:
                return failures.untrusted(self.where(url))
            case exceptions.ProxyError(), _:
                return failures.unreachable(self.where(url), "the proxy can't be reached")
            case _, NameResolutionError():
                return failures.unreachable(self.where(url), "the server's name does not resolve")
            case (exceptions.ConnectTimeout(), _) | (_, NewConnectionError()):
                return failures.unreachable(self.where(url), "no connection to the server")
            case ((exceptions.InvalidURL() | exceptions.MissingSchema() | exceptions.InvalidSchema()), _):
                return failures.missing(self.where(url), "the url is none")
            case exceptions.Timeout(), _:
                return BrokenOff(f"no complete answer within {self._seconds:g} s")
            case _:
                return BrokenOff("the connection broke off")


def _names(response: niquests.AsyncResponse) -> dict[str, str]:
    return {str(key).lower(): str(value) for key, value in (response.headers or {}).items()}


def _private(url: str) -> bool:
    """Whether nobody can listen on the way: https, or this machine."""
    if url.startswith("https:"):
        return True
    parts = urlsplit(url)
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
