"""All that can go wrong, by name; and what is taken for granted all the same.

Taken for granted (design.md, section 5, says or implies each):
- A create takes effect, and shows in every complete listing, within `settle_time` of being sent. A reply that comes
  back at all says the truth about a 4xx: nothing was done.
- A listing that looks complete may lack a conference whose create nobody answered for, but once only.
- `conference/fetch` is not stale, a listing is by less than `settle_time`; either may fail in any other way.
- A backup is put back, or a lost database replaced, later than `settle_time` after the last request of the old one.
- Where a server checks If-Match and writes in two steps, an edit that lands between them is lost by that server, not
  by us. Nobody can see it; the invariants excuse exactly that edit.
- A calendar server that denies an event everywhere, in its listings, in its own address, for longer than the grace,
  has deleted it as far as anybody can tell. The breaker bounds how many rooms that may cost in an hour.
"""

from typing import Final

READ: Final = ("dav no connection", "dav request lost", "dav reply lost", "dav 5xx", "dav 401", "dav 429")
"""Of any request to the calendar server."""

LISTS: Final = (*READ, "dav html", "dav cut", "dav partial", "dav empty", "dav weak etag", "dav no etag")
"""Of answers that are multistatus."""

SYNC: Final = (*LISTS, "dav token refused", "dav change forgotten", "dav changes forgotten")
"""Of sync-collection reports."""

GET: Final = (*READ, "dav html", "dav cut", "dav weak etag", "dav new etag")
"""Of one event."""

PUT: Final = (
    *READ,
    "dav 5xx with effect",
    "dav late",
    "dav twice",
    "dav conflict",
    "dav refused",
    "dav edit before write",
    "dav edit within write",
    "dav html",
)
"""Of a write."""

PLATFORM: Final = (
    "api no connection",
    "api request lost",
    "api reply lost",
    "api 5xx",
    "api 401",
    "api 429",
    "api html",
    "api proxy page",
    "api cut",
    "api forbidden",
)
"""Of any request to the platform."""

WRITES: Final = (
    *PLATFORM,
    "api 5xx with effect",
    "api late",
    "api twice",
    "api twice, once late",
    "api refused",
    "api no room url",
)
"""Of create, update and cancel."""

LISTING: Final = (*PLATFORM, "api stale listing", "api id twice", "api pages in a circle")
"""Of conference/fetch_all."""

LACKING: Final = ("api row missing",)
"""Of conference/fetch_all, while a create is unanswered."""

DISK: Final = ("disk full", "disk full, undone")
"""Of a statement that writes, or a commit; the second makes SQLite give up the whole transaction."""

CRASHES: Final = ("crash before call", "crash after call", "crash before commit", "crash after commit")
"""Of the process."""

STORE: Final = ("database lost", "database rolled back", "second process")
"""Between passes, or beside one."""

SPELLS: Final = (
    "spell: unlisted",
    "spell: unfetchable",
    "spell: emptied",
    "spell: hidden",
    "spell: calendar away",
    "spell: dav outage",
    "spell: api outage",
    "spell: no listing",
    "spell: amnesia",
)
"""What lasts: an event that listings lack, one that its own address denies, a calendar that knows none of its events,
an event stripped to "Busy", a calendar that discovery lacks, either server down, conference/fetch_all alone down, a
calendar server that lost most events."""

SERVERS: Final = ("dav rewrites", "dav drops properties", "api listing lag")
"""Habits of servers, at each of their writes."""

ALL: Final = frozenset((*SYNC, *GET, *PUT, *WRITES, *LISTING, *LACKING, *DISK, *CRASHES, *STORE, *SPELLS, *SERVERS))
