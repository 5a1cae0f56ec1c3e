"""The write-back: an event with our things in it, or without them (design, section 7).

Ours are the block, CONFERENCE, X-MICROSOFT-SKYPETEAMSMEETINGURL, X-CALBRIDGE-*, and LOCATION and URL where they hold
our link. An event without a room may say why in its block, and X-CALBRIDGE-NOTE then says whose note it is. All of it
is spliced into the bytes that the server gave; every other byte stays. What differs by its text only (order, folding,
escapes, parameters) is left as it is: servers rewrite what they store.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from calbridge.core.block import block_of, find_blocks, squeezed, strip_block
from calbridge.core.contentline import Edit, encoded, spliced, unescape
from calbridge.core.description import settle_description
from calbridge.core.link import Link, Links, NoRoom
from calbridge.core.policy import Writeback
from calbridge.core.room import check_room_url, encoded_url
from calbridge.core.vevent import (
    LINK,
    MICROSOFT,
    NOTE,
    REFERENCE,
    WAS,
    Draft,
    Property,
    Vevent,
    recurrence_key,
    vevents,
)
from calbridge.core.wording import check_template, inner_text, no_room_text, wording

__all__ = ["check_room_url", "check_template", "encoded_url", "lacking", "strip_block", "written"]

_EMPTY: Final = "\\n"  # stands for an empty former value: Cyrus refuses an empty X- property


@dataclass(frozen=True, slots=True)
class _Terms:
    writeback: Writeback
    language: str
    keyword: str
    now: datetime
    dropped: frozenset[str]


def written(  # noqa: PLR0913  each is a decision of its own, made by the caller
    body: bytes,
    links: Links,
    *,
    writeback: Writeback,
    language: str,
    keyword: str,
    now: datetime,
    dropped: frozenset[str] = frozenset(),
) -> bytes:
    """Give a calendar object with these links in its events; the very same bytes where nothing is missing or stale.

    An event gets the link of its RECURRENCE-ID, else the master's (`links[None]`); a cancelled one, or one without any,
    loses what is ours, and its old LOCATION and URL come back. One with a `NoRoom` loses it too, and gets a note. No
    links at all: everything of ours goes. In LOCATION and URL, `keyword` alone counts as empty. `dropped` are property
    names that the server is known to lose: not written, not missed. `now` is the new LAST-MODIFIED and DTSTAMP where
    attendees are to hear of it.
    Raises ValueError where the template fails (see `check_template`).
    """
    terms = _Terms(writeback, language, keyword, now, dropped)
    by_key = {recurrence_key(key): link for key, link in links.items()}
    edits: list[Edit] = []
    for event in vevents(body):
        shown = None if event.is_cancelled else by_key.get(event.recurrence_key, by_key.get(None))
        edits += _event_edits(event, shown, terms)
    return spliced(body, edits) if edits else body


def lacking(sent: bytes, stored: bytes) -> frozenset[str]:
    """Name what of ours was sent and is not, by meaning, in what the server then stored; DESCRIPTION is the block.

    An event that is no longer there at all lacks nothing: somebody took it out.
    """
    after = {event.recurrence_key: event for event in vevents(stored)}
    missing: set[tuple[str, str]] = set()
    for event in vevents(sent):
        if event.recurrence_key in after:
            url = event.room_url
            missing |= _shown(event, url) - _shown(after[event.recurrence_key], url)
    return frozenset(name for name, _ in missing)


def _event_edits(event: Vevent, shown: Link | NoRoom | None, terms: _Terms) -> list[Edit]:
    link, note = (None, shown) if isinstance(shown, NoRoom) else (shown, None)
    old_url = event.room_url
    urls = {url for url in (old_url, link.room_url if link else None) if url}
    draft = Draft(event)
    if link is None or "DESCRIPTION" not in terms.dropped:
        settle_description(draft, _block(shown, terms), room_url=old_url)
    _settle_place(draft, "LOCATION", link, terms, urls)
    _settle_place(draft, "URL", link, terms, urls)
    _settle_link(draft, "CONFERENCE", link if terms.writeback.conference_property else None, terms, urls)
    _settle_link(draft, MICROSOFT, link if terms.writeback.microsoft_property else None, terms, urls)
    _settle_own(draft, REFERENCE, link.reference if link else None, terms)
    _settle_own(draft, LINK, link.room_url if link else None, terms)
    _settle_own(draft, NOTE, note.instance if note else None, terms)
    if not draft.is_empty and _is_news(event, old_url, link, terms.writeback.notify):
        _settle_stamps(draft, terms.now)
    return draft.edits()


def _block(link: Link | NoRoom | None, terms: _Terms) -> str | None:
    if link is None or not terms.writeback.description:
        return None
    if isinstance(link, NoRoom):
        return block_of(no_room_text(link, language=terms.language))
    told = link if terms.writeback.dial_in else Link(link.reference, link.room_url, link.security_pin)
    return block_of(inner_text(told, language=terms.language, template=terms.writeback.template))


def _settle_own(draft: Draft, name: str, value: str | None, terms: _Terms) -> None:
    """Have one X-CALBRIDGE property say this, or be gone."""
    existing = draft.event.all(name)
    draft.remove(existing[1:] if value is not None else existing)
    if value is None:
        return
    if not existing:
        if name not in terms.dropped:
            draft.add(f"{name}:{value}")
    elif existing[0].text != value:
        draft.replace(existing[0], f"{name}:{value}")


def _settle_link(draft: Draft, name: str, link: Link | None, terms: _Terms, urls: set[str]) -> None:
    """Have CONFERENCE or Microsoft's property show the room; one with somebody else's link is never touched."""
    existing = draft.event.all(name)
    own = tuple(each for each in existing if each.text in urls)
    draft.remove(own[1:] if link is not None else own)
    if link is None:
        return
    content = f"{name}:{link.room_url}"
    if name == "CONFERENCE":
        label = wording(terms.language).title
        content = f'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="{label}":{link.room_url}'
    if own:
        if own[0].text != link.room_url:
            draft.replace(own[0], content)
    elif name not in terms.dropped and not (name == MICROSOFT and existing):
        draft.add(content)


def _settle_place(
    draft: Draft, name: Literal["LOCATION", "URL"], link: Link | None, terms: _Terms, urls: set[str]
) -> None:
    """Have LOCATION or URL hold the room as configured, or what was there before."""
    mode = terms.writeback.location if name == "LOCATION" else terms.writeback.url
    existing = draft.event.all(name)
    former = draft.event.all(WAS + name)
    own = tuple(each for each in existing if each.text in urls)
    if link is None or mode == "never":
        draft.remove(own)
        if own and former:
            _restore(draft, former[0])
            former = former[1:]
        draft.remove(former)  # without our link in its place, it is not ours to bring back
    elif own:
        draft.remove(own[1:])
        if own[0].text != link.room_url:
            draft.replace(own[0], f"{name}:{link.room_url}")
    else:
        draft.remove(former)
        _occupy(draft, name, existing, link.room_url, always=mode == "always", terms=terms)


def _occupy(draft: Draft, name: str, existing: tuple[Property, ...], url: str, *, always: bool, terms: _Terms) -> None:
    if not existing:
        if name not in terms.dropped:
            draft.add(f"{name}:{url}")
        return
    free = all(_is_free(each.text, terms.keyword) for each in existing)
    if name in terms.dropped or not (free or (always and WAS + name not in terms.dropped)):
        return
    suffix = "" if existing[0].parts.value.strip() else _EMPTY
    draft.displace(existing[0], f"{name}:{url}", prefix=WAS, suffix=suffix)


def _restore(draft: Draft, former: Property) -> None:
    edits = [Edit(0, len(WAS), b"")]
    value = former.parts.value
    if value.strip().lower() == _EMPTY:
        start = former.parts.value_start + len(encoded(value[: -len(value.lstrip())]))
        edits.append(Edit(start, start + len(_EMPTY), b""))
    draft.splice(former, edits)


def _is_free(text: str, keyword: str) -> bool:
    """Whether a place is empty or holds just the keyword, in any form."""
    return not text or re.fullmatch(re.escape(keyword) + r"(?::\w+)?[,;.!?)]?", text, re.IGNORECASE) is not None


def _is_news(event: Vevent, old_url: str | None, link: Link | None, notify: Literal["once", "never", "always"]) -> bool:
    """Whether attendees are to hear of this write: of a note that comes or goes never."""
    old_reference = event.text(REFERENCE)
    if link is None and old_url is None and old_reference is None:
        return False
    if notify != "once":
        return notify == "always"
    return link is not None and (old_url != link.room_url or old_reference not in {None, link.reference})


def _settle_stamps(draft: Draft, now: datetime) -> None:
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        existing = draft.event.all(name)
        if existing:
            draft.replace(existing[0], f"{name}:{stamp}")
        elif name == "LAST-MODIFIED":
            draft.add(f"{name}:{stamp}")


def _shown(event: Vevent, url: str | None) -> set[tuple[str, str]]:
    """What of ours an event shows: names, and what they mean."""
    shown = {
        (each.line.name, each.text)
        for each in event.properties
        if each.line.name in {REFERENCE, LINK, NOTE}
        or each.line.name.startswith(WAS)
        or (each.line.name in {"LOCATION", "URL", "CONFERENCE", MICROSOFT} and each.text == url)
    }
    for each in event.all("DESCRIPTION"):
        text = unescape(each.parts.value)
        shown |= {
            ("DESCRIPTION", squeezed(text[block.start : block.spans[-1][1]]))
            for block in find_blocks(text)
            if block.whole
        }
    return shown
