"""Listings in pages of ten: a row has a place, by time, then by id; a page's cursor is the place of its last row."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, TypeAlias

from calbridge.sandbox.refusals import Refused

PAGE_ROWS: Final = 10

Place: TypeAlias = tuple[int, int]
"""Seconds of UTC since 1970, and an id."""

START: Final[Place] = (-(2**62), 0)


def cursor(last: Place) -> str:
    """Write the `next_page` of a page that ends here."""
    return urlsafe_b64encode("{}:{}".format(*last).encode()).decode()


def place(page: str | int | None) -> Place:
    """Tell after which place an asked-for page begins. Raises `Refused`."""
    if page is None:
        return START
    try:
        seconds, _, id_ = urlsafe_b64decode(str(page)).decode().partition(":")
        return int(seconds), int(id_)
    except ValueError:
        raise Refused("page is not the next_page of a previous response") from None
