"""Questions about the fine itself. Every question is asked because an article of the Administrative
Penalty Law (行政处罚法, 2021) depends on its answer; none has to be answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from openbureau.chinese.dates import NotADay, read_day
from openbureau.enums import Labelled
from openbureau.law import rule
from openbureau.tips.text_input import one_line

# The law came into force on this day; an earlier date is a slip of the year.
FIRST_PENALTY = date(1996, 10, 1)


class YesNo(Labelled):
    """An answer; none at all means that it is not known or not told."""

    YES = "yes", "是"
    NO = "no", "否"


class Officers(Labelled):
    """Number of officers."""

    ONE = "one", "一个人"
    MORE = "more", "两个人或者更多"


class Basis(Labelled):
    """Legal basis that the decision names."""

    LAW = "law", "写明了法律、法规或者规章的条款"
    NOTICE = "notice", "只写了文件、通知或者制度"
    NONE = "none", "没有写依据"


class PaidHow(Labelled):
    """Way of payment."""

    BANK = "bank", "到银行缴，或者用缴费码缴进财政账户"
    CASH = "cash", "现金当场交给执法人员"
    PERSONAL = "personal", "转到个人账户或者个人收款码"
    ACCOUNT = "account", "转到单位或者其他账户"


class Ticket(Labelled):
    """Receipt given for the money."""

    FISCAL = "fiscal", "财政部门统一制发的罚没票据"
    PLAIN = "plain", "普通收据、收条或者别的单据"
    NONE = "none", "什么都没有给"


@dataclass(frozen=True)
class PenaltyChoice:
    """One question with a closed list of answers, and a hint for whoever does not know what is meant."""

    name: str
    question: str
    answers: type[Labelled]
    hint: str = ""


DECISION_CHOICES = (
    PenaltyChoice("decision", "有没有给处罚决定书", YesNo),
    PenaltyChoice(
        "on_the_spot",
        "是不是当场作出、当场给的决定书",
        YesNo,
        f"法律只允许当场作出警告和较小的罚款：对公民{rule('处罚法51')}以下，对法人或者其他组织{rule('处罚法51单位')}以下",
    ),
)
"""The questions on whose answers the remedies depend (行政复议法 20, 23; 行政处罚法 51)."""

CHOICES = (
    *DECISION_CHOICES,
    PenaltyChoice("basis", "决定书上写的依据", Basis),
    PenaltyChoice("officers", "来了几名执法人员", Officers),
    PenaltyChoice("id_shown", "有没有出示执法证件", YesNo),
    PenaltyChoice("told_before", "罚款之前有没有告知理由、听您申辩", YesNo),
    PenaltyChoice("hearing", "有没有告知可以要求听证", YesNo),
    PenaltyChoice("first_time", "是不是第一次被查到这个问题", YesNo),
    PenaltyChoice("corrected", "是不是很快改正了、没有造成危害", YesNo),
    PenaltyChoice("repeated", "是不是为同一件事罚了不止一次", YesNo),
    PenaltyChoice("paid", "是不是已经交了罚款", YesNo),
    PenaltyChoice("paid_how", "罚款是怎样交的", PaidHow),
    PenaltyChoice("ticket", "交款后给了什么票据", Ticket),
)
"""The questions, in the order in which they are asked."""

DATES: Mapping[str, str] = MappingProxyType(
    {"received_on": "收到或者知道处罚的日期", "committed_on": "被指违法的事发生在哪天"}
)
TEXTS: Mapping[str, str] = MappingProxyType(
    {"cause": "对方说您违反了什么", "comparator": "同样的情况，别人是怎样罚的"}
)
MAX_CHARACTERS: Mapping[str, int] = MappingProxyType(
    {"received_on": 20, "committed_on": 20, "cause": 100, "comparator": 300}
)
"""The most characters of each typed field."""

NAMES = (*DATES, *TEXTS, *(choice.name for choice in CHOICES))
"""The fields of the form."""


@dataclass(frozen=True, repr=False)
class Penalty:
    """The answers as typed, by field; an empty text where nothing is told. It prints without them."""

    answers: Mapping[str, str]

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> "Penalty":
        """Read the fields of the form."""
        return cls(MappingProxyType({name: one_line(form.get(name, "")) for name in NAMES}))

    def problems(self, today: date) -> dict[str, str]:
        """Problems and how to mend them, by field. `today` is the local day."""
        problems = {}
        for name in DATES:
            if problem := day_problem(self.answers[name], DATES[name], today):
                problems[name] = problem
        for choice in CHOICES:
            if self.answers[choice.name] not in {"", *choice.answers}:
                problems[choice.name] = "请从列表中选择，不清楚的可以不选。"
        for name, limit in MAX_CHARACTERS.items():
            if (length := len(self.answers[name])) > limit:
                label = {**DATES, **TEXTS}[name]
                problems[name] = f"“{label}”最多 {limit} 字，现在是 {length} 字，请删减 {length - limit} 字。"
        return problems

    def document(self) -> dict[str, str | None]:
        """The answers as they are sealed: days as ISO dates, choices as keys, None where nothing is told.
        Call it when there are no problems."""
        days = {name: _iso(self.answers[name]) for name in DATES}
        return {**{name: text or None for name, text in self.answers.items()}, **days}


def answers(body: Mapping[str, object]) -> list[tuple[str, str]]:
    """Questions and answers in an opened document of `Submission.body_document`."""
    penalty = body.get("penalty")
    values: Mapping[str, object] = penalty if isinstance(penalty, Mapping) else {}
    labels = {
        choice.name: {str(answer.value): answer.label for answer in choice.answers} for choice in CHOICES
    }
    questions = {**DATES, **TEXTS, **{choice.name: choice.question for choice in CHOICES}}
    return [
        (question, labels.get(name, {}).get(str(values[name]), str(values[name])))
        for name, question in questions.items()
        if values.get(name)
    ]


def day_problem(text: str, label: str, today: date) -> str | None:
    """Problem of a typed day that may be left out; None when nothing is."""
    if not text:
        return None
    try:
        day = read_day(text)
    except NotADay:
        return "看不懂这个日期，请写成 2024-05-31 这样，或者留空。"
    if day > today:
        return f"“{label}”晚于今天，请检查，或者留空。"
    if day < FIRST_PENALTY:
        return f"“{label}”过早，请检查年份，或者留空。"
    return None


def _iso(text: str) -> str | None:
    return read_day(text).isoformat() if text else None
