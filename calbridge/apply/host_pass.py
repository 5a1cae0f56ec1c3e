"""What the effects of one pass over one host need."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import structlog

from calbridge.core import marker
from calbridge.core.actions import NAMES, Action, Cancel, CancelStray
from calbridge.core.breakers import Allowed, ends, too_many
from calbridge.core.marker import Marker
from calbridge.core.policy import Policy
from calbridge.core.problem import Problem
from calbridge.core.remembered import Intent, Mapping, Memory
from calbridge.errors import OutcomeUnknown, PlatformError
from calbridge.ports import Calendars, Platform
from calbridge.store import ALLOWED, Entry, Store

_HOUR = timedelta(hours=1)
"""Over which the breakers count."""

_log = structlog.get_logger()


@dataclass(slots=True)
class Pass:
    """One pass over one host. `accounts` is by calendar URL; `clock` gives aware UTC times; `random` draws PINs.

    `mappings` is by UID, then by part and generation.

    `stopped` says why the platform is not asked any more in this pass: it can't be reached, wants patience, or refuses
    the token. `no_creates` says why nothing more is created; `unanswered` counts the creates of unknown outcome since
    the last one that was answered.
    """

    host: str
    policy: Policy
    platform: Platform
    accounts: Map[str, Calendars]
    store: Store
    clock: Callable[[], datetime]
    random: Random
    allowed: Allowed = field(default_factory=Allowed)
    mappings: dict[str, dict[tuple[str, int], Mapping]] = field(default_factory=dict)
    stopped: Problem | None = None
    no_creates: Problem | None = None
    unanswered: int = 0

    def learn(self, memories: Map[str, Memory]) -> None:
        """Take over what the store remembers."""
        self.mappings = {uid: {(m.part, m.gen): m for m in memory.mappings} for uid, memory in memories.items()}

    def live(self, uid: str, part: str) -> Mapping | None:
        """The mapping in use, as of now."""
        found = (m for m in self.of_meeting(uid) if m.part == part and m.state == "live")
        return max(found, key=lambda m: m.gen, default=None)

    def of_meeting(self, uid: str) -> tuple[Mapping, ...]:
        """All mappings of a meeting, as of now."""
        return tuple(self.mappings.get(uid, {}).values())

    def every_mapping(self) -> Iterator[Mapping]:
        """All mappings of the host, as of now."""
        return (mapping for of_meeting in self.mappings.values() for mapping in of_meeting.values())

    def mapping(self, uid: str, part: str, gen: int) -> Mapping:
        """The mapping of a part's generation; KeyError where there is none."""
        return self.mappings[uid][part, gen]

    def save(self, mapping: Mapping) -> None:
        """Remember a mapping, here and on disk."""
        self.store.meetings.save_mapping(mapping)
        self._learn(mapping)

    def begin(self, intents: Sequence[Intent]) -> None:
        """Commit what is about to be created, and that it is sent: on disk when this returns."""
        sent = (Entry(i.posted, i.host_id, self.host, i.uid, i.part, "sent", None, "create") for i in intents)
        with self.store.transaction():
            self.store.meetings.save_intents(intents)
            self.store.journal.tell(*sent)

    def created(self, sign: str, mapping: Mapping, replaces: Mapping | None) -> None:
        """An intent became a conference; the one that it replaces is retired in the same transaction."""
        with self.store.transaction():
            self.store.meetings.create_done(sign, mapping)
            if replaces is not None:
                self.save(replace(replaces, state="retired"))
        self._learn(mapping)

    def delete(self, uid: str, part: str, gen: int) -> None:
        """Forget a conference, or what asked for it; with the last one everything else of the meeting."""
        meetings, host_id = self.store.meetings, self.policy.owner.host_id
        gone = self.mappings.get(uid, {}).pop((part, gen), None)
        with self.store.transaction():
            if gone is not None:
                meetings.delete_mapping(gone)
            meetings.delete_intent(self.marker_of(uid, part, gen).text)
            if not self.of_meeting(uid) and not meetings.intents(host_id, uid):
                meetings.forget(host_id, uid)

    def allowance(self, action: Cancel | CancelStray) -> str:
        """The detail of a cancel in the history: one that the administrator allowed counts towards no breaker.

        So does one that was sent with that, and is seen to be done only now.
        """
        sent = self._sent(action)
        return ALLOWED if self.allowed.cancels is not None or (sent is not None and sent.detail == ALLOWED) else ""

    def may_end(self, action: Cancel | CancelStray) -> bool:
        """Whether one more meeting may end: other hosts' passes may have ended some since this one was planned.

        What is left of one that has begun to end may go.
        """
        since = self.clock() - _HOUR
        if _named(action) in self.store.journal.ended_since(since, self.policy.owner.host_id):
            return True
        cancels, rooms = self.store.journal.cancels_since(since), self.store.rooms_since(since)
        return self.allowed.cancels is not None or not too_many(cancels + 1, rooms, self.policy.safety)

    @contextmanager
    def ending(self, action: Cancel | CancelStray, mapping: Mapping | None = None) -> Iterator[None]:
        """Send a cancel inside. On disk before: whatever comes of it, the breakers count it and `mapping` may be gone.

        Taken back where it certainly did nothing.
        """
        sent = self._entry(action, action.conference_id, "cancel-sent", self.allowance(action))
        is_first = ends(action) and self._sent(action) is None
        with self.store.transaction():
            if mapping is not None:
                self.save(replace(mapping, state="ending"))
            if is_first:
                self.store.journal.record(sent)
        try:
            yield
        except OutcomeUnknown:
            raise
        except PlatformError:
            with self.store.transaction():
                if mapping is not None:
                    self.save(mapping)
                if is_first:
                    self.store.journal.take_back(sent)
            raise

    def _sent(self, action: Cancel | CancelStray) -> Entry | None:
        """Whether this cancel was sent before, within the hour."""
        host_id, since = self.policy.owner.host_id, self.clock() - _HOUR
        return self.store.journal.cancel_sent(host_id, action.conference_id, since=since)

    def _learn(self, mapping: Mapping) -> None:
        self.mappings.setdefault(mapping.uid, {})[mapping.part, mapping.gen] = mapping

    def marker_of(self, uid: str, part: str, gen: int) -> Marker:
        """What names a part's conference of this generation."""
        owner = self.policy.owner.host_id
        return Marker(self.policy.instance, marker.tag(owner, uid), part, gen)

    def record(self, action: Action, conference_id: int | None, *, called: str | None = None, detail: str = "") -> None:
        """Say once, in the log and in the history, that an effect took place."""
        entry = self._entry(action, conference_id, called or NAMES[type(action)], detail)
        self.store.journal.record(entry)
        about = action.about
        said = {"uid": about.uid, "part": about.part, "conference": conference_id, "detail": detail or None}
        _log.info(entry.action, host=self.host, **said)

    def _entry(self, action: Action, conference_id: int | None, name: str, detail: str) -> Entry:
        return Entry(
            at=self.clock(),
            host_id=self.policy.owner.host_id,
            host=self.host,
            uid=_named(action),
            part=action.about.part,
            action=name,
            conference_id=conference_id,
            detail=detail,
        )


def _named(action: Action) -> str:
    """Under which UID the history has it: what belongs to no event is named by its marker."""
    return action.marker if isinstance(action, CancelStray) else action.about.uid
