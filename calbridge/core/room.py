"""The room URL: which ones may stand in a host's calendar, and how they are spelled there."""

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from calbridge.core.model import Conference
from calbridge.core.policy import Owner, Policy
from calbridge.core.problem import Misfit


def url_for_event(url: str, policy: Policy) -> str:
    """A room URL as it may stand in an event, empty where it may not."""
    misfit = check_room_url(url, room_hosts=policy.room_hosts, allow_http=policy.allow_http_rooms)
    return "" if misfit is not None else encoded_url(url)


def dial_in_of(conference: Conference, owner: Owner, *, one_time: bool) -> str | None:
    """What to dial: the host's number, then the code of the conference or of her dedicated room."""
    code = conference.access_code if one_time else owner.access_code
    return f"{owner.dial_in}, {code}#" if owner.dial_in and code else None


def check_room_url(url: str, *, room_hosts: Collection[str], allow_http: bool) -> Misfit | None:
    """Say what is wrong with a URL that the platform gave for a room; people will click on it.

    `room_hosts`, where set, are the only hosts it may have; `allow_http` is for a platform on loopback.
    """
    hint = "ask the platform's support why its conference has such a room URL"
    if any(character.isspace() or not character.isprintable() for character in url) or "\\" in url:
        return Misfit("room-url.characters", "the room URL holds white space, a backslash or control characters", hint)
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            return Misfit("room-url.malformed", "the room URL has no possible port", hint)
    except ValueError:
        return Misfit("room-url.malformed", "the room URL is not a URL", hint)
    return _check_place(parts, room_hosts=room_hosts, allow_http=allow_http, hint=hint)


def encoded_url(url: str) -> str:
    """Percent-encode what servers cut or escape in URI values: `,` and `;`, and the quotes and brackets of HTML.

    Radicale cuts a URI at a comma, SOGo writes `;` as `\\;`.
    """
    for character, code in ((",", "%2C"), (";", "%3B"), ('"', "%22"), ("'", "%27"), ("<", "%3C"), (">", "%3E")):
        url = url.replace(character, code)
    return url


def _check_place(parts: SplitResult, *, room_hosts: Collection[str], allow_http: bool, hint: str) -> Misfit | None:
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        return Misfit("room-url.scheme", "the room URL does not begin with https://", hint)
    if not parts.hostname:
        return Misfit("room-url.host", "the room URL names no host", hint)
    if parts.username is not None or parts.password is not None:
        return Misfit("room-url.user-info", "the room URL holds a user name", hint)
    if room_hosts and parts.hostname not in {each.lower() for each in room_hosts}:
        reason = "the room URL's host is none of platform.room_hosts"
        return Misfit("room-url.foreign-host", reason, "add the host to platform.room_hosts if it is the platform's")
    return None
