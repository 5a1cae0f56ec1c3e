"""Where the event of an intent was: an event is not gone before its own address says so."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Of intents written before, nobody knows the place: empty."""
    for column in ("calendar", "href"):
        op.add_column("intents", sa.Column(column, sa.Text(), nullable=False, server_default=""))
