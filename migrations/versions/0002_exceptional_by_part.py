"""An exceptional instance belongs to one of a meeting's series, not to the only one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make `part` a column of the key: a table of its own, for SQLite can't change one. There was no part but `m`."""
    op.rename_table("exceptional", "exceptional_before")
    op.create_table(
        "exceptional",
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("gen", sa.Integer(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host_id", "uid", "gen", "instance", "part"),
    )
    op.execute(
        "INSERT INTO exceptional (host_id, uid, gen, instance, conference_id, state, sent, verified, part) "
        "SELECT host_id, uid, gen, instance, conference_id, state, sent, verified, 'm' FROM exceptional_before"
    )
    op.drop_table("exceptional_before")
