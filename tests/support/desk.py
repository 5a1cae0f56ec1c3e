"""An administrator's desk: a folder with a configuration, and the commands, run in this process or in their own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from typer.testing import CliRunner

from calbridge import cli
from support.bridge import Dav
from support.caldav_servers import PASSWORD
from support.ical import vevent

API_TOKEN = "sandbox-token"

MORTAL = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Before a command: whoever runs it is held to the modes of files, root too."""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:  # Any: JSON
        """The one JSON object on stdout, in a line of its own."""
        assert self.out.count("\n") == 1, self.out
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    def host(self, name: str) -> dict[str, Any]:  # Any: JSON
        """What is said of one host."""
        [found] = [host for host in self.json["hosts"] if host["host"] == name]
        assert isinstance(found, dict)
        return found

    def actions(self, name: str) -> list[str]:
        """What was done for a host: `action subject`."""
        return [f"{action['action']} {action['subject']}" for action in self.host(name)["actions"]]

    def problem(self, name: str) -> dict[str, str]:
        """The one problem of a host, in words a person can act on."""
        [problem] = self.host(name)["problems"]
        assert all(isinstance(problem[key], str) and problem[key].strip() for key in problem), problem
        assert isinstance(problem, dict)
        return problem


class Desk:
    """`hosts` are written to hosts.d with every run; `main` holds more lines of calbridge.toml's [platform]."""

    def __init__(self, folder: Path, platform: str) -> None:
        self.folder = folder
        self.platform = platform
        self.platform_keys = ""
        self.more = ""
        self.instance = "main"
        self.api_token = API_TOKEN
        self.hosts: dict[str, str] = {}
        (folder / "hosts.d").mkdir(parents=True)

    def host(
        self, name: str, host_id: int, dav: Dav, *, url: str = "", password: str = PASSWORD, more: str = ""
    ) -> None:
        """A host with the calendars of a user; `url` where they are reached in another way."""
        secret(self.folder / "hosts.d" / f"{name}.password", password)
        self.hosts[name] = (
            f'[host]\nid = {host_id}\nemails = ["{name}@example.com"]\n'
            f'[calendar]\nurl = "{url or dav.root + dav.user + "/"}"\nusername = "{dav.user}"\n'
            f'password_file = "{name}.password"\n{more}'
        )

    def write(self) -> None:
        """Write the configuration."""
        secret(self.folder / "api-token", self.api_token)
        _put(
            self.folder / "calbridge.toml",
            f'instance = "{self.instance}"\n[platform]\nurl = "{self.platform}"\n'
            f'api_token_file = "api-token"\n{self.platform_keys}\n{self.more}',
        )
        for name, text in self.hosts.items():
            _put(self.folder / "hosts.d" / f"{name}.toml", text)

    def run(self, *arguments: str) -> Ran:
        """Run a command here: fast, and open to a test's hands."""
        self.write()
        result = CliRunner().invoke(cli.app, [*arguments, "--config", str(self.folder)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command in a process of its own."""
        self.write()
        return command(*arguments, "--config", str(self.folder))

    def spawn(self, *arguments: str) -> Ran:
        """Run it so, to its end."""
        return ended(self.start(*arguments))


def command(
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    prefix: Sequence[str] = (),
    stdin: int | IO[str] = subprocess.DEVNULL,
    stderr: int | IO[str] = subprocess.PIPE,
) -> "subprocess.Popen[str]":
    """Start calbridge; `prefix` is a program that starts it in turn."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "calbridge.cli", *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **(environ or {})},
    )


def ended(process: "subprocess.Popen[str]") -> Ran:
    """Wait for its end."""
    with process:
        out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


def secret(path: Path, text: str) -> None:
    """A file for its owner's eyes."""
    if not path.exists():
        path.touch(mode=0o600)
    _put(path, text)


def _put(path: Path, text: str) -> None:
    """Write a file, and leave one alone that says so already."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def event(name: str, *more: str, days: int = 3, start: str | None = None) -> str:
    """An event that asks for a room, some days from now, called after its UID."""
    day = datetime.now(UTC) + timedelta(days=days)
    return vevent(
        *more,
        uid=f"{name}@x",
        summary=f"{name} @meet",
        start=start or f"{day:%Y%m%d}T100000",
        end=f"{day:%Y%m%d}T110000",
    )
