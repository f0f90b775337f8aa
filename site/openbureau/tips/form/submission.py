"""Parsing and checking of the tip-off form, and the documents to seal that are made of it."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openbureau.chinese.credit_codes import LENGTH, has_form, read_credit_code
from openbureau.chinese.dates import read_day
from openbureau.chinese.folding import half_width
from openbureau.enums import Labelled
from openbureau.tips.form.penalty import Penalty, day_problem
from openbureau.tips.sealing.recipients import UNIT_OTHER
from openbureau.tips.text_input import clean, one_line, read_amount

ANONYMOUS = "anonymous"
NAMED = "named"
MIN_STORY_CHARACTERS = 20
# The most characters of each field, as typed.
MAX_CHARACTERS: Mapping[str, int] = {
    "decided_on": 20,
    "doc_no": 60,
    "amount": 20,
    "story": 5000,
    "name": 50,
    "contact": 100,
    "company": 100,
    "uscc": 30,
}

LABELS: Mapping[str, str] = {
    "decided_on": "处罚决定日期",
    "doc_no": "决定书文号",
    "amount": "罚款金额",
    "story": "事实经过",
    "name": "姓名",
    "contact": "联系方式",
    "company": "企业名称",
    "uscc": "统一社会信用代码",
}
_IDENTITY_FIELDS = ("name", "contact", "company", "uscc")
_PHONE = re.compile(r"\+?\d{7,15}")  # of any network, of mobiles and landlines alike (ITU-T E.164)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class Category(Labelled):
    """Fault that a fine may have, ten kinds and the rest. The keys are stored and never change."""

    NO_BASIS = "no-basis", "罚款没有依据，或者罚款项目是自行设定的"
    NO_AUTHORITY = "no-authority", "罚款的单位或人员没有执法资格"
    PROCEDURE = "procedure", "罚款没有按规定的程序办理"
    DISCRETION = "discretion", "不按裁量基准，随意顶格罚或高额罚"
    THRESHOLD = "threshold", "随意降低违法认定门槛，或者扩大违法行为的范围"
    TIME_LIMIT = "time-limit", "已过法定追责期限仍然罚款"
    FINE_ONLY = "fine-only", "以罚代管：只罚款不督促改正，或者重复、过度罚款"
    ABOLISHED = "abolished", "国务院已取消的罚款事项仍在执行"
    LENIENCY = "leniency", "依法应当减轻或者免予处罚而没有减免"
    UNEQUAL = "unequal", "同类案件处罚不同，罚款畸轻畸重，与过错不相当"
    OTHER = "other", "其他涉企执法问题，或者说不清属于哪一类"


class SubmitterRelation(Labelled):
    """Relation of the submitter to the enterprise that was fined."""

    OWN = "own", "被罚企业的负责人"
    STAFF = "staff", "被罚企业的员工"
    TRADE = "trade", "同行或者合作单位"
    PARENT = "parent", "学员或者家长"
    OTHER = "other", "其他"


class Proceeding(Labelled):
    """Proceeding under way about the same fine: it decides who may handle the tip (信访工作条例 31)."""

    REVIEW = "review", "已经申请行政复议"
    COURT = "court", "已经向法院起诉"
    DISCIPLINE = "discipline", "已经向纪检监察机关反映"
    HOTLINE = "hotline", "已经向12345热线或者信访部门反映"


class SubmissionRefused(ValueError):
    """A submission with problems, or from a robot, reached the store. `problems` is as in Submission."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("提交的内容有误，没有保存。请按提示修改后再提交。")
        self.problems = problems


