"""what is still to be sealed anew: tips about an unknown unit are sealed to all units today."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

UNKNOWN = "其他/不清楚"


def upgrade() -> None:
    op.create_table(
        "pending_sealing",
        sa.Column("tip_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pieces", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tip_number", name=op.f("pk_pending_sealing")),
    )
    tip = sa.table("tip", sa.column("number", sa.Integer()), sa.column("unit", sa.String()))
    waiting = sa.table(
        "pending_sealing", sa.column("tip_number", sa.Integer()), sa.column("pieces", sa.Text())
    )
    unknown = sa.select(tip.c.number, sa.literal("")).where(tip.c.unit == UNKNOWN)
    op.execute(waiting.insert().from_select(["tip_number", "pieces"], unknown))


def downgrade() -> None:
    raise RuntimeError("tips are not thrown away: restore the backup made before the upgrade")
