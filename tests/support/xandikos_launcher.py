"""Xandikos with Basic authentication over plain HTTP on loopback, which its own command line refuses.

usage: xandikos_launcher.py PORT FOLDER     FOLDER holds htpasswd, and gets dav/ and state/
"""

import sys
from pathlib import Path

from aiohttp import web
from xandikos.htpasswd import HtpasswdFile
from xandikos.multi_user import MultiUserFilesystemBackend, MultiUserXandikosApp
from xandikos.web import WELLKNOWN_DAV_PATHS, RedirectDavHandler, basic_auth_middleware


def main(port: int, folder: Path) -> None:
    """Serve until killed."""
    backend = MultiUserFilesystemBackend(  # type: ignore[no-untyped-call]  # xandikos has no types
        str(folder / "dav"), create_defaults=True
    )
    dav = MultiUserXandikosApp(backend, current_user_principal="/%(REMOTE_USER)s/", state_dir=str(folder / "state"))

    async def answer(request: web.Request) -> web.StreamResponse:
        answered: web.StreamResponse = await dav.aiohttp_handler(request, "/")  # type: ignore[no-untyped-call]  # as above
        return answered

    app = web.Application(client_max_size=50 * 2**20)
    for path in WELLKNOWN_DAV_PATHS:
        app.router.add_route("*", path, RedirectDavHandler("/").__call__)
    passwords = HtpasswdFile(str(folder / "htpasswd"))
    app.middlewares.append(basic_auth_middleware(passwords))  # type: ignore[no-untyped-call]  # as above
    app.router.add_route("*", "/{path_info:.*}", answer)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
