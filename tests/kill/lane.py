"""A calendar server, a platform and an installation of calbridge, whose state can be kept, and put back as they run."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from support.bridge import Dav
from support.desk import API_TOKEN, Desk, command

_direct = build_opener(ProxyHandler({}))
"""Past the environment's proxies; starts no threads, as whoever forks may have none."""

Json = dict[str, Any]  # Any: JSON

_MAIN = """
[store]
url = "sqlite:///state/calbridge.db"
[safety]
settle_time = "0s"
cancel_grace = "0s"
"""


class Lane:
    """A sandbox, and the folder of the installation that keeps it in step with one user of a calendar server at a time.

    `collections` is where the calendar server keeps the calendars of all users.
    """

    def __init__(self, folder: Path, collections: Path, platform: Path, url: str) -> None:
        self.folder = folder
        self._all_collections = collections
        self._platform = platform
        self._url = url
        self._kept = folder.with_name("kept")
        self._kept.mkdir()
        _copy(platform, self._kept / "new.db")

    def begin(self, dav: Dav) -> None:
        """Forget everything; from now on it is about this user, whose calendar `work` is empty."""
        self.dav = dav
        self._collections = self._all_collections / dav.user
        _copy(self._kept / "new.db", self._platform)
        shutil.rmtree(self.folder, ignore_errors=True)
        desk = Desk(self.folder, self._url)
        (self.folder / "state").mkdir()
        desk.more = _MAIN
        desk.host("alice", 9, dav)
        desk.write()

    def lose_database(self) -> None:
        """As a disk does that dies."""
        shutil.rmtree(self.folder / "state")
        (self.folder / "state").mkdir()

    def keep(self) -> None:
        """Keep everything as it is, for `put_back`."""
        for name, place in self._places().items():
            shutil.rmtree(self._kept / name, ignore_errors=True)
            shutil.copytree(place, self._kept / name)
        _copy(self._platform, self._kept / "platform.db")

    def put_back(self) -> None:
        """Make everything as it was, under the running servers: all that they remember is in their files."""
        for name, place in self._places().items():
            shutil.rmtree(place)
            shutil.copytree(self._kept / name, place)
        _copy(self._kept / "platform.db", self._platform)

    def _ask(self, path: str, **fields: Any) -> Any:  # Any: JSON
        body = json.dumps(fields).encode()
        with _direct.open(Request(f"{self._url}/enterprise_api/{path}", body), timeout=20) as answer:
            return json.load(answer)

    def _places(self) -> dict[str, Path]:
        return {"state": self.folder / "state", "collections": self._collections}

    def objects(self) -> dict[str, str]:
        """Every calendar object, by `calendar/name`, unfolded."""
        names = [f"{path.parent.name}/{path.stem}" for path in sorted(self._collections.glob("*/*.ics"))]
        return {name: self.dav.get(name) for name in names}

    def written(self) -> dict[str, int]:
        """When each object was last written, in nanoseconds: a write that changes nothing shows, too."""
        return {str(path): path.stat().st_mtime_ns for path in self._collections.glob("*/*.ics")}

    def conferences(self) -> list[Json]:
        """All that the platform lists, children included."""
        token = self._ask("authenticate", api_token=API_TOKEN)["auth_token"]
        answer = self._ask("conference/fetch_all", auth_token=token, host_id=9)
        found: list[Json] = answer["conferences"]
        while answer["next_page"] is not None:
            answer = self._ask("conference/fetch_all", auth_token=token, host_id=9, page=answer["next_page"])
            found += answer["conferences"]
        return found

    def writes_since(self, moment: datetime) -> list[str]:
        """What the platform was asked to change since then, whatever it answered."""
        with _direct.open(f"{self._url}/sandbox/requests", timeout=20) as answer:
            asked = json.load(answer)
        late = (request for request in asked if datetime.fromisoformat(request["at"]) >= moment)
        return [r["path"] for r in late if r["writes"] and r["path"].startswith("conference/")]


@contextmanager
def lane(folder: Path, collections: Path) -> Iterator[Lane]:
    """A lane with a sandbox in a process of its own, which must have nothing to complain about in the end."""
    folder.mkdir()
    log = folder / "sandbox.log"  # no pipe: one that nobody reads fills up, and then the sandbox stands still
    with log.open("w") as errors:
        process = command("sandbox", "--port", "0", "--data", str(folder / "platform.db"), stderr=errors)
    with process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[4]
            yield Lane(folder / "installation", collections, folder / "platform.db", url)
        finally:
            process.terminate()
            process.wait(timeout=20)
    assert log.read_text() == ""


def _copy(source: Path, target: Path) -> None:
    """Copy a database, in use or not, in one transaction."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.backup(write)
