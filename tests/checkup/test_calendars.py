"""What is made of calendar servers that can do less."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from support.scripted_server import CALENDAR, Reply, Request, etag, found, multistatus, scripted

from calbridge.checkup.calendars import Shelf, look_at_calendars, shared
from calbridge.checkup.findings import Level
from calbridge.config import Account, HostConfig
from calbridge.core.policy import ConferencePolicy, Safety, Select, Writeback
from calbridge.core.problem import Problem
from calbridge.core.remembered import WriteState
from calbridge.store import Store

WRITABLE = "<d:current-user-privilege-set><d:privilege><d:write/></d:privilege></d:current-user-privilege-set>"
READABLE = WRITABLE.replace("d:write", "d:read")
TOKEN = "<d:sync-token>data:1</d:sync-token>"


def alice(url: str) -> HostConfig:
    account = Account(url, "alice", SecretStr("secret"), "basic", (), None, None)
    return HostConfig(
        name="alice",
        id=9,
        email=None,
        emails=(),
        accounts=(account,),
        select=Select(),
        conference=ConferencePolicy(),
        writeback=Writeback(),
        safety=Safety(),
        poll_interval=timedelta(minutes=1),
    )


def looked(properties: str, *members: str, states: tuple[WriteState, ...] = ()) -> Shelf:
    """A look at a server with one calendar; `states` are below /cal/ of it."""

    def answer(request: Request) -> Reply:
        itself = found("/cal/", CALENDAR + properties)
        return multistatus(itself, *(found(f"/cal/{n}.ics", etag(each)) for n, each in enumerate(members)))

    async def look() -> Shelf:
        async with scripted(answer) as server:
            with Store.memory() as store:
                for state in states:
                    url = f"{server.url}cal/"
                    there = WriteState(url, url + state.href, state.dropped, state.refused_etag, state.problem)
                    store.calendars.save_write_state(there)
                return await look_at_calendars(alice(f"{server.url}cal/"), store, timedelta(seconds=5))

    return asyncio.run(look())


REFUSED = WriteState("", "1.ics", frozenset(), '"1"', Problem("x", "write.refused", "HTTP 403", "ask for the right"))
DROPS = WriteState("", "2.ics", frozenset({"CONFERENCE"}))


@pytest.mark.parametrize(
    ("properties", "etags", "states", "rule", "level"),
    [
        (READABLE + TOKEN, ('"1"',), (), "calendar.read-only", Level.PROBLEM),
        (WRITABLE + TOKEN, ('W/"1"',), (), "calendar.etags", Level.PROBLEM),
        (WRITABLE, ('"1"',), (), "calendar.listing", Level.WARNING),
        (WRITABLE + TOKEN, ('"1"',), (DROPS,), "calendar.drops", Level.WARNING),
        (WRITABLE + TOKEN, ('"1"',), (REFUSED,), "calendar.refused", Level.WARNING),
    ],
)
def test_what_a_calendar_lacks_is_named_with_a_way_out(
    properties: str, etags: tuple[str, ...], states: tuple[WriteState, ...], rule: str, level: Level
) -> None:
    [lack] = [each for each in looked(properties, *etags, states=states).findings if each.level is not Level.OK]
    assert (lack.rule, lack.level, bool(lack.hint)) == (rule, level, True)


def test_a_calendar_of_two_hosts_is_a_problem() -> None:
    [seen] = looked(WRITABLE + TOKEN, '"1"').calendars
    [problem] = shared((seen, seen))
    assert (problem.level, problem.rule) == (Level.PROBLEM, "calendar.other-host")
    assert list(shared((seen,))) == []
