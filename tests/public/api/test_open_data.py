"""Open data: every file of the whitelist in every form, its schema, and how others may use it."""

import csv
import io
import re
import shutil
import zipfile
from dataclasses import fields
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import openpyxl
import pytest
from flask.testing import FlaskClient
from openpyxl.worksheet.worksheet import Worksheet

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.formats.xlsx_table import xlsx_file
from openbureau.library.whitelist.fields import ROW
from openbureau.library.whitelist.rows import UNTOLD, WhitelistRow
from openbureau.library.whitelist.workbook_parser import read_whitelist
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import main_part, texts, visitor, words
from support.site import CONTENT, NOON
from support.whitelist_makers import EXAMPLE, edition, everything, other
from support.workbook_makers import COUNTIES

LIST = "/whitelist/list"
PACKAGE = "/whitelist/datapackage.json"
ACCOUNT = "2010000000001234"
QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"listed": ""},
    {"county": "清新区", "category": "体育"},
    {"county": "清新区", "listed": ""},
    {"status": "正常", "sort": "name"},
    {"expiring": "已到期", "sort": "permit_end"},
    {"q": "编程"},
    {"q": "编程", "county": "清新区", "sort": "changed"},
)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Content with an empty folder of editions."""
    copied = texts(tmp_path)
    (copied / "whitelist").mkdir()
    return copied


def address(path: str, asked: dict[str, str]) -> str:
    return f"{path}?{urlencode(asked)}"


def csv_lines(client: FlaskClient, path: str) -> list[list[str]]:
    """The lines of a CSV, headings first."""
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def sheet_of(client: FlaskClient, path: str) -> Worksheet:
    """The one sheet of a workbook."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    (sheet,) = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    return sheet


def json_of(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, "application/json; charset=utf-8")
    return answer.json


def faults(lines: list[list[str]], schema: dict[str, Any]) -> list[str]:
    """Where a table differs from its Table Schema."""
    headings, *rows = lines
    found = []
    if headings != [field["name"] for field in schema["fields"]]:
        return [f"headings: {headings}"]
    for number, row in enumerate(rows, 2):
        for field, text in zip(schema["fields"], row, strict=True):
            if not is_right(text, field, schema["missingValues"]):
                found.append(f"{number}: {field['name']}: {text!r}")
    place = [headings.index(name) for name in schema.get("primaryKey", [])]
    keys = [tuple(row[each] for each in place) for row in rows]
    if place and len(set(keys)) < len(keys):
        found.append("primaryKey")
    return found


def is_right(text: str, field: dict[str, Any], missing: list[str]) -> bool:
    """Whether one cell is as its field says."""
    limits = field.get("constraints", {})
    if text in missing:
        return not limits.get("required")
    match field["type"]:
        case "integer":
            typed = bool(re.fullmatch("-?[0-9]+", text))
        case "boolean":
            typed = text in field["trueValues"] + field["falseValues"]
        case "date":
            typed = date.fromisoformat(text).isoformat() == text
        case other:
            typed = other == "string"
    return (
        typed
        and text in limits.get("enum", [text])
        and bool(re.fullmatch(limits.get("pattern", ".*"), text, re.DOTALL))
    )


