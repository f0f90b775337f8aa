"""A text in sections that can be linked to: where a block has an id, one begins."""

import copy
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lxml.html import HtmlElement

from openbureau.formats.html_tree import as_html, as_tree, words_of

_HEADINGS = ("h2", "h3", "h4")
_PARTS = ("li", "tr")


class HtmlSection(NamedTuple):
    """A part of a text: the id at which it begins, the words of each of its headings, its blocks.

    What stands before the first id has the anchor "".
    """

    anchor: str
    headings: tuple[str, ...]
    html: str


def split_sections(html: str) -> list[HtmlSection]:
    """The sections of rendered `html` in their order.

    A heading with nothing below it but the next beginning belongs to that one, and so its id is no anchor.
    Items of a list and rows of a table begin sections, too; each has its list or table around it.
    """
    if " id=" not in html:
        return [HtmlSection("", (), html)] if html else []
    sections: list[HtmlSection] = []
    anchor, blocks = "", list[HtmlElement]()
    for block in _blocks(as_tree(html)):
        own = _id_of(block)
        if own and not all(before.tag in _HEADINGS for before in blocks):
            sections.append(_section(anchor, blocks))
            blocks = []
        anchor = own or anchor
        blocks.append(block)
    return [*sections, _section(anchor, blocks)]


def _section(anchor: str, blocks: Sequence[HtmlElement]) -> HtmlSection:
    headings = tuple(words_of(block) for block in blocks if block.tag in _HEADINGS)
    tree = as_tree("")
    tree.extend(blocks)
    return HtmlSection(anchor, headings, as_html(tree))


def _id_of(block: HtmlElement) -> str:
    inner = (part.get("id") for part in block.iter(*_PARTS))
    return str(block.get("id") or next(filter(None, inner), ""))


def _blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The blocks of a text; a list or table with ids inside comes once for each of these."""
    for block in tree:
        parts = list(block.iter(*_PARTS))
        starts = [place for place, part in enumerate(parts) if part.get("id")]
        # Cells that reach into the rows below stand right only among these.
        if not starts or block.get("id") or block.find(".//*[@rowspan]") is not None:
            yield block
            continue
        if any(not _is_head(part) for part in parts[: starts[0]]):
            starts.insert(0, 0)
        for start, end in zip(starts, [*starts[1:], len(parts)], strict=True):
            yield _only(block, start, end)


def _is_head(part: HtmlElement) -> bool:
    return part.getparent() is not None and part.getparent().tag == "thead"


def _only(block: HtmlElement, start: int, end: int) -> HtmlElement:
    """A copy of a list or table without its items or rows before `start` and from `end` on; heads stay."""
    alone = copy.deepcopy(block)
    parts = list(alone.iter(*_PARTS))
    kept = set(parts[start:end])
    if alone.tag == "ol":
        before = sum(1 for part in parts[:start] if part.getparent() is alone)
        alone.set("start", str(int(alone.get("start", "1")) + before))
    for part in parts:
        holds_kept = not kept.isdisjoint(part.iter(*_PARTS))
        if not holds_kept and not _is_head(part) and part.getparent() is not None:
            part.drop_tree()
    return alone
