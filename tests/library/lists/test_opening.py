"""What lies among the editions and is no list is called by what it is, not by its name alone."""

import shutil
from pathlib import Path

import pytest

from openbureau.publishing.build import check
from support.makers import PENALTIES
from support.workbook_makers import FIRST, HEADER, xlsx

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NAMES = {"WordDocument": OLE + bytes(1_016) + "WordDocument".encode("utf-16-le").ljust(64, b"\0") + b"\x1a\0"}
STRANGERS = {
    "2024-12-31.doc": (NAMES["WordDocument"] + bytes(600), "Word 或 WPS 文字文档"),
    "2024-12-31.wps": (NAMES["WordDocument"] + bytes(600), "Word 或 WPS 文字文档"),
    "2024-12-31.rtf": (b"{\\rtf1}", "RTF"),
    "名单.png": (b"\x89PNG\r\n\x1a\n" + bytes(60), "图片"),
    "2024-12-31.jpg": (b"\xff\xd8\xff\xe0" + bytes(60), "图片"),
    "2024-12-31.rar": (b"Rar!\x1a\x07" + bytes(60), "压缩包"),
    "名单.html": (b"<html><body>", "网页"),
}


def names_of(content: Path, name: str) -> list[str]:
    return [str(problem) for problem in check(content) if problem.file.endswith(name)]


@pytest.mark.parametrize("folder", ["whitelist", "registers/penalties"])
@pytest.mark.parametrize(("name", "file"), STRANGERS.items(), ids=STRANGERS.keys())
def test_a_file_among_the_editions_is_called_by_what_it_is(
    content: Path, folder: str, name: str, file: tuple[bytes, str]
) -> None:
    data, words = file
    (content / folder).mkdir(parents=True, exist_ok=True)
    if folder != "whitelist":
        (content / folder / "register.toml").write_text(PENALTIES, encoding="utf-8")
    (content / folder / name).write_bytes(data)
    [line] = names_of(content, name)
    assert words in line
    assert "请" in line


def test_the_case_of_a_list_as_an_old_document_is_told(content: Path) -> None:
    case = Path(__file__).parents[2] / "field" / "cases" / "w36-list-as-word-or-pdf"
    shutil.copyfile(case / "2024-12-31.doc", content / "whitelist" / "2024-12-31.doc")
    [line] = names_of(content, "2024-12-31.doc")
    assert "请" in line


@pytest.mark.parametrize("name", ["2099-notes.txt", "2024-12-31.bak", "list.xlsx"])
def test_what_may_be_a_list_is_told_how_lists_are_named(content: Path, tmp_path: Path, name: str) -> None:
    shutil.copyfile(xlsx(tmp_path, [HEADER, FIRST]), content / "whitelist" / name)
    [line] = names_of(content, name)
    assert "文件名不是一期名单的名称" in line
