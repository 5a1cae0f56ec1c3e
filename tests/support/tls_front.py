"""TLS before a plain server on loopback, as a proxy in front of a calendar server ends it."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit


@contextmanager
def behind_tls(url: str, certificate: Path) -> Iterator[str]:
    """Serve what is at `url` with this certificate; yields the new address."""
    port: list[int] = []
    started, ended = Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        plain = urlsplit(url)

        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            upstream, downstream = await asyncio.open_connection(plain.hostname, plain.port)
            await asyncio.gather(_copied(reader, downstream), _copied(upstream, writer))

        async with await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context) as server:
            port.append(server.sockets[0].getsockname()[1])
            started.set()
            await ended.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),), name="tls", daemon=True)
    thread.start()
    try:
        assert started.wait(10)
        yield f"https://127.0.0.1:{port[0]}/"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, ssl.SSLError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    writer.close()
