"""Opinions on drafts (征求意见) and what the desk answers to them.

Opinions are taken in like tips: sealed before anything is stored, once per form. An answer is an outcome with
its reason (重大行政决策程序暂行条例 18), sealed until the table of a consultation is published.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Enum, LargeBinary, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from openbureau.database import Model, audit_log
from openbureau.enums import Labelled
from openbureau.tips import receipt_codes
from openbureau.tips.model import keys_of
from openbureau.tips.sealing import SUITE, CannotOpen, open_sealed
from openbureau.tips.sealing.recipients import Duty, RecipientSet, sealer_for
from openbureau.tips.text_input import clean, one_line

MAX_CHARACTERS: Mapping[str, int] = {"clause": 60, "opinion": 3000, "contact": 100}
"""Of each field of an opinion, as typed."""

MIN_OPINION_CHARACTERS = 5
"""Of an opinion that says anything."""

MAX_ANSWER_CHARACTERS: Mapping[str, int] = {"clause": 60, "gist": 300, "reason": 500}
"""Of each field of an answer."""

_LABELS = {"clause": "对应的条款", "opinion": "意见", "contact": "联系方式"}
_ANSWER_LABELS = {"clause": "条款", "gist": "意见（概括）", "reason": "理由"}
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Characters that office programs take for the beginning of a formula."""

NO_UNIT = ""
"""Nobody is reported: every handler may read an opinion."""


class UnknownOpinion(LookupError):
    """No opinion has this number."""


class OpinionOutcome(Labelled):
    """Outcome of an opinion (重大行政决策程序暂行条例 18)."""

    ADOPTED = "adopted", "采纳"
    PARTLY = "partly", "部分采纳"
    DECLINED = "declined", "未采纳"


class Opinion(Model):
    """One opinion. In clear are a number, the consultation, the day, a keyed digest of the form that it came
    with and what became of it; what it says is sealed for the recipients of the set `set_version`, and so is
    `answer`, what the desk says of it (None before)."""

    __tablename__ = "opinion"
    # A number is never given twice.
    __table_args__ = {"sqlite_autoincrement": True, "info": audit_log.PROMISED}  # noqa: RUF012

    number: Mapped[int] = mapped_column(primary_key=True)
    form_mac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    consultation: Mapped[str] = mapped_column(String(200), index=True)
    received_on: Mapped[date]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    suite: Mapped[str] = mapped_column(String(20))
    set_version: Mapped[int]
    outcome: Mapped[OpinionOutcome | None] = mapped_column(
        # Stored as plain text without a CHECK: a later member then needs no change of the table.
        Enum(OpinionOutcome, native_enum=False, length=20, values_callable=keys_of)
    )
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True, repr=False)
class WrittenOpinion:
    """A filled-in form, as typed and cleaned. It prints as an object without content."""

    clause: str
    opinion: str
    contact: str
    website: str

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "WrittenOpinion":
        """Read the fields; control characters go."""
        return cls(
            clause=one_line(form.get("clause", "")),
            opinion=clean(form.get("opinion", "")).strip(),
            contact=one_line(form.get("contact", "")),
            website=form.get("website", ""),
        )

    def problems(self) -> dict[str, str]:
        """Problems and how to mend them, by field; empty when all is well."""
        problems = {}
        if len(self.opinion) < MIN_OPINION_CHARACTERS:
            problems["opinion"] = (
                f"请写明意见，至少{MIN_OPINION_CHARACTERS}个字：哪里要改，改成什么，为什么。"
            )
        for name, limit in MAX_CHARACTERS.items():
            if (length := len(getattr(self, name))) > limit:
                problems[name] = f"{_LABELS[name]}最多{limit}字，现在是{length}字，请删减{length - limit}字。"
        if self.website:
            problems["website"] = "有一个不该填写的空格被填了（可能是浏览器自动填写）。已清空，请再提交一次。"
        return problems

    def document(self) -> bytes:
        """Opinion as UTF-8 JSON to be sealed."""
        fields = {"version": 1, "clause": self.clause, "opinion": self.opinion, "contact": self.contact}
        return json.dumps(fields, ensure_ascii=False).encode()


@dataclass(frozen=True, repr=False)
class OpinionAnswer:
    """A row of the table to come: the clause, the gist of the opinion in the bureau's words, the outcome
    (None until one is chosen) and why. Opinions with equal answers are counted in one row."""

    clause: str
    gist: str
    reason: str
    outcome: OpinionOutcome | None

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "OpinionAnswer":
        """Read the fields; each becomes one line."""
        texts = {name: one_line(form.get(name, "")) for name in MAX_ANSWER_CHARACTERS}
        return cls(**texts, outcome=OpinionOutcome.of(form.get("outcome", "")))

    def problems(self) -> dict[str, str]:
        """Problems and how to mend them, by field; empty when all is well."""
        problems = {}
        if not self.gist:
            problems["gist"] = "请用自己的话概括意见，公布时用。"
        if self.outcome is None:
            problems["outcome"] = "请选择采纳、部分采纳还是未采纳。"
        elif self.outcome is not OpinionOutcome.ADOPTED and not self.reason:
            problems["reason"] = f"{self.outcome.label}的，请写明理由。"
        for name, limit in MAX_ANSWER_CHARACTERS.items():
            text = getattr(self, name)
            if len(text) > limit:
                problems[name] = (
                    f"{_ANSWER_LABELS[name]}最多{limit}字，现在是{len(text)}字，请删减{len(text) - limit}字。"
                )
            elif text.startswith(_FORMULA):
                problems[name] = f"{_ANSWER_LABELS[name]}不能以“{text[0]}”开头，表格软件会当成公式，请改写。"
        return problems


