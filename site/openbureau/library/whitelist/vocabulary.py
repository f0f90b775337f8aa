"""The vocabulary of whitelist cells: many spellings in, one word out.

All matching is done on folded text (`chinese.folding.fold`).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from openbureau.chinese.folding import fold, without_gaps

OFF_LIST = frozenset({"已注销", "已吊销", "已取缔"})
"""The states in which an institution is named but no longer on the list."""

_DITTO_LETTERS = "同上々"
"""How a ditto may begin, signs apart."""
_DITTO = re.compile("同上.?|同前|上同|〃+|″+|[\"”]{1,2}|''|々")

_Spellings = tuple[tuple[str, re.Pattern[str]], ...]


def _spellings(*pairs: tuple[str, str]) -> _Spellings:
    return tuple((word, re.compile(pattern)) for word, pattern in pairs)


_STATUSES = _spellings(
    ("", "不正常|非正常|异常|拟|待|不予"),
    ("正常", "未到期|未过期|未注销|未吊销|未停业"),
    ("已取缔", "取缔|无证"),
    ("已吊销", "吊销"),
    ("已注销", "注销"),
    ("有效期届满", "届满|到期|过期|失效|超期"),
    ("停业", "停业|歇业|停办|停课|暂停|休业|关停|停止办学|停训"),
    ("灰", "灰|未纳入|未上.*平台"),
    ("预警", "预警|整改|黄名单"),
    ("变更中", "变更|迁址"),
    ("正常", "正常|在办|在营|营业|白|合格|合规|有效|在册|存续|开业|运营|经营|办学"),
)
_LIST_STATUSES = _spellings(
    ("已取缔", "取缔"),
    ("已吊销", "吊销"),
    ("已注销", "注销"),
    ("停业", "停业|歇业"),
    ("灰", "灰名单"),
    ("预警", "预警|限期整改"),
    ("", "黑名单"),
)
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
    ("语文", "语文"),
    ("数学", "数学"),
    ("英语", "英语|外语"),
    ("物理", "物理"),
    ("化学", "化学"),
    ("生物", "生物"),
    ("历史", "历史"),
    ("地理", "地理"),
    ("道德与法治", "道德与法治|思想政治|政治"),
)
STATUSES = tuple(dict.fromkeys(word for word, _ in _STATUSES if word))
AUDIENCES = tuple(word for word, _ in _AUDIENCES)
CATEGORIES = tuple(word for word, _ in _CATEGORIES)
"""Every word that reading may answer."""

NON_SUBJECTS = frozenset({"体育", "文化艺术", "科技"})
"""The categories of non-subject (非学科) training in Guangdong."""

_KIND_AMONG_COURSES = re.compile(
    r"文化艺术|(?:(?<!\w)|(?<=非学科)|(?<=非学科类))(?:体育|艺术|科技|科学技术)(?=类|培训|教育|$|[^\w])"
)
"""A category called by its name: 体育（足球）, and not the 体育 of 体育舞蹈."""
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
    """The state, None if the words are unknown."""
    return _first(_STATUSES, fold(text)) or None


def status_of_list(sheet: str, titles: str) -> str | None:
    """The state of every row of a sheet that has no such column, by the sheet's name, then its titles.

    正常 unless they say otherwise; None for a 黑名单, which says too many things.
    """
    plain = fold(titles)
    status = _first(_LIST_STATUSES, fold(sheet))
    if status is None and "白名单" not in plain:
        status = _first(_LIST_STATUSES, plain)
    return "正常" if status is None else status or None


@lru_cache(maxsize=4_096)
def read_audiences(text: str) -> tuple[str, ...]:
    """The audiences, in the order of age; the national platform's digits are understood too."""
    plain = fold(text)
    if re.fullmatch("[0-4]{1,5}", plain):
        return tuple(word for code, word in enumerate(_AUDIENCE_CODES) if str(code) in plain)
    return _all(_AUDIENCES, plain)


@lru_cache(maxsize=4_096)
def read_subject_class(text: str) -> str | None:
    """`学科`, `非学科`, or `学科+非学科` for both."""
    plain = fold(text)
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
        if kinds := read_categories("、".join(_KIND_AMONG_COURSES.findall(fold(text)))):
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
