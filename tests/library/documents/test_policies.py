"""Policies and their interpretations: what a reader learns from the page and finds in the list."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from openbureau.library.content import read_library
from openbureau.library.documents.policies import Policy
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import REAL, main_part, set_fields, texts, titles, visitor, words, write_notices

PREPAYMENT = "policies/prepayment.md"
EXPLAINED = "policies/prepayment-explained.md"
REASON = "与上位文件不一致"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def noon(day: str) -> datetime:
    """Noon of a day in China."""
    return datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)


def metadata(page: str) -> dict[str, str]:
    """The table of the document's particulars."""
    rows = main_part(page).xpath(".//table[@class='metadata']//tr")
    return {words(row.find("th")): words(row.find("td")) for row in rows}


def answers(page: str) -> dict[str, str]:
    """The reader's questions with their answers."""
    pairs = main_part(page).xpath(".//dl[@class='answers']/div")
    return {words(pair.find("dt")): words(pair.find("dd")) for pair in pairs}


def badges(page: str) -> list[str]:
    """The marks at the head of the page."""
    return [words(mark) for mark in main_part(page).xpath(".//article/p[@class='item-head']/span")]


def links(page: str, heading: str) -> dict[str, str]:
    """The links of a section: address and words."""
    found = main_part(page).xpath(f".//section[h2='{heading}']//a")
    return {link.get("href"): words(link) for link in found}


def withdraw(path: Path) -> None:
    set_fields(path, withdrawn_reason=REASON, updated_at="2026-05-20 10:00")


def test_a_policy_shows_its_eight_particulars(client: FlaskClient) -> None:
    assert metadata(client.get("/policies/prepayment/").text) == {
        "索引号": "示例/2026-00001",
        "分类": "规范性文件",
        "发布机构": "示例市教育局、示例市市场监管局",
        "成文日期": "2026年2月27日",
        "名称": "示例市关于加强校外培训机构预收费监管工作的通知",
        "文号": "示教规〔2026〕1号",
        "发布日期": "2026-03-02 09:00（本站）",
        "主题词": "预收费、监管、资金",
    }


def test_a_policy_without_a_number_says_why_and_a_partial_date_stays_partial(client: FlaskClient) -> None:
    shown = metadata(client.get("/policies/double-reduction/").text)
    assert shown["文号"] == "公开资料未载明文号"
    assert shown["成文日期"] == "2021年7月"


def test_the_bureau_s_code_stands_before_the_index_number(content: Path, tmp_path: Path) -> None:
    site = content / "site.toml"
    text = site.read_text(encoding="utf-8").replace('organ_code = ""', 'organ_code = "11441800MB2C00005W"')
    site.write_text(text, encoding="utf-8")
    page = visitor(content, tmp_path).get("/policies/prepayment/").text
    assert metadata(page)["索引号"] == "11441800MB2C00005W/2026-00001"


def test_a_policy_answers_the_reader_s_questions_first(client: FlaskClient) -> None:
    page = client.get("/policies/prepayment/").text
    assert answers(page) == {
        "现在有效吗": "有效，2026年3月1日起施行，有效至2031年2月28日",
        "与谁有关": "面向中小学生的校外培训机构和家长",
        "要做什么": "交费前核对收费时间跨度和收款账户",
        "有何变化": "首次规定一次收费不超过5000元",
        "原文在哪": "打开发布机关的原文",
    }
    assert page.index('class="answers"') < page.index('class="prose"') < page.index('class="metadata"')


def test_a_policy_without_a_link_names_who_holds_the_original(client: FlaskClient) -> None:
    answer = answers(client.get("/policies/double-reduction/").text)["原文在哪"]
    assert answer == "示例市教育局，请以其公布的原件为准"


def test_policy_and_interpretation_lead_to_each_other(client: FlaskClient) -> None:
    policy = client.get("/policies/prepayment/").text
    explained = client.get("/policies/prepayment-explained/").text
    assert links(policy, "这份文件的解读") == {
        "/policies/prepayment-explained/": "预收费新规解读：交费前看三个数"
    }
    assert links(explained, "解读的文件") == {"/policies/prepayment/": metadata(policy)["名称"]}


