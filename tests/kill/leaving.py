"""`calbridge uninstall`, killed at points of its own, and run again until nothing is left."""

from pathlib import Path
from random import Random

from support import ical
from support.people import newcomers

from kill.lane import Lane, lane
from kill.operations import OPERATIONS
from kill.process import Process, Ran, Strike, sync

COMMAND = ("uninstall", "--all", "--yes")

RUNS = 2
"""After a kill, the last of which leaves nothing."""


def leave_killed(folder: Path, killed: int, seed: int) -> tuple[int, list[str]]:
    """Have a host with two meetings leave, killed at so many points; how many there are, and what is wrong then."""
    with newcomers(folder / "radicale") as new:
        collections = folder / "radicale" / "collections" / "collection-root"
        with lane(folder / "lane", collections) as here:
            here.begin(new())
            before = _prepared(here)
            undisturbed = Process(here.folder, command=COMMAND, points=True)
            assert undisturbed.ended().code == 0
            points = undisturbed.points()
            assert _left(here, before) == ""
            chosen = Random(seed).sample(range(len(points)), min(killed, len(points)))
            wrong = [f"{points[point]}: {found}" for point in chosen if (found := _killed(here, before, point))]
            return len(points), wrong


def _prepared(here: Lane) -> dict[str, str]:
    """Events with rooms, ready to be put back; as they were without."""
    [weekly] = [operation.before for operation in OPERATIONS if operation.name == "instance update"]
    for name, event in (weekly or {}).items():
        here.dav.put(f"work/{name}", ical.calendar_object(event))
    before = here.objects()
    assert sync(here.folder).code == 0
    here.keep()
    return before


def _killed(here: Lane, before: dict[str, str], point: int) -> str:
    here.put_back()
    died = Process(here.folder, command=COMMAND, strike=Strike(point)).ended()
    if died.code >= 0:
        return f"it ended before: {died}"
    ran: Ran | None = None
    for _ in range(RUNS):
        ran = Process(here.folder, command=COMMAND).ended()
        if ran.code == 0 and not _left(here, before):
            return ""
    return f"{_left(here, before)} {ran}"


def _left(here: Lane, before: dict[str, str]) -> str:
    """What is still there, times of writing aside."""
    now = {name: _without_stamps(text) for name, text in here.objects().items()}
    rooms = [conference["room_url"] for conference in here.conferences()]
    events = [name for name, text in before.items() if now.get(name) != _without_stamps(text)]
    return f"rooms {rooms}, changed {events}" if rooms or events else ""


def _without_stamps(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith(("DTSTAMP", "LAST-MODIFIED")))
