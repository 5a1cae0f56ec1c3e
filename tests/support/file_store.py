"""A store of files behind pre-signed URLs, on loopback: it takes, gives, moves, drips and refuses as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FileStore:
    """`files` by path; `heads` are the requests' heads, in lower case. A path's first folder says how it behaves."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.heads: list[str] = []

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        """Listen on a free port."""
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head.lower())
            method, path = head.split(" ")[:2]
            length = int(head.lower().partition("content-length:")[2].split("\r\n")[0] or 0)
            await self._answer(writer, method, path.partition("?")[0], await reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, method: str, path: str, body: bytes) -> None:
        match path.split("/")[1]:
            case "refused":
                writer.write(_head(403, 9) + b"<expired>")
            case "broken":
                writer.write(_head(503, 0))
            case "moved":
                writer.write(_head(307, 0, f"Location: {self.url}/files/{path.rpartition('/')[2]}\r\n"))
            case "circle":
                writer.write(_head(307, 0, f"Location: {path}?again\r\n"))
            case "cut":
                writer.write(_head(200, 1000) + b"half of it")
            case "drip":
                writer.write(_head(200, 1000))
                for _ in range(100):
                    writer.write(b" ")
                    await asyncio.sleep(0.02)
            case _ if method == "PUT":
                self.files[path] = body
                writer.write(_head(200, 0))
            case _ if path in self.files:
                writer.write(_head(200, len(self.files[path])) + self.files[path])
            case _:
                writer.write(_head(404, 0))
        await writer.drain()


def _head(status: int, length: int, more: str = "") -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n".encode()