def is_received(session: Session, secret: bytes, form_id: str) -> bool:
    """Whether the opinion of this form was taken in already."""
    return session.scalar(select(Opinion.number).where(Opinion.form_mac == _mac(secret, form_id))) is not None


def submit(
    session: Session,
    secret: bytes,
    form_id: str,
    consultation: str,
    written: WrittenOpinion,
    recipients: RecipientSet,
    today: date,
) -> None:
    """Seal an opinion without problems and store it, once per form however often that is posted.

    Raises SealingFailed when it cannot be sealed; then nothing is stored.
    """
    opinion = Opinion(
        form_mac=_mac(secret, form_id),
        consultation=consultation,
        received_on=today,
        body=sealer_for(recipients.of_body(NO_UNIT)).seal(written.document()),
        suite=SUITE,
        set_version=recipients.version,
    )
    try:
        with audit_log.change(session, today.isoformat(), audit_log.SUBMITTER, audit_log.SUBMITTER) as change:
            session.add(opinion)
            session.flush()
            change.log("opinion-received", subject(opinion.number), set=recipients.version)
    except IntegrityError:
        # Two posts of one form at the same time: the first is the opinion.
        if not is_received(session, secret, form_id):
            raise


def list_opinions(session: Session) -> list[Opinion]:
    """All opinions, by consultation and number."""
    return list(session.scalars(select(Opinion).order_by(Opinion.consultation, Opinion.number)))


def readers(recipients: RecipientSet) -> frozenset[str]:
    """The login names of those who may read opinions."""
    return frozenset(
        recipient.name for recipient in recipients.of_body(NO_UNIT) if recipient.duty is not Duty.RECOVERY
    )


def get(session: Session, number: int) -> Opinion:
    """An opinion by its number. Raises UnknownOpinion."""
    opinion = session.get(Opinion, number)
    if opinion is None:
        raise UnknownOpinion(f"没有第{number}号意见")
    return opinion


def read(
    session: Session, number: int, private: str, at: datetime, actor: str, role: str = audit_log.SYSTEM
) -> dict[str, str]:
    """Opinion in clear, opened with a private key; handed out only once the log tells who opened it.

    Raises UnknownOpinion and CannotOpen; then nothing is told.
    """
    document: dict[str, str] = json.loads(open_sealed(get(session, number).body, private))
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        change.log("opinion-opened", subject(number))
    return document


def answer(
    session: Session,
    number: int,
    written: OpinionAnswer,
    recipients: RecipientSet,
    at: datetime,
    actor: str,
    role: str,
) -> None:
    """Seal an answer without problems and store it in place of an earlier one.

    Raises UnknownOpinion, and SealingFailed when it cannot be sealed; then nothing is stored.
    """
    fields = {"version": 1, **{name: getattr(written, name) for name in MAX_ANSWER_CHARACTERS}}
    sealed = sealer_for(recipients.of_body(NO_UNIT)).seal(json.dumps(fields, ensure_ascii=False).encode())
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        opinion = get(session, number)
        opinion.outcome, opinion.answer = written.outcome, sealed
        change.log("opinion-answered", subject(number), outcome=written.outcome)


def answer_same(session: Session, number: int, other: int, at: datetime, actor: str, role: str) -> None:
    """Give an opinion the answer that another one on the same draft has; it need not be opened for that.

    Raises UnknownOpinion, also when there is no such answer.
    """
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        opinion, answered = get(session, number), get(session, other)
        if answered.answer is None or answered.consultation != opinion.consultation:
            raise UnknownOpinion(f"第{other}号意见没有可以照用的处理")
        opinion.outcome, opinion.answer = answered.outcome, answered.answer
        change.log("opinion-answered", subject(number), outcome=answered.outcome)


def opened_answers(
    session: Session, consultation: str, private: str
) -> Iterator[tuple[int, OpinionAnswer | None]]:
    """The answers to the opinions on a draft, each with the number of its opinion; None when the key does not
    open it."""
    answered = select(Opinion).where(Opinion.consultation == consultation, Opinion.answer.is_not(None))
    for opinion in session.scalars(answered.order_by(Opinion.number)):
        yield opinion.number, _opened(opinion, private)


def take_out(
    session: Session, consultation: str, private: str, at: datetime, actor: str, role: str
) -> list[tuple[OpinionAnswer, int]]:
    """Every different answer of a consultation and how many opinions got it, handed out only once the log
    tells to whom. Raises CannotOpen when the key does not open one of them; then nothing is told."""
    counted: dict[OpinionAnswer, int] = {}
    for number, written in opened_answers(session, consultation, private):
        if written is None:
            raise CannotOpen(
                f"这把密钥打不开对第{number}号意见的处理，请由打得开的办理人下载，或者重新处理这一条。"
            )
        counted[written] = counted.get(written, 0) + 1
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        change.log("opinions-taken-out", f"consultation/{consultation}", opinions=sum(counted.values()))
    return list(counted.items())


def subject(number: int) -> str:
    """Subject under which the log knows an opinion."""
    return f"opinion/{number}"


def _mac(secret: bytes, form_id: str) -> bytes:
    return receipt_codes.mac(secret, receipt_codes.code_for(secret, form_id))


def _opened(opinion: Opinion, private: str) -> OpinionAnswer | None:
    try:
        fields = json.loads(open_sealed(opinion.answer or b"", private))
    except CannotOpen:
        return None
    return OpinionAnswer(**{name: fields[name] for name in MAX_ANSWER_CHARACTERS}, outcome=opinion.outcome)
