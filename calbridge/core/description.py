"""The block in an event's DESCRIPTION, and in the HTML texts that go with it."""

from typing import Final

from calbridge.core.block import Span, find_blocks, spans_to_remove, squeezed
from calbridge.core.contentline import Edit, Parts, encoded, escape, escaped_offsets, unescape
from calbridge.core.richtext import data_uri_edits, html_edits
from calbridge.core.vevent import Draft, Property

_APART: Final = "\n\n"


def settle_description(draft: Draft, block: str | None, *, room_url: str | None) -> None:
    """Have the event's texts hold this block once, or none. `room_url` is the link as we wrote it before."""
    descriptions = draft.event.all("DESCRIPTION")
    if block is not None and not descriptions:
        draft.add(f"DESCRIPTION:{escape(block)}")
    for number, each in enumerate(descriptions):
        _settle_one(draft, each, block if number == 0 else None, room_url)
    for each in draft.event.all("X-ALT-DESC"):
        kind = each.parts.parameter("FMTTYPE")
        if kind is not None and kind.values[0].strip().lower() == "text/html":
            edits = html_edits(unescape(each.parts.value), block, _known(room_url))
            if edits:
                draft.splice(each, _content_edits(each.parts, edits))


def _settle_one(draft: Draft, target: Property, block: str | None, room_url: str | None) -> None:
    text = unescape(target.parts.value)
    edits = _text_edits(text, block, room_url)
    if block is None and _is_ours_alone(target, text, edits):
        draft.remove([target])
        return
    content_edits = _content_edits(target.parts, edits) + _alternative_edits(target, block, room_url)
    if content_edits:
        draft.splice(target, content_edits)


def _alternative_edits(target: Property, block: str | None, room_url: str | None) -> list[Edit]:
    alternative = target.parts.parameter("ALTREP")
    if alternative is None:
        return []
    raw = target.folded.content[alternative.start : alternative.end]
    if not raw.startswith(b'"'):
        return []  # a data: URI has a colon, so it must be quoted
    uri = raw.strip(b'"').decode("utf-8", "surrogateescape")
    return data_uri_edits(uri, block, _known(room_url), offset=alternative.start + 1)


def _known(room_url: str | None) -> tuple[str, ...]:
    return () if room_url is None else (room_url,)


def _text_edits(text: str, block: str | None, room_url: str | None) -> list[tuple[Span, str]]:
    blocks = find_blocks(text, room_url=room_url)
    if block is None:
        return [(span, "") for span in spans_to_remove(text, blocks)]
    if not blocks:
        return [((len(text), len(text)), f"{_APART if text else ''}{block}")]
    first, others = blocks[0], blocks[1:]
    (start, end), *rest = first.spans
    edits = [(span, "") for span in (*rest, *spans_to_remove(text, others))]
    if first.whole and squeezed(text[start:end]) == squeezed(block):
        return edits
    line_end = "" if end == len(text) or text[end] in "\r\n" else "\n"
    return [((start, end), block + line_end), *edits]


def _is_ours_alone(target: Property, text: str, edits: list[tuple[Span, str]]) -> bool:
    """Whether we made the property: our block is all of it, and no empty one was there before (a fold would tell)."""
    if not text or sum(end - start for (start, end), _ in edits) != len(text) or target.parts.parameters:
        return False
    return not target.folded.is_folded_at(target.parts.value_start)


def _content_edits(parts: Parts, edits: list[tuple[Span, str]]) -> list[Edit]:
    """Carry edits of the unescaped value over to the content line."""
    at = escaped_offsets(parts.value, [position for span, _ in edits for position in span])
    found: list[Edit] = []
    position, offset = 0, parts.value_start
    for number, (_, new) in enumerate(edits):
        start, end = at[2 * number], at[2 * number + 1]
        escaped = escape(new)
        before = parts.value[position:start]
        # A backslash that ends the value would take our first escape for its own: a space parts them.
        if new.startswith(_APART) and _ends_in_backslash(before):
            escaped = " " + escaped
        if not new and before.endswith(" ") and _ends_in_backslash(before):
            start -= 1
        first = offset + len(encoded(parts.value[position:start]))
        offset = first + len(encoded(parts.value[start:end]))
        position = end
        found.append(Edit(first, offset, encoded(escaped)))
    return found


def _ends_in_backslash(value: str) -> bool:
    """Whether the last word, spaces aside, ends in a backslash that escapes nothing."""
    bare = value.rstrip(" ")
    return (len(bare) - len(bare.rstrip("\\"))) % 2 == 1
