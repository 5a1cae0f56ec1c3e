"""What is in the built package, by the rules that Debian's lintian checks. That it works: test_on_a_machine.py."""

import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.servers
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", name="unpacked")
def _unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder], check=True)
    return folder


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def test_everything_is_roots_and_writable_for_nobody_else(package: Path) -> None:
    listed = subprocess.run(["dpkg-deb", "--contents", package], check=True, capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    assert {owner for _, owner, _ in rows} == {"root/root"}
    assert {mode for mode, _, _ in rows} <= {"drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x", "lrwxrwxrwx"}


def test_no_file_names_the_place_where_it_was_built(unpacked: Path) -> None:
    built_at = (str(ROOT).encode(), b"/root/opt/calbridge")
    left = [path.name for path in _files(unpacked / "opt") for place in built_at if place in path.read_bytes()]
    assert left + [path.name for path in unpacked.rglob("direct_url.json")] == []


def test_nothing_compiled_and_nothing_of_the_tests_is_in_it(unpacked: Path) -> None:
    names = {path.name for path in unpacked.rglob("*")}
    assert {"__pycache__", "pip", "pytest", "mypy", "radicale", "fastapi"} & names == set()
    assert {"calbridge", "niquests", "sqlalchemy"} <= names


def test_every_file_has_its_checksum(unpacked: Path) -> None:
    sums = (unpacked / "DEBIAN" / "md5sums").read_text("utf-8").splitlines()
    summed = {line.split("  ", 1)[1] for line in sums}
    there = {str(path.relative_to(unpacked)) for path in _files(unpacked)}
    assert summed == {name for name in there if not name.startswith("DEBIAN/")}


def test_the_scripts_are_such_and_the_configuration_is_marked(unpacked: Path) -> None:
    for name in ("postinst", "prerm", "postrm"):
        subprocess.run(["sh", "-n", unpacked / "DEBIAN" / name], check=True)
    marked = (unpacked / "DEBIAN" / "conffiles").read_text("utf-8").split()
    assert marked == [f"/{path.relative_to(unpacked)}" for path in _files(unpacked / "etc")]


def test_the_example_keeps_its_database_where_the_services_may_write(unpacked: Path) -> None:
    example = unpacked / "usr/share/doc/calbridge/examples/config/calbridge.toml"
    assert '\nurl = "sqlite:////var/lib/calbridge/calbridge.db"\n' in example.read_text("utf-8")
