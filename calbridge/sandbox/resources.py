"""What the sandbox is put together from: every resource's tables, endpoints, postponed work and pages."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from calbridge.sandbox import (
    attendance,
    bookings,
    chat,
    companies,
    conferences,
    contacts,
    domains,
    drive,
    files,
    host_calls,
    hosts,
    later,
    mails,
    people,
    plans,
    reading,
    recordings,
    resellers,
    rooms,
    sessions,
    streams,
    subscriptions,
    under_way,
)
from calbridge.sandbox.calls import Route, Sandbox
from calbridge.sandbox.state import State

SCHEMA: Final = "".join(
    (
        resellers.SCHEMA,
        companies.SCHEMA,
        plans.SCHEMA,
        people.SCHEMA,
        contacts.SCHEMA,
        sessions.SCHEMA,
        bookings.SCHEMA,
        attendance.SCHEMA,
        recordings.SCHEMA,
        streams.SCHEMA,
        files.SCHEMA,
        chat.SCHEMA,
        mails.SCHEMA,
        later.SCHEMA,
    )
)
ROUTES: Final[tuple[Route[Any], ...]] = (  # Any: each route has its own request
    *domains.ROUTES,
    *companies.ROUTES,
    *subscriptions.ROUTES,
    *hosts.ROUTES,
    *host_calls.ROUTES,
    *contacts.ROUTES,
    *drive.ROUTES,
    *chat.ROUTES,
    *conferences.ROUTES,
    *under_way.ROUTES,
)
WORKS: Final[Mapping[str, later.Work]] = {**subscriptions.WORKS, **hosts.WORKS, **drive.WORKS}
PAGES: Final[tuple[Callable[[FastAPI, Sandbox], None], ...]] = (
    rooms.serve,
    reading.serve,
    files.serve,
    chat.serve,
    mails.serve,
    host_calls.serve,
    recordings.serve,
)


def open_state(path: Path | None) -> State:
    """Open a state with every resource's tables, in memory without a path. Raises `ConfigError`."""
    return State(path, SCHEMA)
