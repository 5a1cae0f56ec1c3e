"""Whether the event's own text needs a write, and which rooms it then shows."""

from collections.abc import Iterator
from collections.abc import Mapping as Map

from calbridge.core import invite, marker
from calbridge.core.actions import About, Adopt, Create, LinkTo, Terms, WriteBack
from calbridge.core.case import Case, Draft
from calbridge.core.link import Links
from calbridge.core.problem import Misfit
from calbridge.core.remembered import Mapping
from calbridge.core.wanted import MAIN, ONE_SCHEDULE, Wanted

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
    links = tuple(links_of(draft, dropped))
    if not links:
        return
    known = {link.key: shown.get(link.part or "") for link in links if link.part not in creating}
    if any(mapping is not None and not mapping.room_url for mapping in known.values()):
        draft.trouble(None, _BAD_ROOM)
        draft.unwritable = True
        return
    if any(_shows_later(case, mapping) for mapping in known.values() if mapping is not None):
        draft.unwritable = True
        return
    if creating.isdisjoint(link.part for link in links) and not _differs(
        case, {k: None if m is None else case.link(m) for k, m in known.items()}
    ):
        return
    first = known.get(links[0].key)
    _write(case.about(want), links, first, draft)


def _shows_later(case: Case, mapping: Mapping) -> bool:
    """The event shows a room of a later generation, and that the platform has none is not certain yet."""
    look = case.context.look
    certain = look is not None and look.complete and all(i.part != mapping.part for i in case.memory.intents)
    return not certain and case.names_later(mapping)


def link_out(shown: About, draft: Draft) -> None:
    """Plan to take out of the event everything that is ours."""
    if _differs(draft.case, {}):
        _write(shown, (), None, draft)


def say_why(shown: About, links: tuple[LinkTo, ...], draft: Draft) -> None:
    """Plan to have the event say why it has no room, as each of these links does."""
    if _differs(draft.case, {link.key: link.no_room for link in links}):
        _write(shown, links, None, draft)


def links_of(draft: Draft, dropped: frozenset[str]) -> Iterator[LinkTo]:
    """The master's link first, then those of instances with a room of their own, and those that are out."""
    case = draft.case
    made = [a.terms for a in draft.actions if isinstance(a, Create | Adopt)]
    there: dict[str, Mapping | Terms] = {part: m for part, m in case.live.items() if part not in dropped}
    there.update({terms.part: terms for terms in made})
    if not there:
        return
    lead = _lead(case, there)
    if lead is not None:
        yield LinkTo(None, lead)
    overrides = [(marker.part_of(o.recurrence_id), o) for o in case.meeting.every_override if not o.period]
    ranged = {span.recurrence_text for span in case.meeting.spans}  # one instance of it may be out under the same name
    yield from (LinkTo(o.recurrence_text, part) for part, o in overrides if o.occasion is not None and part in there)
    yield from (
        LinkTo(o.recurrence_text, None) for _, o in overrides if o.occasion is None and o.recurrence_text not in ranged
    )


def _lead(case: Case, there: Map[str, Mapping | Terms]) -> str | None:
    """The part whose link the master shows: where it is said by several, one that it shows already, if possible."""
    if MAIN in there:
        return MAIN
    several = (each for each in there.values() if each.tier > ONE_SCHEDULE and each.recurrence_text is None)
    ranked = sorted(
        (not each.recurring, case.marker(each.part, each.gen).text not in case.meeting.references, each.part)
        for each in several
    )
    return ranked[0][2] if ranked else None


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
        draft.unwritable = True
        return
    if state.problem is not None and state.refused_etag == case.source.etag and not case.context.full:
        draft.problems.append(state.problem)
        draft.unwritable = True
        return
    appears = first is None or case.marker(first.part, first.gen).text not in case.meeting.references
    if links and appears and case.context.policy.writeback.notify != "never":
        draft.mailed += case.meeting.attendees
    conference_id, room_url = (None, None) if first is None else (first.conference_id, first.room_url)
    draft.actions.append(WriteBack(shown, case.source, links, conference_id, room_url))
