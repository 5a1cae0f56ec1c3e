"""The platform below HTTP: its Enterprise API as documented, in memory, with every way to fail that HTTP allows.

Schedules are read by the sandbox's code, which knows nothing of the product's own.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calbridge.core.problem import Problem
from calbridge.enterprise import transport
from calbridge.enterprise.answer import Answer, unknown
from calbridge.enterprise.endpoint import TIME_FORMAT
from calbridge.enterprise.messages import FieldMessage, ScheduleMessage
from calbridge.enterprise.transport import Post
from calbridge.errors import NotSent
from calbridge.sandbox import expansion, refusals, schedule
from simulation import faults
from simulation.events import HOST, ROOMS
from simulation.world import Violation, World

Json = dict[str, Any]  # Any: JSON
API_TOKEN = "CANARY-api-token"
SETTLED = 119.0
"""Seconds within which a create must have taken effect and show in every listing: less than settle_time."""
_TABLES = frozenset(map(str, (*FieldMessage, *ScheduleMessage)))


@dataclass(frozen=True)
class Row:
    """One conference, or one instance of a series. `origin` is the request that made it, "person" for somebody's own.

    `instance` is a child's original local start. `listed` is when every listing shows it.
    """

    id: int
    origin: str
    subject: str
    agenda: str
    start: datetime
    minutes: int
    settings: tuple[tuple[str, Any], ...]  # Any: JSON
    code: str | None
    schedule: str | None = None
    master: int | None = None
    instance: datetime | None = None
    changed: bool = False
    listed: datetime | None = None
    cancelled: bool = False

    @property
    def is_child(self) -> bool:
        """An instance under its master."""
        return self.master is not None and self.master != self.id

    @property
    def ends(self) -> datetime:
        """When it is over."""
        return self.start + timedelta(minutes=self.minutes)


@dataclass
class Habits:
    """What the platform's document leaves open (design.md, section 8)."""

    first_instance_child: bool = False
    master_stays_listed: bool = True
    resets_children: bool = False
    pages: bool = True
    refusal_status: int = 400
    lag: float = 0.0
    terse_answers: bool = False


