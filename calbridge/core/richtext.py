"""The block in HTML texts: Outlook's X-ALT-DESC, and Thunderbird's ALTREP="data:text/html,..." of a DESCRIPTION."""

import html
import re
from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from calbridge.core.block import HTML_DELIMITER, Span, is_own, squeezed
from calbridge.core.contentline import Edit, byte_offsets, encoded

_TAG: Final = re.compile(r"<[^<>]*>")
_WORDS: Final = re.compile(r"[^<>]+(?=<|$)")
_LINK: Final = re.compile(r"https?://[^\s<>\"']+")
_CLOSING: Final = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_BEFORE: Final = re.compile(r"<(p|div)\b[^<>]{0,200}>\s{0,20}$", re.IGNORECASE)
_AFTER: Final = re.compile(r"\s{0,20}</(p|div)\s{0,20}>", re.IGNORECASE)
_DATA: Final = re.compile(r"data:text/html(?:;charset=[\w-]+)?,", re.IGNORECASE)
_PERCENT: Final = re.compile(rb"%[0-9A-Fa-f]{2}")


def html_edits(text: str, block: str | None, urls: Collection[str]) -> list[tuple[Span, str]]:
    """Say what to change in an HTML text so that it holds this block once, or none; `urls` are the room's."""
    found = _html_blocks(text, urls)
    if block is None:
        return [(span, "") for spans in found for span in spans]
    if not found:
        closing = list(_CLOSING.finditer(text))[-2:]
        # The innermost of </body></html>, the last such pair of the text.
        at = closing[0].start() if closing else len(text)
        return [((at, at), _as_html(block))]
    first, *rest = [span for spans in found for span in spans]
    keep = squeezed(html.unescape(_TAG.sub(" ", text[first[0] : first[1]]))) == squeezed(block)
    return ([] if keep else [(first, _as_html(block))]) + [(span, "") for span in rest]


def data_uri_edits(uri: str, block: str | None, urls: Collection[str], *, offset: int) -> list[Edit]:
    """Say the same for a `data:` URI that begins at this offset of its content line; none where it is no plain HTML."""
    prefix = _DATA.match(uri)
    if prefix is None:
        return []
    raw = encoded(uri[prefix.end() :])
    start = offset + len(encoded(prefix[0]))
    text = unquote_to_bytes(raw).decode("utf-8", "surrogateescape")
    edits = html_edits(text, block, urls)
    at = _raw_offsets(raw, byte_offsets(text, [position for span, _ in edits for position in span]))
    return [
        Edit(start + at[2 * number], start + at[2 * number + 1], quote(new, safe="").encode())
        for number, (_, new) in enumerate(edits)
    ]


def _html_blocks(text: str, urls: Collection[str]) -> list[tuple[Span, ...]]:
    """Find the blocks; one that lost a delimiter is that and the words around it that can be told as ours."""
    blocks: list[tuple[Span, ...]] = []
    marks = list(HTML_DELIMITER.finditer(text))
    number, position = 0, 0
    while number < len(marks):
        mark = marks[number]
        following = marks[number + 1] if number + 1 < len(marks) else None
        if mark[1]:
            words = list(_WORDS.finditer(text, position, mark.start()))
            own = list(takewhile(lambda found: is_own(html.unescape(found[0]), urls), reversed(words)))[::-1]
            blocks.append((*(found.span() for found in own), mark.span()))
        elif following is not None and following[1]:
            blocks.append((_with_paragraph(text, mark.start(), following.end()),))
            number += 1
        else:
            iterator = _WORDS.finditer(text, mark.end(), following.start() if following else len(text))
            own = list(takewhile(lambda found: is_own(html.unescape(found[0]), urls), iterator))
            blocks.append((mark.span(), *(found.span() for found in own)))
        position = blocks[-1][-1][1]
        number += 1
    return blocks


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
