"""Forms under which names are compared: folded text, the words that tell little, codes as people type them.

Nothing here is for showing. `full_form` decides whether two names are the same and loses as little as it
can; `plain_form` serves looser comparisons.
"""

import re
import unicodedata
from dataclasses import dataclass

from openbureau.chinese.folding import half_width, simplified
from openbureau.library.places import Places

_SIMPLIFIED_TOO = frozenset("乾吒夥徵拚捱摺榘菸薹袷醣麴麽昇陞氾鉅祕脩")
"""Traditional to OpenCC, yet used in simplified names (GB 2312, 通用规范汉字表): 日昇 is not 日升."""
_OPENING, _CLOSING = "([{〔【〖", ")]}〕】〗"
_TELLING = "&#@%"
"""Punctuation that tells one brand from another: B&B is not BB. Symbols, as in A+, always do."""
_HYPHEN = "\0"
"""Stands for the punctuation between two digits until the other punctuation is gone."""
MAX_FOLDED_CHARACTERS = 32_768
"""Characters whose folding is remembered: there are many more than anybody writes."""
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[^\w\s()&#@%+]+(?=[0-9])")

_GENERIC = re.compile(
    "(?:有限责任|股份有限|有限)?公司|民办非企业(?:单位)?|(?:教育)?(?:培训)?(?:中心|学校|机构|基地|班)|教育培训|培训|教育"
    "|俱乐部|工作[室坊]|画[室院]|琴[行房社]|棋[院社馆]|学[堂院社苑]|书院|讲堂|课堂|教室|舞[社团]|[武会场]?馆|兴趣班|补习班|社"
)
"""Kinds of place. Parents call a 培训中心 a 馆, a 俱乐部 or a 班, and a 培训有限公司 a 工作室."""
# Possessive: a text of nothing but such words is read once, not in every way it can be split.
_GENERIC_END = re.compile(f"(?:{_GENERIC.pattern})++$")
BRANCHES = (
    "分校",
    "分部",
    "分店",
    "分公司",
    "分院",
    "分馆",
    "校区",
    "教学点",
    "办学点",
    "总店",
    "总部",
    "店",
)
"""What the name of a branch ends with."""
_BRANCH_END = re.compile(
    f"(?:第?[一二三四五六七八九十0-9]{{0,3}}|[东南西北新老]?)(?:{'|'.join(BRANCHES[:-1])})$"
)
_BRACKETED = re.compile(r"\([^()]*\)")
_LABELLED_CODE = re.compile(
    "(?:统一|社会|信用代码|办学|许可证|编号|号码|教民|证号|[号第为是])*([0-9a-z]{6,})号?"
)


class _Folding(dict[int, str]):
    """What becomes of each character (`str.translate`), found out when it first comes."""

    def __missing__(self, number: int) -> str:
        if len(self) == MAX_FOLDED_CHARACTERS:
            self.clear()
        folded = self[number] = _folded(chr(number))
        return folded


def _folded(character: str) -> str:
    if character in _OPENING or character in _CLOSING:
        return "(" if character in _OPENING else ")"
    if character == _HYPHEN:
        return "-"
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cf", "Cs", "Mn") or (kind[0] in "PZ" and character not in _TELLING):
        return ""
    return character if character in _SIMPLIFIED_TOO else simplified(character)


_FOLDING = _Folding()


def full_form(text: str) -> str:
    """Half width, lower case, simplified; brackets are all alike; no white space, no other punctuation.

    Between two digits punctuation stays, as a hyphen: 1-2层 is not 12层.
    """
    half = half_width(text).casefold()
    return _BETWEEN_DIGITS.sub(_HYPHEN, half).translate(_FOLDING)


def plain_form(text: str) -> str:
    """The full form without its brackets."""
    return full_form(text).replace("(", "").replace(")", "")


def words_of(text: str) -> list[str]:
    """The plain forms of what white space and punctuation set apart."""
    half = half_width(text)
    marked = _BETWEEN_DIGITS.sub("-", half)
    spaced = "".join(
        " "
        if unicodedata.category(character)[0] in "PZC" and character not in _TELLING and character != "-"
        else character
        for character in marked
    )
    return [plain for plain in map(plain_form, spaced.split()) if plain]


def code_form(text: str) -> str:
    """The letters and digits of a credit code or permit number, without the words around it; else empty."""
    match = _LABELLED_CODE.fullmatch(plain_form(text).replace("-", ""))
    return match[1].upper() if match and any(map(str.isdigit, match[1])) else ""


_ASKING = re.compile(
    "[吗呢么谁哪]|如何|为何|是否|多少|能不能|可不可|有没有|是不是|要不要|该|投诉|举报|选择?|找"
)


def is_kind(word: str) -> bool:
    """Whether a word is one for a kind of place: 公司, 培训中心, 画室."""
    return _GENERIC.fullmatch(word) is not None


def reads_as_name(text: str) -> bool:
    """Whether a text reads like the name or number of an institution, and like no question."""
    plain = plain_form(text)
    return bool(code_form(text) or (_GENERIC_END.search(plain) and not _ASKING.search(plain)))


@dataclass(frozen=True)
class Weighed:
    """A plain form taken apart: `core` is what tells institutions apart and is never empty.

    `counties` are the stems (清城) of the counties before it; `others` the city and the words of its kind
    around it (有限公司, 培训中心, 学校). All of these may be left out or wrong in what a parent types.
    """

    core: str
    counties: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def weigh(plain: str, places: Places) -> Weighed:
    """Take the low-information words off both ends."""
    counties, others, start = places.leading(plain)
    tail = _GENERIC_END.search(plain, start)
    core = plain[start : tail.start() if tail else None]
    if not core:
        return Weighed(plain)
    return Weighed(core, counties, (*others, *(_GENERIC.findall(tail[0]) if tail else ())))


def counties_in(plain: str, places: Places) -> frozenset[str]:
    """The stems of the counties a text begins with or names in full."""
    return frozenset((*weigh(plain, places).counties, *(stem for stem, _ in places.inside(plain))))


def behind_county(plain: str, places: Places) -> tuple[frozenset[str], str]:
    """The county a text names in full or begins with, if any, and what follows it."""
    if named := places.inside(plain):
        stem, end = named[-1]
        return frozenset((stem,)), plain[end:]
    weighed = weigh(plain, places)
    return frozenset(weighed.counties), plain[plain.index(weighed.core) :]


def brand(full: str, places: Places) -> str:
    """The core of a full form without what is in brackets and without the words for a branch."""
    bare = _BRACKETED.sub("", full).replace("(", "").replace(")", "")
    return weigh(_BRANCH_END.sub("", bare) or bare, places).core if bare else ""
