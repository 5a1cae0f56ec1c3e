"""What the pages show, and what they hide."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from support.carrying_out import settled
from support.planning import at, meeting
from support.standings import DENIED, MINUTE, NOW, REFUSED, roomless, standing
from web.conftest import Asking

from calbridge.core.model import HostProfile
from calbridge.core.problem import Problem
from calbridge.store import Entry, Store

PATHS = ["/", "/hosts/alice", "/skipped", "/events", "/events?uid=a", "/nowhere"]
ALL_DAY = replace(roomless("b", rule="event.all-day"), subject="Outing", reason="it has no time", hint="give it one")
BREAKER = Problem("host 9", "breaker.cancels", "6 meetings would end: 'Secret plan' at ten", "allow them")


@pytest.fixture
def told(store: Store) -> Store:
    """A store in which alice has a meeting, with its history."""
    [mapping] = settled(meeting(subject="Secret plan")).memory.mappings
    tomorrow = replace(mapping, anchor=at(6, 10, month=1), conference_id=4711)
    store.meetings.save_mapping(replace(tomorrow, room_url="https://rooms.example.com/1?a=1&b=2"))
    store.journal.save_profile(HostProfile(9, "alice@example.com", "Alice", "Europe/Paris", "fr"), "alice")
    store.journal.record(Entry(NOW, 9, "alice", "a", "", "seen", None, "new in <work>"))
    return store


def words(page: str) -> str:
    """What can be read of it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.partition("<main")[2]))


def test_the_overview_says_the_verdict_first_then_who_needs_somebody(asking: Asking) -> None:
    page = asking(standing(good=MINUTE, failures=3, problems=[DENIED], waiting=[roomless()])).get("/").text

    told = words(page)
    assert "<h1>0 of 1 host fine, 1 needs you</h1>" in page
    assert told.index("needs you") < told.index("the server refuses the password") < told.index("How each host fares")
    assert "What to do: check it" in told


def test_what_is_wrong_with_no_single_host_is_said_before_the_hosts(asking: Asking) -> None:
    down = Problem("the platform", "platform.unreachable", "it does not answer", "wait")

    told = words(asking(standing(problems=[REFUSED]), problems=[down]).get("/").text)

    assert told.index("it does not answer") < told.index("Who needs you")


def test_a_host_shows_her_week_her_next_meetings_and_her_skipped_events(asking: Asking, told: Store) -> None:
    page = asking(standing(skipped=[ALL_DAY], problems=[REFUSED])).get("/hosts/alice").text

    assert "Week of 05 January 2026" in page
    assert 'class="box r5 n2 wide"' in page
    assert "Tue 06 Jan, 10:00" in page
    assert "it has no time" in words(page)
    assert "What to do: give it one" in words(page)


def test_another_week_may_be_looked_at(asking: Asking, told: Store) -> None:
    client = asking(standing())

    assert "Week of 12 January 2026" in client.get("/hosts/alice?week=2026-01-14").text
    assert "Week of 05 January 2026" in client.get("/hosts/alice?week=nonsense").text


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-08", "9999-12-20", "9999-12-31"])
def test_a_week_at_the_ends_of_the_calendar_is_none(asking: Asking, told: Store, day: str) -> None:
    answer = asking(standing()).get(f"/hosts/alice?week={day}")

    assert (answer.status, "Week of 05 January 2026" in answer.text) == (200, True)


def test_an_event_tells_its_story_and_what_is_in_it_is_text(asking: Asking, told: Store) -> None:
    page = asking(standing()).get("/events?uid=a").text

    assert "2026-01-05 10:00:00 CET</time> <span>the event was seen: new in &lt;work&gt;" in page
    assert "4711" in page


def test_an_event_that_nobody_knows_is_said(asking: Asking) -> None:
    page = asking(standing()).get("/events?uid=%22%3E%3Cscript%3E").text

    assert "Nothing is known of such an event" in page
    assert "<script>" not in page


@pytest.mark.parametrize("path", PATHS)
def test_subjects_and_rooms_are_hidden_until_asked_for(asking: Asking, told: Store, path: str) -> None:
    alice = standing(waiting=[replace(roomless(), subject="Secret plan")], skipped=[ALL_DAY], problems=[BREAKER])

    hidden = asking(alice).get(path).text

    assert not re.search(r"Secret plan|Outing|rooms\.example\.com", hidden)


def test_subjects_and_rooms_are_shown_where_they_may_be(asking: Asking, told: Store) -> None:
    client = asking(standing(skipped=[ALL_DAY], problems=[BREAKER]), show_subjects=True)

    pages = [client.get(path).text for path in ("/", "/hosts/alice", "/skipped", "/events?uid=a")]

    assert ["Secret plan" in page for page in pages] == [True, True, False, True]
    assert ["https://rooms.example.com/1?a=1&amp;b=2" in page for page in pages] == [False, True, False, True]
    assert "Outing" in pages[2]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_one_for_all_readers(asking: Asking, told: Store, path: str) -> None:
    page = asking(standing(skipped=[ALL_DAY], waiting=[roomless()], problems=[REFUSED])).get(path).text

    assert '<html lang="en">' in page
    assert page.count("<h1") == page.count("<main") == 1
    assert 'href="#content"' in page
    assert not re.search(r"<script|style=|<link[^>]+//|<img[^>]+//|javascript:", page)
    assert not [cell for cell in re.findall(r"<th[ >][^>]*", page) if "scope=" not in cell]
    assert list(ids(page)) == list(dict.fromkeys(ids(page)))


def ids(page: str) -> Iterator[str]:
    return (found for found in re.findall(r' id="([^"]+)"', page))


def test_many_hosts_come_in_pages_and_by_state(asking: Asking, store: Store) -> None:
    client = asking(*(standing(f"h{number:03}") for number in range(150)), names=[f"h{n:03}" for n in range(150)])

    first, second, far = (client.get(f"/?page={page}").text for page in ("1", "2", "99"))

    assert ("h099" in first, "h100" in first, "Page 1 of 2" in first) == (True, False, True)
    assert ("h099" in second, "h149" in second, far == second) == (False, True, True)
    assert "No host is in this state." in client.get("/?state=refused").text


def test_what_is_not_there_is_said_with_a_way_back(asking: Asking) -> None:
    answers = [asking(standing()).get(path) for path in ("/hosts/nobody", "/nowhere")]

    assert [answer.status for answer in answers] == [404, 404]
    assert all('<a href="/">' in answer.text for answer in answers)


def test_a_page_with_the_longest_wait_still_says_when(asking: Asking) -> None:
    page = asking(standing(good=timedelta(days=400), failures=9000, problems=[DENIED])).get("/hosts/alice").text

    assert "400 d ago" in page


def test_a_database_that_fails_is_said_and_the_rest_goes_on(asking: Asking, store: Store) -> None:
    store._database.raw.execute("DROP TABLE history")
    client = asking(standing())

    answer = client.get("/events?uid=a")

    assert (answer.status, "The database fails: " in answer.text) == (503, True)
    assert client.get("/").status == 200


def test_a_page_that_breaks_our_code_says_so_and_where_is_logged(
    asking: Asking, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_host_id: int) -> None:
        raise RuntimeError("Secret plan")

    monkeypatch.setattr(store.meetings, "memories", broken)

    with structlog.testing.capture_logs() as lines:
        answer = asking(standing()).get("/hosts/alice")

    assert (answer.status, "calbridge itself failed" in answer.text, "Secret" in answer.text) == (500, True, False)
    assert answer.headers["x-frame-options"] == "DENY"
    assert [(line["event"], line["exc_info"]) for line in lines] == [("page failed", True)]
