"""Small workbooks made for a test, with the messes that real ones have."""

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
