"""What the words before a table say about it: its title, and the headings it stands under."""

import re

from openbureau.chinese.folding import without_gaps

MAX_CHARACTERS = 60
"""Of a heading; longer ones are text. Titles may be longer."""
_SAME_TABLE = re.compile(r"[（(]?(续上?表.*|上接.*|接上页.*|续)[）)]?")
_TEXT = re.compile(r"(注|备注|说明|附注|填表|制表|审核|联系)[^\n]{0,4}[:：]|.*[。；;！]")
_LEVELS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(r"第[〇零一二三四五六七八九十百\d]+[章部分]|[〇零一二三四五六七八九十百]+\s*[、.．]")),
    (2, re.compile(r"[（(][〇零一二三四五六七八九十百]+[)）]")),
    (3, re.compile(r"\d{1,3}\s*[、.．](?!\d)")),
    (4, re.compile(r"[（(]\d{1,3}[)）]|[①-⑳]")),
)
"""Headings by their numbers (GB/T 9704-2012, 7.3.3), the outermost first."""
_UNNUMBERED = 9


class Captions:
    """Follows the headings of a paper, so that each table knows those it stands under."""

    def __init__(self) -> None:
        self._title: list[str] = []
        self._headings: dict[int, str] = {}
        self._is_before_tables = True

    def add(self, text: str) -> None:
        """Take notice of a paragraph between tables."""
        plain = without_gaps(text)
        if not plain or _SAME_TABLE.fullmatch(plain):
            return
        level = next((level for level, pattern in _LEVELS if pattern.match(plain)), None)
        if level is None and self._is_before_tables and (not self._title or re.search("[:：]", plain)):
            self._title.append(text)
        elif len(plain) <= MAX_CHARACTERS and not _TEXT.match(plain):
            level = level or _UNNUMBERED
            self._headings = {at: words for at, words in self._headings.items() if at < level}
            self._headings[level] = text

    def of_table(self) -> tuple[str, ...]:
        """The title of the paper and the headings a table stands under, the outermost first."""
        self._is_before_tables = False
        return (*self._title, *(self._headings[level] for level in sorted(self._headings)))
