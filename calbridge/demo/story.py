"""The demo's story: plan, sync, edit, sync again, and nothing left to do. It runs what the commands run."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from calbridge import app as composition
from calbridge import config as configuration
from calbridge import report
from calbridge.apply import Done
from calbridge.config import Config
from calbridge.core.actions import Adopt, WriteBack
from calbridge.demo import events
from calbridge.demo.servers import PASSWORD, USERS, CalendarServer, calendar_server
from calbridge.sandbox.server import RunningSandbox, running
from calbridge.sandbox.settings import Settings
from calbridge.store import Lock, Store
from calbridge.sync import HostReport, Options
from calbridge.tables import print_table

_HOST_IDS = {"alice": 9, "bob": 10}
_SERVE_EVERY = 5.0
"""Seconds between passes while the demo keeps serving."""


def run(*, keep_serving: bool) -> int:
    """Tell the story; with `keep_serving` go on until Ctrl-C. Gives the exit code: 0 where it went as it should."""
    with (
        TemporaryDirectory(prefix="calbridge-demo-") as folder,
        calendar_server(Path(folder) / "radicale") as calendars,
        running(Settings()) as platform,
    ):
        story = _Story(Path(folder), calendars, platform)
        good = story.tell()
        if keep_serving:
            story.serve()
        return 0 if good else 1


class _Story:
    def __init__(self, folder: Path, calendars: CalendarServer, platform: RunningSandbox) -> None:
        self._calendars = calendars
        self._platform = platform
        self._today = composition.utc_now().date()
        self._say = Console(highlight=False, soft_wrap=True)
        self._config = _configure(folder, calendars, platform)

    def tell(self) -> bool:
        """The whole story; False where a pass had a problem or the last one still did something."""
        for event in events.calendars(self._today):
            self._calendars.put(event.user, event.name, event.body)
        self._head(f"Two hosts' calendars on {self._calendars.url}, a conferencing platform on {self._platform.url}")
        self._head("calbridge plan: what would it do?")
        self._tell(self._plan(), dry=True)
        self._head("calbridge sync: every event that asks for a room, with its room")
        first = self._sync()
        self._tell(first, dry=False)
        self._edit()
        self._head("calbridge sync: what changed")
        second = self._sync()
        self._tell(second, dry=False)
        self._head("calbridge sync: the deleted event stayed away for a second pass, so its room goes")
        third = self._sync()
        self._tell(third, dry=False)
        self._head("calbridge sync: nothing to do")
        last = self._sync()
        self._tell(last, dry=False)
        self._event("alice", "kickoff")
        problems = [p for reports in (first, second, third, last) for r in reports for p in r.problems]
        return not problems and not any(r.outcomes for r in last)

    def serve(self) -> None:
        """Keep both servers up and sync every few seconds, so that a calendar app can be pointed at them."""
        self._head("Now you: point a calendar app at it. Ctrl-C ends the demo.")
        for user in USERS:
            self._say.print(f"  {self._calendars.calendar(user)}  user {user}, password {PASSWORD}", markup=False)
        self._say.print(
            "  Write @meet into an event's title; its room is in the event a few seconds after you save it."
        )
        try:
            while True:
                time.sleep(_SERVE_EVERY)
                reports = self._sync()
                if any(r.outcomes or r.problems for r in reports):
                    self._tell(reports, dry=False)
        except KeyboardInterrupt:
            self._say.print()

    def _plan(self) -> tuple[HostReport, ...]:
        with Store.snapshot(self._config.store_path) as store:
            return asyncio.run(composition.sync_hosts(self._config, store, Options(dry=True)))

    def _sync(self) -> tuple[HostReport, ...]:
        path = self._config.store_path
        with Lock(path).acquire(timedelta(0)), Store.open(path) as store:
            return asyncio.run(composition.sync_hosts(self._config, store, Options()))

    def _edit(self) -> None:
        self._head("People edit: a new title, another hour, one instance cancelled, one event deleted")
        for event in events.edited(self._today):
            ours = [line for line in _unfolded(self._calendars.get(event.user, event.name)) if _is_ours(line)]
            body = event.body.decode().replace("END:VEVENT", "\r\n".join((*ours, "END:VEVENT")), 1)
            self._calendars.put(event.user, event.name, body.encode())
        self._calendars.delete(*events.DELETED)

    def _tell(self, reports: Sequence[HostReport], *, dry: bool) -> None:
        for found in reports:
            actions = found.plan.actions if dry else [o.action for o in found.outcomes if isinstance(o, Done)]
            said = [report.summary(actions) or "nothing to do", report.mailed_line(found.plan) if dry else None]
            self._say.print(f"{found.host}: {'; '.join(filter(None, said))}", markup=False)
        shown = [
            (found.host, *report.action_row(a, report.planned(a)[1] if dry else _room(found, a)))
            for found in reports
            for a in found.plan.actions
            if dry or not isinstance(a, Adopt | WriteBack)
        ]
        if shown:
            print_table(("host", *report.HEADS), shown)
        for found in reports if dry else ():
            for line in report.skipped_lines(found.plan.skipped):
                self._say.print(f"{found.host} skipped {line}", markup=False)
        for line in report.problem_lines((found.host, p) for found in reports for p in found.problems):
            self._say.print(line, markup=False)

    def _event(self, user: str, name: str) -> None:
        self._head(f"And this is what {user}'s calendar app sees")
        self._say.print(self._calendars.get(user, name).replace("\r\n", "\n"), markup=False)

    def _head(self, text: str) -> None:
        self._say.print(f"\n[bold]{text}[/]")


def _configure(folder: Path, calendars: CalendarServer, platform: RunningSandbox) -> Config:
    """A configuration as an administrator writes it; only the grace is shorter than anyone would want."""
    secrets = {"api-token": "sandbox-token", "calendar-password": PASSWORD}
    for name, value in secrets.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(value)
    (folder / "hosts.d").mkdir()
    (folder / "calbridge.toml").write_text(
        f'[platform]\nurl = "{platform.url}"\napi_token_file = "api-token"\n[safety]\ncancel_grace = "0s"\n'
    )
    for user in USERS:
        (folder / "hosts.d" / f"{user}.toml").write_text(
            f'[host]\nid = {_HOST_IDS[user]}\nemails = ["{user}@example.com"]\n'
            f'[calendar]\nurl = "{calendars.url}"\nusername = "{user}"\npassword_file = "../calendar-password"\n'
        )
    return configuration.load(folder, {})


def _room(found: HostReport, action: object) -> str | None:
    return next((o.room_url for o in found.outcomes if isinstance(o, Done) and o.action == action), None)


def _unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").replace("\n ", "").splitlines()


def _is_ours(line: str) -> bool:
    """What a calendar app keeps of an event that it edits: the description, the place and what it does not know."""
    return line.startswith(("DESCRIPTION", "LOCATION", "CONFERENCE", "X-CALBRIDGE-", "X-MICROSOFT-"))
