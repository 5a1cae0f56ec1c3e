"""What the store's tests share: an empty store in memory, and a database file's path."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calbridge.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.memory() as empty:
        yield empty


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calbridge.db"
