"""The Enterprise API's reference, read by machine: its examples, and the fields that its lists name.

The reference is not part of this repository: where it isn't beside it, there are no examples and no fields.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

REFERENCE: Final = Path(__file__).parents[2].parent / "shared" / "reference" / "enterprise-api.txt"

Kind = Literal["request", "response", "detail"]

_ENDPOINT = re.compile(r'(?:POST|PUT) ["“]/enterprise_api/([\w/]+)["”]')
_BODY = re.compile(r"(Request|Response) body \(application/json\):(.*)")
_DETAIL = "Example of Detailed Conference Output:"
_AFTER_BODY = re.compile(r"Response|Request|POST|PUT |ResellerAdmin|-$|- |Get |Extra|Example|\||Refer|Where|A ")
_ITEM = re.compile(r"(?:- )?(\w+)(?: \(optional\):?|:)|\| ([a-z]\w*) \|")
_CURSOR = re.compile(r"page`?\s?- A cursor")


@dataclass(frozen=True, slots=True)
class Example:
    """A body as the reference shows it; `nth` of its endpoint and kind, from 0. `detail`: a response in detail."""

    path: str
    kind: Kind
    nth: int
    text: str

    @property
    def key(self) -> tuple[str, Kind, int]:
        return self.path, self.kind, self.nth


@dataclass(frozen=True, slots=True)
class Repair:
    """What was read instead of an example that is no JSON, and why. `swaps` are made in order; None takes it all."""

    why: str
    swaps: tuple[tuple[str | None, str], ...]

    def of(self, text: str) -> str:
        """Mend it; every swap must find its place."""
        for old, new in self.swaps:
            assert old is None or old in text, f"{old!r} is not there"
            text = new if old is None else text.replace(old, new)
        return text


_NO_COMMA = "a comma is missing"
_EXTRA_COMMA = "a comma too many"
_NO_VALUES = "it shows names and types: values are made up"
_HALF_QUOTED = Repair("a quote is missing", (('"time_zone: ', '"time_zone": '),))
_FILE = '{"id": 37, "created_at": "2026-01-05T09:00:00Z", "filename": "presentation.mp4", "size": 5, '
_WHOLE_FILE = Repair(
    _NO_VALUES,
    (
        (
            None,
            _FILE + '"presentation_status": "ready", "download_link": "https://x", "mimetype": "a/b", "page_count": 1}',
        ),
    ),
)

REPAIRS: Final[dict[tuple[str, Kind, int], Repair]] = {
    ("domain/descendants", "response", 0): Repair("a quote is missing", (('"descendants:', '"descendants":'),)),
    ("company/delete", "request", 0): Repair(
        "typographic quotes; a comma is missing", (("“", '"'), ("”", '"'), ('"\n"company_id', '",\n"company_id'))
    ),
    ("subscription/fetch_products", "request", 0): Repair(_NO_COMMA, (('"\n"include', '",\n"include'),)),
    ("subscription/fetch_products", "response", 0): Repair(_EXTRA_COMMA, (("},\n]", "}\n]"),)),
    ("subscription/fetch", "response", 0): Repair(_EXTRA_COMMA, (("},\n},", "}\n},"),)),
    ("host/create", "request", 0): _HALF_QUOTED,
    ("host/create", "response", 0): _HALF_QUOTED,
    ("host/fetch", "response", 0): _HALF_QUOTED,
    ("host/update", "request", 0): _HALF_QUOTED,
    ("host/update", "response", 0): _HALF_QUOTED,
    ("host/fetch_all", "response", 0): Repair(
        "a comma is missing, another one misplaced", (('"1234567"\n', '"1234567",\n'), ("}\n{,", "},\n{"))
    ),
    ("drive/fetch_all", "request", 0): Repair(_NO_VALUES, (("<number> // optional, default: 1, page size: 20", "2"),)),
    ("drive/fetch_all", "response", 0): Repair(
        _NO_VALUES,
        ((None, '{"files": [' + _FILE[:-2] + '}], "total_pages": 3, "current_page": 2, "next_page": 3}'),),
    ),
    ("drive/file/fetch", "response", 0): _WHOLE_FILE,
    ("drive/create", "response", 0): Repair(
        _NO_VALUES, ((None, '{"id": 37, "upload_url": "https://x", "download_link": "https://y"}'),)
    ),
    ("drive/file/finish_upload", "response", 0): _WHOLE_FILE,
    ("conference/create", "response", 0): Repair(
        "a name and a choice stand for values",
        ((": url", ': "https://x"'), ("null|'NEW'|'STARTED'|'STOPPED'|'FAILED'", '"NEW"')),
    ),
    ("conference/fetch", "response", 0): Repair(
        "the recording and the list of recordings are not closed", (('.mp4",\n', '.mp4"\n}],\n'),)
    ),
    ("conference/fetch_all", "response", 0): Repair(
        "commas are missing, and one is too many", (("false\n", "false,\n"), ("},\n]", "}\n]"))
    ),
    ("conference/fetch_participant_details", "response", 0): Repair(
        "names without quotes", (("participants:", '"participants":'), ("moderators:", '"moderators":'))
    ),
    ("conference/create", "response", 1): Repair(_NO_COMMA, (("false\n", "false,\n"),)),
    ("conference/delete_recordings", "request", 0): Repair(_EXTRA_COMMA, (("183,\n}", "183\n}"),)),
    ("conference/delete_transcriptions", "request", 0): Repair(_EXTRA_COMMA, (("183,\n}", "183\n}"),)),
}


def examples() -> list[Example]:
    """Every body of the reference, in order."""
    lines = _lines()
    found: list[Example] = []
    seen: dict[tuple[str, Kind], int] = defaultdict(int)
    path = ""
    for number, line in enumerate(lines):
        if endpoint := _ENDPOINT.search(line):
            path = endpoint[1]
        if begun := _begin(line):
            kind, rest = begun
            text = "\n".join([rest, *_body(lines[number + 1 :])]).strip()
            found.append(Example(path, kind, seen[path, kind], text))
            seen[path, kind] += 1
    return found


def content(example: Example) -> Any:  # Any: JSON
    """Parse an example, mended where it must be."""
    repair = REPAIRS.get(example.key)
    return json.loads(example.text if repair is None else repair.of(example.text))


def listed_fields() -> dict[tuple[str, Kind], set[str]]:
    """The names in the lists and tables of fields, by endpoint; those inside of others stand beside them."""
    found: dict[tuple[str, Kind], set[str]] = defaultdict(set)
    path, kind = "", None
    for line in _lines():
        if endpoint := _ENDPOINT.search(line):
            path, kind = endpoint[1], None
        elif _BODY.search(line) or line == _DETAIL:
            kind = None
        else:
            kind = _heading(line) or kind
        if _CURSOR.search(line):
            found[path, "request"].add("page")
        if kind is not None and (item := _ITEM.match(line)):
            name = item[1] or item[2]
            if not name.isupper() and not _heading(line):
                found[path, kind].add(name[0].lower() + name[1:])
    return found


def names(value: Any) -> Iterator[str]:  # Any: JSON
    """Every name in a JSON value, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name[0].lower() + name[1:]
            yield from names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def _lines() -> list[str]:
    return REFERENCE.read_text().split("\n") if REFERENCE.exists() else []


def _begin(line: str) -> tuple[Kind, str] | None:
    if line == _DETAIL:
        return "detail", ""
    body = _BODY.search(line)
    if body is None:
        return None
    return ("request" if body[1] == "Request" else "response"), body[2]


def _body(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith("}Response"):
            yield "}"
            return
        if _AFTER_BODY.match(line):
            return
        yield line


def _heading(line: str) -> Kind | None:
    if line.startswith("Request:"):
        return "request"
    if line.startswith(("Response:", "Response, ", "Extra fields", "Detailed Output:")) or line.endswith("}Response:"):
        return "response"
    return None
