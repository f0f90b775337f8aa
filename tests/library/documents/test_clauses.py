"""Clauses have names for ever, and interpretations stand beside the clauses they explain."""

from pathlib import Path

import pytest

from openbureau.formats.html_tree import as_tree, words_of
from openbureau.formats.markdown import to_html
from openbureau.library.content import read_library
from openbureau.library.documents.clauses import clause_id, find_clauses
from support.makers import REAL, main_part, problems, set_fields, substitute, texts, visitor, words

PREPAYMENT = "policies/prepayment.md"
EXPLAINED = "policies/prepayment-explained.md"

ARTICLES = """
### 第一条 目的

规范预收费。

第二条 一次收费的时间跨度不得超过3个月。

- 按课时的，不超过60课时。

- 第三条 预收费进监管账户。

| 条文 | 内容 |
| --- | --- |
| 第四条 | 不得用培训贷。 |

**第五条** 违反的，责令改正。

## 附则

第六条、第七条另行规定。
"""

QUOTES = """
## 收多少

[[第二条]]

就是一个学期最多交一次。

也不能拆成几张收据。

## 交到哪里

[[第三条]]

看账户名（另见[[第五条]]）。

[[第四条]]

贷款也不行。
"""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = texts(tmp_path)
    for name, more in ((PREPAYMENT, ARTICLES), (EXPLAINED, QUOTES)):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("第一条　为了规范", "article-1"),
        ("第十条", "article-10"),
        ("第十二条规定了", "article-12"),
        ("第二十条", "article-20"),
        ("第一百零五条", "article-105"),
        ("第一百一十条", "article-110"),
        ("第12条 检查", "article-12"),
        ("第１２条", "article-12"),
        ("第一百三十三条之一", "article-133-1"),
        ("第五条、第六条", ""),
        ("第五条至第九条", ""),
        ("第二章 条件", ""),
        ("依照第五条", ""),
    ],
)
def test_a_clause_is_known_by_how_it_begins(text: str, own: str) -> None:
    assert clause_id(text) == own


def test_every_block_that_begins_with_a_clause_has_its_address(content: Path, tmp_path: Path) -> None:
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment/").text)
    found = {each.get("id"): each.tag for each in page.xpath(".//*[starts-with(@id, 'article-')]")}
    assert found == {
        "article-1": "h3",
        "article-2": "p",
        "article-3": "li",
        "article-4": "tr",
        "article-5": "p",
    }
    links = page.xpath(".//a[@class='permalink']")
    assert [link.get("href") for link in links] == [f"#{own}" for own in found]
    assert links[1].get("aria-label") == "第二条的链接"


def test_a_draft_or_notice_has_addresses_for_its_clauses_too(content: Path, tmp_path: Path) -> None:
    path = content / "notices/loans.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n第三条 不得用培训贷。\n", encoding="utf-8")
    page = main_part(visitor(content, tmp_path).get("/notices/loans/").text)
    assert page.xpath(".//p[@id='article-3']/span/a/@href") == ["#article-3"]


def test_a_clause_ends_where_the_next_or_a_heading_begins() -> None:
    clauses = find_clauses(as_tree(to_html(ARTICLES)))
    said = {own: [words_of(block) for block in clause.blocks] for own, clause in clauses.items()}
    assert said == {
        "article-1": ["第一条 目的", "规范预收费。"],
        "article-2": ["第二条 一次收费的时间跨度不得超过3个月。"],
        "article-3": ["第三条 预收费进监管账户。"],
        "article-4": ["第四条 不得用培训贷。"],
        "article-5": ["第五条 违反的，责令改正。"],
    }


def test_of_two_clauses_with_one_number_the_first_is_meant() -> None:
    tree = as_tree("<p>第一条 甲</p><p>第一条 乙</p>")
    assert [words_of(each.blocks[0]) for each in find_clauses(tree).values()] == ["第一条 甲"]
    assert [each.get("id") for each in tree] == ["article-1", None]


def test_an_interpretation_stands_beside_the_clause_it_quotes(content: Path, tmp_path: Path) -> None:
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment-explained/").text)
    pairs = page.xpath(".//div[@class='clause-pair']")
    assert [pair.get("id") for pair in pairs] == ["on-article-2", "on-article-3", "on-article-4"]
    clause, explained = pairs[0]
    assert clause.tag == "blockquote"
    assert "一次收费的时间跨度不得超过3个月。" in words(clause)
    assert clause.xpath(".//a/@href") == ["/policies/prepayment/#article-2"]
    assert words(explained) == "就是一个学期最多交一次。 也不能拆成几张收据。"
    assert "第四条　不得用培训贷。" in pairs[2][0].text_content()
    assert "[[" not in words(page)