def test_one_interpretation_may_explain_several_policies(content: Path, tmp_path: Path) -> None:
    set_fields(content / EXPLAINED, interprets="[prepayment, double-reduction, prepayment]")
    visit = visitor(content, tmp_path)
    assert list(links(visit.get("/policies/prepayment-explained/").text, "解读的文件")) == [
        "/policies/double-reduction/",
        "/policies/prepayment/",
    ]
    assert links(visit.get("/policies/double-reduction/").text, "这份文件的解读")


def test_an_interpretation_says_nothing_of_its_own_validity(client: FlaskClient) -> None:
    page = client.get("/policies/prepayment-explained/").text
    assert "现在有效吗" not in answers(page)
    assert badges(page) == ["解读"]


@pytest.mark.parametrize(
    ("written", "day", "shown"),
    [
        ("有效", "2026-02-28", "尚未施行"),
        ("有效", "2026-03-01", "有效"),
        ("有效", "2031-02-28", "有效"),
        ("有效", "2031-03-01", "失效"),
        ("废止", "2026-06-01", "废止"),
        ("被修改", "2031-02-28", "被修改"),
        ("被修改", "2031-03-01", "失效"),
        ("征求意见", "2026-02-01", "征求意见"),
    ],
)
def test_what_a_policy_is_worth_depends_on_the_day(
    content: Path, tmp_path: Path, written: str, day: str, shown: str
) -> None:
    set_fields(content / PREPAYMENT, validity=written)
    visit = visitor(content, tmp_path, now=noon(day))
    page = visit.get("/policies/prepayment/").text
    assert answers(page)["现在有效吗"].split("，")[0] == shown
    assert badges(page)[1] == shown
    item = main_part(visit.get("/policies/").text).xpath(".//li[.//a[@href='/policies/prepayment/']]")[0]
    assert shown in words(item)


def test_the_day_changes_at_midnight_in_china(content: Path, tmp_path: Path) -> None:
    last = datetime(2031, 2, 28, 15, 59, tzinfo=UTC)
    page = visitor(content, tmp_path, now=last).get("/policies/prepayment/").text
    assert answers(page)["现在有效吗"].startswith("有效")
    first = datetime(2031, 2, 28, 16, 0, tzinfo=UTC)
    page = visitor(content, tmp_path, now=first).get("/policies/prepayment/").text
    assert answers(page)["现在有效吗"].startswith("失效")


@pytest.mark.parametrize(
    ("written", "shown"),
    [("2021", "2021年"), ("2021-07", "2021年7月"), ("2021-07-09", "2021年7月9日")],
)
def test_a_date_is_shown_as_far_as_it_is_known(
    content: Path, tmp_path: Path, written: str, shown: str
) -> None:
    set_fields(content / PREPAYMENT, made_on=written)
    visit = visitor(content, tmp_path)
    assert metadata(visit.get("/policies/prepayment/").text)["成文日期"] == shown
    item = main_part(visit.get("/policies/").text).xpath(".//li[.//a[@href='/policies/prepayment/']]//time")[
        0
    ]
    assert (item.get("datetime"), words(item)) == (written, shown)


def test_a_correction_is_told_above_the_text(content: Path, tmp_path: Path) -> None:
    set_fields(content / PREPAYMENT, updated_at="2026-05-20 10:30", change_note="更正了施行日期")
    page = visitor(content, tmp_path).get("/policies/prepayment/").text
    told = main_part(page).xpath(".//p[@class='changed']")[0]
    assert words(told) == "更正 2026-05-20 10:30：更正了施行日期"
    assert page.index("更正了施行日期") < page.index('class="prose"')


def test_a_withdrawn_policy_answers_gone_with_the_reason(content: Path, tmp_path: Path) -> None:
    withdraw(content / PREPAYMENT)
    answer = visitor(content, tmp_path).get("/policies/prepayment/")
    assert answer.status_code == 410
    assert f"撤回原因：{REASON}" in words(main_part(answer.text))
    assert "一次收费的时间跨度" not in answer.text


