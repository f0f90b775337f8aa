"""The vocabulary of whitelist cells: many spellings in, one word out.

All matching is done on folded text (`chinese.folding.fold`).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from openbureau.chinese.folding import fold, without_gaps

MAX_STATUS_CHARACTERS = 12
"""Characters. What is longer is a sentence, not the name of a state."""

OFF_LIST = frozenset({"已注销", "已吊销", "已取缔"})
"""The states in which an institution is named but no longer on the list."""

_DITTO_LETTERS = "同上々"
"""How a ditto may begin, signs apart."""
_DITTO = re.compile("同上.?|同前|上同|〃+|″+|[\"”]{1,2}|''|々")

_Spellings = tuple[tuple[str, re.Pattern[str]], ...]


def _spellings(*pairs: tuple[str, str]) -> _Spellings:
    return tuple((word, re.compile(pattern)) for word, pattern in pairs)


_KINDS = re.compile("非学科类?|非营利性?")
"""Words with a negation that say nothing of the state."""
_SETTLED = re.compile("未(?:到期|过期|届满|注销|吊销|停业|停办|停课)|无异常|无违[规法]|未(?:见|发现)异常")
"""Words that sound like trouble and are none."""
_UNSETTLED = re.compile(
    "不正常|非正常|未正常|异常|不予|拟|待|申请|(?<!变更)(?<!已)(?<!已经)(?<!依法)办理|即将|准备|计划|恢复中|黑名单|撤销|失联|跑路|搬离|倒闭|解散|转让"
)
"""Words of something that is not done yet, or that no state of the list stands for."""
_ABNORMAL = _spellings(
    ("已取缔", "取缔|无证"),
    ("已吊销", "吊销"),
    ("已注销", "注销"),
    ("有效期届满", "届满|到期|过期|失效|超期|逾期|期满"),
    (
        "停业",
        "停业|歇业|停办|停课|停训|停招|停学|停运|暂停|休业|休学|结业|关停|关闭|关门"
        "|(?:停止|终止|中止|不再|放弃|无意)(?:办学|运营|经营|营业|培训|招生|开课)",
    ),
    ("灰", "灰|未纳入|未上.*平台"),
    ("预警", "预警|整改(?!完成|完毕|到位|合格|已)|黄名单"),
    ("变更中", "变更|迁址"),
)
_NORMAL = re.compile("正常|在办|在营|营业|白|合格|合规|有效|在册|存续|开业|运营|运行|经营|办学")
_DOUBT = re.compile("[不非未无没停撤退违失搬迁否禁]|整改|暂")
"""Signs that a text does not simply say that all is well."""
_STRONG = re.compile("正常|在[营办]|停[业办课训]|歇业|注销|吊销|取缔|关停|暂停|[白灰黑]名单|预警|届满")
"""Words that stand in no other column than one of states."""
_LIST_STATUSES = _spellings(
    ("", "黑名单|不合格|失联|拟注销|异常|撤销"),
    ("已取缔", "取缔"),
    ("已吊销", "吊销"),
    ("已注销", "注销"),
    (
        "停业",
        "停业|歇业|停办|停课|停训|停止(?:办学|运营|经营|营业|培训)|终止(?:办学|运营|经营)|暂停|关停|关闭|休业",
    ),
    ("有效期届满", "届满|(?:已|许可证)(?:到期|过期)|过期"),
    ("灰", "灰名单"),
    ("预警", "预警|限期整改|黄名单"),
    ("正常", "正常|在[营办](?!公)|在运营|营业中|存续"),
)
_NOT_DONE = re.compile("[未不含拟待]|包括|正在|申请|即将|准备|计划|(?<!已)(?<!已经)(?<!依法)办理")
"""Words of headings whose rows are not, or not all of them, in the state that is named."""
_AUDIENCES = _spellings(
    ("学龄前", "学龄前|学前|幼儿|3-6岁|3至6岁"),
    ("义务教育阶段", "义务|小学|初中|初高中|中小学|九年一贯"),
    ("高中阶段", "高中|中小学|普高"),
    ("成人", "成人|成年|社会人员"),
    ("中职", "中职|中等职业|职高|中专|职业高中"),
)
_AUDIENCE_CODES = ("学龄前", "义务教育阶段", "高中阶段", "成人", "中职")
"""The national platform's digits for audiences, 0 to 4, several written together."""
_CATEGORIES = _spellings(
    ("体育", "体育|艺体|文体"),
    ("文化艺术", "艺术|文艺|艺体|文体"),
    ("科技", "科技|科学技术|科创"),
    ("语文", "语文|(?<![英外])语数"),
    ("数学", "数学|(?<![英外])语数|数理化"),
    ("英语", "英语|外语|(?<![英外])语数[英外]"),
    ("物理", "物理|数理化"),
    ("化学", "化学|数理化"),
    ("生物", "生物"),
    ("历史", "历史"),
    ("地理", "地理"),
    ("道德与法治", "道德与法治|思想政治|政治"),
)
STATUSES = ("正常", *(word for word, _ in _ABNORMAL))
AUDIENCES = tuple(word for word, _ in _AUDIENCES)
CATEGORIES = tuple(word for word, _ in _CATEGORIES)
"""Every word that reading may answer."""

