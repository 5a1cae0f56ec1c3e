"""Answers of calendar servers and of the platform, damaged: the real clients read them, with only the network left out.

What they raise is a failure of theirs (`CalendarError`, `PlatformError`), and what they conclude is in the answer: that
a conference or an object is gone needs a 404 that says so, an id is one that can be stored.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from support.accounts import Clock
from support.scripted_server import CALENDAR, COLLECTION, etag, failed, found, multistatus

from calbridge.calendars import DavAccount
from calbridge.calendars.transport import Answer as DavAnswer
from calbridge.core.model import CalendarObject, Conference, Fields, HostProfile, Listing, Settings
from calbridge.enterprise.answer import Answer
from calbridge.enterprise.client import Enterprise
from calbridge.enterprise.platform import AccountPlatform
from calbridge.enterprise.transport import Post
from calbridge.errors import CalendarError, PlatformError
from calbridge.ports import SyncState
from fuzz.mutations import mutated
from fuzz.tally import Tally

SECONDS: Final = 2.0
"""Of processor time for all that one call reads: up to 50 answers, each of which may be a bomb of a megabyte."""

HOME: Final = "https://dav.example.com/"
WORK: Final = f"{HOME}alice/work/"
NOW: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
FIELDS: Final = Fields(
    subject="Planning",
    agenda="Ref. cb1-main-x-m.1",
    start=datetime(2026, 3, 10, 10, tzinfo=ZoneInfo("Europe/Paris")),
    duration=60,
    schedule=None,
    settings=Settings(),
)
LARGEST_ID: Final = 2**63 - 1
"""What a column of the store holds."""


# --- XML --------------------------------------------------------------------------------------------------------------

_ICS = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:a
SUMMARY:A &amp; B @meet
DTSTART:20260310T090000Z
END:VEVENT
END:VCALENDAR
"""
_MEMBERS = ("a", "b", "c")
_XML: Final = {
    "sync": multistatus(
        *(found(f"/alice/work/{name}.ics", etag(f'"{name}1"')) for name in _MEMBERS),
        failed("/alice/work/gone.ics", 404),
        token="https://dav.example.com/token/1",
    ).body,
    "listing": multistatus(
        found("/alice/work/", CALENDAR + "<s:getctag>7</s:getctag>"),
        *(found(f"/alice/work/{name}.ics", etag(f'"{name}1"')) for name in _MEMBERS),
        found("/alice/work/folder/", COLLECTION),
    ).body,
    "multiget": multistatus(
        *(
            found(f"/alice/work/{name}.ics", etag(f'"{name}1"') + f"<c:calendar-data>{_ICS}</c:calendar-data>")
            for name in _MEMBERS
        )
    ).body,
    "principal": multistatus(
        found(
            "/alice/",
            "<d:current-user-principal><d:href>/alice/</d:href></d:current-user-principal>"
            "<c:calendar-home-set><d:href>/alice/</d:href></c:calendar-home-set>"
            "<c:calendar-user-address-set><d:href>mailto:alice@example.com</d:href></c:calendar-user-address-set>",
        )
    ).body,
    "error": b'<?xml version="1.0"?><d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>',
}
_HEAD = b'<?xml version="1.0"?>'
_OPEN = b'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
_XML_BOMBS: Final = (
    _HEAD
    + b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(12))
    + b"]><d:multistatus xmlns:d='DAV:'>&a11;</d:multistatus>",
    _HEAD + b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]><l>&x;</l>',
    _HEAD + _OPEN + b"<d:response>" * 100_000,
    _HEAD + _OPEN + b"<d:response>" * 50_000 + b"</d:response>" * 50_000 + b"</d:multistatus>",
    _HEAD + _OPEN + b"<d:prop " + b"".join(b'a%d="1" ' % n for n in range(50_000)) + b"/></d:multistatus>",
    _HEAD + _OPEN + b"<d:response><d:href>/alice/work/a.ics</d:href></d:response>" * 15_000 + b"</d:multistatus>",
    _HEAD + _OPEN + b"<d:response><d:href>" + b"/" * 1_000_000 + b"</d:href></d:response></d:multistatus>",
    _HEAD + _OPEN + b"<d:response><d:href>" + b"%41" * 300_000 + b"</d:href></d:response></d:multistatus>",
    _HEAD + _OPEN + b"<!--" + b"-" * 1_000_000 + b"--></d:multistatus>",
    _HEAD + _OPEN + b"<![CDATA[" + b"x" * 1_000_000 + b"]]></d:multistatus>",
    b'<?xml version="1.0" encoding="utf-7"?>' + _OPEN + b"</d:multistatus>",
    b'<?xml version="1.0" encoding="idna"?>' + _OPEN + b"</d:multistatus>",
    b'<?xml version="1.0" encoding="zlib"?>' + _OPEN + b"</d:multistatus>",
    (_HEAD + _OPEN + b"</d:multistatus>").decode().encode("utf-16"),
    b"",
    b"\x00" * 1_000_000,
    b"<html><body>Please log in</body></html>",
)
_XML_NASTY: Final = (
    (b"200 OK", b"99999999999999999999 OK"),
    (b"HTTP/1.1 200", b"HTTP/1.1 404"),
    (b"/alice/work/", b"https://evil.example.net/alice/work/"),
    (b"/alice/work/", b"//[::1/alice/"),
    (b"/alice/work/", b"http://dav.example.com:99999999/alice/work/"),
    (b"/alice/work/", b"../../"),
    (b"a.ics", b"a%00.ics"),
    (b"a.ics", b"a.ics%0d%0aX: y"),
    (b"a.ics", "\N{SNOWMAN}.ics".encode()),
    (b'"a1"', b'W/"a1"'),
    (b'"a1"', b'"a\n1"'),
    (b'"a1"', b""),
    (b"d:href", b"d:prop"),
    (b"DAV:", b"DAV"),
    (b"mailto:", b"mailto:%ff"),
)
_STATUSES: Final = (200, 301, 400, 403, 404, 409, 412, 423, 429, 500, 503, 507)


