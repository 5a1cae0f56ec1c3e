"""`calbridge daemon`: every host visited once in her interval, until it is told to stop."""

import asyncio
import logging
import os

from calbridge import config as configuration
from calbridge.commands.process import locked
from calbridge.commands.reporting import bounded
from calbridge.commands.shared import ConfigOption
from calbridge.logs import log_to_stderr
from calbridge.store import Store


def daemon(config: ConfigOption = None) -> None:
    """Keep conferences and events in step until SIGTERM; SIGHUP reads the configuration again."""
    from calbridge.daemon import serve  # noqa: PLC0415  a web server, which no other command should wait for

    log_to_stderr(logging.INFO)

    def work() -> None:
        loaded = configuration.load(config, os.environ)
        with locked(loaded.store_path), Store.open(loaded.store_path) as store:
            asyncio.run(serve(loaded, store, lambda: configuration.load(loaded.path, os.environ), os.environ))

    bounded(work, as_json=False)
