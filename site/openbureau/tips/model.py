"""Tables of a tip. Whatever could name its sender is inside the sealed files.

The unit a tip is about and its categories are in clear: who may read it, and the public figures, depend on
them.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import Enum, ForeignKey, LargeBinary, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from openbureau.database import Model
from openbureau.database.audit_log import PROMISED
from openbureau.enums import Labelled
from openbureau.law import rule


class Stage(Labelled):
    """Stage of a tip; the meaning is for its submitter."""

    RECEIVED = "received", "已收到", "线索已经加密保存，正在等待工作人员审核。"
    SCREENING = "screening", "审核中", "工作人员正在判断线索是否属于受理范围、材料是否足以核查。"
    AWAITING = "awaiting", "待补正", "工作人员提出了问题，需要您补充说明；补充以前，审核期限照常计算。"
    ACCEPTED = "accepted", "已受理", "线索属于受理范围，接下来会安排人员核查。"
    DECLINED = (
        "declined",
        "不予受理",
        "线索不属于受理范围，或者材料不足以核查；您仍可以通过行政复议、行政诉讼等法定途径维护权益，期限不因线索而停。",
    )
    TRANSFERRED = "transferred", "已转办", "线索已转给有权处理的单位办理，按规定不得转给被反映的单位。"
    INVESTIGATING = "investigating", "核查中", "工作人员正在核实您反映的情况。"
    MERGED = "merged", "已并案", "这条线索与另一条反映同一件事，合并办理；办理情况和答复在这里一并显示。"
    CONCLUDED = "concluded", "已办结", "核查已经结束，正在准备答复。"
    ANSWERED = "answered", "已答复", "处理结果已经答复，本次办理结束；有新的情况，可以补充材料。"
    ARCHIVED = "archived", "已归档", "线索已经归档保存。"
    WITHDRAWN = "withdrawn", "已撤回", "线索已由提交人撤回，不再继续办理。"
    DESTROYED = "destroyed", "已销毁", "线索的内容、附件、往来和身份已经销毁，只留下登记信息。"


class TipEventKind(Labelled):
    """Event in the course of a tip, as its submitter may know."""

    SUBMITTED = "submitted", "提交"
    MOVED = "moved", "进入新阶段"
    EXTENDED = "extended", "延长办理期限"
    ASKED = "asked", "工作人员提问"
    ANSWERED = "answered", "提交人答复"
    ADDED = "added", "提交人补充材料"
    NAMED = "named", "由匿名改为实名"
    RATED = "rated", "提交人评价"
    UNIT_CORRECTED = "unit-corrected", "更正被反映单位"


class Channel(Labelled):
    """Channel by which a tip came."""

    WEB = "web", "网站"
    PHONE = "phone", "电话"
    LETTER = "letter", "信件"
    EMAIL = "email", "电子邮件"
    VISIT = "visit", "来访"


class DeclineReason(Labelled):
    """Reason to decline a tip; the meaning is the way that remains open (信访工作条例 23, 31)."""

    OUT_OF_SCOPE = "out-of-scope", "不属于教育领域涉企乱罚款", "可以拨打12345热线，或者向有权处理的机关反映。"
    NO_LEAD = (
        "no-lead",
        "没有具体的事实或者线索",
        "补充时间、地点、决定书文号等以后，可以重新提交。",
    )
    IN_REVIEW = (
        "in-review",
        "撤销罚款的请求已经在复议或者诉讼中",
        f"撤销、变更的请求由复议机关或者法院决定。收到复议决定书之日起{rule('行诉法45')}内可以起诉；"
        f"不服一审判决的，{rule('行诉法85')}内上诉。与这笔罚款有关的其他违法事实，仍可以反映。",
    )
    IN_DISCIPLINE = "in-discipline", "纪检监察机关已经受理", "请向受理的机关了解进展，也可以拨打12388。"
    CLOSED_BEFORE = (
        "closed-before",
        "同一事项已经依法办结",
        "有新的事实或者证据的，可以写明以后重新提交。",
    )
    REPEATED = "repeated", "同一事项、同一理由重复提交", "请用第一次的查询码看办理情况。"
    OTHER_ORGAN = "other-organ", "依法由其他机关处理", "答复中写明应当向哪个机关提出。"
    SPAM = "spam", "广告、乱填等垃圾信息", "没有反映任何事实；有真实的情况，请重新提交。"


class Matter(Labelled):
    """What a tip is in law, decided when it is taken up: on it depend which limits bind by law, and whether
    there is a review (信访工作条例 30, 31, 34, 35)."""

    ACCUSATION = "accusation", "检举控告", "反映违法行为。没有复查；办结期限是本单位的承诺。"
    PETITION = (
        "petition",
        "申诉求决",
        f"请求解决自己的事。出具信访处理意见书，收到之日起{rule('信访条例35')}内可以请求复查；办结期限是法定的。",
    )


class Conclusion(Labelled):
    """Conclusion of an investigation."""

    TRUE = "true", "属实"
    PARTLY = "partly", "部分属实"
    UNTRUE = "untrue", "不属实"
    UNVERIFIABLE = "unverifiable", "无法核实"


class Action(Labelled):
    """Action taken on a conclusion."""

    REFUND = "refund", "纠正并退款"
    REVOKE = "revoke", "撤销或者变更处罚"
    SYSTEM = "system", "完善制度"
    HAND_OVER = "hand-over", "移送纪检监察或者司法机关"
    NONE = "none", "不需要处理"


class MessageKind(Labelled):
    """Kind of a sealed message."""

    QUESTION = "question", "工作人员的提问"
    ANSWER = "answer", "您的答复"
    ADDITION = "addition", "您补充的材料"
    REASON = "reason", "说明"
    REPLY = "reply", "处理结果答复"
    NOTE = "note", "内部记录"


class Purpose(Labelled):
    """Purpose of opening an identity or an original file, or of taking a case out of the desk."""

    CONTACT = "contact", "联系反映人核实情况"
    SERVE = "serve", "送达文书"
    EVIDENCE = "evidence", "核对证据原件"
    HAND_OVER = "hand-over", "移送有权处理的机关"
    SUPERVISION = "supervision", "接受监督检查"
    REQUEST = "request", "反映人本人要求"


class HoldReason(Labelled):
    """Reason to keep a tip although its time is over."""

    PROCEEDING = "proceeding", "行政复议或者诉讼还没有结束"
    DISCIPLINE = "discipline", "纪检监察或者司法机关需要"
    ARCHIVES = "archives", "依照档案管理规定应当继续保存"


class DestructionReason(Labelled):
    """Reason to destroy what a tip says."""

    EXPIRED = "expired", "保管期满", "已按期限销毁"
    SPAM = "spam", "垃圾信息", "已按期限销毁"
    REQUEST = "request", "依申请删除", "已按申请销毁"


def subject(number: int) -> str:
    """The subject under which the log knows a tip."""
    return f"tip/{number}"


def keys_of(kind: type[Labelled]) -> list[str]:
    """The keys of a closed list, as they are stored."""
    return [member.value for member in kind]


def _closed(kind: type[Labelled]) -> Enum:
    # Stored as plain text without a CHECK: a later member then needs no change of the table.
    return Enum(kind, native_enum=False, length=20, values_callable=keys_of)


class TipEvent(Model):
    """One line of a tip's history, for its submitter. Written with the change it tells of, never altered.
    Days, not instants: tips are so few that an hour would name the sender to whoever saw them that day."""

    __tablename__ = "tip_event"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    seq: Mapped[int] = mapped_column(primary_key=True)
    tip_number: Mapped[int] = mapped_column(ForeignKey("tip.number"), index=True)
    day: Mapped[date]
    event: Mapped[TipEventKind] = mapped_column(_closed(TipEventKind))
    stage: Mapped[Stage] = mapped_column(_closed(Stage))


class Message(Model):
    """Sealed message about a tip: an age file for those who handle it and, unless it is a NOTE, for the reply
    key of the receipt code. `by_staff` says from which side it came."""

    __tablename__ = "tip_message"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    tip_number: Mapped[int] = mapped_column(ForeignKey("tip.number"), index=True)
    day: Mapped[date]
    kind: Mapped[MessageKind] = mapped_column(_closed(MessageKind))
    by_staff: Mapped[bool]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class TipAttachment(Model):
    """One sealed file of a tip. `id` is random; name and type are inside the sealed body or message that
    names the id. `size` is that of the age file in bytes, `digest` its SHA-256; its bytes are the parts."""

    __tablename__ = "tip_attachment"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tip_number: Mapped[int] = mapped_column(ForeignKey("tip.number"), index=True)
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


class AttachmentPart(Model):
    """A piece of a sealed file, so that none is ever whole in memory."""

    __tablename__ = "tip_attachment_part"

    attachment_id: Mapped[str] = mapped_column(ForeignKey("tip_attachment.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class TipHandler(Model):
    """Handler of a tip: the login name of an account."""

    __tablename__ = "tip_handler"

    tip_number: Mapped[int] = mapped_column(ForeignKey("tip.number"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    since: Mapped[date]


class TipRecusal(Model):
    """Recusal from a tip (信访工作条例 28): never assigned, left out of whatever is sealed later."""

    __tablename__ = "tip_recusal"

    tip_number: Mapped[int] = mapped_column(ForeignKey("tip.number"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    day: Mapped[date]


class TipExtension(Model):
    """A wish for more time, once a tip (信访工作条例 34): `sealed` is the message with the reason that the
    submitter gets when a head, not `asked_by` themselves, approves; `approved_by` is None until then."""

    __tablename__ = "tip_extension"

    tip_number: Mapped[int] = mapped_column(ForeignKey("tip.number"), primary_key=True, autoincrement=False)
    days: Mapped[int]
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_on: Mapped[date]
    approved_by: Mapped[str | None] = mapped_column(String(60))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class TipDestruction(Model):
    """A proposal to destroy what a tip says: somebody proposes, a head who is another approves (`approved_by`
    is None until then). It stays with what is left of the tip."""

    __tablename__ = "tip_destruction"

    tip_number: Mapped[int] = mapped_column(ForeignKey("tip.number"), primary_key=True, autoincrement=False)
    reason: Mapped[DestructionReason] = mapped_column(_closed(DestructionReason))
    proposed_by: Mapped[str] = mapped_column(String(60))
    proposed_on: Mapped[date]
    approved_by: Mapped[str | None] = mapped_column(String(60))


class PendingSealing(Model):
    """What of a tip is still sealed to earlier readers although the tip is for others now: the names of its
    `pieces` (`rewrapping.Piece`), one a line; empty for everything. Whoever unlocks a key that opens some of
    it seals it anew by that. No foreign key: the row is no part of the state that the log answers for, so
    that a migration may write one."""

    __tablename__ = "pending_sealing"

    tip_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pieces: Mapped[str] = mapped_column(Text)


class Tip(Model):
    """A tip (线索). `receipt_mac` is the keyed digest of the receipt code; `reply_key` the age public key
    whose private half the code is. `body` and `identity` are sealed files in the format that `suite` names,
    for the recipients of the set `set_version`; `identity` is None while the tip is anonymous. `doc_mac` and
    `fine_mac` are keyed digests by which two tips about one fine are found: of the decision's number, and of
    unit, amount and day. `handling_unit` is the unit it was routed to, never the accused `unit`; `matter` is
    None until it is taken up. While it is on `hold` it is not destroyed; from `destroyed_on` on there is
    nothing left but what is counted and `receipt_mac`, by which its code still learns that and when."""

    __tablename__ = "tip"
    # A number is never given twice.
    __table_args__ = {"sqlite_autoincrement": True, "info": PROMISED}  # noqa: RUF012

    number: Mapped[int] = mapped_column(primary_key=True)
    receipt_mac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    reply_key: Mapped[str] = mapped_column(String(70))
    channel: Mapped[Channel] = mapped_column(_closed(Channel))
    unit: Mapped[str] = mapped_column(String(60))
    categories: Mapped[str] = mapped_column(String(200))
    received_on: Mapped[date]
    stage: Mapped[Stage] = mapped_column(_closed(Stage))
    stage_on: Mapped[date]
    handling_unit: Mapped[str | None] = mapped_column(String(60))
    decline_reason: Mapped[DeclineReason | None] = mapped_column(_closed(DeclineReason))
    matter: Mapped[Matter | None] = mapped_column(_closed(Matter))
    extended_by: Mapped[int | None]
    conclusion: Mapped[Conclusion | None] = mapped_column(_closed(Conclusion))
    action: Mapped[Action | None] = mapped_column(_closed(Action))
    corrected_fines: Mapped[int | None]
    corrected_yuan: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    refunded_yuan: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("tip.number"))
    rating: Mapped[int | None]
    doc_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    fine_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    suite: Mapped[str] = mapped_column(String(20))
    set_version: Mapped[int]
    hold: Mapped[HoldReason | None] = mapped_column(_closed(HoldReason))
    destroyed_on: Mapped[date | None]
    events: Mapped[list[TipEvent]] = relationship(order_by=TipEvent.seq)
    messages: Mapped[list[Message]] = relationship(order_by=Message.id)
    attachments: Mapped[list[TipAttachment]] = relationship(order_by=TipAttachment.id)
    handlers: Mapped[list[TipHandler]] = relationship(order_by=(TipHandler.since, TipHandler.name))
    recusals: Mapped[list[TipRecusal]] = relationship(order_by=TipRecusal.name)
    extension: Mapped[TipExtension | None] = relationship()
    destruction: Mapped[TipDestruction | None] = relationship()

    @property
    def recused(self) -> frozenset[str]:
        """The login names of those who must not handle it."""
        return frozenset(recusal.name for recusal in self.recusals)
