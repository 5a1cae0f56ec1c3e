"""Polls and reads of servers that do what the real ones at hand don't."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

import pytest
from support.calendar_contract import NOTHING, event
from support.scripted_server import (
    CALENDAR,
    COLLECTION,
    Reply,
    Request,
    Script,
    Scripted,
    Stream,
    etag,
    failed,
    found,
    multistatus,
    scripted,
)

from calbridge.calendars import DavAccount
from calbridge.core.model import CalendarObject
from calbridge.errors import CalendarDenied, CalendarError, CalendarGarbled, CalendarMissing, CalendarUnreachable
from calbridge.ports import Poll, SyncState

Value = TypeVar("Value")

HTML = Reply(200, b"<!DOCTYPE html><html><body>Please log in</body></html>", {"Content-Type": "text/html"})
NO_SYNC = Reply(403, b'<d:error xmlns:d="DAV:"><d:supported-report/></d:error>', {"Content-Type": "application/xml"})
OLD = SyncState(token="urn:t1")
MEGABYTE = 2**20


def data(name: str) -> str:
    """A calendar-data property."""
    return f"<c:calendar-data>{event(name).decode()}</c:calendar-data>"


def ics(name: str, tag: str = '"1"') -> Reply:
    """The answer to a GET."""
    return Reply(200, event(name), {"ETag": tag, "Content-Type": "text/calendar"})


def asks(request: Request) -> str:
    """Which of our questions this is: itself (depth 0), listing (depth 1), sync, multiget, get, put."""
    if request.method == "PROPFIND":
        return "itself" if request.headers["depth"] == "0" else "listing"
    if request.method == "REPORT":
        return "multiget" if b"calendar-multiget" in request.body else "sync"
    return request.method.lower()


def answers(**replies: Reply | Stream) -> Script:
    """One answer per question."""
    return lambda request: replies[asks(request)]


def visit(
    script: Script, work: Callable[[DavAccount, str], Awaitable[Value]], timeout: float = 5.0
) -> tuple[Value, Scripted]:
    """Run one scenario against a scripted server whose calendar is /cal/; the result, and what was asked."""

    async def scenario() -> tuple[Value, Scripted]:
        async with (
            scripted(script) as server,
            DavAccount(server.url, "alice", "secret", host="alice", timeout=timeout) as account,
        ):
            return await work(account, f"{server.url}cal/"), server

    return asyncio.run(scenario())


def polled(
    script: Script,
    known: Mapping[str, str | None] | None = None,
    state: SyncState = NOTHING,
    *,
    full: bool = False,
) -> tuple[Poll, list[str]]:
    """One poll of /cal/, and the questions that it took; `known` is by name."""

    async def work(account: DavAccount, calendar: str) -> Poll:
        return await account.poll(
            calendar, state, {calendar + name: tag for name, tag in (known or {}).items()}, full=full
        )

    poll, server = visit(script, work)
    return poll, [asks(each) for each in server.requests]


def names(found: Iterable[CalendarObject | str] | None) -> list[str]:
    """The last parts of hrefs, sorted."""
    every = [each if isinstance(each, str) else each.href for each in found or ()]
    return sorted(href.rpartition("/")[2] for href in every)


# --- what a poll costs ----------------------------------------------------------------------------------------------


def test_an_unchanged_calendar_costs_one_request() -> None:
    poll, asked = polled(answers(sync=multistatus(token="urn:t1")), {"a.ics": '"1"'}, OLD)
    assert (poll.changed, poll.removed, poll.state, asked) == ((), frozenset(), OLD, ["sync"])


def test_an_unchanged_ctag_costs_one_request() -> None:
    itself = multistatus(found("/cal/", CALENDAR + "<s:getctag>7</s:getctag>"))
    poll, asked = polled(answers(itself=itself), {"a.ics": '"1"'}, SyncState(ctag="7"))
    assert (poll.changed, poll.state, asked) == ((), SyncState(ctag="7"), ["itself"])


def test_a_replayed_change_that_is_known_is_not_fetched_again() -> None:
    poll, asked = polled(
        answers(sync=multistatus(found("/cal/a.ics", etag('"1"')), token="urn:t2")), {"a.ics": '"1"'}, OLD
    )
    assert (poll.changed, poll.state.token, asked) == ((), "urn:t2", ["sync"])


# --- servers without sync-collection --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 405, 415, 500, 501])
def test_without_sync_collection_every_etag_is_compared(status: int) -> None:
    script = answers(
        sync=NO_SYNC if status == 403 else Reply(status),
        itself=multistatus(found("/cal/", CALENDAR + "<s:getctag>8</s:getctag>")),
        listing=multistatus(
            found("/cal/", CALENDAR), found("/cal/a.ics", etag('"1"')), found("/cal/b.ics", etag('"2"'))
        ),
        multiget=multistatus(found("/cal/b.ics", etag('"2"') + data("b"))),
    )
    poll, _ = polled(script, {"a.ics": '"1"', "gone.ics": '"1"'})
    assert (names(poll.changed), names(poll.removed), poll.state) == (["b.ics"], ["gone.ics"], SyncState(ctag="8"))


def test_a_sync_answer_without_a_token_is_no_sync() -> None:
    script = answers(
        sync=multistatus(),
        itself=multistatus(found("/cal/", CALENDAR)),
        listing=multistatus(found("/cal/", CALENDAR), found("/cal/a.ics", etag('"1"'))),
    )
    poll, asked = polled(script, {"a.ics": '"1"'}, OLD)
    assert (poll.removed, poll.complete) == (frozenset(), True)
    assert asked == ["sync", "sync", "itself", "listing"]


# --- empty is never "all cancelled" ---------------------------------------------------------------------------------


def test_an_empty_answer_with_a_fresh_token_is_checked_by_a_listing() -> None:
    script = answers(
        sync=multistatus(token="urn:t9"),
        listing=multistatus(found("/cal/", CALENDAR), found("/cal/a.ics", etag('"1"'))),
    )
    poll, asked = polled(script, {"a.ics": '"1"', "b.ics": '"1"'}, OLD)
    assert (names(poll.removed), poll.state.token, asked) == (["b.ics"], "urn:t9", ["sync", "listing"])


def test_a_first_answer_that_shows_nothing_is_checked_by_a_listing() -> None:
    script = answers(
        sync=multistatus(failed("/cal/old.ics", 404), token="urn:t9"),
        listing=multistatus(found("/cal/", CALENDAR), found("/cal/a.ics", etag('"1"'))),
    )
    assert polled(script, {"a.ics": '"1"'})[0].removed == frozenset()


@pytest.mark.parametrize(
    "listing", [multistatus(), multistatus(found("/cal/", COLLECTION)), multistatus(failed("/cal/", 404))]
)
def test_an_empty_answer_of_what_is_no_calendar_is_missing(listing: Reply) -> None:
    with pytest.raises(CalendarMissing):
        polled(answers(sync=multistatus(token="urn:t9"), listing=listing, itself=listing), {"a.ics": '"1"'}, OLD)


def test_an_empty_calendar_must_say_that_it_is_one() -> None:
    script = answers(sync=multistatus(token="urn:t1"), itself=multistatus(found("/cal/", COLLECTION)))
    with pytest.raises(CalendarMissing):
        polled(script)


def test_an_object_that_a_listing_has_trouble_with_is_not_gone() -> None:
    script = answers(
        sync=NO_SYNC,
        itself=multistatus(found("/cal/", CALENDAR)),
        listing=multistatus(found("/cal/", CALENDAR), failed("/cal/a.ics", 403)),
        multiget=multistatus(failed("/cal/a.ics", 403)),
        get=Reply(403),
    )
    poll, _ = polled(script, {"a.ics": '"1"'})
    assert (poll.removed, names(poll.present)) == (frozenset(), ["a.ics"])
    assert [each.rule for each in poll.problems] == ["object.unreadable"]


def test_full_compares_every_etag_whatever_the_token_says() -> None:
    script = answers(
        sync=multistatus(token="urn:t1"),
        listing=multistatus(found("/cal/", CALENDAR), found("/cal/a.ics", etag('"2"'))),
        multiget=multistatus(found("/cal/a.ics", etag('"2"') + data("a"))),
    )
    poll, _ = polled(script, {"a.ics": '"1"'}, OLD, full=True)
    assert (names(poll.changed), poll.complete, poll.state) == (["a.ics"], True, OLD)


# --- pages and batches ----------------------------------------------------------------------------------------------


def test_a_truncated_answer_is_followed_to_its_end() -> None:
    def script(request: Request) -> Reply:
        match asks(request):
            case "sync" if b"urn:p1" in request.body:
                return multistatus(found("/cal/b.ics", etag('"1"')), token="urn:p2")
            case "sync":
                return multistatus(found("/cal/a.ics", etag('"1"')), failed("/cal/", 507), token="urn:p1")
            case _:
                return multistatus(*(found(f"/cal/{n}.ics", etag('"1"') + data(n)) for n in "ab"))

    poll, _ = polled(script)
    assert (names(poll.changed), poll.state.token, poll.complete) == (["a.ics", "b.ics"], "urn:p2", True)


def test_a_truncated_answer_that_leads_nowhere_is_replaced_by_a_listing() -> None:
    script = answers(
        sync=multistatus(failed("/cal/", 507), token="urn:t1"),
        itself=multistatus(found("/cal/", CALENDAR + "<s:getctag>8</s:getctag>")),
        listing=multistatus(found("/cal/", CALENDAR), found("/cal/a.ics", etag('"1"'))),
    )
    poll, asked = polled(script, {"a.ics": '"1"'}, OLD)
    assert (poll.removed, poll.complete, asked) == (frozenset(), True, ["sync", "itself", "listing"])


def test_many_objects_come_in_batches() -> None:
    members = [f"/cal/{n}.ics" for n in range(120)]

    def script(request: Request) -> Reply:
        if asks(request) == "sync":
            return multistatus(*(found(href, etag('"1"')) for href in members), token="urn:t1")
        asked = [href for href in members if f"{href}<".encode() in request.body]
        assert len(asked) <= 50
        return multistatus(*(found(href, etag('"1"') + data("x")) for href in asked))

    poll, asked = polled(script)
    assert (len(poll.changed), asked) == (120, ["sync", "multiget", "multiget", "multiget"])


@pytest.mark.parametrize(
    "multiget",
    [
        multistatus(found("/cal/a.ics", etag('"1"') + data("a"))),
        multistatus(found("/cal/a.ics", etag('"1"') + data("a")), failed("/cal/b.ics", 404)),
        Reply(404),
        Reply(501),
        HTML,
    ],
    ids=["omitted", "entry", "whole", "unknown", "page"],
)
def test_what_a_multiget_lacks_is_asked_for_singly_and_not_gone_while_it_is_listed(multiget: Reply) -> None:
    def script(request: Request) -> Reply:
        match asks(request):
            case "sync":
                return multistatus(found("/cal/a.ics", etag('"1"')), found("/cal/b.ics", etag('"1"')), token="urn:t1")
            case "multiget":
                return multiget
            case _:
                return Reply(404) if request.path == "/cal/b.ics" else ics("a")

    poll, asked = polled(script, {"b.ics": '"0"'}, OLD)
    assert (names(poll.changed), names(poll.removed)) == (["a.ics"], [])
    assert ("get" in asked, poll.state) == (True, OLD)


def test_a_complete_listing_holds_also_what_can_not_be_fetched() -> None:
    listing = multistatus(found("/cal/a.ics", etag('"1"')), token="urn:t1")
    poll, _ = polled(answers(sync=listing, multiget=Reply(404), get=Reply(404)), {"a.ics": '"0"'})
    assert (names(poll.removed), names(poll.present), poll.changed) == ([], ["a.ics"], ())


@pytest.mark.parametrize("single", [Reply(500), Reply(400), HTML, Reply(200)], ids=["500", "400", "page", "empty"])
def test_one_object_that_fails_holds_nothing_up_and_is_tried_again(single: Reply) -> None:
    script = answers(
        sync=multistatus(found("/cal/a.ics", etag('"1"')), found("/cal/b.ics", etag('"1"')), token="urn:t2"),
        multiget=multistatus(found("/cal/a.ics", etag('"1"') + data("a"))),
        get=single,
    )
    poll, _ = polled(script, {}, OLD)
    assert (names(poll.changed), [each.rule for each in poll.problems]) == (["a.ics"], ["object.unreadable"])
    assert poll.state == OLD


def test_a_server_that_fails_again_and_again_fails_the_calendar() -> None:
    members = [found(f"/cal/{n}.ics", etag('"1"')) for n in range(9)]
    with pytest.raises(CalendarUnreachable):
        polled(answers(sync=multistatus(*members, token="urn:t2"), multiget=Reply(500), get=Reply(500)))


# --- ETags ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "kept"), [('W/"1"', None), ("1", '"1"'), ('"1"', '"1"')])
def test_a_weak_etag_is_none_and_an_unquoted_one_gets_its_quotes(sent: str, kept: str | None) -> None:
    script = answers(
        sync=multistatus(found("/cal/a.ics", etag(sent)), token="urn:t1"),
        multiget=multistatus(found("/cal/a.ics", etag(sent) + data("a"))),
    )
    assert [each.etag for each in polled(script)[0].changed] == [kept]


def test_a_weak_etag_of_a_get_is_replaced_by_the_strong_one_of_a_report() -> None:
    script = answers(get=ics("a", 'W/"1"'), multiget=multistatus(found("/cal/a.ics", etag('"1"') + data("a"))))
    fetched, _ = visit(script, lambda account, calendar: account.get(calendar, f"{calendar}a.ics"))
    assert fetched is not None
    assert fetched.etag == '"1"'


def test_answers_are_asked_for_uncompressed() -> None:
    _, server = visit(answers(get=ics("a")), lambda account, calendar: account.get(calendar, f"{calendar}a.ics"))
    assert server.requests[0].headers["accept-encoding"] == "identity"


# --- too much, too slow, not CalDAV ---------------------------------------------------------------------------------


def test_an_object_that_announces_its_size_is_left_out() -> None:
    large = found("/cal/large.ics", etag('"1"') + f"<d:getcontentlength>{200 * MEGABYTE}</d:getcontentlength>")
    script = answers(
        sync=multistatus(large, found("/cal/a.ics", etag('"1"')), token="urn:t1"),
        multiget=multistatus(found("/cal/a.ics", etag('"1"') + data("a"))),
    )
    poll, asked = polled(script)
    assert (names(poll.changed), names(poll.present), asked) == (
        ["a.ics"],
        ["a.ics", "large.ics"],
        ["sync", "multiget"],
    )
    assert [each.rule for each in poll.problems] == ["object.too-large"]


def test_an_object_that_does_not_say_how_large_it_is_is_cut_off() -> None:
    sent = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\n\r\n")
        while sent < 200 * MEGABYTE:
            writer.write(b"x" * MEGABYTE)
            await writer.drain()
            sent += MEGABYTE

    script = answers(
        sync=multistatus(found("/cal/a.ics", etag('"1"')), token="urn:t1"), multiget=multistatus(), get=flood
    )
    poll, _ = polled(script)
    assert ([each.rule for each in poll.problems], names(poll.present)) == (["object.too-large"], ["a.ics"])
    assert sent < 30 * MEGABYTE


def test_a_body_that_drips_meets_the_deadline() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def work(account: DavAccount, calendar: str) -> None:
        await account.poll(calendar, NOTHING, {}, full=False)

    with pytest.raises(CalendarUnreachable, match=r"within 0\.3 s"):
        visit(answers(sync=drip), work, timeout=0.3)


@pytest.mark.parametrize("question", ["sync", "itself", "get"])
def test_a_web_page_is_not_taken_for_an_answer(question: str) -> None:
    async def work(account: DavAccount, calendar: str) -> None:
        match question:
            case "sync":
                await account.poll(calendar, OLD, {f"{calendar}a.ics": '"1"'}, full=False)
            case "itself":
                await account.discover()
            case _:
                await account.get(calendar, f"{calendar}a.ics")

    with pytest.raises(CalendarGarbled) as raised:
        visit(lambda _: HTML, work)
    assert raised.value.problem.rule == "calendar.not-caldav"


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, CalendarDenied), (403, CalendarDenied), (404, CalendarMissing), (502, CalendarUnreachable)],
)
def test_an_error_of_the_whole_calendar_is_raised(status: int, error: type[CalendarError]) -> None:
    with pytest.raises(error):
        polled(lambda _: Reply(status), {"a.ics": '"1"'}, OLD)
