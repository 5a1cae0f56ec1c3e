"""What is found out about a file that may be shown in a meeting."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.sandbox.slides import PDF, PICTURE, Slides, empty_picture, look

JPEG = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc4\x00\x02" + b"\xff\xc0\x00\x11\x08" + pack(">HH", 480, 640) + b"..."

FILES = [
    ("image/gif", b"GIF89a" + pack("<HH", 320, 200), Slides(1, (320, 200))),
    ("image/jpeg", JPEG, Slides(1, (640, 480))),
    ("image/jpeg", JPEG[:12], Slides(1, None)),
    ("image/jpeg", JPEG[:18], Slides(1, None)),
    (PICTURE, b"\x89PNG\r\n\x1a\n", Slides(1, None)),
    (PICTURE, b"GIF89a", None),
    (PDF, b"%PDF-1.4 /MediaBox [0 0 595.28 841.89] /Type /Page /Type /Pages /Type/Page", Slides(2, (595, 841))),
    (PDF, b"%PDF-1.4 /MediaBox [0 0 0 0]", Slides(1, (612, 792))),
]


@pytest.mark.parametrize(("mimetype", "content", "found"), FILES)
def test_a_files_pages_have_a_number_and_a_size(mimetype: str, content: bytes, found: Slides | None) -> None:
    assert look(mimetype, content) == found


@given(size=st.tuples(st.integers(1, 300), st.integers(1, 300)))
def test_an_empty_picture_has_its_size(size: tuple[int, int]) -> None:
    assert look(PICTURE, empty_picture(size)) == Slides(1, size)


@given(mimetype=st.sampled_from([PDF, PICTURE, "image/gif", "image/jpeg"]), content=st.binary(max_size=60))
def test_any_content_can_be_looked_into(mimetype: str, content: bytes) -> None:
    begins = {PDF: b"%PDF-", PICTURE: b"\x89PNG\r\n\x1a\n", "image/gif": b"GIF8", "image/jpeg": b"\xff\xd8\xff"}

    assert look(mimetype, begins[mimetype] + content) is not None
