"""What `DavAccount` does, whatever the server behind it: one set of tests for Radicale, Xandikos, Cyrus and sabre/dav.

A test class that inherits from `CalendarContract` gives a `server` fixture.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest

from calbridge.calendars import DavAccount
from calbridge.core.model import CalendarObject
from calbridge.errors import CalendarDenied, CalendarMissing, WriteConflict
from calbridge.ports import Glance, Poll, SyncState
from support.caldav_servers import PASSWORD, Server, request

Value = TypeVar("Value")
NOTHING = SyncState()


def event(uid: str, summary: str = "Weekly review") -> bytes:
    """A calendar object with one event."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//example//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20260101T000000Z",
        "DTSTART:20260105T090000Z",
        "DTEND:20260105T100000Z",
        f"SUMMARY:{summary}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines).encode()


def as_alice(url: str, work: Callable[[DavAccount], Awaitable[Value]], password: str = PASSWORD) -> Value:
    """Run one scenario on alice's account."""

    async def scenario() -> Value:
        async with DavAccount(url, "alice", password, host="alice", timeout=20) as account:
            return await work(account)

    return asyncio.run(scenario())


def etags(poll: Poll) -> dict[str, str | None]:
    """What a store remembers of a poll."""
    return {each.href: each.etag for each in poll.changed}


