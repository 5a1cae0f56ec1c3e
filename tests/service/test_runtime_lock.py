"""Which of the locked packages the Debian package brings."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _kept() -> str:
    ran = subprocess.run(
        [sys.executable, "packaging/runtime_lock.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return ran.stdout


def test_what_calbridge_needs_is_kept_with_hashes_and_what_only_extras_need_is_not() -> None:
    lines = re.findall(r"^([a-z0-9-]+)==.*\\\n +--hash=sha256:", _kept(), re.MULTILINE)
    assert {"niquests", "urllib3-future", "sqlalchemy", "typing-extensions", "pydantic-core"} <= set(lines)
    assert {"pytest", "mypy", "fastapi", "radicale", "hypothesis", "aiohttp"} & set(lines) == set()


def test_each_kept_package_stands_as_it_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    packages = re.split(r"^(?=\S)", _kept(), flags=re.MULTILINE)
    assert len(packages) > 30
    assert [package.splitlines()[0] for package in packages if package not in lock] == []
