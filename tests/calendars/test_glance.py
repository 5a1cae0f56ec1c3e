"""What a glance asks, and what it takes for a change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from support.scripted_server import CALENDAR, COLLECTION, Reply, Request, Scripted, found, multistatus, scripted

from calbridge.calendars import DavAccount
from calbridge.errors import CalendarMissing
from calbridge.ports import Calendar, Discovery, Glance

TOKEN, CTAG = "<d:sync-token>{}</d:sync-token>", "<s:getctag>{}</s:getctag>"


@dataclass
class Home:
    """A home: each collection's name with its properties; what only a PROPFIND of its own tells stands in `alone`."""

    entries: dict[str, str]
    alone: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        """Answer a PROPFIND."""
        depth = request.headers["depth"]
        self.asked.append((request.path, depth))
        if depth == "1":
            return multistatus(found("/home/", COLLECTION), *(found(f"/home/{n}/", p) for n, p in self.entries.items()))
        name = request.path.strip("/").rpartition("/")[2]
        told = self.alone.get(name, self.entries.get(name))
        return Reply(404) if told is None else multistatus(found(request.path, told))


def work(version: str) -> str:
    """A calendar's properties."""
    return CALENDAR + TOKEN.format(version)


def glances(home: Home, *changes: Callable[[], object], names: tuple[str, ...] = ("work",)) -> list[Glance | None]:
    """A first glance, and one after each change; the homes hold `names`, or are the only calendar of the account."""

    async def scenario() -> list[Glance | None]:
        async with scripted(home) as server, DavAccount(server.url, "alice", "word", host="alice") as account:
            discovery = discovered(server, names)
            seen = [await account.glance(discovery, None)]
            for change in changes:
                change()
                seen.append(await account.glance(discovery, seen[-1]))
            return seen

    return asyncio.run(scenario())


def discovered(server: Scripted, names: tuple[str, ...]) -> Discovery:
    """What was found at a server before."""
    calendars = tuple(Calendar(f"{server.url}home/{name}/", name, None, writable=True) for name in names)
    return Discovery(calendars, frozenset(), homes=(f"{server.url}home/",))


def test_one_request_tells_the_versions_of_all_calendars() -> None:
    home = Home({"work": work("1"), "more": CALENDAR + CTAG.format("7"), "inbox": COLLECTION})
    [seen] = glances(home, names=("work", "more"))
    assert seen is not None
    assert sorted((state.token, state.ctag) for _, state in seen.versions if state.token) == [("1", None)]
    assert (len(seen.versions), home.asked) == (2, [("/home/", "1")])


def test_the_same_answer_is_the_same_glance() -> None:
    first, second = glances(Home({"work": work("1")}), lambda: None)
    assert first is not None
    assert second is first


@pytest.mark.parametrize("properties", [work("2"), CALENDAR + TOKEN.format("1") + CTAG.format("1")])
def test_another_version_is_a_change(properties: str) -> None:
    home = Home({"work": work("1")})
    first, second = glances(home, lambda: home.entries.update(work=properties))
    assert second is not None
    assert second != first


def test_what_happens_beside_the_calendars_is_none() -> None:
    home = Home({"work": work("1"), "inbox": COLLECTION + CTAG.format("1"), "tasks": work("1")})
    changes = {"inbox": COLLECTION + CTAG.format("2"), "tasks": work("2")}
    first, second = glances(home, lambda: home.entries.update(changes))
    assert second == first
    assert second is not first


@pytest.mark.parametrize("came_or_went", [{"more": work("1")}, {"tasks": COLLECTION}])
def test_a_calendar_that_comes_or_goes_shows_among_the_others(came_or_went: dict[str, str]) -> None:
    home = Home({"work": work("1"), "tasks": work("1")})
    first, second = glances(home, lambda: home.entries.update(came_or_went))
    assert first is not None
    assert second is not None
    assert second.versions == first.versions
    assert second.others != first.others


def test_a_calendar_whose_version_the_home_does_not_tell_is_asked_itself() -> None:
    home = Home({"work": work("1"), "more": CALENDAR}, alone={"more": work("1")})
    first, second = glances(home, lambda: home.alone.update(more=work("2")), names=("work", "more"))
    assert second is not None
    assert second != first
    assert home.asked == [("/home/", "1"), ("/home/more/", "0")] * 2


def test_a_server_without_versions_tells_nothing() -> None:
    assert glances(Home({"work": CALENDAR})) == [None]


def test_a_calendar_that_is_gone_can_not_be_compared() -> None:
    home = Home({"work": work("1")})
    assert glances(home, home.entries.clear)[1] is None


def test_a_calendar_that_was_never_there_is_missing() -> None:
    with pytest.raises(CalendarMissing):
        glances(Home({}))
