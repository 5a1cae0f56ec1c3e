"""The examples in config/: they load as they are, name every key, and show the real defaults."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from calbridge.config import load
from calbridge.config.tables import HOST_TABLES, MAIN_TABLES, Table, TopTable

EXAMPLES = Path(__file__).parents[1] / "config"
COMMENTED_KEY = re.compile(r"^#(?=([a-z_]+) = )", re.MULTILINE)
NOT_DEFAULTS = re.compile(
    r"(api_token|password|status_password)_.*|company_id|room_hosts|id|names|organizers|ca_file|proxy"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the examples, with the secrets that they name."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    for secret in (tmp_path / "api-token", tmp_path / "hosts.d" / "alice.password"):
        secret.touch(mode=0o600)
        secret.write_text("made up\n")
    return tmp_path


def test_the_examples_load_without_a_problem(folder: Path) -> None:
    config = load(folder, {})

    (alice,) = config.hosts
    assert (alice.name, alice.email, alice.emails) == ("alice", "alice@example.com", ("alice@example.com",))
    assert alice.accounts[0].username == "alice"
    assert alice.accounts[0].password.get_secret_value() == "made up"


@pytest.mark.parametrize(
    ("file", "tables"),
    [("calbridge.toml", {"": TopTable, **MAIN_TABLES}), ("hosts.d/alice.toml", HOST_TABLES)],
    ids=["calbridge.toml", "alice.toml"],
)
def test_the_examples_name_every_key(file: str, tables: dict[str, type[Table]]) -> None:
    text = (EXAMPLES / file).read_text().partition("[defaults.")[0]
    shown = tomllib.loads(COMMENTED_KEY.sub("", text))

    named = {(table, key) for table in tables for key in (shown[table] if table else shown)}

    assert {(table, key) for table, model in tables.items() for key in model.model_fields} <= named


def test_the_keys_that_are_commented_out_show_their_defaults(folder: Path) -> None:
    as_shipped = load(folder, {})

    for file in (folder / "calbridge.toml", folder / "hosts.d" / "alice.toml"):
        text = file.read_text()
        file.write_text(COMMENTED_KEY.sub(lambda key: "#" if NOT_DEFAULTS.fullmatch(key[1]) else "", text))

    assert load(folder, {}) == as_shipped
