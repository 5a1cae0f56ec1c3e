"""Every calendar file seen in the field is a meeting or says why not: no exception, no hang."""

import time
from collections.abc import Iterator

from support.corpus import corpus_files, objects, whole

from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import EventSet, Meeting, Skipped, Unasked
from calbridge.core.policy import Owner, Policy, Select
from calbridge.core.problem import Problem

OWNER = Owner(9, frozenset({"alice@example.com"}), "Europe/Berlin")
POLICIES = (
    Policy("main", OWNER),
    Policy("main", OWNER, Select(trigger=("all",), transparent="include", other_links="include")),
)


def readings(body: bytes) -> Iterator[Problem | Meeting | Skipped | Unasked]:
    for source in (*objects(body), whole(body)):
        events = read_object(source, zone="Europe/Berlin")
        match events:
            case EventSet():
                yield from (read_meeting(events, policy) for policy in POLICIES)
            case Problem():
                yield events
            case None:
                pass


def test_every_file_is_read_without_an_exception_and_in_time() -> None:
    files = corpus_files()
    kinds: dict[type, int] = {}
    for file in files:
        started = time.perf_counter()
        for reading in readings(file.read_bytes()):
            kinds[type(reading)] = kinds.get(type(reading), 0) + 1
            if isinstance(reading, Skipped):
                assert all((reading.problem.where, reading.problem.rule, reading.problem.reason, reading.problem.hint))
        assert time.perf_counter() - started < 5, file  # a guard against hangs, on a machine that others use too
    assert len(files) == 469
    assert kinds[Meeting] > 400
    assert kinds[Problem] < 120
