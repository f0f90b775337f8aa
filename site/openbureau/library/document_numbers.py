"""文号 (国办发〔2018〕80号, 教育部令第53号) in a text become links to the documents that this site has."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml.html import HtmlElement
from lxml.html.builder import A

from openbureau.library.html_tree import as_html, as_tree

_NUMBER = re.compile(
    r"""(?P<organ>[一-龥]+)
    (?:\s*[〔﹝\[［【（(]\s*(?P<year>\d{4})\s*[〕﹞\]］】）)]\s*第?|(?<=令)\s*第?)
    \s*(?P<serial>\d{1,5})\s*号""",
    re.VERBOSE,
)
"""The official brackets are 〔〕; keyboards and old systems write any other."""

_BEFORE = frozenset("据照按依以从见和与及或由对在的即如了是为于并号合遵看查阅守除")
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
    found = _NUMBER.fullmatch(text.strip())
    if not found or (not found["year"] and found["organ"].endswith("主席令")):
        return ""
    return found["organ"].removeprefix(_COUNTRY) + _rest(found)


def link_numbers(html: str, known: Mapping[str, Target], own: str) -> str:
    """Make links of the numbers in `html` that are `known` in their normal spelling.

    Nothing inside a link is touched, and no document leads to itself: `own` is its address.
    """
    if not _NUMBER.search(html):
        return html
    tree = as_tree(html)
    others = {number: target for number, target in known.items() if target.address != own}
    for element in list(tree.iter()):
        is_elsewhere = any(each.tag in _ELSEWHERE for each in (element, *element.iterancestors()))
        if element.text and not is_elsewhere:
            _replace(element, 0, element.text, others)
        parent = element.getparent()
        if parent is None or not element.tail:
            continue
        if not any(each.tag in _ELSEWHERE for each in (parent, *parent.iterancestors())):
            _replace(parent, parent.index(element) + 1, element.tail, others)
    return as_html(tree)


def _replace(parent: HtmlElement, place: int, text: str, known: Mapping[str, Target]) -> None:
    """Put the links of `text`, which stands before child number `place`, into `parent`."""
    spans = list(_spans(text, known))
    if not spans:
        return
    before = text[: spans[0][0]]
    if place:
        parent[place - 1].tail = before
    else:
        parent.text = before
    ends = [*(start for start, _, _ in spans[1:]), len(text)]
    links = []
    for (start, end, target), following in zip(spans, ends, strict=True):
        link = A(text[start:end], href=target.address, title=target.title)
        link.tail = text[end:following]
        links.append(link)
    parent[place:place] = links


def _spans(text: str, known: Mapping[str, Target]) -> Iterator[tuple[int, int, Target]]:
    """Where numbers begin and end in the text, and what they lead to."""
    for found in _NUMBER.finditer(text):
        organ = found["organ"]
        for start in range(len(organ)):
            target = known.get(organ[start:].removeprefix(_COUNTRY) + _rest(found))
            if target and (start == 0 or organ[start - 1] in _BEFORE):
                yield found.start() + start, found.end(), target
                break


def _rest(found: re.Match[str]) -> str:
    serial = int(found["serial"])
    return f"〔{int(found['year'])}〕{serial}号" if found["year"] else f"第{serial}号"
