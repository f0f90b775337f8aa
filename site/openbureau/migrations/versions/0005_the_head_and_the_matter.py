"""the head who approves more time, and what a tip is about in law."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("staff", sa.Column("is_head", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("tip", sa.Column("matter", sa.String(length=20), nullable=True))


def downgrade() -> None:
    raise RuntimeError("tips are not thrown away: restore the backup made before the upgrade")
