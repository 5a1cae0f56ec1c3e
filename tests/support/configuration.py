"""A small configuration in a folder, for tests to change."""

from collections.abc import Mapping
from pathlib import Path

from calbridge.config import Config, load
from calbridge.core.problem import Problem
from calbridge.errors import ConfigError

ENVIRON = {"API_TOKEN": "made-up-token", "PASSWORD": "made-up-password"}

MAIN = """
[platform]
url = "https://acme.example.com"
api_token_env = "API_TOKEN"
"""

ALICE = """
[host]
id = 9
email = "alice@example.com"
[calendar]
url = "https://dav.example.com/"
username = "alice"
password_env = "PASSWORD"
"""


def write(folder: Path, main: str = MAIN, **hosts: str) -> Path:
    """Write `calbridge.toml` and one file for each host (alice alone, where none is given); the folder."""
    (folder / "hosts.d").mkdir(exist_ok=True)
    (folder / "calbridge.toml").write_text(main)
    for name, text in (hosts or {"alice": ALICE}).items():
        (folder / "hosts.d" / f"{name}.toml").write_text(text)
    return folder


def problems(folder: Path, environ: Mapping[str, str] = ENVIRON) -> tuple[Problem, ...]:
    """Load what must not load, and say why it does not."""
    try:
        load(folder, environ)
    except ConfigError as error:
        return error.problems
    raise AssertionError("this configuration loads")


def loaded(folder: Path, main: str = MAIN, **hosts: str) -> Config:
    """Write and load."""
    return load(write(folder, main, **hosts), ENVIRON)
