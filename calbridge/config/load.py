"""From the files to one `Config`: read all of them, gather every problem, and only then give up."""

from collections.abc import Mapping as Map
from pathlib import Path

from calbridge.config.check import check, existing_file
from calbridge.config.files import Source, find, read
from calbridge.config.host import Base, policy_of, read_defaults, read_host, same_hosts
from calbridge.config.kinds import SQLITE, is_loopback
from calbridge.config.secret import read_secret
from calbridge.config.sections import FORMS, Section, as_table, rebased
from calbridge.config.tables import (
    MAIN_TABLES,
    DaemonTable,
    PlatformTable,
    SafetyTable,
    StoreTable,
    TopTable,
)
from calbridge.config.values import Config, DaemonConfig, HostConfig, Installation, PlatformConfig
from calbridge.core.policy import Safety
from calbridge.core.problem import Misfit, Problem
from calbridge.errors import ConfigError

_NO_HOSTS = "config.no-hosts"
# What a host file lacks may stand in [defaults], which can't be seen while calbridge.toml can't be parsed.
_NEEDS_DEFAULTS = frozenset({"config.missing-key", "config.secret-count", "config.placeholder", "config.contradiction"})


def load(path: Path | None, environ: Map[str, str], *, needs_hosts: bool = True) -> Config:
    """Read the configuration with its secrets; `path` is `calbridge.toml`, its folder, or None for the usual places.

    That there is no host file at all is a problem where `needs_hosts`. Raises `ConfigError` with every problem
    of every file.
    """
    found = find(path, environ)
    main = read(found, found.name)
    if main.problem is not None:
        raise ConfigError((main.problem, *dict.fromkeys(_host_problems(main, environ))))
    problems: list[Problem] = []
    config = _config(main, environ, problems)
    if not needs_hosts:
        problems = [problem for problem in problems if problem.rule != _NO_HOSTS]
    if config is None or problems:
        raise ConfigError(tuple(dict.fromkeys(problems)))  # one in [defaults] is found again with every host
    return config


def load_installation(path: Path | None, environ: Map[str, str]) -> Installation:
    """Read what is known without the host files: the platform's account, and where the host files are.

    `path` is as for `load`. Raises `ConfigError` with every problem of `calbridge.toml`.
    """
    found = find(path, environ)
    main = read(found, found.name)
    if main.problem is not None:
        raise ConfigError((main.problem,))
    problems: list[Problem] = []
    top = _top(main, problems) or TopTable()
    platform = _platform(_section(main, "platform", problems), environ, problems)
    defaults = read_defaults(main, problems)
    if platform is None or problems:
        raise ConfigError(tuple(problems))
    return Installation(main.path, platform, main.path.parent / top.hosts_dir, defaults)


def _host_problems(main: Source, environ: Map[str, str]) -> list[Problem]:
    """Find what is wrong with the host files by themselves."""
    problems: list[Problem] = []
    base = Base({}, Safety(), DaemonTable().poll_interval, environ)
    for source in _host_files(main, TopTable().hosts_dir):
        read_host(source, base, problems)
    return [problem for problem in problems if problem.rule not in _NEEDS_DEFAULTS]


def _config(main: Source, environ: Map[str, str], problems: list[Problem]) -> Config | None:
    top = _top(main, problems) or TopTable()
    platform = _platform(_section(main, "platform", problems), environ, problems)
    store = check(StoreTable, _section(main, "store", problems), problems)
    daemon = _daemon(_section(main, "daemon", problems), environ, problems)
    safety = policy_of(Safety, check(SafetyTable, _section(main, "safety", problems), problems)) or Safety()
    base = Base(read_defaults(main, problems), safety, daemon.poll_interval, environ)
    hosts = _hosts(main, top.hosts_dir, base, problems)
    if platform is None or store is None:
        return None
    return Config(
        path=main.path,
        hosts_dir=main.path.parent / top.hosts_dir,
        instance=top.instance,
        platform=platform,
        store_path=main.path.parent / store.url.removeprefix(SQLITE),
        daemon=daemon,
        safety=safety,
        hosts=hosts,
    )


def _top(main: Source, problems: list[Problem]) -> TopTable | None:
    tables = [*MAIN_TABLES, "defaults"]
    values = {key: value for key, value in main.tables.items() if key not in tables}
    return check(TopTable, Section(values, f"{main.label}: "), problems, tables=tables)


def _section(main: Source, name: str, problems: list[Problem]) -> Section:
    home = f"{main.label}: {name}"
    return Section(rebased(as_table(main.tables.get(name, {}), home, problems), main.path.parent), f"{home}.")


def _platform(section: Section, environ: Map[str, str], problems: list[Problem]) -> PlatformConfig | None:
    platform = check(PlatformTable, section, problems)
    api_token = read_secret("api_token", section, environ, problems)
    ca_file = existing_file("ca_file", section, problems)
    if platform is None or api_token is None:
        return None
    return PlatformConfig(
        url=platform.url,
        api_token=api_token,
        company_id=platform.company_id,
        room_hosts=platform.room_hosts,
        on_platform_cancel=platform.on_platform_cancel,
        timeout=platform.timeout,
        ca_file=ca_file,
        proxy=platform.proxy,
    )


def _daemon(section: Section, environ: Map[str, str], problems: list[Problem]) -> DaemonConfig:
    daemon = check(DaemonTable, section, problems) or DaemonTable()
    given = any(f"status_password_{form}" in section.values for form in FORMS)
    password = read_secret("status_password", section, environ, problems) if given else None
    if daemon.status_address is not None and not is_loopback(daemon.status_address[0]) and not given:
        problems.append(_OPEN_STATUS.at(section.where("status_address")))
    return DaemonConfig(
        poll_interval=daemon.poll_interval,
        audit_interval=daemon.audit_interval,
        concurrency=daemon.concurrency,
        status_address=daemon.status_address,
        status_password=password,
        show_subjects=daemon.show_subjects,
    )


_OPEN_STATUS = Misfit(
    "config.status-open",
    "would show the status page to the network, and there is no password",
    "name 127.0.0.1, or give status_password_file, _env, _credential or _command",
)


def _hosts(main: Source, hosts_dir: str, base: Base, problems: list[Problem]) -> tuple[HostConfig, ...]:
    sources = _host_files(main, hosts_dir)
    if not sources:
        reason = _why_none(main.path.parent / hosts_dir)
        problems.append(Problem(f"{main.label}: hosts_dir", _NO_HOSTS, reason, "make one file for each host"))
    hosts = [read_host(source, base, problems) for source in sources]
    problems += same_hosts(sources, base)
    return tuple(host for host in hosts if host is not None)


def _host_files(main: Source, hosts_dir: str) -> list[Source]:
    """Read the host files in the order of their names; those that begin with a dot are an editor's."""
    paths = (main.path.parent / hosts_dir).glob("*.toml")
    return [read(path, str(Path(hosts_dir) / path.name)) for path in sorted(paths) if not path.name.startswith(".")]


def _why_none(folder: Path) -> str:
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        return f"{folder} can't be read: {error.strerror}"
    return f"there is no file {folder}/*.toml"
