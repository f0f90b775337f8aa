"""What the manual for editors says of Markdown is so: its examples are read from it and rendered."""

import re

import pytest

from openbureau.config import ROOT
from openbureau.formats.markdown import render, to_html, to_text
from openbureau.formats.markdown.comparison import missing_words

MANUAL = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a bold heading, as they are written; ⏎ is the end of a line."""
    _, _, rest = MANUAL.partition(f"**{heading}**")
    lines = rest.split("\n\n", 2)[1].split("\n")
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def example(cell: str) -> str:
    """What stands in the code of a cell."""
    return cell.strip("`").replace("\\\\\\|", "\\|").replace("\\|", "|").replace("⏎", "\n")


@pytest.mark.parametrize("row", rows("这些是记号"), ids=lambda row: row[0])
def test_marks_do_what_the_manual_says(row: list[str]) -> None:
    written, _, shown = row
    html = to_html(example(written))
    assert example(shown) in html
    assert missing_words(example(written), html) == []


@pytest.mark.parametrize("row", rows("这些不是记号"), ids=lambda row: row[0])
def test_what_the_manual_calls_no_mark_is_shown_as_it_is_written(row: list[str]) -> None:
    written = example(row[0])
    rendered = render(f"前一段\n\n{written}\n\n后一段")
    assert to_text(rendered.html) == f"前一段\n{written.strip()}\n后一段"
    assert rendered.remarks == ()


@pytest.mark.parametrize("row", rows("这些会提醒"), ids=lambda row: row[0])
def test_what_the_manual_says_is_told_is_told(row: list[str]) -> None:
    written, words = example(row[0]), example(row[1]).strip()
    remarks = [f"{'' if remark.stops else 'note: '}{remark.what}" for remark in render(written).remarks]
    assert words in remarks


def test_the_merged_table_of_the_manual_is_one() -> None:
    table = re.search(r"```\n(<table>.*?</table>)\n```", MANUAL, re.DOTALL)
    assert table
    rendered = render(table[1])
    assert rendered.remarks == ()
    assert '<th rowspan="2">机构</th><th colspan="2">收费（元）</th>' in rendered.html
    assert "<td><strong>20</strong></td>" in rendered.html
