"""The TOML files: where they are, and what is in them."""

import tomllib
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path

from calbridge.core.problem import Misfit, Problem
from calbridge.errors import ConfigError

NAME = "calbridge.toml"
VARIABLE = "CALBRIDGE_CONFIG"
PLACES = (Path(NAME), Path("/etc/calbridge") / NAME)


def find(path: Path | None, environ: Map[str, str]) -> Path:
    """Find `calbridge.toml`: `path`, else `$CALBRIDGE_CONFIG`, each the file or its folder, else in the usual places.

    The path is absolute. Raises `ConfigError` where there is none.
    """
    named = path or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    if named is not None:
        places = (named, named / NAME)
        where, hint = str(named), f"name {NAME} or its folder"
    else:
        places, where, hint = PLACES, NAME, f"give --config FILE, or set ${VARIABLE}"
    found = next((place for place in places if _is_file(place)), None)
    if found is None:
        reason = f"there is no file {' and none '.join(str(place) for place in places)} that we may read"
        raise ConfigError((Problem(where, "config.no-file", reason, hint),))
    return found.absolute()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder on the way that is closed to us
        return False


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `label` is its name in problems; `tables` is empty where `problem` says that it can't be read."""

    path: Path
    label: str
    tables: Map[str, object] = field(default_factory=dict, repr=False)
    problem: Problem | None = None


def read(path: Path, label: str) -> Source:
    """Parse one TOML file."""
    try:
        return Source(path, label, tomllib.loads(path.read_bytes().decode("utf-8-sig")))
    except tomllib.TOMLDecodeError as error:
        misfit = Misfit("config.syntax", f"this is no TOML: {error}", "mend that line; strings want quotes")
    except UnicodeDecodeError as error:
        misfit = Misfit("config.syntax", f"byte {error.start} is no UTF-8", "save the file as UTF-8")
    except OSError as error:
        misfit = Misfit("config.unreadable", f"can't be read: {error.strerror}", "let calbridge's user read it")
    return Source(path, label, problem=misfit.at(label))
