"""Rows of a register's sheet that are no entries: totals, remarks, signatures, what explains the heading."""

import re
from collections.abc import Collection, Sequence
from typing import Literal

from openbureau.chinese.personal_names import is_organisation, may_be_name
from openbureau.library.registers.values import fold
from openbureau.spreadsheets.workbook import Cell

OtherRow = Literal["header", "note", "subtotal", "signature"]

NAMES: dict[OtherRow, str] = {
    "header": "对表头的说明",
    "note": "说明",
    "subtotal": "合计",
    "signature": "签署",
}
"""What they are called to clerks."""

_NOTES = ("注", "备注", "说明", "填表", "合计", "制表")
"""A row of one cell that begins so is a remark on the list and no entry."""

_COUNT = r"(?:\d[\d,.]*(?:[件条项宗人家个元]|万元)?|[件条项宗人家个])"
_TOTAL = re.compile(
    r"(?:本[页月期季年]度?|全[市县区年]|\d{4}年度?|罚款|许可|处罚)?(?:小计|合计|总计|共计|累计|总数)(?:金额|数量?|件数)?"
    rf"[:：]?[(（]?{_COUNT}?[)）]?[:：]?|共{_COUNT}.{{0,6}}"
)
_TOTAL_OF = re.compile(r".{0,12}(?:小计|合计|总计|共计).{0,10}")
"""A total of a part (市直小计) in a row that has no key."""
_SIGNED = re.compile(r"(?:填表|填报|制表|审核|审批|复核|联系|经办|打印|单位|负责)[^:：]{0,8}[:：].*")
_AUTHORITY = re.compile(
    r".*(?:局|厅|科|股|室|委员会|政府)(?:\(.*\))?(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-./]\d{1,2}[-./]\d{1,2})?"
)
"""Who signs below a list, and when."""
_FIELD_NAME = re.compile(r"[a-z]{2,}(?:_[a-z0-9]+)+|bz")
"""A name of the official interface under its heading (CF_XDR_MC), folded."""
_EXPLAINED = re.compile(r"\*?(?:必填|选填|非必填|填写|可空|可为空)")


def explains_heading(own: Sequence[Cell]) -> bool:
    """Whether a row right below the heading numbers its columns, names them for programs, or says how to
    fill them in."""
    texts = [fold(cell.text) for cell in own]
    if len(texts) < 2:
        return False
    first = int(texts[0]) if texts[0].isdecimal() else 0
    return (
        texts == [str(first + index) for index in range(len(texts))]
        or all(map(_FIELD_NAME.fullmatch, texts))
        or any(map(_EXPLAINED.match, texts))
    )


def other_row(
    own: Sequence[Cell], headed: Collection[int], columns: Collection[int], keyed: Collection[int]
) -> OtherRow | None:
    """What a row is, if it is no entry.

    `own` are its cells; `headed` are the numbers of the columns with a heading, `columns` of those that are
    read, `keyed` of those that hold the key of an entry.
    """
    first = fold(own[0].text)
    has_key = any(cell.column in keyed for cell in own)
    if _TOTAL.fullmatch(first) or (_TOTAL_OF.fullmatch(first) and not has_key):
        return "subtotal"
    if len(own) == 1 and len(columns) > 1 and first.startswith(_NOTES):
        return "note"
    if all(_SIGNED.fullmatch(fold(cell.text)) for cell in own):
        return "signature"
    if len(own) > 1 or len(columns) < 3 or has_key:
        return None
    if _AUTHORITY.fullmatch(first):
        return "signature"
    # A name alone, or what stands further right, is an entry of which the rest is missing.
    is_entry = own[0].column > min(headed) or is_organisation(first) or may_be_name(first)
    return None if is_entry else "note"
