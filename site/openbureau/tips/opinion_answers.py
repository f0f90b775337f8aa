"""What the desk says of opinions on drafts (重大行政决策程序暂行条例 18): an outcome with its reason, sealed
until the table of a consultation is published."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.tips.opinions import NO_UNIT, Opinion, Outcome, UnknownOpinion, get, subject
from openbureau.tips.sealing import CannotOpen, open_sealed
from openbureau.tips.sealing.recipients import RecipientSet, sealer_for
from openbureau.tips.text_input import one_line

LIMITS: Mapping[str, int] = {"clause": 60, "gist": 300, "reason": 500}
"""The most characters of each field."""

_LABELS = {"clause": "条款", "gist": "意见（概括）", "reason": "理由"}
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What office programs take for the beginning of a formula."""


@dataclass(frozen=True, repr=False)
class Answer:
    """A row of the table to come: the clause, the gist of the opinion in the bureau's words, the outcome
    (None until one is chosen) and why. Opinions with equal answers are counted in one row."""

    clause: str
    gist: str
    reason: str
    outcome: Outcome | None

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "Answer":
        """Read the fields; each becomes one line."""
        texts = {name: one_line(form.get(name, "")) for name in LIMITS}
        return cls(**texts, outcome=Outcome.of(form.get("outcome", "")))

    def problems(self) -> dict[str, str]:
        """What is wrong and how to mend it, by field; empty when all is well."""
        found = {}
        if not self.gist:
            found["gist"] = "请用自己的话概括意见，公布时用。"
        if self.outcome is None:
            found["outcome"] = "请选择采纳、部分采纳还是未采纳。"
        elif self.outcome is not Outcome.ADOPTED and not self.reason:
            found["reason"] = f"{self.outcome.label}的，请写明理由。"
        for name, most in LIMITS.items():
            text = getattr(self, name)
            if len(text) > most:
                found[name] = (
                    f"{_LABELS[name]}最多{most}字，现在是{len(text)}字，请删减{len(text) - most}字。"
                )
            elif text.startswith(_FORMULA):
                found[name] = f"{_LABELS[name]}不能以“{text[0]}”开头，表格软件会当成公式，请改写。"
        return found


def answer(
    session: Session,
    number: int,
    said: Answer,
    recipients: RecipientSet,
    at: datetime,
    actor: str,
    role: str,
) -> None:
    """Seal an answer without problems and store it in place of an earlier one.

    Raises UnknownOpinion, and SealingFailed when it cannot be sealed; then nothing is stored.
    """
    told = {"version": 1, **{name: getattr(said, name) for name in LIMITS}}
    sealed = sealer_for(recipients.of_body(NO_UNIT)).seal(json.dumps(told, ensure_ascii=False).encode())
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        opinion = get(session, number)
        opinion.outcome, opinion.answer = said.outcome, sealed
        change.tell("opinion-answered", subject(number), outcome=said.outcome)


def answer_same(session: Session, number: int, other: int, at: datetime, actor: str, role: str) -> None:
    """Give an opinion the answer that another one on the same draft has; it need not be opened for that.

    Raises UnknownOpinion, also when there is no such answer.
    """
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        opinion, known = get(session, number), get(session, other)
        if known.answer is None or known.consultation != opinion.consultation:
            raise UnknownOpinion(f"第{other}号意见没有可以照用的处理")
        opinion.outcome, opinion.answer = known.outcome, known.answer
        change.tell("opinion-answered", subject(number), outcome=known.outcome)


def opened_answers(session: Session, consultation: str, private: str) -> Iterator[tuple[int, Answer | None]]:
    """The answers to the opinions on a draft, each with the number of its opinion; None when the key does not
    open it."""
    answered = select(Opinion).where(Opinion.consultation == consultation, Opinion.answer.is_not(None))
    for opinion in session.scalars(answered.order_by(Opinion.number)):
        yield opinion.number, _opened(opinion, private)


def take_out(
    session: Session, consultation: str, private: str, at: datetime, actor: str, role: str
) -> list[tuple[Answer, int]]:
    """Every different answer of a consultation and how many opinions got it, handed out only once the log
    tells to whom. Raises CannotOpen when the key does not open one of them; then nothing is told."""
    counted: dict[Answer, int] = {}
    for number, each in opened_answers(session, consultation, private):
        if each is None:
            raise CannotOpen(
                f"这把密钥打不开对第{number}号意见的处理，请由打得开的办理人下载，或者重新处理这一条。"
            )
        counted[each] = counted.get(each, 0) + 1
    with audit_log.change(session, audit_log.minute(at), actor, role) as change:
        change.tell("opinions-taken-out", f"consultation/{consultation}", opinions=sum(counted.values()))
    return list(counted.items())


def _opened(opinion: Opinion, private: str) -> Answer | None:
    try:
        told = json.loads(open_sealed(opinion.answer or b"", private))
    except CannotOpen:
        return None
    return Answer(**{name: told[name] for name in LIMITS}, outcome=opinion.outcome)
