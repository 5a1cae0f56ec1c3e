"""Events seen in the field get rooms on a server that stores what it gets: every byte that is not ours stays."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.bridge import Bridge
from support.corpus import corpus_files, objects
from support.debian_servers import debian_or_skip
from support.own_calendars import OwnCalendars
from support.sandbox_account import MovableClock

from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting
from calbridge.core.policy import Owner, Policy, Select
from calbridge.report import action_json
from calbridge.sandbox import running
from calbridge.sandbox.settings import Settings

PER_FILE = 12
"""Events taken of one file, so that none counts for all."""

WINDOW = timedelta(days=400)
"""Events whose first starts lie within this are synced at one time, just before the first of them."""

SELECT = Select(trigger=("all",), transparent="include", other_links="include")


@dataclass(frozen=True)
class Sample:
    """An event of the corpus: its calendar object, when it first happens, who organizes it."""

    body: bytes
    uid: str
    start: datetime
    organizer: str | None


@pytest.mark.servers
def test_every_byte_that_is_not_ours_survives_a_sync(tmp_path: Path) -> None:
    stored = with_room = 0
    with debian_or_skip("sabredav") as server:
        dav = OwnCalendars(server)
        for number, group in enumerate(windows(samples())):
            before = put_all(dav, group)
            sync(tmp_path / str(number), dav, group)
            for name, body in before.items():
                after = dav.get_bytes(f"work/{name}")
                assert_foreign_bytes_stay(body, after)
                with_room += b"\nX-CALBRIDGE-REF:" in after
            stored += len(before)
            dav.clear()
    print(f"{stored} events of the corpus stored, {with_room} of them got a room")  # noqa: T201  for pytest -s
    assert with_room >= 300


# --- the corpus ------------------------------------------------------------------------------------------------------


def samples() -> list[Sample]:
    """Events that could have rooms, of every file that has some; each UID once, by first start."""
    found: dict[str, Sample] = {}
    for file in corpus_files():
        mine = [sample for sample in map(sample_of, objects(file.read_bytes())) if sample is not None]
        for sample in mine[:PER_FILE]:
            found.setdefault(sample.uid, sample)
    return sorted(found.values(), key=lambda sample: sample.start)


def sample_of(source: CalendarObject) -> Sample | None:
    """Read one object; None where it can't have a room, whoever asks."""
    events = read_object(source, zone="Europe/Paris")
    if not isinstance(events, EventSet):
        return None
    each = [event for event in (events.master, *events.overrides) if event is not None]
    organizer = next((event.organizer for event in each if event.organizer is not None), None)
    if organizer is not None and re.fullmatch(r"[\w.+-]+@[\w.-]+\w", organizer) is None:
        return None  # nobody could say in select.organizers that this is the host
    owner = Owner(9, frozenset(() if organizer is None else (organizer,)), "Europe/Paris")
    meeting = read_meeting(events, Policy("main", owner, SELECT))
    if not isinstance(meeting, Meeting):
        return None
    occasions = [meeting.master, *(override.occasion for override in meeting.overrides)]
    start = min(occasion.start.astimezone(UTC) for occasion in occasions if occasion is not None)
    return Sample(source.body, meeting.uid, start, organizer)


def windows(found: Iterable[Sample]) -> Iterator[list[Sample]]:
    """Cut samples, by start, into groups that one sync can see ahead."""
    group: list[Sample] = []
    for sample in found:
        if group and sample.start - group[0].start > WINDOW:
            yield group
            group = []
        group.append(sample)
    yield group


# --- the sync --------------------------------------------------------------------------------------------------------


def put_all(dav: OwnCalendars, group: Iterable[Sample]) -> dict[str, bytes]:
    """Store the events; what the server took, by name, as it gives it back."""
    named = {f"event{number}": sample.body for number, sample in enumerate(group)}
    taken = [name for name, body in named.items() if dav.put_bytes(f"work/{name}", body)]
    before = {name: dav.get_bytes(f"work/{name}") for name in taken}
    assert all(before[name] == named[name] for name in taken), "this server is here because it stores verbatim"
    return before


