"""Every example of the reference, as a request that its declaration takes, and as an answer that is read in full."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from support.reference import REPAIRS, Example, content, examples, names

from calbridge.enterprise import ALL
from calbridge.enterprise.answer import Answer, read_response
from calbridge.enterprise.endpoint import Endpoint

ENDPOINTS = {endpoint.path: endpoint for endpoint in ALL}
EXAMPLES = examples()

PARTIAL = {
    ("conference/update", "request", 1): (
        "it shows one field and leaves out the rest, conference_id and the token too: they are the first example's"
    )
}

READ_INSTEAD = {
    ("company/delete", "company_id"): "a number in all other places, here the text of one: read as the number",
    ("company/create", "customer_id"): "a number by its table, any text by the note beside it, text in the example",
    ("conference/update", "Participants"): "with a capital in the example, without in the list: the same field",
    ("conference/fetch_livestream_viewer_count", "count"): "a number by its list, text in the example: a number",
}
"""Where an example's value is not what comes of it, or contradicts its list of fields, and how it is read."""


def requests() -> list[Example]:
    return [example for example in EXAMPLES if example.kind == "request"]


def answers() -> list[Example]:
    return [example for example in EXAMPLES if example.kind != "request"]


def named(example: Example) -> str:
    return " ".join(map(str, example.key))


def asked(example: Example) -> dict[str, Any]:  # Any: JSON
    fields: dict[str, Any] = content(example)
    if example.key in PARTIAL:
        fields = content(EXAMPLES[[one.key for one in EXAMPLES].index((example.path, "request", 0))]) | fields
    return {name: value for name, value in fields.items() if name != "auth_token"}


def differences(told: Any, read: Any, where: str = "") -> Iterator[str]:  # Any: JSON
    """Name what of `told` is not in `read`; a number and its text are the same."""
    if isinstance(told, dict) and isinstance(read, dict):
        for name, value in told.items():
            known = name if name in read else name[0].lower() + name[1:]
            yield from differences(value, read.get(known, "nothing"), f"{where}.{name}")
    elif isinstance(told, list) and isinstance(read, list) and len(told) == len(read):
        for one, other in zip(told, read, strict=True):
            yield from differences(one, other, where)
    elif told != read and str(told) != str(read):
        yield where


def endpoint_of(example: Example) -> Endpoint[Any, Any]:  # Any: any endpoint
    endpoint = ENDPOINTS[example.path]
    return endpoint.detail if example.kind == "detail" and endpoint.detail else endpoint


@pytest.mark.parametrize("example", requests(), ids=named)
def test_an_example_request_is_taken_and_sent_as_it_is(example: Example) -> None:
    fields = asked(example)
    request = ENDPOINTS[example.path].request.model_validate(fields)
    assert list(differences(fields, request.payload())) == []


@pytest.mark.parametrize("example", answers(), ids=named)
def test_an_example_answer_is_read_and_nothing_of_it_dropped(example: Example) -> None:
    endpoint, told = endpoint_of(example), content(example)
    answer = Answer(endpoint.status, "application/json", None, datetime.now(UTC), json.dumps(told).encode())
    read = read_response(endpoint, answer, "here")
    dumped = endpoint.page.model_validate(told) if endpoint.page else read
    plain = _plain(dumped)
    assert list(differences({"message": told} if isinstance(told, str) else told, plain)) == []


def _plain(read: Any) -> Any:  # Any: models, or lists of them
    return [_plain(one) for one in read] if isinstance(read, list) else read.model_dump(mode="json", by_alias=True)


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.key in REPAIRS], ids=named)
def test_only_what_is_no_json_is_mended(example: Example) -> None:
    with pytest.raises(ValueError, match="line"):
        json.loads(example.text)


@pytest.mark.skipif(not EXAMPLES, reason="the reference is not here")
def test_the_lists_of_what_was_read_instead_name_what_is_there() -> None:
    shown = {(one.path, name) for one in EXAMPLES for name in names(content(one))}
    assert {(path, name[0].lower() + name[1:]) for path, name in READ_INSTEAD} <= shown
    assert REPAIRS.keys() | PARTIAL.keys() <= {one.key for one in EXAMPLES}
    assert {one.path for one in EXAMPLES} == ENDPOINTS.keys()
