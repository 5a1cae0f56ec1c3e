"""What the reference documents, what is declared, and what tests exercised: a table of endpoints and fields.

    PYTHONPATH=tests python -m support.api_table [EXERCISED.json]

The file is what a test run leaves that had CALBRIDGE_EXERCISED=EXERCISED.json in its environment (`support.exercised`);
then the exit status is 1 unless every endpoint, every declared field of a request and every documented field of a
response was exercised. `make api-table` does both.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from calbridge.enterprise import ALL
from calbridge.enterprise.endpoint import Endpoint
from support.reference import content, examples, listed_fields, names

Fields = dict[str, tuple[set[str], set[str]]]
"""By endpoint: the names in its requests, and in its responses."""

NO_FIELDS = {"detail", "summary", "note"}
"""What stands in the reference's lists as fields do, but is a heading or a remark."""

SAME_AS_CREATE = {"conference/update", "conference/fetch", "conference/fetch_all"}
"""Whose responses the reference describes as those of conference/create."""


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint and its fields."""

    endpoint: Endpoint[Any, Any]  # Any: any endpoint
    documented: tuple[set[str], set[str]]
    declared: tuple[set[str], set[str]]
    exercised: tuple[set[str], set[str]]


def rows(exercised: Fields) -> list[Row]:
    """One for each endpoint that is declared."""
    documented = documented_fields()
    nothing: tuple[set[str], set[str]] = (set(), set())
    return [Row(one, documented.get(one.path, nothing), declared(one), exercised.get(one.path, nothing)) for one in ALL]


def documented_fields() -> Fields:
    """What the reference shows or lists."""
    found: Fields = {}
    for example in examples():
        known = found.setdefault(example.path, (set(), set()))
        known[example.kind != "request"].update(names(content(example)))
    for (path, kind), listed in listed_fields().items():
        found.setdefault(path, (set(), set()))[kind != "request"].update(listed - NO_FIELDS)
    for path in SAME_AS_CREATE & found.keys():
        found[path][1].update(found["conference/create"][1])
    for path, (request, _) in found.items():
        if path != "authenticate":
            request.discard("auth_token")
    return found


def declared(endpoint: Endpoint[Any, Any]) -> tuple[set[str], set[str]]:  # Any: any endpoint
    """What the models of an endpoint have, those of its details included."""
    asked, answered = set(_fields(endpoint.request)), set(_fields(endpoint.response)) | set(_fields(endpoint.page))
    if endpoint.detail is not None:
        detail = declared(endpoint.detail)
        asked, answered = asked | detail[0], answered | detail[1]
    return asked, answered


def _fields(annotation: Any, seen: frozenset[Any] = frozenset()) -> Iterator[str]:  # Any: a type, however it is built
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        for name, field in annotation.model_fields.items():
            yield field.alias or name
            yield from _fields(field.annotation, seen | {annotation})
    for argument in get_args(annotation):
        yield from _fields(argument, seen)


def written(table: list[Row]) -> str:
    """The table as text, and its sums."""
    lines = [
        f"{'endpoint':46}{'request fields':>16}{'response fields':>17}",
        f"{'':46}{'documented/declared/exercised':>33}",
    ]
    sums = [0] * 6
    for row in table:
        counts = [
            len(counted)
            for side in (0, 1)
            for counted in (row.documented[side], row.declared[side], row.exercised[side] & row.declared[side])
        ]
        sums = [total + count for total, count in zip(sums, counts, strict=True)]
        lines.append(f"{row.endpoint.method:5}{row.endpoint.path:41}{_cells(counts)}")
    reached = sum(any(row.exercised) for row in table)
    return "\n".join([*lines, f"{len(table)} endpoints, {reached} exercised{'':20}{_cells(sums):>40}"])


def _cells(counts: list[int]) -> str:
    return f"{'{}/{}/{}'.format(*counts[:3]):>16}{'{}/{}/{}'.format(*counts[3:]):>17}"


def unexercised(table: list[Row]) -> list[str]:
    """Name what no test sent or got: endpoints, declared fields of requests, documented fields of responses."""
    missing = [(row, (row.declared[0] - row.exercised[0]) | (row.documented[1] - row.exercised[1])) for row in table]
    return [
        " ".join([row.endpoint.path, *sorted(fields)]) for row, fields in missing if fields or not any(row.exercised)
    ]


def main(file: str | None) -> int:
    """Print the table."""
    noted = {} if file is None else json.loads(Path(file).read_text())
    table = rows({path: (set(asked), set(answered)) for path, (asked, answered) in noted.items()})
    sys.stdout.write(written(table) + "\n")
    missing = [] if file is None else unexercised(table)
    for line in missing:
        sys.stdout.write(f"not exercised: {line}\n")
    return min(len(missing), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
