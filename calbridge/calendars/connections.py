"""Connections to calendar servers, shared by every login there: a session of its own costs each host a megabyte.

A shared session knows nobody: credentials go with each request, and cookies are kept by each login's `Transport`.
"""

from typing import TypeAlias

import niquests

from calbridge.calendars import hrefs

_Way: TypeAlias = tuple[tuple[str, str, int], str, str]


class Connections:
    """One session for each server, certificate authority and proxy. Use as an async context manager.

    `size` is how many connections to one server stay open between requests.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._sessions: dict[_Way, niquests.AsyncSession] = {}

    async def __aenter__(self) -> "Connections":
        return self

    async def __aexit__(self, *_: object) -> None:
        while self._sessions:
            _, session = self._sessions.popitem()
            await session.close()

    def session(self, home: str, ca_file: str, proxy: str) -> niquests.AsyncSession:
        """The session for a server, `ca_file` and `proxy` being empty where there is none."""
        way = (hrefs.origin(home), ca_file, proxy)
        if way not in self._sessions:
            self._sessions[way] = _session(ca_file, proxy, self._size)
        return self._sessions[way]


def _session(ca_file: str, proxy: str, size: int) -> niquests.AsyncSession:
    """Neither netrc nor proxies from the environment are used."""
    session = niquests.AsyncSession(
        disable_http3=True,
        retries=0,
        headers={"User-Agent": "calbridge", "Accept-Encoding": "identity"},
        allow_incoming_cookies=False,
        pool_maxsize=size,
        proxies={"http": proxy, "https": proxy} if proxy else None,
        verify=ca_file or True,
    )
    session.trust_env = False
    return session
