"""The part of requirements.lock that calbridge needs to run: without the extras, with the same versions and hashes.

Run as `python packaging/runtime_lock.py`; prints requirements for `pip install --require-hashes`. The lock says
below each package what needs it ("# via"), so that nothing has to be resolved anew.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def runtime_lock(project: str, lock: str) -> str:
    """Keep the packages that `[project] dependencies` names, and whatever those need.

    Raises `ValueError` where the lock lacks a direct dependency.
    """
    locked = dict(_packages(lock))
    wanted = [_name(needed) for needed in tomllib.loads(project)["project"]["dependencies"]]
    missing = sorted(set(wanted) - locked.keys())
    if missing:
        raise ValueError(f"requirements.lock does not have {', '.join(missing)}")
    kept: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in kept:
            kept.add(name)
            wanted += [other for other, text in locked.items() if name in _needed_by(text)]
    return "".join(text for name, text in locked.items() if name in kept)


def _packages(lock: str) -> Iterator[tuple[str, str]]:
    """Each package's name, and its lines with hashes and what needs it."""
    for text in re.split(r"^(?=\S)", lock, flags=re.MULTILINE):
        if text.strip() and not text.startswith("#"):
            yield _name(text), text


def _needed_by(text: str) -> set[str]:
    """What stands below a package: "# via one", or one to a line."""
    return {_name(found) for found in re.findall(r"^ {4}#(?: via)? +(\S+)$", text, re.MULTILINE)}


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    if found is None:
        raise ValueError(f"{requirement[:40]!r} begins with no package's name")
    return re.sub(r"[-_.]+", "-", found[0]).lower()


if __name__ == "__main__":
    sys.stdout.write(
        runtime_lock((ROOT / "pyproject.toml").read_text("utf-8"), (ROOT / "requirements.lock").read_text("utf-8"))
    )
