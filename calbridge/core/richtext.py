"""The block in HTML texts: Outlook's X-ALT-DESC, and Thunderbird's ALTREP="data:text/html,..." of a DESCRIPTION."""

import html
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from calbridge.core.block import DELIMITER, Span, squeezed
from calbridge.core.contentline import Edit, byte_offsets, encoded

_TAG: Final = re.compile(r"<[^<>]*>")
_LINK: Final = re.compile(r"https?://[^\s<>\"']+")
_CLOSING: Final = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_BEFORE: Final = re.compile(r"<(p|div)\b[^<>]{0,200}>\s{0,20}$", re.IGNORECASE)
_AFTER: Final = re.compile(r"\s{0,20}</(p|div)\s{0,20}>", re.IGNORECASE)
_DATA: Final = re.compile(r"data:text/html(?:;charset=[\w-]+)?,", re.IGNORECASE)
_PERCENT: Final = re.compile(rb"%[0-9A-Fa-f]{2}")


def html_edits(text: str, block: str | None) -> list[tuple[Span, str]]:
    """Say what to change in an HTML text so that it holds this block once, or none."""
    found = _html_blocks(text)
    if block is None:
        return [(span, "") for span in found]
    if not found:
        closing = list(_CLOSING.finditer(text))[-2:]
        # The innermost of </body></html>, the last such pair of the text.
        at = closing[0].start() if closing else len(text)
        return [((at, at), _as_html(block))]
    first, *others = found
    keep = squeezed(html.unescape(_TAG.sub(" ", text[first[0] : first[1]]))) == squeezed(block)
    return ([] if keep else [(first, _as_html(block))]) + [(span, "") for span in others]


def data_uri_edits(uri: str, block: str | None, *, offset: int) -> list[Edit]:
    """Say the same for a `data:` URI that begins at this offset of its content line; none where it is no plain HTML."""
    prefix = _DATA.match(uri)
    if prefix is None:
        return []
    raw = encoded(uri[prefix.end() :])
    start = offset + len(encoded(prefix[0]))
    text = unquote_to_bytes(raw).decode("utf-8", "surrogateescape")
    edits = html_edits(text, block)
    at = _raw_offsets(raw, byte_offsets(text, [position for span, _ in edits for position in span]))
    return [
        Edit(start + at[2 * number], start + at[2 * number + 1], quote(new, safe="").encode())
        for number, (_, new) in enumerate(edits)
    ]


def _html_blocks(text: str) -> list[Span]:
    """Find the blocks; of one that lost a delimiter only the other delimiter is surely ours."""
    spans: list[Span] = []
    marks = list(DELIMITER.finditer(text))
    number = 0
    while number < len(marks):
        start, end = marks[number].span()
        if not marks[number][1] and number + 1 < len(marks) and marks[number + 1][1]:
            number += 1
            start, end = _with_paragraph(text, start, marks[number].end())
        spans.append((start, end))
        number += 1
    return spans


def _with_paragraph(text: str, start: int, end: int) -> Span:
    """Widen a span by the paragraph that holds nothing else."""
    before = _BEFORE.search(text[max(0, start - 240) : start])
    after = _AFTER.match(text, end)
    if before is None or after is None or before[1].lower() != after[1].lower():
        return start, end
    return start - len(before[0]), after.end()


def _as_html(block: str) -> str:
    lines = (html.escape(line, quote=False) for line in block.split("\n"))
    linked = (_LINK.sub(lambda url: f'<a href="{url[0]}">{url[0]}</a>', line) for line in lines)
    return f"<p>{'<br>'.join(linked)}</p>"


def _raw_offsets(raw: bytes, offsets: Sequence[int]) -> list[int]:
    """Find ascending offsets of the decoded bytes in the percent-encoded ones."""
    found: list[int] = []
    codes = 0
    matches = _PERCENT.finditer(raw)
    upcoming = next(matches, None)
    for offset in offsets:
        while upcoming is not None and upcoming.start() - 2 * codes < offset:
            codes += 1
            upcoming = next(matches, None)
        found.append(offset + 2 * codes)
    return found
