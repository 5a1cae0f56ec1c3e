"""Carries out the steps of an import. Each write is whole or not at all, and none goes over an edit."""

import os
import tempfile
from pathlib import Path

from calbridge.core.problem import Problem
from calbridge.provisioning.importing import Deed, Step


def carry_out(step: Step, folder: Path) -> Problem | None:
    """Write or remove one file; a problem where that can't be done, or where it changed in the meantime."""
    path = folder / f"{step.name}.toml"
    try:
        match step.deed:
            case Deed.WRITE:
                return None if _create(path, step.after or "") else _changed(path)
            case Deed.REWRITE | Deed.REMOVE if path.read_bytes().decode("utf-8-sig", "replace") != step.before:
                return _changed(path)
            case Deed.REWRITE:
                _beside(path, step.after or "").replace(path)
            case Deed.REMOVE:
                path.unlink()
            case Deed.KEEP:
                pass
    except OSError as error:
        reason = f"can't be written: {error.strerror}"
        return Problem(str(path), "hosts.unwritable", reason, "let calbridge's user write there")
    return None


def _create(path: Path, text: str) -> bool:
    """Make a file that is not there yet; False where it is by now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(path, text)
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    return True


def _beside(path: Path, text: str) -> Path:
    """Write to a file next to it, whose name no configuration reads."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside = Path(file.name)
    beside.chmod(0o640)
    return beside


def _changed(path: Path) -> Problem:
    return Problem(str(path), "hosts.changed", "it changed while this ran, and is left alone", "run it again")
