"""Checking one table: its model's value, or a problem for each key that is wrong, with file, key and what to do."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from calbridge.config.sections import Section
from calbridge.config.tables import HOST_TABLES, MAIN_TABLES, Table
from calbridge.core.problem import Misfit, Problem

T = TypeVar("T", bound=Table)

_WANTED = {
    "string_type": ("text", "put it in quotes"),
    "bool_type": ("true or false", "write it without quotes"),
    "int_type": ("a whole number", "write it without quotes"),
    "float_type": ("a number", "write it without quotes"),
    "tuple_type": ("a list of texts", 'write it as ["one", "two"]'),
}
_EMPTY = frozenset({"string_too_short", "too_short"})


def check(model: type[T], section: Section, problems: list[Problem], *, tables: Iterable[str] = ()) -> T | None:
    """Validate a section; None, and why in `problems`, where it is wrong. A typo may also mean one of `tables`."""
    try:
        return model.model_validate(dict(section.values))
    except ValidationError as error:
        known = [*model.model_fields, *tables]
        details = error.errors(include_url=False)
        problems += [_misfit(detail, known).at(_where(detail, section)) for detail in details]
    return None


def _where(detail: ErrorDetails, section: Section) -> str:
    """Name file and key, and of a list of several the item, counted from 1."""
    key, *rest = detail["loc"]
    items = section.values.get(str(key))
    several = isinstance(items, list) and len(items) > 1
    return section.where(str(key)) + (f"[{rest[0] + 1}]" if several and rest and isinstance(rest[0], int) else "")


def existing_file(key: str, section: Section, problems: list[Problem]) -> Path | None:
    """Take a section's path, made absolute before; None where it is not given, or is no file we can read."""
    value = section.values.get(key)
    if not isinstance(value, str) or not value:
        return None
    try:
        with Path(value).open("rb"):
            return Path(value)
    except OSError as error:
        misfit = Misfit("config.unreadable", f"{value} can't be read: {error.strerror}", "name a file that is there")
    except ValueError:
        misfit = Misfit("config.value", "has a null byte in it", "name a file that is there")
    problems.append(misfit.at(section.where(key)))
    return None


def unknown(key: str, known: Iterable[str]) -> Misfit:
    """Say that there is no such key or table, and which was probably meant."""
    names = list(known)
    nearest = next((name for name in names if name == f"{key}_file"), None) or next(
        iter(get_close_matches(key, names, n=1)), None
    )
    homes = [f"[{table}]" for table, model in {**MAIN_TABLES, **HOST_TABLES}.items() if key in model.model_fields]
    if nearest:
        hint = f"did you mean {nearest}?"
    elif homes:
        hint = f"it belongs into {' or '.join(homes)}"
    else:
        hint = f"known here: {', '.join(names)}"
    return Misfit("config.unknown-key", "there is no such key", hint)


def _misfit(detail: ErrorDetails, known: list[str]) -> Misfit:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "misfit":
            return Misfit(context["rule"], context["reason"], context["hint"])
        case "extra_forbidden":
            return unknown(str(detail["loc"][0]), known)
        case "missing":
            return Misfit("config.missing-key", "it is needed, and missing", "add it")
        case "literal_error":
            return _no_choice(detail["input"], re.findall(r"'([^']*)'", context["expected"]))
        case kind if kind in _WANTED:
            wanted, hint = _WANTED[kind]
            return Misfit("config.type", f"is {_kind(detail['input'])}, and must be {wanted}", hint)
        case kind if kind in _EMPTY:
            return Misfit("config.value", "is empty", "give it a value, or leave the key out")
        case _:
            limit = detail["msg"].removeprefix("Input should be ")
            return Misfit("config.value", f"must be {limit}", "choose a value within that limit")


def _no_choice(value: object, choices: list[str]) -> Misfit:
    nearest = get_close_matches(value, choices, n=1) if isinstance(value, str) else []
    shown = json.dumps(value, default=str, ensure_ascii=False)[:40]
    hint = f'did you mean "{nearest[0]}"?' if nearest else "choose one of them"
    return Misfit("config.value", f"{shown} is none of {', '.join(json.dumps(choice) for choice in choices)}", hint)


def _kind(value: object) -> str:
    """Name a value's TOML type; the value itself may be a secret in the wrong place."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