class CalendarContract:
    """Needs a `server` fixture with the server's scope; each test begins and ends with an empty calendar."""

    @pytest.fixture
    def calendar(self, server: Server) -> Iterator[str]:
        """Alice's calendar, empty."""
        url = server.calendar_urls["alice"]
        yield url
        listed = as_alice(server.root_url, lambda account: account.poll(url, NOTHING, {}, full=True))
        for href in listed.present or ():
            request(href, "DELETE", "alice")

    def test_a_root_url_leads_to_the_users_own_calendar(self, server: Server, calendar: str) -> None:
        found = as_alice(server.root_url, lambda account: account.discover())
        assert [(each.url, each.writable) for each in found.calendars] == [(calendar, True)]
        assert found.problems == ()
        assert all("@" in address and address == address.lower() for address in found.addresses)

    def test_a_calendar_url_is_that_calendar(self, calendar: str) -> None:
        found = as_alice(calendar.rstrip("/"), lambda account: account.discover())
        assert [each.url for each in found.calendars] == [calendar]

    def test_a_wrong_password_is_denied_and_not_repeated_in_the_problem(self, server: Server, calendar: str) -> None:
        with pytest.raises(CalendarDenied) as raised:
            as_alice(calendar, lambda account: account.discover(), password="wrong-word")
        assert raised.value.problem.rule == "calendar.denied"
        assert "wrong-word" not in repr(raised.value.problem)

    def test_a_calendar_that_is_not_there_is_missing_not_another_one(self, server: Server, calendar: str) -> None:
        unknown = calendar.rstrip("/") + "-of-old/"
        with pytest.raises(CalendarMissing):
            as_alice(unknown, lambda account: account.discover())
        with pytest.raises(CalendarMissing):
            as_alice(unknown, lambda account: account.poll(unknown, NOTHING, {}, full=False))

    def test_the_first_poll_is_complete(self, calendar: str) -> None:
        for name in ("one", "two"):
            request(f"{calendar}{name}.ics", "PUT", "alice", event(name))
        poll = as_alice(calendar, lambda account: account.poll(calendar, NOTHING, {}, full=False))
        assert poll.present == frozenset(etags(poll)) == {f"{calendar}one.ics", f"{calendar}two.ics"}
        assert all(b"SUMMARY:Weekly review\r\n" in each.body and each.etag for each in poll.changed)

    def test_the_first_poll_of_an_empty_calendar_is_complete_and_empty(self, calendar: str) -> None:
        poll = as_alice(calendar, lambda account: account.poll(calendar, NOTHING, {}, full=False))
        assert (poll.changed, poll.removed, poll.present) == ((), frozenset(), frozenset())

    @pytest.mark.parametrize("full", [False, True])
    def test_an_unchanged_calendar_brings_nothing(self, calendar: str, full: bool) -> None:
        request(f"{calendar}one.ics", "PUT", "alice", event("one"))

        async def twice(account: DavAccount) -> Poll:
            first = await account.poll(calendar, NOTHING, {}, full=False)
            return await account.poll(calendar, first.state, etags(first), full=full)

        second = as_alice(calendar, twice)
        assert (second.changed, second.removed) == ((), frozenset())
        assert second.complete is full

    def test_a_poll_brings_what_was_added_changed_and_removed(self, calendar: str) -> None:
        for name in ("stays", "changes", "goes"):
            request(f"{calendar}{name}.ics", "PUT", "alice", event(name))

        async def around_an_edit(account: DavAccount) -> Poll:
            first = await account.poll(calendar, NOTHING, {}, full=False)
            request(f"{calendar}changes.ics", "PUT", "alice", event("changes", "Another"))
            request(f"{calendar}added.ics", "PUT", "alice", event("added"))
            request(f"{calendar}goes.ics", "DELETE", "alice")
            return await account.poll(calendar, first.state, etags(first), full=False)

        second = as_alice(calendar, around_an_edit)
        assert {each.href for each in second.changed} == {f"{calendar}changes.ics", f"{calendar}added.ics"}
        assert second.removed == {f"{calendar}goes.ics"}

    @pytest.mark.parametrize("by_home", [True, False])
    def test_a_glance_tells_whether_anything_changed(self, server: Server, calendar: str, by_home: bool) -> None:
        async def around_an_edit(account: DavAccount) -> list[Glance | None]:
            found = await account.discover()
            seen = [await account.glance(found, None)]
            seen.append(await account.glance(found, seen[-1]))
            request(f"{calendar}added.ics", "PUT", "alice", event("added"))
            seen.append(await account.glance(found, seen[-1]))
            request(f"{calendar}added.ics", "PUT", "alice", event("added", "Another"))
            seen.append(await account.glance(found, seen[-1]))
            request(f"{calendar}added.ics", "DELETE", "alice")
            return [*seen, await account.glance(found, seen[-1])]

        first, same, added, edited, gone = as_alice(server.root_url if by_home else calendar, around_an_edit)
        assert first is not None
        assert len(first.asked) == 1
        assert same == first
        assert None not in (added, edited, gone)
        assert len({same, added, edited}) == len({added, edited, gone}) == 3  # one server's version is of the content

    def test_a_token_that_the_server_does_not_know_starts_a_complete_look(self, calendar: str) -> None:
        request(f"{calendar}one.ics", "PUT", "alice", event("one"))
        known: dict[str, str | None] = {f"{calendar}gone.ics": '"1"'}
        state = SyncState(token="urn:example:token-of-another-server")
        poll = as_alice(calendar, lambda account: account.poll(calendar, state, known, full=False))
        assert poll.present == frozenset(etags(poll)) == {f"{calendar}one.ics"}
        assert poll.removed == {f"{calendar}gone.ics"}

    def test_an_unusual_name_is_one_href_in_every_answer(self, calendar: str) -> None:
        request(f"{calendar}a%40b%2Bc%20d.ics", "PUT", "alice", event("odd"))

        async def by_both_ways(account: DavAccount) -> tuple[str, CalendarObject | None]:
            listed = (await account.poll(calendar, NOTHING, {}, full=False)).changed[0]
            return listed.href, await account.get(calendar, listed.href)

        listed, fetched = as_alice(calendar, by_both_ways)
        assert listed == f"{calendar}a@b%2Bc%20d.ics"
        assert fetched is not None
        assert (fetched.href, b"UID:odd\r\n" in fetched.body) == (listed, True)

    def test_a_deleted_object_is_none(self, calendar: str) -> None:
        assert as_alice(calendar, lambda account: account.get(calendar, f"{calendar}never.ics")) is None

    def test_a_write_that_read_the_latest_is_stored(self, calendar: str) -> None:
        request(f"{calendar}one.ics", "PUT", "alice", event("one"))

        async def write(account: DavAccount) -> CalendarObject | None:
            source = await account.get(calendar, f"{calendar}one.ics")
            assert source is not None
            await account.put(source, source.body.replace(b"Weekly review", b"Monthly review"))
            return await account.get(calendar, source.href)

        stored = as_alice(calendar, write)
        assert stored is not None
        assert b"SUMMARY:Monthly review\r\n" in stored.body

    def test_a_write_over_a_newer_edit_is_a_conflict_and_the_edit_stays(self, calendar: str) -> None:
        request(f"{calendar}one.ics", "PUT", "alice", event("one"))

        async def write_late(account: DavAccount) -> CalendarObject | None:
            source = await account.get(calendar, f"{calendar}one.ics")
            assert source is not None
            request(source.href, "PUT", "alice", event("one", "By the user"))
            with pytest.raises(WriteConflict):
                await account.put(source, source.body.replace(b"Weekly review", b"Ours"))
            return await account.get(calendar, source.href)

        stored = as_alice(calendar, write_late)
        assert stored is not None
        assert b"SUMMARY:By the user\r\n" in stored.body

    def test_a_write_does_not_bring_back_what_was_deleted(self, calendar: str) -> None:
        request(f"{calendar}one.ics", "PUT", "alice", event("one"))

        async def write_after_delete(account: DavAccount) -> CalendarObject | None:
            source = await account.get(calendar, f"{calendar}one.ics")
            assert source is not None
            request(source.href, "DELETE", "alice")
            with pytest.raises(WriteConflict):
                await account.put(source, source.body)
            return await account.get(calendar, source.href)

        assert as_alice(calendar, write_after_delete) is None

    def test_a_write_without_a_strong_etag_is_not_sent(self, calendar: str) -> None:
        request(f"{calendar}one.ics", "PUT", "alice", event("one"))

        async def write_unguarded(account: DavAccount) -> CalendarObject | None:
            source = await account.get(calendar, f"{calendar}one.ics")
            assert source is not None
            with pytest.raises(WriteConflict):
                await account.put(replace(source, etag=None), event("one", "Ours"))
            return await account.get(calendar, source.href)

        stored = as_alice(calendar, write_unguarded)
        assert stored is not None
        assert b"Ours" not in stored.body
