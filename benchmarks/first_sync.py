"""What a first sync costs, beside a bare loop that sends just the requests that it needs.

    python benchmarks/first_sync.py [--events N] [--json FILE]

Both make a conference for each of a calendar's events, get the event byte by byte (a REPORT has been through XML),
write the room's URL into it and read it back, against the same Radicale and the same sandbox, each in a process of its
own. The floor knows everything beforehand: it looks nothing up, checks nothing, remembers nothing and parses no answer
beyond the URL. Both use niquests over HTTP/1.1 with as many requests under way; the bridge alone opens a connection for
each write to the platform, so that none is lost in doubt, and commits before and after each create. Wall and CPU
seconds are of the measured process alone.
"""

import argparse
import asyncio
import json
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import niquests

from calbridge import app, config
from calbridge.demo.servers import PASSWORD, CalendarServer, calendar_server
from calbridge.logs import log_to_stderr
from calbridge.store import Store
from calbridge.sync import Options

TOKEN: Final = "sandbox-token"
HOSTS: Final = {"alice": 9, "bob": 10}
AT_ONCE: Final = 32
"""Meetings that are worked on at once, as in `calbridge.apply.run`."""

_MULTIGET = """<?xml version="1.0"?><C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"""


@dataclass(frozen=True)
class Cost:
    """Seconds. `cpu` is user and system time of this process, the children's not counted."""

    wall: float
    cpu: float


def event(number: int) -> bytes:
    """A meeting of its own day and hour that asks for a room, as calendar apps write it."""
    day = date.today() + timedelta(days=2 + number % 300)  # noqa: DTZ011  any day will do, in any zone
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//bench//EN",
        "BEGIN:VEVENT",
        f"UID:{number}@bench.example.com",
        f"DTSTAMP:{day:%Y}0101T000000Z",
        f"DTSTART:{day:%Y%m%d}T{8 + number % 9:02}0000Z",
        f"DTEND:{day:%Y%m%d}T{9 + number % 9:02}0000Z",
        f"SUMMARY:Planning {number} @meet",
        "DESCRIPTION:The agenda is on the table\\, as ever.\\nBring yours.",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines).encode()


@contextmanager
def sandbox(*options: str) -> Iterator[str]:
    """The platform, as a process of its own; gives its URL."""
    command = [sys.executable, "-m", "calbridge.cli", "sandbox", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[4].rstrip(".")
        finally:
            process.terminate()


def fill(server: CalendarServer, user: str, count: int) -> None:
    """Put the events into a user's calendar."""
    with niquests.Session() as session:
        session.trust_env = False
        for number in range(count):
            url = f"{server.calendar(user)}{number}.ics"
            session.put(url, data=event(number), auth=(user, PASSWORD)).raise_for_status()


def configure(folder: Path, server: CalendarServer, platform: str) -> config.Config:
    """Alice's configuration, with the breakers lifted."""
    (folder / "hosts.d").mkdir()
    (folder / "token").write_text(TOKEN)
    (folder / "password").write_text(PASSWORD)
    for secret in ("token", "password"):
        (folder / secret).chmod(0o600)
    (folder / "calbridge.toml").write_text(
        f'[platform]\nurl = "{platform}"\napi_token_file = "token"\n[safety]\nmax_creates = 100000\n'
    )
    (folder / "hosts.d" / "alice.toml").write_text(
        f"[host]\nid = {HOSTS['alice']}\n"
        f'[calendar]\nurl = "{server.url}"\nusername = "alice"\npassword_file = "../password"\n'
    )
    return config.load(folder, {})


def bridge(loaded: config.Config, count: int) -> None:
    """The first sync."""
    with Store.open(loaded.store_path) as store:
        (report,) = asyncio.run(app.sync_hosts(loaded, store, Options()))
    assert not report.problems, report.problems
    assert len(report.outcomes) == 2 * count, len(report.outcomes)


async def floor(server: CalendarServer, platform: str, count: int) -> None:
    """The requests that nobody can do without: report all events; make, get, write and read back, each."""
    at_once = asyncio.Semaphore(AT_ONCE)
    writing = asyncio.Lock()
    calendar = server.calendar("bob")
    async with niquests.AsyncSession(pool_maxsize=AT_ONCE, disable_http2=True, disable_http3=True) as session:
        session.trust_env = False
        session.auth = ("bob", PASSWORD)
        path = calendar.removeprefix(server.url.rstrip("/"))
        for first in range(0, count, 50):
            hrefs = "".join(f"<D:href>{path}{n}.ics</D:href>" for n in range(first, min(first + 50, count)))
            body = _MULTIGET.format(hrefs=hrefs).encode()
            (await session.request("REPORT", calendar, data=body, headers={"Depth": "0"})).raise_for_status()
        asked = await session.post(f"{platform}/enterprise_api/authenticate", json={"api_token": TOKEN})
        token = asked.json()["auth_token"]

        async def one(number: int) -> None:
            day = date.today() + timedelta(days=2 + number % 300)  # noqa: DTZ011  as above
            fields = {
                "auth_token": token,
                "host_id": HOSTS["bob"],
                "subject": f"Planning {number}",
                "start": f"{day} {8 + number % 9:02}:00:00",
                "time_zone": "UTC",
                "duration": 60,
                "agenda": f"The agenda is on the table, as ever.\nBring yours.\n\nRef. {number}",
                "one_time_access_code": True,
            }
            async with at_once:
                made = await session.post(f"{platform}/enterprise_api/conference/create", json=fields)
                room = made.raise_for_status().json()["room_url"].encode()
                body = event(number).replace(b"END:VEVENT", b"CONFERENCE;VALUE=URI:" + room + b"\r\nEND:VEVENT")
                url = f"{calendar}{number}.ics"
                (await session.get(url)).raise_for_status()
                async with writing:
                    (await session.put(url, data=body)).raise_for_status()
                (await session.get(url)).raise_for_status()

        await asyncio.gather(*(one(number) for number in range(count)))


def measured(work: Callable[[], object]) -> Cost:
    """Run it once."""
    before, begin = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    after, end = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    return Cost(end - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=1000, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to this file")
    asked = parser.parse_args()
    log_to_stderr(logging.WARNING)
    with TemporaryDirectory() as name, calendar_server(Path(name) / "dav") as server, sandbox() as platform:
        for user in HOSTS:
            fill(server, user, asked.events)
        loaded = configure(Path(name), server, platform)
        costs = {
            "floor": measured(lambda: asyncio.run(floor(server, platform, asked.events))),
            "calbridge": measured(lambda: bridge(loaded, asked.events)),
        }
    print(f"first sync of {asked.events} events\n\n{'':12}{'wall s':>10}{'CPU s':>10}{'x floor: wall':>16}{'CPU':>8}")
    base = costs["floor"]
    for who, cost in costs.items():
        print(f"{who:12}{cost.wall:10.2f}{cost.cpu:10.2f}{cost.wall / base.wall:16.2f}{cost.cpu / base.cpu:8.2f}")
    if asked.json:
        asked.json.write_text(
            json.dumps({"events": asked.events, **{k: asdict(c) for k, c in costs.items()}}, indent=2)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
