"""What clerks write as words stays words; what must not be on a page is told with its line."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openbureau.formats.markdown import render, to_html, to_text
from openbureau.formats.markdown.comparison import missing_words


@pytest.mark.parametrize(
    "written",
    [
        "面积3*4*5米，单价5*6，长*宽*高",
        "联系电话138****5678，张**，李**，共2人",
        "联系人_张_示例_，文件名a_b_c.docx",
        "姓名：____，日期：____年____月____日",
        "（__）年（__）月",
        "约~100~元，~~作废~~",
        "D:\\_公示\\名单.xlsx 和 \\\\server\\share\\a_b",
        "单价$5$，公式$x_1$",
        "见注[^1]，见[2]，[附件]",
        "{示例甲} 与 {: .red}",
        "请填写<A类机构登记表>和<WPS表格>，x<y，2<3>1",
        "2**10**3",
        "“*”表示必填，“**”表示选填",
        ">60分的为优秀",
        ">=60分",
        "#2号楼",
        "1.第一项",
        "1）第一项",
        "（一）第一项",
        "一、第一项",
        "2024. 年度计划",
        "+ 5℃",
        "-5℃",
        "a. 甲",
        "-",
        "[注]: 本表数据截至2024年12月31日",
        "注意！！！（重要）",
        "100%&50%，A&B，AT&T",
        "甲\\乙，1\\2",
        "^上标^ ==标记== ++下划线++ :smile:",
        "https://example.org/a_b_c?x=1&y=2",
        "![没有地址]",
        "<<通知>>",
        "*** 一个",
        "|单独的竖线|",
    ],
)
def test_words_with_marks_in_them_are_shown_as_they_are_written(written: str) -> None:
    assert to_text(to_html(f"甲\n\n{written}\n\n乙")) == f"甲\n{written}\n乙"
    assert missing_words(written, to_html(written)) == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("按照**《办法》**规定", "按照<strong>《办法》</strong>规定"),
        ("**“双减”**政策", "<strong>“双减”</strong>政策"),
        ("有10**万元**", "有10<strong>万元</strong>"),
        ("***都要***", "<strong><em>都要</em></strong>"),
        (r"5\*6、\_、\<b>、\[甲\](/乙)", "5*6、_、&lt;b&gt;、[甲](/乙)"),
        ("1\\. 甲", "1. 甲"),
        ("H<sub>2</sub>O<br>乙", "H<sub>2</sub>O<br>\n乙"),
        ("第一行\n第二行", "第一行<br>\n第二行"),
        ("    四个空格", "四个空格"),
        ("　　全角空格", "全角空格"),
    ],
)
def test_marks_that_are_marks_are_heeded(written: str, shown: str) -> None:
    assert to_html(written) == f"<p>{shown}</p>"
    assert missing_words(written, to_html(written)) == []


def test_items_keep_the_numbers_they_are_written_with() -> None:
    html = to_html("1. 甲\n3. 丙\n4. 丁\n\n中间一段\n\n5. 戊\n\n- 子\n\n  2. 二\n  3. 三\n")
    assert '<li>甲</li>\n<li value="3">丙</li>\n<li>丁</li>' in html
    assert '<ol start="5">\n<li>戊</li>' in html
    assert '<ol start="2">\n<li>二</li>\n<li>三</li>' in html


def test_a_number_that_is_written_twice_is_shown_and_told() -> None:
    rendered = render("1. 甲\n1. 乙\n1. 丙\n")
    assert rendered.html.count('value="1"') == 2
    assert [(remark.line, remark.stops) for remark in rendered.remarks] == [(1, False), (2, False)]


def test_a_line_of_dashes_below_a_paragraph_is_a_rule_and_no_heading() -> None:
    assert to_html("标题\n---\n正文\n===") == "<p>标题</p>\n<hr>\n<p>正文<br>\n===</p>"


def test_merged_cells_of_a_table_in_html_stay_merged() -> None:
    html = to_html(
        '见下表：\n<table border=1 onclick="x()">\n<caption>收费表</caption>\n'
        "<tr><th rowspan='2' style='color:red'>机构</th><th colspan=2 scope=\"colgroup\">收费</th></tr>\n"
        "<tr><td>小学</td><td>**初中**<br>甲</td></tr>\n</table>\n后文"
    )
    assert '<th rowspan="2">机构</th><th colspan="2" scope="colgroup">收费</th>' in html
    assert "<td><strong>初中</strong><br>\n甲</td>" in html
    assert "<caption>收费表</caption>" in html
    assert "onclick" not in html
    assert "style" not in html
    assert "border" not in html
    assert html.count("table-frame") == 1


@pytest.mark.parametrize(
    ("written", "line", "words"),
    [
        ("甲\n\n<table><tr><td>乙", 2, "this table does not end"),
        ("<table><tr><td>甲<table><tr><td>乙</td></tr></table>", 0, "a table stands in a table"),
        ("<table>外面<tr><td>甲</td></tr></table>", 0, "“外面” stands in a table outside its cells"),
        ("<table>\n<tr><td rowspan='x'>甲</td></tr></table>", 1, "rowspan is “x”"),
        (
            "<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>",
            0,
            "row 2 of this table has 1",
        ),
        ("| 甲 | 乙 |\n|---|---|\n| 1 | 2 | 3 |", 2, "this row has 3 cells, the heading 2"),
        ("| 甲 | 乙 |\n|---|\n| 1 | 2 |", 1, "no table: 2 cells above, 1 in the line of dashes"),
        ("甲\n<img src=/a.png>", 1, "<img>: this picture is not shown"),
        ("甲<video src=a.mp4></video>", 0, "<video>: films and sounds are not played here"),
        ("<iframe src=//a></iframe>", 0, "<iframe>: films"),
        ("甲<script>alert(1)</script>", 0, "<script> has no place"),
        ('<a href="/policies/">乙</a>', 0, "<a>: this link is not one"),
        ("甲<u>乙</u>", 0, "<u> is not heeded"),
        ("甲<o:p></o:p>", 0, "<o:p> is not heeded"),
        ("甲\n\n<!-- 待核实\n\n再写 -->\n\n乙", 2, "<!-- -->: this is not shown"),
        ("甲<!-- 删 -->乙", 0, "<!-- -->: this is not shown"),
        ("甲\n\n[b]: /policies/", 2, "nothing in the text uses [b]:"),
        ("[甲][b]\n\n[b]: /policies/\n[b]: /notices/", 3, "[b]: is written twice"),
        ("甲[^1]\n\n[^1]: 乙\n[^2]: 丙", 3, "nothing refers to the note [^2]"),
        ("甲[^1]\n\n[^1]: 乙\n\n[^1]: 丙", 4, "[^1]: is written twice"),
        ("[](/policies/)", 0, "the link to /policies/ has no words"),
        ("[申请表](申请 表.docx)", 0, "](申请 表.docx) is no link"),
        ("# 一级", 0, "# is no level of headings here"),
        ("```表格\n甲\n```", 0, "“表格” behind ``` is not shown"),
    ],
)
def test_what_is_not_on_the_page_is_told_with_its_line(written: str, line: int, words: str) -> None:
    remarks = [(remark.line, remark.what) for remark in render(written).remarks]
    assert any(number == line and what.startswith(words) for number, what in remarks), remarks


def test_notes_keep_the_marks_that_the_text_speaks_of() -> None:
    html = to_html("见注3[^3]，见注甲[^甲]，再见注3[^3]\n\n[^3]: 第三注\n\n[^甲]: 甲注\n")
    assert to_text(html) == "见注3[3]，见注甲[甲]，再见注3[3]\n[3] 第三注 ↩ ↩\n[甲] 甲注 ↩"
    assert 'href="#fn:3"' in html
    assert 'id="fn:3"' in html
    assert 'id="fnref2:3"' in html


def test_the_comparison_finds_what_a_renderer_loses() -> None:
    source = "第一段，有3*4*5米。\n\n| 甲 | 乙 |\n|---|---|\n| 丙 | 丁 |\n\n- 戊\n- 己\n\n1. 庚\n3. 辛\n"
    html = to_html(source)
    assert missing_words(source, html) == []
    for lost, line in (
        ("第一段", 0),
        ("3*4*5", 0),
        ("<td>丁</td>", 4),
        ("<li>己</li>", 7),
        (' value="3"', 10),
    ):
        assert lost in html
        assert [missing.line for missing in missing_words(source, html.replace(lost, ""))] == [line], lost
    assert missing_words(source, html.replace("3*4*5", "3<em>4</em>5"))[0].words == "*"


PIECES = st.sampled_from(
    [
        *(
            "甲",
            "乙",
            "。",
            "，",
            " ",
            "\n",
            "\n\n",
            "3",
            "5",
            "*",
            "**",
            "***",
            "_",
            "__",
            "~",
            "`",
            "\\",
            "|",
        ),
        *(
            "<",
            ">",
            "<示例>",
            "<br>",
            "[",
            "]",
            "(",
            ")",
            "[甲](/乙)",
            "[^1]",
            "{",
            "}",
            "#",
            "## ",
            "- ",
            "1. ",
        ),
        *(
            "3. ",
            "> ",
            "    ",
            "\n\n---\n\n",
            "&",
            "&amp;",
            "$",
            "^",
            "：",
            "“",
            "”",
            "《",
            "》",
            "!",
            "\n|---|\n",
        ),
    ]
)


@example(["甲", "\n", "\n|---|\n"])
@given(st.lists(PIECES, max_size=25))
def test_every_letter_of_any_text_is_on_the_page_or_told(pieces: list[str]) -> None:
    source = "".join(pieces)
    rendered = render(source)
    letters = [
        character
        for character in source.replace("/乙", "").replace("amp;", "")
        if character in "甲乙35。，：“”《》"
    ]
    if not rendered.remarks and not missing_words(source, rendered.html):
        shown = rendered.html
        text = to_text(shown)
        for letter in "甲乙。，：“”《》":
            assert text.count(letter) >= letters.count(letter), (source, shown)