def sync(folder: Path, dav: OwnCalendars, group: list[Sample]) -> None:
    """One pass of a new bridge, just before the first event; it does what was planned, and the second nothing."""
    folder.mkdir()
    clock = MovableClock(group[0].start - timedelta(hours=1))
    organizers = sorted({sample.organizer for sample in group if sample.organizer is not None})
    with running(Settings(clock=clock)) as sandbox:
        bridge = Bridge(folder, dav, sandbox, clock)
        bridge.configure(
            select='trigger = "all"\ntransparent = "include"\nother_links = "include"\n'
            f"organizers = {json.dumps(organizers)}"
        )
        planned = [action_json(action, None, None) for action in bridge.plan().plan.actions]
        done = bridge.sync()
        assert [action_json(outcome.action, None, None) for outcome in done.report.outcomes] == planned
        assert done.problems == []
        assert bridge.sync().is_quiet


# --- the bytes -------------------------------------------------------------------------------------------------------


STAMPS = {b"DTSTAMP", b"LAST-MODIFIED"}
LINKS = {b"CONFERENCE", b"X-MICROSOFT-SKYPETEAMSMEETINGURL", b"LOCATION"}
TEXTS = {b"DESCRIPTION", b"X-ALT-DESC"}


@dataclass
class Lines:
    """One object's lines as they are, folds and line ends included.

    `kept` are those that nobody may touch, in order; `texts`, by number of the VEVENT and name, may get our block.
    """

    kept: list[bytes] = field(default_factory=list)
    texts: dict[tuple[int, bytes], list[bytes]] = field(default_factory=dict)


def assert_foreign_bytes_stay(before: bytes, after: bytes) -> None:
    """Compare every content line outside ours (RFC 5545, section 3.1), and what surrounds our block inside a text."""
    was, now = lines_of(before), lines_of(after)
    assert now.kept == was.kept
    for key, lines in was.texts.items():
        assert [grew(*pair) for pair in zip(lines, now.texts[key], strict=True)] == [True] * len(lines), key
    for added in now.texts.keys() - was.texts.keys():
        [line] = now.texts[added]
        assert re.fullmatch(rb"DESCRIPTION::::::.*:::::\s*", unfolded(line)), line


def grew(before: bytes, after: bytes) -> bool:
    """Whether something was put in at one place, at most; one in its text and one in its ALTREP, where it has that."""
    if b'ALTREP="data:' in before:
        (was, _, is_), (now, _, has) = before.partition(b'":'), after.partition(b'":')
        return _grew(was, now) and _grew(is_, has)
    return _grew(before, after)


def _grew(before: bytes, after: bytes) -> bool:
    same = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), len(before))
    return after.endswith(before[same:]) and len(after) >= len(before)


def lines_of(body: bytes) -> Lines:
    """Take an object apart. A VEVENT's own lines may be ours; what is nested in it, or beside it, never is."""
    lines, path, event = Lines(), [b""], 0
    rooms = set(re.findall(rb"^X-CALBRIDGE-URL:(\S+)", unfolded(body), re.MULTILINE))
    for line in re.findall(rb"[^\n]*\n(?:[ \t][^\n]*\n)*", body):
        name, value = re.split(rb"[;:]", unfolded(line).strip() + b":", maxsplit=1)
        name, value = name.upper(), value[:-1]
        if name == b"BEGIN":
            path.append(value.upper())
            event += value.upper() == b"VEVENT"
        if path[-1] == b"VEVENT" and name in TEXTS:
            lines.texts.setdefault((event, name), []).append(line)
        elif path[-1] != b"VEVENT" or not is_ours(name, value, rooms):
            lines.kept.append(line)
        if name == b"END":
            path.pop()
    return lines


def is_ours(name: bytes, value: bytes, rooms: set[bytes]) -> bool:
    """Whether a VEVENT's own line may be ours: a LOCATION without text is, as a room takes its place."""
    if name in STAMPS or name.startswith(b"X-CALBRIDGE-"):
        return True
    return name in LINKS and (not value or any(value.endswith(room) for room in rooms))


def unfolded(line: bytes) -> bytes:
    return re.sub(rb"\r?\n[ \t]", b"", line)
