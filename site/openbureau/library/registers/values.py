"""The value of a cell of a register, by the type of its column: always text, empty when there is none."""

import calendar
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from openbureau.chinese.credit_codes import fault_of, read_credit_code
from openbureau.chinese.dates import FOREVER, NotADay, read_days
from openbureau.chinese.folding import half_width, without_gaps
from openbureau.library.registers.schema import ColumnType, RegisterColumn
from openbureau.spreadsheets.workbook import Cell

OTHER = "其他"
"""The choice behind which its own words may stand: 其他-责令改正, as the form of 双公示 has it."""

_BETWEEN = re.compile("[、,;/+|]+|并处?")
"""What stands between several choices in one cell, once folded."""
_OWN_WORDS = re.compile(r"[-:(]+([^、,;/+|()]+)\)?")
"""The words of 其他, once folded."""

_NOTHING = re.compile(r"[-/\\—_.]*|null|n/a|空")
_NOTHING_IN_WORDS = re.compile("无|暂无|没有|不适用|不涉及")
"""What stands in a cell that has nothing to say; the words are said where any text may stand."""
_DITTO = re.compile("同上.?|同前|[〃″々]|''")
_LINK = re.compile(r"https?://[^\s/\\]+(/[^\s\\]*)?|/(?!/)[^\s\\]*")
_AMOUNT = re.compile(r"(?P<sign>(?:人民币|rmb|[¥￥])*)(?P<number>[^亿万元]*)(?P<unit>亿元?|万元?|元)?整?")
_YUAN = {"": 1, "元": 1, "万": 10_000, "万元": 10_000, "亿": 10**8, "亿元": 10**8}
"""Units of money, in 元."""


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
    folded = fold(cell.text)
    if _NOTHING.fullmatch(folded) or (column.type != "text" and _NOTHING_IN_WORDS.fullmatch(folded)):
        return ""
    if _DITTO.fullmatch(folded):
        raise NotAValue("写的是“同上”", "请写出内容")
    return _day(cell, from_1904) if column.type == "day" else _READERS[column.type](column, cell)


def doubt_of(column: RegisterColumn, cell: Cell) -> NotAValue | None:
    """What is to be told of a cell whose value was read: an amount in another unit than its column's, a
    credit code that is none."""
    if column.type == "number" and column.unit in _YUAN:
        amount = _amount(column, cell)
        if amount and not amount.unit and column.unit:
            what = f"只有货币符号，看不出是元还是{column.unit}，该项没有采用"
            return NotAValue(what, f"请按{column.unit}只写数字")
        if amount and amount.unit != column.unit:
            what = f"写明以{amount.unit}为单位，已折算成{column.unit or '元'}"
            return NotAValue(what, "请核对；不对的，请按该列的单位只写数字")
    if column.type == "code" and cell.text:
        code = read_credit_code(cell.value, cell.text)
        if code.state == "invalid":
            meant = f"，可能是 {code.suggestion}" if code.suggestion else ""
            return NotAValue(f"{fault_of(code.code or '')}{meant}，照原文公布", "请对照登记证书改正")
    return None


def chosen(text: str, choices: Sequence[str]) -> list[tuple[str, str]] | None:
    """The choices that a text names, of which any may have a 、 within, each with its words (其他-责令改正);
    None if it says anything else."""
    named = _chosen(fold(text), choices)
    # A line break may part two choices, or stand in one.
    return _chosen(";".join(map(fold, text.split())), choices) if named is None else named


def _chosen(folded: str, choices: Sequence[str]) -> list[tuple[str, str]] | None:
    known = {fold(choice): choice for choice in sorted(choices, key=len, reverse=True)}
    rest = folded.strip("、,;")
    named: list[tuple[str, str]] = []
    while rest:
        for begin, choice in known.items():
            if not rest.startswith(begin):
                continue
            end, words = len(begin), choice
            if choice == OTHER and (own := _OWN_WORDS.match(rest, end)):
                end, words = own.end(), f"{choice}-{own[1]}"
            between = _BETWEEN.match(rest, end)
            if between or end == len(rest):
                named.append((choice, words))
                rest = rest[between.end() if between else end :].lstrip("、,;")
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
    try:
        first = read_days(cell.value, last=False, from_1904=from_1904)
        last = read_days(cell.value, last=True, from_1904=from_1904)
    except NotADay:
        first = last = ("", "")
    if len(first) > 1:
        raise NotAValue("不是一个日期", f"请写成 2024-05-31，只知道年月的写 2024-05，没有期限的写“{FOREVER}”")
    if first == last:
        return first[0] if first else ""
    month = first[0][:7]
    return month if last[0].startswith(month) else month[:4]


class _Amount(NamedTuple):
    """A number and its unit, by the cell or else its column; none where a sign of money makes it doubtful."""

    number: Decimal
    unit: str


def _amount(column: RegisterColumn, cell: Cell) -> _Amount | None:
    """The amount of money in a cell; None if it is none."""
    match = _AMOUNT.fullmatch(fold(cell.text).replace(",", ""))
    number = _decimal(match["number"]) if match else None
    if match is None or number is None:
        return None
    unit = match["unit"] or column.unit
    if _YUAN[unit] == _YUAN[column.unit]:
        # A number that a format shows with ¥ may be either.
        is_doubtful = match["sign"] and not match["unit"] and column.unit not in ("", "元")
        return _Amount(number, "" if is_doubtful else column.unit)
    return _Amount(number, unit)


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _number(column: RegisterColumn, cell: Cell) -> str:
    if column.unit in _YUAN and (amount := _amount(column, cell)):
        if amount.unit == column.unit:
            return f"{amount.number:f}"
        # In doubt nothing is taken.
        factor = Decimal(_YUAN[amount.unit]) / _YUAN[column.unit]
        return f"{(amount.number * factor).normalize():f}" if amount.unit else ""
    text = half_width(cell.text).replace(",", "").strip().removesuffix(column.unit).strip()
    if text.endswith("%"):
        mend = '请只写数字，并在 register.toml 的该列写 unit = "%"；或把该列改成文字'
        raise NotAValue("带有百分号", mend)
    plain = _decimal(text)
    if text and plain is None:
        raise NotAValue("不是数字", "请只写数字；说明写在说明栏")
    return f"{plain:f}" if plain is not None else ""


def _code(column: RegisterColumn, cell: Cell) -> str:
    """The code in its one form, or what stands there; empty where there is none."""
    code = read_credit_code(cell.value, cell.text)
    if code.lost:
        raise NotAValue(
            "被表格软件存成数字，末尾几位已丢失，无法还原", "请把该列设为文本格式，再按证件原件重新录入"
        )
    return code.code or ("" if code.state == "missing" else one_line(cell.text))


def _choice(column: RegisterColumn, cell: Cell) -> str:
    named = chosen(one_line(cell.text), column.choices)
    if named is None:
        other = "，不在其中的写成“其他-责令改正”的样子" if OTHER in column.choices else ""
        raise NotAValue("不在可选的范围内", f"请用：{'、'.join(column.choices)}；多项之间用顿号{other}")
    return "、".join(words for _, words in named)


def _link(column: RegisterColumn, cell: Cell) -> str:
    text = cell.text.strip()
    if text and not _LINK.fullmatch(text):
        raise NotAValue("不是网址", "请写完整的 https:// 网址，或本站以 / 开头的地址")
    return text


_READERS: Mapping[ColumnType, Callable[[RegisterColumn, Cell], str]] = {
    "text": _text,
    "number": _number,
    "choice": _choice,
    "code": _code,
    "link": _link,
}
