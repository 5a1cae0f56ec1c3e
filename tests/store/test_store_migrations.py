import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from calbridge.errors import StoreError
from calbridge.store import Store
from calbridge.store.database import Database, connect
from calbridge.store.migrate import HEAD, migrate, scripts
from calbridge.store.snapshot import copy
from calbridge.store.tables import metadata

ROOT = Path(__file__).parents[2]

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO extra VALUES (1)")
    with op.batch_alter_table("calendars") as table:
        table.add_column(sa.Column("colour", sa.Text))
        table.drop_column("ctag")
    {then}
"""


def schema(database: Database) -> list[tuple[str, str]]:
    return database.raw.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def with_next(folder: Path, then: str) -> Path:
    shutil.copytree(scripts(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0007_next.py").write_text(NEXT.format(then=then))
    return folder


@pytest.fixture
def database(path: Path) -> Database:
    first = Database(connect(path), str(path))
    migrate(first)
    first.raw.execute("INSERT INTO calendars VALUES ('https://dav.example.com/', 9, NULL, '', 0, NULL, NULL)")
    first.raw.execute("INSERT INTO objects VALUES ('https://dav.example.com/', 'a', NULL, 'u', 0, '', NULL)")
    return first


def test_the_migrations_lead_to_the_tables(store: Store) -> None:
    with store.transaction():
        connection = store._database.connection
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_was_done_to_instances_before_there_were_several_series_is_of_the_one(path: Path) -> None:
    old = Database(connect(path), str(path))
    migrate(old, head="0001")
    old.raw.execute("INSERT INTO exceptional VALUES (9, 'u', 1, '20260105T080000Z', 7, 'changed', 'x', 1)")

    migrate(old)

    kept = old.raw.execute("SELECT * FROM exceptional").fetchall()
    assert kept == [(9, "u", 1, "20260105T080000Z", 7, "changed", "x", 1, "m")]


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts()))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_migration_keeps_the_rows(database: Database, tmp_path: Path) -> None:
    migrate(database, with_next(tmp_path / "scripts", "pass"), "0007")

    assert database.raw.execute("SELECT url, colour FROM calendars").fetchall() == [("https://dav.example.com/", None)]
    assert database.raw.execute("SELECT href FROM objects").fetchall() == [("a",)]
    assert database.raw.execute("PRAGMA foreign_keys").fetchone() == (1,)
    database.close()


@pytest.mark.parametrize(
    ("then", "raised"),
    [
        ("raise ZeroDivisionError", ZeroDivisionError),
        ('op.execute("INSERT INTO extra VALUES (1)")', StoreError),
        ('op.execute("DELETE FROM calendars")', StoreError),  # objects would refer to nothing
    ],
)
def test_a_failing_migration_leaves_the_old_schema(
    database: Database, tmp_path: Path, then: str, raised: type[Exception]
) -> None:
    before = schema(database), database.raw.execute("SELECT * FROM calendars").fetchall()

    with pytest.raises(raised):
        migrate(database, with_next(tmp_path / "scripts", then), "0007")

    assert (schema(database), database.raw.execute("SELECT * FROM calendars").fetchall()) == before
    assert database.raw.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    migrate(database)
    database.close()


def test_a_first_migration_that_fails_leaves_an_empty_database(path: Path, tmp_path: Path) -> None:
    empty = Database(connect(path), str(path))

    with pytest.raises(ZeroDivisionError):
        migrate(empty, with_next(tmp_path / "scripts", "raise ZeroDivisionError"), "0007")

    assert schema(empty) == []
    empty.close()


def test_a_newer_database_is_left_alone(database: Database, path: Path) -> None:
    database.raw.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    for open_store in (Store.open, Store.snapshot):
        with pytest.raises(StoreError) as failed:
            open_store(path)
        assert failed.value.problem.rule == "store.newer"
        assert "9999" in failed.value.problem.reason


def test_an_older_database_is_brought_up_to_date_in_a_copy_only(database: Database, path: Path, tmp_path: Path) -> None:
    database.close()
    before = path.read_bytes()

    copied = Database(copy(path), str(path))
    migrate(copied, with_next(tmp_path / "scripts", "pass"), "0007")

    assert copied.raw.execute("SELECT url, colour FROM calendars").fetchall() == [("https://dav.example.com/", None)]
    assert path.read_bytes() == before
    copied.close()


def test_an_up_to_date_database_opens_without_alembic(path: Path) -> None:
    Store.open(path).close()
    code = (
        "import sys, pathlib; from calbridge.store import Store;"
        "Store.open(pathlib.Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )

    assert run(code, path, import_from=ROOT) == "False"


def test_the_wheel_brings_its_migrations(path: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys, pathlib; from calbridge.store import Store; from calbridge.store.migrate import scripts;"
        "Store.open(pathlib.Path(sys.argv[1])).close(); print(scripts())"
    )

    assert run(code, path, import_from=tmp_path / "site") == str(tmp_path / "site/calbridge/store/migrations")
    with Store.open(path) as store:
        assert store.calendars.all() == ()


def run(code: str, path: Path, *, import_from: Path) -> str:
    command = [sys.executable, "-B", "-c", code, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(import_from)}
    done = subprocess.run(command, cwd=path.parent, env=environment, check=True, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.strip()
