"""The demo's calendar server: Radicale in a process of its own, on a free loopback port, ended by its pid."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import niquests

USERS = ("alice", "bob")
PASSWORD = "demo"  # noqa: S105  of two made-up users on loopback, gone with the demo
_START_SECONDS = 30.0

_CONFIG = """[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/htpasswd
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/collections
[logging]
level = error
"""

_CALENDAR = """<?xml version="1.0"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname>
<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""


class CalendarServer:
    """A running Radicale. `url` is its root; each user has one calendar."""

    def __init__(self, url: str) -> None:
        self.url = url

    def calendar(self, user: str) -> str:
        """The URL of a user's calendar."""
        return f"{self.url}{user}/calendar/"

    def put(self, user: str, name: str, body: bytes) -> None:
        """Store an event, as the user's calendar app does."""
        self._send("PUT", f"{self.calendar(user)}{name}.ics", user, body, "text/calendar; charset=utf-8")

    def get(self, user: str, name: str) -> str:
        """An event's text as stored."""
        return self._send("GET", f"{self.calendar(user)}{name}.ics", user, None, "text/calendar").text or ""

    def delete(self, user: str, name: str) -> None:
        """Delete an event."""
        self._send("DELETE", f"{self.calendar(user)}{name}.ics", user, None, "text/calendar")

    def make_calendar(self, user: str) -> None:
        """Make the user's calendar."""
        body = _CALENDAR.format(name=f"{user.title()}'s calendar").encode()
        self._send("MKCALENDAR", self.calendar(user), user, body, "application/xml; charset=utf-8")

    def _send(self, method: str, url: str, user: str, body: bytes | None, content_type: str) -> niquests.Response:
        with niquests.Session() as session:
            session.trust_env = False
            headers = {"Content-Type": content_type}
            answer = session.request(method, url, auth=(user, PASSWORD), data=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer


@contextmanager
def calendar_server(folder: Path, users: Sequence[str] = USERS) -> Iterator[CalendarServer]:
    """Serve the users' calendars from the folder until the block ends."""
    folder.mkdir(parents=True)
    port = _free_port()
    (folder / "htpasswd").write_text("".join(f"{user}:{PASSWORD}\n" for user in users))
    (folder / "config").write_text(_CONFIG.format(port=port, folder=folder))
    command = [sys.executable, "-m", "radicale", "--config", str(folder / "config")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603  our own argv
        try:
            _await(port, process)
            server = CalendarServer(f"http://127.0.0.1:{port}/")
            for user in users:
                server.make_calendar(user)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the demo's calendar server did not start")