NON_SUBJECTS = frozenset({"体育", "文化艺术", "科技"})
"""The categories of non-subject (非学科) training in Guangdong."""

_KIND_AMONG_COURSES = re.compile(
    r"文化艺术|(?:(?<!\w)|(?<=非学科)|(?<=非学科类))(?:体育|艺术|科技|科学技术)(?=类|培训|教育|$|[^\w])"
)
"""A category called by its name: 体育（足球）, and not the 体育 of 体育舞蹈."""
_NO_SUBJECT = re.compile(
    "(?:不含|不包含|不包括|不得|不能|不可|不|未|无|禁止|严禁|除)(?:开展|从事|开设|举办|涉及|提供|进行|含|以)?(?:任何)?(?<!非)学科"
)
_KIND_ALONE = re.compile(
    r"(?:(?:非?学科|体育|文化艺术|艺术|科技|科学技术)类?(?:校外)?(?:培训|教育)?(?:机构)?[\s:：()、,，;；/+和及与-]*)+"
)


def is_ditto(text: str) -> bool:
    """Whether the cell says: as in the row above (同上, 〃)."""
    if text[:1].isalnum() and text[0] not in _DITTO_LETTERS:
        return False
    return _DITTO.fullmatch(without_gaps(text)) is not None


def _first(spellings: _Spellings, text: str) -> str | None:
    return next((word for word, pattern in spellings if pattern.search(text)), None)


def _all(spellings: _Spellings, text: str) -> tuple[str, ...]:
    return tuple(word for word, pattern in spellings if pattern.search(text))


@lru_cache(maxsize=4_096)
def read_status(text: str) -> str | None:
    """The state, None if the words are unknown, not settled yet, or say two things."""
    plain = _KINDS.sub("", fold(text))
    rest = _SETTLED.sub("", plain)
    if _UNSETTLED.search(rest):
        return None
    if abnormal := _first(_ABNORMAL, rest):
        return None if "正常" in rest else abnormal
    says_normal = rest != plain or _NORMAL.search(rest)
    return "正常" if says_normal and not _DOUBT.search(rest) else None


def is_status_word(text: str) -> bool:
    """Whether a short text is one that only a column of states has."""
    plain = fold(text)
    return len(plain) <= MAX_STATUS_CHARACTERS and bool(_STRONG.search(plain)) and bool(read_status(plain))


def could_be_status(text: str) -> bool:
    """Whether a text may say something of the institution's state, read or not."""
    rest = _SETTLED.sub("", _KINDS.sub("", fold(text)))
    return bool(_UNSETTLED.search(rest) or _first(_ABNORMAL, rest) or _STRONG.search(rest))