def county_list(content: Path, name: str) -> None:
    """An edition of one institution as CSV, which holds characters that a workbook cannot."""
    with (content / "whitelist" / "2024-12-31-441802.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((EXAMPLE, (EXAMPLE | {"机构名称": name}).values()))


# The list as one sees it


@pytest.mark.parametrize("asked", QUERIES, ids=urlencode)
def test_every_form_of_the_list_has_exactly_what_the_pages_show(
    client: FlaskClient, asked: dict[str, str]
) -> None:
    seen = everything(client, asked)
    lines = csv_lines(client, address(f"{LIST}.csv", asked))
    sheet = sheet_of(client, address(f"{LIST}.xlsx", asked))
    told = json_of(client, address(f"{LIST}.json", asked))
    assert [line[0] for line in lines[1:]] == seen != []
    assert [["" if cell is None else str(cell) for cell in row] for row in sheet.values] == lines
    assert [each["name"] for each in told["institutions"]] == seen
    assert told["total"] == len(seen)
    assert everything(client, dict(parse_qsl(told["url"].partition("?")[2], keep_blank_values=True))) == seen


def test_the_downloads_of_a_page_with_everybody_have_those_that_left_the_list(
    content: Path, tmp_path: Path
) -> None:
    edition(content, {}, other("示例乙"), name="2024-06-30.xlsx")
    edition(content, {})
    visit = visitor(content, tmp_path)
    page = main_part(visit.get("/whitelist/?listed=").text)
    (link,) = page.xpath(".//a[contains(@href, '/whitelist/list.json')]/@href")
    told = json_of(visit, link)
    assert [(each["name"], each["status"], each["listed"]) for each in told["institutions"]] == [
        (EXAMPLE["机构名称"], "正常", True),
        ("示例乙", "已移出名单", False),
    ]
    assert everything(visit, {"listed": ""}) == [each["name"] for each in told["institutions"]]
    assert told["url"].endswith("/whitelist/?listed=")
    assert json_of(visit, f"{LIST}.json")["total"] == 1


def test_the_json_of_the_list_says_the_same_in_the_names_of_the_record(client: FlaskClient) -> None:
    headings, first, *_ = csv_lines(client, f"{LIST}.csv?q=52441803MJ0Q95UA9U")
    (one,) = json_of(client, f"{LIST}.json?q=52441803MJ0Q95UA9U")["institutions"]
    line = dict(zip(headings, first, strict=True))
    assert (one["name"], one["uscc"]) == (line["机构名称"], line["统一社会信用代码"])
    assert (one["audiences"], line["培训对象"]) == (["学龄前"], "学龄前")
    assert (one["listed"], line["是否在名单内"]) == (True, "是")
    assert (one["former_names"], line["曾用名"]) == ([], "")
    assert (one["source_sheet"], line["来源工作表"]) == (None, "")
    assert (one["source_row"], line["来源行"]) == (3, "3")


def test_in_a_workbook_codes_are_texts_and_nothing_is_a_formula(content: Path, tmp_path: Path) -> None:
    written = '=HYPERLINK("https://example.org")培训中心'
    county_list(content, written)
    sheet = sheet_of(visitor(content, tmp_path), f"{LIST}.xlsx")
    heading = {cell.value: cell.column for cell in sheet[1]}
    name, permit, row = (sheet.cell(2, heading[title]) for title in ("机构名称", "办学许可证号", "来源行"))
    assert (name.value, name.data_type) == (written, "s")
    assert (permit.value, permit.data_type, permit.number_format) == ("144180270000034", "s", "@")
    assert (row.value, row.data_type) == (2, "n")


def test_characters_that_no_workbook_may_hold_are_left_out_of_it(content: Path, tmp_path: Path) -> None:
    county_list(content, "示例\x01甲\ufffe培训中心")
    assert sheet_of(visitor(content, tmp_path), f"{LIST}.xlsx")["A2"].value == "示例甲培训中心"


@pytest.mark.parametrize("text", ['甲 & <乙> "丙"', " 前后有空格 ", "两\n行", "回\r\n车", "]]>", "&amp;"])
def test_a_text_comes_out_of_a_workbook_as_it_went_in(text: str) -> None:
    written = xlsx_file(["甲", "乙"], [[text, Decimal("1.50")], ["", None]])
    sheet = openpyxl.load_workbook(io.BytesIO(written))["data"]
    assert list(sheet.values) == [("甲", "乙"), (text, 1.5), (None, None)]


def test_a_download_of_very_many_says_what_one_of_few_does(
    content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition(content, {}, other("示例乙"), name="2024-06-30.xlsx")
    paths = [f"{LIST}.json", f"{LIST}.json?listed=&sort=name", f"{LIST}.csv?q=培训中心"]
    few = [visitor(content, tmp_path).get(path).data for path in paths]
    monkeypatch.setattr("openbureau.library.catalogue.MAX_CACHED_AT_ONCE", 0)
    assert [visitor(content, tmp_path).get(path).data for path in paths] == few


def test_a_workbook_does_not_tell_when_it_was_made(client: FlaskClient) -> None:
    with zipfile.ZipFile(io.BytesIO(client.get(f"{LIST}.xlsx").data)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = parts.read("docProps/core.xml").decode()
    assert re.findall(r">(\d{4}-[^<]*)<", core) == ["1980-01-01T00:00:00Z"] * 2


def test_two_machines_answer_with_the_same_bytes_and_tags(tmp_path: Path) -> None:
    answers = []
    for name in ("one", "two"):
        content = Path(shutil.copytree(CONTENT, tmp_path / name / "content"))
        publish(content, Shelf(tmp_path / name / "publications"))
        settings = Settings(content, tmp_path / name, f"sqlite:///{tmp_path / name / 'tips.db'}", url="")
        client = create_app(settings, clock=lambda: NOON).test_client()
        paths = (f"{LIST}.xlsx", f"{LIST}.csv", "/whitelist/editions/2024-06-30/rows.xlsx", PACKAGE)
        answers.append([(each.data, each.headers["ETag"]) for each in map(client.get, paths)])
    assert answers[0] == answers[1]


# Whole editions


@pytest.mark.parametrize("file", ["2024-06-30.xlsx", "2024-09-30-441803.csv"])
def test_the_rows_of_an_edition_are_those_that_reading_its_workbook_gives(
    client: FlaskClient, file: str
) -> None:
    slug = file.partition(".")[0]
    path = CONTENT / "whitelist" / file
    reading = read_whitelist(path, as_of=date.fromisoformat(slug[:10]), counties=COUNTIES)
    told = json_of(client, f"/whitelist/editions/{slug}/rows.json")
    expected = {
        (row.source_sheet, row.source_row): {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in ROW
            for value in [getattr(row, field.name)]
        }
        for row in reading.rows
    }
    for row in told["rows"]:
        said = expected.pop((row["source_sheet"], row["source_row"]))
        # A county's own list need not name the county.
        assert row == said | {"county_code": said["county_code"] or "441803"}
    assert not expected
    assert told["sha256"] == sha256(path.read_bytes()).hexdigest()
    assert len(csv_lines(client, f"/whitelist/editions/{slug}/rows.csv")) == told["total"] + 1


def test_a_row_tells_every_field_of_the_canonical_record_that_may_be_published() -> None:
    told = {field.name for field in ROW}
    assert told == {field.name for field in fields(WhitelistRow)} - {"sponsor", "uscc_text"} - UNTOLD


def test_a_file_with_whole_account_numbers_is_kept_back_and_its_rows_are_not(
    content: Path, tmp_path: Path
) -> None:
    path = edition(content, {"监管银行": "示例银行", "账户名称": EXAMPLE["机构名称"], "账号": ACCOUNT})
    visit = visitor(content, tmp_path)
    assert visit.get("/whitelist/editions/2024-12-31/file").status_code == 404
    (row,) = json_of(visit, "/whitelist/editions/2024-12-31/rows.json")["rows"]
    assert (row["escrow_bank"], row["escrow_name"], row["escrow_last4"]) == (
        "示例银行",
        EXAMPLE["机构名称"],
        "1234",
    )
    names = [resource["name"] for resource in json_of(visit, PACKAGE)["resources"]]
    assert names == ["list-csv", "list-xlsx", "rows-2024-12-31-csv", "rows-2024-12-31-xlsx"]
    for form in ("csv", "json"):
        for file in (f"{LIST}.{form}", f"/whitelist/editions/2024-12-31/rows.{form}"):
            assert ACCOUNT[:-4] not in visit.get(file).text
    assert sha256(path.read_bytes()).hexdigest() in visit.get("/whitelist/editions/2024-12-31/").text


# What changed


def test_the_forms_of_a_difference_agree(content: Path, tmp_path: Path) -> None:
    edition(content, {}, other("示例乙"), name="2024-06-30.xlsx")
    edition(content, {"机构名称": "示例甲学校"})
    visit = visitor(content, tmp_path)
    path = "/whitelist/changes/2024-06-30/2024-12-31/changes"
    headings, *lines = csv_lines(visit, f"{path}.csv")
    told = [dict(zip(headings, line, strict=True)) for line in lines]
    assert [(one["变化"], one["机构名称"], one["原来"], one["现在"]) for one in told] == [
        ("移出名单", "示例乙", "", ""),
        ("更名", "示例甲学校", EXAMPLE["机构名称"], "示例甲学校"),
    ]
    assert visit.get(told[1]["本站网页"]).status_code == 200
    cells = [["" if cell is None else cell for cell in row] for row in sheet_of(visit, f"{path}.xlsx").values]
    assert cells == [headings, *lines]
    document = json_of(visit, f"{path}.json")
    assert (document["counts"]["removed"], document["counts"]["renamed"]) == (1, 1)
    assert document["renamed"][0]["to"] == "示例甲学校"


# Schemas and the package


def test_every_table_is_as_its_schema_says(client: FlaskClient) -> None:
    resources = json_of(client, PACKAGE)["resources"]
    tables = [each for each in resources if each.get("format") == "csv"]
    assert {each["schema"] for each in tables} == {
        "schema.json",
        "editions/schema.json",
        "changes/schema.json",
    }
    for table in tables:
        schema = json_of(client, f"/whitelist/{table['schema']}")
        assert not faults(csv_lines(client, f"/whitelist/{table['path']}"), schema), table["name"]
    everybody = csv_lines(client, f"{LIST}.csv?listed=")
    assert not faults(everybody, json_of(client, "/whitelist/schema.json"))


def test_the_check_of_a_table_by_its_schema_finds_faults(client: FlaskClient) -> None:
    schema = json_of(client, "/whitelist/schema.json")
    lines = csv_lines(client, f"{LIST}.csv")
    for heading, wrong in (
        ("机构名称", ""),
        ("状态", "很好"),
        ("是否在名单内", "true"),
        ("来源行", "三"),
        ("本站编号", lines[2][lines[0].index("本站编号")]),
    ):
        place = lines[0].index(heading)
        changed = [[*line] for line in lines]
        changed[1][place] = wrong
        assert faults(changed, schema), heading
    assert faults([lines[0][1:], *lines[1:]], schema)


def test_the_package_lists_every_file_with_the_digest_of_each_original(client: FlaskClient) -> None:
    package = json_of(client, PACKAGE)
    originals = 0
    for resource in package["resources"]:
        answer = client.get(f"/whitelist/{resource['path']}", buffered=True)
        assert answer.status_code == 200, resource["path"]
        assert answer.mimetype == resource["mediatype"] or resource["name"].startswith("original")
        if "hash" in resource:
            originals += 1
            assert resource["hash"] == f"sha256:{sha256(answer.data).hexdigest()}"
            assert resource["bytes"] == len(answer.data)
    assert originals == 2
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[-a-z0-9._/]+", name) for name in names)


# For everybody


@pytest.mark.parametrize(
    "path",
    [
        "/whitelist/editions/none/rows.csv",
        "/whitelist/editions/2024-06-30/rows.pdf",
        "/whitelist/changes/2024-09-30-441803/2024-06-30/changes.xlsx",
    ],
)
def test_a_file_that_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", [f"{LIST}.csv", f"{LIST}.json", PACKAGE, "/whitelist/editions/2024-06-30/file"]
)
def test_a_file_may_be_read_by_scripts_of_any_site_and_is_sent_once(client: FlaskClient, path: str) -> None:
    first = client.get(path, buffered=True)
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_pages_are_not_shared_with_other_sites(client: FlaskClient) -> None:
    for path in ("/", "/open-data/", "/whitelist/", "/tip-off/"):
        assert "Access-Control-Allow-Origin" not in client.get(path).headers


def test_the_page_of_open_data_leads_to_every_file_and_explains_every_field(client: FlaskClient) -> None:
    page = main_part(client.get("/open-data/").text)
    links = set(page.xpath(".//a/@href"))
    assert {PACKAGE, "/api/v1/openapi.json", f"{LIST}.xlsx", "/whitelist/editions/2024-06-30/file"} <= links
    for link in links:
        assert client.get(link, buffered=True).status_code == 200, link
    said = words(page)
    for field in json_of(client, "/whitelist/schema.json")["fields"]:
        assert field["title"] in said
    assert "每条记录都带截至日期" in said
    assert "清远市教育局" in said
    assert 'href="/open-data/"' in client.get("/").text
