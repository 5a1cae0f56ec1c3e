"""The package's scripts, beside a systemd that does as a test says. On a real one: test_on_a_machine.py."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "packaging" / "debian"
RUNS = """#!/bin/sh
echo "$*" >>"$LOG"
case "$1" in
  list-units) echo "calbridge@acme.service loaded failed failed calbridge for acme" ;;
  try-restart) exit 1 ;;
esac
"""


@pytest.fixture(name="systemd")
def _systemd(tmp_path: Path) -> Path:
    """A machine's folder with a systemd of which a service can't be started again."""
    (tmp_path / "bin").mkdir()
    for name, text in (("systemctl", RUNS), ("systemd-sysusers", "#!/bin/sh\n"), ("install", "#!/bin/sh\n")):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def run(name: str, *arguments: str, systemd: Path) -> tuple[int, list[str]]:
    """Run a script; its exit code, and what it asked systemd for. It finds nothing of calbridge on this machine."""
    text = (SCRIPTS / name).read_text().replace("/run/systemd/system", str(systemd))
    for place in ("/opt/calbridge", "/etc/calbridge", "/var/lib/calbridge"):
        text = text.replace(place, f"{systemd}{place}")
    environ = {**os.environ, "PATH": f"{systemd / 'bin'}:{os.environ['PATH']}", "LOG": str(systemd / "log")}
    done = subprocess.run(["sh", "-c", text, name, *arguments], env=environ, check=False, capture_output=True)
    return done.returncode, (systemd / "log").read_text().splitlines()


def test_a_service_that_does_not_start_again_leaves_an_upgrade_done(systemd: Path) -> None:
    code, asked = run("postinst", "configure", "0.1.0", systemd=systemd)

    assert (code, asked) == (0, ["daemon-reload", "try-restart calbridge.service calbridge@*.service"])


def test_a_first_installation_starts_nothing(systemd: Path) -> None:
    assert run("postinst", "configure", "", systemd=systemd) == (0, ["daemon-reload"])


def test_removing_stops_and_disables_every_company_also_those_that_do_not_run(systemd: Path) -> None:
    code, asked = run("prerm", "remove", systemd=systemd)

    assert code == 0
    assert {"disable --now calbridge@acme.service", "disable calbridge@.service"} <= set(asked)
