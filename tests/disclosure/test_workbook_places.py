"""Every place in which a workbook can hold a number that nobody sees: each is looked at, none repeated."""

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest
from openpyxl.workbook import Workbook

from openbureau.disclosure.scanner import disclosures
from support.disclosure_makers import (
    MOBILE,
    OTHER,
    TARGET,
    WIDE,
    picture,
    substituted,
    with_parts,
    workbook,
)
from support.workbook_makers import excel_97, ole


def with_part(name: str, text: str) -> bytes:
    return with_parts(workbook(), {name: OTHER.format(text)})


def in_sheet(xml: str) -> bytes:
    return substituted(workbook(), "xl/worksheets/sheet1.xml", "</sheetData>", f"</sheetData>{xml}")


def named(book: Workbook) -> None:
    book.worksheets[0].title = f"电话{MOBILE}"


def exponent() -> bytes:
    cell = '<c r="D2"><v>1.3800138E10</v></c></row>'
    return substituted(workbook(), "xl/worksheets/sheet1.xml", "</row></sheetData>", f"{cell}</sheetData>")


def compressed_module(text: str) -> bytes:
    """The source of a macro as it is stored ([MS-OVBA] 2.4.1), eight literals after each byte of flags."""
    source = f"Attribut{text}".encode("gbk")
    packed = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    return b"\1" + struct.pack("<H", 0xB000 | (len(packed) - 1)) + packed


def macros(text: str) -> bytes:
    module = b"\0" * 40 + compressed_module(f"e VB_Name = 1\r\n' {text}\r\n")
    return with_parts(workbook(), {"xl/vbaProject.bin": ole({"Module1": module})})


SHEETS = {
    "manager": with_part("docProps/app.xml", f"<Manager>{MOBILE}</Manager>"),
    "titles of parts": with_part(
        "docProps/app.xml", f"<TitlesOfParts><lpstr>{MOBILE}</lpstr></TitlesOfParts>"
    ),
    "threaded comment": with_part("xl/threadedComments/tc1.xml", f"<text>{MOBILE}</text>"),
    "person": with_part("xl/persons/person.xml", f'<person displayName="甲{MOBILE}"/>'),
    "author of comments": with_part("xl/comments9.xml", f"<authors><author>{MOBILE}</author></authors>"),
    "chart cache": with_part("xl/charts/chart1.xml", f"<strCache><pt><v>{MOBILE}</v></pt></strCache>"),
    "chart title": with_part("xl/charts/chart1.xml", "<p><r><t>138</t></r><r><t>00138000</t></r></p>"),
    "custom XML": with_part("customXml/item1.xml", f"<phone>{MOBILE}</phone>"),
    "attribute in custom XML": with_part("customXml/item1.xml", f'<p tel="{MOBILE}"/>'),
    "words of a picture": with_part(
        "xl/drawings/drawing1.xml", f'<cNvPr id="1" name="图" descr="电话{MOBILE}"/>'
    ),
    "macro of a shape": with_part("xl/drawings/drawing1.xml", f'<sp macro="拨打{MOBILE}"/>'),
    "old drawing": with_part("xl/drawings/vmlDrawing1.vml", f"<shape alt='{MOBILE}'/>"),
    "target of a link": with_part("xl/worksheets/_rels/sheet1.xml.rels", TARGET),
    "tip of a link": in_sheet(
        f'<hyperlinks><hyperlink ref="A1" tooltip="{MOBILE}" location="A2"/></hyperlinks>'
    ),
    "name of a sheet": workbook(named),
    "pivot cache": with_part("xl/pivotCache/pivotCacheDefinition1.xml", f'<s v="{MOBILE}"/>'),
    "pivot record": with_part("xl/pivotCache/pivotCacheRecords1.xml", f'<n v="{MOBILE}"/>'),
    "external link": with_part("xl/externalLinks/externalLink1.xml", f"<cell><v>{MOBILE}</v></cell>"),
    "macro": macros(MOBILE),
    "printer": with_parts(workbook(), {"xl/printerSettings/printerSettings1.bin": b"\1\2" + WIDE + b"\0\0"}),
    "conditional format": in_sheet(
        f'<conditionalFormatting><cfRule text="{MOBILE}"/></conditionalFormatting>'
    ),
    "table column": with_part("xl/tables/table1.xml", f'<tableColumn name="{MOBILE}"/>'),
    "query": with_part("xl/connections.xml", f'<dbPr command="where tel={MOBILE}"/>'),
    "slicer": with_part("xl/slicerCaches/slicerCache1.xml", f'<i n="{MOBILE}"/>'),
    "shared edits": with_part("xl/revisions/revisionLog1.xml", f"<is><t>{MOBILE}</t></is>"),
    "number format": with_part("xl/styles.xml", f"<numFmt formatCode='\"{MOBILE}\"'/>"),
    "scenario": in_sheet(f'<scenarios><scenario><inputCells val="{MOBILE}"/></scenario></scenarios>'),
    "number with exponent": exponent(),
    "thumbnail": with_parts(
        workbook(), {"docProps/thumbnail.jpeg": picture("JPEG", comment=MOBILE.encode())}
    ),
    "embedded object": with_parts(workbook(), {"xl/embeddings/oleObject1.bin": ole({"\1Ole10Native": WIDE})}),
    "ActiveX": with_parts(workbook(), {"xl/activeX/activeX1.bin": b"\0\1" + MOBILE.encode() + b"\0"}),
    "name of a part": with_parts(workbook(), {f"xl/media/{MOBILE}.png": picture("PNG")}),
    "unknown part": with_parts(workbook(), {"wps/extra.dat": f"电话{MOBILE}".encode()}),
    "archive comment": b"",
}
stream = io.BytesIO(workbook())
with zipfile.ZipFile(stream, "a") as archive:
    archive.comment = f"call {MOBILE}".encode()
