"""The marker survives what people and platforms do to an agenda."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.core.marker import AGENDA_LIMIT, Marker, find, parse, part_of, sign, tag

MARKER = Marker("main", tag(9, "weekly@example.com"), "20260105T090000Z", 2)
OLDER = Marker("main", tag(9, "weekly@example.com"), "m", 1)


def test_a_tag_is_26_lower_case_base32_characters_and_stays_the_same_forever() -> None:
    assert tag(9, "weekly@example.com") == "zgmpqlh6a2qbfzbyruxzqzcheo"


def test_host_and_uid_do_not_run_into_each_other() -> None:
    assert tag(1, "23") != tag(12, "3")


@given(st.integers(0, 10**9), st.text())
def test_every_uid_has_a_tag_that_a_marker_can_carry(host_id: int, uid: str) -> None:
    marker = Marker("main", tag(host_id, uid), "m", 1)
    assert parse(marker.text) == marker


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cb1-main-m.1",
        "cb2" + MARKER.text[3:],
        MARKER.text + "0x",
        MARKER.text.upper(),
        MARKER.text.replace("main", "main-2"),
        MARKER.text.replace("Z.2", ".2"),
    ],
)
def test_anything_else_is_no_marker(text: str) -> None:
    assert parse(text) is None


def test_a_part_is_the_instance_in_utc() -> None:
    assert part_of(datetime(2026, 1, 5, 10, tzinfo=ZoneInfo("Europe/Berlin"))) == "20260105T090000Z"
    assert part_of(datetime(2026, 1, 5, 9, tzinfo=UTC)) == "20260105T090000Z"


@pytest.mark.parametrize(
    "agenda",
    [
        f"Ref. {MARKER.text}",
        f"Budget\r\n\r\nRef. {MARKER.text}\r\n",
        f"<p>Budget</p><br/>Ref. {MARKER.text}<br>",
        f"Budget\n\n  Ref. {MARKER.text}\u00a0\nand somebody typed below it",
        f"Ref. {OLDER.text}\nRef. {MARKER.text}",
    ],
)
def test_the_last_reference_line_is_found(agenda: str) -> None:
    assert find(agenda) == MARKER


@pytest.mark.parametrize("agenda", ["", "Budget", f"see Ref. {MARKER.text}", MARKER.text, f"Ref. {MARKER.text} (old)"])
def test_a_reference_in_running_text_is_not_a_marker(agenda: str) -> None:
    assert find(agenda) is None


@given(st.text(), st.integers(90, 4000))
def test_a_signed_agenda_always_ends_with_its_marker_and_keeps_the_limit(agenda: str, limit: int) -> None:
    signed = sign(agenda, MARKER, limit)
    assert find(signed) == MARKER
    assert signed.endswith(MARKER.text)
    assert len(signed) <= limit
    assert sign(signed, MARKER, limit).count(MARKER.text) == 1


def test_a_long_agenda_is_cut_and_the_marker_is_not() -> None:
    signed = sign("x" * 5000, MARKER)
    assert len(signed) == AGENDA_LIMIT
    assert signed.endswith(f"x…\n\nRef. {MARKER.text}")


def test_a_copied_reference_is_replaced() -> None:
    assert sign(f"Budget\r\nRef. {OLDER.text}\r\n", MARKER) == f"Budget\n\nRef. {MARKER.text}"
