"""Markdown becomes HTML, text by text."""

import pytest

from openbureau.formats.markdown import to_html


def test_a_text_has_nothing_of_the_one_before_it() -> None:
    first = to_html("甲[^1]见[乙][b]\n\n[^1]: 注\n[b]: /policies/\n")
    second = to_html("丙[^1]见[乙][b]\n")
    assert "注" in first
    assert second == "<p>丙[^1]见[乙][b]</p>"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("平常的话。", "平常的话。"),
        ("**要紧**之后", "<strong>要紧</strong>之后"),
        ("见 <https://a.example/>", '见 <a href="https://a.example/" rel="noopener">https://a.example/</a>'),
        ("`代码` 与 _着重_ 与其余", "<code>代码</code> 与 <em>着重</em> 与其余"),
        ("甲&nbsp;乙 & 丙", "甲&nbsp;乙 &amp; 丙"),
        ("上行  \n下行", "上行<br>\n下行"),
        (r"不是\*着重\*", "不是*着重*"),
        ("[规定](/policies/)", '<a href="/policies/" rel="noopener">规定</a>'),
    ],
)
def test_marks_inside_a_line_are_heeded(written: str, shown: str) -> None:
    assert to_html(written) == f"<p>{shown}</p>"
