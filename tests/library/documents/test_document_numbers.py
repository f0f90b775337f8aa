"""文号 in any text lead to the documents that this site has, however they are written."""

from pathlib import Path

import pytest

from openbureau.library.content import read_library
from openbureau.library.documents.document_numbers import Target, link_numbers, normal_number
from support.makers import PENALTIES, PENALTY, main_part, problems, set_fields, texts, visitor, write_register

PREPAYMENT = "policies/prepayment.md"
KNOWN = {
    "教监管函〔2021〕2号": Target("/policies/a/", "甲"),
    "教育部令第53号": Target("/policies/b/", "乙"),
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def links(html: str, own: str = "") -> list[tuple[str, str]]:
    """The links of a text: where to, and under which words."""
    page = main_part(f"<main id='main'>{link_numbers(html, KNOWN, own)}</main>")
    return [(link.get("href"), link.text) for link in page.iter("a")]


@pytest.mark.parametrize(
    "written",
    [
        "教监管函〔2021〕2号",
        "教监管函[2021]2号",
        "教监管函（2021）2号",
        "教监管函(2021)2号",
        "教监管函【2021】2号",
        "教监管函〔２０２１〕２号",
        "教监管函〔2021〕第2号",
        "教监管函 〔2021〕 02 号",
    ],
)
def test_every_spelling_leads_to_the_document_and_stays_as_it_is_written(written: str) -> None:
    assert links(f"<p>（{written}）</p>") == [("/policies/a/", written)]
    assert f"依据{written}办理" in "".join(
        main_part(f"<main id='main'>{link_numbers(f'<p>依据{written}办理</p>', KNOWN, '')}</main>").itertext()
    )


@pytest.mark.parametrize(
    "text",
    [
        "粤教监管函〔2021〕2号",
        "市教监管函〔2021〕2号",
        "教监管函〔2021〕22号",
        "教监管函〔2022〕2号",
        "监管函〔2021〕2号",
        "广东教育部令第53号",
        "教育部令第五十三号",
    ],
)
def test_another_organ_s_number_leads_nowhere(text: str) -> None:
    assert links(f"<p>见《通知》，{text}</p>") == []


def test_words_before_a_number_are_no_part_of_it() -> None:
    text = "<p>按照教监管函〔2021〕2号和教育部令第53号，参见《办法》（中华人民共和国教育部令第53号）。</p>"
    assert links(text) == [
        ("/policies/a/", "教监管函〔2021〕2号"),
        ("/policies/b/", "教育部令第53号"),
        ("/policies/b/", "中华人民共和国教育部令第53号"),
    ]


def test_nothing_inside_a_link_is_touched_and_no_document_leads_to_itself() -> None:
    number = "教监管函〔2021〕2号"
    assert links(f'<h2><a href="/x/">见<strong>{number}</strong></a></h2>') == [("/x/", "见")]
    assert links(f"<p><code>{number}</code></p>") == []
    assert links(f"<p>{number}</p>", own="/policies/a/") == []


def test_what_stands_around_the_number_is_kept() -> None:
    html = f"<ul>\n<li>一 &amp; <em>据</em>{'教监管函〔2021〕2号'}<br>后</li>\n</ul>\n<p>尾</p>"
    linked = link_numbers(html, KNOWN, "")
    link = '<a href="/policies/a/" title="甲">教监管函〔2021〕2号</a>'
    assert linked == html.replace("教监管函〔2021〕2号", link)


@pytest.mark.parametrize("number", ["主席令第70号", "公告第112号", "", "〔2021〕2号", "教监管函2021年2号"])
def test_what_does_not_tell_one_document_is_no_number(number: str) -> None:
    assert normal_number(number) == ""


def test_texts_of_every_kind_are_linked_when_they_are_published(content: Path, tmp_path: Path) -> None:
    for name in ("policies/double-reduction.md", "notices/loans.md", "announcements/clue-call.md"):
        path = content / name
        path.write_text(f"{path.read_text(encoding='utf-8')}\n详见示教规[2026]1号。\n", encoding="utf-8")
    visit = visitor(content, tmp_path)
    for address in ("/policies/double-reduction/", "/notices/loans/", "/announcements/clue-call/"):
        page = main_part(visit.get(address).text)
        found = page.xpath(".//div[@class='prose']//a[text()='示教规[2026]1号']/@href")
        assert found == ["/policies/prepayment/"], address
    told = [item["content_html"] for item in visit.get("/feeds/notices.json").get_json()["items"]]
    assert any('href="http://localhost/policies/prepayment/"' in html for html in told)


def test_texts_of_registers_are_linked_on_their_pages_and_in_feeds_and_stay_plain_in_data(
    content: Path, tmp_path: Path
) -> None:
    fact = "违反示教规[2026]1号<第三条>"
    schema = PENALTIES.replace("行政处罚法第四十八条", "示教规〔2026〕1号")
    write_register(content, "penalties", schema, {"2025-12-31": [{**PENALTY, "违法事实": fact}]})
    visit = visitor(content, tmp_path)
    for address, number in (
        ("/registers/penalties/2025-1/", "示教规[2026]1号"),
        ("/registers/penalties/", "示教规〔2026〕1号"),
    ):
        page = main_part(visit.get(address).text)
        assert page.xpath(f".//dd/a[text()='{number}']/@href") == ["/policies/prepayment/"], address
    page = main_part(visit.get("/hant/registers/penalties/2025-1/").text)
    assert page.xpath(".//dd/a[contains(text(), '2026')]/@href") == ["/hant/policies/prepayment/"]
    assert "&lt;第三条&gt;" in visit.get("/registers/penalties/2025-1/").text
    (item,) = visit.get("/feeds/registers-penalties.json").get_json()["items"]
    assert 'href="http://localhost/policies/prepayment/"' in item["content_html"]
    (entry,) = visit.get("/registers/penalties/list.json").get_json()["entries"]
    assert fact in entry["values"].values()


def test_a_withdrawn_document_is_led_to_from_nowhere(content: Path) -> None:
    set_fields(content / PREPAYMENT, withdrawn_reason="有误", updated_at="2026-05-20 10:00")
    path = content / "notices/loans.md"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n详见示教规〔2026〕1号。\n", encoding="utf-8")
    (notice,) = (record for record in read_library(content).records if record.slug == "loans")
    assert "/policies/prepayment/" not in notice.html


def test_two_documents_cannot_have_one_number(content: Path) -> None:
    set_fields(content / "policies/double-reduction.md", doc_no="示教规（2026）1号", doc_no_note="")
    (told,) = problems(content)
    assert "doc_no 示教规〔2026〕1号 is that of policies/double-reduction.md, too" in told