def test_a_withdrawn_policy_is_in_no_list_search_or_count(content: Path, tmp_path: Path) -> None:
    visit = visitor(content, tmp_path)
    title = "示例市关于加强校外培训机构预收费监管工作的通知"
    asked = ("/policies/", "/policies/?genre=规范性文件", "/search?q=时间跨度不得超过", "/")
    assert [title in visit.get(address).text for address in asked] == [True, True, True, False]
    withdraw(content / PREPAYMENT)
    publish(content, Shelf(tmp_path / "publications"))
    for address in asked:
        assert title not in visit.get(address).text, address
    assert "共 2 条" in visit.get("/policies/").text
    assert "规范性文件（" not in visit.get("/policies/").text


def test_no_page_leads_to_a_withdrawn_interpretation(content: Path, tmp_path: Path) -> None:
    withdraw(content / EXPLAINED)
    page = visitor(content, tmp_path).get("/policies/prepayment/").text
    assert "/policies/prepayment-explained/" not in page
    assert "这份文件的解读" not in page


def test_a_policy_that_never_was_is_not_found(client: FlaskClient) -> None:
    for address in ("/policies/none/", "/policies/loans/", "/policies/PREPAYMENT/", "/policies/%00/"):
        assert client.get(address).status_code == 404, address


def test_the_list_has_the_newest_document_first(client: FlaskClient) -> None:
    assert titles(client.get("/policies/").text) == [
        "预收费新规解读：交费前看三个数",
        "示例市关于加强校外培训机构预收费监管工作的通知",
        "【已废止】关于进一步减轻义务教育阶段学生作业负担的示例意见",
    ]


@pytest.mark.parametrize(
    ("filters", "slugs"),
    [
        ("genre=解读", ["prepayment-explained"]),
        ("topic=预收费", ["prepayment-explained", "prepayment"]),
        ("topic=预收费&genre=规范性文件", ["prepayment"]),
        ("validity=废止", ["double-reduction"]),
        ("audience=学校", ["double-reduction"]),
        ("year=2021", ["double-reduction"]),
        ("year=2021&topic=预收费", []),
        ("genre=没有这种", []),
        ("genre=", ["prepayment-explained", "prepayment", "double-reduction"]),
        ("colour=red", ["prepayment-explained", "prepayment", "double-reduction"]),
    ],
)
def test_filters_leave_the_documents_that_have_all_of_them(
    client: FlaskClient, filters: str, slugs: list[str]
) -> None:
    page = client.get(f"/policies/?{filters}").text
    found = main_part(page).xpath(".//ul[@class='items']//h3/a/@href")
    assert found == [f"/policies/{slug}/" for slug in slugs]
    assert f"共 {len(slugs)} 条" in page


def test_every_choice_says_how_many_documents_it_leaves(client: FlaskClient) -> None:
    page = main_part(client.get("/policies/?topic=预收费").text)
    for select in page.xpath(".//select"):
        for option in select.xpath("./option[@value!='']"):
            count = re.search(r"（(\d+)）", words(option))
            assert count is not None
            chosen = {"topic": "预收费", select.get("name"): option.get("value")}
            assert f"共 {count[1]} 条" in client.get("/policies/", query_string=chosen).text, chosen
    # The chosen topic can be changed for any other without clearing it first.
    assert set(page.xpath(".//select[@name='topic']/option/@value")) == {"", "预收费", "校外培训", "双减"}
    chosen_topic = page.xpath(".//select[@name='topic']/option[@selected]/@value")
    assert chosen_topic == ["预收费"]


def test_a_filter_that_leaves_nothing_stays_visible_and_can_be_cleared(client: FlaskClient) -> None:
    page = main_part(client.get("/policies/?year=2021&topic=预收费").text)
    assert page.xpath(".//select[@name='year']/option[@selected]/@value") == ["2021"]
    assert page.xpath(".//a[@class='clear']/@href") == ["/policies/"]
    assert "请减少一个筛选条件" in words(page)


