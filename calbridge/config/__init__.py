"""Configuration: TOML files -> frozen values with their secrets read, or every problem at once.

- files.py finds and parses; sections.py lays a table over its defaults.
- tables.py says which keys there are, kinds.py what their values are; check.py makes a value or problems of a table.
- secret.py reads secrets; host.py reads a host file and load.py everything; values.py is what comes out.
"""

from calbridge.config.files import find
from calbridge.config.load import load, load_installation
from calbridge.config.values import (
    Account,
    Auth,
    Config,
    DaemonConfig,
    HostConfig,
    Installation,
    OnPlatformCancel,
    PlatformConfig,
    select_fingerprint,
)

__all__ = [
    "Account",
    "Auth",
    "Config",
    "DaemonConfig",
    "HostConfig",
    "Installation",
    "OnPlatformCancel",
    "PlatformConfig",
    "find",
    "load",
    "load_installation",
    "select_fingerprint",
]