@dataclass(frozen=True, repr=False)
class Submission:
    """A filled-in form. Fields hold the text as typed, cleaned, so that a refused form can show it again.

    It prints as an object without content: a log must not repeat it.
    """

    unit: str
    categories: tuple[str, ...]
    decided_on: str
    doc_no: str
    amount: str
    story: str
    named: str
    name: str
    contact: str
    company: str
    uscc: str
    website: str
    units: tuple[str, ...]
    penalty: Penalty
    relation: str = ""
    proceedings: tuple[str, ...] = ()
    publishable: str = ""
    keep_originals: str = ""

    @classmethod
    def from_form(
        cls,
        form: Mapping[str, str],
        units: Collection[str],
        categories: Iterable[str],
        proceedings: Iterable[str] = (),
    ) -> "Submission":
        """Read the single-valued fields from `form`, and keys of the ticked `categories` and `proceedings`.

        `units` is the closed list of names a tip may be about; UNIT_OTHER is always allowed besides.
        Control characters go. An anonymous form loses its sender here, before anything else can see it.
        """
        text = {field: one_line(form.get(field, "")) for field in ("unit", *MAX_CHARACTERS)}
        text["story"] = clean(form.get("story", "")).strip()
        named = one_line(form.get("named", ""))
        if named == ANONYMOUS:
            text.update(dict.fromkeys(_IDENTITY_FIELDS, ""))
        return cls(
            **text,
            categories=tuple(dict.fromkeys(categories)),
            named=named,
            website=form.get("website", ""),
            units=tuple(units),
            penalty=Penalty.from_form(form),
            relation=one_line(form.get("relation", "")),
            proceedings=tuple(dict.fromkeys(proceedings)),
            publishable=one_line(form.get("publishable", "")),
            keep_originals=one_line(form.get("keep_originals", "")) if named == NAMED else "",
        )

    @property
    def is_bot(self) -> bool:
        """Whether the field that people do not see is filled in."""
        return bool(self.website)

    def problems(self, today: date) -> dict[str, str]:
        """Problems and how to mend them, by field; empty when all is well. `today` is the local day."""
        checks = {
            "unit": self._unit_problem(),
            "categories": self._categories_problem(),
            "decided_on": day_problem(self.decided_on, LABELS["decided_on"], today),
            "amount": self._amount_problem(),
            "story": self._story_problem(),
            "named": None if self.named in {ANONYMOUS, NAMED} else "请选择匿名提交还是实名提交。",
            "relation": self._relation_problem(),
            "proceedings": None if set(self.proceedings) <= set(Proceeding) else "请从列表中勾选。",
            "name": "实名提交需要填写姓名；不想透露请改选匿名。" if self._lacks(self.name) else None,
            "contact": self._contact_problem(),
            "uscc": self._uscc_problem(),
        }
        problems = {field: problem for field, problem in checks.items() if problem}
        problems |= self.penalty.problems(today)
        # Last, so that it wins: whoever wrote too much has to cut it before anything else is worth saying.
        for field, limit in MAX_CHARACTERS.items():
            if (length := len(getattr(self, field))) > limit:
                problems[field] = (
                    f"{LABELS[field]}最多 {limit} 字，现在是 {length} 字，请删减 {length - limit} 字。"
                )
        return problems

    def normal_doc_no(self) -> str:
        """The decision's number as it compares: without blanks, brackets and dashes of any kind."""
        return re.sub(r"[\W_]", "", half_width(self.doc_no)).upper()

    def fine(self) -> tuple[str, str, str]:
        """Unit, amount and day of the fine as they compare; an empty part when one is not told."""
        decided_on = read_day(self.decided_on).isoformat() if self.decided_on else ""
        amount = str(read_amount(self.amount).normalize()) if self.amount else ""
        return self.unit, amount, decided_on

    def body_document(self, files: Sequence[Mapping[str, object]] = ()) -> bytes:
        """Body: what happened, and the description of each attached file, as UTF-8 JSON to be sealed. Call it
        when there are no problems."""
        decided_on = read_day(self.decided_on) if self.decided_on else None
        return _json(
            {
                "version": 1,
                "unit": self.unit,
                "categories": list(self.categories),
                "decided_on": decided_on.isoformat() if decided_on else None,
                "doc_no": self.doc_no or None,
                "amount": str(read_amount(self.amount)) if self.amount else None,
                "penalty": self.penalty.document(),
                "story": self.story,
                "named": self.named == NAMED,
                "relation": self.relation or None,
                "proceedings": list(self.proceedings),
                "publishable": bool(self.publishable),
                "files": list(files),
            }
        )

    def identity_document(self) -> bytes | None:
        """Identity: who says so, as UTF-8 JSON to be sealed apart from the body; None when anonymous."""
        if self.named != NAMED:
            return None
        return _json(
            {
                "version": 1,
                "name": self.name,
                "contact": self.contact,
                "company": self.company or None,
                "uscc": read_credit_code(self.uscc, self.uscc).code if self.uscc else None,
            }
        )

    def _lacks(self, value: str) -> bool:
        return self.named == NAMED and not value

    def _unit_problem(self) -> str | None:
        if self.unit in self.units or self.unit == UNIT_OTHER:
            return None
        return f"请从列表中选择被反映的单位；不在列表中或者不清楚的，请选“{UNIT_OTHER}”。"

    def _categories_problem(self) -> str | None:
        if self.categories and all(key in set(Category) for key in self.categories):
            return None
        return f"请从列表中至少勾选一类问题；拿不准的，请勾选“{Category.OTHER.label}”。"

    def _amount_problem(self) -> str | None:
        if not self.amount:
            return None
        try:
            read_amount(self.amount)
        except ValueError:
            return "罚款金额以元为单位，只填数字，不能是负数，最多两位小数，例如 50000；不清楚可以留空。"
        return None

    def _story_problem(self) -> str | None:
        if not self.story:
            return "请写明事实经过：时间、地点、谁来执法、怎么罚的。"
        if (length := len(self.story)) < MIN_STORY_CHARACTERS:
            return f"事实经过至少 {MIN_STORY_CHARACTERS} 字，现在是 {length} 字，请再写具体一些，便于核查。"
        return None

    def _contact_problem(self) -> str | None:
        if self._lacks(self.contact):
            return "实名提交需要填写手机、座机号码或电子邮箱，以便联系您；不想透露请改选匿名。"
        contact = half_width(self.contact)
        if not contact or _EMAIL.fullmatch(contact) or _PHONE.fullmatch(re.sub(r"[\s()-]", "", contact)):
            return None
        return "这不像电话号码或电子邮箱。请只填一个，例如 0763-1234567 或 name@example.com。"

    def _relation_problem(self) -> str | None:
        return None if self.relation in {"", *SubmitterRelation} else "请从列表中选择，不想说可以不选。"

    def _uscc_problem(self) -> str | None:
        if not self.uscc:
            return None
        credit_code = read_credit_code(self.uscc, self.uscc)
        if credit_code.state == "ok":
            return None
        code = credit_code.code or ""
        if len(code) != LENGTH:
            return "统一社会信用代码共 18 位，请对照营业执照检查有没有漏填或多填，或者留空。"
        if has_form(code):
            return "统一社会信用代码的校验位不符，有字符填错了。请对照营业执照逐位检查，或者留空。"
        return "统一社会信用代码含有不该出现的字符（没有字母 I、O、S、V、Z）。请对照营业执照检查，或者留空。"


def fine_of(unit: str, body: Mapping[str, object]) -> tuple[str, str, str]:
    """What `Submission.fine` gives, of an opened body and with the unit that the tip is really about."""
    amount, decided_on = body.get("amount"), body.get("decided_on")
    return unit, str(Decimal(str(amount)).normalize()) if amount else "", str(decided_on or "")


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
