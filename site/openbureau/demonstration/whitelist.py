"""The list of last month: the institutions of the newest list, their permits and states as of the day.

Names, codes, permit numbers, brands, places and counties stay as they are, so that whatever leads to an
institution today leads to it tomorrow.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from openbureau.chinese.dates import FOREVER
from openbureau.demonstration.days import month_end
from openbureau.formats.xlsx_table import PlainSheet, write_workbook
from openbureau.library.bureau import Bureau
from openbureau.library.whitelist.institutions import Institution
from openbureau.library.whitelist.rows import WhitelistRow

SOON = 11
"""How many permits end within the next 30 days."""
LAPSED = 9
"""How many ended between the day of the list and today, while the list still says 正常."""
GONE = 4
"""How many the list no longer names."""
CHANGING = 4
"""How many more than before are 变更中."""

SOON_DAYS = 30
TERM_YEARS = 3
"""For how long a permit is renewed where its own term is not known."""

_HEADINGS = (
    *("序号", "机构名称", "统一社会信用代码", "办学许可证号", "审批机关", "法定代表人", "注册地址"),
    *("实际经营地址", "类别", "培训类别", "培训内容", "培训对象", "有效期起", "有效期止", "预收费监管银行"),
    *("监管账户户名", "联系电话", "状态"),
)


@dataclass(frozen=True)
class _Listed:
    """A row with what is new of it."""

    row: WhitelistRow
    valid_from: str
    valid_to: str
    status: str


def list_of_last_month(institutions: Sequence[Institution], bureau: Bureau, day: date) -> bytes:
    """A workbook with a sheet for each county: equal institutions and days give equal bytes."""
    listed = _listed([one for one in institutions if one.is_listed], day)
    until = month_end(day)
    title = f"校外教育培训机构白名单（示例，截至{until.year}年{until.month}月{until.day}日）"
    sheets = [
        PlainSheet(name, [[f"{name}{title}"], _HEADINGS, *_lines(rows)])
        for code, name in bureau.counties.items()
        if (rows := [one for one in listed if one.row.county_code == code])
    ]
    file = io.BytesIO()
    write_workbook(file, sheets)
    return file.getvalue()


def _listed(institutions: Sequence[Institution], day: date) -> list[_Listed]:
    """Who is on the list, in the order of before, with the permit and state that it has by the day.

    Who gets which state follows from the codes alone: it looks like chance and is none.
    """
    until = month_end(day)
    by_chance = sorted(institutions, key=lambda one: sha256(one.slug.encode()).digest())
    expired = [one.slug for one in by_chance if one.status == "有效期届满"]
    normal = [one.slug for one in by_chance if one.status == "正常" and one.valid_to not in ("", FOREVER)]
    gone, expired = expired[:GONE], expired[GONE:]
    soon = _taken(normal, SOON)
    lapsed = _taken(normal, LAPSED)
    changing = _taken(normal, CHANGING)
    last_days = {slug: day + timedelta(days=3 + at * (SOON_DAYS - 5) // SOON) for slug, at in soon.items()}
    last_days |= {slug: until + timedelta(days=at % (day - until).days) for slug, at in lapsed.items()}
    last_days |= {slug: until - timedelta(days=20 + 15 * at) for at, slug in enumerate(expired)}
    listed = []
    for one in institutions:
        if one.slug in gone:
            continue
        row = one.row
        valid_from, valid_to = row.valid_from or "", row.valid_to or ""
        if last := last_days.get(one.slug):
            valid_from = (_years_later(last, -TERM_YEARS) + timedelta(days=1)).isoformat()
            valid_to = last.isoformat()
        elif valid_to not in ("", FOREVER):
            valid_from, valid_to = _renewed(valid_from, valid_to, day)
        listed.append(
            _Listed(row, valid_from, valid_to, "变更中" if one.slug in changing else row.status or "")
        )
    return listed


def _taken(slugs: list[str], count: int) -> dict[str, int]:
    """The first of them with their places, which are then no longer among them."""
    taken = {slug: at for at, slug in enumerate(slugs[:count])}
    del slugs[:count]
    return taken


def _renewed(valid_from: str, valid_to: str, day: date) -> tuple[str, str]:
    """The term of a permit, renewed as often as it takes to last longer than the next days."""
    last = date.fromisoformat(valid_to)
    years = max(1, round((last - date.fromisoformat(valid_from)).days / 365)) if valid_from else TERM_YEARS
    while last <= day + timedelta(days=SOON_DAYS):
        valid_from, last = (last + timedelta(days=1)).isoformat(), _years_later(last, years)
    return valid_from, last.isoformat()


def _years_later(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes the 28th where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _lines(listed: Sequence[_Listed]) -> Iterator[list[str | int]]:
    for number, one in enumerate(listed, 1):
        row = one.row
        code = "办理中" if row.uscc_state == "pending" else row.uscc or ""
        yield [
            *(number, row.name, code, row.permit_no or "", row.issuer or "", row.legal_rep or ""),
            *(row.addr_registered or "", row.addr_premises or "", f"{row.subject_class or ''}类"),
            *map("、".join, (row.categories, row.courses, row.audiences)),
            *(one.valid_from, one.valid_to, row.escrow_bank or "", row.escrow_name or ""),
            *(row.phone_public or "", one.status),
        ]
