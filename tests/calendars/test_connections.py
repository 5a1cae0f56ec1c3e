"""Several logins share connections to a server, and nothing else."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from support.calendar_contract import event
from support.scripted_server import Reply, Request, Script, Scripted, Stream, scripted

from calbridge.calendars import Connections, DavAccount
from calbridge.errors import CalendarDenied, CalendarUnreachable

ALICE = "Basic YWxpY2U6d29yZA=="
ICS = Reply(200, event("a"), {"ETag": '"1"'})

Work = Callable[[DavAccount, DavAccount], Awaitable[object]]


def shared(script: Script, work: Work) -> Scripted:
    """What a server was asked by two users of the same connections."""

    async def scenario() -> Scripted:
        async with scripted(script) as server, Connections(4) as connections:
            alice, bob = (
                DavAccount(server.url, user, f"{user}-word", host=user, timeout=5, connections=connections)
                for user in ("alice", "bob")
            )
            await work(alice, bob)
            return server

    return asyncio.run(scenario())


async def get(account: DavAccount) -> None:
    """Read one object."""
    root = account._given
    assert await account.get(f"{root}cal/", f"{root}cal/a.ics")


async def in_turns(alice: DavAccount, bob: DavAccount) -> None:
    """Each reads twice."""
    for account in (alice, bob, alice, bob):
        await get(account)


def test_two_logins_use_one_connection() -> None:
    assert shared(lambda _: ICS, in_turns).connections == 1


def test_leaving_an_account_leaves_the_connections_to_the_others() -> None:
    async def work(alice: DavAccount, bob: DavAccount) -> None:
        async with alice:
            await get(alice)
        await get(bob)

    assert shared(lambda _: ICS, work).connections == 1


def test_each_request_carries_its_own_users_password() -> None:
    server = shared(lambda _: ICS, in_turns)
    sent = [each.headers["authorization"] for each in server.requests]
    assert sent[0] != sent[1]
    assert sent[:2] == sent[2:]


def test_a_cookie_goes_back_to_its_own_user_alone() -> None:
    def script(request: Request) -> Reply:
        cookie = f"session={request.headers['authorization'][-8:].strip('=')}; Path=/; HttpOnly"
        return Reply(200, ICS.body, {**ICS.headers, "Set-Cookie": cookie})

    server = shared(script, in_turns)
    sent = [(each.headers.get("cookie"), each.headers["authorization"][-8:].strip("=")) for each in server.requests]
    assert [cookie for cookie, _ in sent[:2]] == [None, None]
    assert [cookie for cookie, _ in sent[2:]] == [f"session={login}" for _, login in sent[2:]]


def test_a_cookie_for_a_path_elsewhere_is_not_sent() -> None:
    cookie = {"Set-Cookie": "session=1; Path=/elsewhere/"}
    server = shared(lambda _: Reply(200, ICS.body, {**ICS.headers, **cookie}), in_turns)
    assert [each.headers.get("cookie") for each in server.requests] == [None] * 4


def test_a_session_that_is_over_is_left_and_the_login_goes_on() -> None:
    sessions = iter(("old", "new"))
    over: set[str] = set()

    def script(request: Request) -> Reply:
        cookie = request.headers.get("cookie")
        if cookie in over:
            return Reply(401)
        if cookie is not None:
            over.add(cookie)
            return ICS
        return Reply(200, ICS.body, {**ICS.headers, "Set-Cookie": f"session={next(sessions)}; Path=/"})

    async def work(alice: DavAccount, bob: DavAccount) -> None:
        for _ in range(4):
            await get(alice)

    sent = [each.headers.get("cookie") for each in shared(script, work).requests]
    assert sent == [None, "session=old", "session=old", None, "session=new"]


def test_a_refused_password_is_tried_once_whatever_cookies_come_with_the_refusal() -> None:
    async def work(alice: DavAccount, bob: DavAccount) -> None:
        with pytest.raises(CalendarDenied):
            await get(alice)

    assert len(shared(lambda _: Reply(401, b"", {"Set-Cookie": "session=1; Path=/"}), work).requests) == 1


def test_each_user_answers_the_servers_challenge_with_her_own_name() -> None:
    challenge = {"WWW-Authenticate": 'Digest realm="dav", qop="auth", nonce="n"'}

    def script(request: Request) -> Reply:
        return ICS if request.headers["authorization"].startswith("Digest") else Reply(401, b"", challenge)

    server = shared(script, in_turns)
    digests = [each.headers["authorization"] for each in server.requests if "Digest" in each.headers["authorization"]]
    names = [re.findall(r'username="(\w+)"|nc=(\w+)', digest) for digest in digests]
    told = [(next(filter(None, (user for user, _ in pairs))), pairs[-1][1]) for pairs in names]
    assert told == [("alice", "00000001"), ("bob", "00000001"), ("alice", "00000002"), ("bob", "00000002")]


def late_for_alice(before: bytes, after: bytes) -> Script:
    """Whoever asks gets an object of her own; alice's comes in two parts, far apart."""

    def script(request: Request) -> Reply | Stream:
        if request.headers["authorization"] == ALICE:
            return slowly
        return Reply(200, event("bobs"), {"ETag": '"1"'})

    async def slowly(writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        await writer.drain()
        await asyncio.sleep(0.4)
        writer.write(after)
        await writer.drain()
        await asyncio.sleep(0.2)

    return script


@pytest.mark.parametrize("cut", [0, 20, 60, 130])
def test_what_comes_too_late_for_one_user_never_reaches_another(cut: int) -> None:
    body = event("alices")
    answer = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n' % len(body) + body

    async def scenario() -> list[bytes]:
        async with scripted(late_for_alice(answer[:cut], answer[cut:])) as server, Connections(1) as connections:
            alice = DavAccount(server.url, "alice", "word", host="alice", timeout=0.1, connections=connections)
            bob = DavAccount(server.url, "bob", "word", host="bob", timeout=5, connections=connections)
            got = []
            for _ in range(4):
                with pytest.raises(CalendarUnreachable):
                    await get(alice)
                got.append(await bob.get(f"{server.url}cal/", f"{server.url}cal/a.ics"))
                await asyncio.sleep(0.15)
            return [each.body for each in got if each is not None]

    assert asyncio.run(scenario()) == [event("bobs")] * 4


def test_another_authority_or_proxy_is_another_session() -> None:
    connections = Connections(4)
    plain = connections.session("https://dav.example.com/a", "", "")
    assert connections.session("https://DAV.example.com:443/b", "", "") is plain
    assert connections.session("https://dav.example.com/", "/etc/ca.pem", "") is not plain
    assert connections.session("https://dav.example.com/", "", "http://proxy.example.com") is not plain
    assert connections.session("https://other.example.com/", "", "") is not plain
