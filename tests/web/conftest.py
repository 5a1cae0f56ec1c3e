"""The pages over a store in memory, asked without a socket."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest
from support.asgi import Client
from support.configuration import loaded
from support.standings import NOW

from calbridge.config import DaemonConfig
from calbridge.core.problem import Problem
from calbridge.metrics import Metrics
from calbridge.store import Standing, Store
from calbridge.web import Sources, build

Asking: TypeAlias = Callable[..., Client]


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty one."""
    with Store.memory() as empty:
        yield empty


@pytest.fixture
def asking(tmp_path: Path, store: Store) -> Asking:
    """Make a browser for the page of a daemon that visits these hosts, with these standings."""
    config = loaded(tmp_path)

    def ask(
        *standings: Standing, names: Sequence[str] = ("alice",), problems: Sequence[Problem] = (), **daemon: object
    ) -> Client:
        shown: DaemonConfig = replace(config.daemon, **daemon)  # type: ignore[arg-type]  # any of its keys
        of = replace(config, daemon=shown, hosts=tuple(replace(config.hosts[0], name=name) for name in names))
        metrics = Metrics(lambda: standings, lambda: NOW)
        app = build(Sources(lambda: of, lambda: standings, store, metrics, NOW, lambda: NOW, lambda: problems))
        return Client(app)

    return ask
