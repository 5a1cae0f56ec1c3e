"""A daemon that ends while twenty hosts want rooms of a slow platform: nothing is lost, and nothing is there twice."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

import pytest
from support.bridge import Dav
from support.daemons import Daemon, daemon
from support.desk import Desk, event
from support.gate import Gate, gate, serving
from support.ical import calendar_object
from support.sandbox_account import Account
from support.scripted_server import Reply, Request, Stream

from calbridge.sandbox import RunningSandbox, running
from calbridge.sandbox.settings import Settings

HOSTS = range(100, 120)

_SEED = """
reseller = [{ id = 1, domain = "one.example" }]
company = [{ id = 5, reseller = 1, name = "Five", subdomain = "five" }]
api_token = [{ token = "sandbox-token", role = "COMPANY_ADMIN", company = 5 }]
"""
_HOST = """
[[host]]
id = {0}
company = 5
name = "H{0}"
email = "h{0}@example.com"
access_code = "9{0}"
moderator_pin = "8{0}"
"""
_DAEMON = '[daemon]\npoll_interval = "2s"\nstatus_address = ""\n[safety]\nsettle_time = "1s"\n'


@dataclass(frozen=True)
class Crowd:
    """Twenty hosts, each with an event that asks for a room, and a platform that takes its time over everything."""

    desk: Desk
    people: dict[int, Dav]
    sandbox: RunningSandbox
    through: Gate

    def rooms(self, host_id: int) -> int:
        """How many conferences the host has."""
        return len(Account(self.sandbox).listing(host_id))

    def linked(self, host_id: int) -> bool:
        """Whether her event shows its room."""
        return "/conf/call/" in self.people[host_id].get("work/plan")


@pytest.fixture(name="crowd")
def _crowd(tmp_path: Path, new_user: Callable[[], Dav]) -> Iterator[Crowd]:
    seed = tmp_path / "seed.toml"
    seed.write_text(_SEED + "".join(_HOST.format(host_id) for host_id in HOSTS))
    with running(Settings(seed=seed)) as sandbox, gate(sandbox.url) as through:
        desk = Desk(tmp_path / "desk", through.url)
        desk.more = _DAEMON
        people = {host_id: new_user() for host_id in HOSTS}
        for host_id, dav in people.items():
            dav.put("work/plan", calendar_object(event(f"Plan{host_id}")))
            desk.host(f"h{host_id}", host_id, dav)
        through.answer = lambda request: _slowly(through, request)
        yield Crowd(desk, people, sandbox, through)


def _slowly(through: Gate, request: Request) -> Stream:
    """Do what is asked for at once, and answer late."""

    async def write(writer: asyncio.StreamWriter) -> None:
        reply = await asyncio.to_thread(through._forward, request)
        await asyncio.sleep(0.3)
        writer.write(_raw(reply))
        await writer.drain()

    return write


def _raw(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} Slow", f"Content-Length: {len(reply.body)}", "Connection: close"]
    return "\r\n".join([*lines, "Content-Type: application/json", "", ""]).encode() + reply.body


def in_the_thick_of_it(crowd: Crowd) -> bool:
    return crowd.through.asked("conference/create") > 9


@pytest.mark.parametrize("told", [SIGTERM, SIGKILL])
def test_no_conference_is_lost_or_doubled(crowd: Crowd, told: Signals) -> None:
    with daemon(crowd.desk) as first:
        first.until(lambda: in_the_thick_of_it(crowd))
        ran, seconds = first.stop(told)
    assert (ran.code, seconds < 20) == (0 if told == SIGTERM else -SIGKILL, True)
    crowd.through.answer = lambda _request: None
    with daemon(crowd.desk) as second:
        second.until(lambda: all(crowd.linked(host_id) for host_id in HOSTS))
        second.until(lambda: settled(second))
        assert second.stop()[0].code == 0
    assert {crowd.rooms(host_id) for host_id in HOSTS} == {1}


def settled(running: Daemon) -> bool:
    return f"{len(HOSTS)} of {len(HOSTS)} hosts fine" in running.status()


def test_a_second_signal_ends_it_at_once(crowd: Crowd) -> None:
    crowd.through.answer = lambda request: _never if "conference/create" in request.path else None
    with daemon(crowd.desk) as stuck:
        stuck.until(lambda: crowd.through.asked("conference/create"))
        stuck.signal(SIGTERM)
        stuck.until(lambda: "STOPPING=1" in stuck.manager.lines())
        ran, seconds = stuck.stop()
    assert (ran.code, seconds < 10) == (0, True)
    assert "cut_off=0" not in ran.err


def test_a_calendar_server_that_never_answers_delays_nobody_elses_host(crowd: Crowd) -> None:
    fine, *others = HOSTS
    crowd.through.answer = lambda _request: None
    crowd.desk.more = _DAEMON.replace("[safety]", "concurrency = 4\n[safety]")
    with serving(lambda _request: _never) as silent:
        for host_id in others:
            crowd.desk.host(f"h{host_id}", host_id, crowd.people[host_id], url=silent)
        with daemon(crowd.desk) as running:
            running.until(lambda: crowd.linked(fine))
            crowd.people[fine].put("work/other", calendar_object(event("Another")))
            running.until(lambda: "/conf/call/" in crowd.people[fine].get("work/other"))


async def _never(_writer: object) -> None:
    await asyncio.sleep(60)
