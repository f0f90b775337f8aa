"""Small workbooks made for a test, with the messes that real ones have."""

import struct
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from openbureau.library.whitelist.workbook_parser import Reading, WhitelistRow, read_whitelist

AS_OF = date(2024, 12, 31)
COUNTIES = {
    "441802": "清城区",
    "441803": "清新区",
    "441821": "佛冈县",
    "441823": "阳山县",
    "441825": "连山壮族瑶族自治县",
    "441826": "连南瑶族自治县",
    "441881": "英德市",
    "441882": "连州市",
}
HEADER = [
    "序号",
    "机构名称",
    "统一社会信用代码",
    "办学许可证号",
    "办学地址",
    "类别",
    "培训类别",
    "培训对象",
    "有效期起",
    "有效期止",
    "状态",
]
FIRST = [
    1,
    "清远市示例甲足球培训中心",
    "52441802MJ0EJJNK81",
    "144180270000034",
    "清城区示例路1号",
    "非学科类",
    "体育",
    "学龄前",
]
FIRST += ["2023-09-01", "2026-08-31", "正常"]
SECOND = [
    2,
    "清远市示例乙钢琴培训有限公司",
    "91441802MA05W3P89N",
    "144180270000037",
    "清城区示例路2号",
    "非学科类",
    "文化艺术",
    "成人",
]
SECOND += ["2023-09-01", "2026-08-31", "正常"]

MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"

Line = Sequence[object]


