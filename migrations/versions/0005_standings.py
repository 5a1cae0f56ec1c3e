"""How each host fares as of her last visit; the history by time, so that what is old is found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Nothing is known of any host before her next visit."""
    op.create_table(
        "standings",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=True),
        sa.Column("tried", sa.Text(), nullable=False),
        sa.Column("good", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_run", sa.Text(), nullable=True),
        sa.Column("interval", sa.Float(), nullable=False),
        sa.Column("lag", sa.Float(), nullable=False),
        sa.Column("meetings", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("more", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.Column("next_audit", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_index("history_by_time", "history", ["at"], unique=False)