class _Wire:
    """The transport of one account, which answers what it is told."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.statuses: list[int] = []

    def where(self, url: str) -> str:
        return f"alice: {url[:100]}"

    async def send(self, method: str, url: str, *, body: bytes = b"", **asked: Any) -> DavAnswer:  # Any: headers, limit
        random = self._random
        if method == "GET":
            status, answer = random.choice((200, 200, 404, 500)), mutated(_ICS.encode(), random)
        else:
            status = 207 if random.random() < 0.7 else random.choice(_STATUSES)
            answer = _xml(_expected(body, asked.get("headers", {})), random)
        self.statuses.append(status)
        return DavAnswer(status, {"etag": random.choice(('"1"', "W/1", "", '"' * 1000))}, answer, url)


def _expected(asked: bytes, headers: Mapping[str, str]) -> bytes:
    if b"sync-collection" in asked:
        return _XML["sync"]
    if b"calendar-multiget" in asked:
        return _XML["multiget"]
    return _XML["listing" if headers.get("Depth") == "1" or b"getctag" in asked else "principal"]


def _xml(body: bytes, random: Random) -> bytes:
    match random.randrange(12):
        case 0:
            return random.choice(_XML_BOMBS)
        case 1 | 2:
            return mutated(body, random)
        case 3:
            return body[: random.randrange(len(body))]
        case 4:
            return random.choice(tuple(_XML.values()))
        case 5 | 6 | 7:
            return body.replace(*random.choice(_XML_NASTY))
        case _:
            return body


def over_xml(count: int) -> Tally:
    """Poll, list, discover, fetch and write on servers that answer anything."""
    tally = Tally()
    for number in range(count):
        tally.take(f"XML by {number}", lambda: [asyncio.run(_asked_of_server(Random(number)))], seconds=SECONDS)  # noqa: B023  called at once
    return tally


async def _asked_of_server(random: Random) -> str:
    account = DavAccount(HOME, "alice", "word", host="alice")
    async with account:
        wire = _Wire(random)
        vars(account)["_transport"] = wire
        known = {f"{WORK}{name}.ics": f'"{name}1"' for name in _MEMBERS}
        source = CalendarObject(WORK, f"{WORK}a.ics", '"a1"', _ICS.encode())
        state = random.choice((SyncState("https://dav.example.com/token/1"), SyncState(ctag="7"), SyncState()))
        try:
            match random.randrange(6):
                case 0:
                    return f"discover: {len((await account.discover()).calendars)} calendars"
                case 1:
                    gone = await account.get(WORK, source.href) is None
                    _must(not gone or wire.statuses[0] in (404, 410), "an object is gone without a 404")
                    return "get: gone" if gone else "get: there"
                case 2:
                    await account.put(source, source.body)
                    _must(wire.statuses[-1] < 300, "a write that failed counts as done")
                    return "put: done"
                case _:
                    poll = await account.poll(WORK, state, known, full=random.random() < 0.5)
                    _must(all(each.href.startswith(WORK) for each in poll.changed), "an object of another place")
                    return "poll: complete" if poll.complete else "poll: changes"
        except CalendarError as error:
            return f"failed: {error.problem.rule}"
        finally:
            vars(account)["_transport"] = _Closed()


class _Closed:
    async def __aexit__(self, *_: object) -> None:
        """There is no session behind the wire."""


# --- JSON -------------------------------------------------------------------------------------------------------------

_ROW: Final[dict[str, Any]] = {  # Any: JSON
    "conference_id": 183,
    "subject": "Planning",
    "agenda": "Ref. cb1-main-x-m.1",
    "start": "2026-03-10 10:00:00",
    "end_time": "2026-03-10 11:00:00",
    "active": False,
    "time_zone": "Europe/Paris",
    "duration": 60,
    "one_time_access_code": 987654321,
    "room_url": "https://acme.example.com/conf/call/987654321",
    "participant_emails": [{"email": "bob@example.net", "moderator": False}],
    "moderator_token": "made-up",
    "is_master": True,
    "master_id": 183,
    "schedule": "FREQ=WEEKLY;BYDAY=TU",
}
_HOST: Final[dict[str, Any]] = {  # Any: JSON
    "host_id": 9,
    "email": "alice@example.com",
    "name": "Alice",
    "time_zone": "Europe/Paris",
    "locale": "en",
    "access_code": {"number": "123"},
    "primary_dialin_number": {"international_format": "+49 30 1"},
}
_GOOD: Final[dict[str, object]] = {
    "authenticate": {"auth_token": "token"},
    "host/fetch": _HOST,
    "host/fetch_all": [_HOST],
    "conference/fetch_all": {"conferences": [_ROW, _ROW | {"conference_id": 184}], "next_page": None},
    "conference/cancel": {"message": "OK"},
}
_VALUES: Final[tuple[object, ...]] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, float("nan"), float("inf")),
    *("", "183", "-1", "x" * 100_000, "\ud800", "\x00", "\N{RIGHT-TO-LEFT OVERRIDE}", "https://[", [], {}, [[]], [1]),
    *("0001-01-01 00:00:00", "9999-12-31 23:59:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"),
    *("Europe", "../../etc/passwd", "/", "Mars/Olympus", "FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0", {"message": []}),
)
_TEXTS: Final = (
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b"9" * 1_000_000,
    b'{"conference_id": 1, "conference_id": 2, "conference_id": "x"}',
    b'{"message": "' + b"\\u0000" * 100_000 + b'"}',
    b'{"next_page": 1, "conferences": []}',
    b'{"next_page": -1, "conferences": []}',
    b'{"next_page": "1", "conferences": [], "more": []}',
    b"[" + b'{"conference_id": 1},' * 40_000 + b'{"conference_id": 1}]',
    b"null",
    b"true",
    b"NaN",
    b"",
    b"\xff\xfe",
    b"<html>Please log in</html>",
    b'{"message": "Session expired"}',
    b'{"message": "Schedule FREQ must be DAILY, WEEKLY or MONTHLY"}',
)
_CODES: Final = (200, 201, 204, 301, 400, 401, 403, 404, 408, 429, 500, 502, 503)
_RETRY: Final = (None, None, "3", "-1", "9" * 400, "nan", "Mon, 01 Jan 99999999999 00:00:00 GMT", "\N{SUPERSCRIPT TWO}")
_RETRY_DATES: Final = ("Mon, 02 Mar 2026 08:00:05 -0000", "Mon, 02 Mar 2026 08:00:05 +99999999", "x" * 10_000)


class _Line:
    """The platform's transport likewise. `answers` are what it gave."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.answers: list[Answer] = []

    def where(self, path: str) -> str:
        return f"acme.example.com {path}"

    async def send(self, post: Post) -> Answer:
        random = self._random
        calm = post.path == "authenticate" and random.random() < 0.8
        good = _GOOD.get(post.path, _ROW)
        kind = random.choice(("application/json", "application/json", "text/html", "", "x" * 1000))
        answer = Answer(
            status=200 if calm or random.random() < 0.6 else random.choice(_CODES),
            content_type="application/json" if calm else kind,
            retry_after=random.choice(_RETRY + _RETRY_DATES),
            received=NOW,
            body=json.dumps(good).encode() if calm else _json(good, random),
        )
        self.answers.append(answer)
        return answer


