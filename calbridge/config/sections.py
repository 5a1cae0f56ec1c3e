"""One table of a file, over its defaults: paths made absolute, names filled in, and each key's origin remembered."""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from pathlib import Path

from calbridge.core.problem import Problem

SECRETS = ("api_token", "password", "status_password")
FORMS = ("file", "env", "credential", "command")


@dataclass(frozen=True, slots=True)
class Section:
    """One table. `home` goes before a key in a problem ("file: table."), `inherited` likewise for keys of defaults."""

    values: Map[str, object] = field(repr=False)
    home: str
    inherited: Map[str, str] = field(default_factory=dict)

    def where(self, key: str) -> str:
        """Name the file and the key to mend."""
        return self.inherited.get(key, self.home) + key

    def filled(self, words: Map[str, str]) -> "Section":
        """Fill in `{word}` wherever it stands in the table's strings."""
        return replace(self, values={key: _filled(value, words) for key, value in self.values.items()})

    def holding(self, text: str) -> list[str]:
        """List the keys whose strings hold `text`."""
        return [key for key, value in self.values.items() if any(text in item for item in _strings(value))]

    def over(self, defaults: "Section") -> "Section":
        """Lay this table over its defaults. A secret given here in any form replaces the default's in every form."""
        own = {_stem(key) for key in self.values}
        kept = {key: value for key, value in defaults.values.items() if _stem(key) not in own}
        return Section({**kept, **self.values}, self.home, dict.fromkeys(kept, defaults.home))


def _stem(key: str) -> str:
    return next((secret for secret in SECRETS for form in FORMS if key == f"{secret}_{form}"), key)


def rebased(values: Map[str, object], folder: Path) -> dict[str, object]:
    """Make the paths of a table absolute: relative ones are relative to the `folder` of the file that names them."""
    return {key: _rebased(key, value, folder) for key, value in values.items()}


def _rebased(key: str, value: object, folder: Path) -> object:
    match value:
        case str() if value and (key == "template" or key.endswith("_file")):
            return str(folder / value)
        case [str() as program, *arguments] if key.endswith("_command") and "/" in program:
            return [str(folder / program), *arguments]
        case str() if key.endswith("_command") and "/" in value:
            return str(folder / value)
        case _:
            return value


def _filled(value: object, words: Map[str, str]) -> object:
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace("{" + word + "}", text)
    return value


def _strings(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def as_table(value: object, where: str, problems: list[Problem]) -> Map[str, object]:
    """Take a value for a table; empty, and a problem, where it is none."""
    if isinstance(value, dict):
        return value
    problems.append(Problem(where, "config.type", "is no table", "put its keys below a line with its name in brackets"))
    return {}