@dataclass
class PlatformServer:
    """One account with one host. `rows` are all conferences ever made; `seen_cancel` is told before one goes.

    `requests` counts writes that arrived. `past` keeps what rows were, for listings that are stale.
    """

    world: World
    habits: Habits = field(default_factory=Habits)
    rows: dict[int, Row] = field(default_factory=dict)
    past: list[tuple[datetime, Row]] = field(default_factory=list)
    down: bool = False
    requests: int = 0
    version: int = 0
    seen_cancel: Callable[[int], None] = lambda _id: None
    _next: int = 100
    _sessions: int = 0
    _expires: datetime | None = None

    # --- as people see it ---------------------------------------------------------------------------------------------

    def live(self) -> Iterator[Row]:
        """Heads that exist and are not over: single conferences and masters."""
        return (row for row in self.rows.values() if not row.is_child and not row.cancelled)

    def children(self, master: int) -> list[Row]:
        """The instances of a series that exist."""
        return [row for row in self._every_child(master) if not row.cancelled]

    def url(self, row: Row) -> str:
        """The room."""
        if row.code is None:
            return f"{ROOMS}alice"
        return f"{ROOMS}room-{row.code}"

    def change(self, row: Row, **changes: Any) -> Row:  # Any: a row's fields
        """Somebody, or we, change a conference."""
        changed = replace(row, **changes)
        self.past.append((self.world.now, row))
        self.rows[row.id] = changed
        self.version += 1
        return changed

    def cancel(self, row: Row) -> None:
        """It goes, a master with its children."""
        for each in [row, *self.children(row.id)]:
            self.change(each, cancelled=True)

    def copy(self, row: Row) -> Row:
        """Somebody makes a conference of her own out of ours, agenda and all."""
        self._next += 1
        return self._add(replace(row, id=self._next, origin="person", schedule=None, master=None, code=str(self._next)))

    # --- as calbridge sees it -----------------------------------------------------------------------------------------

    async def send(self, post: Post) -> Answer:
        """One request and its complete answer, or not."""
        world, path, asked = self.world, post.path, dict(post.payload)
        kinds: tuple[str, ...] = faults.PLATFORM
        if path in _WRITES:
            kinds = faults.WRITES
            self.requests += 1
            asked["request"] = self.requests
        elif path == "conference/fetch_all":
            kinds = faults.LISTING
        fault = "api 5xx" if self.down else world.draw(kinds)
        world.say(f"  {path} {_brief(asked)} [{fault}]")
        if path == "conference/cancel":
            self.seen_cancel(asked["conference_id"])
        return self._mishap(fault, path, asked) or self._reply(path, asked, fault)

    def _mishap(self, fault: str | None, path: str, asked: Json) -> Answer | None:
        """What comes in the place of an answer, where nothing was done; None where it will be."""
        match fault:
            case "api no connection":
                raise NotSent(Problem("acme.example.com", "platform.unreachable", "no connection", "check"))
            case "api request lost":
                self._time_out()
                raise unknown(path, "no complete answer: the connection broke off")
            case "api late":
                sent, delay = self.world.now, self.world.random.uniform(1, SETTLED)
                self.world.later(delay, f"  late {path}", lambda: self._answer(path, asked, fault, sent))
                self._time_out()
                raise unknown(path, "no complete answer: not done within 30 s")
            case "api 401":
                self._expires = None
        return self._unwell(fault, path, asked)

    def _unwell(self, fault: str | None, path: str, asked: Json) -> Answer | None:
        """An answer that is not the one to what was asked."""
        random = self.world.random
        match fault:
            case "api 5xx":
                return self._json(random.choice((500, 502, 503)), {"message": f"Failure of {API_TOKEN}"})
            case "api 429":
                return self._json(429, {"message": "Slow down"}, str(random.choice((1, 5, 60))))
            case "api html":
                return self._html(200)
            case "api proxy page":
                return self._html(random.choice((404, 403, 502, 504)))
            case "api refused" if path != "conference/cancel":
                return self._json(self.habits.refusal_status, {"message": FieldMessage.RECORDING.value})
            case "api forbidden" if path in {"conference/create", "conference/update"}:
                return self._json(403, {"message": f"Not this one, {asked.get('auth_token')}"})
            case _:
                return None

    def _reply(self, path: str, asked: Json, fault: str | None) -> Answer:
        if fault == "api twice":
            self._answer(path, asked, fault)
            answer = self._answer(path, asked, fault)
        else:
            answer = self._answer(path, asked, fault)
        match fault:
            case "api reply lost":
                self._time_out()
                raise unknown(path, "no complete answer: the connection broke off")
            case "api 5xx with effect":
                return self._json(502, {"message": "Bad gateway"})
            case "api cut":
                return replace(answer, body=answer.body[: len(answer.body) // 2])
        return answer

    def _time_out(self) -> None:
        if self.world.chance(0.3):
            self.world.pass_time(30)

    def _answer(self, path: str, asked: Json, fault: str | None, sent: datetime | None = None) -> Answer:
        """Do what is asked; `sent` where that was a while ago."""
        if path == "authenticate":
            return self._authenticate(asked)
        if sent is None and not self._is_session(asked):
            return self._json(401, {"message": f"Session expired: {asked.get('auth_token')}"})
        try:
            return self._json(200, self._do(path, asked, fault, sent or self.world.now))
        except refusals.Missing as error:
            return self._json(404, {"message": error.message})
        except refusals.Refusal as error:
            return self._json(self.habits.refusal_status, {"message": error.message})

    def _do(self, path: str, asked: Json, fault: str | None, sent: datetime) -> Any:  # Any: JSON
        match path:
            case "host/fetch":
                return _HOST
            case "conference/create":
                return self._written(self._create(asked, sent), fault)
            case "conference/update":
                return self._written(self._update(asked), fault)
            case "conference/fetch":
                return self._shaped(self._existing(asked))
            case "conference/fetch_all":
                return self._listing(asked, fault)
            case "conference/cancel":
                self.cancel(self._existing(asked))
                return {"message": "OK"}
        raise Violation("documented requests", path)

    # --- sessions -----------------------------------------------------------------------------------------------------

    def _authenticate(self, asked: Json) -> Answer:
        if asked.get("api_token") != API_TOKEN:
            raise Violation("credentials", "authenticate with another token")
        self._sessions += 1
        self._expires = self.world.now + timedelta(hours=1)
        return self._json(200, {"auth_token": f"CANARY-session-{self._sessions}"})

    def _is_session(self, asked: Json) -> bool:
        current = asked.get("auth_token") == f"CANARY-session-{self._sessions}"
        if not current or self._expires is None or self._expires < self.world.now:
            return False
        self._expires = self.world.now + timedelta(hours=1)
        return True

    # --- conferences --------------------------------------------------------------------------------------------------

    def _create(self, asked: Json, sent: datetime) -> Row:
        zone = ZoneInfo(asked["time_zone"])
        start = datetime.strptime(asked["start"], TIME_FORMAT).replace(tzinfo=zone)
        self._next += 1
        listed = max(self.world.now, sent + timedelta(seconds=self.world.random.uniform(0, self.habits.lag)))
        if self.habits.lag:
            self.world.struck["api listing lag"] += 1
        rule = None if asked.get("schedule") is None else schedule.parse(asked["schedule"])
        row = Row(
            id=self._next,
            origin=f"request {asked['request']}",
            subject=asked["subject"],
            agenda=asked["agenda"],
            start=start,
            minutes=asked["duration"],
            settings=_settings(asked),
            code=str(100_000 + self._next) if asked["one_time_access_code"] else None,
            schedule=None if rule is None else str(rule),
            master=None if rule is None else self._next,
            listed=listed,
        )
        if rule is not None:
            row = self._from_first(row, rule)
        self._add(row)
        self._expand(row)
        return row

    def _update(self, asked: Json) -> Row:
        row = self._existing(asked)
        if row.is_child and asked.get("schedule") is not None:
            raise refusals.Refused(ScheduleMessage.MASTER_ONLY)
        zone = ZoneInfo(asked["time_zone"])
        said = {
            "subject": asked["subject"],
            "agenda": asked["agenda"],
            "minutes": asked["duration"],
            "start": datetime.strptime(asked["start"], TIME_FORMAT).replace(tzinfo=zone),
            "settings": _settings(asked),
        }
        if row.is_child or row.schedule is None:
            return self.change(row, **said, changed=row.is_child)
        rule = schedule.parse(asked.get("schedule") or row.schedule)
        after = self._from_first(replace(row, **said, schedule=str(rule)), rule)
        anew = (after.start, after.schedule) != (row.start, row.schedule)
        self.change(row, **said | {"start": after.start, "schedule": after.schedule})
        if anew:
            for child in self._every_child(row.id):
                self.change(child, cancelled=True, instance=None)  # no update brings it back
            self._expand(after)
        else:
            self._spread(after)
        return after

    def _every_child(self, master: int) -> list[Row]:
        return [row for row in self.rows.values() if row.master == master != row.id]

    def _spread(self, master: Row) -> None:
        """A master's new values reach its children; whether also those that were changed is a habit."""
        for child in self._every_child(master.id):
            back = self.habits.resets_children and (child.changed or child.cancelled)
            if child.instance is None or ((child.changed or child.cancelled) and not back):
                continue
            self.change(
                child,
                subject=master.subject,
                agenda=master.agenda,
                minutes=master.minutes,
                settings=master.settings,
                start=child.instance.replace(tzinfo=master.start.tzinfo),
                changed=False,
                cancelled=False,
            )

    def _from_first(self, row: Row, rule: schedule.Schedule) -> Row:
        first = expansion.first_date(rule, row.start.date())
        if first is None:
            raise refusals.Refused(ScheduleMessage.UNPARSABLE)
        return replace(row, start=datetime.combine(first, row.start.time(), row.start.tzinfo))

    def _expand(self, master: Row) -> None:
        if master.schedule is None:
            return
        rule = schedule.parse(master.schedule)
        last = expansion.months_later(self.world.now, 18).date()
        wall = master.start.replace(tzinfo=None)
        for number, local in enumerate(expansion.wall_times(rule, wall, last)):
            if number == 0 and not self.habits.first_instance_child:
                continue
            start = local.replace(tzinfo=master.start.tzinfo)
            if start + timedelta(minutes=master.minutes) <= self.world.now:
                continue
            self._next += 1
            self._add(replace(master, id=self._next, start=start, instance=local, schedule=None))

    def _existing(self, asked: Json) -> Row:
        row = self.rows.get(asked["conference_id"])
        if row is None or row.cancelled:
            raise refusals.Missing("No such conference")
        return row

    def _add(self, row: Row) -> Row:
        self.rows[row.id] = row
        self.version += 1
        return row

    # --- answers ------------------------------------------------------------------------------------------------------

    def _listing(self, asked: Json, fault: str | None) -> Any:  # Any: JSON
        rows = [row for row in self._rows(fault) if self._is_listed(row)]
        rows.sort(key=lambda row: (row.start, row.id))
        if not self.habits.pages:
            return [self._shaped(row) for row in rows]
        first = int(asked.get("page") or 0)
        shown = [self._shaped(row) for row in rows[first : first + 10]]
        if fault == "api id twice" and shown:
            shown.append(shown[0])
        following = first + 10 if len(rows) > first + 10 else None
        if fault == "api pages in a circle" and following is not None:
            following = first or 10
        return {"conferences": shown, "next_page": None if following is None else str(following)}

    def _rows(self, fault: str | None) -> list[Row]:
        if fault != "api stale listing":
            return list(self.rows.values())
        since = self.world.now - timedelta(seconds=self.world.random.uniform(1, 60))
        before = {row.id: row for moment, row in reversed(self.past) if moment > since}
        return [before.get(id_, row) for id_, row in self.rows.items()]

    def _is_listed(self, row: Row) -> bool:
        now = self.world.now
        if row.cancelled or (row.listed is not None and row.listed > now):
            return False
        if row.master == row.id and self.habits.master_stays_listed:
            return any(child.ends > now for child in self.children(row.id)) or row.ends > now
        return row.ends > now

    def _written(self, row: Row, fault: str | None) -> Json:
        shaped = self._shaped(row)
        if fault == "api no room url" or self.habits.terse_answers:
            del shaped["room_url"]
        return shaped

    def _shaped(self, row: Row) -> Json:
        shaped = {
            "conference_id": row.id,
            "subject": row.subject,
            "agenda": row.agenda,
            "start": row.start.strftime(TIME_FORMAT),
            "end_time": row.ends.strftime(TIME_FORMAT),
            "active": row.start <= self.world.now < row.ends,
            "time_zone": str(row.start.tzinfo),
            "duration": row.minutes,
            **dict(row.settings),
            "one_time_access_code": False if row.code is None else int(row.code),
            "room_url": self.url(row),
            "recordings": [],
            "moderator_token": "CANARY-moderator-token",
            "participant_emails": [],
        }
        if row.master is None:
            return shaped
        return shaped | {"is_master": row.master == row.id, "master_id": row.master, "schedule": row.schedule}

    def _json(self, status: int, content: Any, retry_after: str | None = None) -> Answer:  # Any: JSON
        return Answer(status, "application/json", retry_after, self.world.now, json.dumps(content).encode())

    def _html(self, status: int) -> Answer:
        return Answer(status, "text/html", None, self.world.now, b"<html>CANARY-portal CANARY-api-token</html>")


class PlatformWire:
    """In the place of the product's HTTP transport."""

    def __init__(self, server: PlatformServer, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._server, self._before, self._after = server, before, after

    async def __aenter__(self) -> "PlatformWire":
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    def where(self, path: str) -> str:
        """As the real one names a request."""
        return f"acme.example.com {path}"

    async def send(self, post: Post) -> Answer:
        """Send once, or die on the way."""
        self._before()
        await self._server.world.step()
        self._before()
        try:
            answer = await self._server.send(post)
            if answer.status >= 300:  # as the real transport does
                answer = replace(answer, body=transport._without(post.secrets, answer.body))
        finally:
            self._after()
        await self._server.world.step()
        self._before()
        return answer


_WRITES = frozenset({"conference/create", "conference/update", "conference/cancel"})
_SETTINGS = ("auto_record", "auto_stream", "auto_transcribe", "mute_mode", "security_pin")
_HOST = {
    "host_id": HOST,
    "name": "Alice",
    "email": "alice@example.com",
    "time_zone": "Europe/Paris",
    "locale": "en-GB",
    "primary_dialin_number": {"international_format": "+1 555 0100"},
    "access_code": {"number": "4711"},
    "moderator_pin": {"number": "CANARY-moderator-pin"},
}


def _settings(asked: Json) -> tuple[tuple[str, Any], ...]:  # Any: JSON
    return tuple((name, asked.get(name)) for name in _SETTINGS)


def _brief(asked: Json) -> str:
    keep = ("conference_id", "subject", "start", "duration", "schedule", "page")
    marker = [str(asked["agenda"]).rsplit("-", 1)[-1]] if "agenda" in asked else []
    return " ".join(str(asked[name]) for name in keep if asked.get(name) is not None) + "".join(f" {m}" for m in marker)
