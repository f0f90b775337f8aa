"""What of a paper stands in no table: institutions there would be lost without a word."""

import re
from collections.abc import Iterable, Iterator

from openbureau.chinese.credit_codes import LONG_NUMBER
from openbureau.chinese.folding import fold, without_gaps
from openbureau.spreadsheets.errors import Unreadable
from openbureau.spreadsheets.workbook import ReadingNotice

_NAMED = re.compile(
    r"[(（]?\d{1,4}[)）]?[.、．]?.{4,60}(公司|学校|中心|俱乐部|学院|工作室)([(（].*[)）])?[。；;，,]?"
)
"""A line of a numbered list of institutions."""


def outside_notices(lines: Iterable[str]) -> Iterator[ReadingNotice]:
    """A notice if lines that stand in no table have a credit code, a permit number or a numbered name."""
    count = sum(_is_record(line) for line in lines)
    if count:
        message = f"表格以外有 {count} 处像是机构的文字（名称、统一社会信用代码或许可证号），没有采用"
        yield ReadingNotice(None, None, message, "确是名单内容的，请写进表格，一家机构占一行")


def without_table(what: str) -> Unreadable:
    """Why nothing is read of a file in which there is no table; `what` calls the file."""
    return Unreadable(
        "no_table",
        f"{what}中找不到表格，名单不在表格里的无法逐行读取",
        "请把名单做成表格（第一行是表头，一家机构占一行），或逐行录入到工作簿中，另存为 .xlsx",
    )


def _is_record(line: str) -> bool:
    plain = fold(line).upper()
    return LONG_NUMBER.search(plain) is not None or _NAMED.fullmatch(without_gaps(line)) is not None
