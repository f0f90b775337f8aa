"""Accounts of the desk. Every change of one stands in the log."""

from datetime import datetime

from sqlalchemy import Enum, ForeignKey, LargeBinary, String, delete, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from openbureau.database import Model, audit_log
from openbureau.enums import Labelled
from openbureau.staff import second_factor
from openbureau.staff.passwords import hash_password


class Role(Labelled):
    """Role at the desk: one role each, so that no account holds two of them."""

    EDITOR = "editor", "编辑", "查看网站自检和征求意见，不能接触线索。"
    HANDLER = "handler", "办理人", "甄别、核查、答复线索；看不到反映人身份，看不到反映本单位的线索。"
    CUSTODIAN = "custodian", "身份保管人", "说明理由后查看反映人身份，每次查看都有记录。"
    AUDITOR = "auditor", "审计人", "查看办理日志，看不到线索内容。"
    ADMINISTRATOR = "administrator", "账号管理员", "管理账号，看不到线索。"


HOLDS_KEY = frozenset({Role.HANDLER, Role.CUSTODIAN})
"""Roles whose accounts have a key to sealed files."""


class BadName(ValueError):
    """A login name is not usable."""


class NameTaken(ValueError):
    """Somebody already has this login name."""


class CannotBeHead(ValueError):
    """Only a handler may be given the duty of the head: approving is work on a case."""


class UnknownMember(LookupError):
    """Nobody has this login name."""


class StaffMember(Model):
    """Someone who may enter the desk. `unit` is the bureau they belong to: tips about it are not for them.
    `is_head` says that they are its head, or stand in for the head (本机关负责人): they approve more time for
    a case (信访工作条例 34). `totp` is the secret of the second factor, encrypted under the site's secret;
    `last_step` the last step of it that was used. `public_key` and the two wraps of the private one are there
    once the key is made."""

    __tablename__ = "staff"
    __table_args__ = {"info": {"promised": audit_log.Promise(named_by="name", is_adopted=True)}}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=20, values_callable=lambda roles: [role.value for role in roles])
    )
    unit: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str]
    totp: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int]
    is_disabled: Mapped[bool]
    is_head: Mapped[bool] = mapped_column(default=False, server_default=false())
    public_key: Mapped[str | None] = mapped_column(String(70))
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    recovery_wrap: Mapped[bytes | None] = mapped_column(LargeBinary)


class StaffSession(Model):
    """One login. Only the digest of its token is kept, so that a copy of the database opens nothing. It is
    part of what the log answers for of its account: a login that somebody put in is found."""

    __tablename__ = "staff_sessions"
    __table_args__ = {"info": {"volatile": {"seen_at"}}}  # noqa: RUF012

    token_digest: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    form_token: Mapped[str]
    begun_at: Mapped[float]
    seen_at: Mapped[float]


def login_name(typed: str) -> str:
    """The login name that somebody means: whatever is looked up, counted or logged goes by this one spelling.
    No account has a NUL in its name, and PostgreSQL would not even look for it."""
    return typed.replace("\0", "").strip()


def subject(name: str) -> str:
    """Subject under which the log knows an account."""
    return f"staff/{name}"


def add_member(
    session: Session, secret: bytes, name: str, password: str, role: Role, unit: str, at: datetime, by: str
) -> str:
    """Make an account and return the secret of its second factor, to be shown once.

    Raises BadName, BadPassword or NameTaken.
    """
    if not name or name != name.strip() or len(name) > 60 or "/" in name:
        raise BadName("登录名不能为空，前后不能有空格，不能含“/”，最多60个字符。")
    password_hash = hash_password(password)
    shared = second_factor.create()
    with audit_log.change(session, audit_log.minute(at), by, audit_log.SYSTEM) as change:
        if session.scalar(select(StaffMember.id).where(StaffMember.name == name)):
            raise NameTaken(f"已经有登录名“{name}”。")
        session.add(
            StaffMember(
                name=name,
                role=role,
                unit=unit,
                password_hash=password_hash,
                totp=second_factor.encrypt(secret, name, shared),
                last_step=0,
                is_disabled=False,
            )
        )
        change.log("account-made", subject(name), role=role, unit=unit)
    return shared


def renew(session: Session, secret: bytes, name: str, password: str, at: datetime, by: str) -> str:
    """Give an account a new password and second factor, end its sessions, and return the new secret.

    Raises UnknownMember or BadPassword. The key's passphrase stays: it is neither of the two.
    """
    password_hash = hash_password(password)
    shared = second_factor.create()
    with audit_log.change(session, audit_log.minute(at), by, audit_log.SYSTEM) as change:
        member = find(session, name)
        member.password_hash = password_hash
        member.totp, member.last_step = second_factor.encrypt(secret, name, shared), 0
        end_sessions(session, member)
        change.log("account-renewed", subject(name))
    return shared


def disable(session: Session, name: str, at: datetime, by: str, *, disabled: bool = True) -> None:
    """Close an account and end its sessions, or open it again. Raises UnknownMember."""
    with audit_log.change(session, audit_log.minute(at), by, audit_log.SYSTEM) as change:
        member = find(session, name)
        member.is_disabled = disabled
        end_sessions(session, member)
        change.log("account-disabled" if disabled else "account-enabled", subject(name))


def appoint(session: Session, name: str, at: datetime, by: str, *, is_head: bool = True) -> None:
    """Give a handler's account the duty of the head (负责人), or take it away. Raises UnknownMember or
    CannotBeHead."""
    with audit_log.change(session, audit_log.minute(at), by, audit_log.SYSTEM) as change:
        member = find(session, name)
        if is_head and member.role is not Role.HANDLER:
            raise CannotBeHead(f"“{name}”是{member.role.label}；负责人的账号应当是{Role.HANDLER.label}。")
        member.is_head = is_head
        change.log("head-appointed" if is_head else "head-relieved", subject(name))


def revoke(session: Session, name: str, at: datetime, by: str) -> None:
    """End every session of an account. Raises UnknownMember."""
    with audit_log.change(session, audit_log.minute(at), by, audit_log.SYSTEM) as change:
        end_sessions(session, find(session, name))
        change.log("sessions-revoked", subject(name))


def find(session: Session, name: str) -> StaffMember:
    """The account with this login name. Raises UnknownMember."""
    member = session.scalar(select(StaffMember).where(StaffMember.name == name))
    if member is None:
        raise UnknownMember(f"没有登录名“{name}”。")
    return member


def list_members(session: Session) -> list[StaffMember]:
    """All accounts, by name."""
    return list(session.scalars(select(StaffMember).order_by(StaffMember.name)))


def end_sessions(session: Session, member: StaffMember) -> None:
    """End every session of an account, and with it whatever key was unlocked in one, in every process."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == member.id))
