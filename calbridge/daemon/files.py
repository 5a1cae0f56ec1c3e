"""Which files the configuration is read from, and whether one of them changed."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from calbridge.config import Config

Stamp: TypeAlias = tuple[int, int, int]
"""When a file was last written, in nanoseconds, which one it is, and its size."""


class Files:
    """Files as they were when the configuration was last read; secrets in its folders count, too.

    A change counts once the files have stayed the same from one look to the next: nothing is read half-written.
    """

    def __init__(self, config: Config) -> None:
        self.note(config)

    def note(self, config: Config) -> None:
        """It is about to be read."""
        self._read = self._seen = _stamps(config)

    def edited(self, config: Config, host: str) -> datetime:
        """When one of this host's files, or `calbridge.toml`, was last written; aware, in UTC."""
        hers = f"{config.hosts_dir / host}."
        times = (at for path, (at, _, _) in self._read.items() if path.startswith(hers) or path == str(config.path))
        return datetime.fromtimestamp(max(times, default=0) / 1e9, UTC)

    def changed(self, config: Config) -> bool:
        """Whether the configuration is to be read again; that is said once for each change."""
        now = _stamps(config)
        settled, self._seen = now == self._seen, now
        if not settled or now == self._read:
            return False
        self._read = now
        return True


def _stamps(config: Config) -> dict[str, Stamp]:
    return dict((*_folder(config.path.parent, config), *_folder(config.hosts_dir, config)))


def _folder(folder: Path, config: Config) -> Iterator[tuple[str, Stamp]]:
    """Every file that is not hidden, but for those of the database."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith((".", config.store_path.name)) or not entry.is_file():
                    continue
                found = entry.stat()
                yield entry.path, (found.st_mtime_ns, found.st_ino, found.st_size)
    except OSError:  # gone, or closed to us: reading the configuration says so
        return
