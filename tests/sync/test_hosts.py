"""Hosts are found before any is polled, and one that breaks our code stops no other."""

import asyncio
from pathlib import Path
from typing import NoReturn

import pytest
from support.configuration import ALICE, MAIN, loaded

from calbridge import app, arrivals
from calbridge.store import Store
from calbridge.sync import Options


def test_a_host_that_breaks_our_code_is_a_problem_of_hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> NoReturn:
        raise RuntimeError("planted-secret")

    monkeypatch.setattr(arrivals, "_profile", breaks)
    bob = ALICE.replace("id = 9", "id = 10")
    config = loaded(tmp_path, MAIN, alice=ALICE, bob=bob)
    with Store.memory() as store:
        reports = asyncio.run(app.sync_hosts(config, store, Options()))
    assert [(r.host, [p.rule for p in r.problems]) for r in reports] == [
        ("alice", ["internal.error"]),
        ("bob", ["internal.error"]),
    ]
    assert "planted-secret" not in str(reports)
