"""Natural persons in what is published: 张三 becomes 张*, an organisation stays as it is.

What cannot be told for certain to be an organisation is masked: a name published by mistake can never be
taken back.
"""

import re
from collections.abc import Iterable

from openbureau.chinese.folding import half_width, without_gaps

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"

SHORT_ENDS = (
    *("公司", "集团", "企业", "银行", "工厂", "合作社", "事务所", "研究所", "研究院", "工作室", "俱乐部"),
    *("学校", "学院", "大学", "中学", "小学", "高中", "初中", "技校", "幼儿园", "托儿所", "少年宫", "培训部"),
    *("中心", "医院", "书店", "商店", "商行", "门店", "分店", "超市", "餐厅", "酒店", "画室", "琴行", "武馆"),
    *("协会", "学会", "商会", "工会", "基金会", "委员会", "居委会", "村委会", "服务部", "经营部", "图书馆"),
    *("教育局", "人民政府", "办公室", "办事处", "管理局", "文化宫", "体育馆", "艺术馆", "服务站"),
)
"""Endings of organisations of five characters and more; no person's name is so long and ends so."""

LONG_ENDS = tuple("局厅院校园部所店会社厂馆站室行吧坊屋铺场班")
"""Endings of organisations of seven characters and more."""

LATIN_ENDS = re.compile(r"\b(co|ltd|inc|llc|limited|company|school|university)\.?$", re.IGNORECASE)

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常欧司上诸"
)
"""The first characters of the usual surnames of two and one characters."""

NOBODY = {
    *("经营者", "法定代表人", "法人代表", "负责人", "投资人", "举办者", "当事人", "申请人", "自然人", "公民"),
    *("合计", "总计", "小计", "共计", "累计", "总数", "本页合计", "本页小计"),
    *("个体工商户", "个人", "公民个人", "无", "不公开", "不公开个人", "未载明", "略", "不适用"),
}
"""Words beside or instead of a name."""

_SPACED = re.compile(rf"(?<![{HAN}])([{HAN}])\s+([{HAN}])(?:\s+([{HAN}]))?(?![{HAN}])")
_PARTS = re.compile(
    rf"([、,，;；/|\\()（）:：《》“”\"\[\]【】]+|(?<=[{HAN}])\s+(?=[{HAN}])|(?<=[{HAN}])[和与及](?=[{HAN}]{{2}}))"
)
_REST = re.compile(r"(等(?:\s*\d+)?\s*[人名个]?)$")
_CALLED = re.compile(
    r"(个体工商户|法定代表人|法人代表|负责人|经营者|投资人|举办者|当事人|申请人|自然人|公民)?"
    rf"([{HAN}·]{{2,4}}?)(先生|女士|同志|老师|校长|园长)?"
)
"""A name of two to four characters between what somebody is called."""
_MASKED = re.compile("[*＊×某]")
_LETTER = re.compile(rf"[{HAN}A-Za-z]")


def mask_persons(text: str) -> tuple[str, frozenset[str]]:
    """The text with every natural person masked, and the names that may stand nowhere else either."""
    plain = _SPACED.sub(lambda match: "".join(part or "" for part in match.groups()), text.strip())
    names: set[str] = set()
    parts = []
    # 和 may be inside the name of an organisation: one that is recognised whole is not taken apart.
    for index, part in enumerate([plain] if is_organisation(plain) else _PARTS.split(plain)):
        rest = _REST.search(part)
        name = part[: rest.start()] if rest else part
        is_between = index % 2 == 1
        if not is_between and _is_person(name):
            called = _CALLED.fullmatch(name.strip())
            own = called[2] if called else name.strip()
            names.add(own)
            name = f"{called[1] or ''}{mask_name(own)}{called[3] or ''}" if called else mask_name(name)
        parts.append(name + (rest[1] if rest else ""))
    return "".join(parts), frozenset(name for name in names if len(name) > 1)


def mask_name(name: str) -> str:
    """The first character of each word, and a star for each other one."""
    return re.sub(r"\S+", lambda word: word[0][0] + "*" * max(1, len(word[0]) - 1), name)


def hide_names(text: str, names: Iterable[str]) -> str:
    """The text with each of the `names` masked wherever it stands, with or without spaces in it."""
    for name in sorted(names, key=len, reverse=True):
        pattern = r"\s*".join(re.escape(char) for char in name if not char.isspace())
        text = re.sub(pattern, mask_name(name), text, flags=re.IGNORECASE)
    return text


def may_be_name(text: str) -> bool:
    """Whether a short text may be a person's name: two to four characters, the first a usual surname."""
    plain = without_gaps(half_width(text))
    return re.fullmatch(f"[{SURNAMES}][{HAN}]{{1,3}}|[{HAN}][*×某]+", plain) is not None


def is_organisation(text: str) -> bool:
    """Whether this is the name of an organisation beyond doubt; never of several joined by 、."""
    plain = without_gaps(half_width(text))
    if re.search(r"[、,;/|]", plain):
        return False
    # A branch's or trader's name may have a bracket within: 甲（清远）有限公司.
    plain = re.sub(r"\([^()]*\)(?=.)", "", plain)
    if LATIN_ENDS.search(text.strip()):
        return True
    return (len(plain) >= 5 and plain.endswith(SHORT_ENDS)) or (len(plain) >= 7 and plain.endswith(LONG_ENDS))


def _is_person(part: str) -> bool:
    name = part.strip()
    if not _LETTER.search(name) or _MASKED.search(name):
        return False
    return name not in NOBODY and not is_organisation(name)
