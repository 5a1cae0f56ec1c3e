"""A calendar of a hundred events as they were seen in the field, odd ones included, and the real clock."""

import time
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from support.bridge import Dav
from support.caldav_servers import request
from support.corpus import corpus_files, objects
from support.desk import Desk

EVENTS = 100
SECONDS = 120.0
"""What all three commands may take together, on a busy machine: a guard against what grows faster than a calendar."""


def test_a_messy_calendar_is_synced_as_planned_and_then_left_alone(desk: Desk, alice: Dav) -> None:
    stored = fill(alice)
    desk.host("alice", 9, alice, more='[select]\ntrigger = "all"\ntransparent = "include"\nother_links = "include"')
    began = time.monotonic()
    plan, sync, again = (desk.spawn(command, "--json") for command in ("plan", "sync", "sync"))
    assert time.monotonic() - began < SECONDS
    assert stored == EVENTS
    assert (plan.code, sync.code, again.code) == (0, 0, 0)
    assert without_rooms(plan.json) == without_rooms(sync.json)
    assert len(sync.actions("alice")) >= 8  # of series that never end
    assert again.host("alice") == {**sync.host("alice"), "actions": []}


def fill(dav: Dav) -> int:
    """Store events, as far as the server takes them; how many."""
    taken = (
        status == 201
        for number, body in enumerate(shuffled())
        for status, _ in [request(f"{dav.root}{dav.user}/work/{number}.ics", "PUT", dav.user, body)]
    )
    return sum(islice(filter(None, taken), EVENTS))


def shuffled() -> Iterator[bytes]:
    """The first event of each file, in an order without meaning."""
    files = corpus_files()
    Random(1).shuffle(files)
    for file in files:
        yield from (source.body for source in islice(objects(file.read_bytes()), 1))


def without_rooms(found: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """What a plan can't know yet, taken out."""
    for host in found["hosts"]:
        for action in host["actions"]:
            action["conference_id"] = action["room_url"] = None
    return found
