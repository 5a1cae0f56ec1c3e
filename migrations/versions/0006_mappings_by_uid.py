"""Which host's meeting an event is: looked up by its UID alone."""

from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("mappings_by_uid", "mappings", ["uid"])
