"""What every test shares: how hypothesis searches, loopback ports, and who pays for the garbage of others."""

import gc
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support.caldav_servers import free_port
from support.exercised import recording

# A shell starts background jobs deaf to SIGINT, and what they start would inherit that: the tests of endings send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("here", deadline=None)  # two busy cores make any deadline a coin toss
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(name="free_port")
def _free_port() -> Callable[[], int]:
    """Give loopback ports that nobody listens on at the moment of asking."""
    return free_port


@pytest.fixture(scope="module", autouse=True)
def _garbage_of_others() -> None:
    """Leave what is there already out of collections: a walk over the whole run's objects is long.

    It would come at any moment, and be counted as work of a test that bounds what its own may cost.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _exercised() -> Iterator[None]:
    """Leave a note of what the run reached of the Enterprise API, where it is asked for."""
    file = os.environ.get("CALBRIDGE_EXERCISED")
    if file is None:
        yield
        return
    with recording() as exercised:
        yield
    exercised.add_to(Path(file))