@lru_cache(maxsize=4_096)
def status_of_heading(text: str) -> str | None:
    """The state of the rows below a heading: None if it names none, empty if it is unclear which."""
    rest = _SETTLED.sub("", _KINDS.sub("", fold(text)))
    names = _all(_LIST_STATUSES, rest)
    if not names:
        return None
    return names[0] if len(names) == 1 and not _NOT_DONE.search(rest) else ""


def status_of_list(sheet: str, titles: str) -> str | None:
    """The state of every row of a sheet, by the sheet's name, then its titles; as `status_of_heading`.

    A 白名单 is the list of those that are on it, whatever else its title says.
    """
    status = status_of_heading(sheet)
    if status is None and "白名单" not in fold(titles):
        status = status_of_heading(titles)
    return status


@lru_cache(maxsize=4_096)
def read_audiences(text: str) -> tuple[str, ...]:
    """The audiences, in the order of age; the national platform's digits are understood too."""
    plain = fold(text)
    if re.fullmatch("[0-4]{1,5}", plain):
        return tuple(word for code, word in enumerate(_AUDIENCE_CODES) if str(code) in plain)
    return _all(_AUDIENCES, plain)


@lru_cache(maxsize=4_096)
def read_subject_class(text: str) -> str | None:
    """`学科`, `非学科`, or `学科+非学科` for both; 不含学科类 is 非学科."""
    plain = _NO_SUBJECT.sub("非学科", fold(text))
    without = plain.replace("非学科", "")
    if "学科" in without:
        return "学科+非学科" if without != plain else "学科"
    return "非学科" if without != plain else None


def subject_words(header: str, text: str) -> str:
    """The words of a cell about kinds; what yes and no mean under 是否学科类, and a tick under 非学科类."""
    kind = read_subject_class(header)
    answer = read_yes(text) if kind else None
    if kind is None or answer is None:
        return text
    if "是否" in header:
        return kind if answer else "非学科" if kind == "学科" else "学科"
    return kind if answer else ""


def read_courses(text: str, subject: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The class and the categories that courses tell (非学科：体育; 文化艺术（钢琴）).

    Where `subject` is known, the words in them must be of its kind.
    """
    taught = read_categories(text)
    if subject == "学科+非学科":
        return subject, ()
    if subject is None:
        subject = read_subject_class(text)
        # A gap may part two courses, or stand in one.
        plain = f"{fold(text)}、{'、'.join(map(fold, text.split()))}"
        if kinds := read_categories("、".join(_KIND_AMONG_COURSES.findall(plain))):
            return subject, kinds
    return subject, tuple(word for word in taught if (word in NON_SUBJECTS) == (subject == "非学科"))


def subject_of(categories: Sequence[str]) -> str | None:
    """The class that the categories make."""
    kinds = {word in NON_SUBJECTS for word in categories}
    if len(kinds) == 2:
        return "学科+非学科"
    return None if not kinds else "非学科" if True in kinds else "学科"


def is_kind_alone(text: str) -> bool:
    """Whether a cell says a kind of training and nothing else."""
    return _KIND_ALONE.fullmatch(fold(text)) is not None


@lru_cache(maxsize=4_096)
def read_categories(text: str) -> tuple[str, ...]:
    return _all(_CATEGORIES, fold(text))


@lru_cache(maxsize=4_096)
def read_mode(text: str) -> str | None:
    """`线上`, `线下`, or `线上+线下`."""
    return "+".join(word for word in ("线上", "线下") if word in fold(text)) or None


def read_nature(text: str) -> str | None:
    plain = fold(text)
    return (
        "非营利"
        if re.search("非营利|非盈利|公益", plain)
        else "营利"
        if re.search("营利|盈利", plain)
        else None
    )


def read_yes(text: str) -> bool | None:
    plain = fold(text)
    if re.match("否|未|不|无|没有", plain):
        return False
    return True if re.match("是|已|有|√|✓", plain) else None
