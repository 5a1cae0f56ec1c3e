"""What the tests of effects share: an empty store in memory, copied from one that was made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calbridge.store import Store


@pytest.fixture(scope="session")
def _empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "empty.db"
    Store.open(path).close()
    return path


@pytest.fixture
def store(_empty: Path) -> Iterator[Store]:
    with Store.snapshot(_empty) as empty:
        yield empty
