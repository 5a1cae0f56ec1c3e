"""The CalDAV servers that come from Debian's packages: skipped where they are not installed, never in CI."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.caldav_servers import Server, debian

INSTALLED = {"cyrus": Path("/usr/lib/cyrus/bin/httpd"), "sabredav": Path("/usr/share/php/Sabre/autoload.php")}


@contextmanager
def debian_or_skip(name: str) -> Iterator[Server]:
    """Serve `cyrus` or `sabredav` until the block ends."""
    if not INSTALLED[name].exists() and os.environ.get("CI") != "true":
        pytest.skip(f"the Debian packages of {name} are not installed; tests/servers/start/install.sh installs them")
    with debian(name) as running:
        yield running
