"""The whitelist from the county's workbook to the parent's answer."""

import csv
import io
import re
import shutil
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from openbureau.library.catalogue import Catalogue
from openbureau.library.whitelist.editions import Institution
from openbureau.library.whitelist.workbook_parser import read_whitelist
from openbureau.publishing.build import check, publish
from openbureau.publishing.publication import Shelf
from support.makers import main_part, texts, titles, visitor, words
from support.site import CONTENT, TESTS
from support.whitelist_makers import (
    ADDRESS,
    FRESH,
    choices,
    count,
    edition,
    everything,
    facts,
    other,
    verdict,
)
from support.workbook_makers import COUNTIES

WORKBOOK = "2024-06-30.xlsx"
SHEET = "2024-09-30-441803.csv"
IN_LIST = re.compile("在(白)?名单内")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content with an empty folder of editions."""
    copied = texts(tmp_path)
    (copied / "whitelist").mkdir()
    return copied


def rows(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV as an office program takes them."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_the_list_has_every_institution_once_in_the_order_of_the_workbooks(client: FlaskClient) -> None:
    found = everything(client, {})
    assert len(found) == count(client.get("/whitelist/").text) == 360
    assert found[0] == "清远市清城区起点示例文化传播有限公司"
    assert found[130] == "清远市清新区瑶乡示例编程培训中心"


def test_every_filter_leaves_as_many_as_its_count_says(client: FlaskClient) -> None:
    shown = choices(client.get("/whitelist/").text)
    assert set(shown) == {"county", "category", "audience", "status", "expiring", "listed"}
    assert sum(shown["county"].values()) == sum(shown["status"].values()) == 360
    for name, values in shown.items():
        for value, number in values.items():
            assert count(client.get("/whitelist/", query_string={name: value}).text) == number, value


def test_the_counts_of_a_filter_keep_the_other_filters(client: FlaskClient) -> None:
    chosen = {"county": "清新区", "category": "体育"}
    shown = choices(client.get("/whitelist/", query_string=chosen).text)
    assert shown["county"]["清新区"] == shown["category"]["体育"]
    assert shown["county"]["清新区"] == count(client.get("/whitelist/", query_string=chosen).text)
    for value, number in shown["audience"].items():
        both = {**chosen, "audience": value}
        assert count(client.get("/whitelist/", query_string=both).text) == number, value


@pytest.mark.parametrize(
    "query",
    [
        "瑶乡示例编程",
        "瑶鄉示例編程",
        "瑶乡 编程",
        "52441803MJ0Q95UA9U",
        "52441803mj0q95ua9u",
        "５２４４１８０３ＭＪ０Ｑ９５ＵＡ９Ｕ",
        "52441803MJ0Q",
        "144180370000028",
        "１４４１８０３７０００００２８",
        "龙颈镇南岸示例路108号首层",
        "龍頸鎮南岸示例路",
        "清远市清新区瑶乡示例编程培训中心",
    ],
)
def test_an_institution_is_found_by_name_number_or_address(client: FlaskClient, query: str) -> None:
    page = client.get("/whitelist/", query_string={"q": query}).text
    assert "清远市清新区瑶乡示例编程培训中心" in titles(page)
    assert "文字相近的其他机构" not in page


def test_a_whole_number_finds_that_institution_alone(client: FlaskClient) -> None:
    for number in ("52441803MJ0Q95UA9U", "144180370000028"):
        page = client.get(f"/whitelist/?q={number}").text
        assert titles(page) == ["清远市清新区瑶乡示例编程培训中心"]


def test_the_start_of_a_permit_number_finds_all_that_begin_so(client: FlaskClient) -> None:
    page = client.get("/whitelist/?q=144180370").text
    found = rows(client.get("/whitelist/list.csv").data)
    begins = [row for row in found if row["办学许可证号"].startswith("144180370")]
    assert count(page) == len(begins) > 40


def test_of_what_a_search_means_only_the_records_of_the_page_are_read(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/whitelist/")
    read: list[int] = []
    really = Catalogue._all

    def counted(catalogue: Catalogue, query: object) -> object:
        records = really(catalogue, query)  # type: ignore[arg-type]
        read.append(len(records))
        return records

    monkeypatch.setattr(Catalogue, "_all", counted)
    page = client.get("/whitelist/?q=144180370&page=2").text
    assert count(page) > 40
    assert max(read) == len(titles(page)) == 20


def test_a_search_can_be_narrowed_by_filters(client: FlaskClient) -> None:
    page = client.get("/whitelist/?q=编程&county=清新区").text
    assert 0 < count(page) < count(client.get("/whitelist/?q=编程").text)
    assert all(
        "清新区" in words(item) for item in main_part(page).xpath(".//ul[contains(@class,'items')]/li")
    )


def test_what_is_not_found_is_never_said_to_be_in_the_list(client: FlaskClient) -> None:
    page = client.get("/whitelist/?q=齉齾").text
    results = words(main_part(page).get_element_by_id("results"))
    assert "名单里没有查到“齉齾”" in results
    assert "没有查到，不等于一定违法" in results
    assert "拨打12345" in results
    assert not IN_LIST.search(results)
    assert "CSV" not in results


@pytest.mark.parametrize(
    "typed", ["清远市清新区遥乡示例编程培训中心", "清远市清新区瑶乡示例编程培训中心分校"]
)
def test_institutions_that_only_resemble_the_query_are_called_others(client: FlaskClient, typed: str) -> None:
    page = client.get("/whitelist/", query_string={"q": typed}).text
    results = words(main_part(page).get_element_by_id("results"))
    assert titles(page) == []
    assert f"名单里没有查到“{typed}”" in results
    assert "不是同一家机构" in results
    assert "清远市清新区瑶乡示例编程培训中心" in results
    assert not IN_LIST.search(results)


@pytest.mark.parametrize("typed", ["yaoxiangshili", "yxsl", "YaoXiang ShiLi"])
def test_an_institution_is_found_by_the_sound_of_its_name(client: FlaskClient, typed: str) -> None:
    page = client.get("/whitelist/", query_string={"q": typed}).text
    assert "清远市清新区瑶乡示例编程培训中心" in titles(page)
    assert "按拼音找到" in page


def test_filters_without_a_result_say_so(client: FlaskClient) -> None:
    page = client.get("/whitelist/?county=连南瑶族自治县&status=停业").text
    assert (count(page), titles(page)) == (0, [])
    assert "没有符合全部条件的机构" in page


@pytest.mark.parametrize("number", ["0", "99", "abc", "-1"])
def test_a_page_that_does_not_exist_is_not_found(client: FlaskClient, number: str) -> None:
    assert client.get(f"/whitelist/?page={number}").status_code == 404


@pytest.mark.parametrize("name", ["endpoint", "_scheme", "_external", "_anchor", "slug", "filename"])
def test_arguments_of_any_name_do_no_harm(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/whitelist/?q=编程&{name}=ftp")
    assert answer.status_code == 200
    assert main_part(answer.text).xpath(".//a[contains(text(),'CSV')]/@href") == [
        "/whitelist/list.csv?q=%E7%BC%96%E7%A8%8B"
    ]


def test_htmx_gets_the_results_alone(client: FlaskClient) -> None:
    part = client.get("/whitelist/?q=编程", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'id="q"' not in part
    assert "编程" in part


def test_a_permit_runs_out_at_midnight_in_china(content: Path, tmp_path: Path) -> None:
    edition(content, {})
    before = visitor(content, tmp_path, now=datetime(2026, 8, 31, 15, 59, tzinfo=UTC))
    assert "在名单内，许可证有效至" in verdict(before.get(ADDRESS).text)
    after = visitor(content, tmp_path, now=datetime(2026, 8, 31, 16, 0, tzinfo=UTC))
    assert "许可证有效期到2026年8月31日，已经过了1天" in verdict(after.get(ADDRESS).text)


def test_the_card_says_what_the_list_says_and_where_it_says_it(content: Path, tmp_path: Path) -> None:
    account = {
        "监管银行": "示例银行清远分行",
        "账户名称": "清远市示例甲足球培训中心",
        "账号": "2010 0000 0000 1234",
    }
    edition(content, {**account, "注册地址": "清远市清城区示例路9号"}, name=FRESH)
    page = visitor(content, tmp_path).get(ADDRESS).text
    assert facts(page) == {
        "状态的依据": "名单的状态栏",
        "办学地址": "清远市清城区东城街道示例路1号 复制地址",
        "注册地址": "清远市清城区示例路9号与办学地址不同，上课地点应以办学地址为准。",
        "培训类别": "非学科（体育）",
        "培训内容": "足球",
        "培训对象": "义务教育阶段",
        "全国平台": "名单未载明；到全国平台查课程",
        "办学许可证号": "144180270000034",
        "统一社会信用代码": "52441802MJ0EJJNK81",
        "许可证有效期": "2023年9月1日起，至2026年8月31日",
        "预收费监管账户": "示例银行清远分行户名：清远市示例甲足球培训中心账号末四位：1234",
    }
    assert "2010" not in page
    assert f"{FRESH}，工作表“清城区”，第2行" in words(main_part(page))


def test_the_card_says_what_the_list_leaves_out(content: Path, tmp_path: Path) -> None:
    edition(content, other("清远市示例乙钢琴培训有限公司", 办学地址=""), name=FRESH)
    shown = facts(visitor(content, tmp_path).get("/whitelist/144180270000037/").text)
    assert shown["办学地址"] == "名单未载明"
    assert shown["统一社会信用代码"] == "办理中"
    assert shown["预收费监管账户"] == "名单未载明，交费前请向机构索要并核对。"


def test_a_code_with_a_wrong_check_digit_is_shown_with_a_warning(content: Path, tmp_path: Path) -> None:
    edition(content, {"统一社会信用代码": "52441802MJ0EJJNK82"})
    visit = visitor(content, tmp_path)
    assert visit.get("/whitelist/52441802MJ0EJJNK82/").status_code == 404
    code = facts(visit.get("/whitelist/144180270000034/").text)["统一社会信用代码"]
    assert code == "52441802MJ0EJJNK82 名单所载代码校验位不符，请以营业执照或登记证书为准。"


def test_only_a_teacher_of_school_subjects_is_warned_of_holidays(content: Path, tmp_path: Path) -> None:
    subject = other("清远市示例乙语文培训中心", 培训类别="学科类（语文）")
    edition(content, {}, subject, name=FRESH)
    visit = visitor(content, tmp_path)
    assert "学科类机构不得在法定节假日" in words(main_part(visit.get("/whitelist/144180270000037/").text))
    assert "学科类机构不得在法定节假日" not in words(main_part(visit.get(ADDRESS).text))


def test_an_institution_has_one_address_for_ever(content: Path, tmp_path: Path) -> None:
    edition(content, {}, other("清远市示例乙钢琴培训有限公司"))
    visit = visitor(content, tmp_path)
    assert visit.get("/whitelist/144180270000034/").status_code == 404
    assert visit.get("/whitelist/144180270000037/").status_code == 200
    assert visit.get("/whitelist/none/").status_code == 404
    edition(content, {"机构名称": "清远市示例甲体育培训中心"}, name="2025-06-30.xlsx")
    publish(content, Shelf(tmp_path / "publications"))
    assert "清远市示例甲体育培训中心" in visit.get(ADDRESS).text


def test_the_newest_edition_of_each_county_speaks_for_it(content: Path, tmp_path: Path) -> None:
    there = {"办学许可证号": "144188270000015", "统一社会信用代码": "办理中", "办学地址": "连州市示例路1号"}
    edition(content, {"机构名称": "旧名单里的机构"}, name="2024-12-31.xlsx")
    edition(content, {}, name="2025-06-30-441802.xlsx")
    edition(content, {**there, "机构名称": "连州市示例机构"}, name="2025-03-31-441882.xlsx", sheet="连州市")
    visit = visitor(content, tmp_path)
    found = rows(visit.get("/whitelist/list.csv").data)
    assert [(row["机构名称"], row["来源文件"], row["截至日期"]) for row in found] == [
        ("清远市示例甲足球培训中心", "2025-06-30-441802.xlsx", "2025-06-30"),
        ("连州市示例机构", "2025-03-31-441882.xlsx", "2025-03-31"),
    ]
    assert "截至2025年6月30日" in verdict(visit.get(ADDRESS).text)
    # A later list of the whole city is newer for all of them.
    edition(content, {"机构名称": "清远市示例甲足球俱乐部"}, name="2025-09-30.xlsx")
    publish(content, Shelf(tmp_path / "publications"))
    assert everything(visit, {"status": "正常"}) == ["清远市示例甲足球俱乐部"]
    assert everything(visit, {"status": "已移出名单"}) == ["连州市示例机构"]


def test_an_institution_under_the_city_or_without_a_county_is_on_the_list_too(
    content: Path, tmp_path: Path
) -> None:
    city = other("示例直属机构", "", 办学地址="示例路2号")
    edition(content, city, sheet="市直")
    edition(content, other("示例无县机构", "", 办学地址="示例路3号"), name="2024-12-30.xlsx", sheet="名单")
    visit = visitor(content, tmp_path)
    assert everything(visit, {"county": "市直"}) == ["示例直属机构"]
    page = main_part(visit.get("/whitelist/editions/2024-12-31/").text)
    assert "市直1" in words(page)
    (content / "whitelist" / "2024-12-31.xlsx").unlink()
    publish(content, Shelf(tmp_path / "publications"))
    assert titles(visit.get("/whitelist/?q=示例无县机构").text) == ["示例无县机构"]
    assert "未载明1" in words(main_part(visit.get("/whitelist/editions/2024-12-30/").text))


def test_a_county_s_own_edition_places_what_tells_no_county_there(content: Path, tmp_path: Path) -> None:
    edition(
        content, other("示例无县机构", "", 办学地址="示例路3号"), name="2024-12-31-441802.xlsx", sheet="名单"
    )
    assert everything(visitor(content, tmp_path), {"county": "清城区"}) == ["示例无县机构"]


def test_a_row_of_another_county_in_a_county_s_edition_is_told(content: Path) -> None:
    stranger = other("示例外县机构", "144188270000015", 办学地址="连州市示例路1号")
    edition(content, {}, stranger, name="2024-12-31-441802.xlsx", sheet="名单")
    told = [str(problem) for problem in check(content) if "没有采用" in problem.what]
    assert told == [
        "whitelist/2024-12-31-441802.xlsx:名单!3: 这一行属于连州市，不在本期所说的清城区，没有采用; "
        "请核对许可证号和地址，或改正文件名"
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "名单.xlsx",
            "文件名不是一期名单的名称; 请按截至日期命名，如 2024-12-31.xlsx；一个县区的名单写 ",
        ),
        ("2024-02-30.xlsx", "文件名不是一期名单的名称; 请按截至日期命名，"),
        ("2024-12-31.txt", "文件名不是一期名单的名称; 请按截至日期命名，"),
        ("2024-12-31-440000.xlsx", "440000 不是 site.toml 里的县区代码; 请改正文件名里的县区代码"),
    ],
)
def test_a_file_that_is_no_edition_is_told(content: Path, name: str, told: str) -> None:
    edition(content, {}, name=name)
    (problem,) = check(content)
    assert str(problem).startswith(f"whitelist/{name}: {told}")
    assert problem.stops


def test_two_files_of_one_edition_are_told(content: Path) -> None:
    edition(content, {})
    (content / "whitelist" / "2024-12-31.csv").write_bytes((CONTENT / "whitelist" / SHEET).read_bytes())
    told = [str(problem) for problem in check(content) if problem.stops]
    assert told == ["whitelist/2024-12-31.xlsx: 同一期还有另一个文件; 请只保留一个"]


def test_one_institution_named_twice_is_told_and_nothing_is_lost(content: Path, tmp_path: Path) -> None:
    edition(content, {}, {"办学地址": "清远市清城区示例路8号"})
    assert any("重复" in problem.what or "相同" in problem.what for problem in check(content))
    visit = visitor(content, tmp_path)
    found = main_part(visit.get("/whitelist/").text).xpath(".//ul[contains(@class,'items')]//h3/a/@href")
    assert len(set(found)) == 2
    assert [visit.get(address).status_code for address in found] == [200, 200]


def test_an_edition_shows_its_counts_and_the_digest_of_its_file(client: FlaskClient) -> None:
    data = (CONTENT / "whitelist" / WORKBOOK).read_bytes()
    page = client.get("/whitelist/editions/2024-06-30/").text
    shown = facts(page)
    assert shown["SHA-256"] == sha256(data).hexdigest()
    assert shown["文件"] == f"2024-06-30.xlsx（{round(len(data) / 1024)} KB）"
    copy = client.get("/whitelist/editions/2024-06-30/file", buffered=True).data
    assert shown["可下载的副本"] == f"下载 2024-06-30.xlsx（{round(len(copy) / 1024)} KB）"
    said = words(main_part(page))
    assert "本期共 360 行，其中 360 家在名单内。" in said
    assert "清城区130清新区52" in said
    assert "预警6" in said


def test_an_edition_tells_apart_who_left_the_list(content: Path, tmp_path: Path) -> None:
    gone = other("清远市示例乙钢琴培训有限公司", 状态="已注销")
    edition(content, {}, gone)
    page = words(main_part(visitor(content, tmp_path).get("/whitelist/editions/2024-12-31/").text))
    assert "本期共 2 行，其中 1 家在名单内，1 家为已退出名单的机构。" in page
    assert "清城区1" in page


@pytest.mark.parametrize(("slug", "name"), [("2024-06-30", WORKBOOK), ("2024-09-30-441803", SHEET)])
def test_what_the_workbook_says_can_be_had_as_the_county_said_it(
    client: FlaskClient, tmp_path: Path, slug: str, name: str
) -> None:
    answer = client.get(f"/whitelist/editions/{slug}/file", buffered=True)
    copy, original = tmp_path / name, CONTENT / "whitelist" / name
    copy.write_bytes(answer.data)
    readings = [
        read_whitelist(path, as_of=date(2024, 9, 30), counties=COUNTIES).rows for path in (copy, original)
    ]
    assert readings[0] == readings[1] != ()
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    page = client.get(f"/whitelist/editions/{slug}/").text
    assert facts(page)["副本的SHA-256"] == sha256(answer.data).hexdigest()
    assert facts(page)["SHA-256"] == sha256(original.read_bytes()).hexdigest()


@pytest.mark.parametrize("slug", ["2020-01-01", "..", "%2e%2e", "site.toml"])
def test_an_edition_that_never_was_is_not_found(client: FlaskClient, slug: str) -> None:
    assert client.get(f"/whitelist/editions/{slug}/").status_code == 404
    assert client.get(f"/whitelist/editions/{slug}/file").status_code == 404


def test_the_list_leads_to_every_edition(client: FlaskClient) -> None:
    links = main_part(client.get("/whitelist/").text).xpath(".//a[contains(@href,'/editions/')]/@href")
    assert links == ["/whitelist/editions/2024-09-30-441803/", "/whitelist/editions/2024-06-30/"]
    assert [client.get(link).status_code for link in links] == [200, 200]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"county": "清新区"},
        {"category": "体育", "audience": "学龄前"},
        {"status": "预警"},
        {"q": "编程"},
        {"q": "舞蹈", "county": "英德市"},
        {"q": "144180370"},
    ],
)
def test_the_table_has_what_one_sees_on_all_pages_in_the_same_order(
    client: FlaskClient, query: dict[str, str]
) -> None:
    seen = everything(client, query)
    page = client.get("/whitelist/", query_string=query).text
    (link,) = main_part(page).xpath(".//a[contains(text(),'CSV')]/@href")
    assert len(seen) == count(page) > 0
    assert [row["机构名称"] for row in rows(client.get(link).data)] == seen


def test_the_table_is_for_office_programs(client: FlaskClient) -> None:
    answer = client.get("/whitelist/list.csv?q=52441803MJ0Q95UA9U")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="whitelist.csv"'
    assert answer.data.startswith("\ufeff机构名称,".encode())
    (row,) = rows(answer.data)
    assert (
        row.items()
        >= {
            "机构名称": "清远市清新区瑶乡示例编程培训中心",
            "统一社会信用代码": "52441803MJ0Q95UA9U",
            "办学许可证号": "144180370000028",
            "县（市、区）": "清新区",
            "办学地址": "清远市清新区龙颈镇南岸示例路108号首层",
            "有效期起": "2021-11-05",
            "有效期止": "2025-11-04",
            "状态": "正常",
            "截至日期": "2024-09-30",
            "来源文件": SHEET,
            "来源工作表": "",
            "来源行": "3",
        }.items()
    )


@pytest.mark.parametrize("begin", ["=", "+", "-", "@"])
def test_no_cell_of_the_table_is_a_formula(content: Path, tmp_path: Path, begin: str) -> None:
    path = edition(content, {})
    book = openpyxl.load_workbook(path)
    page: Any = book.active
    page["A2"].value = f'{begin}HYPERLINK("https://example.org")示例培训中心'
    page["A2"].data_type = "s"
    book.save(path)
    (row,) = rows(visitor(content, tmp_path).get("/whitelist/list.csv").data)
    assert row["机构名称"].startswith(f"'{begin}HYPERLINK")


def test_a_publication_without_editions_says_nothing_is_found(content: Path, tmp_path: Path) -> None:
    visit = visitor(content, tmp_path)
    page = visit.get("/whitelist/")
    assert page.status_code == 200
    assert count(page.text) == 0
    assert "各期名单" not in page.text


def institution(**changed: str) -> Institution:
    """An institution with nothing but what a test says of it."""
    blank = dict.fromkeys(
        (
            *("slug", "title", "summary", "day", "uscc", "uscc_state", "permit_no", "issuer", "county_code"),
            *("county", "addr_premises", "addr_registered", "subject_class", "valid_from", "valid_to"),
            *("escrow_bank", "escrow_name", "escrow_last4", "status", "status_reason", "edition"),
            *("source_file", "source_sheet"),
        ),
        "",
    )
    return Institution(
        **blank | changed,
        published_at=datetime(2024, 12, 31, tzinfo=UTC),
        premises=[],
        categories=[],
        audiences=[],
        as_of=date(2024, 12, 31),
        source_row=2,
    )


@pytest.mark.parametrize(
    ("status", "valid_to", "state", "listed"),
    [
        ("正常", "2026-06-01", "正常", True),
        ("正常", "2026-05-31", "许可证已过期", True),
        ("正常", "长期", "正常", True),
        ("正常", "", "正常", True),
        ("预警", "2026-05-31", "预警", True),
        ("灰", "", "灰", True),
        ("有效期届满", "2024-01-01", "有效期届满", True),
        ("已注销", "2027-01-01", "已注销", False),
        ("已吊销", "", "已吊销", False),
        ("已取缔", "", "已取缔", False),
        ("", "", "", True),
    ],
)
def test_the_state_on_a_day_follows_from_status_and_last_day(
    status: str, valid_to: str, state: str, listed: bool
) -> None:
    found = institution(status=status, valid_to=valid_to)
    assert (found.state_on(date(2026, 6, 1)), found.is_listed) == (state, listed)


@pytest.mark.parametrize("name", ["01-单县名单.docx", "12-三线表.pdf"])
def test_a_list_on_paper_is_handed_out_as_a_workbook(content: Path, tmp_path: Path, name: str) -> None:
    path = content / "whitelist" / f"2024-12-31{Path(name).suffix}"
    path.parent.mkdir(exist_ok=True)
    shutil.copyfile(TESTS / "field" / "lists" / name, path)
    visit = visitor(content, tmp_path)
    answer = visit.get("/whitelist/editions/2024-12-31/file", buffered=True)
    assert answer.headers["Content-Disposition"] == "attachment; filename=2024-12-31.xlsx"
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    said = visit.get("/api/v1/editions").get_json()["editions"][0]
    assert said["copy_sha256"] == sha256(answer.data).hexdigest()
    assert said["sha256"] == sha256(path.read_bytes()).hexdigest()
    package = visit.get("/whitelist/datapackage.json").get_json()
    (original,) = [file for file in package["resources"] if file["name"] == "original-2024-12-31"]
    assert (original["mediatype"], original["hash"]) == (answer.mimetype, f"sha256:{said['copy_sha256']}")
    assert original["bytes"] == said["copy_size"] == len(answer.data)
