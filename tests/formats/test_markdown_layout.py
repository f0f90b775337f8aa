"""Papers as clerks lay them out, line by line: on the page as they are written, or told with their line."""

import pytest

from openbureau.formats.markdown import render, to_html, to_text
from openbureau.formats.markdown.comparison import missing_words


def remarks(written: str) -> list[tuple[int, str, bool]]:
    return [(remark.line, remark.what, remark.stops) for remark in render(written).remarks]


@pytest.mark.parametrize(
    "written",
    [
        "2 * 3 * 4，2^10^，x^2，==重点==，H~2~O，++插入++",
        "‹A类表>，《<示例>办法》，<www.example.org>，<附件 1>，a<b且c>d",
        "{{ x }}、{% if %}、{:.cls}、{width=300}",
        "［方括号］、[x] 已办，[ ] 未办，[toc]，[1]: 参见某书",
        "见https://example.org/a，下一句。www.example.org。zixun@example.org。",
        "1、甲，1．甲，1) 甲，一. 甲",
        "0763-3366666*8001#",
        "（c）(R) ... -- --- \"引号\" 'x'",
        "$x^2$与$$y$$，\\(a\\)，\\1，\\n",
        "::: warning",
        "~~~",
        "<!doctype html>，<![CDATA[甲]]>",
        "A^[行内脚注]",
        "—————",
        "** 前后空格 **，**没有写完",
        "第一条　为了规范",
        "・甲，•乙，●丙",
        "甲\\",
    ],
)
def test_what_looks_like_a_mark_of_other_dialects_is_shown_as_it_is_written(written: str) -> None:
    assert to_text(to_html(f"甲\n\n{written}\n\n乙")) == f"甲\n{written}\n乙"
    assert missing_words(written, to_html(written)) == []
    assert remarks(written) == []


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("　　第一段\n　　第二段", "<p>第一段</p>\n<p>第二段</p>"),
        ("1. 甲\n　　另起一段", "<ol>\n<li>甲</li>\n</ol>\n<p>另起一段</p>"),
        ("甲\n　　　　对齐的乙", "<p>甲<br>\n　　　　对齐的乙</p>"),
        ("甲<br>\n乙", "<p>甲<br>\n乙</p>"),
        ("<br>\n甲", "<p>甲</p>"),
        ("甲  \n乙", "<p>甲<br>\n乙</p>"),
        ("甲：\n2. 二\n3. 三", "<p>甲：<br>\n2. 二<br>\n3. 三</p>"),
        ("* 甲\n    * 乙", "<ul>\n<li>甲\n<ul>\n<li>乙</li>\n</ul>\n</li>\n</ul>"),
        ("1. 甲\n   - 乙\n2. 丙", "<ol>\n<li>甲\n<ul>\n<li>乙</li>\n</ul>\n</li>\n<li>丙</li>\n</ol>"),
        ("[带[方]括号](/a)，", '<p><a href="/a" rel="noopener">带[方]括号</a>，</p>'),
        ("（见[甲](/a/x(1).html)）。", '<p>（见<a href="/a/x(1).html" rel="noopener">甲</a>）。</p>'),
        ("&#x4e00;&copy;&unknown;", "<p>一©&amp;unknown;</p>"),
    ],
)
def test_lines_become_what_their_author_meant(written: str, html: str) -> None:
    assert to_html(written) == html
    assert missing_words(written, html) == []
    assert remarks(written) == []


def test_a_line_without_a_bar_is_no_row_of_the_table_above_it() -> None:
    html = to_html("| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n注：单位为元。")
    assert html.endswith("</table></div>\n<p>注：单位为元。</p>")


def test_lines_and_marks_in_cells_of_a_merged_table_stay() -> None:
    written = "<table>\n<tr>\n<td>\n- 甲\n- 乙\n</td>\n<td>a</td><td>**b**</td><td>c</td></tr></table>"
    html = to_html(written)
    assert "<td>- 甲<br>\n- 乙</td>" in html
    assert "<td><strong>b</strong></td>" in html
    assert missing_words(written, html) == []
    assert remarks(written.replace("乙", "<u>乙")) == [
        (4, "<u> is not heeded; the words in it are shown", False)
    ]