def _json(good: object, random: Random) -> bytes:
    match random.randrange(12):
        case 0:
            return random.choice(_TEXTS)
        case 1:
            return json.dumps(good).encode()
        case 2:
            return mutated(json.dumps(good).encode(), random)
        case 3:
            return json.dumps({"message": random.choice(_VALUES)}).encode()
        case _:
            changed = good
            for _ in range(random.choice((1, 1, 3))):
                changed = _changed(changed, random)
            return json.dumps(changed).encode()


def _changed(value: object, random: Random) -> object:
    """One value anywhere in it is another one, or missing."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(sorted(value))
        if random.random() < 0.1:
            return {name: each for name, each in value.items() if name != key}
        return value | {key: _changed(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        at = random.randrange(len(value))
        return [*value[:at], _changed(value[at], random), *value[at + 1 :]]
    return random.choice(_VALUES)


def over_json(count: int) -> Tally:
    """Every kind of call to a platform that answers anything."""
    tally = Tally()
    for number in range(count):
        tally.take(f"JSON by {number}", lambda: [asyncio.run(_asked_of_platform(Random(number)))], seconds=SECONDS)  # noqa: B023  called at once
    return tally


async def _asked_of_platform(random: Random) -> str:
    api = Enterprise("https://acme.example.com", "made-up-token", pace=replace(Clock().pace(), tries=2))
    real = vars(api)["_transport"]
    line = _Line(random)
    vars(api)["_transport"] = line
    platform = AccountPlatform(api, now=lambda: NOW)
    calls: Mapping[str, Callable[[], Awaitable[object]]] = {
        "host": lambda: platform.host(9),
        "hosts": lambda: platform.hosts(None),
        "listing": lambda: platform.listing(9),
        "fetch": lambda: platform.fetch(183),
        "create": lambda: platform.create(9, FIELDS),
        "update": lambda: platform.update(183, FIELDS),
        "cancel": lambda: platform.cancel(183),
    }
    name = random.choice(sorted(calls))
    try:
        got = await calls[name]()
        _believed(name, got, line.answers)
        return f"{name}: answered"
    except PlatformError as error:
        return f"failed: {type(error).__name__}"
    finally:
        vars(api)["_transport"] = real
        await api.__aexit__()


def _believed(name: str, got: object, answers: list[Answer]) -> None:
    last = answers[-1]
    if name == "fetch" and got is None:
        told = json.loads(last.body)
        _must(last.status == 404 and isinstance(told["message"], str), "a conference is gone without saying so")
    elif name == "cancel":
        _must(last.status < 300 or last.status == 404, "a cancel that failed counts as done")
    else:
        _must(200 <= last.status < 300, "an error counts as an answer")
    for each in _values(got):
        ids = (each.id, each.master_id) if isinstance(each, Conference) else (each.id,)
        _must(all(isinstance(i, int | None) and abs(i or 0) <= LARGEST_ID for i in ids), "an id that can't be stored")
        if isinstance(each, Conference):
            each.start.astimezone(UTC)  # as every comparison does


def _values(got: object) -> Iterator[Conference | HostProfile]:
    match got:
        case Listing():
            yield from got.conferences
        case Conference() | HostProfile():
            yield got
        case tuple():
            yield from cast("tuple[HostProfile, ...]", got)


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(what)
