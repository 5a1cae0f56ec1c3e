"""Whether the event's own text needs a write, and which rooms it then shows."""

from collections.abc import Iterable

from calbridge.core import invite, marker
from calbridge.core.actions import About, Adopt, Create, LinkTo, WriteBack
from calbridge.core.case import Case, Draft
from calbridge.core.model import Links, Mapping
from calbridge.core.problem import Misfit
from calbridge.core.wanted import MAIN, Wanted

_BAD_ROOM = Misfit(
    "room.url",
    "the platform gave a room URL that must not go into an event",
    "check platform.url and room_hosts; the conference itself exists",
)
NO_ETAG = Misfit(
    "write.no-etag",
    "the server gives no strong ETag for this event, so a write could destroy somebody's edit",
    "turn off what weakens ETags between here and the calendar server (compression in a proxy)",
)


def write_back(want: Wanted, dropped: frozenset[str], draft: Draft) -> None:
    """Plan a write where the event does not show its rooms as it should.

    `want` is what is shown of it; `dropped` are parts whose conferences go.
    """
    case = draft.case
    creating = {a.terms.part for a in draft.actions if isinstance(a, Create)}
    kept = {part: mapping for part, mapping in case.live.items() if part not in dropped}
    shown = {**kept, **{a.terms.part: a.mapping() for a in draft.actions if isinstance(a, Adopt)}}
    links = tuple(_links(case, {*shown, *creating}))
    if not links:
        return
    known = {link.key: shown.get(link.part or "") for link in links if link.part not in creating}
    if any(mapping is not None and not mapping.room_url for mapping in known.values()):
        draft.trouble(None, _BAD_ROOM)
        return
    if not creating and not _differs(case, {k: None if m is None else case.link(m) for k, m in known.items()}):
        return
    first = known.get(links[0].key)
    _write(case.about(want), links, first, draft)


def link_out(shown: About, draft: Draft) -> None:
    """Plan to take out of the event everything that is ours."""
    if _differs(draft.case, {}):
        _write(shown, (), None, draft)


def _links(case: Case, parts: set[str]) -> Iterable[LinkTo]:
    """The master's link first, then those of instances with a room of their own, and those that are out."""
    if not parts:
        return
    if MAIN in parts:
        yield LinkTo(None, MAIN)
    overrides = [(marker.part_of(o.recurrence_id), o) for o in case.meeting.overrides]
    yield from (LinkTo(o.recurrence_text, part) for part, o in overrides if o.occasion is not None and part in parts)
    yield from (LinkTo(o.recurrence_text, None) for _, o in overrides if o.occasion is None)


def _differs(case: Case, links: Links) -> bool:
    policy = case.context.policy
    if case.source is None:
        return False
    text = invite.written(
        case.source.body,
        links,
        writeback=policy.writeback,
        language=policy.owner.language,
        keyword=policy.select.keyword,
        now=case.context.now,
        dropped=case.write_state.dropped,
    )
    return text != case.source.body


def _write(shown: About, links: tuple[LinkTo, ...], first: Mapping | None, draft: Draft) -> None:
    case, state = draft.case, draft.case.write_state
    if case.source is None:
        return
    if case.source.etag is None:
        draft.trouble(None, NO_ETAG)
        return
    if state.problem is not None and state.refused_etag == case.source.etag and not case.context.full:
        draft.problems.append(state.problem)
        return
    appears = first is None or case.marker(first.part, first.gen).text not in case.meeting.references
    if links and appears and case.context.policy.writeback.notify != "never":
        draft.mailed += case.meeting.attendees
    conference_id, room_url = (None, None) if first is None else (first.conference_id, first.room_url)
    draft.actions.append(WriteBack(shown, case.source, links, conference_id, room_url))
