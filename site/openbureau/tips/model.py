"""What is stored of a tip. Whatever could name its sender or its subject is inside the sealed files."""

from datetime import date

from sqlalchemy import Enum, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from openbureau.database import Model
from openbureau.labelled import Labelled


class Stage(Labelled):
    """Where a tip stands; the meaning is for its submitter."""

    RECEIVED = "received", "已收到", "线索已经加密保存，正在等待工作人员审核。"
    SCREENING = "screening", "审核中", "工作人员正在判断线索是否属于受理范围、材料是否足以核查。"
    ACCEPTED = "accepted", "已受理", "线索属于受理范围，接下来会安排人员核查。"
    DECLINED = (
        "declined",
        "不予受理",
        "线索不属于受理范围，或者材料不足以核查；您仍可以通过行政复议、行政诉讼等法定途径维护权益。",
    )
    TRANSFERRED = "transferred", "已转办", "线索已转给有权处理的单位办理，按规定不得转给被反映的单位。"
    INVESTIGATING = "investigating", "核查中", "工作人员正在核实您反映的情况。"
    CONCLUDED = "concluded", "已办结", "核查已经结束，正在准备答复。"
    ANSWERED = "answered", "已答复", "处理结果已经答复，本次办理结束。"
    WITHDRAWN = "withdrawn", "已撤回", "线索已由提交人撤回，不再继续办理。"


class EventKind(Labelled):
    """What happened to a tip."""

    SUBMITTED = "submitted", "提交"
    MOVED = "moved", "进入新阶段"


def _keys(kind: type[Labelled]) -> list[str]:
    return [member.value for member in kind]


# Stored as plain text without a CHECK: a later stage then needs no change of the table.
_STAGE = Enum(Stage, native_enum=False, length=20, values_callable=_keys)
_EVENT = Enum(EventKind, native_enum=False, length=20, values_callable=_keys)


class TipEvent(Model):
    """One line of a tip's history. Written with the change it tells of, never altered. Days, not instants:
    tips are so few that an hour would name the sender to whoever saw them that day."""

    __tablename__ = "tip_event"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    seq: Mapped[int] = mapped_column(primary_key=True)
    tip_number: Mapped[int] = mapped_column(ForeignKey("tip.number"), index=True)
    day: Mapped[date]
    event: Mapped[EventKind] = mapped_column(_EVENT)
    stage: Mapped[Stage] = mapped_column(_STAGE)


class Tip(Model):
    """A tip (线索). `receipt_mac` is the keyed digest of the receipt code; `body` and `identity` are sealed
    files in the format that `suite` names; `identity` is None when the tip is anonymous."""

    __tablename__ = "tip"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - a number is never given twice

    number: Mapped[int] = mapped_column(primary_key=True)
    receipt_mac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    received_on: Mapped[date]
    stage: Mapped[Stage] = mapped_column(_STAGE)
    stage_on: Mapped[date]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    suite: Mapped[str] = mapped_column(String(20))
    events: Mapped[list[TipEvent]] = relationship(order_by=TipEvent.seq)
