"""What the shipped units say, as systemd itself reads it. That calbridge runs under them: test_on_a_machine.py."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
SERVICES = ["calbridge.service", "calbridge@.service", "calbridge-sync.service"]
MOST_EXPOSED = 1.2  # of 10; what is left are the network and Unix sockets, the host's root directory and a clock device


@pytest.mark.parametrize("service", SERVICES)
def test_systemd_finds_hardly_any_exposure(service: str) -> None:
    said = _analyzed("security", "--offline=true", str(SYSTEMD / service))
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", said)
    assert found is not None, said
    assert float(found[1]) <= MOST_EXPOSED, said


@pytest.mark.parametrize("unit", [*SERVICES, "calbridge-sync.timer"])
def test_systemd_understands_every_line(unit: str) -> None:
    said = _analyzed("verify", str(SYSTEMD / unit)).splitlines()
    newer = re.compile(r"Unknown key( name)? '(RestartSteps|RestartMaxDelaySec)'")  # since systemd 254
    elsewhere = re.compile(r"/opt/calbridge/bin/calbridge is not executable|Command 'man ")  # where it isn't installed
    ours = [line for line in said if "calbridge" in line]
    assert [line for line in ours if not newer.search(line) and not elsewhere.search(line)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_all_services_are_confined_alike(service: str) -> None:
    assert _confinement(service) == _confinement(SERVICES[0])


def _confinement(service: str) -> str:
    """What stands from the first limit on to the end of the section."""
    text = (SYSTEMD / service).read_text("utf-8")
    return text[text.index("LimitCORE=") :].partition("\n\n[Install]")[0].strip()


def _analyzed(*arguments: str) -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("systemd-analyze is not installed")
        pytest.skip("systemd-analyze is not installed")
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)
    return ran.stdout + ran.stderr
