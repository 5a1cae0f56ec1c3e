"""What changed in one calendar: by sync-token (RFC 6578), else by ctag, else by comparing every ETag.

    token known   sync-collection --- nothing, same token ------> unchanged: one request
                    |     |     `---- nothing, fresh token -----> list: some servers forget, and say so like this
                    |     `---------- refused, cut short -------> once more without a token
    no token      sync-collection ----------------------------> complete listing
                    `---------------- not supported ----------> list
    ctag known    ctag equal ---------------------------------> unchanged: one request
                  ctag differs, or full ----------------------> list: depth-1 PROPFIND of ETags, with resourcetype

An empty answer is never taken for an empty calendar before the collection has said that it is one.
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass

from caldav.elements import cdav, dav

from calbridge.calendars import discovery, failures, hrefs, queries
from calbridge.calendars.download import Wanted, download
from calbridge.calendars.multistatus import Multistatus, Resource
from calbridge.calendars.transport import Transport
from calbridge.ports import Poll, SyncState

PAGES = 1000  # of one truncated sync answer; a server that never ends is not followed further
_NO_TOKEN_HERE = frozenset({400, 403, 405, 409, 410, 412, 415, 422, 500, 501, 507})


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look at the collection showed: members by href, those reported as gone, and the state to go on from."""

    members: Map[str, Wanted]
    gone: frozenset[str]
    state: SyncState
    complete: bool


async def poll(
    transport: Transport, calendar: str, state: SyncState, known: Map[str, str | None], *, full: bool
) -> Poll:
    """One poll, as `ports.Calendars.poll` says."""
    seen = await _look(transport, calendar, state, known, full=full)
    different = [
        member for href, member in sorted(seen.members.items()) if member.etag is None or known.get(href) != member.etag
    ]
    got = await download(transport, calendar, different)
    # A first report may also list everything that was ever deleted: a complete look goes by what it shows.
    gone = frozenset(known.keys() - seen.members.keys()) if seen.complete else seen.gone
    return Poll(
        calendar=calendar,
        changed=got.objects,
        removed=gone,
        # A state that is not taken over makes the next poll look at the same changes again. One that is listed and
        # answers 404 all the same was deleted in between, which the next poll will say, or its server is not well.
        state=state if got.unfinished or got.gone else seen.state,
        present=frozenset(seen.members) if seen.complete else None,
        problems=got.problems,
    )


async def _look(
    transport: Transport, calendar: str, state: SyncState, known: Map[str, str | None], *, full: bool
) -> _Seen:
    if state.token is None and state.ctag is not None and not full:
        return await _by_ctag(transport, calendar, state, full=False)
    seen = await _by_token(transport, calendar, state.token)
    if seen is None:
        return await _by_ctag(transport, calendar, state, full=full)
    silent = not seen.members and (seen.complete or not seen.gone)
    forgotten = silent and bool(known) and seen.state.token != state.token
    if full or forgotten:
        # After the token, so that what happens in between comes again with the next poll.
        return await _listing(transport, calendar, seen.state)
    if silent and seen.complete and not await discovery.is_calendar(transport, calendar):
        raise failures.missing(transport.where(calendar), "the server says that this is no calendar")
    return seen


async def _by_token(transport: Transport, calendar: str, token: str | None) -> _Seen | None:
    """All pages of a sync-collection report, from the start if the token is refused; None where there is no such."""
    members: dict[str, Wanted] = {}
    gone: set[str] = set()
    last = token
    for _ in range(PAGES):
        page = await _report(transport, calendar, last)
        if page is None or page.sync_token is None:
            return await _by_token(transport, calendar, None) if token is not None else None
        for resource in page.resources:
            href = _member_href(resource, calendar)
            if href is None:
                continue
            if resource.status in (404, 410):
                gone.add(href)
                members.pop(href, None)
            elif _is_object(resource, href):
                members[href] = _wanted(resource, href)
                gone.discard(href)
        if not _truncated(page, calendar):
            return _Seen(members, frozenset(gone), SyncState(token=page.sync_token), complete=token is None)
        if page.sync_token == last:  # it has more, and no way to get there
            return None
        last = page.sync_token
    raise failures.not_caldav(transport.where(calendar), f"its list of changes does not end after {PAGES} pages")


async def _report(transport: Transport, calendar: str, token: str | None) -> Multistatus | None:
    """One page; None where the server refuses the token, or the whole report."""
    answer = await transport.send(
        "REPORT", calendar, body=queries.sync_collection(token), headers={"Depth": "0", **queries.XML}
    )
    if answer.status in _NO_TOKEN_HERE:
        return None
    return discovery.read(transport, calendar, answer.status, answer.body)


async def _by_ctag(transport: Transport, calendar: str, state: SyncState, *, full: bool) -> _Seen:
    """The ctag first: what changes while we list changes it again."""
    answer = await transport.send(
        "PROPFIND",
        calendar,
        body=queries.propfind(dav.ResourceType, queries.Ctag),
        headers={"Depth": "0", **queries.XML},
    )
    collection = _itself(transport, calendar, discovery.read(transport, calendar, answer.status, answer.body))
    ctag = collection.text(queries.Ctag.tag)
    if ctag is not None and ctag == state.ctag and not full:
        return _Seen({}, frozenset(), state, complete=False)
    return await _listing(transport, calendar, SyncState(ctag=ctag))


async def _listing(transport: Transport, calendar: str, state: SyncState) -> _Seen:
    """Every member with its ETag."""
    tags = (dav.ResourceType, dav.GetEtag, queries.ContentLength, queries.ContentType)
    answer = await transport.send(
        "PROPFIND", calendar, body=queries.propfind(*tags), headers={"Depth": "1", **queries.XML}
    )
    page = discovery.read(transport, calendar, answer.status, answer.body)
    _itself(transport, calendar, page)
    members = {
        href: _wanted(resource, href)
        for resource in page.resources
        if resource.status not in (404, 410)  # any other error: it is there, and its own GET will tell
        and (href := _member_href(resource, calendar))
        and _is_object(resource, href)
    }
    return _Seen(members, frozenset(), state, complete=True)


def _itself(transport: Transport, calendar: str, page: Multistatus) -> Resource:
    """The collection's own entry, which must say that it is a calendar."""
    for resource in page.resources:
        if resource.status < 300 and cdav.Calendar.tag in resource.names(dav.ResourceType.tag):
            return resource
    raise failures.missing(transport.where(calendar), "the server does not say that this is a calendar")


def _member_href(resource: Resource, calendar: str) -> str | None:
    """The member's URL; None for the collection itself and for what lies elsewhere."""
    try:
        href = hrefs.member(resource.href, calendar)
    except ValueError:
        return None
    return href if href.startswith(calendar) and href != calendar else None


def _is_object(resource: Resource, href: str) -> bool:
    if href.endswith("/") or dav.Collection.tag in resource.names(dav.ResourceType.tag):
        return False
    kind = resource.text(queries.ContentType.tag)
    return kind is None or href.lower().endswith(".ics") or kind.lower().startswith("text/calendar")


def _wanted(resource: Resource, href: str) -> Wanted:
    length = resource.text(queries.ContentLength.tag) or ""
    return Wanted(href, resource.etag, int(length) if length.isdecimal() else None)


def _truncated(page: Multistatus, calendar: str) -> bool:
    """The server sent a part (RFC 6578, section 3.6): an entry for the collection itself, with 507."""
    return any(
        resource.status == 507 and hrefs.collection(resource.href, calendar) == calendar for resource in page.resources
    )
