"""What an audit remembers: conferences that nothing asks for, and what only a create could say of the others."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Of conferences made before, nobody knows what the two new columns say: NULL."""
    op.add_column("mappings", sa.Column("secure_url", sa.Boolean(), nullable=True))
    op.add_column("mappings", sa.Column("host_initiated_recording", sa.Boolean(), nullable=True))
    op.create_table(
        "strays",
        sa.Column("conference_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("audits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("conference_id"),
    )
