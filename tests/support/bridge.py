"""calbridge between a real CalDAV server and the sandbox, over HTTP, in one process and a time that tests move on."""

import asyncio
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calbridge import app, config
from calbridge.apply import Done
from calbridge.calendars import DavAccount
from calbridge.core import marker
from calbridge.core.actions import NAMES
from calbridge.core.breakers import Allowed
from calbridge.core.model import CalendarObject, Conference, Fields, Listing
from calbridge.core.problem import Problem
from calbridge.enterprise.platform import AccountPlatform
from calbridge.errors import CalendarUnreachable, OutcomeUnknown
from calbridge.leaving import leave, who_leaves
from calbridge.ports import Poll, SyncState
from calbridge.sandbox import RunningSandbox
from calbridge.store import Store
from calbridge.sync import HostReport, Options
from support import ical
from support.caldav_servers import PASSWORD, request
from support.sandbox_account import Account, Json, MovableClock

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""When every test begins: nine in Paris, four weeks before the clocks change there."""


@dataclass(frozen=True, repr=False)
class Pass:
    """What one pass over one host said and did. `writes` are the platform's write calls, `puts` the hrefs written."""

    report: HostReport
    writes: tuple[str, ...]
    puts: tuple[str, ...]

    @property
    def actions(self) -> list[str]:
        """What was done, in the report's order."""
        return [NAMES[type(o.action)] for o in self.report.outcomes if isinstance(o, Done)]

    @property
    def skipped(self) -> list[str]:
        """The rules by which events were skipped."""
        return [skipped.problem.rule for skipped in self.report.plan.skipped]

    @property
    def problems(self) -> list[str]:
        """The rules of all problems."""
        return [problem.rule for problem in dict.fromkeys(self.report.problems)]

    @property
    def is_quiet(self) -> bool:
        """Nothing done, nothing written on either side, nothing to complain about."""
        return not (self.report.plan.actions or self.writes or self.puts or self.report.problems)

    def __repr__(self) -> str:
        planned = [f"{NAMES[type(a)]} {a.about.uid} {a.about.part}" for a in self.report.plan.actions]
        return f"{planned}, done {self.actions}, {self.writes}, {self.puts}, {self.problems}, {self.skipped}"


@dataclass
class Wires:
    """What happens on the way: seen, and disturbed where a test says so.

    `before_put` runs once, between our GET and our PUT, `before_proof` before a complete listing of a calendar.
    `answers_lost`: creates arrive, their answers don't. `creates_lost`: creates never arrive, and nobody can tell.
    `broken` are requests that fail: `listing`, `update`, `cancel` on the platform, `put` at the calendar server, and
    there the names of calendars that are polled.
    """

    puts: list[str] = field(default_factory=list)
    seen: dict[int, str] = field(default_factory=dict)
    before_put: Callable[[], object] | None = None
    before_proof: Callable[[], object] | None = None
    answers_lost: bool = False
    creates_lost: bool = False
    broken: frozenset[str] = frozenset()

    def account(self) -> type[DavAccount]:
        """A CalDAV account on these wires."""
        wires = self

        class Watched(DavAccount):
            async def poll(
                self, calendar: str, state: SyncState, known: Mapping[str, str | None], *, full: bool
            ) -> Poll:
                if calendar.rstrip("/").rsplit("/", 1)[1] in wires.broken:
                    raise CalendarUnreachable(_LOST)
                disturb = wires.before_proof
                if full and disturb is not None:
                    wires.before_proof = None
                    disturb()
                return await super().poll(calendar, state, known, full=full)

            async def put(self, source: CalendarObject, body: bytes) -> None:
                wires.puts.append(source.href.rsplit("/", 1)[1].removesuffix(".ics"))
                disturb, wires.before_put = wires.before_put, None
                if disturb is not None:
                    disturb()
                if "put" in wires.broken:
                    raise CalendarUnreachable(_LOST)
                await super().put(source, body)

        return Watched

    def platform(self) -> type[AccountPlatform]:
        """A platform's account on these wires."""
        wires = self

        class Watched(AccountPlatform):
            async def listing(self, host_id: int) -> Listing:
                wires.check("listing")
                listing = await super().listing(host_id)
                for conference in listing.conferences:
                    wires.note(conference)
                return listing

            async def fetch(self, conference_id: int) -> Conference | None:
                conference = await super().fetch(conference_id)
                if conference is not None:
                    wires.note(conference)
                return conference

            async def create(self, host_id: int, fields: Fields) -> Conference:
                if wires.creates_lost:
                    raise OutcomeUnknown(_LOST)
                conference = await super().create(host_id, fields)
                wires.note(conference)
                if wires.answers_lost:
                    raise OutcomeUnknown(_LOST)
                return conference

            async def update(self, conference_id: int, fields: Fields) -> Conference:
                wires.check("update")
                return await super().update(conference_id, fields)

            async def cancel(self, conference_id: int) -> None:
                wires.check("cancel")
                await super().cancel(conference_id)

        return Watched

    def check(self, request: str) -> None:
        """Fail where the test wants it so."""
        if request in self.broken:
            raise OutcomeUnknown(_LOST)

    def note(self, conference: Conference) -> None:
        """Remember how a conference was called when it was first seen."""
        name = f"{conference.subject} {conference.start:%Y-%m-%d}" if conference.is_child else conference.subject
        self.seen.setdefault(conference.id, name)


