"""Where credentials go, what is repeated and what is not, and what a refused write means."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest
from support.caldav_servers import free_port
from support.calendar_contract import event
from support.scripted_server import Reply, Request, Script, Scripted, Stream, multistatus, scripted

from calbridge.calendars import DavAccount
from calbridge.calendars.transport import Login, _private
from calbridge.core.model import CalendarObject
from calbridge.errors import (
    CalendarDenied,
    CalendarError,
    CalendarGarbled,
    CalendarUnreachable,
    WriteConflict,
    WriteFailed,
    WriteRefused,
    WriteUnmatched,
)

BASIC = "Basic YWxpY2U6c2VjcmV0"
ICS = Reply(200, event("a"), {"ETag": '"1"'})


def visit(
    script: Script,
    work: Callable[[DavAccount, str], Awaitable[object]],
    *,
    username: str = "alice",
    auth: Literal["auto", "basic", "digest", "bearer"] = "auto",
) -> Scripted:
    """Run one scenario against a scripted server; what was asked. `work` gets the account and the server's URL."""

    async def scenario() -> Scripted:
        async with (
            scripted(script) as server,
            DavAccount(server.url, username, "secret", host="alice", auth=auth, timeout=5) as account,
        ):
            await work(account, server.url)
            return server

    return asyncio.run(scenario())


async def get(account: DavAccount, root: str) -> CalendarObject | None:
    """Read one object."""
    return await account.get(f"{root}cal/", f"{root}cal/a.ics")


