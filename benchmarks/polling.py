"""What a poll costs that finds nothing changed, beside the bare HTTP request that it can't do without.

    python benchmarks/polling.py [--json FILE] [--rounds N]

A server in a process of its own gives both sides the same bytes for the same request. The floor sends it and reads the
answer, with the same library on a session of the same kind, and looks at nothing; the other side is the daemon's whole
visit of a host whose calendars did not change. They take turns, so that other load slows both: a ratio is the median
over the rounds, each of which has its own.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from stub import serving

from calbridge import app, config
from calbridge.calendars import Connections
from calbridge.calendars.auth import basic
from calbridge.calendars.glance import HEADERS, QUESTION
from calbridge.config import Config, HostConfig
from calbridge.store import Store
from calbridge.visits import Visits

HOSTS = 200
AT_ONCE = (1, 16)
TARGET = 1.3

Poll = Callable[[HostConfig], Awaitable[object]]


@dataclass(frozen=True)
class Round:
    """Seconds for all hosts once."""

    wall: float
    cpu: float


def configured(folder: Path, url: str) -> Config:
    """Hosts at the stub."""
    (folder / "hosts.d").mkdir()
    (folder / "calbridge.toml").write_text(f'[platform]\nurl = "{url}"\napi_token_env = "WORD"\n')
    for number in range(HOSTS):
        (folder / "hosts.d" / f"h{number:05}.toml").write_text(
            f'[host]\nid = {number + 1}\nemails = ["h{number}@example.com"]\n'
            f'[calendar]\nurl = "{url}/"\nusername = "h{number:05}"\npassword_env = "WORD"\n'
        )
    return config.load(folder, {"WORD": "made-up"})


async def measured(hosts: Sequence[HostConfig], poll: Poll, at_once: int) -> Round:
    """Poll every host once."""
    waiting = iter(hosts)

    async def work() -> None:
        for host in waiting:
            await poll(host)

    wall, cpu = perf_counter(), process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())
    return Round(perf_counter() - wall, process_time() - cpu)


async def compared(loaded: Config, folder: Path, url: str, rounds: int) -> dict[int, dict[str, list[Round]]]:
    """By how many are under way at once: the rounds of both sides, in turns."""
    found: dict[int, dict[str, list[Round]]] = {}
    with Store.open(folder / "calbridge.db") as store:
        async with app.opened(loaded, store, app.utc_now) as run, Connections(max(AT_ONCE)) as connections:
            visits, session = Visits(run), connections.session(url, "", "")

            async def bare(host: HostConfig) -> None:
                headers = {**HEADERS[1], "Authorization": basic(host.name, "made-up")}
                answer = await session.request("PROPFIND", f"{url}/home/{host.name}/", data=QUESTION, headers=headers)
                assert answer.status_code == 207
                assert answer.content

            async def visit(host: HostConfig) -> None:
                assert (await visits.visit(host)).report is None

            for host in loaded.hosts * 2:  # whole passes: the second may find what the first left to hosts yet to come
                await visits.visit(host)
            for at_once in AT_ONCE:
                found[at_once] = {"floor": [], "calbridge": []}
                for _ in range(rounds):
                    found[at_once]["floor"].append(await measured(loaded.hosts, bare, at_once))
                    found[at_once]["calbridge"].append(await measured(loaded.hosts, visit, at_once))
            await visits.close()
    return found


def main() -> int:
    """Print the table; end with 1 where a ratio is past the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to this file")
    parser.add_argument("--rounds", type=int, default=20, help=f"how often each side polls the {HOSTS} hosts")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, serving() as url:
        loaded = configured(Path(folder), url)
        found = asyncio.run(compared(loaded, Path(folder), url, asked.rounds))

    print(f"{HOSTS} hosts without a change, {asked.rounds} rounds; milliseconds a poll, median\n")
    print(f"{'at once':>8}{'':4}{'':12}{'floor':>10}{'calbridge':>12}{'ratio':>8}")
    numbers: list[dict[str, float | int | str]] = []
    for at_once, sides in found.items():
        for measure in ("wall", "cpu"):
            floor, ours = ([getattr(each, measure) for each in sides[side]] for side in ("floor", "calbridge"))
            ratio = median(a / b for a, b in zip(ours, floor, strict=True))
            low, high = (median(side) / HOSTS * 1000 for side in (floor, ours))
            print(f"{at_once:8}{'':4}{measure:12}{low:10.3f}{high:12.3f}{ratio:8.2f}")
            numbers.append({"at_once": at_once, "measure": measure, "floor": low, "calbridge": high, "ratio": ratio})
    if asked.json:
        asked.json.write_text(json.dumps({"hosts": HOSTS, "rounds": asked.rounds, "polls": numbers}, indent=2))
    return 1 if any(float(each["ratio"]) > TARGET for each in numbers) else 0


if __name__ == "__main__":
    sys.exit(main())
