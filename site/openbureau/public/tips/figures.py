"""Published figures about tips, frozen month by month, and the heads of the audit log."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, url_for

from openbureau.clock import start_of
from openbureau.database import db
from openbureau.formats.feeds import MEDIA_TYPES, Feed, FeedEntry, render
from openbureau.formats.xlsx_table import TableCell
from openbureau.public.downloads import json_document, office_table
from openbureau.public.feeds.entries import tag
from openbureau.readiness import public_keys
from openbureau.tips.form.submission import Category
from openbureau.tips.log_heads import LogHead, heads_file, list_heads
from openbureau.tips.model import Action, Channel, Conclusion, DeclineReason
from openbureau.tips.sealing import signing
from openbureau.tips.statistics import MIN_DIVIDED_TOTAL, SERIES, SMALL, frozen, statement
from openbureau.web import base_url, page, publication, site

bp = Blueprint("tip_figures", __name__, url_prefix="/tip-off")

ABOUT = "教育领域涉企乱罚款问题线索"
NOT_YET = "尚未得出"

TABLES = {
    "channel": ("收到：按渠道", Channel, "received"),
    "unit": ("收到：按被反映的单位", None, "received"),
    "category": ("收到：按问题类别（一件可以属于几类）", Category, "received"),
    "decline_reason": ("不予受理：按原因", DeclineReason, "declined"),
    "conclusion": ("办结：按结论", Conclusion, "concluded"),
    "action": ("办结：按处理", Action, "concluded"),
}
"""Title, closed list and series of each table."""

NUMBERS = {
    "median_days": "从收到到办结的天数（中位数）",
    "on_time_percent": "按期办结的百分比",
    "rating": "提交人评价的平均分",
    "corrected_fines": "纠正的罚款（件）",
    "corrected_yuan": "纠正的罚款（元）",
    "refunded_yuan": "退还的罚款（元）",
}

_MAX_FEED_HEADS = 60
"""Entries of the feed: what a subscriber missed in two months is in log-heads.txt."""


@bp.get("/figures/")
def index() -> Response:
    """The figures in a sentence and in tables, and how they were counted."""
    versions = frozen(db.session())
    months = [(version, version.figures["series"]) for version in versions]
    years = [version.figures["year"] for version in versions if "year" in version.figures]
    heads = list_heads(db.session())
    return page(
        "public/tips/figures.html",
        statement=statement(versions, ABOUT) if versions else "",
        about=ABOUT,
        months=months,
        years=[(year, [*_tables(year)]) for year in years],
        series=SERIES,
        numbers=NUMBERS,
        small=SMALL,
        min_divided_total=MIN_DIVIDED_TOTAL,
        head=heads[0] if heads else None,
        public_key=_public_keys()[0],
    )


@bp.get("/figures.csv")
def csv_figures() -> Response:
    """Every published number in a line of its own."""
    headings = ("统计截至", "期间起", "期间止", "项目", "分项", "数值")
    return office_table("tip-figures.csv", headings, _lines())


@bp.get("/figures.json")
def json_figures() -> Response:
    """Every version as it was frozen, the newest first."""
    versions = [
        {"month": version.month, "as_of": version.as_of.isoformat(), **version.figures}
        for version in frozen(db.session())
    ]
    return json_document({"about": ABOUT, "small": SMALL, "versions": versions})


@bp.get("/log-heads.txt")
def log_heads() -> Response:
    """All heads of the log, to be kept elsewhere and compared: `openbureau tips verify --anchors`."""
    text = heads_file(list_heads(db.session()), *_public_keys())
    return Response(text, content_type="text/plain; charset=utf-8")


@bp.get("/log.atom")
def log_feed() -> Response:
    """The newest heads of the log, for whoever keeps them by subscription."""
    heads = list_heads(db.session())[:_MAX_FEED_HEADS]
    bureau = publication().bureau
    entries = [_entry(head) for head in heads]
    feed = Feed(
        id=tag("log-heads"),
        title=f"{bureau.site_name}：线索办理日志每日摘要",
        subtitle="每日公布日志最后一条的序号和摘要，任何人都可以保存，用来发现日志是否被改动",
        link=base_url() + url_for("tip_figures.index"),
        self_link=base_url() + url_for("tip_figures.log_feed"),
        author=bureau.name,
        language=bureau.language,
        updated_at=entries[0].updated_at if entries else datetime(1970, 1, 1, tzinfo=UTC),
        entries=entries,
    )
    return Response(render(feed, "atom"), content_type=f"{MEDIA_TYPES['atom']}; charset=utf-8")


def _entry(head: LogHead) -> FeedEntry:
    # A day is all that is told: the minute of the signature says nothing that anybody needs.
    at = start_of(head.day)
    return FeedEntry(
        id=tag(f"log-heads/{head.day}"),
        title=f"{head.day} 日志序号 {head.seq}",
        link=base_url() + url_for("tip_figures.log_heads"),
        published_at=at,
        updated_at=at,
        summary=head.line(),
        html=f"<p>{head.line()}</p>",
    )


def _public_keys() -> list[str]:
    try:
        return public_keys(db.session(), site().settings)
    except signing.BadSigningKey as error:
        current_app.logger.error("the log's public key cannot be shown: %s", error)
        return [""]


def _tables(year: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str | int]] | None, int]]:
    """Title, rows and total of each table; None instead of rows when it is not shown."""
    for name, (title, kind, series) in TABLES.items():
        cells = year["tables"][name]
        labels = {member.value: member.label for member in kind or ()} | {"none-yet": NOT_YET}
        # Who has no conclusion yet is worth a line only when there are any.
        keys = [key for key in _order(cells or {}, labels) if key != "none-yet" or cells[key]]
        rows = None if cells is None else [(labels.get(key, key), cells[key]) for key in keys]
        yield title, rows, year["totals"][series]


def _order(cells: Mapping[str, object], labels: Mapping[str, str]) -> list[str]:
    return [key for key in labels if key in cells] + [key for key in cells if key not in labels]


def _lines() -> Iterator[tuple[TableCell, ...]]:
    for version in frozen(db.session()):
        for name, label in SERIES.items():
            period = version.figures["series"][name]
            count = SMALL if period["count"] is None else period["count"]
            yield version.as_of.isoformat(), period["from"] or "", period["to"], label, "", count
        if year := version.figures.get("year"):
            period = (version.as_of.isoformat(), f"{year['year']}-01-01", f"{year['year']}-12-31")
            for title, rows, _ in _tables(year):
                yield from ((*period, title, label, value) for label, value in rows or ())
            for name, title in NUMBERS.items():
                if (value := year["numbers"][name]) is not None:
                    yield *period, title, "", value
