"""Small editions of the whitelist, and what the list and a card say of the institutions in them."""

import re
from pathlib import Path

import openpyxl
from flask.testing import FlaskClient
from openpyxl.worksheet.worksheet import Worksheet

from support.makers import main_part, titles, words

HEADER = (
    *(
        "机构名称",
        "统一社会信用代码",
        "办学许可证号",
        "办学地址",
        "注册地址",
        "培训类别",
        "培训内容",
        "培训对象",
    ),
    *("有效期起", "有效期止", "监管银行", "账户名称", "账号", "状态", "原因"),
)
EXAMPLE = {
    "机构名称": "清远市示例甲足球培训中心",
    "统一社会信用代码": "52441802MJ0EJJNK81",
    "办学许可证号": "144180270000034",
    "办学地址": "清远市清城区东城街道示例路1号",
    "培训类别": "非学科类（体育）",
    "培训内容": "足球",
    "培训对象": "小学",
    "有效期起": "2023-09-01",
    "有效期止": "2026-08-31",
    "状态": "正常",
}
ADDRESS = "/whitelist/52441802MJ0EJJNK81/"
"""Where the example has its card."""
FRESH = "2026-05-31.xlsx"
"""A list of yesterday, by the clock of the tests: what an old one calls normal is no verdict."""


def edition(
    content: Path, *rows: dict[str, str], name: str = "2024-12-31.xlsx", sheet: str = "清城区"
) -> Path:
    """A workbook with the example and what differs from it in each row; other headings are added."""
    headings = tuple(dict.fromkeys((*HEADER, *(heading for row in rows for heading in row))))
    book = openpyxl.Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    page.title = sheet
    page.append(headings)
    for row in rows:
        page.append([(EXAMPLE | row).get(heading, "") for heading in headings])
    path = content / "whitelist" / name
    book.save(path)
    return path


def other(name: str, permit_no: str = "144180270000037", **changed: str) -> dict[str, str]:
    """A row of another institution, known by its permit number."""
    return {"机构名称": name, "统一社会信用代码": "办理中", "办学许可证号": permit_no, **changed}


def verdict(page: str) -> str:
    """The answer at the head of an institution's page."""
    return words(main_part(page).xpath(".//*[@class='ruling-why']")[0])


def facts(page: str) -> dict[str, str]:
    """What the page says of the institution."""
    pairs = main_part(page).xpath(".//dl[@class='facts']/div")
    return {words(pair.find("dt")): words(pair.find("dd")) for pair in pairs}


def count(page: str) -> int:
    """How many institutions a list says it has."""
    found = re.search(r"(?:共|相近的) (\d+) 家", words(main_part(page)))
    assert found is not None
    return int(found[1])


def everything(client: FlaskClient, query: dict[str, str]) -> list[str]:
    """The titles of all pages of a list, in their order."""
    found: list[str] = []
    page = 1
    while True:
        answer = client.get("/whitelist/", query_string={**query, "page": str(page)})
        if answer.status_code == 404:
            return found
        found += titles(answer.text)
        page += 1


def choices(page: str) -> dict[str, dict[str, int]]:
    """The filters with the count of each of their values."""
    found: dict[str, dict[str, int]] = {}
    for select in main_part(page).xpath(".//select[@name!='sort']"):
        options = [words(option) for option in select.xpath("./option[@value!='']")]
        pairs = (re.fullmatch(r"(.+)（(\d+)）", option) for option in options)
        found[select.get("name")] = {pair[1]: int(pair[2]) for pair in pairs if pair}
    return found


def institutions(
    count: int, county: str = "441802", area: str = "清城区", first: int = 1
) -> list[dict[str, str]]:
    """So many institutions of one county, numbered from `first`; the same number is the same institution."""
    return [
        other(
            f"清远市示例{area}{number}培训中心",
            f"1{county}7{number:07}",
            办学地址=f"清远市{area}示例路{number}号",
        )
        for number in range(first, first + count)
    ]
