"""Links of other conferencing products in an event: it has its room already."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from calbridge.core.block import strip_block
from calbridge.core.model import Event

_URL: Final = re.compile(r"https?://[^\s<>\"'\\]{1,2000}", re.IGNORECASE)

# Host (with its subdomains) -> what the path must begin with; a product's home page or help is no meeting.
_PRODUCTS: Final = (
    (r"(?:zoom\.us|zoomgov\.com|zoom\.com|zoom-x\.de)", r"/(?:j|my|w|s|wc|meeting)/"),
    (r"teams\.(?:microsoft|live)\.(?:com|us)", r"/(?:l/meetup-join|meet|l/meeting|_#/l/meetup-join|dl/launcher)"),
    (r"teams\.cloud\.microsoft", r"/"),
    (r"(?:meet|hangouts)\.google\.com", r"/."),
    (r"g\.co", r"/meet/"),
    (r"webex\.com", r"/."),
    (r"(?:meet\.jit\.si|8x8\.vc|jitsi\.[^/]+|[^/]*\.jitsi\.[^/]+|meet\.ffmuc\.net|fairmeeting\.net)", r"/."),
    (r"(?:whereby\.com|appear\.in)", r"/."),
    (r"(?:gotomeeting\.com|gotomeet\.(?:me|com)|goto\.com|gotowebinar\.com)", r"/."),
    (r"(?:join\.skype\.com|meet\.lync\.com)", r"/."),
    (r"(?:bbb\.[^/]+|bigbluebutton\.[^/]+|[^/]*\.bigbluebutton\.org)", r"/."),
    (r"[^/]+", r"/(?:bigbluebutton/|b/[a-z0-9]{3}-[a-z0-9]{3}-|rooms/[a-z0-9]{3}-[a-z0-9]{3}-)"),
    (r"[^/]+", r"/(?:index\.php/)?(?:apps/spreed|call/[a-z0-9]{4,32}(?:[/?#]|$))"),
    (r"call\.element\.io", r"/"),
    (r"(?:bluejeans\.com|chime\.aws|v\.ringcentral\.com|meetings\.ringcentral\.com|meeting\.zoho\.[a-z.]+)", r"/."),
    (r"(?:facetime\.apple\.com|meet\.proton\.me|meet\.starleaf\.com|kmeet\.infomaniak\.com)", r"/."),
    (r"(?:voovmeeting\.com|meeting\.tencent\.com|vc\.larksuite\.com|vc\.feishu\.cn)", r"/."),
)
_MEETING: Final = tuple(
    (re.compile(rf"(?:[^/]+\.)?{host}", re.IGNORECASE), re.compile(path, re.IGNORECASE)) for host, path in _PRODUCTS
)


def has_other_link(event: Event, *, own_hosts: Iterable[str]) -> bool:
    """Whether the event links to a meeting elsewhere; our own links, by text or by host, don't count."""
    description, _ = strip_block(event.description, room_url=event.room_url)
    hosts = {host.casefold() for host in own_hosts}
    texts = (event.location, event.url, description, *event.links)
    urls = (found[0] for text in texts for found in _URL.finditer(text))
    return any(_is_meeting(url, hosts) for url in urls if event.room_url is None or not url.startswith(event.room_url))


def _is_meeting(url: str, own_hosts: set[str]) -> bool:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").casefold()
    except ValueError:  # "http://[broken"
        return False
    if host in own_hosts:
        return False
    place = f"{parts.path}?{parts.query}#{parts.fragment}"
    return any(hosts.fullmatch(host) and path.match(place) for hosts, path in _MEETING)
