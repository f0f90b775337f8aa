"""Headings inside a list (一、清城区；二、停止办学机构), which hold for the rows below until the next."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from openbureau.chinese.folding import fold
from openbureau.library.places import Counties
from openbureau.library.whitelist.layout.row_kinds import (
    is_bureau,
    is_generic,
    is_note,
    is_total,
    looks_like_name,
)
from openbureau.library.whitelist.vocabulary import status_of_heading
from openbureau.spreadsheets.workbook import Cell

MAX_HEADING_CHARACTERS = 40

_NUMERAL = "[一二三四五六七八九十]{1,3}"
_NUMBERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (style, re.compile(pattern))
    for style, pattern in (
        ("list", r"附[件表录]?\d{0,2}[:.、]?|附[件表]" + _NUMERAL + "[:.、]?"),
        ("part", rf"第(?:{_NUMERAL}|\d{{1,2}})(?:部分|类|批|项|节)[:.、]?"),
        ("chinese", rf"{_NUMERAL}[、.,:]"),
        ("chinese in brackets", rf"\({_NUMERAL}\)、?"),
        ("digits", r"\d{1,2}[、.](?!\d)"),
        ("digits in brackets", r"\(\d{1,2}\)|[①-⑳]"),
    )
)
"""How headings are numbered; the text of a cell is folded, so that ① has become 1 where it can."""
_NUMERAL_CELL = re.compile(rf"\(?{_NUMERAL}\)?[、.]?")
_COUNT_CELL = re.compile(r"\d{1,5}[家所个间户]?")
_OUTER = ("part", "chinese", "chinese in brackets")
_SORT = re.compile(r"(机构|名单)(\(.*\))?$")
_HAS_WORDS = re.compile("[\u4e00-\u9fff]")
_COUNTED = re.compile(r"\(?共?计?\d+[家所个间户].{0,6}\)?$")
_ALL_IN_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]{3,})[)\]】]")
_OF_ROWS_BELOW = re.compile("(?:以下|下列|下述)(?!空白|无)|如下")
_COUNT_BEHIND = re.compile(r"[:,](?:共?计?有?\d+[家所个间户])?。?$")
_LIST_NAME = re.compile(r".*(名单|一览表|名册|目录|明细表?|清单|汇总表|统计表|情况表)(\(.*\))*")


class Heading(NamedTuple):
    """One heading: how it is numbered (or of what it speaks), the county and the state it names.

    `status` is as `vocabulary.status_of_heading` says it.
    """

    level: str
    county: str | None
    status: str | None


def speaks_of_rows_below(text: str) -> bool:
    """Whether a folded text is about the rows that follow it."""
    return _OF_ROWS_BELOW.search(text) is not None


@dataclass
class Headings:
    """The headings that hold for a row, the outermost first."""

    stack: list[Heading] = field(default_factory=list)

    def enter(self, heading: Heading) -> None:
        """Take a heading: it ends the last one of its own level and all within that."""
        levels = [one.level for one in self.stack]
        if heading.level == "list":
            self.stack.clear()
        elif heading.level in levels:
            del self.stack[levels.index(heading.level) :]
        self.stack.append(heading)

    @property
    def county(self) -> str | None:
        return next((one.county for one in reversed(self.stack) if one.county), None)

    @property
    def status(self) -> str | None:
        return next((one.status for one in reversed(self.stack) if one.status is not None), None)


def read_heading(own: Sequence[Cell], counties: Counties) -> Heading | None:
    """The heading that the row is. `own` are its cells that are not merged with others."""
    words = [fold(cell.text) for cell in own]
    numeral = ""
    # The numeral of a heading may have a cell of its own; a digit there is that of an institution.
    if len(words) > 1 and _NUMERAL_CELL.fullmatch(words[0]):
        numeral = words[0] if words[0][-1] in "、.)" else f"{words[0]}、"
        words = words[1:]
    texts = {
        *words[:1],
        *(word for word in words[1:] if not _COUNT_CELL.fullmatch(word) and not is_total(word)),
    }
    if len(texts) != 1:
        return None
    text = numeral + texts.pop()
    return heading_of(text, counties)


def heading_of(text: str, counties: Counties) -> Heading | None:
    """The heading that a line of text is."""
    text = fold(text)
    if len(text) > MAX_HEADING_CHARACTERS:
        return None
    # （以下停业）: all in brackets, and only there.
    if inner := _ALL_IN_BRACKETS.fullmatch(text):
        text = inner[1]
    level, rest = "", text
    for style, pattern in _NUMBERS:
        if match := pattern.match(text):
            level, rest = style, text[match.end() :]
            break
    if speaks_of_rows_below(rest):
        rest = rest.rstrip("。;!")
    rest = _COUNT_BEHIND.sub("", rest)
    plain = rest.strip(":、. ")
    if (
        not _HAS_WORDS.search(plain)
        or is_total(plain)
        or is_bureau(plain)
        or (level != "list" and is_note(rest.rstrip(":")))
    ):
        return None
    county = counties.named(plain)
    status = status_of_heading(plain)
    rest = counties.taken_out(plain)
    # 一、…机构 is a heading whatever the words between; institutions are not numbered so.
    is_plain = (
        not rest or is_generic(rest.strip("()")) or (level in _OUTER and _SORT.search(plain) is not None)
    )
    is_named = looks_like_name(plain) and not is_plain
    is_list = _LIST_NAME.fullmatch(plain) is not None
    if is_named and not is_list:
        return None
    if level == "list" or (is_list and not level):
        return Heading("list", county, status)
    if not (level or is_plain or _COUNTED.search(plain)):
        return None
    return Heading(
        level or ("county" if county else "status" if status is not None else "other"), county, status
    )
