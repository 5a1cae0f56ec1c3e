"""What can be shown of a file in a meeting: how many pages of which size, and a picture of each. Pure.

An image is its own picture. A PDF's page is as large as the file says, and its picture is empty: nothing here renders.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias
from zlib import compress, crc32

PDF: Final = "application/pdf"
PICTURE: Final = "image/png"

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

_BEGINNINGS: Final = {PICTURE: b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", PDF: b"%PDF-"}
_PDF_PAGE: Final = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_PDF_SIZE: Final = re.compile(rb"/MediaBox\s*\[\s*0\s+0\s+(\d{1,4})(?:\.\d+)?\s+(\d{1,4})(?:\.\d+)?\s*\]")
_LETTER: Final = (612, 792)
_NO_FRAME: Final = frozenset({0xC4, 0xC8, 0xCC})
"""JPEG markers among those of frames that begin something else."""


@dataclass(frozen=True, slots=True)
class Slides:
    """All pages have one size, which is None where the file does not say it where it should."""

    pages: int
    size: Size | None


def can_show(mimetype: str) -> bool:
    """Whether there are slides of this type of file."""
    return mimetype in _BEGINNINGS


def look(mimetype: str, content: bytes) -> Slides | None:
    """Find out what can be shown; None for a file that is not what its name says."""
    if not content.startswith(_BEGINNINGS[mimetype]):
        return None
    if mimetype == PDF:  # whose objects may be compressed: it has one page at least
        return Slides(max(1, len(_PDF_PAGE.findall(content))), _pdf_size(content))
    return Slides(1, _image_size(mimetype, content))


def empty_picture(size: Size) -> bytes:
    """Draw a white PNG."""
    width, height = size
    line = b"\0" + b"\xff" * ((width + 7) // 8)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
        (b"IDAT", compress(line * height)),
        (b"IEND", b""),
    )
    return _BEGINNINGS[PICTURE] + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc32(name + content))
        for name, content in chunks
    )


def _pdf_size(content: bytes) -> Size:
    found = _PDF_SIZE.search(content)
    width, height = (int(found[1]), int(found[2])) if found else _LETTER
    return (width, height) if width and height else _LETTER


def _image_size(mimetype: str, content: bytes) -> Size | None:
    try:
        match mimetype:
            case "image/png":
                width, height = struct.unpack_from(">II", content, 16)
            case "image/gif":
                width, height = struct.unpack_from("<HH", content, 6)
            case _:
                height, width = struct.unpack_from(">HH", content, next(_jpeg_frames(content)) + 5)
    except (struct.error, StopIteration):
        return None
    return (width, height) if max(width, height) < 1 << 31 else None


def _jpeg_frames(content: bytes) -> Iterator[int]:
    """Where the segments are that tell the size."""
    at = 2
    while content[at : at + 1] == b"\xff":
        marker, length = struct.unpack_from(">BH", content, at + 1)
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            yield at
        at += 2 + length
