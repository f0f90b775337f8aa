"""Attachments as offices make them: every word that is seen is found, and a file without words is told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from openbureau.library.documents.attachments import ReadAttachment, read_attachment
from openbureau.library.reading_cache import UNCACHED

CASE = "c03-attachments"
TITLE = "关于示例培训的通知"
VISIBLE = (
    "正文甲",
    "内容控件乙",
    "修订插入丙",
    "文本框戊",
    "外表己",
    "嵌套表庚",
    "页眉辛",
    "智能标记壬",
    "结尾癸",
)
INVISIBLE = ("修订删除丁",)


def read(path: Path) -> ReadAttachment:
    return read_attachment(path, path.parent, UNCACHED)


def test_every_visible_word_of_a_word_file_is_found(case: Callable[[str], Path]) -> None:
    attachment = read(case(CASE) / "form.docx")

    assert [word for word in VISIBLE if word not in attachment.text] == []
    assert [word for word in INVISIBLE if word in attachment.text] == []
    assert not any(problem.stops for problem in attachment.problems)


@pytest.mark.parametrize(
    "name", ["gb-euc-h", "gbk-euc-h", "gbk2k-h", "gbkp-euc-h", "unigb-ucs2-h", "unigb-utf16-h"]
)
def test_a_pdf_with_letters_of_a_chinese_character_set_is_found(
    name: str, case: Callable[[str], Path]
) -> None:
    attachment = read(case(CASE) / f"{name}.pdf")

    assert attachment.text.strip() == TITLE
    assert attachment.problems == []


def test_a_pdf_of_which_nothing_tells_the_letters_is_told_and_not_found_by_wrong_ones(
    case: Callable[[str], Path],
) -> None:
    attachment = read(case(CASE) / "identity-h-no-tounicode.pdf")

    assert attachment.text == ""
    [problem] = attachment.problems
    assert not problem.stops
    assert "没有可检索的文字" in problem.what
    assert "make the PDF anew" in problem.mend
