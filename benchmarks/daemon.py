"""What thousands of hosts cost a daemon that looks at each once a minute, and what one slow server does to them.

    python benchmarks/daemon.py [--json FILE] [--hosts N] [--minutes N]

`calbridge daemon` runs as it does in service, over a calendar server and a platform in a process of their own. Once
every host is known and quiet, it is watched for some minutes; then as many minutes again while every hundredth host
lives at a server that answers after 30 s. Lag is by how much later than meant the last look at each host began, of
those at the server that answers at once.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import SIGHUP, SIGTERM
from tempfile import TemporaryDirectory

from stub import serving

LATE = 30.0
LOAD, MEMORY, LAG = 0.8, 600, 5.0
"""At most: this part of one core, megabytes, seconds of lag for 99 of 100 hosts."""

_TICKS = os.sysconf("SC_CLK_TCK")
_MAIN = """
[platform]
url = "{url}"
api_token_env = "WORD"
timeout = "60s"
[daemon]
poll_interval = "60s"
status_address = ""
"""


@dataclass(frozen=True)
class Watched:
    """Some minutes of a daemon. `polls` ended in them; seconds of CPU, megabytes at most since its start; lag in s."""

    name: str
    polls: int
    cpu_per_1000: float
    load: float
    peak_mb: float
    lag_p50: float
    lag_p99: float
    lag_max: float


def put_host(folder: Path, name: str, number: int, url: str) -> None:
    """A host at a server."""
    (folder / "hosts.d" / f"{name}.toml").write_text(
        f'[host]\nid = {number}\nemails = ["{name}@example.com"]\n'
        f'[calendar]\nurl = "{url}/"\nusername = "{name}"\npassword_env = "WORD"\n'
    )


@contextmanager
def daemon(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A running one; it ends in good order."""
    arguments = [sys.executable, "-m", "calbridge.cli", "daemon", "--config", str(folder)]
    environ = {**os.environ, "WORD": "made-up", "CALBRIDGE_LOG_LEVEL": "error"}
    with subprocess.Popen(arguments, env=environ) as process:
        try:
            yield process
        finally:
            process.send_signal(SIGTERM)


def standings(folder: Path, prefix: str) -> list[tuple[float, int, float]]:
    """Of each host: when her last visit ended, how often in a row it failed, and its lag."""
    if not (folder / "calbridge.db").exists():
        return []
    with closing(sqlite3.connect(f"file:{folder / 'calbridge.db'}?mode=ro", uri=True)) as database:
        try:
            asked = "SELECT unixepoch(tried), failures, lag FROM standings WHERE host LIKE ?"
            return list(database.execute(asked, (f"{prefix}%",)))
        except sqlite3.OperationalError:  # the daemon is still making the table
            return []


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_mb(pid: int) -> float:
    """The most memory that it ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def watched(name: str, folder: Path, pid: int, minutes: float) -> Watched:
    """Watch for so many minutes; every host has one poll in each."""
    began, cpu = time.monotonic(), cpu_seconds(pid)
    time.sleep(60 * minutes)
    wall, cpu = time.monotonic() - began, cpu_seconds(pid) - cpu
    found = standings(folder, "h")
    lags = sorted(lag for _, _, lag in found)
    late = [lag for tried, _, lag in found if time.time() - tried > 75]
    assert not late, f"{len(late)} hosts were not visited for more than a minute"
    polls = round(len(found) * wall / 60)
    return Watched(
        name,
        polls,
        cpu / polls * 1000,
        cpu / wall,
        peak_mb(pid),
        lags[len(lags) // 2],
        lags[len(lags) * 99 // 100],
        lags[-1],
    )


def settle(folder: Path, hosts: int, pid: int) -> float:
    """Wait until everybody was visited well and polls have become cheap; the seconds it took."""
    began = time.monotonic()
    while len(found := standings(folder, "h")) < hosts or any(failures for _, failures, _ in found):
        time.sleep(2)
    print(f"all were visited within {time.monotonic() - began:.0f} s", file=sys.stderr)
    before, minute = float("inf"), cpu_seconds(pid)
    while True:
        time.sleep(20)
        now = cpu_seconds(pid)
        if now - minute > 0.9 * before:
            return time.monotonic() - began
        before, minute = now - minute, now


def main() -> int:
    """Print the table; end with 1 where a number is past its target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to this file")
    parser.add_argument("--hosts", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=3.0, help="how long each part is watched")
    asked = parser.parse_args()
    with TemporaryDirectory() as name, serving() as url, serving(LATE) as slow:
        folder = Path(name)
        (folder / "hosts.d").mkdir()
        (folder / "calbridge.toml").write_text(_MAIN.format(url=url))
        for number in range(asked.hosts):
            put_host(folder, f"h{number:05}", number + 1, url)
        with daemon(folder) as process:
            settling = settle(folder, asked.hosts, process.pid)
            print(f"known and quiet after {settling:.0f} s", file=sys.stderr)
            rows = [watched("all answer at once", folder, process.pid, asked.minutes)]
            for number in range(asked.hosts // 100):
                put_host(folder, f"slow{number:03}", asked.hosts + number + 1, slow)
            process.send_signal(SIGHUP)
            time.sleep(60)
            rows.append(watched(f"one server in {LATE:g} s", folder, process.pid, asked.minutes))
    print(f"{asked.hosts} hosts, one poll a minute each; known and quiet after {settling:.0f} s\n")
    print(f"{'':20}{'polls':>8}{'CPU s/1000':>12}{'of a core':>11}{'peak MB':>9}{'lag p50':>9}{'p99':>7}{'max':>7}")
    for row in rows:
        print(
            f"{row.name:20}{row.polls:8}{row.cpu_per_1000:12.2f}{row.load:11.0%}{row.peak_mb:9.0f}"
            f"{row.lag_p50:9.3f}{row.lag_p99:7.3f}{row.lag_max:7.3f}"
        )
    if asked.json:
        asked.json.write_text(json.dumps({"hosts": asked.hosts, "parts": [asdict(row) for row in rows]}, indent=2))
    return 1 if any(row.load > LOAD or row.peak_mb > MEMORY or row.lag_p99 > LAG for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
