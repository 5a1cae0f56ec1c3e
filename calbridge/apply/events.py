"""Effects on the calendar: our lines in, everything else as it was, and proof that it is so."""

from dataclasses import replace

from calbridge.apply.host_pass import Pass
from calbridge.apply.outcome import Done, Failed, Held, Outcome
from calbridge.core import invite
from calbridge.core.actions import WriteBack
from calbridge.core.event import read_object
from calbridge.core.link import Link, Links, NoRoom
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting, Reading
from calbridge.core.problem import Problem
from calbridge.core.remembered import Mapping, WriteState
from calbridge.errors import WriteConflict, WriteFailed, WriteRefused, WriteUnmatched
from calbridge.store import Seen

ATTEMPTS = 3
"""Writes of one event in one pass: somebody who keeps editing is not raced."""

BLOCK = "DESCRIPTION"
"""The property whose presence is success; others may be dropped by a server, and are then not written again."""


async def write_back(action: WriteBack, on: Pass) -> Outcome:
    """Read, splice, write guarded by the ETag, read back and verify. A user's edit in between comes first.

    What is spliced into is what a GET returned: the bodies of a REPORT have been through XML.
    """
    links, shown = _links(action, on), _shown(action, on)
    if any(link.part is not None and link.key not in links for link in action.links):
        return Held(action, "a room that the event would show is not there any more")
    account, place = on.accounts[action.source.calendar], (action.source.calendar, action.source.href)
    source, stored, failure = await account.get(*place), False, None
    for _ in range(ATTEMPTS):
        if source is None:
            return Held(action, "the event is gone")
        if changed := _changed_its_mind(action, source, action.source.body, on):
            return Held(action, changed)
        state = on.store.calendars.write_state(*place)
        body = _written(source, links, state, on)
        if body == source.body:
            return _done(action, shown, source, on, wrote=False)
        try:
            await account.put(source, body)
        except WriteConflict as error:
            again = await account.get(*place)
            unchanged = again is not None and again.etag == source.etag
            failure = error.problem if unchanged and isinstance(error, WriteFailed | WriteUnmatched) else None
            source, stored = again, False
            continue
        except WriteRefused as error:
            refused = replace(state, refused_etag=source.etag, problem=error.problem)
            on.store.calendars.save_write_state(refused)
            return Failed(action, error.problem)
        source, stored, failure = await account.get(*place), True, None
        if source is not None and _holds(body, source, links, state, on):
            changed = _changed_its_mind(action, source, body, on)
            return Held(action, changed) if changed else _done(action, shown, source, on, wrote=True)
    problem = failure or _contested(action)
    if source is not None and (stored or failure):  # nobody edits it, the server will not have it: not in every pass
        settled = on.store.calendars.write_state(*place)
        on.store.calendars.save_write_state(replace(settled, refused_etag=source.etag, problem=problem))
    return Failed(action, problem)


def _shown(action: WriteBack, on: Pass) -> Mapping | None:
    """The conference that the event shows first, None where it shows none any more."""
    first = action.links[0].part if action.links else None
    return None if first is None else on.live(action.about.uid, first)


def _links(action: WriteBack, on: Pass) -> dict[str | None, Link | NoRoom | None]:
    """The rooms as they are by now: a conference may just have been created."""
    links: dict[str | None, Link | NoRoom | None] = {}
    for link in action.links:
        mapping = None if link.part is None else on.live(action.about.uid, link.part)
        if link.part is None:
            links[link.key] = link.no_room
        elif mapping is not None and mapping.room_url:
            links[link.key] = _link(mapping, on)
    return links


def _link(mapping: Mapping, on: Pass) -> Link:
    return Link(
        reference=on.marker_of(mapping.uid, mapping.part, mapping.gen).text,
        room_url=mapping.room_url,
        security_pin=mapping.security_pin,
        dial_in=mapping.dial_in if on.policy.writeback.dial_in else None,
    )


def _written(source: CalendarObject, links: Links, state: WriteState, on: Pass) -> bytes:
    return invite.written(
        source.body,
        links,
        writeback=on.policy.writeback,
        language=on.policy.owner.language,
        keyword=on.policy.select.keyword,
        now=on.clock(),
        dropped=state.dropped,
    )


def _holds(sent: bytes, after: CalendarObject, links: Links, state: WriteState, on: Pass) -> bool:
    """Whether the stored event shows what it should. What a server drops besides the block is remembered."""
    if after.body == sent:
        return True
    lacking = invite.lacking(sent, after.body) if links else frozenset()
    if BLOCK in lacking:
        return False
    settled = WriteState(after.calendar, after.href, state.dropped | lacking)
    if _written(after, links, settled, on) != after.body:
        return False
    if settled != state:
        on.store.calendars.save_write_state(settled)
    return True


def _same(body: bytes, reported: bytes) -> bool:
    """Whether a REPORT's body is this one: line ends don't survive XML."""
    return body.replace(b"\r\n", b"\n") == reported.replace(b"\r\n", b"\n")


def _changed_its_mind(action: WriteBack, source: CalendarObject, known: bytes, on: Pass) -> str | None:
    """Say how an edit of the `known` body contradicts the plan; a cancel that waits for this write then waits, too."""
    if _same(source.body, known):
        return None
    if isinstance(read_object(source, zone=on.policy.owner.zone), Problem):
        return "the event can't be read any more"
    if any(link.no_room is not None for link in action.links):
        same = _reading(source, on) == _reading(action.source, on)
        return None if same else "the event was edited meanwhile, and may have another reason for having no room"
    if action.links:
        return None if _asks(source, on) else "the event was edited meanwhile and no longer asks for a room"
    asks_again = _asks(source, on) and not _asks(action.source, on)
    return "the event was edited meanwhile and asks for its room again" if asks_again else None


def _asks(source: CalendarObject, on: Pass) -> bool:
    return isinstance(_reading(source, on), Meeting)


def _reading(source: CalendarObject, on: Pass) -> Reading | None:
    events = read_object(source, zone=on.policy.owner.zone)
    return read_meeting(events, on.policy) if isinstance(events, EventSet) else None


def _done(action: WriteBack, shown: Mapping | None, stored: CalendarObject, on: Pass, *, wrote: bool) -> Done:
    with on.store.transaction():
        on.store.calendars.put_object(Seen(stored, action.about.uid, asks=True))
        if wrote:
            on.record(action, None if shown is None else shown.conference_id)
    if shown is None:
        return Done(action, None, None)
    return Done(action, shown.conference_id, shown.room_url)


def _contested(action: WriteBack) -> Problem:
    return Problem(
        f"{action.about.calendar} {action.about.uid}",
        "write.contested",
        f"the event did not keep our lines in {ATTEMPTS} writes: somebody edits it, or the server removes them",
        "it is tried again when the event changes, or with `calbridge sync --full`",
    )
