"""The marker: the text in a conference's agenda, and in its event, that names what the conference stands for.

    cb1-INSTANCE-TAG-PART.GEN        cb1-main-k5uqz7ed3nfm2wvx4ytb6jcl2a-20260105T090000Z.2

INSTANCE is the installation, TAG the host and UID, PART `m` (the meeting), a number (one of several conferences) or
an instance's original start in UTC, GEN the generation. Nothing of it is secret.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

AGENDA_LIMIT = 4000
"""Characters of agenda that are known to survive a round trip through the platform (design, section 8.6)."""

_MARKER = re.compile(r"cb1-([a-z0-9]{1,12})-([a-z2-7]{26})-(m|[0-9]{1,4}|[0-9]{8}T[0-9]{6}Z)\.([0-9]{1,9})", re.ASCII)
_LABEL = "Ref. "
# The platform's pages and mail clients may hand an agenda back as HTML lines, or with other line ends.
_LINE_END = re.compile(r"\r\n|[\r\n]|</?(?:br|p|div)\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marker:
    """What one conference stands for: `part` of the meeting `tag`, in its `gen`th conference, by `instance`."""

    instance: str
    tag: str
    part: str
    gen: int

    @property
    def text(self) -> str:
        """The form that is written into agendas and events."""
        return f"cb1-{self.instance}-{self.tag}-{self.part}.{self.gen}"


def tag(host_id: int, uid: str) -> str:
    """Name one meeting of one host: 130 bits of a hash of the platform's host_id and the UID, in lower-case base32."""
    fields = (str(host_id).encode(), uid.encode("utf-8", "surrogatepass"))
    hashed = hashlib.sha256(b"".join(len(field).to_bytes(8, "big") + field for field in fields))
    return base64.b32encode(hashed.digest())[:26].decode("ascii").lower()


def part_of(recurrence_id: datetime) -> str:
    """Name one instance by its original start, an aware datetime, in UTC: `20260105T090000Z`."""
    utc = recurrence_id.astimezone(UTC)
    return f"{utc.year:04}{utc:%m%dT%H%M%SZ}"  # %Y does not pad everywhere


def parse(text: str) -> Marker | None:
    """Read a marker's text form; None for anything else."""
    match = _MARKER.fullmatch(text.strip())
    return Marker(match[1], match[2], match[3], int(match[4])) if match else None


def find(agenda: str) -> Marker | None:
    """Find the marker of an agenda: the last line that is a reference and nothing else.

    A person may have typed below it, and the platform may have changed the line ends or the white space around it.
    """
    for line in reversed(_LINE_END.split(agenda)):
        if marker := _reference(line):
            return marker
    return None


def sign(agenda: str, marker: Marker, limit: int = AGENDA_LIMIT) -> str:
    """Put the marker on the last line of an agenda of at most `limit` characters; the agenda is cut, never the marker.

    References that came with the text, as with a copied description, are taken out: one conference has one marker.
    """
    last = _LABEL + marker.text
    kept = [line for line in agenda.replace("\r\n", "\n").split("\n") if find(line) is None]
    body = "\n".join(kept).strip()
    if not body:
        return last
    room = limit - len(last) - 2
    if len(body) > room:
        body = body[: max(room - 1, 0)].rstrip() + "…"
    return f"{body}\n\n{last}"


def _reference(line: str) -> Marker | None:
    """Read a line that is a reference and nothing else."""
    stripped = line.strip()
    return parse(stripped[len(_LABEL) :]) if stripped.startswith(_LABEL) else None
