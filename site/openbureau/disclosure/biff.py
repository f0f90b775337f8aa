"""Texts of the records of an .xls workbook ([MS-XLS], BIFF5 and BIFF8)."""

import struct
from collections.abc import Iterator

from openbureau.disclosure.texts import PlacedText, raw_texts
from openbureau.spreadsheets.workbook import column_letters

_BOF, _BOUNDSHEET, _CONTINUE, _SST, _LABELSST = 0x0809, 0x0085, 0x003C, 0x00FC, 0x00FD
_NUMBER, _RK, _MULRK, _FORMULA = 0x0203, 0x027E, 0x00BD, 0x0006
_WORKBOOK_PART = 0x0005
_WORDS = {
    0x0014: "页眉",
    0x0015: "页脚",
    0x0018: "定义的名称",
    0x0023: "外部名称",
    0x001C: "批注",
    0x01B6: "批注或文本框",
    0x01BE: "数据有效性",
    0x01B2: "数据有效性",
    0x009E: "筛选条件",
    0x01B8: "超链接",
    0x0800: "超链接",
    0x005C: "用户名",
    0x0204: "单元格",
    0x00D6: "单元格",
    0x0207: "公式结果",
    _FORMULA: "公式",
}
"""What the records are called in which people find a text."""
_PLACED = {0x0204, 0x00D6, _FORMULA, 0x01B8}
"""Records that begin with the row and the column of their cell."""
_DIVIDED_BY_100, _WHOLE = 1, 2


def biff_texts(stream: bytes) -> Iterator[PlacedText]:
    """The texts and whole numbers of all records, those too that belong to no cell."""
    sheets: dict[int, str] = {}
    strings: list[str] = []
    used: set[int] = set()
    sheet = ""
    for at, record, body in _records(stream):
        if record == _BOF:
            sheet = sheets.get(at, sheet)
        elif record == _BOUNDSHEET and len(body) > 8:
            sheets[struct.unpack_from("<I", body)[0]] = _sheet_name(body)
            yield PlacedText("工作表名称", _sheet_name(body))
        elif record == _SST:
            strings = list(raw_strings(body))
        elif record == _LABELSST and len(body) >= 10:
            row, column, _, index = struct.unpack_from("<HHHI", body)
            if index < len(strings):
                used.add(index)
                yield PlacedText(_cell(sheet, row, column), strings[index])
        else:
            yield from _numbers(sheet, record, body)
            words = _WORDS.get(record, "其他记录")
            place = f"{sheet} {words}".strip()
            if record in _PLACED and len(body) >= 4:
                place = f"{_cell(sheet, *struct.unpack_from('<HH', body))} {words}"
            yield from raw_texts(body, place)
    yield from (
        PlacedText("未使用的共享字符串", text) for index, text in enumerate(strings) if index not in used
    )


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Offset, number and body of each record, with what continues it; damage ends them."""
    at = 0
    while at + 4 <= len(stream):
        start = at
        record, length = struct.unpack_from("<HH", stream, at)
        body = [stream[at + 4 : at + 4 + length]]
        at += 4 + length
        while at + 4 <= len(stream) and struct.unpack_from("<H", stream, at)[0] == _CONTINUE:
            length = struct.unpack_from("<H", stream, at + 2)[0]
            # A text that is parted has its flags once more; of what begins anew a byte of its length is lost.
            body.append(stream[at + 5 : at + 4 + length])
            at += 4 + length
        yield start, record, b"".join(body)


def _sheet_name(body: bytes) -> str:
    count, wide = body[6], body[7] & 1
    return (
        body[8 : 8 + count * 2].decode("utf-16-le", "replace")
        if wide
        else body[8 : 8 + count].decode("latin-1")
    )


def raw_strings(table: bytes) -> Iterator[str]:
    """The shared strings (SST, 2.4.265), in the order in which cells count them."""
    at = 8
    while at + 3 <= len(table):
        count, flags = struct.unpack_from("<HB", table, at)
        at += 3
        runs = extra = 0
        if flags & 8 and at + 2 <= len(table):
            runs = struct.unpack_from("<H", table, at)[0]
            at += 2
        if flags & 4 and at + 4 <= len(table):
            extra = struct.unpack_from("<I", table, at)[0]
            at += 4
        size = count * 2 if flags & 1 else count
        text = table[at : at + size]
        yield text.decode("utf-16-le", "replace") if flags & 1 else text.decode("latin-1")
        at += size + 4 * runs + extra


def _cell(sheet: str, row: int, column: int) -> str:
    return f"{sheet}!{column_letters(column + 1)}{row + 1}".removeprefix("!")


def _numbers(sheet: str, record: int, body: bytes) -> Iterator[PlacedText]:
    values: list[float] = []
    if record in (_NUMBER, _FORMULA) and len(body) >= 14:
        values = [struct.unpack_from("<d", body, 6)[0]]
    elif record == _RK and len(body) >= 10:
        values = [_rk(body[6:10])]
    elif record == _MULRK:
        values = [_rk(body[at + 2 : at + 6]) for at in range(4, len(body) - 7, 6)]
    if not values:
        return
    row, column = struct.unpack_from("<HH", body)
    for offset, value in enumerate(values):
        if float(value).is_integer() and abs(value) >= 10**10:
            yield PlacedText(_cell(sheet, row, column + offset), str(int(value)))


def _rk(four: bytes) -> float:
    """A number in 30 bits and two flags (RkNumber, 2.5.122)."""
    bits = struct.unpack("<i", four)[0]
    value = bits >> 2 if bits & _WHOLE else struct.unpack("<d", b"\0\0\0\0" + struct.pack("<i", bits & ~3))[0]
    return value / 100 if bits & _DIVIDED_BY_100 else float(value)
