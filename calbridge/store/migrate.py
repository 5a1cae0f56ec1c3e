"""Bring a database to this program's schema: all of the way, or not at all."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from calbridge.core.problem import Misfit
from calbridge.errors import StoreError
from calbridge.store.database import Database

HEAD = "0006"
"""The newest revision of `migrations/versions`."""


def scripts() -> Path:
    """The folder of the migrations: inside the package in a wheel, beside it in a checkout."""
    shipped = Path(__file__).parent / "migrations"
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "migrations"


def migrate(database: Database, folder: Path | None = None, head: str = HEAD) -> None:
    """Run the migrations that the database lacks, in one transaction. `folder` defaults to `scripts()`.

    Raises `StoreError` for a database of a newer version or of another program, and for a migration that fails; the
    database is then as it was.
    """
    revision = _revision(database)
    if revision != head:
        _upgrade(database, folder or scripts(), revision, head)


def _revision(database: Database) -> str | None:
    tables = {name for (name,) in database.rows(text("SELECT name FROM sqlite_master WHERE type = 'table'"))}
    if not tables:
        return None
    if "alembic_version" in tables:
        found = [str(revision) for (revision,) in database.rows(text("SELECT version_num FROM alembic_version"))]
        if len(found) == 1:
            return found[0]
    reason = "it is a database of another program"
    hint = "name another file under [store] url; calbridge creates it"
    raise StoreError(Misfit("store.foreign", reason, hint).at(database.where))


def _upgrade(database: Database, folder: Path, revision: str | None, head: str) -> None:
    # Imported here: an up-to-date database, the usual case, starts without Alembic's quarter of a second.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see above

    logging.getLogger("alembic").setLevel(logging.WARNING)  # it reports each step at INFO, to nobody's use
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = database.connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        reason = f"a newer calbridge wrote it (its schema is {revision}, this version knows {head})"
        hint = "install that version again, or put back the copy of the database made before it"
        raise StoreError(Misfit("store.newer", reason, hint).at(database.where))
    with _loose_references(database), database.transaction():
        command.upgrade(config, head)
        if database.rows(text("PRAGMA foreign_key_check")):
            raise StoreError(_UNFIT.at(database.where))


@contextmanager
def _loose_references(database: Database) -> Iterator[None]:
    # Rebuilding a table drops it, which would delete what refers to it. SQLite ignores this pragma in a transaction.
    with database.boundary():
        database.raw.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            database.raw.execute("PRAGMA foreign_keys = ON")


_UNFIT = Misfit(
    "store.migration",
    "its rows do not fit together, so it was left in its old schema",
    "move it away: calbridge finds its conferences again by their markers; or put a backup back",
)
