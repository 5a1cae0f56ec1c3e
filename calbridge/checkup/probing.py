"""From the configuration to a probe of one of its hosts."""

from collections.abc import Callable
from datetime import datetime

from calbridge.app import account
from calbridge.checkup.account import look_at_account
from calbridge.checkup.findings import Finding
from calbridge.checkup.hosts import person_of
from calbridge.checkup.probe import probe
from calbridge.config import Config, HostConfig


async def probe_host(
    config: Config,
    host: HostConfig,
    found: Callable[[Finding], None],
    *,
    tag: str,
    clock: Callable[[], datetime],
) -> None:
    """Probe the platform with conferences of this host; `found` and `tag` as for `probe`."""
    async with account(config.platform, clock) as api:
        directory, _ = await look_at_account(api, config)
        person = await person_of(host, api, directory)
        if isinstance(person, Finding):
            found(person)
            return
        await probe(api, person.host_id, host.conference, found, tag=tag, now=clock())
