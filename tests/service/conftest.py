"""A built package, and a machine that it is installed on."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.machine import Machine, debian_root, machine, needed_here

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", name="package")
def _package() -> Path:
    """The Debian package of this checkout, built by the command that people use; or $CALBRIDGE_DEB, built before."""
    needed_here()
    if "CALBRIDGE_DEB" in os.environ:
        return Path(os.environ["CALBRIDGE_DEB"])
    build = [ROOT / "packaging" / "build-deb.sh"]
    built = subprocess.run(build, check=True, stdout=subprocess.PIPE, text=True, timeout=900)
    return ROOT / built.stdout.strip().rpartition(" ")[2].strip("'.")


@pytest.fixture(scope="session", name="debian")
def _debian(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A clean Debian that runs, on which the package was installed with dpkg; it is there as /root/calbridge.deb."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "upper" / "root").mkdir(parents=True)
    shutil.copy(package, folder / "upper" / "root" / "calbridge.deb")
    with machine(debian_root(folder), folder) as running:
        running.run("dpkg", "--install", "/root/calbridge.deb")
        yield running
