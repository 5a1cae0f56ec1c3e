"""The Authorization header: Basic (RFC 7617), Bearer (RFC 6750) and Digest (RFC 7616, with RFC 2069's older form)."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

_PIECE = re.compile(
    r"""\s*(?:,\s*)*(?:
        (?P<key>[!#$%&'*+\-.^_`|~\w]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"=]+))(?=\s*(?:,|$))
        |(?P<scheme>[!#$%&'*+\-.^_`|~\w]+)(?:\s+(?P<token>[A-Za-z0-9\-._~+/]+=*)(?=\s*(?:,|$)))?
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in that a 401 offers; `scheme` and the parameters' names are lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def challenges(header: str) -> tuple[Challenge, ...]:
    """All challenges of a WWW-Authenticate header, several in one line included (RFC 9110, section 11.6.1)."""
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while piece := _PIECE.match(header, position):
        position = piece.end()
        if piece["scheme"]:
            found.append((piece["scheme"].lower(), {}))
        elif found:
            quoted = piece["quoted"]
            value = piece["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[-1][1][piece["key"].lower()] = value
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def basic(username: str, password: str) -> str:
    """User name and password, in UTF-8."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def bearer(token: str) -> str:
    """A token."""
    return f"Bearer {token}"


class Digest:
    """Answers one Digest challenge as often as its nonce lives; counts the requests, as the server does.

    `cnonce` yields the client's part of the randomness. Raises `ValueError` for a challenge that can't be answered
    (an unknown algorithm, integrity protection only).
    """

    def __init__(self, challenge: Challenge, username: str, password: str, cnonce: Callable[[], str]) -> None:
        given = challenge.parameters
        self.nonce = given.get("nonce", "")
        self._algorithm = given.get("algorithm", "MD5")
        name, _, session = self._algorithm.upper().partition("-SESS")
        if name not in _HASHES or not self.nonce:
            raise ValueError("a Digest challenge without nonce, or with an unknown algorithm")
        self._qops = [word.strip().lower() for word in given.get("qop", "").split(",") if word.strip()]
        if self._qops and "auth" not in self._qops:
            raise ValueError("a Digest challenge that wants integrity protection")
        self._hash = _HASHES[name]
        self._session = session == "" and self._algorithm.upper().endswith("-SESS")
        self._realm = given.get("realm", "")
        self._opaque = given.get("opaque")
        self._username = username
        self._password = password
        self._cnonce = cnonce
        self._count = 0

    def header(self, method: str, target: str) -> str:
        """The Authorization header of one request; `target` is path and query as sent."""
        self._count += 1
        count, cnonce = f"{self._count:08x}", self._cnonce()
        secret = self._digest(f"{self._username}:{self._realm}:{self._password}")
        if self._session:
            secret = self._digest(f"{secret}:{self.nonce}:{cnonce}")
        request = self._digest(f"{method}:{target}")
        middle = f"{self.nonce}:{count}:{cnonce}:auth" if self._qops else self.nonce
        fields = [
            _username(self._username),
            f'realm="{_escaped(self._realm)}"',
            f'nonce="{_escaped(self.nonce)}"',
            f'uri="{target}"',
            f'response="{self._digest(f"{secret}:{middle}:{request}")}"',
            f"algorithm={self._algorithm}",
        ]
        if self._opaque is not None:
            fields.append(f'opaque="{_escaped(self._opaque)}"')
        if self._qops:
            fields += ["qop=auth", f"nc={count}", f'cnonce="{cnonce}"']
        return "Digest " + ", ".join(fields)

    def _digest(self, text: str) -> str:
        return self._hash(text.encode()).hexdigest()


_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def _username(name: str) -> str:
    """Plain, or as RFC 5987 says where it is not ASCII (RFC 7616, section 3.4)."""
    return f'username="{_escaped(name)}"' if name.isascii() else f"username*=UTF-8''{quote(name, safe='')}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
