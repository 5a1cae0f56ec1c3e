"""The declarations against the reference: every endpoint, every field, and how much code that takes."""

import ast
import tokenize
from pathlib import Path

import pytest
from pydantic import ValidationError
from support.api_table import Row, declared, rows
from support.exercised import recording
from support.reference import REFERENCE
from support.sandbox_account import Account

import calbridge.enterprise
from calbridge.enterprise import ALL, conference, host
from calbridge.enterprise.endpoint import Endpoint, Paging, Role, WireRequest
from calbridge.sandbox import Settings, running

CLIENT = {"client.py", "answer.py", "transport.py", "files.py", "endpoint.py", "messages.py", "__init__.py"}
BRIDGE = "platform.py"
"""The bridge's adapter, which is not part of the client."""


def code_lines(path: Path) -> int:
    """Count lines that hold code: no blank, no comment, no docstring."""
    with path.open("rb") as file:
        skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
        tokens = [
            token for token in tokenize.tokenize(file.readline) if token.type not in skipped | {tokenize.ENDMARKER}
        ]
    strings = [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    prose = {line for string in strings for line in range(string.lineno, (string.end_lineno or 0) + 1)}
    return len({line for token in tokens for line in range(token.start[0], token.end[0] + 1)} - prose)


def test_there_are_51_endpoints_each_declared_once() -> None:
    assert len(ALL) == 51
    assert len({endpoint.path for endpoint in ALL}) == 51


def test_client_and_declarations_stay_small() -> None:
    package = Path(calbridge.enterprise.__file__).parent
    counts = {path.name: code_lines(path) for path in package.glob("*.py") if path.name != BRIDGE}
    assert sum(counts[name] for name in CLIENT) < 750
    assert sum(count for name, count in counts.items() if name not in CLIENT) < 700


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference is not here")
@pytest.mark.parametrize("row", rows({}), ids=lambda row: row.endpoint.path)
def test_every_documented_field_is_declared(row: Row) -> None:
    assert row.documented[0] - row.declared[0] == set()
    assert row.documented[1] - row.declared[1] == set()


@pytest.mark.parametrize("endpoint", ALL, ids=lambda endpoint: endpoint.path)
def test_an_endpoint_says_what_it_does_in_a_line(endpoint: Endpoint) -> None:  # type: ignore[type-arg]  # any
    assert 10 < len(endpoint.summary) <= 120
    assert endpoint.summary.endswith((".", ":"))


@pytest.mark.parametrize("endpoint", ALL, ids=lambda endpoint: endpoint.path)
def test_an_endpoint_in_pages_asks_for_one(endpoint: Endpoint) -> None:  # type: ignore[type-arg]  # any
    assert ("page" in declared(endpoint)[0]) == (endpoint.paging is not Paging.NONE)


def test_a_company_admin_may_not_touch_companies() -> None:
    closed = {endpoint.path for endpoint in ALL if Role.COMPANY_ADMIN not in endpoint.roles}
    assert {path for path in closed if path.startswith("company/")} == {
        endpoint.path for endpoint in ALL if endpoint.path.startswith("company/")
    }


def test_what_is_done_over_http_is_noted_by_endpoint_and_field() -> None:
    with recording() as exercised, running(Settings()) as sandbox:
        account = Account(sandbox)
        account.post("host/fetch", host_id=9)
        account.post("company/fetch", company_id="none")
    assert exercised.fields.keys() == {"authenticate", "host/fetch"}
    assert exercised.fields["host/fetch"][0] == {"host_id"}
    assert {"meeting_url", "number"} <= exercised.fields["host/fetch"][1]


# whose field, its name, and what it takes
DIGITS = [
    (host.UpdateRequest, "access_code", "1234"),
    (host.UpdateRequest, "moderator_pin", "1234"),
    (host.CdrsRequest, "start_date", "2026-01-05"),
    (conference.UpdateRequest, "end_time", "2026-01-05 09:00:00"),
    (conference.DialNumberRequest, "phone_number", "+14165550100"),
]
ANOTHER_SCRIPT = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.mark.parametrize(("request_model", "name", "taken"), DIGITS)
def test_a_digit_is_one_of_ten(request_model: type[WireRequest], name: str, taken: str) -> None:
    def errors(value: str) -> set[str | int]:
        with pytest.raises(ValidationError) as raised:
            request_model.model_validate({name: value})  # the rest is missing
        return {error["loc"][0] for error in raised.value.errors()}

    assert name not in errors(taken)
    assert name in errors(taken.translate(ANOTHER_SCRIPT))
