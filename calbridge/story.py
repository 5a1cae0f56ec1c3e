"""The whole story of one event, over all hosts: what is so now, and how it came about."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from calbridge.core.remembered import Mapping
from calbridge.core.roomless import Roomless
from calbridge.core.wanted import MAIN
from calbridge.store import Entry, Standing, Store


@dataclass(frozen=True, slots=True)
class Story:
    """One event as one host has it. `roomless` says why it, or an instance of it, has no room now."""

    host: str
    conferences: tuple[Mapping, ...]
    roomless: tuple[Roomless, ...]
    entries: tuple[Entry, ...]


def stories(uid: str, store: Store, standings: Iterable[Standing]) -> tuple[Story, ...]:
    """What is known of the event, by host; nothing where nobody knows of it."""
    entries, mappings = store.journal.entries(uid), store.meetings.of_uid(uid)
    names = {record.host_id: record.name for record in store.journal.hosts()}
    names |= {entry.host_id: entry.host for entry in entries if entry.host_id not in names}
    lacking = {
        standing.host: tuple(each for each in (*standing.waiting, *standing.skipped) if each.uid == uid)
        for standing in standings
    }
    by_host = {names.get(mapping.host_id, str(mapping.host_id)) for mapping in mappings}
    hosts = by_host | {names[entry.host_id] for entry in entries} | {host for host, found in lacking.items() if found}
    return tuple(
        Story(
            host,
            tuple(m for m in mappings if names.get(m.host_id, str(m.host_id)) == host),
            lacking.get(host, ()),
            tuple(entry for entry in entries if names[entry.host_id] == host),
        )
        for host in sorted(hosts)
    )


_SENTENCES: Final = {
    "seen": "the event was seen",
    "gone": "the event is gone",
    "skipped": "no room",
    "problem": "problem",
    "planned": "planned",
    "sent": "sent to the platform",
    "failed": "failed",
    "refused": "the platform refused",
    "waits": "waits",
    "adopt": "an existing conference was found by its marker",
    "create": "the platform made a conference",
    "create-unknown": "no clear answer: the conference may exist",
    "update": "the conference was updated",
    "update-instance": "an instance was changed",
    "cancel-instance": "an instance was cancelled",
    "write-back": "the event was written",
    "cancel-sent": "the platform is asked to cancel",
    "cancel": "the conference was cancelled",
    "cancel-dropped": "a conference that is not needed any more was cancelled",
    "cancel-replaced": "the conference that was replaced was cancelled",
    "cancel-double": "a second conference with the same marker was cancelled",
    "forget": "the meeting is over: its link was forgotten",
}


def sentence(entry: Entry) -> str:
    """An entry for a person: what happened, to which part of the meeting, and why."""
    said = _SENTENCES.get(entry.action, entry.action)
    which = [f"conference {entry.conference_id}"] if entry.conference_id is not None else []
    if entry.part not in {"", MAIN}:
        which.append(f"part {entry.part}")
    about = f" ({', '.join(which)})" if which else ""
    return f"{said}{about}: {entry.detail}" if entry.detail else f"{said}{about}"
