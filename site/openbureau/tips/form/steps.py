"""Pages of the tip-off form, one after another. What was filled in on the other pages travels along in hidden
fields: nothing is kept between them, on no side."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from openbureau.chinese.folding import half_width
from openbureau.chinese.personal_data import PersonalData, personal_data
from openbureau.enums import Labelled
from openbureau.tips.form import penalty
from openbureau.tips.form.submission import LABELS, NAMED, Category, Proceeding, Submission, SubmitterRelation

AGREED = "agreed"


class FormStep(Labelled):
    """One page of the form; the meaning says what it is for."""

    NOTICE = "notice", "须知", "先看几点说明"
    UNIT = "unit", "被反映的单位", "是谁罚的"
    PENALTY = "penalty", "处罚情况", "知道多少填多少，都可以不填"
    STORY = "story", "问题和经过", "发生了什么"
    SENDER = "sender", "反映人", "匿名还是实名，由您决定"
    SEND = "send", "证据和提交", "上传证据，核对以后加密提交"


FIELDS: Mapping[FormStep, tuple[str, ...]] = MappingProxyType(
    {
        FormStep.NOTICE: (AGREED,),
        FormStep.UNIT: ("unit",),
        FormStep.PENALTY: ("decided_on", "doc_no", "amount", *penalty.NAMES),
        FormStep.STORY: ("categories", "story"),
        FormStep.SENDER: (
            "named",
            "name",
            "contact",
            "company",
            "uscc",
            "relation",
            "proceedings",
            "publishable",
        ),
        FormStep.SEND: ("keep_originals",),
    }
)
"""Fields of each page."""

_MULTIPLE = ("categories", "proceedings")
_WARNINGS: Mapping[PersonalData, str] = MappingProxyType(
    {
        "pii_id": "事实经过里好像有身份证号。核查用不到它，建议删去。",
        "pii_mobile": "事实经过里好像有手机号。想留联系方式，请写在“反映人”一栏，那里单独加密。",
    }
)
_CHILD_WARNING = "事实经过里好像有孩子的姓名。建议改成“某学生”，保护未成年人。"
_CHILD = re.compile(
    r"(?:孩子|小孩|儿子|女儿|学生|学员|小朋友|幼儿)(?:的?(?:姓名|名字))?(?:名叫|叫做|叫|名为|是|:)[“\"]?"
    r"[赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁韦马苗方任袁柳史唐薛雷贺罗毕郝安常于傅"
    r"齐康伍余顾孟黄萧尹姚邵汪祁毛戴宋庞熊纪舒屈项董梁杜阮蓝季贾路江童颜郭梅林钟徐邱骆高夏蔡田樊胡凌霍万柯卢莫房"
    r"丁邓洪石崔龚程邢裴陆翁段侯武刘龙叶黎白温庄曾关欧肖覃][一-龥]{1,2}"
)


def find(key: str) -> FormStep:
    """The page of that key; the first one for any other text."""
    return next((step for step in FormStep if step.value == key), FormStep.NOTICE)


def beside(step: FormStep, offset: int) -> FormStep:
    """The page `offset` pages further on; the first or last when there is none."""
    order = list(FormStep)
    return order[min(max(order.index(step) + offset, 0), len(order) - 1)]


def problems(agreed: bool, by_field: Mapping[str, str]) -> dict[FormStep, dict[str, str]]:
    """The problems `by_field`, sorted by page, the pages in order; only pages that have some.
    The honeypot and whatever else stands on no page belongs to the last one."""
    if not agreed:
        by_field = {AGREED: "请先看完上面的说明，再勾选。", **by_field}
    by_page = {
        step: {name: problem for name, problem in by_field.items() if name in FIELDS[step]}
        for step in FormStep
    }
    placed = {name for fields in FIELDS.values() for name in fields}
    by_page[FormStep.SEND] |= {name: problem for name, problem in by_field.items() if name not in placed}
    return {step: of_page for step, of_page in by_page.items() if of_page}


def carried(submission: Submission, agreed: bool, step: FormStep) -> Iterator[tuple[str, str]]:
    """The hidden fields of a page: name and value of all that is asked on the others."""
    for other, names in FIELDS.items():
        for name in names if other is not step else ():
            if name == AGREED:
                yield from [(AGREED, "yes")] if agreed else []
            elif name in _MULTIPLE:
                yield from ((name, value) for value in getattr(submission, name))
            elif value := typed(submission, name):
                yield name, value


def typed(submission: Submission, name: str) -> str:
    """Text typed into a field with one value."""
    return submission.penalty.answers.get(name, "") or str(getattr(submission, name, ""))


def review(submission: Submission) -> dict[FormStep, list[tuple[str, str]]]:
    """Summary to review before sending: label and text of every answer, by page."""
    answers = submission.penalty.answers
    choices = [
        (choice.question, answer.label)
        for choice in penalty.CHOICES
        for answer in choice.answers
        if answers[choice.name] == answer
    ]
    texts = [(label, answers[name]) for name, label in {**penalty.DATES, **penalty.TEXTS}.items()]
    fine = [(LABELS[name], getattr(submission, name)) for name in ("doc_no", "decided_on", "amount")]
    named = submission.named == NAMED
    sender = [(LABELS[name], getattr(submission, name)) for name in ("name", "contact", "company", "uscc")]
    relation = [member.label for member in SubmitterRelation if member == submission.relation]
    under_way = [member.label for member in Proceeding if member in submission.proceedings]
    kinds = [member.label for member in Category if member in submission.categories]
    rows = {
        FormStep.UNIT: [("被反映的单位", submission.unit)],
        FormStep.PENALTY: [*fine, *texts, *choices],
        FormStep.STORY: [("问题类别", "；".join(kinds)), ("事实经过", submission.story)],
        FormStep.SENDER: [
            ("提交方式", "实名" if named else "匿名"),
            *sender,
            ("与被罚企业的关系", "".join(relation)),
            ("同一件事的其他办理", "；".join(under_way)),
            ("答复可否公开", "可以公开（不写明您是谁）" if submission.publishable else ""),
        ],
    }
    return {step: [(label, text) for label, text in pairs if text] for step, pairs in rows.items()}


def warnings(story: str) -> list[str]:
    """Advice about what in a story names somebody and may not have been meant to be written.

    It is shown before sending, refuses nothing, and never repeats what was found.
    """
    advice = [_WARNINGS[kind] for kind in personal_data(story)]
    return [*advice, _CHILD_WARNING] if _CHILD.search(half_width(story)) else advice