def test_what_is_left_out_leaves_no_gap() -> None:
    assert to_html("<details>\n<summary>摘要</summary>\n\n内容\n\n</details>") == "<p>摘要</p>\n<p>内容</p>"
    table = to_html("<table><tr><td><ul><li>甲</li><li>乙</li></ul></td></tr></table>")
    assert "<td>甲<br>\n乙</td>" in table


@pytest.mark.parametrize(
    ("written", "line", "words", "stops"),
    [
        ("##标题", 0, "## without a blank behind it is no heading", False),
        ("甲\n#　标题", 1, "# without a blank behind it is no heading", False),
        ("1. 甲\n  - 乙", 1, "this item stands beside the one above it, not below", False),
        ("- 甲\n - 乙", 1, "this item stands beside the one above it, not below", False),
        ("- 甲\n - 乙\n  - 丙\n   - 丁\n    - 戊", 4, "- is no item here", False),
        ("| 甲 | 乙 |\n|---|---|\n| 1 |", 2, "this row has 1 cells, the heading 2", False),
        ("见下\n| 甲 | 乙 |\n| 1 | 2 |", 1, "these bars are no table", False),
        ("｜甲｜乙｜\n｜---｜---｜", 0, "these bars are no table", False),
        ("| 甲 | 乙 |\n|---|---|\n\n| 1 | 2 |", 0, "this table has no rows", False),
        ("甲\n| 甲 | 乙 |\n+---+---+\n| 1 | 2 |", 1, "these bars are no table", False),
        ("甲[^1]\n\n[^1]：注", 2, "[^1]： begins no note", False),
        ("甲，[乙]()", 0, "a link without an address leads nowhere", True),
        ("甲\n\n```\n乙", 2, "``` is not closed: all below it is shown as code", True),
        ("- ```\n  甲", 0, "``` is not closed", True),
        ("[办法]（/policies/a/）", 0, "]（/policies/a/） is no link", False),
        ("[办法] (https://example.org/)", 0, "] (https://example.org/) is no link", False),
        ("[申请表](申请 表(1).docx)", 0, "](申请 表(1).docx) is no link", False),
        ("![图](a/b.png =300x200)", 0, "![图](a/b.png =300x200) is no picture", True),
        ("！[图](a/b.png)", 0, "！[ makes a link to a/b.png, no picture", True),
        ('![图](a/b.png "题")', 0, "“题” behind the address is not shown", False),
        ('甲\n[乙](/a "题")', 1, "“题” behind the address is not shown", False),
    ],
)
def test_what_does_not_become_what_it_looks_like_is_told(
    written: str, line: int, words: str, stops: bool
) -> None:
    found = remarks(written)
    assert any(
        number == line and what.startswith(words) and stops == does_stop for number, what, does_stop in found
    ), found


@pytest.mark.parametrize(
    "written",
    [
        "- 甲\n  - 乙\n    - 丙\n- 丁",
        "1. 甲\n\n中间\n\n  - 乙",
        "10. 甲\n    - 乙\n11. 丙",
        "> - 甲\n>   - 乙",
        "- 甲\n\n  | 1 | 2 |\n  |---|---|\n  | 3 | 4 |\n\n- 乙",
        "- 甲\n\n  ```\n  乙\n  ```\n",
        "```\n## 甲\n| 1 | 2 |\n| 3 | 4 |\n```",
        "[2021]（例）和[甲] (乙)",
        "甲！[乙](/a)",
        "\\[甲\\](/a)",
        "| 甲 |\n|---|\n| 1 |",
    ],
)
def test_nothing_is_said_of_what_is_as_it_looks(written: str) -> None:
    assert remarks(written) == []
