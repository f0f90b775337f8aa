"""文号 (国办发〔2018〕80号, 教育部令第53号) in a text become links to the documents that this site has."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml.html.builder import A

from openbureau.formats.html_tree import Replaced, as_html, as_tree, replace_texts

_NUMBER = re.compile(
    r"""(?P<organ>[一-龥]{1,60})
    (?:\s*[〔﹝\[［【（(]\s*(?P<year>\d{4})\s*[〕﹞\]］】）)]|(?<=令))
    \s*(?:第\s*)?(?P<serial>\d{1,5})\s*号""",
    re.VERBOSE,
)
"""The official brackets are 〔〕; keyboards and old systems write any other."""

_BEFORE = frozenset("据照按依以从见和与及或由对在的即如了是为于并号合遵看查阅守除反")
"""Characters that may stand before the organ's short name: 粤教监管函 is another organ than 教监管函."""

_COUNTRY = "中华人民共和国"
_ELSEWHERE = {"a", "code", "pre"}


class Target(NamedTuple):
    """A document that a number leads to."""

    address: str
    title: str


def normal_number(text: str) -> str:
    """`text` in the official spelling; empty when it is no number by which one document can be told.

    Numbers of 主席令 begin again with every term of office: they tell nothing without the year.
    """
    match = _NUMBER.fullmatch(text.strip())
    if not match or (not match["year"] and match["organ"].endswith("主席令")):
        return ""
    return match["organ"].removeprefix(_COUNTRY) + _rest(match)


def link_numbers(html: str, targets: Mapping[str, Target], own: str) -> str:
    """Make links of the numbers in `html` that are `known` in their normal spelling.

    Nothing inside a link is touched, and no document leads to itself: `own` is its address.
    """
    if not _NUMBER.search(html):
        return html
    tree = as_tree(html)
    replace_texts(tree, lambda text: _links(text, targets, own), outside=_ELSEWHERE)
    return as_html(tree)


def _links(text: str, targets: Mapping[str, Target], own: str) -> Iterator[Replaced]:
    for match in _NUMBER.finditer(text):
        organ = match["organ"]
        for start in range(len(organ)):
            target = targets.get(organ[start:].removeprefix(_COUNTRY) + _rest(match))
            if target and target.address != own and (start == 0 or organ[start - 1] in _BEFORE):
                begin, end = match.start() + start, match.end()
                yield Replaced(begin, end, A(text[begin:end], href=target.address, title=target.title))
                break


def _rest(match: re.Match[str]) -> str:
    serial = int(match["serial"])
    return f"〔{int(match['year'])}〕{serial}号" if match["year"] else f"第{serial}号"