def test_the_fragment_for_htmx_is_the_results_alone(client: FlaskClient) -> None:
    whole = client.get("/policies/?topic=预收费")
    part = client.get("/policies/?topic=预收费", headers={"HX-Request": "true"})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert part.text.strip() in whole.text
    assert "HX-Request" in whole.vary
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in client.get("/policies/", headers=restored).text
    assert "<html" in client.get("/policies/", headers={"HX-Request": "true", "HX-Boosted": "true"}).text


def test_pages_of_a_list_follow_each_other_without_gap_or_repetition(content: Path, tmp_path: Path) -> None:
    write_notices(content, 38)
    visit = visitor(content, tmp_path)
    pages = [visit.get(f"/notices/?page={number}").text for number in (1, 2, 3)]
    seen = [titles(page) for page in pages]
    assert [len(page) for page in seen] == [20, 20, 1]
    assert len(set(seen[0] + seen[1] + seen[2])) == 41
    assert seen[0][0] == "第0号提示"
    assert "第 2 页，共 3 页" in pages[1]
    assert main_part(pages[1]).xpath(".//a[@rel='prev' or @rel='next']/@href") == [
        "/notices/",
        "/notices/?page=3",
    ]


def test_the_pager_keeps_the_filters(content: Path, tmp_path: Path) -> None:
    write_notices(content, 25)
    page = visitor(content, tmp_path).get("/notices/", query_string={"severity": "中", "endpoint": "x"})
    (following,) = main_part(page.text).xpath(".//a[@rel='next']/@href")
    assert following == "/notices/?severity=%E4%B8%AD&endpoint=x&page=2"


@pytest.mark.parametrize(
    "number", ["0", "999", "abc", "-1", "1.5", "２", "", " 1", "01", "10000", "9" * 5000, "%00"]
)
def test_a_page_that_does_not_exist_is_not_found(client: FlaskClient, number: str) -> None:
    assert client.get(f"/policies/?page={number}").status_code == 404


def test_markup_in_a_title_is_shown_and_never_run(content: Path, tmp_path: Path) -> None:
    set_fields(content / PREPAYMENT, title='"<script>alert(1)</script>“通知”"')
    path = content / PREPAYMENT
    path.write_text(path.read_text(encoding="utf-8") + "\n<script>alert(2)</script>\n", encoding="utf-8")
    visit = visitor(content, tmp_path)
    for address in ("/policies/", "/policies/prepayment/", "/policies/prepayment-explained/"):
        page = visit.get(address).text
        assert "<script>alert" not in page, address
        assert "&lt;script&gt;alert(1)" in page, address


def test_the_tables_of_a_policy_scroll_in_their_own_frame(content: Path, tmp_path: Path) -> None:
    path = content / PREPAYMENT
    table = "\n| 年级 | 分钟 |\n| --- | --- |\n| 三年级 | 60 |\n"
    path.write_text(path.read_text(encoding="utf-8") + table, encoding="utf-8")
    page = main_part(visitor(content, tmp_path).get("/policies/prepayment/").text)
    (frame,) = page.xpath(".//div[@class='prose']/div[@class='table-frame'][table]")
    assert frame.get("tabindex") == "0"


def test_every_policy_of_the_first_site_that_is_not_a_draft_is_interpreted(tmp_path: Path) -> None:
    content = Path(shutil.copytree(REAL, tmp_path / "real", ignore=shutil.ignore_patterns("whitelist")))
    library = read_library(content)
    assert library.is_sound, library.problems
    found = [record for record in library.records if isinstance(record, Policy)]
    policies = [policy for policy in found if not policy.is_interpretation and not policy.is_withdrawn]
    final = [policy for policy in policies if policy.genre != "征求意见稿"]
    assert len(policies) >= 15
    assert [policy.slug for policy in final if not policy.interpreted_by] == []
