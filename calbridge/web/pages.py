"""The pages that people read: each gathers what it shows, and a template says it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, get_args
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from calbridge.core.event import read_object
from calbridge.core.model import EventSet
from calbridge.core.problem import Problem
from calbridge.core.remembered import Mapping, Memory
from calbridge.core.roomless import Roomless
from calbridge.core.upcoming import Upcoming, changed, upcoming
from calbridge.errors import StoreError
from calbridge.standing import State, needs_somebody, roomless_soon, state
from calbridge.status_report import ago, start_text
from calbridge.store import Standing
from calbridge.story import sentence, stories
from calbridge.web.sources import Sources
from calbridge.web.week import bounds, monday_of, week_of

PER_PAGE: Final = 100
"""Hosts on one page, and skipped events."""

AHEAD: Final = timedelta(days=14)
"""How far ahead a host's next meetings are listed, `NEXT` at most."""

NEXT: Final = 10

_WORDS: Final[dict[State, str]] = {
    "fine": "fine",
    "waiting": "a meeting waits",
    "failing": "being tried again",
    "refused": "login refused",
    "stale": "no good visit",
}


class Pages:
    """The pages over what a daemon knows."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._templates = Environment(
            loader=PackageLoader("calbridge.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        filters = {"ago": ago, "start_text": start_text, "sentence": sentence, "iso": _iso, "clock": _clock}
        paths = {"host_path": _host_path, "event_path": _event_path}
        self._templates.filters.update(filters | paths)

    async def overview(self, request: Request) -> Response:
        """The verdict, who needs somebody, what has no room, and all hosts, page by page."""
        verdict, standings = self._sources.verdict(), self._standings()
        wanted = request.query_params.get("state", "")
        states = {standing.host: state(standing, verdict.now) for standing in standings}
        shown = [standing for standing in standings if wanted in ("", states[standing.host])]
        page, pages = _page(request, len(shown))
        return self._html(
            "overview.html",
            here="/",
            verdict=verdict,
            problems=self._sources.problems(),
            needing=[standing for standing in standings if needs_somebody(standing, verdict.now)][:PER_PAGE],
            soon=sorted(roomless_soon(standings, verdict.now), key=lambda found: str(found[1].start)),
            standings=shown[(page - 1) * PER_PAGE : page * PER_PAGE],
            states=states,
            counts=Counter(states.values()),
            all_states=get_args(State),
            wanted=wanted if wanted in get_args(State) else "",
            page=page,
            pages=pages,
            meetings=sum(standing.meetings for standing in standings),
            skipped=sum(len(standing.skipped) for standing in standings),
        )

    async def host(self, request: Request) -> Response:
        """One host: how she fares, her week, and what has no room."""
        name = request.path_params["name"]
        standing = next((each for each in self._standings() if each.host == name), None)
        if standing is None:
            return self._missing("There is no such host, or she was not visited yet.")
        now = self._sources.clock()
        zone = self._zone(standing)
        monday = monday_of(_day(request.query_params.get("week", "")) or now.astimezone(zone).date())
        memories = {} if standing.host_id is None else self._sources.store.meetings.memories(standing.host_id)
        events = dict(self._events(memories, zone))
        first, last = bounds(monday, zone)
        of_week = [each for each in upcoming(memories, events, first, last) if each.start >= first]
        return self._html(
            "host.html",
            standing=standing,
            state=state(standing, now),
            waiting=[(name, each) for each in standing.waiting],
            skipped=[(name, each) for each in standing.skipped],
            upcoming=upcoming(memories, events, now, now + AHEAD)[:NEXT],
            week=week_of(monday, of_week, zone, now),
            zone=zone,
            monday=monday_of(now.astimezone(zone).date()),
        )

    async def skipped(self, request: Request) -> Response:
        """Events that ask for a room and can't have one, of all hosts."""
        found = [(standing.host, each) for standing in self._standings() for each in standing.skipped]
        page, pages = _page(request, len(found))
        shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
        return self._html("skipped.html", here="/skipped", found=shown, count=len(found), page=page, pages=pages)

    async def event(self, request: Request) -> Response:
        """The story of one event, by its UID."""
        uid = request.query_params.get("uid", "").strip()
        found = stories(uid, self._sources.store, self._standings()) if uid else ()
        known = {standing.host: standing for standing in self._standings()}
        zones = {story.host: self._zone(known.get(story.host)) for story in found}
        return self._html("event.html", here="/events", uid=uid, stories=found, zones=zones, hosts=frozenset(known))

    async def missing(self, _request: Request, _error: Exception) -> Response:
        """There is no such page."""
        return self._missing("There is no such page.")

    async def failed(self, _request: Request, error: Exception) -> Response:
        """The database can't be read: a daemon that can't either says so itself."""
        why = error.problem.reason if isinstance(error, StoreError) else ""
        return self._html("message.html", status=503, heading="Not now", why=f"The database fails: {why}.")

    def broken(self) -> Response:
        """The mistake is ours, and in the log."""
        why = "calbridge itself failed to make this page; please report it with the line about it in its log."
        return self._html("message.html", status=500, heading="Not this page", why=why)

    def _missing(self, why: str) -> Response:
        return self._html("message.html", status=404, heading="Not found", why=why)

    def _html(self, template: str, *, status: int = 200, here: str = "", **shown: object) -> Response:
        words = {"here": here, "now": self._sources.clock(), "words": _WORDS, "subjects": self._shows_subjects}
        tell = {"name_of": self._name_of, "told": self._told}
        return HTMLResponse(self._templates.get_template(template).render(**words, **tell, **shown), status)

    @property
    def _shows_subjects(self) -> bool:
        return self._sources.config().daemon.show_subjects

    def _standings(self) -> list[Standing]:
        """Those of configured hosts, by name."""
        hosts = {host.name for host in self._sources.config().hosts}
        return sorted((s for s in self._sources.standings() if s.host in hosts), key=lambda standing: standing.host)

    def _name_of(self, meeting: Roomless | Upcoming | Mapping) -> str:
        return (meeting.subject if self._shows_subjects else "") or "A meeting"

    def _told(self, problem: Problem) -> Problem:
        """A problem without the meetings that a breaker's names, where subjects are hidden."""
        if self._shows_subjects or not problem.rule.startswith("breaker."):
            return problem
        return replace(problem, reason=problem.reason.partition(": ")[0])

    def _zone(self, standing: Standing | None) -> tzinfo:
        """The host's, as far as the platform said it."""
        if standing is None or standing.host_id is None:
            return UTC
        record = self._sources.store.journal.host(standing.host_id)
        try:
            return ZoneInfo((record.profile.zone if record and record.profile else None) or "UTC")
        except (KeyError, ValueError):  # no zone that is known here
            return UTC

    def _events(self, memories: dict[str, Memory], zone: tzinfo) -> Iterator[tuple[str, EventSet]]:
        """The events of series with changed instances, as last seen."""
        for uid in changed(memories):
            for calendar, href in memories[uid].places:
                stored = self._sources.store.calendars.object(calendar, href)
                read = None if stored is None else read_object(stored.object, zone=str(zone))
                if isinstance(read, EventSet):
                    yield uid, read


def _page(request: Request, count: int) -> tuple[int, int]:
    """Which page is asked for, from 1, and how many there are."""
    pages = max(1, -(-count // PER_PAGE))
    asked = request.query_params.get("page", "1")
    return (min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1), pages


def _day(text: str) -> date | None:
    """A day that has weeks before and after it; None for any other text."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date.min.year < found.year < date.max.year else None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def _host_path(host: str, week: date | None = None) -> str:
    return f"/hosts/{quote(host, safe='')}{'' if week is None else f'?week={week.isoformat()}#week'}"


def _event_path(uid: str) -> str:
    return f"/events?{urlencode({'uid': uid}, errors='surrogateescape')}"
