"""What keeping the same calendars in step costs, beside vdirsyncer: with no change, and with 1 % of the events changed.

    python benchmarks/vdirsyncer.py --vdirsyncer .../bin/vdirsyncer [--calendars N] [--events N] [--json FILE]

Both know every calendar already when it begins: vdirsyncer has its copies on disk, the bridge made its rooms (every
tenth event asks for one). Then one round over all of them: `vdirsyncer sync`, and one visit of each host as the daemon
does it, once a minute. CPU seconds, user and system, of the two alone; Radicale and the sandbox are processes of their
own. vdirsyncer's start is taken off (the CPU of `vdirsyncer --version`), since it could be a daemon, too. It does
another job, of course: it is the yardstick for what looking at a CalDAV calendar costs.
"""

import argparse
import asyncio
import json
import logging
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

import niquests
from first_sync import TOKEN, event, sandbox

from calbridge import app, config
from calbridge.demo.servers import PASSWORD, CalendarServer, calendar_server
from calbridge.logs import log_to_stderr
from calbridge.store import Store
from calbridge.visits import Visits

HOSTS = """reseller = [{{ id = 1, domain = "one.example" }}]
product = [{{ id = 1, reseller = 1, slug = "s", name = "S", plan = true, features = ["one_time_access_code"] }}]
company = [{{ id = 5, reseller = 1, name = "Five", subdomain = "five" }}]
subscription = [{{ company = 5, slug = "s" }}]
api_token = [{{ token = "{token}", role = "COMPANY_ADMIN", company = 5 }}]
"""
HOST = """[[host]]
id = {n}
company = 5
name = "{user}"
email = "{user}@example.com"
access_code = "{n:07}"
moderator_pin = "{n:06}"
"""
ROUNDS = 5
"""Rounds without a change: the best counts, for both."""


@dataclass(frozen=True)
class Costs:
    """CPU seconds for one round over all calendars."""

    unchanged: float
    changed: float


def fill(storage: Path, user: str, count: int) -> None:
    """Lay events into a user's calendar, where Radicale keeps them; every tenth asks for a room."""
    calendar = storage / "collection-root" / user / "calendar"
    for number in range(count):
        body = event(number) if number % 10 == 0 else event(number).replace(b" @meet", b"")
        (calendar / f"{number}.ics").write_bytes(body)


def save(server: CalendarServer, user: str, number: int) -> None:
    """Save an edited event, as its user's calendar app would."""
    body = event(number).replace(b" @meet", b"").replace(b"as ever", b"as always")
    with niquests.Session() as session:
        session.trust_env = False
        answer = session.put(f"{server.calendar(user)}{number}.ics", data=body, auth=(user, PASSWORD))
        answer.raise_for_status()


