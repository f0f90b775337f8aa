"""The value of a cell of a register, by the type of its column: always text, empty when there is none."""

import calendar
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from openbureau.chinese.dates import FOREVER, FOREVER_FROM, NotADay, read_days
from openbureau.chinese.folding import half_width, without_gaps
from openbureau.library.registers.schema import ColumnType, RegisterColumn
from openbureau.spreadsheets.workbook import Cell

_BETWEEN = re.compile("[、,;]+")
"""What stands between several choices in one cell, once folded."""

_KNOWN_PART = re.compile(r"((?:19|20)\d\d)\s*(?:年|(?:[-./]|年)\s*(\d{1,2})\s*月?)?")
_LINK = re.compile(r"https?://[^\s/\\]+(/[^\s\\]*)?|/(?!/)[^\s\\]*")
_CURRENCY = re.compile("^(?:人民币|[¥￥])+|(?<=\\d)(?:元整?|人民币)$")


class NotAValue(ValueError):
    """The cell holds something else than its column says: `what` is wrong and how to `mend` it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}；{mend}")
        self.what = what
        self.mend = mend


def fold(text: str) -> str:
    """A heading or a key without what differs only to the eye: width, white space, letter case."""
    return without_gaps(half_width(one_line(text))).casefold()


def read_value(column: RegisterColumn, cell: Cell, *, from_1904: bool = False) -> str:
    """The value of a cell. Raises NotAValue, whose words never repeat the cell.

    `from_1904`: serial numbers of days count from 1904 in this workbook.
    """
    if cell.error:
        raise NotAValue("公式出错", "请改成数值或文字")
    return _day(cell, from_1904) if column.type == "day" else _READERS[column.type](column, cell)


def has_currency(column: RegisterColumn, cell: Cell) -> bool:
    """Whether a number stands with a sign of money in a column that counts in something else than 元."""
    return (
        column.type == "number"
        and column.unit not in ("", "元")
        and bool(_CURRENCY.search(_without_unit(column, cell)))
    )


def chosen(text: str, choices: Sequence[str]) -> list[str] | None:
    """The choices that a text names, of which any may have a 、 within; None if it says anything else."""
    known = {fold(choice): choice for choice in sorted(choices, key=len, reverse=True)}
    rest = fold(text).strip("、,;")
    named: list[str] = []
    while rest:
        for folded, choice in known.items():
            end = len(folded)
            if rest.startswith(folded) and (end == len(rest) or _BETWEEN.match(rest, end)):
                named.append(choice)
                rest = rest[end:].lstrip("、,;")
                break
        else:
            return None
    return list(dict.fromkeys(named))


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


def _text(column: RegisterColumn, cell: Cell) -> str:
    return one_line(cell.text)


def _day(cell: Cell, from_1904: bool) -> str:
    """An ISO day, or the year or month that is all that is known: nothing is filled in."""
    part = _KNOWN_PART.fullmatch(half_width(cell.text).strip())
    if part and int(part[1]) < FOREVER_FROM and 1 <= int(part[2] or 1) <= 12:
        return part[1] if part[2] is None else f"{part[1]}-{int(part[2]):02}"
    try:
        days = read_days(cell.value, last=False, from_1904=from_1904)
    except NotADay:
        days = ("", "")
    if len(days) > 1:
        raise NotAValue("不是一个日期", f"请写成 2024-05-31，只知道年月的写 2024-05，没有期限的写“{FOREVER}”")
    return days[0] if days else ""


def _without_unit(column: RegisterColumn, cell: Cell) -> str:
    text = half_width(cell.text).replace(",", "").strip()
    return text.removesuffix(column.unit).strip() if column.unit else text


def _number(column: RegisterColumn, cell: Cell) -> str:
    text = _CURRENCY.sub("", _without_unit(column, cell)).strip()
    if text.endswith("%"):
        mend = '请只写数字，并在 register.toml 的该列写 unit = "%"；或把该列改成文字'
        raise NotAValue("带有百分号", mend)
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        number = None
    if text and (number is None or not number.is_finite()):
        raise NotAValue("不是数字", "请只写数字；说明写在说明栏")
    return text


def _choice(column: RegisterColumn, cell: Cell) -> str:
    named = chosen(one_line(cell.text), column.choices)
    if named is None:
        raise NotAValue("不在可选的范围内", f"请用：{'、'.join(column.choices)}；多项之间用顿号")
    return "、".join(named)


def _link(column: RegisterColumn, cell: Cell) -> str:
    text = cell.text.strip()
    if text and not _LINK.fullmatch(text):
        raise NotAValue("不是网址", "请写完整的 https:// 网址，或本站以 / 开头的地址")
    return text


_READERS: Mapping[ColumnType, Callable[[RegisterColumn, Cell], str]] = {
    "text": _text,
    "number": _number,
    "choice": _choice,
    "link": _link,
}
