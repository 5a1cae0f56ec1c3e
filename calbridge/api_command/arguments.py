"""From the words of a command line to a request, or everything that is wrong with them. No problem quotes a value."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import from_json

from calbridge.api_command.parameters import AnyEndpoint, Hint, find, hidden, is_text, item, parameters
from calbridge.core.problem import Misfit, Problem
from calbridge.enterprise.endpoint import WireRequest

Payload: TypeAlias = dict[str, Any]  # Any: JSON
Problems: TypeAlias = tuple[Problem, ...]

_BY_FILE = "{0}=@FILE, {0}=@- for standard input, or the whole request by --request FILE"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that can be sent, and to which endpoint."""

    endpoint: AnyEndpoint
    request: WireRequest


@dataclass(frozen=True, slots=True)
class _Asking:
    """One reading of the words for an endpoint. `stdin` reads all of standard input, once."""

    endpoint: AnyEndpoint
    stdin: Callable[[], str]
    problems: list[Problem]

    def report(self, key: str, misfit: Misfit) -> None:
        self.problems.append(misfit.at(f"{self.endpoint.path} {key}"))


def read_whole(text: str, where: str) -> Payload | Problems:
    """Read a whole request: a JSON object. `where` is what it came from."""
    try:
        whole = from_json(text)
    except ValueError:
        whole = None
    if isinstance(whole, dict):
        return whole
    return (Problem(where, "api.request", "it is no JSON object", 'write the request as {"key": value, ...}'),)


def read_request(
    endpoint: AnyEndpoint, words: Sequence[str], whole: Payload, stdin: Callable[[], str]
) -> Asked | Problems:
    """Make a request of `key=value` words, laid over a `whole` one; with `output` = "detail" it is another endpoint's.

    A value is text, or JSON where the field's type is not text; `@FILE` and `@-` stand for what a file or standard
    input holds, `@@` for an @. Secrets are taken from there only.
    """
    asking = _Asking(endpoint, stdin, [])
    payload = copy.deepcopy(whole)
    seen: set[str] = set()
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            asking.problems.append(_no_word(endpoint))
        elif key in seen:
            asking.report(key, Misfit("api.argument", "it is given twice", "give it once; a list is written as JSON"))
        else:
            seen.add(key)
            _take(asking, payload, key, text)
    if asking.problems:
        return tuple(asking.problems)
    chosen = endpoint.detail if endpoint.detail and payload.get("output") == "detail" else endpoint
    try:
        return Asked(chosen, chosen.request.model_validate(payload))
    except ValidationError as error:
        return tuple(_misfits(endpoint, error))


def _no_word(endpoint: AnyEndpoint) -> Problem:
    hint = f"write key=value; see calbridge api {endpoint.path} --help"
    return Problem(endpoint.path, "api.argument", "a word without = is no argument", hint)  # it may be a lost secret


def _take(asking: _Asking, payload: Payload, key: str, text: str) -> None:
    """Put one argument where it belongs in the payload."""
    found = find(asking.endpoint.request, key)
    if found is None:
        asking.report(key, _unknown(asking.endpoint, key))
        return
    field, secret = found
    from_elsewhere = text.startswith("@") and not text.startswith("@@")
    if secret and not from_elsewhere:
        asking.report(key, _secret(key, "it"))
        return
    read = _elsewhere(asking, key, text[1:]) if from_elsewhere else text.removeprefix("@") if text[:2] == "@@" else text
    if read is None:
        return
    value = _value(field.annotation, read)
    named = [] if from_elsewhere else sorted(set(hidden(field.annotation, value)))
    if named:
        asking.report(key, _secret(key, f"{', '.join(named)} in it"))
    elif not _put(payload, key.split("."), value):
        asking.report(key, Misfit("api.argument", "it is part of what is given as a whole", "give one of the two"))


def _secret(key: str, what: str) -> Misfit:
    reason = f"{what} is secret, and every user of this machine can see what a command line says"
    return Misfit("api.secret-argument", reason, f"give it as {_BY_FILE.format(key)}")


def _elsewhere(asking: _Asking, key: str, name: str) -> str | None:
    try:
        text = asking.stdin() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, ValueError) as error:  # ValueError: no UTF-8, a NUL in the name, standard input read twice
        reason = f"{name or 'no file'} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}"
        asking.report(key, Misfit("api.file", reason, "name a text file (UTF-8); a value that begins with @ has @@"))
        return None
    return text.removesuffix("\n").removesuffix("\r")


def _value(hint: Hint, text: str) -> Any:  # Any: JSON, which the request's model checks
    items = item(hint)
    if items is not None:
        read = _json(text)
        return read if isinstance(read, list) else [_value(items, text)]
    return text if is_text(hint) else _json(text)


def _json(text: str) -> Any:  # Any: JSON
    """Read as JSON; what is none stays text."""
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        return text


def _put(payload: Payload, path: list[str], value: object) -> bool:
    """Set a value somewhere inside; False where something that is no object is in the way."""
    *outer, last = path
    for name in outer:
        inner = payload.setdefault(name, {})
        if not isinstance(inner, dict):
            return False
        payload = inner
    payload[last] = value
    return True


def _unknown(endpoint: AnyEndpoint, key: str) -> Misfit:
    known = [parameter.key for parameter in parameters(endpoint)]
    nearest = get_close_matches(key, known, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"its keys are: {', '.join(known) or 'none'}"
    return Misfit("api.unknown-key", "there is no such key", hint)


def _misfits(endpoint: AnyEndpoint, error: ValidationError) -> Iterator[Problem]:
    """One problem for each key that is wrong; a field of several types has several reasons."""
    reasons: dict[str, list[str]] = {}
    for wrong in error.errors(include_input=False, include_url=False):
        reasons.setdefault(_key(wrong["loc"]), []).append(_reason(wrong["type"], wrong["msg"]))
    for key, said in reasons.items():
        yield Problem(f"{endpoint.path} {key}", *_rule(endpoint, key, said))


def _reason(kind: str, said: str) -> str:
    match kind:
        case "missing":
            return "it is needed, and missing"
        case "extra_forbidden":
            return "there is no such key"
        case "tuple_type":
            return "input should be a list"
        case "model_type":
            return "input should be an object"
        case _:
            return said[:1].lower() + said[1:]


def _rule(endpoint: AnyEndpoint, key: str, said: list[str]) -> tuple[str, str, str]:
    reason = " or ".join(dict.fromkeys(said))
    match said[0]:
        case "it is needed, and missing":
            found = find(endpoint.request, key)
            hint = _BY_FILE.format(key) if found and found[1] else f"add {key}=..."
            return "api.missing-key", reason, hint
        case "there is no such key":
            misfit = _unknown(endpoint, key)
            return misfit.rule, misfit.reason, misfit.hint
        case _:
            return "api.value", reason, f"see calbridge api {endpoint.path} --help"


def _key(loc: tuple[int | str, ...]) -> str:
    """The dotted key, with places in lists, without the names that pydantic gives to a union's members."""
    key = str(loc[0]) if loc else "request"
    for each in loc[1:]:
        if isinstance(each, int):
            key += f"[{each + 1}]"
        elif each.isidentifier() and each not in {"int", "str", "bool"} and "-" not in each:
            key += f".{each}"
    return key