def edit(server: CalendarServer, users: Sequence[str], events: int) -> None:
    """Change one event in a hundred; never one with a room, which vdirsyncer would not have to make."""
    every = [(user, number) for user in users for number in range(events) if number % 10]
    for user, number in every[:: max(len(every) // max(len(users) * events // 100, 1), 1)]:
        save(server, user, number)


def configure(folder: Path, server: CalendarServer, platform: str, users: Sequence[str]) -> config.Config:
    """A configuration with a host for each user."""
    (folder / "hosts.d").mkdir()
    for name, secret in (("token", TOKEN), ("password", PASSWORD)):
        (folder / name).write_text(secret)
        (folder / name).chmod(0o600)
    (folder / "calbridge.toml").write_text(f'[platform]\nurl = "{platform}"\napi_token_file = "token"\n')
    for number, user in enumerate(users, start=1):
        (folder / "hosts.d" / f"{user}.toml").write_text(
            f"[host]\nid = {number}\n"
            f'[calendar]\nurl = "{server.url}"\nusername = "{user}"\npassword_file = "../password"\n'
        )
    return config.load(folder, {})


async def bridge(loaded: config.Config, change: Callable[[], None]) -> Costs:
    """Visit everybody: twice to get there, then without a change, then with some."""
    async with app.opened(loaded, Store.open(loaded.store_path), app.utc_now) as run:
        run.random = SystemRandom()
        visits = Visits(run)

        async def visit() -> float:
            before = _cpu(resource.RUSAGE_SELF)
            told = [await visits.visit(host) for host in loaded.hosts]
            problems = [problem for visit in told if visit.report for problem in visit.report.problems]
            assert not problems, problems
            return _cpu(resource.RUSAGE_SELF) - before

        for _ in range(3):
            await visit()
        unchanged = min([await visit() for _ in range(ROUNDS)])
        change()
        changed = await visit()
        await visits.close()
        run.store.close()
    return Costs(unchanged, changed)


def vdirsyncer(program: str, folder: Path, server: CalendarServer, users: Sequence[str]) -> Callable[[], float]:
    """Configure one pair for each calendar; what is given runs a sync and tells its CPU seconds."""
    folder.mkdir()
    lines = ["[general]", f'status_path = "{folder}/status/"']
    for user in users:
        (folder / user).mkdir()
        lines += [f"[pair {user}]", f'a = "{user}_here"', f'b = "{user}_there"', "collections = null"]
        lines += [f"[storage {user}_here]", 'type = "filesystem"', f'path = "{folder}/{user}"', 'fileext = ".ics"']
        lines += [f"[storage {user}_there]", 'type = "caldav"', f'url = "{server.calendar(user)}"']
        lines += [f'username = "{user}"', f'password = "{PASSWORD}"']
    (folder / "config").write_text("\n".join(lines) + "\n")

    def run(*arguments: str) -> float:
        before = _cpu(resource.RUSAGE_CHILDREN)
        command = [program, "--verbosity", "ERROR", "--config", str(folder / "config"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return _cpu(resource.RUSAGE_CHILDREN) - before

    start = min(run("--version") for _ in range(3))
    run("discover")
    run("sync")
    return lambda: run("sync") - start


def _cpu(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--vdirsyncer", default=shutil.which("vdirsyncer"), metavar="PROGRAM")
    parser.add_argument("--calendars", type=int, default=20, metavar="N")
    parser.add_argument("--events", type=int, default=300, metavar="N", help="in each calendar")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to this file")
    asked = parser.parse_args()
    if asked.vdirsyncer is None:
        parser.error("there is no vdirsyncer: pip install vdirsyncer in an environment of its own, and name it")
    log_to_stderr(logging.ERROR)
    users = [f"user{number:04}" for number in range(asked.calendars)]
    with TemporaryDirectory() as name, calendar_server(Path(name) / "dav", users) as server:
        for user in users:
            fill(Path(name) / "dav" / "collections", user, asked.events)
        seed = Path(name) / "seed.toml"
        seed.write_text(HOSTS.format(token=TOKEN) + "".join(HOST.format(n=n, user=u) for n, u in enumerate(users, 1)))
        with sandbox("--seed", str(seed)) as platform:
            loaded = configure(Path(name), server, platform, users)
            theirs: dict[str, float] = {}
            sync = vdirsyncer(asked.vdirsyncer, Path(name) / "copies", server, users)

            def change() -> None:
                sync()  # it has what the bridge wrote
                theirs["unchanged"] = min(sync() for _ in range(ROUNDS))
                edit(server, users, asked.events)
                theirs["changed"] = sync()

            costs = {"calbridge": asyncio.run(bridge(loaded, change)), "vdirsyncer": Costs(**theirs)}
    print(f"{asked.calendars} calendars of {asked.events} events; CPU ms a calendar\n")
    print(f"{'':12}{'no change':>12}{'1 % changed':>14}")
    for who, cost in costs.items():
        print(f"{who:12}{cost.unchanged * 1e3 / len(users):12.2f}{cost.changed * 1e3 / len(users):14.2f}")
    ours, other = costs["calbridge"], costs["vdirsyncer"]
    print(f"{'times':12}{other.unchanged / ours.unchanged:12.1f}{other.changed / ours.changed:14.1f}")
    if asked.json:
        asked.json.write_text(json.dumps({who: asdict(cost) for who, cost in costs.items()}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
