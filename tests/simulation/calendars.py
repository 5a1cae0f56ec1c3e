"""A CalDAV server below HTTP: what each of `caldav-servers.md` was seen doing, and every way to fail on top."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from calbridge.calendars import failures
from calbridge.calendars.transport import Answer, BrokenOff
from simulation import events, faults
from simulation.dav import CALENDAR, HOME, NAMESPACES, brief, decoded, entry, page
from simulation.world import Violation, World


@dataclass
class Stored:
    """One object. `versions` are all bodies it ever had, by ETag: what somebody who writes may have read."""

    body: bytes
    etag: str
    versions: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Habits:
    """What kind of server it is. `atomic`: If-Match and the write are one step.

    `home_tells`: a listing of the calendars shows the version of each.
    """

    sync: bool = True
    atomic: bool = True
    rewrites: bool = False
    drops: frozenset[str] = frozenset()
    multiget: str = "entry"
    home_tells: bool = True


@dataclass
class Calendar:
    """One collection; `changes` is what its sync-tokens count."""

    url: str
    objects: dict[str, Stored] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)


class CalendarServer:
    """One account's calendars. People change them with `put` and `delete`; calbridge through `exchange`.

    `edit` is somebody's edit of an object, made where a fault says so. `shown` is what calbridge read of each in this
    pass, after what it had read last before it; None is a 404. `states` are each calendar's hrefs by its sync-tokens.
    `unlisted`, `unfetchable`, `hidden` (hrefs), `emptied`, `away` (calendars) and `down` are the spells that last;
    `puts` counts what calbridge wrote, `polled` are calendars that it asked about their events in this pass.
    """

    def __init__(self, world: World, names: tuple[str, ...]) -> None:
        self.world = world
        self.habits = Habits()
        self.calendars = {f"{HOME}{name}/": Calendar(f"{HOME}{name}/") for name in names}
        self.edit: Callable[[str, str], None] = lambda _calendar, _href: None
        self.changed: Callable[[], None] = lambda: None
        self.seen_put: Callable[[str, bytes, bytes], None] = lambda _href, _before, _after: None
        self.asked_put: Callable[..., None] = lambda _href, _etag, **_: None
        self.shown: dict[str, list[events.Told | None]] = {}
        self.states: dict[str, list[frozenset[str]]] = {url: [frozenset()] for url in self.calendars}
        self.unlisted: set[str] = set()
        self.unfetchable: set[str] = set()
        self.emptied: set[str] = set()
        self.away: set[str] = set()
        self.hidden: set[str] = set()
        self.polled: set[str] = set()
        self.down = False
        self.puts = 0
        self.version = 0
        self._etags = 0

    # --- as people see it ---------------------------------------------------------------------------------------------

    def put(self, href: str, body: bytes, *, told: bool = True) -> None:
        """Somebody writes an object; unless it is `told`, no token will ever show that."""
        calendar = self._calendar_of(href)
        self._etags += 1
        self.version += 1
        etag = f'"e{self._etags}"'
        before = calendar.objects.get(href)
        versions = {} if before is None else before.versions
        versions[etag] = body
        calendar.objects[href] = Stored(body, etag, versions)
        if told:
            calendar.changes.append(href)
            self.states[calendar.url].append(frozenset(calendar.objects))
        self.changed()

    def delete(self, href: str) -> None:
        """Somebody deletes one."""
        calendar = self._calendar_of(href)
        self.version += 1
        del calendar.objects[href]
        calendar.changes.append(href)
        self.states[calendar.url].append(frozenset(calendar.objects))
        self.changed()

    def report(self, href: str) -> None:
        """Let sync-tokens tell of an object once more."""
        calendar = self._calendar_of(href)
        calendar.changes.append(href)
        self.states[calendar.url].append(frozenset(calendar.objects))

    def versions(self, href: str) -> list[bytes]:
        """What an object has been, the last as it is."""
        return list(self._calendar_of(href).objects[href].versions.values())

    def everything(self) -> dict[str, bytes]:
        """Every object there is, by href."""
        return {href: each.body for calendar in self.calendars.values() for href, each in calendar.objects.items()}

    def asking(self) -> list[tuple[str, events.Told]]:
        """The events that ask for a room, by href."""
        told = ((href, events.read(body)) for href, body in sorted(self.everything().items()))
        return [(href, each) for href, each in told if each.asks]

    def begin_pass(self) -> None:
        """From now on, what is read is read anew."""
        self.polled = set()
        self.shown = {href: told[-1:] for href, told in self.shown.items()}

    # --- as calbridge sees it -----------------------------------------------------------------------------------------

    def exchange(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One HTTP request and its answer, or not."""
        if "CANARY" not in decoded(headers.get("Authorization", "")):
            raise Violation("credentials", f"{method} without the password")
        kinds = self._kinds(method, body)
        share = self.world.rate * (2.5 if method == "PUT" else 0.8)
        fault = "dav 5xx" if self.down else self.world.draw(kinds, share)
        if method == "PUT" and not re.fullmatch('"[^"]+"', headers.get("If-Match", "")):
            raise Violation("strong If-Match", f"PUT {url} with If-Match {headers.get('If-Match')}")
        self.world.say(f"  {method} {urlsplit(url).path} {brief(body, method)} {headers.get('If-Match', '')} [{fault}]")
        answer = self._mishap(fault, url, body, headers) or self._answer(method, url, body, headers, fault)
        match fault:
            case "dav reply lost":
                raise BrokenOff("the connection broke off")
            case "dav 5xx with effect":
                return page(500, url)
            case "dav cut":
                return Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2], url)
        return answer

    def _mishap(self, fault: str | None, url: str, body: bytes, headers: Mapping[str, str]) -> Answer | None:
        """What comes in the place of an answer, where the request has no effect; None where it has."""
        match fault:
            case "dav no connection":
                raise failures.unreachable(HOME, "no connection to the server")
            case "dav request lost":
                raise BrokenOff("the connection broke off")
            case "dav late":
                delay = self.world.random.uniform(1, 100)
                self.world.later(delay, "  late PUT", lambda: self._put(url, body, headers))
                raise BrokenOff("the connection broke off")
            case "dav 5xx":
                return page(self.world.random.choice((500, 502, 503)), url)
            case "dav 401":
                return page(401, url)
            case "dav 429":
                return page(429, url)
            case "dav html":
                return page(200, url)
            case _:
                return None

    def _kinds(self, method: str, body: bytes) -> tuple[str, ...]:
        match method:
            case "PUT":
                return faults.PUT
            case "GET":
                return faults.GET
            case _:
                return faults.SYNC if b"sync-collection" in body else faults.LISTS

    def _answer(self, method: str, url: str, body: bytes, headers: Mapping[str, str], fault: str | None) -> Answer:
        match method:
            case "PUT":
                return self._put_with(fault, url, body, headers)
            case "GET":
                return self._get(url, fault)
            case "PROPFIND" if url == HOME:
                return self._home(headers.get("Depth") == "1", fault)
        calendar = self.calendars.get(url)
        if calendar is None or url in self.away:
            return page(404, url)
        self.polled.add(url)
        if method == "PROPFIND":
            return self._propfind(calendar, headers.get("Depth") == "1", fault)
        if b"calendar-multiget" in body:
            return self._multiget(calendar, body, fault)
        return self._sync(calendar, body, fault)

    def _home(self, members: bool, fault: str | None) -> Answer:
        person = f"<current-user-principal><href>{HOME}</href></current-user-principal>"
        home = f"<C:calendar-home-set><href>{HOME}</href></C:calendar-home-set>"
        addresses = "<C:calendar-user-address-set><href>mailto:alice@example.com</href></C:calendar-user-address-set>"
        found = [entry(HOME, "<resourcetype><collection/></resourcetype>" + person + home + addresses)]
        if members:
            for url, calendar in self.calendars.items():
                if url not in self.away:
                    found.append(entry(url, CALENDAR + (self._version(calendar) if self.habits.home_tells else "")))
        return self._multistatus(found, HOME, fault)

    def _propfind(self, calendar: Calendar, members: bool, fault: str | None) -> Answer:
        found = [entry(calendar.url, CALENDAR + self._version(calendar))]
        if members and calendar.url not in self.emptied and fault != "dav empty":
            found += [entry(href, self._etag(each, fault)) for href, each in self._listed(calendar)]
        return self._multistatus(found, calendar.url, fault)

    def _version(self, calendar: Calendar) -> str:
        """What changes with each change."""
        version = f"c{len(calendar.changes)}"
        token = f"<sync-token>{version}</sync-token>" if self.habits.sync else ""
        return f"<S:getctag>{version}</S:getctag>{token}"

    def _sync(self, calendar: Calendar, body: bytes, fault: str | None) -> Answer:
        if not self.habits.sync:
            return Answer(403, {}, f"<error {NAMESPACES}><supported-report/></error>".encode(), calendar.url)
        asked = re.search(rb"sync-token>c(\d+)<", body)
        if fault == "dav token refused" and asked:
            return Answer(403, {}, f"<error {NAMESPACES}><valid-sync-token/></error>".encode(), calendar.url)
        since = int(asked[1]) if asked else 0
        changed = dict.fromkeys(calendar.changes[since:])
        listed = dict(self._listed(calendar))
        if asked is None:
            changed = dict.fromkeys(listed)
        if fault == "dav change forgotten" and changed:
            del changed[self.world.random.choice(list(changed))]
        if fault in {"dav changes forgotten", "dav empty"} or calendar.url in self.emptied:
            changed = {}
        found = [
            entry(href, self._etag(listed[href], fault)) if href in listed else entry(href, "", 404) for href in changed
        ]
        return self._multistatus(found, calendar.url, fault, f"<sync-token>c{len(calendar.changes)}</sync-token>")

    def _multiget(self, calendar: Calendar, body: bytes, fault: str | None) -> Answer:
        listed = dict(self._listed(calendar))
        found = []
        for path in re.findall(rb"href>(/[^<]+)<", body):
            href = HOME.removesuffix("/alice/") + path.decode()
            each = listed.get(href)
            if each is not None:
                data = f"<C:calendar-data>{escape(self._shown(href, each).decode())}</C:calendar-data>"
                found.append(entry(href, self._etag(each, fault) + data))
            elif self.habits.multiget == "entry":
                found.append(entry(href, "", 404))
            elif self.habits.multiget == "whole":
                return page(404, calendar.url)
        return self._multistatus(found, calendar.url, fault)

    def _get(self, url: str, fault: str | None) -> Answer:
        calendar = self._calendar_of(url)
        each = calendar.objects.get(url)
        if each is None or url in self.unfetchable or calendar.url in self.away | self.emptied:
            self.shown.setdefault(url, []).append(None)
            return page(404, url)
        if fault == "dav new etag":  # the server stored it anew, and nothing of it changed
            self.put(url, each.body)
            each = calendar.objects[url]
        etag = f"W/{each.etag}" if fault == "dav weak etag" else each.etag
        if fault == "dav cut":  # as long as the header says, and not as long as it should be
            return Answer(200, {"etag": etag}, b"<html>cut</html>", url)
        return Answer(200, {"etag": etag}, self._shown(url, each), url)

    def _put_with(self, fault: str | None, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        calendar = self._calendar_of(url)
        if fault == "dav edit before write":
            self.edit(calendar.url, url)
        if fault == "dav conflict":
            return page(self.world.random.choice((412, 423)), url)
        self.asked_put(url, headers.get("If-Match", ""), refused=fault == "dav refused")
        if fault == "dav refused":
            text = f"<error {NAMESPACES}><C:attendee-allowed/></error>"
            return Answer(403, {}, text.encode(), url)
        if fault == "dav edit within write" and not self.habits.atomic and self._matches(url, headers):
            self.edit(calendar.url, url)  # lands after the check, and is overwritten
            if url in calendar.objects:
                return self._put(url, body, headers, checked=True)
        answer = self._put(url, body, headers)
        if fault == "dav twice":
            answer = self._put(url, body, headers)
        return answer

    def _put(self, url: str, body: bytes, headers: Mapping[str, str], *, checked: bool = False) -> Answer:
        guard = headers.get("If-Match", "")
        calendar = self._calendar_of(url)
        if not checked and not self._matches(url, headers):
            return page(412, url)
        self.puts += 1
        self.seen_put(url, calendar.objects[url].versions.get(guard, b""), body)
        stored = self._rewritten(body)
        self.put(url, stored)
        return Answer(204, {"etag": calendar.objects[url].etag}, b"", url)

    def _matches(self, url: str, headers: Mapping[str, str]) -> bool:
        found = self._calendar_of(url).objects.get(url)
        return found is not None and found.etag == headers.get("If-Match")

    def _rewritten(self, body: bytes) -> bytes:
        if not self.habits.rewrites and not self.habits.drops:
            return body
        self.world.struck["dav rewrites" if self.habits.rewrites else "dav drops properties"] += 1
        kept = []
        for event in events.read(body).events:
            lines = [line for line in event.lines if events.name_of(line) not in self.habits.drops]
            kept.append(sorted(lines, key=events.name_of) if self.habits.rewrites else lines)
        return events.write(kept)

    def _listed(self, calendar: Calendar) -> list[tuple[str, Stored]]:
        return [(href, each) for href, each in calendar.objects.items() if href not in self.unlisted]

    def _shown(self, href: str, each: Stored) -> bytes:
        body = each.body if href not in self.hidden else self._stripped(each)
        self.shown.setdefault(href, []).append(events.read(body))
        return body

    def _stripped(self, each: Stored) -> bytes:
        keep = ("UID", "DTSTART", "DTEND", "RRULE", "EXDATE", "RECURRENCE-ID", "DTSTAMP")
        stripped = [
            ["SUMMARY:Busy", *(line for line in event.lines if events.name_of(line) in keep)]
            for event in events.read(each.body).events
        ]
        return events.write(stripped)

    def _etag(self, each: Stored, fault: str | None) -> str:
        if fault == "dav no etag":
            return ""
        etag = f"W/{each.etag}" if fault == "dav weak etag" else each.etag
        return f"<getetag>{escape(etag)}</getetag>"

    def _multistatus(self, found: list[str], url: str, fault: str | None, more: str = "") -> Answer:
        if fault == "dav partial" and len(found) > 1:
            del found[self.world.random.randrange(1, len(found))]
        text = f'<?xml version="1.0"?><multistatus {NAMESPACES}>{"".join(found)}{more}</multistatus>'
        return Answer(207, {}, text.encode(), url)

    def _calendar_of(self, href: str) -> Calendar:
        return self.calendars[href.rsplit("/", 1)[0] + "/"]
