"""Numbers of official documents (国办发〔2021〕40号, 教育部令第53号) as people type them."""

import re
from typing import NamedTuple

from openbureau.chinese.folding import half_width, simplified
from openbureau.chinese.numerals import CHARACTERS, number

_COUNTRY = "中华人民共和国"
_SERIAL = rf"第?\s*(?P<serial>[0-9]{{1,5}}|[{CHARACTERS}]{{1,7}})\s*"
_ORGAN = r"(?P<organ>[一-龥]{0,30}?)\s*"
_DATED = re.compile(
    rf"{_ORGAN}[〔﹝\[［【（({{<〈]?\s*(?P<year>[12][0-9]{{3}}|[一二][{CHARACTERS}]{{3}})"
    rf"\s*(?:[〕﹞\]］】）)}}>〉年]|(?<=\d)\s|(?<=\d)(?=第))\s*{_SERIAL}(?:号|$)\s*(?:文件?)?"
)
_DECREE = re.compile(rf"{_ORGAN}(?:令\s*{_SERIAL}号?|{_SERIAL.replace('serial', 'number')}号\s*令)")
_UNDATED = re.compile(rf"{_ORGAN}{_SERIAL}号\s*(?:文件?)?")


class DocumentNumber(NamedTuple):
    """A number as it is typed, whole or in part: without organ, without year.

    A decree (令) has no year, and its `year` is 令. What is left out is empty.
    """

    organ: str
    year: str
    serial: int

    @property
    def is_whole(self) -> bool:
        """Whether it names one document: other parts of numbers do only while no second one has them."""
        return bool(self.organ and self.year)

    @property
    def form(self) -> str:
        """The one word that stands for it; no text is spelt so."""
        return f"#{self.organ}#{self.year}#{self.serial}"

    def parts(self) -> list["DocumentNumber"]:
        """What people call the document of a whole number by: the number itself, and parts of it."""
        return [self, self._replace(organ=""), self._replace(year=""), self._replace(organ="", year="")]


def read_document_number(text: str) -> DocumentNumber | None:
    """The number that all of `text` is, in whatever brackets, digits and script; None if it is none.

    40号 alone is none: it may be a house. 40号文 is one.
    """
    plain = simplified(half_width(text)).strip().removeprefix(_COUNTRY)
    if match := _DATED.fullmatch(plain):
        return DocumentNumber(match["organ"], str(number(match["year"])), int(number(match["serial"])))
    if match := _DECREE.fullmatch(plain):
        return DocumentNumber(match["organ"], "令", int(number(match["serial"] or match["number"])))
    match = _UNDATED.fullmatch(plain)
    if match and (match["organ"] or "文" in plain):
        return DocumentNumber(match["organ"], "", int(number(match["serial"])))
    return None
