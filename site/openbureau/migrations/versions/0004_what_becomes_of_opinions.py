"""what becomes of opinions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("opinion", sa.Column("outcome", sa.String(length=20), nullable=True))
    op.add_column("opinion", sa.Column("answer", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("tips are not thrown away: restore the backup made before the upgrade")
