"""One look at a host's conferences, made ready to compare: children under their masters, markers read."""

from collections.abc import Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from calbridge.core import marker, schedule
from calbridge.core.marker import Marker
from calbridge.core.model import Conference, Fields, Listing

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a time on any clock
_WEEKS = 68 * 52
"""For how long, since the epoch, two names of a time zone must say the same: Paris and Berlin differed last in 1980."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the platform has for one host. `complete` as in design section 5.5, with the known ids checked.

    `heads` are single conferences and masters, also masters that the listing names only through their children;
    `children` are by master id; `lost` are known conferences that the platform says do not exist.
    """

    taken: datetime
    complete: bool
    heads: tuple[Conference, ...] = ()
    children: Map[int, tuple[Conference, ...]] = field(default_factory=dict)
    lost: frozenset[int] = frozenset()

    def head(self, conference_id: int) -> Conference | None:
        """The conference of this id, unless it is a child."""
        return next((c for c in self.heads if c.id == conference_id), None)

    def marked(self, instance: str, tag: str, part: str) -> tuple[tuple[Marker, Conference], ...]:
        """Conferences that carry a marker of this part, oldest first."""
        found = ((marker.find(c.agenda), c) for c in self.heads)
        ours = ((m, c) for m, c in found if m is not None and (m.instance, m.tag, m.part) == (instance, tag, part))
        return tuple(sorted(ours, key=lambda pair: pair[1].id))

    def child(self, master_id: int, instance: datetime, known_id: int | None) -> Conference | None:
        """The instance that first started at `instance`: by id, by its own marker, else by its start."""
        children = self.children.get(master_id, ())
        part = marker.part_of(instance)
        by_id = (c for c in children if known_id is not None and c.id == known_id)
        by_marker = (c for c in children if (m := marker.find(c.agenda)) is not None and m.part == part)
        by_start = (
            c
            for c in children
            if marker.part_of(c.start) == part and ((m := marker.find(c.agenda)) is None or "T" not in m.part)
        )
        return next((c for found in (by_id, by_marker, by_start) for c in found), None)


def unlisted_masters(listing: Listing) -> frozenset[int]:
    """Masters that the listing shows only through a child: they must be fetched before anything is concluded."""
    ids = {c.id for c in listing.conferences}
    return frozenset(c.master_id for c in listing.conferences if c.master_id is not None) - ids


def fold(listing: Listing, fetched: Iterable[Conference], lost: Iterable[int], *, complete: bool) -> Look:
    """Put children under their masters. `fetched` are heads asked for one by one because the listing lacked them."""
    children: dict[int, list[Conference]] = {}
    heads: dict[int, Conference] = {}
    for conference in (*listing.conferences, *fetched):
        if conference.is_child and conference.master_id is not None:
            children.setdefault(conference.master_id, []).append(conference)
        else:
            heads[conference.id] = conference
    return Look(
        taken=listing.taken,
        complete=listing.complete and complete,
        heads=tuple(heads.values()),
        children={master: tuple(found) for master, found in children.items()},
        lost=frozenset(lost),
    )


def matches(conference: Conference, fields: Fields) -> bool:
    """Whether a conference says what an update would say: by meaning, in everything that the platform reports."""
    return not differences(conference, fields)


def differences(conference: Conference, fields: Fields) -> tuple[str, ...]:
    """What of a conference is not as an update would make it: the fields' names, as the platform calls them."""
    settings = fields.settings
    same = {
        "subject": conference.subject == fields.subject,
        "agenda": _text(conference.agenda) == _text(fields.agenda),
        "start": conference.start == fields.start,
        "time_zone": _same_zone(conference.start, fields.start),
        "duration": conference.duration == fields.duration,
        "schedule": fields.schedule is None or _same_schedule(conference.schedule, fields.schedule),
        "auto_record": conference.auto_record in (None, settings.auto_record),
        "auto_stream": conference.auto_stream in (None, settings.auto_stream),
        "auto_transcribe": conference.auto_transcribe in (None, settings.auto_transcribe),
        "mute_mode": conference.mute_mode in (None, settings.mute_mode),
        "security_pin": conference.security_pin is None or settings.security_pin in (None, conference.security_pin),
        "participant_emails": _same_participants(conference.participant_emails, settings.participant_emails),
    }
    return tuple(name for name, is_same in same.items() if not is_same)


def comparable(fields: Fields, conference: Conference) -> Fields:
    """Without the participants where the platform does not report them: sending them anew would mail them anew."""
    if conference.participant_emails is not None:
        return fields
    return replace(fields, settings=replace(fields.settings, participant_emails=None))


def _same_participants(reported: tuple[str, ...] | None, wanted: tuple[str, ...] | None) -> bool:
    """The reference does not say that they are reported: what is not can't be told from somebody else's list."""
    return wanted is None or (reported is not None and set(reported) == set(wanted))


def _same_zone(reported: datetime, wanted: datetime) -> bool:
    """By name, or by the same clock at all times: a zone has several names (Asia/Calcutta, Asia/Kolkata)."""
    if str(reported.tzinfo) == str(wanted.tzinfo):
        return True
    times = (_EPOCH + timedelta(weeks=week) for week in range(0, _WEEKS, 2))
    return all(
        time.replace(tzinfo=reported.tzinfo).utcoffset() == time.replace(tzinfo=wanted.tzinfo).utcoffset()
        for time in times
    )


def _same_schedule(reported: str | None, wanted: str) -> bool:
    return reported is not None and schedule.same(reported, wanted)


def _text(agenda: str) -> str:
    return "\n".join(line.rstrip() for line in agenda.strip().splitlines())