def sheet_of(lines: Iterable[Line], name: str = "清城区") -> Worksheet:
    """A worksheet in a new workbook; `sheet.parent` is the workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = name
    for line in lines:
        sheet.append(list(line))
    return sheet


def saved(sheet: Worksheet, folder: Path, name: str = "名单.xlsx") -> Path:
    """The workbook of the sheet as a file."""
    path = folder / name
    book = sheet.parent
    assert book is not None
    book.save(path)
    return path


def xlsx(folder: Path, lines: Iterable[Line], *, sheet: str = "清城区", name: str = "名单.xlsx") -> Path:
    return saved(sheet_of(lines, sheet), folder, name)


def changed(line: Line, **cells: object) -> list[object]:
    """The line with other values, each given by the header of its column."""
    return [cells.get(header, value) for header, value in zip(HEADER, line, strict=True)]


def read(path: Path) -> Reading:
    return read_whitelist(path, as_of=AS_OF, counties=COUNTIES)


def only_row(path: Path) -> WhitelistRow:
    """The only row of a workbook that has one."""
    (row,) = read(path).rows
    return row


def kinds(reading: Reading) -> list[str]:
    return [problem.kind for problem in reading.problems]


def ods(folder: Path, lines: Iterable[Line], *, hidden_column: int = 0) -> Path:
    """An OpenDocument spreadsheet with one sheet, as small as the format allows."""
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, line))}</table:table-row>" for line in lines)
    shown = (
        f'<table:table-column table:number-columns-repeated="{hidden_column - 1}"/>'
        if hidden_column > 1
        else ""
    )
    columns = f'{shown}<table:table-column table:visibility="collapse"/>' if hidden_column else ""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3">'
        f'<office:body><office:spreadsheet><table:table table:name="清城区">{columns}{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        folder / "名单.ods",
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{MANIFEST}"/>',
            "content.xml": content,
        },
    )


def _ods_cell(value: object) -> str:
    kind: dict[str, Any] = {"office:value-type": "string"}
    if isinstance(value, date):
        kind = {"office:value-type": "date", "office:date-value": value.isoformat()}
    elif not isinstance(value, str):
        kind = {"office:value-type": "float", "office:value": str(value)}
    attributes = " ".join(f"{name}={quoteattr(text)}" for name, text in kind.items())
    return f"<table:table-cell {attributes}><text:p>{escape(str(value))}</text:p></table:table-cell>"


def zipped(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def rezipped(source: Path, target: Path, changes: dict[str, str | bytes]) -> Path:
    """A copy of a zipped workbook with some members replaced or added."""
    with zipfile.ZipFile(source) as archive:
        members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    return zipped(target, members | changes)


def ole(streams: dict[str, bytes]) -> bytes:
    """An OLE file ([MS-CFB]) with these streams, as small as the format allows."""
    end, free, table_sector = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    table, sectors = [table_sector, end], [b"", b""]
    entries = [_ole_entry("Root Entry", 5, end, 0, child=1)]
    for index, (name, content) in enumerate(streams.items(), start=1):
        # Short streams would lie in a table of their own.
        content = content.ljust(4_096, b"\0")
        count = -(-len(content) // 512)
        first = len(sectors)
        sectors += [content[at * 512 : (at + 1) * 512].ljust(512, b"\0") for at in range(count)]
        table += [*range(first + 1, first + count), end]
        entries.append(
            _ole_entry(name, 2, first, len(content), right=index + 1 if index < len(streams) else free)
        )
    sectors[0] = struct.pack("<128I", *table, *[free] * (128 - len(table)))
    sectors[1] = b"".join(entries).ljust(512, b"\0")
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    )
    header += struct.pack("<9I", 0, 1, 1, 0, 4_096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    return header + b"".join(sectors)


def _ole_entry(
    name: str, kind: int, first: int, length: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF
) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB3I", len(text), kind, 1, 0xFFFFFFFF, right, child)
        + bytes(36)
        + struct.pack("<IQ", first, length)
    )


def excel_95(lines: Iterable[Line], *, sheet: str = "清城区", extra: bytes = b"") -> bytes:
    """An .xls file as Excel 95 writes it (BIFF5), texts in GBK; `extra` are more records of the sheet."""
    name = sheet.encode("gbk")
    cells = b"".join(
        _biff(0x0203, struct.pack("<3Hd", row, column, 0, value))
        if isinstance(value, int | float)
        else _biff(
            0x0204,
            struct.pack("<4H", row, column, 0, len(str(value).encode("gbk"))) + str(value).encode("gbk"),
        )
        for row, line in enumerate(lines)
        for column, value in enumerate(line)
    )
    begin = _biff(0x0809, struct.pack("<4H", 0x0500, 5, 0, 0)) + _biff(0x0042, struct.pack("<H", 936))
    at = len(begin) + 4 + 7 + len(name) + 4
    book = begin + _biff(0x0085, struct.pack("<IHB", at, 0, len(name)) + name) + _biff(0x000A)
    return ole(
        {"Book": book + _biff(0x0809, struct.pack("<4H", 0x0500, 0x10, 0, 0)) + cells + extra + _biff(0x000A)}
    )


def _biff(number: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def xlsb_record(number: int, body: bytes = b"") -> bytes:
    """A record: its number and length in pieces of seven bits."""
    kind = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    length = len(body)
    size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    return kind + size + body


NO_STYLES = xlsb_record(617, bytes(4)) + xlsb_record(618)


def xlsb(
    folder: Path,
    lines: Iterable[Line],
    *,
    sheet: str = "清城区",
    extra: bytes = b"",
    styles: bytes = NO_STYLES,
) -> Path:
    """A binary workbook ([MS-XLSB]) with one sheet.

    `extra` are more records of the sheet, such as `xlsb_record`; `styles` those of the styles, of which every
    cell has the first.
    """
    rows = b"".join(
        xlsb_record(0, struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 0))
        + b"".join(_xlsb_cell(column, value) for column, value in enumerate(line) if value is not None)
        for row, line in enumerate(lines)
    )
    part = xlsb_record(129) + xlsb_record(148, bytes(16)) + xlsb_record(145) + rows
    part += xlsb_record(146) + extra + xlsb_record(130)
    book = xlsb_record(131) + xlsb_record(143)
    book += xlsb_record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(sheet))
    relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    of_package = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    one = f'<Relationship Id="rId1" Type="{relationship}/{{}}" Target="{{}}"/>'
    return zipped(
        folder / "名单.xlsb",
        {
            "_rels/.rels": of_package.format(one.format("officeDocument", "xl/workbook.bin")),
            "xl/_rels/workbook.bin.rels": of_package.format(
                one.format("worksheet", "worksheets/sheet1.bin")
                + one.format("styles", "styles.bin").replace("rId1", "rId2")
            ),
            "xl/styles.bin": styles,
            "xl/workbook.bin": book + xlsb_record(144) + xlsb_record(132),
            "xl/worksheets/sheet1.bin": part,
        },
    )


def _xlsb_cell(column: int, value: object) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(value, int | float):
        return xlsb_record(5, place + struct.pack("<d", value))
    return xlsb_record(6, place + _wide(str(value)))


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def excel_97(lines: Iterable[Line], *, sheet: str = "清城区", before: bytes = b"") -> bytes:
    """The stream of an .xls file (BIFF8); `before` are records after its first: that of a password."""
    cells = b"".join(
        _biff(0x0203, struct.pack("<3Hd", row, column, 0, value))
        if isinstance(value, int | float)
        else _biff(
            0x0204, struct.pack("<4HB", row, column, 0, len(str(value)), 1) + str(value).encode("utf-16-le")
        )
        for row, line in enumerate(lines)
        for column, value in enumerate(line)
    )
    begin = _biff(0x0809, struct.pack("<4H2I", 0x0600, 5, 0, 0, 0, 0)) + before
    at = len(begin) + 4 + 8 + 2 * len(sheet) + 4
    name = struct.pack("<IHBB", at, 0, len(sheet), 1) + sheet.encode("utf-16-le")
    book = begin + _biff(0x0085, name) + _biff(0x000A)
    return book + _biff(0x0809, struct.pack("<4H2I", 0x0600, 0x10, 0, 0, 0, 0)) + cells + _biff(0x000A)
