"""Every key of every endpoint can be said in words, and no words break the reading or come back in a problem."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.api_command.arguments import Asked, read_request
from calbridge.api_command.parameters import Parameter, parameters
from calbridge.enterprise import ALL

FORMED = {
    "start": "2026-11-25 10:00:00",
    "end_time": "2026-11-25 11:00:00",
    "start_date": "2026-11-25",
    "end_date": "2026-11-26",
    "country_code": "FR",
    "currency": "eur",
    "primary_color": "#00ff00",
    "accent_color": "#00ff00",
    "phone_number": "+33155501234",
    "access_code": "4711",
    "moderator_pin": "4711",
    "contacts": '[{"name": "A", "email": "a@example.com"}]',
    "participant_emails": '[{"email": "a@example.com", "moderator": true}]',
    "participant_hosts": '[{"host_id": 9}]',
}
"""Values of the keys that take not just any text or object."""


def sample(parameter: Parameter) -> str:
    """A value in words."""
    if parameter.key in FORMED:
        return FORMED[parameter.key]
    if parameter.choices:
        return parameter.choices[0]
    return {"number": "7", "list of number": "[7, 8]", "list of text": '["a", "b"]'}.get(parameter.kind, "7")


@pytest.mark.parametrize("endpoint", ALL, ids=lambda endpoint: endpoint.path)
def test_every_key_of_every_endpoint_can_be_given_in_words(endpoint: Any) -> None:
    needed = [parameter for parameter in parameters(endpoint) if parameter.needed]
    for parameter in parameters(endpoint):
        given = dict.fromkeys((*needed, parameter))
        words = [f"{each.key}={'@-' if each.secret else sample(each)}" for each in given]
        asked = read_request(endpoint, words, {}, partial(_stdin, [each for each in given if each.secret]))
        assert isinstance(asked, Asked), (words, asked)
        assert parameter.key.split(".")[0] in asked.request.payload()


def _stdin(secrets: list[Parameter]) -> str:
    """What is fed: no endpoint needs more than one secret, and an optional one is tried without a second."""
    return sample(secrets[-1]) + "\n"


KEYS = sorted({parameter.key for endpoint in ALL for parameter in parameters(endpoint)})
WORDS = st.one_of(
    st.text(max_size=20),
    st.builds("{}={}".format, st.sampled_from(KEYS), st.text(max_size=20).filter(lambda text: text[:1] != "@")),
    st.builds(
        "{}={}".format, st.sampled_from(KEYS), st.sampled_from(['{"a": [1]}', "[[1]]", "null", "true", "1e999", "NaN"])
    ),
    st.builds("{}.{}=1".format, st.sampled_from(KEYS), st.sampled_from(KEYS)),
)


@given(st.sampled_from(ALL), st.lists(WORDS, max_size=4))
def test_whatever_the_words_they_are_a_request_or_problems(endpoint: Any, words: list[str]) -> None:
    found = read_request(endpoint, words, {}, lambda: "")
    assert isinstance(found, Asked) or all(each.rule.startswith("api.") and each.hint for each in found)


@given(
    st.sampled_from(ALL),
    st.sampled_from(KEYS),
    st.sampled_from(["{}", '["{}"]', '{{"x": "{}"}}', '[{{"email": "{}"}}]']),
)
def test_no_problem_repeats_a_value(endpoint: Any, key: str, shape: str) -> None:
    found = read_request(endpoint, [f"{key}={shape.format('PLANTED-4711')}"], {}, lambda: "")
    assert isinstance(found, Asked) or "PLANTED" not in repr(found)
