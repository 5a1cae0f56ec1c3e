"""What a changed configuration means to a running daemon. Pure."""

from dataclasses import replace

from calbridge.config import Config
from calbridge.core.problem import Problem


def taken_over(old: Config, new: Config) -> tuple[Config, tuple[Problem, ...]]:
    """What of the new configuration counts from now on, and a problem for each key that needs a restart."""
    fixed = {
        "instance": old.instance != new.instance,
        "platform.url": old.platform.url != new.platform.url,
        "store.url": old.store_path != new.store_path,
        "daemon.status_address": old.daemon.status_address != new.daemon.status_address,
    }
    # The address stays and was right for the old password; without one it must not be left open to the network.
    password = old.daemon.status_password if new.daemon.status_password is None else new.daemon.status_password
    config = replace(
        new,
        instance=old.instance,
        store_path=old.store_path,
        platform=old.platform if fixed["platform.url"] else new.platform,
        daemon=replace(new.daemon, status_address=old.daemon.status_address, status_password=password),
    )
    return config, tuple(
        Problem(
            f"{new.path.name}: {key}",
            "daemon.restart",
            "changed, which a running daemon does not take over; it goes on with what it began with",
            "restart the daemon",
        )
        for key, differs in fixed.items()
        if differs
    )