async def put(account: DavAccount, root: str) -> None:
    """Write one object."""
    await account.put(CalendarObject(f"{root}cal/", f"{root}cal/a.ics", '"1"', event("a")), event("a", "Ours"))


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Say nothing and close the connection."""
    writer.close()


# --- login ----------------------------------------------------------------------------------------------------------


def test_basic_is_sent_before_anybody_asks() -> None:
    server = visit(lambda _: ICS, get)
    assert [each.headers["authorization"] for each in server.requests] == [BASIC]


def test_bearer_is_what_a_password_without_a_user_is() -> None:
    server = visit(lambda _: ICS, get, username="")
    assert server.requests[0].headers["authorization"] == "Bearer secret"


def digest_server(nonces: list[str]) -> Script:
    """Wants Digest with the first of `nonces`, which lives for two requests."""
    used = 0

    def script(request: Request) -> Reply:
        nonlocal used
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', request.headers.get("authorization", "")))
        if given.get("nonce") == nonces[0] and used < 2 and given.get("response") == answer(request, given):
            used += 1
            return ICS
        stale = given.get("nonce") == nonces[0]
        if stale:
            nonces.pop(0)
            used = 0
        challenge = f'Digest realm="dav", qop="auth", nonce="{nonces[0]}", opaque="o", stale={str(stale).lower()}'
        return Reply(401, b"<html/>", {"WWW-Authenticate": challenge})

    def answer(request: Request, given: dict[str, str]) -> str:
        secret, asked = (md5(text) for text in ("alice:dav:secret", f"{request.method}:{request.path}"))
        return md5(f"{secret}:{given['nonce']}:{given['nc']}:{given['cnonce']}:auth:{asked}")

    return script


def md5(text: str) -> str:
    """Hexadecimal MD5."""
    return hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize(("auth", "first"), [("auto", BASIC), ("digest", None)])
def test_digest_answers_its_challenge_and_then_needs_no_other(
    auth: Literal["auto", "digest"], first: str | None
) -> None:
    async def twice(account: DavAccount, root: str) -> None:
        assert await get(account, root)
        assert await get(account, root)

    server = visit(digest_server(["n1"]), twice, auth=auth)
    assert len(server.requests) == 3
    assert server.requests[0].headers.get("authorization") == first


def test_a_stale_nonce_is_replaced() -> None:
    async def thrice(account: DavAccount, root: str) -> None:
        for _ in range(3):
            assert await get(account, root)

    assert len(visit(digest_server(["n1", "n2"]), thrice).requests) == 5


@pytest.mark.parametrize("challenge", ['Basic realm="x"', 'Digest realm="x", nonce="always", qop="auth"', ""])
def test_a_login_that_fails_is_not_tried_for_ever(challenge: str) -> None:
    asked = 0

    def script(_: Request) -> Reply:
        nonlocal asked
        asked += 1
        return Reply(401, b"", {"WWW-Authenticate": challenge})

    with pytest.raises(CalendarDenied) as raised:
        visit(script, get)
    assert asked <= 2
    assert "secret" not in repr(raised.value.problem)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://dav.example.com/", True),
        ("http://127.0.0.1:5232/", True),
        ("http://[::1]/", True),
        ("http://localhost/", True),
        ("http://dav.example.com/", False),
        ("http://192.0.2.1/", False),
    ],
)
def test_a_password_is_not_sent_unasked_where_others_can_listen(url: str, private: bool) -> None:
    assert _private(url) is private


def test_a_login_does_not_show_its_password() -> None:
    assert "secret" not in repr(Login("alice", "secret", "auto"))


def test_the_environments_netrc_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login mallory password word\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with pytest.raises(CalendarDenied):  # nobody asked for Digest, so nothing may be sent
        visit(lambda request: ICS if "authorization" in request.headers else Reply(401), get, auth="digest")


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> list[Request]:
        async with scripted(lambda _: ICS) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.setenv("no_proxy", "")
            async with DavAccount("http://dav.invalid/", "alice", "secret", host="alice", timeout=5) as account:
                with pytest.raises(CalendarUnreachable):
                    await get(account, "http://dav.invalid/")
            return proxy.requests

    assert asyncio.run(scenario()) == []


def test_a_configured_proxy_is_used() -> None:
    async def scenario() -> list[Request]:
        async with (
            scripted(lambda _: ICS) as proxy,
            DavAccount("http://dav.example.com/", "alice", "secret", host="alice", proxy=proxy.url) as account,
        ):
            await get(account, "http://dav.example.com/")
            return proxy.requests

    assert [each.path for each in asyncio.run(scenario())] == ["http://dav.example.com/cal/a.ics"]


# --- redirects ------------------------------------------------------------------------------------------------------


def test_a_redirect_keeps_method_body_and_login_on_its_own_server() -> None:
    def script(request: Request) -> Reply:
        return Reply(301, b"", {"Location": "/dav/a.ics"}) if request.path.startswith("/cal/") else Reply(204)

    server = visit(script, put)
    assert [(each.method, each.path) for each in server.requests] == [("PUT", "/cal/a.ics"), ("PUT", "/dav/a.ics")]
    assert server.requests[0].body == server.requests[1].body
    assert server.requests[1].headers["authorization"] == BASIC


def test_a_redirect_to_another_server_is_a_problem_and_is_not_followed() -> None:
    async def scenario() -> tuple[CalendarGarbled, Scripted]:
        async with scripted(lambda _: ICS) as other:
            moved = Reply(302, b"", {"Location": f"{other.url}cal/a.ics"})
            async with scripted(lambda _: moved) as server, DavAccount(server.url, "a", "b", host="h") as account:
                with pytest.raises(CalendarGarbled) as raised:
                    await get(account, server.url)
                return raised.value, other

    error, other = asyncio.run(scenario())
    assert (error.problem.rule, other.requests) == ("calendar.elsewhere", [])
    assert other.url in error.problem.hint


def test_a_calendar_of_another_server_is_not_visited() -> None:
    async def scenario() -> list[Request]:
        async with scripted(lambda _: ICS) as other, DavAccount("https://a.example/", "a", "b", host="h") as account:
            with pytest.raises(CalendarGarbled):
                await get(account, other.url)
            return other.requests

    assert asyncio.run(scenario()) == []


def test_redirects_in_a_circle_end() -> None:
    with pytest.raises(CalendarGarbled, match="circles"):
        visit(lambda request: Reply(307, b"", {"Location": request.path}), get)


# --- broken connections ---------------------------------------------------------------------------------------------


def test_a_read_is_repeated_when_the_connection_was_dropped() -> None:
    replies: list[Reply | Stream] = [ICS, hang_up, ICS]

    async def twice(account: DavAccount, root: str) -> None:
        assert await get(account, root)
        assert await get(account, root)

    assert len(visit(lambda _: replies.pop(0), twice).requests) == 3


def test_a_read_is_not_repeated_for_ever() -> None:
    asked: list[str] = []

    def script(request: Request) -> Stream:
        asked.append(request.method)
        return hang_up

    with pytest.raises(CalendarUnreachable):
        visit(script, get)
    assert asked == ["GET"] * 3


def test_a_body_that_is_cut_short_is_no_answer() -> None:
    async def cut(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nBEGIN:VCALENDAR\r\n")
        await writer.drain()

    with pytest.raises(CalendarUnreachable):
        visit(lambda _: cut, get)


def test_what_is_not_http_is_unreachable() -> None:
    async def babble(writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await writer.drain()

    with pytest.raises(CalendarUnreachable):
        visit(lambda _: babble, get)


def test_a_write_that_broke_off_is_sent_once_and_must_be_looked_at() -> None:
    asked: list[str] = []

    def script(request: Request) -> Stream:
        asked.append(request.method)
        return hang_up

    with pytest.raises(WriteConflict):
        visit(script, put)
    assert asked == ["PUT"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "http://no-such-host.invalid/", "https://127.0.0.1:{port}/"]
)
def test_nobody_there_is_unreachable_also_for_a_write(url: str) -> None:
    async def scenario(work: Callable[[DavAccount, str], Awaitable[object]]) -> None:
        root = url.format(port=free_port())
        async with DavAccount(root, "alice", "secret", host="alice", timeout=5) as account:
            await work(account, root)

    for work in (get, put):
        with pytest.raises(CalendarUnreachable) as raised:
            asyncio.run(scenario(work))
        assert raised.value.problem.where.startswith("alice: http")


@pytest.mark.parametrize(
    "url", ["", "dav.example.com", "http://", "http://h:port/", "ftp://dav.example.com/", "http://[/"]
)
def test_a_url_that_is_none_is_a_problem(url: str) -> None:
    async def scenario() -> None:
        async with DavAccount(url, "alice", "secret", host="alice", timeout=5) as account:
            await account.discover()

    with pytest.raises(CalendarError):
        asyncio.run(scenario())


def test_a_url_with_a_password_in_it_does_not_show_it() -> None:
    async def scenario() -> None:
        url = f"http://alice:word@127.0.0.1:{free_port()}/?key=word"
        async with DavAccount(url, "alice", "secret", host="alice", timeout=5) as account:
            await account.discover()

    with pytest.raises(CalendarUnreachable) as raised:
        asyncio.run(scenario())
    assert "word" not in repr(raised.value) + repr(raised.value.problem)


# --- writes ---------------------------------------------------------------------------------------------------------


def condition(name: str, namespace: str = "urn:ietf:params:xml:ns:caldav") -> bytes:
    """An error body that names a precondition."""
    return f'<d:error xmlns:d="DAV:" xmlns:x="{namespace}"><x:{name}/></d:error>'.encode()


@pytest.mark.parametrize(
    ("reply", "error", "rule"),
    [
        (Reply(412), WriteUnmatched, "write.conflict"),
        (Reply(412, b"<html/>"), WriteConflict, "write.conflict"),
        (Reply(412, condition("exception", "http://sabredav.org/ns")), WriteConflict, "write.conflict"),
        (Reply(423), WriteConflict, "write.conflict"),
        (Reply(500), WriteFailed, "write.failed"),
        (Reply(404), WriteConflict, "write.conflict"),
        (Reply(412, condition("no-uid-conflict")), WriteRefused, "write.no-uid-conflict"),
        (Reply(409, condition("no-uid-conflict")), WriteRefused, "write.no-uid-conflict"),
        (Reply(412, condition("attendee-allowed")), WriteRefused, "write.attendee-allowed"),
        (Reply(403, condition("need-privileges", "DAV:")), WriteRefused, "write.need-privileges"),
        (Reply(403), WriteRefused, "write.refused"),
        (Reply(413), WriteRefused, "write.refused"),
        (Reply(507, condition("quota-not-exceeded", "DAV:")), WriteRefused, "write.quota-not-exceeded"),
        (Reply(401), CalendarDenied, "calendar.denied"),
        (Reply(503), CalendarUnreachable, "calendar.unreachable"),
        (Reply(429), CalendarUnreachable, "calendar.unreachable"),
        (Reply(200, b"<html/>"), None, ""),
        (Reply(204), None, ""),
    ],
)
def test_a_write_is_stored_or_says_why_not(reply: Reply, error: type[CalendarError] | None, rule: str) -> None:
    if error is None:
        assert visit(lambda _: reply, put).methods() == ["PUT"]
        return
    with pytest.raises(error) as raised:
        visit(lambda _: reply, put)
    assert raised.value.problem.rule == rule


def test_a_write_is_guarded_and_says_what_it_is() -> None:
    (request,) = visit(lambda _: Reply(204), put).requests
    assert (request.headers["if-match"], request.headers["content-type"]) == ('"1"', "text/calendar; charset=utf-8")
    assert request.body == event("a", "Ours")


def test_connections_are_kept() -> None:
    async def thrice(account: DavAccount, root: str) -> None:
        for _ in range(3):
            await get(account, root)

    assert visit(lambda _: ICS, thrice).connections == 1


def test_an_answer_in_xml_that_makes_no_sense_is_a_problem_too() -> None:
    nonsense = multistatus("<d:response/>", "<d:response><d:href>http://[/</d:href></d:response>")
    with pytest.raises(CalendarError):
        visit(lambda _: nonsense, lambda account, _: account.discover())
