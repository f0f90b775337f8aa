"""tips are held, and destroyed when two agree."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("tip", sa.Column("hold", sa.String(length=20), nullable=True))
    op.add_column("tip", sa.Column("destroyed_on", sa.Date(), nullable=True))
    op.create_table(
        "tip_destruction",
        sa.Column("tip_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("approved_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["tip_number"], ["tip.number"], name=op.f("fk_tip_destruction_tip_number_tip")
        ),
        sa.PrimaryKeyConstraint("tip_number", name=op.f("pk_tip_destruction")),
    )


def downgrade() -> None:
    raise RuntimeError("tips are not thrown away: restore the backup made before the upgrade")
