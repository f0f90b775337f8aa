"""The values of a register's cells by the type of their column; always text, empty when there is none."""

import calendar
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from openbureau.chinese.dates import FOREVER, NotADay, read_days
from openbureau.library.registers.schema import Column, ColumnType
from openbureau.spreadsheets.workbook import Cell

BETWEEN = re.compile(r"\s*[、,，;；]\s*")
"""What stands between several choices in one cell."""

_KNOWN_PART = re.compile(r"((?:19|20)\d\d)\s*(?:年|(?:[-./]|年)\s*(\d{1,2})\s*月?)?")
_LINK = re.compile(r"https?://[^\s/\\]+(/[^\s\\]*)?|/(?!/)[^\s\\]*")


class NotAValue(ValueError):
    """The cell holds something else than its column says: `what` is wrong and how to `mend` it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}；{mend}")
        self.what = what
        self.mend = mend


def read_value(column: Column, cell: Cell) -> str:
    """The value of a cell. Raises NotAValue, whose words never repeat the cell."""
    if cell.error:
        raise NotAValue("公式出错", "请改成数值或文字")
    return _READERS[column.type](column, cell)


def last_day(day: str) -> str:
    """The last day of a day, month or year; empty for 长期 and for nothing, which have none."""
    parts = day.split("-")
    if not parts[0].isdigit():
        return ""
    year, month = int(parts[0]), int(parts[1]) if len(parts) > 1 else 12
    return day if len(parts) == 3 else f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"


def one_line(text: str) -> str:
    """The text without line breaks, doubled white space and the characters nobody sees."""
    seen = "".join(char for char in text if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join(seen.split())


def _text(column: Column, cell: Cell) -> str:
    return one_line(cell.text)


def _day(column: Column, cell: Cell) -> str:
    """An ISO day, or the year or month that is all that is known: nothing is filled in."""
    part = _KNOWN_PART.fullmatch(unicodedata.normalize("NFKC", cell.text).strip())
    if part and part[2] is None:
        return part[1]
    if part and 1 <= int(part[2]) <= 12:
        return f"{part[1]}-{int(part[2]):02}"
    try:
        days = read_days(cell.value, last=False)
    except NotADay:
        days = ("", "")
    if len(days) > 1:
        raise NotAValue("不是一个日期", f"请写成 2024-05-31，只知道年月的写 2024-05，没有期限的写“{FOREVER}”")
    return days[0] if days else ""


def _number(column: Column, cell: Cell) -> str:
    text = unicodedata.normalize("NFKC", cell.text).replace(",", "").strip()
    text = text.removesuffix(column.unit).strip() if column.unit else text
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        number = None
    if text and (number is None or not number.is_finite()):
        raise NotAValue("不是数字", "请只写数字；说明写在说明栏")
    return text


def _choice(column: Column, cell: Cell) -> str:
    chosen = [each for each in BETWEEN.split(one_line(cell.text)) if each]
    if not set(chosen) <= set(column.choices):
        raise NotAValue("不在可选的范围内", f"请用：{'、'.join(column.choices)}；多项之间用顿号")
    return "、".join(dict.fromkeys(chosen))


def _link(column: Column, cell: Cell) -> str:
    text = cell.text.strip()
    if text and not _LINK.fullmatch(text):
        raise NotAValue("不是网址", "请写完整的 https:// 网址，或本站以 / 开头的地址")
    return text


_READERS: Mapping[ColumnType, Callable[[Column, Cell], str]] = {
    "text": _text,
    "day": _day,
    "number": _number,
    "choice": _choice,
    "link": _link,
}
