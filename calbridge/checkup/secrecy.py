"""Who else can read or change what calbridge goes by: its files, and the files of its secrets.

A secret that every user can read is refused by the configuration itself; what is looked for here is subtler.
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from calbridge.checkup.findings import Area, Finding, fine, warned
from calbridge.config import Config
from calbridge.config.files import Source, read
from calbridge.config.sections import Section, as_table, rebased
from calbridge.core.problem import Problem


def look_at_files(config: Config) -> Iterator[Finding]:
    """Check each file of the configuration and of its secrets, and the folders that they are in."""
    main = read(config.path, config.path.name)
    sources = [main, *(read(config.hosts_dir / f"{host.name}.toml", host.name) for host in config.hosts)]
    secrets = [path for path in dict.fromkeys(_secret_files(config, main, sources[1:])) if path.exists()]
    files = [*(source.path for source in sources), *secrets]
    wrong = [problem for path in secrets for problem in _of_secret(path)]
    wrong += [problem for path in [*files, *sorted({path.parent for path in files})] for problem in _of_any(path)]
    yield from (warned(Area.SECRETS, problem) for problem in wrong)
    if not wrong:
        kept = f"{len(secrets)} secret files, readable for few; nobody else can change them or the configuration"
        told = kept if secrets else "no secret is in a file; nobody else can change the configuration"
        yield fine(Area.SECRETS, str(config.path.parent), "secrets.files", told)


def _secret_files(config: Config, main: Source, sources: Sequence[Source]) -> Iterator[Path]:
    """The files that a configuration, which loads without a problem, takes its secrets from."""
    problems: list[Problem] = []  # none: it was loaded before
    platform = _section(main.tables.get("platform", {}), config.path.parent, problems)
    if isinstance(token := platform.values.get("api_token_file"), str):
        yield Path(token)
    defaults = as_table(main.tables.get("defaults", {}), "", problems)
    inherited = _section(defaults.get("calendar", {}), config.path.parent, problems)
    for host, source in zip(config.hosts, sources, strict=True):
        raw = source.tables.get("calendar", {})
        words = {"name": host.name, **({"email": host.email} if host.email else {})}
        for table in raw if isinstance(raw, list) and raw else [raw]:
            account = _section(table, source.path.parent, problems).over(inherited).filled(words)
            if isinstance(password := account.values.get("password_file"), str):
                yield Path(password)


def _section(raw: object, folder: Path, problems: list[Problem]) -> Section:
    table: Mapping[str, object] = as_table(raw, "", problems)
    return Section(rebased(table, folder), "")


def _of_secret(path: Path) -> Iterator[Problem]:
    status = path.stat()
    if status.st_mode & (stat.S_IRGRP | stat.S_IWGRP) and not _is_ours(status.st_gid):
        reason = f"the group {_group(status.st_gid)}, which is not calbridge's, can read it"
        yield Problem(str(path), "secrets.group", reason, f"chmod g-rw {path}")


def _of_any(path: Path) -> Iterator[Problem]:
    status = path.stat()
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        yield Problem(str(path), "secrets.writable", "every user of this machine can change it", f"chmod o-w {path}")
    if status.st_uid not in {0, os.getuid()}:
        owner = _name(status.st_uid)
        reason = f"it belongs to {owner}, who can change it, and calbridge runs as {_name(os.getuid())}"
        hint = f"chown it to root or to calbridge's user; run doctor as that user: sudo -u {owner} calbridge doctor"
        yield Problem(str(path), "secrets.owner", reason, hint)


def _is_ours(gid: int) -> bool:
    """Root's group, one of this user's, or the service's (systemd/calbridge.sysusers)."""
    return gid in {0, os.getegid(), *os.getgroups()} or _group(gid).startswith("calbridge")


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
