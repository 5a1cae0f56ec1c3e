"""From the answers to the files: the commented examples with the answers in them, and all of them or none."""

import grp
import json
import os
import pwd
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, TypeAlias

from calbridge import config
from calbridge.beginning.answers import Answers
from calbridge.core.problem import Misfit, Problem
from calbridge.errors import ConfigError

SERVICE: Final = "calbridge"
"""The user and group of the service, where there are any (systemd/calbridge.sysusers, the Debian package)."""

Value: TypeAlias = str | int | list[str]


@dataclass(frozen=True, slots=True)
class NewFile:
    """One file to write, below the configuration's folder."""

    name: str
    text: str = field(repr=False)
    secret: bool = False


def examples() -> Path:
    """The folder of the commented examples: inside the package in a wheel, beside it in a checkout."""
    shipped = Path(__file__).parent / "examples"
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "config"


def files_of(answers: Answers, folder: Path) -> tuple[NewFile, ...]:
    """What a configuration in `folder` with these answers is made of."""
    name = answers.host.name
    return (
        NewFile("calbridge.toml", _main(answers, folder)),
        NewFile(f"hosts.d/{name}.toml", _host(answers)),
        NewFile("api-token", answers.platform.api_token + "\n", secret=True),
        NewFile(f"hosts.d/{name}.password", answers.calendar.password + "\n", secret=True),
    )


def _main(answers: Answers, folder: Path) -> str:
    platform = answers.platform
    within = answers.database.is_relative_to(folder.absolute())
    database = answers.database.relative_to(folder.absolute()) if within else answers.database
    said: dict[str, Value] = {"url": platform.url, "api_token_file": "api-token"}
    if platform.company_id is not None:
        said["company_id"] = platform.company_id
    if platform.ca_file is not None:
        said["ca_file"] = str(platform.ca_file)
    text = (examples() / "calbridge.toml").read_text("utf-8")
    return _filled(_filled(text, "platform", said), "store", {"url": f"sqlite:///{database}"})


def _host(answers: Answers) -> str:
    host, calendar = answers.host, answers.calendar
    said: dict[str, Value] = {
        "url": calendar.url,
        "username": calendar.username,
        "password_file": f"{host.name}.password",
    }
    if calendar.names:
        said["names"] = list(calendar.names)
    if calendar.ca_file is not None:
        said["ca_file"] = str(calendar.ca_file)
    text = (examples() / "hosts.d" / "alice.toml").read_text("utf-8")
    text = re.sub(r"^(?=emails = )", "#", text, flags=re.MULTILINE)  # what platform and calendar say is right at first
    return _filled(_filled(text, "host", {"id": host.id, "email": host.email}), "calendar", said)


def _filled(text: str, table: str, values: Mapping[str, Value]) -> str:
    """Set keys of a table where the example has them, commented out or not."""
    begin = text.index(f"\n[{table}]\n") + len(table) + 4
    end = next(iter(re.finditer(r"^\[", text[begin:], re.MULTILINE)), None)
    stop = begin + end.start() if end else len(text)
    section = text[begin:stop]
    for key, value in values.items():
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"  # of what is printable, TOML and JSON write the same
        escaped = line.replace("\\", r"\\")
        section, found = re.subn(rf"^#?{key} = .*$", escaped, section, count=1, flags=re.MULTILINE)
        if not found:
            raise LookupError(f"the example has no key {table}.{key}")
    return text[:begin] + section + text[stop:]


def place(files: tuple[NewFile, ...], folder: Path) -> tuple[Path, ...]:
    """Write all files or none, and return what was put aside for them, as NAME.old.

    They are loaded first, in a folder of their own beside their place. Raises `ConfigError` where they make no
    configuration, or can't be written.
    """
    try:
        (folder / "hosts.d").mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=".calbridge-init-", dir=folder))
    except OSError as error:
        raise ConfigError((_unwritable(error).at(str(folder)),)) from None
    try:
        for file in files:
            _write(staged / file.name, file)
        config.load(staged, os.environ)
        return _moved(files, staged, folder)
    except OSError as error:
        raise ConfigError((_unwritable(error).at(str(folder)),)) from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _moved(files: tuple[NewFile, ...], staged: Path, folder: Path) -> tuple[Path, ...]:
    """Move them to their places; when one can't be, all are taken back."""
    aside: dict[Path, Path] = {}
    placed: list[Path] = []
    try:
        for file in files:
            target = folder / file.name
            if target.exists():
                aside[target] = target.replace(_old(target))
            placed.append((staged / file.name).replace(target))
    except BaseException:
        for path in placed:
            path.unlink()
        for target, old in aside.items():
            old.replace(target)
        raise
    return tuple(aside.values())


def _old(target: Path) -> Path:
    """A name beside it that nothing has yet."""
    names = (target.with_name(f"{target.name}.old{number or ''}") for number in count())
    return next(name for name in names if not name.exists())


def _write(path: Path, file: NewFile) -> None:
    """Write for the owner's eyes, and those of the service's group where root writes and there is one."""
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    with path.open("w", encoding="utf-8") as opened:
        opened.write(file.text)
        opened.flush()
        os.fsync(opened.fileno())
    group = service_group()
    if not file.secret:
        path.chmod(0o644)
    elif group is not None:
        os.chown(path, -1, group)
        path.chmod(0o640)


def service_group() -> int | None:
    """The group that the service runs in, where we are root and there is one."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return grp.getgrnam(SERVICE).gr_gid
    return None


def make_folder(folder: Path) -> None:
    """Make the database's folder, the service's own where root makes it. Raises `ConfigError`."""
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o700, parents=True)
        if service_group() is not None:
            with suppress(KeyError):
                owner = pwd.getpwnam(SERVICE)
                os.chown(folder, owner.pw_uid, owner.pw_gid)
    except OSError as error:
        raise ConfigError((_unwritable(error).at(str(folder)),)) from None


def closed(folder: Path) -> Problem | None:
    """Why nothing can be written into a folder; one that is not there yet is made."""
    found = folder.absolute()
    while not os.path.lexists(found):  # unlike `Path.exists`, also says no of what is behind a closed folder
        found = found.parent
    if found.is_dir() and os.access(found, os.W_OK | os.X_OK):
        return None
    reason = "can't be written" if found.is_dir() else "is no folder"
    return Problem(str(found), "init.unwritable", reason, _ELSEWHERE)


def in_the_way(folder: Path) -> Iterator[Path]:
    """What a new configuration would replace: the files that have fixed names."""
    for name in ("calbridge.toml", "api-token"):
        if (folder / name).exists():
            yield folder / name


def _unwritable(error: OSError) -> Misfit:
    reason = f"can't be written: {error.strerror or type(error).__name__}"
    return Misfit("init.unwritable", reason, _ELSEWHERE)


_ELSEWHERE: Final = "run it as a user who may write there, or name another folder"
