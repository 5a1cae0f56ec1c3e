"""Real CalDAV servers on free loopback ports: users alice/secret and bob/secret, one calendar each.

Radicale and Xandikos come from the same virtual environment as the tests and run as subprocesses; each is ended by its
process id. Cyrus and sabre/dav come from Debian's packages, by the scripts in tests/servers/start.
"""

import base64
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USERS = ("alice", "bob")
PASSWORD = "secret"
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """One running server. `calendar_urls` is user -> the URL of her one calendar."""

    root_url: str
    calendar_urls: Mapping[str, str]
    pid: int


@contextmanager
def radicale(path: Path) -> Iterator[Server]:
    """Serve Radicale from the folder `path`; it reorders and refolds what it stores."""
    path.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (path / "htpasswd").write_text("".join(f"{user}:{PASSWORD}\n" for user in USERS))
    (path / "config").write_text(_RADICALE_CONFIG.format(port=port, path=path))
    root = f"http://127.0.0.1:{port}/"
    urls = {user: f"{root}{user}/cal/" for user in USERS}
    with _process(["-m", "radicale", "--config", str(path / "config")], path, port) as pid:
        for user, url in urls.items():
            request(url, "MKCALENDAR", user, _MKCALENDAR.format(name=f"Calendar of {user}"))
        yield Server(root, urls, pid)


@contextmanager
def xandikos(path: Path) -> Iterator[Server]:
    """Serve multi-user Xandikos from the folder `path`, with implicit scheduling for user@example.com."""
    path.mkdir(parents=True, exist_ok=True)
    port = free_port()
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    (path / "htpasswd").write_text("".join(f"{user}:{{SHA}}{digest}\n" for user in USERS))
    (path / "dav").mkdir(exist_ok=True)
    launcher = str(Path(__file__).with_name("xandikos_launcher.py"))
    root = f"http://127.0.0.1:{port}/"
    urls = {user: f"{root}{user}/calendars/calendar/" for user in USERS}
    with _process([launcher, str(port), str(path)], path, port) as pid:
        for user, url in urls.items():  # the first authenticated request makes the principal and its calendar
            request(url, "PROPFIND", user, headers={"Depth": "0"})
            request(f"{root}{user}/", "PROPPATCH", user, _ADDRESS.format(user=user))
        yield Server(root, urls, pid)


@contextmanager
def debian(name: str) -> Iterator[Server]:
    """Serve what tests/servers/start/NAME.sh starts: `cyrus` or `sabredav`; its packages are there, or we are root."""
    script = Path(__file__).parents[1] / "servers" / "start" / f"{name}.sh"
    folder = Path(tempfile.mkdtemp(prefix="calbridge-"))
    folder.chmod(0o755)  # Cyrus runs as a user of its own
    try:
        lines = _started(script, _free_pair(), folder)
        words = [line.split() for line in lines]
        root = next(url for word, url in (each for each in words if len(each) == 2) if word == "root")
        pid = next(int(number) for word, number in (each for each in words if len(each) == 2) if word == "pid")
        urls = {each[1]: each[2] for each in words if len(each) == 3 and each[0] == "calendar"}
        yield Server(root, urls, pid)
    finally:
        if (folder / "stop").exists():
            subprocess.run([folder / "stop"], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _started(script: Path, port: int, folder: Path) -> list[str]:
    said = folder / "start.log"  # a file, as a pipe would stay open in the server
    with said.open("wb") as log:
        ended = subprocess.run([script, str(port), str(folder)], check=False, stdout=log, stderr=log, timeout=600)
    if ended.returncode:
        raise RuntimeError(f"{script.name} failed: {said.read_text(errors='replace')}")
    return said.read_text().splitlines()


def _free_pair() -> int:
    """A loopback port that nobody listens on at this moment, as on the one after it: Cyrus needs both."""
    while True:
        first = free_port()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", first + 1))
            except (OSError, OverflowError):  # taken, or beyond the last one
                continue
        return first


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def request(
    url: str, method: str, user: str, body: str | bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Speak plain HTTP, Basic or Digest, past the code under test; (status, body), also for errors."""
    login = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    sent = body.encode() if isinstance(body, str) else body
    content_type = "text/calendar; charset=utf-8" if method == "PUT" else "application/xml; charset=utf-8"
    every = {"Authorization": f"Basic {login}", "Content-Type": content_type, **(headers or {})}
    asked = urllib.request.Request(url, data=sent or None, method=method, headers=every)
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, user, PASSWORD)
    digest = urllib.request.HTTPDigestAuthHandler(passwords)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), digest)
    try:
        with direct.open(asked, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


@contextmanager
def _process(arguments: list[str], path: Path, port: int) -> Iterator[int]:
    with (path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        )
    try:
        _wait(process, port, path / "server.log")
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')}")


_RADICALE_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
max_connections = 64
[auth]
type = htpasswd
htpasswd_filename = {path}/htpasswd
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {path}/collections
[logging]
level = warning
"""

_MKCALENDAR = (
    '<?xml version="1.0"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
    "<D:displayname>{name}</D:displayname>"
    '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'
    "</D:prop></D:set></C:mkcalendar>"
)

_ADDRESS = (
    '<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
    "<C:calendar-user-address-set><D:href>mailto:{user}@example.com</D:href></C:calendar-user-address-set>"
    "</D:prop></D:set></D:propertyupdate>"
)