SHEETS["archive comment"] = stream.getvalue()


def ods(parts: Mapping[str, str]) -> bytes:
    body = '<office:body xmlns:office="o" xmlns:table="t"><table:table table:name="甲"/></office:body>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        whole = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": body, **parts}
        for name, part in whole.items():
            archive.writestr(name, part)
    return file.getvalue()


def in_ods(cell: str) -> bytes:
    return ods(
        {
            "content.xml": '<d xmlns:office="o" xmlns:table="t" xmlns:text="x"><table:table table:name="甲">'
            f"<table:table-row>{cell}</table:table-row></table:table></d>"
        }
    )


OPEN_DOCUMENTS = {
    "meta": ods({"meta.xml": OTHER.format(f"<creator>{MOBILE}</creator>")}),
    "own property": ods({"meta.xml": OTHER.format(f'<user-defined name="电话">{MOBILE}</user-defined>')}),
    "header": ods({"styles.xml": OTHER.format(f"<header><p>{MOBILE}</p></header>")}),
    "settings": ods({"settings.xml": OTHER.format(f"<config-item name='P'>{MOBILE}</config-item>")}),
    "note": in_ods(
        f"<table:table-cell><office:annotation><text:p>{MOBILE}</text:p></office:annotation></table:table-cell>"
    ),
    "value": in_ods(
        f'<table:table-cell office:value="{MOBILE}"><text:p>1.38E+10</text:p></table:table-cell>'
    ),
    "covered cell": in_ods(f"<table:covered-table-cell><text:p>{MOBILE}</text:p></table:covered-table-cell>"),
    "validation": ods(
        {"content.xml": OTHER.format(f"<help-message title='问'><p>{MOBILE}</p></help-message>")}
    ),
    "changes": ods({"content.xml": OTHER.format(f"<tracked-changes><p>{MOBILE}</p></tracked-changes>")}),
}


def old(**streams: bytes) -> bytes:
    book = excel_97([["机构名称"], ["示例甲"]])
    return ole({"Workbook": book, **streams})


def dead_record() -> bytes:
    body = b"\0" * 4 + MOBILE.encode()
    return excel_97([["机构名称"], ["示例甲"]], before=struct.pack("<HH", 0x01C1, len(body)) + body)


OLD_WORKBOOKS = {
    "summary": ole(
        {"Workbook": b"", "\5SummaryInformation": b"\x1e\0\0\0\x0c\0\0\0" + MOBILE.encode() + b"\0"}
    ),
    "wide summary": ole({"Workbook": b"", "\5DocumentSummaryInformation": b"\x1f\0\0\0" + WIDE + b"\0\0"}),
    "dead record": dead_record(),
    "macro": ole({"Workbook": b"", "Module1": b"\0" * 9 + compressed_module(f"e VB\r\n' {MOBILE}")}),
    "users": ole({"Workbook": b"", "User Names": WIDE}),
    "slack": ole({"Workbook": b"\x09\x08\x10\0" + bytes(16) + b"\x0a\0\0\0" + b"x" * 50 + MOBILE.encode()}),
}
PLACES = {
    f"{kind}: {name}": (data, file)
    for kind, file, group in (
        ("workbook", "a.xlsx", SHEETS),
        ("open document", "a.ods", OPEN_DOCUMENTS),
        ("old workbook", "a.xls", OLD_WORKBOOKS),
    )
    for name, data in group.items()
}


@pytest.mark.parametrize("place", PLACES)
def test_a_number_is_found_wherever_it_hides(place: str) -> None:
    found = disclosures(*PLACES[place])
    assert "pii_mobile" in {disclosure.kind for disclosure in found}
    assert MOBILE not in repr(found)
