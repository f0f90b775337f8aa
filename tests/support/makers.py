"""Makers that several tests share: content without workbooks, changed front matter, a visitor."""

import csv
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from flask.testing import FlaskClient
from lxml import html

from openbureau.app import create_app
from openbureau.clock import now as present
from openbureau.config import ROOT, Settings
from openbureau.library.whitelist.escrow_accounts import AccountKey
from openbureau.publishing.build import check, publish
from openbureau.publishing.publication import Shelf
from support.site import CONTENT, NOON

REAL = ROOT / "content"
"""The content of the first site."""


def texts(folder: Path) -> Path:
    """A content folder of one's own with the written documents; workbooks take longest to read."""
    copied = shutil.copytree(CONTENT, folder / "content", ignore=shutil.ignore_patterns("whitelist"))
    return Path(copied)


def set_fields(path: Path, **fields: str) -> None:
    """Write front matter fields over the old ones, or after them; an empty value removes the field."""
    text = path.read_text(encoding="utf-8")
    for name, value in fields.items():
        line = f"{name}: {value}\n" if value else ""
        text = re.sub(rf"^{name}:.*\n", "", text, flags=re.MULTILINE)
        text = text.replace("\n---\n", f"\n{line}---\n", 1)
    path.write_text(text, encoding="utf-8")


def substitute(path: Path, before: str, after: str) -> None:
    """Replace the one place of a file where `before` stands."""
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} has {before!r} {text.count(before)} times"
    path.write_text(text.replace(before, after), encoding="utf-8")


def in_production(content: Path) -> Path:
    """The same content as that of a site which is no demonstration: nothing of the bureau is left blank."""
    text = (content / "site.toml").read_text(encoding="utf-8")
    for name, value in {
        "demo": "false",
        "organ_code": '"11441700007280420Y"',
        "site_code": '"4418000001"',
        "police": '"粤公网安备44180202000001号"',
    }.items():
        text = re.sub(rf"^{name} = [^#\n]*", f"{name} = {value} ", text, flags=re.MULTILINE)
    text = re.sub(r'^(\w+) = ""', r'\1 = "https://example.org/"', text, flags=re.MULTILINE)
    (content / "site.toml").write_text(text, encoding="utf-8")
    return content


def write_notices(content: Path, count: int) -> None:
    """So many more notices, `number-00` the newest of them."""
    pattern = content / "notices" / "summer.md"
    for number in range(count):
        path = content / "notices" / f"number-{number:02}.md"
        shutil.copy(pattern, path)
        set_fields(
            path,
            title=f"第{number}号提示",
            index_no=f"2026-{9000 + number:05}",
            published_at=f"2026-05-01 {23 - number // 60:02}:{59 - number % 60:02}",
        )


def visitor(
    content: Path,
    instance: Path,
    *,
    now: datetime = NOON,
    url: str = "",
    account_key: AccountKey | None = None,
) -> FlaskClient:
    """Publish `content` and visit the public site; what is published there later is served at once.

    What waits until `now` is there. Account numbers are digested under `account_key`; whether the site has
    that key is up to the test.
    """
    shelf = Shelf(instance / "publications")
    publish(content, shelf, account_key=account_key, now=max(now, present()))
    settings = Settings(content, instance, f"sqlite:///{instance / 'tips.db'}", url=url)
    app = create_app(settings, clock=lambda: now)
    app.testing = True
    return app.test_client()


def main_part(page: str) -> html.HtmlElement:
    """What a page says itself, without header and footer."""
    return html.document_fromstring(page).get_element_by_id("main")


def words(element: html.HtmlElement) -> str:
    """The visible words of an element in one line."""
    return " ".join(element.text_content().split())


def titles(page: str) -> list[str]:
    """The titles of a list's items, in their order."""
    return [
        words(heading)
        for heading in main_part(page).xpath(".//*[@class='items' or @class='items items-grid']//h3")
    ]


PENALTIES = """
title = "行政处罚"
summary = "示例处罚清单。"
legal_basis = "行政处罚法第四十八条"
responsible_unit = "示例市教育局"
policies = ["prepayment"]
key = "no"
titled_by = "subject"
dated_by = "decided_on"
shown_until = "shown_until"
withdrawn_on = "withdrawn_on"
withdrawn_reason = "withdrawn_reason"
counted_by = "fine"
facets = ["kind", "county"]
list = ["party", "kind", "fine"]

[[columns]]
name = "no"
label = "编号"
required = true

[[columns]]
name = "subject"
label = "案件名称"
required = true

[[columns]]
name = "party"
label = "当事人"
mask = "person"

[[columns]]
name = "facts"
label = "违法事实"

[[columns]]
name = "kind"
label = "处罚类别"
type = "choice"
choices = ["警告", "罚款"]

[[columns]]
name = "county"
label = "县区"
also = ["所在县"]

[[columns]]
name = "fine"
label = "罚款数额"
type = "number"
unit = "元"

[[columns]]
name = "decided_on"
label = "决定日期"
type = "day"

[[columns]]
name = "shown_until"
label = "公示截止"
type = "day"

[[columns]]
name = "details"
label = "详情"
type = "link"

[[columns]]
name = "withdrawn_on"
label = "撤回日期"
type = "day"

[[columns]]
name = "withdrawn_reason"
label = "撤回原因"
"""
"""The schema of a register in which every column has its part to play."""

PENALTY = {
    "编号": "2025-1",
    "案件名称": "擅自举办培训机构案",
    "当事人": "示例市甲教育咨询有限公司",
    "违法事实": "未经许可举办培训机构",
    "处罚类别": "罚款",
    "县区": "清城区",
    "罚款数额": "3000",
    "决定日期": "2025-11-03",
    "公示截止": "2026-11-03",
    "详情": "/policies/prepayment/",
    "撤回日期": "",
    "撤回原因": "",
}
"""One row of it."""


def write_register(
    content: Path, name: str, schema: str, editions: Mapping[str, Sequence[Mapping[str, str]]]
) -> Path:
    """A register with an edition for each day; every row names all headings of the first."""
    folder = content / "registers" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "register.toml").write_text(schema, encoding="utf-8")
    for day, rows in editions.items():
        with (folder / f"{day}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def problems(content: Path) -> list[str]:
    """All problems of a content folder, as the clerk reads them."""
    return [str(problem) for problem in check(content)]


def line_of(path: Path, text: str) -> int:
    """The line on which a text of a file begins."""
    return path.read_text(encoding="utf-8").partition(text)[0].count("\n") + 1
