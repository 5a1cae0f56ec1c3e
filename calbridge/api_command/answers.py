"""What the platform answered, as JSON and as text. Secrets are masked unless they are asked for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from calbridge.core.problem import printable

MASK: Final = "********"

_SHOWN: Final = frozenset(
    {
        *("room_url", "meeting_url", "primary_dialin_number"),
        *("email", "host_email", "participant_email", "participant_emails", "participants"),
        *("business_phone", "mobile_phone", "home_phone", "other_phone", "from_", "to", "ani", "dnis"),
        *("content", "openid_sub", "login_token_public_key", "transcription_segments", "transcription_tags"),
        "live_wall_posts",
    }
)
"""Fields that logs must not have, but whoever asks for a host or a conference wants to see. Every other one that its
declaration leaves out of the repr opens a door: it is masked."""

_LONGEST: Final = 60
"""Characters of prose in a table's cell on a terminal."""


def jsonable(answer: object, *, secrets: bool) -> Any:  # Any: JSON
    """Shape an answer for JSON: the fields that the platform sent, by its names; secrets as `MASK` or as they are."""
    if isinstance(answer, BaseModel):
        return dict(_fields(answer, secrets=secrets))
    if isinstance(answer, list | tuple):
        return [jsonable(each, secrets=secrets) for each in answer]
    return to_jsonable_python(answer)


def _fields(answer: BaseModel, *, secrets: bool) -> Iterator[tuple[str, Any]]:  # Any: JSON
    for name, field in type(answer).model_fields.items():
        if name not in answer.model_fields_set:
            continue
        value = getattr(answer, name)
        masked = not (secrets or field.repr or name in _SHOWN or value is None or isinstance(value, bool))
        yield field.alias or name, MASK if masked else jsonable(value, secrets=secrets)


def is_masked(content: Any) -> bool:  # Any: JSON
    """Whether something in there is not shown."""
    if isinstance(content, dict):
        return any(map(is_masked, content.values()))
    return any(map(is_masked, content)) if isinstance(content, list) else content == MASK


def table_of(rows: Iterable[Mapping[str, Any]], *, cut: bool) -> tuple[list[str], list[list[str]]]:  # Any: JSON
    """Make heads and rows of a listing; the parts of an object are columns of their own. `cut` shortens prose."""
    flat = [dict(_flat(row)) for row in rows]
    heads = list(dict.fromkeys(key for row in flat for key in row))
    return heads, [[_cell(row.get(head), cut=cut) for head in heads] for row in flat]


def pairs_of(content: Mapping[str, Any]) -> list[tuple[str, str]]:  # Any: JSON
    """Make a line for each field of an object that says something, and for each row of a list in it."""
    return [(key, text) for key, value in _deep(content) if (text := _cell(value, cut=False))]


def _flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:  # Any: JSON
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _deep(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:  # Any: JSON
    for key, value in _flat(content):
        if isinstance(value, list) and any(isinstance(each, dict) for each in value):
            for number, each in enumerate(value, start=1):
                inner = each if isinstance(each, dict) else {"": each}
                yield from ((f"{key}[{number}].{name}", deeper) for name, deeper in _deep(inner))
        else:
            yield key, value


def _cell(value: Any, *, cut: bool) -> str:  # Any: JSON
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() if any(isinstance(each, dict) for each in value):
            return f"{len(value)} of them"
        case list():
            return ", ".join(_cell(each, cut=cut) for each in value)
        case _:
            line = printable(" ".join(str(value).split()))
            return f"{line[: _LONGEST - 1]}…" if cut and len(line) > _LONGEST and " " in line else line
