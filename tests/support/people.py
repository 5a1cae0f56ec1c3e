"""People of a CalDAV server who were never seen before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from support.bridge import Dav
from support.caldav_servers import PASSWORD, radicale

_NUMBERS = count()


@contextmanager
def newcomers(folder: Path) -> Iterator[Callable[[], Dav]]:
    """Serve Radicale from the folder; every call gives a new user with one calendar, `work`."""
    with radicale(folder) as server:

        def new() -> Dav:
            user = f"person{next(_NUMBERS)}"
            with (folder / "htpasswd").open("a") as passwords:
                passwords.write(f"{user}:{PASSWORD}\n")
            dav = Dav(server.root_url, user)
            dav.make_calendar("work")
            return dav

        yield new