def test_a_clause_named_in_a_sentence_is_a_link(content: Path, tmp_path: Path) -> None:
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment-explained/").text)
    (link,) = page.xpath(".//div[@id='on-article-3']/div//a")
    assert (link.text, link.get("href")) == ("第五条", "/policies/prepayment/#article-5")


def test_the_clause_leads_to_what_explains_it(content: Path, tmp_path: Path) -> None:
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment/").text)
    links = page.xpath(".//a[@class='explained-by']")
    assert [link.get("href") for link in links] == [
        f"/policies/prepayment-explained/#on-article-{number}" for number in (2, 3, 4)
    ]
    assert links[0].get("aria-label") == "第二条的解读：预收费新规解读：交费前看三个数"
    # Where a clause is a heading, the links stand beside it, not in it.
    (first,) = page.xpath(".//*[@id='article-1']")
    assert words(first) == "第一条 目的"


def test_quoted_words_are_searched_once_and_marks_never(content: Path) -> None:
    records = {record.slug: record for record in read_library(content).records}
    assert "[[" not in records["prepayment-explained"].text
    assert "时间跨度不得超过3个月" not in records["prepayment-explained"].text
    assert "解读#" not in records["prepayment"].text


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[[第二条]]", "[[第九条]]", "policies/prepayment.md has no 第九条; correct the number, or begin"),
        ("[[第二条]]", "[[double-reduction 第二条]]", "does not say of which policy; name one of interprets"),
        ("[[第四条]]\n\n贷款也不行。\n", "[[第四条]]\n", "nothing explains [[第四条]]; write what it means"),
    ],
)
def test_a_quotation_that_cannot_be_is_refused_with_its_line(
    content: Path, before: str, after: str, told: str
) -> None:
    substitute(content / EXPLAINED, before, after)
    line = (content / EXPLAINED).read_text(encoding="utf-8").split("\n").index(after.split("\n")[0]) + 1
    (problem,) = problems(content)
    assert problem.startswith(f"policies/prepayment-explained.md:{line}: ")
    assert told in problem


def test_of_several_policies_the_quotation_names_one(content: Path, tmp_path: Path) -> None:
    set_fields(content / EXPLAINED, interprets="[prepayment, double-reduction]")
    assert (
        "name one of interprets: [[prepayment 第二条]]、[[double-reduction 第二条]]" in problems(content)[0]
    )
    path = content / EXPLAINED
    text = path.read_text(encoding="utf-8").replace("[[第", "[[prepayment 第")
    path.write_text(text, encoding="utf-8")
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment-explained/").text)
    assert page.xpath(".//div[@class='clause-pair']/@id")[0] == "on-prepayment-article-2"


def test_only_an_interpretation_quotes(content: Path) -> None:
    path = content / PREPAYMENT
    path.write_text(path.read_text(encoding="utf-8") + "\n见[[第一条]]。\n", encoding="utf-8")
    assert "only an interpretation quotes clauses; remove [[第一条]]" in problems(content)[0]


def test_what_was_withdrawn_is_quoted_nowhere_and_led_to_from_nowhere(content: Path, tmp_path: Path) -> None:
    gone = {"withdrawn_reason": "有误", "updated_at": "2026-05-20 10:00"}
    set_fields(content / PREPAYMENT, **gone)
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment-explained/").text)
    assert "时间跨度不得超过3个月" not in words(page)
    assert "就是一个学期最多交一次。" in words(page)
    assert not page.xpath(".//a[contains(@href, '/policies/prepayment/#')]")


def test_a_withdrawn_interpretation_is_led_to_from_no_clause(content: Path, tmp_path: Path) -> None:
    set_fields(content / EXPLAINED, withdrawn_reason="有误", updated_at="2026-05-20 10:00")
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment/").text)
    assert page.xpath(".//a[@class='permalink']")
    assert not page.xpath(".//a[@class='explained-by']")


def test_the_first_site_explains_a_measure_clause_by_clause() -> None:
    text = (REAL / "policies/training-penalty-measures-2023-explained.md").read_text(encoding="utf-8")
    assert text.count("\n[[第") >= 4
