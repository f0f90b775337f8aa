"""What is no workbook is called by what it is, and what to do about it is said in one line."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from openbureau.spreadsheets.workbook import Unreadable, open_workbook
from support.workbook_makers import FIRST, HEADER, rezipped, xlsx

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def stream(name: str) -> bytes:
    """The beginning of an OLE file that has a stream of this name."""
    text = name.encode("utf-16-le")
    return OLE + bytes(1_016) + text.ljust(64, b"\0") + bytes([len(text) + 2, 0]) + bytes(2_000)


def picture(kind: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, kind)
    return data.getvalue()


def archive(**members: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as new:
        for name, content in members.items():
            new.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_txt", ".txt"), content)
    return data.getvalue()


PAGE = "<html><body><table><tr><td>示例</td></tr></table></body></html>"
FILES: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "空的", "导出"),
    "only zeros": (bytes(512), "空的", "导出"),
    "only a mark": (b"\xef\xbb\xbf\r\n", "空的", "导出"),
    "doc": (stream("WordDocument"), ".doc", "复制到"),
    "ppt": (stream("PowerPoint Document"), ".ppt", "复制到"),
    "another OLE file": (stream("CONTENTS"), "没有工作簿", ".xlsx"),
    "docx": (archive(word__document_xml="<w/>"), "Word", "复制到"),
    "pptx": (archive(ppt__presentation_xml="<p/>"), "演示文稿", "复制到"),
    "odt": (
        archive(mimetype="application/vnd.oasis.opendocument.text", content_xml="<a/>"),
        ".odt",
        "复制到",
    ),
    "ofd": (archive(OFD_xml="<o/>"), "OFD", "录入"),
    "archive": (archive(list_txt="示例"), "压缩包", "解压"),
    "rar": (b"Rar!\x1a\x07\x00" + bytes(100), "压缩包", "解压"),
    "sealed": (b"%TSD-Header-###%" + bytes(range(256)), "加密软件", "解密"),
    "rtf": (rb"{\rtf1\ansi\ansicpg936 \'c3\'fb\'b5\'a5}", "RTF", "复制到"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF", "录入"),
    "pdf after a mark": (b"\xef\xbb\xbf\n%PDF-1.4\n", "PDF", "录入"),
    "png": (picture("PNG"), "图片", "录入"),
    "jpeg": (picture("JPEG"), "图片", "录入"),
    "gif": (picture("GIF"), "图片", "录入"),
    "bmp": (picture("BMP"), "图片", "录入"),
    "tiff": (picture("TIFF"), "图片", "录入"),
    "webp": (picture("WEBP"), "图片", "录入"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "图片", "录入"),
    "page": (PAGE.encode(), "网页", ".xlsx"),
    "page in GBK": (("\r\n<!DOCTYPE html>" + PAGE).encode("gbk"), "网页", ".xlsx"),
    "page in UTF-16": (PAGE.encode("utf-16"), "网页", ".xlsx"),
    "XML of 2003": (
        b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
        "XML",
        ".xlsx",
    ),
    "one-file page": (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n", "网页", ".xlsx"),
    "Excel 4": (b"\x09\x04\x06\x00\x00\x00\x10\x00" + bytes(40), "Excel", ".xlsx"),
}


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".csv", ""])
@pytest.mark.parametrize(("content", "what", "mend"), FILES.values(), ids=FILES.keys())
def test_a_file_is_called_by_what_it_is_under_any_name(
    tmp_path: Path, content: bytes, what: str, mend: str, suffix: str
) -> None:
    path = tmp_path / f"2024-12-31{suffix}"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as fault:
        open_workbook(path)
    assert fault.value.kind == "not_a_workbook"
    assert what in fault.value.message
    assert mend in fault.value.mend
    assert "\n" not in str(fault.value)


def test_what_a_program_leaves_beside_an_open_file_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "~$2024-12-31.xlsx"
    path.write_bytes(b"\x06admin" + b" " * 49 + bytes(110))
    with pytest.raises(Unreadable, match="临时文件"):
        open_workbook(path)


@pytest.mark.parametrize("name", ["2024-12-31.xlsm", "2024-12-31.xlsx", "2024-12-31.XLSM"])
def test_rows_beside_macros_are_read_and_the_file_is_withheld(tmp_path: Path, name: str) -> None:
    source = xlsx(tmp_path, [HEADER, FIRST], name="source.xlsx")
    book = open_workbook(rezipped(source, tmp_path / name, {"xl/vbaProject.bin": OLE + bytes(600)}))
    assert [cell.value for cell in book.sheets[0].rows[1]] == FIRST
    assert "宏" in book.withheld
    [notice] = book.notices
    assert "宏" in notice.message
    assert ".xlsx" in notice.mend


def test_a_workbook_like_most_is_handed_out_without_a_word(tmp_path: Path) -> None:
    book = open_workbook(xlsx(tmp_path, [HEADER, FIRST]))
    assert (book.notices, book.withheld) == ((), "")


def test_broken_comments_cost_the_file_and_not_the_rows(tmp_path: Path) -> None:
    source = xlsx(tmp_path, [HEADER, FIRST], name="source.xlsx")
    book = open_workbook(rezipped(source, tmp_path / "a.xlsx", {"xl/comments1.xml": "<comments><text>"}))
    assert [cell.value for cell in book.sheets[0].rows[1]] == FIRST
    assert book.withheld
    assert "未能核对" in book.notices[0].message
