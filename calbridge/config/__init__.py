"""Configuration: TOML files -> frozen values, or every problem at once."""

from calbridge.config.values import (
    Account,
    Auth,
    Config,
    DaemonConfig,
    HostConfig,
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
    "OnPlatformCancel",
    "PlatformConfig",
    "select_fingerprint",
]
