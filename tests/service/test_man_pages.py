"""The manual's pages, as they are generated for the package."""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from calbridge import cli
from calbridge.config.tables import HOST_TABLES, MAIN_TABLES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", name="pages")
def _pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The source of each page, by its name."""
    folder = tmp_path_factory.mktemp("man")
    subprocess.run([sys.executable, ROOT / "packaging" / "man_pages.py", folder], cwd=ROOT, check=True)
    return {path.stem: gzip.decompress(path.read_bytes()).decode() for path in folder.rglob("*.gz")}


def test_every_command_has_a_section_with_its_options(pages: dict[str, str]) -> None:
    root = typer.main.get_group(cli.app)
    text = pages["calbridge.1"].replace("\\-", "-")
    assert [name for name in root.commands if f"\n.SS calbridge {name} " not in text] == []
    assert r"\fB--allow-cancels" in text


def test_every_key_of_the_configuration_is_explained(pages: dict[str, str]) -> None:
    text = pages["calbridge.toml.5"]
    tables = {**MAIN_TABLES, **HOST_TABLES}.values()
    keys = {key for table in tables for key in table.model_fields}
    assert len(keys) > 50
    assert [key for key in sorted(keys) if f"{key} = " not in text] == []


@pytest.mark.parametrize("page", ["calbridge.1", "calbridge.toml.5"])
def test_roff_understands_every_line(pages: dict[str, str], page: str) -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    formatted = subprocess.run(
        ["groff", "-man", "-ww", "-K", "utf8", "-T", "utf8"],
        input=pages[page],
        capture_output=True,
        text=True,
        check=True,
    )
    assert formatted.stderr == ""
