"""A sandbox with two resellers, and calbridge's own client in each role."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sandbox_account import MovableClock
from support.sandbox_client import Client, client
from support.sandbox_seeds import TWO_RESELLERS

from calbridge.sandbox import RunningSandbox, Settings, running


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def two_resellers(tmp_path: Path, clock: MovableClock) -> Iterator[RunningSandbox]:
    (tmp_path / "seed.toml").write_text(TWO_RESELLERS)
    with running(Settings(seed=tmp_path / "seed.toml", clock=clock)) as sandbox:
        yield sandbox


@pytest.fixture
def admin(two_resellers: RunningSandbox) -> Iterator[Client]:
    """The admin of company 5."""
    with client(two_resellers, "company-token") as admin:
        yield admin


@pytest.fixture
def reseller(two_resellers: RunningSandbox) -> Iterator[Client]:
    """The admin of reseller 1."""
    with client(two_resellers, "reseller-token") as reseller:
        yield reseller
