"""One spelling per resource: servers write the same href in many ways (`%40` and `@`, `%2b` and `%2B`, whole URLs)."""

from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}


def normalise(href: str, base: str) -> str:
    """The absolute URL that `href`, found in an answer from `base`, names (RFC 3986, section 6.2).

    Lower-case scheme and host, no default port, no user info, no fragment; in the path every byte is percent-encoded
    but the unreserved ones and `@`, so that `+` is always `%2B`. An encoded slash stays what it is: part of a name.
    Raises `ValueError` for what is no http(s) URL.
    """
    parts = urlsplit(urljoin(base, href.strip()))
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("not an http or https URL")
    path = "/".join(quote(unquote_to_bytes(segment), safe="@") for segment in parts.path.split("/"))
    return urlunsplit(
        (parts.scheme, _authority(parts.scheme, parts.hostname, parts.port), path or "/", parts.query, "")
    )


def collection(href: str, base: str) -> str:
    """Like `normalise`, with the trailing slash that some servers lose."""
    url = normalise(href, base)
    return url if url.endswith("/") else f"{url}/"


def member(href: str, calendar: str) -> str:
    """Like `normalise`, on the origin of `calendar`: behind a proxy servers name an inner host, never meant for us."""
    named = urlsplit(normalise(href, calendar))
    ours = urlsplit(calendar)
    return urlunsplit((ours.scheme, ours.netloc, named.path, named.query, ""))


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what must be equal for credentials to be sent along (RFC 6454)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def same_site(target: str, source: str) -> bool:
    """Whether credentials for `source` may go to `target`: the same origin, or the same host upgraded to https."""
    if target.split("/", 3)[:3] == source.split("/", 3)[:3]:
        return True  # the same letters, as nearly always
    (from_scheme, from_host, _), (to_scheme, to_host, _) = origin(source), origin(target)
    upgraded = (from_scheme, to_scheme) == ("http", "https") and from_host == to_host
    return upgraded or origin(source) == origin(target)


def shown(url: str) -> str:
    """The URL for people: without user info, query and fragment, where secrets hide; nothing of what is no URL."""
    try:
        parts = urlsplit(url)
        authority = _authority(parts.scheme, parts.hostname or "", parts.port)
    except ValueError:
        return "the configured url"
    return urlunsplit((parts.scheme, authority, parts.path, "", ""))


def _authority(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port in (None, _PORTS.get(scheme)) else f"{name}:{port}"
