"""The store's own files."""

import os
from pathlib import Path


def opened(path: Path, flags: int = 0) -> int:
    """Open a file for reading and writing; a new one is for its owner's eyes only.

    What root makes in another user's folder is that user's: a command that an administrator runs must leave nothing
    that the service could not open. SQLite gives its own files the owner of the database's. Raises `OSError`.
    """
    flags |= os.O_RDWR | os.O_CLOEXEC
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    owner = path.parent.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor
