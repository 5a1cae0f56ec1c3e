"""Each server's certificate and clock, by a connection of our own and one HEAD request without credentials."""

import asyncio
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from calbridge.checkup.findings import Area, Finding, failed, fine, warned
from calbridge.config import Config
from calbridge.core.problem import Problem

SOON: Final = timedelta(days=21)
"""A certificate that ends within this time should have been renewed: most are, a month before."""

TOLERANCE: Final = timedelta(seconds=30)
FAR_OFF: Final = timedelta(minutes=5)

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_HEAD: Final = 65536  # bytes of an answer's header


@dataclass(frozen=True, slots=True, order=True)
class Server:
    """One server, and how it is reached."""

    scheme: str
    host: str
    port: int
    ca_file: Path | None
    proxied: bool

    @property
    def name(self) -> str:
        """As a person knows it."""
        return self.host if self.port == _PORTS.get(self.scheme) else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Greeting:
    """What came back. `expires` is the certificate's end, None without TLS; `offset` by how much its clock is ahead."""

    expires: datetime | None
    offset: timedelta | None


def servers_of(config: Config) -> tuple[Server, ...]:
    """The platform's server and the calendars', each once."""
    platform = config.platform
    found = {_server(platform.url, platform.ca_file, platform.proxy)}
    for host in config.hosts:
        found |= {_server(each.url, each.ca_file, each.proxy) for each in host.accounts}
    return tuple(sorted(found, key=lambda server: (server.name, server.scheme, str(server.ca_file), server.proxied)))


def _server(url: str, ca_file: Path | None, proxy: str | None) -> Server:
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    return Server(parts.scheme, parts.hostname or "", port, ca_file, proxy is not None)


async def look_at_server(server: Server, now: datetime) -> tuple[Finding, ...]:
    """Connect and greet. `now` is when that happens, in UTC."""
    if server.proxied:
        what = "it is reached through a proxy: certificate and clock are not looked at here"
        return (fine(Area.SERVERS, server.name, "server.proxied", what),)
    try:
        greeting = await _greet(server)
    except ssl.SSLCertVerificationError as error:
        return (failed(Area.SERVERS, _untrusted(server, error)),)
    except ssl.SSLError as error:
        hint = "check that the url's port speaks TLS, version 1.2 or later"
        reason = f"TLS failed ({error.reason or 'no reason given'})"
        return (failed(Area.SERVERS, Problem(server.name, "server.tls", reason, hint)),)
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        reason = f"no connection, or no answer: {getattr(error, 'strerror', None) or type(error).__name__}"
        hint = "check the url, the network, a firewall in between, and that the server runs"
        return (failed(Area.SERVERS, Problem(server.name, "server.unreachable", reason, hint)),)
    return tuple(judged(server, greeting, now))


async def _greet(server: Server) -> Greeting:
    context = None
    if server.scheme == "https":
        context = ssl.create_default_context(cafile=None if server.ca_file is None else str(server.ca_file))
    reader, writer = await asyncio.open_connection(server.host, server.port, ssl=context, limit=_LONGEST_HEAD)
    try:
        connection: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        certificate = (connection.getpeercert() or {}) if connection else {}
        asked = time.time()
        name = f"[{server.host}]" if ":" in server.host else server.host
        lines = ("HEAD / HTTP/1.1", f"Host: {name}:{server.port}", "User-Agent: calbridge", "Connection: close", "", "")
        writer.write("\r\n".join(lines).encode())
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        return Greeting(_expiry(certificate), _offset(head, (asked + time.time()) / 2))
    finally:
        writer.close()


def _expiry(certificate: Mapping[str, object]) -> datetime | None:
    ends = certificate.get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def _offset(head: bytes, ours: float) -> timedelta | None:
    """How far the Date header (RFC 9110, section 6.6.1) is from our clock, in whole seconds; None without one."""
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == "date":
            try:
                theirs = parsedate_to_datetime(value.strip())
            except ValueError:
                return None
            stamp = theirs.replace(tzinfo=theirs.tzinfo or UTC).timestamp()
            return timedelta(seconds=round(stamp - ours))
    return None


def judged(server: Server, greeting: Greeting, now: datetime) -> Iterator[Finding]:
    """What a certificate's end and a clock mean."""
    if greeting.expires is not None:
        left = greeting.expires - now
        day = f"{greeting.expires:%Y-%m-%d}"
        if left < SOON:
            reason, hint = (
                f"its certificate ends on {day}, in {left.days} days",
                "renew it, or find out why that failed",
            )
            yield warned(Area.SERVERS, Problem(server.name, "server.certificate", reason, hint))
        else:
            yield fine(Area.SERVERS, server.name, "server.certificate", f"certificate trusted, until {day}")
    elif server.scheme == "http":
        yield fine(Area.SERVERS, server.name, "server.plain", "on this machine, without TLS")
    if greeting.offset is None:
        return
    off = abs(greeting.offset)
    if off <= TOLERANCE:
        yield fine(Area.SERVERS, server.name, "server.clock", "its clock agrees with ours")
        return
    direction = "ahead of" if greeting.offset > timedelta(0) else "behind"
    reason = f"its clock is {off.total_seconds():.0f} s {direction} ours"
    hint = "set the clock that is wrong: `timedatectl` shows whether ours is synchronised"
    problem = Problem(server.name, "server.clock", reason, hint)
    yield failed(Area.SERVERS, problem) if off > FAR_OFF else warned(Area.SERVERS, problem)


def _untrusted(server: Server, error: ssl.SSLCertVerificationError) -> Problem:
    match error.verify_message:
        case message if "expired" in message:
            hint = "renew the server's certificate"
        case message if "match" in message:
            hint = "write the name that the certificate is for into the url, or have the certificate name this one"
        case message if "self" in message or "issuer" in message:
            hint = "set ca_file to the authority that signed it, or have the server send its whole chain"
        case _:
            hint = (
                "look at it with: openssl s_client -connect " + f"{server.host}:{server.port} -servername {server.host}"
            )
    return Problem(server.name, "server.untrusted", f"its certificate is not accepted: {error.verify_message}", hint)
