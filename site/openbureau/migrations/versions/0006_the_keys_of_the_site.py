"""the keys of the site; the log answers for accounts and their logins."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "site_key",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("proof", sa.String(length=88), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_site_key")),
        sqlite_autoincrement=True,
    )
    # No login of before stands in the log as it should: everybody logs in again.
    op.drop_table("staff_sessions")
    op.create_table(
        "staff_sessions",
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("form_token", sa.String(), nullable=False),
        sa.Column("begun_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id_staff")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_staff_sessions")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("tips are not thrown away: restore the backup made before the upgrade")
