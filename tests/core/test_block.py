"""The block is found however people and clients treat it, and never more than the block."""

import pytest

from calbridge.core.block import END, START, block_of, find_blocks, strip_block
from calbridge.core.link import Link
from calbridge.core.wording import WORDINGS, check_template, inner_text, wording

ROOM = "https://rooms.example.com/abc"
INNER = f"Video conference\nJoin: {ROOM}\nPIN: 1234"
BLOCK = block_of(INNER)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (BLOCK, ""),
        (f"Notes\n\n{BLOCK}", "Notes"),
        (f"Notes\n\n\n{BLOCK}", "Notes\n"),
        (f"Notes\r\n\r\n{BLOCK.replace(chr(10), chr(13) + chr(10))}", "Notes"),
        (f"Notes\n\n{BLOCK}\nmore", "Notes\nmore"),
        (f"{BLOCK}\nmore", "more"),
        (f"a {' '.join(BLOCK.split())} b", "a  b"),
        (f"a\n  {BLOCK.replace(chr(10), chr(10) + '  ')}", "a\n  "),
        (f"a\n\n{BLOCK.replace(' ', chr(0xA0)).upper()}", "a"),
        (f"a\n\n{BLOCK}\n\n{BLOCK}\nb", "a\nb"),
    ],
    ids=["alone", "behind", "own break", "CRLF", "amid", "first", "joined", "indented", "spaces", "twice"],
)
def test_a_block_goes_with_the_breaks_before_it(text: str, left: str) -> None:
    assert strip_block(text) == (left, True)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"a\n\n{START}\n{INNER}\nBring cake", "a\nBring cake"),
        (f"a\n\n{START}\nBring cake\n{INNER}", f"a\nBring cake\n{INNER}"),
        (f"Bring cake\n{INNER}\n{END}\nb", "Bring cake\nb"),
        (f"{START}\n{INNER}\nBring cake\n\n{BLOCK}", "Bring cake"),
        (f"a\n\n{START}\nVideo conference\nBring cake\nJoin: {ROOM}\n{END}", "a\nBring cake\n"),
        (f"before\n{START}\nVideo conference\nBring cake\nJoin: {ROOM}\n{END}", "before\nBring cake\n"),
    ],
    ids=["no end", "no end, text first", "no start", "no end, then a whole one", "typed inside", "typed before, too"],
)
def test_a_damaged_block_takes_no_text_of_the_user_with_it(text: str, left: str) -> None:
    stripped, had = strip_block(text)
    assert had
    assert stripped.split() == left.split()


def test_between_both_delimiters_a_template_s_text_is_ours() -> None:
    assert strip_block(f"a\n\n{block_of('Komm vorbei!')}") == ("a", True)


@pytest.mark.parametrize("text", ["", "calbridge", ":: calbridge ::", "a:::::: b", f"see {ROOM}"])
def test_text_without_a_block_stays(text: str) -> None:
    assert strip_block(text) == (text, False)


@pytest.mark.parametrize("language", sorted(WORDINGS))
def test_every_language_is_recognised(language: str) -> None:
    link = Link("cb1-main-x-m.1", ROOM, "1234", "+49 30 1234")
    inner = inner_text(link, language=language, template="")
    assert strip_block(f"a\n\n{START}\n{inner}\nmine") == ("a\nmine", True)


@pytest.mark.parametrize(
    ("tag", "title"),
    [
        ("de-AT", "Videokonferenz"),
        ("pt_BR.UTF-8", "Videoconferência"),
        ("NO", "Videokonferanse"),
        ("xx", "Video conference"),
    ],
)
def test_a_language_is_chosen_by_its_primary_tag(tag: str, title: str) -> None:
    assert wording(tag).title == title


@pytest.mark.parametrize(
    ("template", "rule"),
    [
        ("{{ room_url }}{% if security_pin %} {{ security_pin }}{% endif %}", None),
        ("{{ room_url }", "template.broken"),
        ("{{ room }}", "template.broken"),
        ("{{ room_url }} {{ 1 / 0 }}", "template.broken"),
        ("{{ room_url.__class__.__mro__ }}", "template.broken"),
        ("no room", "template.no-room-url"),
    ],
)
def test_a_template_is_tried_before_it_is_used(template: str, rule: str | None) -> None:
    misfit = check_template(template)
    assert (misfit.rule if misfit else None) == rule


def test_a_template_can_t_forge_a_delimiter() -> None:
    assert len(find_blocks(block_of(f"x {END} y {START} z"))) == 1


def test_ten_megabytes_of_colons_take_linear_time() -> None:
    assert strip_block(":" * 5_000_000 + "::: calbridg" * 400_000)[1] is False