_LOST = Problem("the wire", "platform.unknown", "no answer came", "nothing: the test wants it so")


class Bridge:
    """One test's world: a user of her own on the CalDAV server, a sandbox of its own, one store and one clock.

    The host `alice` has the calendar `work`; objects are known by name, their href is NAME.ics. `roots` are other
    addresses by which hosts have the CalDAV server.
    """

    def __init__(self, folder: Path, dav: "Dav", sandbox: RunningSandbox, clock: MovableClock) -> None:
        self.clock = clock
        self.wires = Wires()
        self.sandbox = sandbox
        self.dav = dav
        self.folder = folder
        self.store_path = folder / "calbridge.db"
        self.tables: dict[str, str] = {}
        self.hosts = {"alice": (9, dav.user)}
        self.names: list[str] = []
        self.names_of: dict[str, list[str]] = {}
        self.roots: dict[str, str] = {}
        self._platform: Account | None = None
        self._store: Store | None = None
        (folder / "hosts.d").mkdir()
        _secret(folder / "api-token", "sandbox-token")
        _secret(folder / "hosts.d" / "password", PASSWORD)

    # --- the calendar, as its owner sees it --------------------------------------------------------------------------

    def put(self, name: str, *events: str, calendar: str = "work") -> None:
        """Write VEVENTs as one object."""
        self.dav.put(f"{calendar}/{name}", ical.calendar_object(*events))

    def text(self, name: str, calendar: str = "work") -> str:
        """An object, unfolded; "" where there is none."""
        return self.dav.get(f"{calendar}/{name}")

    def edit(self, name: str, edit: Callable[[str], str], calendar: str = "work") -> None:
        """Do what a person does with her calendar app."""
        self.dav.put(f"{calendar}/{name}", edit(self.text(name, calendar)))

    def change(self, name: str, *lines: str, drop: tuple[str, ...] = (), of: str | None = None) -> None:
        """Replace some properties of the master, or of one override."""
        self.edit(name, lambda text: ical.change(text, *lines, drop=drop, of=of))

    def delete(self, name: str, calendar: str = "work") -> None:
        """Delete an object."""
        self.dav.delete(f"{calendar}/{name}")

    def rooms(self, name: str, calendar: str = "work") -> list[str]:
        """The room that each VEVENT of an object shows in all the places that are ours, "" where it shows none."""
        return [_room(event) for event in ical.events_of(self.text(name, calendar))]

    def room(self, name: str, calendar: str = "work") -> str:
        """The one room of an object."""
        [room] = set(self.rooms(name, calendar))
        return room

    # --- calbridge ---------------------------------------------------------------------------------------------------

    def configure(self, **tables: str) -> None:
        """Set tables of calbridge.toml (`platform`, `safety`) or of every host ("select", "conference", ...)."""
        self.tables.update(tables)

    def sync(self, *, full: bool = False, cancels: int | None = None, creates: int | None = None) -> Pass:
        """One pass as `calbridge sync` makes it, with a process' short memory."""
        return self.sync_all(Options(full=full, allowed=Allowed(cancels, creates)))["alice"]

    def sync_all(self, options: Options | None = None) -> dict[str, Pass]:
        """The same over all hosts; every pass shows the writes of all."""
        before, self.wires.puts = len(self.sandbox.writes()), []
        if self._store is None:  # kept open: to open one costs more than a pass
            self._store = Store.open(self.store_path)
        reports = self.run(self._store, options or Options())
        writes = self._writes(before)
        return {report.host: Pass(report, writes, tuple(self.wires.puts)) for report in reports}

    def plan(self) -> HostReport:
        """What `calbridge plan` says."""
        with Store.snapshot(self.store_path) as store:
            [report] = self.run(store, Options(dry=True))
        return report

    def leave(self, name: str = "alice", *, keep_rooms: bool = False, dry: bool = False) -> HostReport:
        """Somebody leaves, as `calbridge uninstall --host NAME` does it."""
        [report] = self.leave_all(name, keep_rooms=keep_rooms, dry=dry)
        return report

    def leave_all(self, *names: str, keep_rooms: bool = False, dry: bool = False) -> tuple[HostReport, ...]:
        """These hosts leave, without names all, as `calbridge uninstall --all` does it."""
        self.close()
        loaded = config.load(self.folder, os.environ, needs_hosts=False)
        with Store.open(self.store_path) as store:
            who = who_leaves(loaded, store, names, keep_rooms=keep_rooms)
            return asyncio.run(leave(who, loaded, store, dry=dry, clock=self.clock))

    def settle(self) -> Pass:
        """Sync, and see that a second sync has nothing left to do."""
        first, second = self.sync(), self.sync()
        assert second.is_quiet, str(second)
        return first

    def end_of_grace(self, *, cancels: int | None = None) -> Pass:
        """Three passes, the last of which knows that an event has stayed away long enough."""
        assert self.sync().writes == ()
        self.clock.advance(minutes=6)
        assert self.sync().writes == ()
        self.clock.advance(minutes=6)
        return self.sync(cancels=cancels)

    def run(self, store: Store, options: Options) -> tuple[HostReport, ...]:
        """A pass over every host."""
        self.write_config()
        loaded = config.load(self.folder, os.environ)
        return asyncio.run(app.sync_hosts(loaded, store, options, clock=self.clock))

    def lose_store(self) -> None:
        """Delete the database."""
        self.close()
        for path in self.folder.glob("calbridge.db*"):
            path.unlink()

    def keep_store(self) -> None:
        """Copy the database, for `put_back_store`."""
        self.close()
        shutil.copy(self.store_path, self.folder / "earlier.db")

    def put_back_store(self) -> None:
        """Put the copy in the database's place."""
        self.lose_store()
        shutil.copy(self.folder / "earlier.db", self.store_path)

    def close(self) -> None:
        """Close the database, as at the end of a process."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def write_config(self) -> None:
        """Write calbridge.toml and hosts.d as they are now."""
        main = {name: text for name, text in self.tables.items() if name in {"platform", "safety"}}
        rest = "".join(f"[{name}]\n{text}\n" for name, text in self.tables.items() if name not in main)
        platform = f'[platform]\nurl = "{self.sandbox.url}"\napi_token_file = "api-token"\n{main.pop("platform", "")}\n'
        (self.folder / "calbridge.toml").write_text(
            platform + "".join(f"[{name}]\n{text}\n" for name, text in main.items())
        )
        for name, (host_id, user) in self.hosts.items():
            chosen = self.names_of.get(name, self.names)
            names = f"names = {chosen}\n" if chosen else ""
            url = f"{self.roots.get(name, self.dav.root)}{user}/"
            (self.folder / "hosts.d" / f"{name}.toml").write_text(
                f'[host]\nid = {host_id}\nemails = ["{name}@example.com"]\n'
                f'[calendar]\nurl = "{url}"\nusername = "{user}"\npassword_file = "password"\n'
                f"{names}{rest}"
            )

    # --- the platform ------------------------------------------------------------------------------------------------

    @property
    def platform(self) -> Account:
        """The platform, past calbridge."""
        if self._platform is None:
            self._platform = Account(self.sandbox)
        self._platform.renew()
        return self._platform

    def conferences(self, host_id: int = 9) -> list[str]:
        """Single conferences and masters: `subject, start zone, minutes[, schedule]`."""
        return sorted(_shown(c) for c in self.listed(host_id) if _is_head(c))

    def instances(self, first: int = 4) -> list[str]:
        """The children that are listed, by start: `subject, start`; the first few."""
        rows = [c for c in self.listed(9) if not _is_head(c)]
        return [f"{c['subject']}, {c['start'][:16]}" for c in sorted(rows, key=lambda c: str(c["start"]))][:first]

    def platform_rooms(self, host_id: int = 9) -> list[str]:
        """The rooms of all single conferences and masters."""
        return sorted(c["room_url"] for c in self.listed(host_id) if _is_head(c))

    def listed(self, host_id: int) -> list[Json]:
        """Everything that the platform lists of a host."""
        content = self.platform.accepted("conference/fetch_all", host_id=host_id)
        return content if isinstance(content, list) else self.platform.listing(host_id)

    def check(self) -> None:
        """What must hold at the end of every test: never two conferences with one marker."""
        for host_id, _ in self.hosts.values():
            agendas = [marker.find(c["agenda"]) for c in self.listed(host_id) if _is_head(c)]
            doubles = [found for found, count in Counter(agendas).items() if found is not None and count > 1]
            assert doubles == []

    def _writes(self, before: int) -> tuple[str, ...]:
        calls = self.sandbox.writes()[before:]
        return tuple(self._call(c.path, c.body, c.status) for c in calls if c.path.startswith("conference/"))

    def _call(self, path: str, body: Mapping[str, Any], status: int) -> str:  # Any: JSON
        verb = path.removeprefix("conference/")
        known = self.wires.seen.get(body.get("conference_id", 0), "")
        is_child = re.search(r" \d{4}-\d\d-\d\d$", known) is not None
        name = known if verb == "cancel" or is_child else body["subject"]
        return f"{verb} {name}" if status == 200 else f"{verb} {name} refused"


@dataclass
class Dav:
    """One user's calendars, spoken to past calbridge. `root` ends with a slash."""

    root: str
    user: str

    def make_calendar(self, name: str) -> None:
        """Make a calendar."""
        status, _ = request(f"{self.root}{self.user}/{name}/", "MKCALENDAR", self.user, _MKCALENDAR)
        assert status == 201, status

    def delete_calendar(self, name: str) -> None:
        """Delete a calendar with all that is in it."""
        status, _ = request(f"{self.root}{self.user}/{name}/", "DELETE", self.user)
        assert status in (200, 204), status

    def put(self, name: str, text: str) -> None:
        """Write an object, `calendar/name`."""
        status, answer = request(self._href(name), "PUT", self.user, text.replace("\n", "\r\n").encode())
        assert status in (201, 204), answer

    def get(self, name: str) -> str:
        """Read it."""
        status, answer = request(self._href(name), "GET", self.user)
        return ical.unfolded(answer) if status == 200 else ""

    def delete(self, name: str) -> None:
        """Delete it."""
        status, answer = request(self._href(name), "DELETE", self.user)
        assert status in (200, 204), answer

    def _href(self, name: str) -> str:
        return f"{self.root}{self.user}/{name}.ics"


_MKCALENDAR = (
    '<?xml version="1.0"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
    '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'
    "</D:prop></D:set></C:mkcalendar>"
)


def _secret(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def _room(event: str) -> str:
    url = next(iter(re.findall(r"^X-CALBRIDGE-URL[^:]*:(\S+)$", event, re.MULTILINE)), "")
    assert (f"Join: {url}" in event) == bool(url), event
    assert "calbridge" not in event or url, event
    return url


def _is_head(conference: Json) -> bool:
    return conference.get("master_id") in (None, conference["conference_id"])


def _shown(conference: Json) -> str:
    fields = (conference["subject"], f"{conference['start'][:16]} {conference['time_zone']}", conference["duration"])
    schedule = (conference["schedule"],) if conference.get("schedule") else ()
    return ", ".join(map(str, (*fields, *schedule)))
