"""A Debian machine inside this one: with systemd as process 1, in namespaces of its own, on this machine's network."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

START = Path(__file__).parents[1] / "service" / "start"
SECONDS = 60.0
NAMESPACES = ("--mount", "--pid", "--uts", "--ipc", "--cgroup")


class Machine:
    """One that runs. `process_1` is its systemd's process id out here."""

    def __init__(self, process_1: int) -> None:
        self._enter = ["nsenter", "--target", str(process_1), *NAMESPACES, "--"]

    def run(self, *command: str, text: str | None = None, check: bool = True) -> str:
        """Run a command there as root, with `text` on its standard input; what it printed, on both streams."""
        ran = subprocess.run(
            [*self._enter, *command],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=SECONDS * 3,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
        )
        assert ran.returncode == 0 or not check, f"{command}: {ran.returncode}\n{ran.stdout}"
        return ran.stdout

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file, which keeps its folder's group where that says so."""
        self.run("sh", "-c", f"mkdir -p $(dirname {path}) && cat > {path} && chmod {mode:o} {path}", text=text)

    def shows(self, unit: str, key: str) -> str:
        """A property of a unit, as `systemctl show` has it."""
        return self.run("systemctl", "show", "--value", "--property", key, unit).strip()

    def journal(self, unit: str) -> list[dict[str, Any]]:  # Any: JSON
        """The journal's entries of a unit, with all their fields."""
        lines = self.run("journalctl", "--no-pager", "--output", "json", "--all", "--unit", unit).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait(self, what: str, holds: Callable[[], object]) -> None:
        """Wait until something holds, for a minute at most."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"not within {SECONDS:.0f} s: {what}"
            time.sleep(0.3)


@contextmanager
def machine(root: Path, folder: Path) -> Iterator[Machine]:
    """Boot the Debian in `root`, which stays as it is; what it writes goes below `folder`."""
    boot = ["unshare", *NAMESPACES, "--fork", "--kill-child", str(START / "boot.sh"), str(root), str(folder)]
    with subprocess.Popen(boot, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as unshare:
        try:
            children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
            booted = _first(lambda: children.read_text().split())
            running = Machine(int(booted[0]))
            running.wait("systemd is up", lambda: _is_up(running))
            yield running
        finally:
            unshare.kill()


def _is_up(running: Machine) -> bool:
    said = running.run("systemctl", "is-system-running", check=False).split()
    return bool(said) and said[-1] in {"running", "degraded"}


def _first(look: Callable[[], list[str]]) -> list[str]:
    deadline = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def needed_here() -> None:
    """Skip where no machine can be booted; in CI it must be possible."""
    missing = [name for name in ("debootstrap", "unshare", "nsenter", "dpkg-deb") if shutil.which(name) is None]
    if os.geteuid() != 0:
        missing.append("root's rights")
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"missing: {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}; tests/servers/start/install.sh installs them")


def debian_root(folder: Path) -> Path:
    """Make a clean Debian, once: where $CALBRIDGE_DEBIAN says, to be used again by the next run, or in `folder`."""
    root = Path(os.environ.get("CALBRIDGE_DEBIAN", folder / "debian"))
    if not root.exists():
        subprocess.run([START / "root.sh", root], check=True, capture_output=True, timeout=900)
    return root
