"""What certificates and clocks are taken for."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from calbridge.checkup.findings import Finding, Level
from calbridge.checkup.servers import Greeting, Server, judged, look_at_server

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CERTIFICATE = Path(__file__).parents[1] / "enterprise" / "loopback.pem"


@asynccontextmanager
async def server(*, certificate: Path | None = None, ahead: timedelta = timedelta(0)) -> AsyncIterator[int]:
    """A server whose clock is `ahead` of ours."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
        writer.write(f"HTTP/1.1 401 No\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    running = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with running:
        yield running.sockets[0].getsockname()[1]


def looked(
    *, certificate: Path | None = None, ca_file: Path | None = None, ahead: timedelta = timedelta(0), host: str = ""
) -> dict[str, Finding]:
    """What a look at such a server finds, by rule."""

    async def look() -> tuple[Finding, ...]:
        async with server(certificate=certificate, ahead=ahead) as port:
            scheme = "https" if certificate else "http"
            return await look_at_server(Server(scheme, host or "127.0.0.1", port, ca_file, proxied=False), NOW)

    return {finding.rule: finding for finding in asyncio.run(look())}


def test_a_certificate_that_its_ca_file_vouches_for_is_fine_and_says_until_when() -> None:
    found = looked(certificate=CERTIFICATE, ca_file=CERTIFICATE)
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert found["server.certificate"].what == "certificate trusted, until 2126-10-30"


def test_a_certificate_that_nobody_vouches_for_wants_a_ca_file() -> None:
    found = looked(certificate=CERTIFICATE)["server.untrusted"]
    assert (found.level, "ca_file" in found.hint) == (Level.PROBLEM, True)


def test_a_certificate_of_another_name_says_so() -> None:
    found = looked(certificate=CERTIFICATE, ca_file=CERTIFICATE, host="localhost")["server.untrusted"]
    assert "localhost" in found.what
    assert "name" in found.hint


@pytest.mark.parametrize(
    ("ahead", "level", "said"),
    [(2, Level.OK, "agrees"), (90, Level.WARNING, "ahead of ours"), (-3600, Level.PROBLEM, "behind ours")],
)
def test_a_clock_is_compared_with_ours(ahead: int, level: Level, said: str) -> None:
    found = looked(ahead=timedelta(seconds=ahead))["server.clock"]
    assert (found.level, said in found.what) == (level, True)


def test_a_server_that_is_not_there_is_a_problem() -> None:
    gone = Server("http", "127.0.0.1", 9, None, proxied=False)
    [found] = asyncio.run(look_at_server(gone, NOW))
    assert (found.level, found.rule) == (Level.PROBLEM, "server.unreachable")


def test_a_server_behind_a_proxy_is_not_connected_to() -> None:
    [found] = asyncio.run(look_at_server(Server("https", "127.0.0.1", 9, None, proxied=True), NOW))
    assert (found.level, found.rule) == (Level.OK, "server.proxied")


@pytest.mark.parametrize(("days", "level"), [(20, Level.WARNING), (22, Level.OK)])
def test_a_certificate_is_told_of_three_weeks_before_its_end(days: int, level: Level) -> None:
    far = Server("https", "dav.example.com", 443, None, proxied=False)
    [found] = judged(far, Greeting(NOW + timedelta(days=days), None), NOW)
    assert (found.level, found.where) == (level, "dav.example.com")
