"""Clauses (第十二条) of a text: they have a name for ever, `#article-12`, and can be quoted by it."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement
from lxml.html.builder import CLASS, SPAN, A, P

from openbureau.formats.html_tree import words_of

_NUMERAL = "[0-9０-９]+|[零〇一二三四五六七八九十百千两]+"
_BEGINS = re.compile(
    rf"第(?P<number>{_NUMERAL})条(?:之(?P<after>[一二三四五六七八九十]+))?(?![、至和与及]第)"
)
"""How a clause begins; 第五条、第六条 at the beginning of a sentence begins none."""

_HEADINGS = ("h2", "h3", "h4")
_BLOCKS = (*_HEADINGS, "p", "li", "tr")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


@dataclass(frozen=True)
class Clause:
    """A clause where it stands: its name as written (第十二条), its id, and its blocks in their order."""

    name: str
    id: str
    blocks: tuple[HtmlElement, ...]

    def quoted(self) -> list[HtmlElement]:
        """Its words to stand in another text: without names of its own, a heading as a paragraph."""
        return [_as_quoted(copy.deepcopy(block)) for block in self.blocks]

    def add_links(self, explanations: list[tuple[str, str]]) -> None:
        """Put the clause's own address behind it, and those of its `explanations`, each with its title."""
        own = A("#", CLASS("permalink"), {"aria-label": f"{self.name}的链接"}, href=f"#{self.id}")
        others = [
            A("解读", CLASS("explained-by"), {"aria-label": f"{self.name}的解读：{title}"}, href=address)
            for address, title in explanations
        ]
        first = self.blocks[0]
        if first.tag in _HEADINGS:
            # Beside the heading, not in it: a list of headings is read aloud without them.
            first.addnext(P(CLASS("clause-links"), own, *others))
            return
        (first[-1] if first.tag == "tr" else first).append(SPAN(CLASS("clause-links"), own, *others))


def clause_id(text: str) -> str:
    """The id of the clause that `text` begins with or names; empty when it is none."""
    found = _BEGINS.match(text)
    if not found:
        return ""
    after = f"-{_number(found['after'])}" if found["after"] else ""
    return f"article-{_number(found['number'])}{after}"


def find_clauses(tree: HtmlElement) -> dict[str, Clause]:
    """The clauses of a text by their id, which each of them gets; of two with one number the first."""
    beginnings: dict[HtmlElement, str] = {}
    known: set[str] = set()
    for block in tree.iter(*_BLOCKS):
        own = clause_id(words_of(block))
        is_heading_of_table = block.tag == "tr" and block.getparent().tag == "thead"
        if own and own not in known and not is_heading_of_table:
            known.add(own)
            beginnings[block] = own
            block.set("id", own)
    clauses = {}
    for block, own in beginnings.items():
        found = _BEGINS.match(words_of(block))
        name = found[0] if found else own
        clauses[own] = Clause(name, own, (block, *_rest_of(block, beginnings)))
    return clauses


def _rest_of(block: HtmlElement, beginnings: dict[HtmlElement, str]) -> Iterator[HtmlElement]:
    """What follows the beginning of a clause and belongs to it: up to the next clause or heading of its rank.

    An item of a list and the row of a table are a clause of their own.
    """
    if block.tag in ("li", "tr"):
        return
    lower = _HEADINGS[_HEADINGS.index(block.tag) + 1 :] if block.tag in _HEADINGS else ()
    for following in block.itersiblings():
        is_next = following in beginnings or any(each in beginnings for each in following.iterdescendants())
        if is_next or (following.tag in _HEADINGS and following.tag not in lower):
            return
        yield following


def _as_quoted(block: HtmlElement) -> HtmlElement:
    for element in block.iter():
        element.attrib.pop("id", None)
    block.tail = None
    if block.tag == "tr":
        return P("　".join(words_of(cell) for cell in block))
    if block.tag in _HEADINGS:
        block.tag = "p"
        block.set("class", "clause-head")
    elif block.tag == "li":
        block.tag = "div"
    return block


def _number(numeral: str) -> int:
    """The value of 十二, 12 or １２."""
    if numeral.isdecimal():
        return int(numeral)
    total = digit = 0
    for char in numeral:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit
