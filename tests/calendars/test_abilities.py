"""What calendar servers say they can do: the two from PyPI, and odder ones that are scripted."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from support.caldav_servers import PASSWORD, Server, radicale, request, xandikos
from support.ical import calendar_object, vevent
from support.scripted_server import CALENDAR, Reply, Request, etag, found, multistatus, scripted

from calbridge.calendars import Abilities, DavAccount


@pytest.fixture(scope="module", params=[radicale, xandikos], ids=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests."""
    with request.param(tmp_path_factory.mktemp("caldav")) as running:
        yield running


def asked(url: str) -> Abilities:
    """What it says of one calendar."""

    async def ask() -> Abilities:
        async with DavAccount(url, "alice", PASSWORD, host="alice") as dav:
            return await dav.abilities(url)

    return asyncio.run(ask())


def test_a_real_server_guards_writes_and_has_sync_tokens(server: Server) -> None:
    url = server.calendar_urls["alice"]
    assert asked(url).etags == "empty"
    request(f"{url}one.ics", "PUT", "alice", calendar_object(vevent(uid="one", summary="One")).encode())
    seen = asked(url)
    assert (seen.sync_token, seen.ctag, seen.etags) == (True, True, "strong")


Script = Callable[[Request], Reply]


def _server(*, dav: str = "1, calendar-access", members: tuple[str, ...] = (), more: str = "") -> Script:
    def answer(request: Request) -> Reply:
        if request.method == "OPTIONS":
            return Reply(200, b"", {"DAV": dav, "Server": "Scripted/1"})
        if request.path == "/me/":
            return multistatus(
                found("/me/", "<c:schedule-outbox-URL><d:href>/me/out/</d:href></c:schedule-outbox-URL>")
            )
        itself = found("/cal/", CALENDAR + more)
        return multistatus(itself, *(found(f"/cal/{n}.ics", each) for n, each in enumerate(members)))

    return answer


def scripted_abilities(script: Script) -> Abilities:
    """What is made of a server that answers like this."""

    async def ask() -> Abilities:
        async with scripted(script) as server, DavAccount(server.url, "alice", PASSWORD, host="alice") as dav:
            return await dav.abilities(f"{server.url}cal/")

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("members", "etags"),
    [
        ((), "empty"),
        ((etag('"1"'), etag('"2"')), "strong"),
        ((etag('"1"'), etag('W/"2"')), "weak"),
        ((etag('W/"1"'), ""), "none"),
    ],
)
def test_the_weakest_etag_counts(members: tuple[str, ...], etags: str) -> None:
    assert scripted_abilities(_server(members=members)).etags == etags


@pytest.mark.parametrize(
    ("dav", "more", "scheduling"),
    [
        ("1, calendar-access, Calendar-Auto-Schedule", "", "automatic"),
        ("1", "<d:current-user-principal><d:href>/me/</d:href></d:current-user-principal>", "outbox"),
        ("1", "", "none"),
    ],
)
def test_scheduling_is_what_the_header_or_the_principal_says(dav: str, more: str, scheduling: str) -> None:
    seen = scripted_abilities(_server(dav=dav, more=more))
    assert (seen.scheduling, seen.product) == (scheduling, "Scripted/1")


def test_a_token_counts_only_where_the_report_is_not_left_out() -> None:
    token = "<d:sync-token>data:1</d:sync-token>"
    report = "<d:supported-report><d:report><c:calendar-multiget/></d:report></d:supported-report>"
    multiget = f"<d:supported-report-set>{report}</d:supported-report-set>"
    assert scripted_abilities(_server(more=token)).sync_token
    assert not scripted_abilities(_server(more=token + multiget)).sync_token
