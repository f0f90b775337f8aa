"""Visits: two numbers a day, without cookies and addresses; and the figures of the annual form."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient

from openbureau.inspection.annual_report import NOT_COUNTED, annual
from openbureau.library.content import read_library
from openbureau.middleware.visits import Visits, VisitsMiddleware, YearVisits
from support.makers import texts, visitor
from support.site import NOON

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DAY = date(2026, 6, 1)
BROWSER = {"Accept": "text/html,application/xhtml+xml", "User-Agent": "Firefox"}


class Days:
    """Today, as the test wants it."""

    def __init__(self) -> None:
        self.today = DAY

    def __call__(self) -> date:
        return self.today


@pytest.fixture
def days() -> Days:
    return Days()


@pytest.fixture
def visits(tmp_path: Path) -> Visits:
    return Visits(tmp_path / "visits.db")


@pytest.fixture
def counting(visits: Visits, days: Days) -> VisitsMiddleware:
    """The layer before an application that answers everything."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(environ.get("status", "200 OK"), [("Content-Type", "text/html")])
        return [b"page"]

    return VisitsMiddleware(answer, visits, days)


def ask(counting: VisitsMiddleware, address: str = "203.0.113.7", **more: str) -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "REMOTE_ADDR": address,
        "HTTP_ACCEPT": "text/html",
        "HTTP_USER_AGENT": "Firefox",
    }
    assert [*counting(environ | more, lambda *told: lambda data: None)] == [b"page"]


def test_pages_and_people_are_counted_each_of_them_once_a_day(
    counting: VisitsMiddleware, visits: Visits
) -> None:
    for address in ("203.0.113.7", "203.0.113.8", "203.0.113.7"):
        ask(counting, address)
    counting.write()
    assert visits.of_year(2026) == YearVisits(days=1, views=3, visitors=2)
    ask(counting)
    counting.write()
    assert visits.of_year(2026) == YearVisits(days=1, views=4, visitors=2)


def test_nobody_is_known_again_on_the_next_day(
    counting: VisitsMiddleware, visits: Visits, days: Days
) -> None:
    ask(counting)
    days.today = date(2026, 6, 2)
    ask(counting)
    counting.write()
    assert visits.of_year(2026) == YearVisits(days=2, views=2, visitors=2)


@pytest.mark.parametrize(
    "more",
    [
        {"REQUEST_METHOD": "POST"},
        {"REQUEST_METHOD": "HEAD"},
        {"HTTP_ACCEPT": "application/rss+xml"},
        {"HTTP_HX_REQUEST": "true"},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Baiduspider/2.0)"},
        {"status": "404 NOT FOUND"},
        {"status": "308 PERMANENT REDIRECT"},
    ],
)
def test_what_nobody_reads_is_no_visit(
    counting: VisitsMiddleware, visits: Visits, more: dict[str, str]
) -> None:
    ask(counting, **more)
    counting.write()
    assert visits.of_year(2026).views == 0


def test_who_has_the_page_already_visits_it_all_the_same(counting: VisitsMiddleware, visits: Visits) -> None:
    ask(counting, status="304 NOT MODIFIED")
    counting.write()
    assert visits.of_year(2026).views == 1


def test_behind_a_front_server_pages_are_counted_and_people_are_not(
    counting: VisitsMiddleware, visits: Visits
) -> None:
    for address in ("127.0.0.1", "::1", ""):
        ask(counting, address)
    counting.write()
    assert visits.of_year(2026) == YearVisits(days=1, views=3, visitors=None)


def test_no_address_and_no_digest_of_one_is_on_the_disk(
    counting: VisitsMiddleware, visits: Visits, tmp_path: Path
) -> None:
    ask(counting, "203.0.113.7", HTTP_USER_AGENT="NobodyElseHasThis/1.0")
    counting.write()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"2026-06-01" in kept
    for trace in (b"203.0.113", b"NobodyElse", b"Firefox", *counting._visitor_digests):
        assert trace not in kept


def test_a_disk_that_is_full_is_told_in_the_log_and_no_visitor_notices(
    counting: VisitsMiddleware, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counting._visits = Visits(tmp_path)
    ask(counting)
    counting.write()
    assert "1 visits were not counted" in caplog.text


def test_the_site_counts_its_pages_those_too_that_are_kept_ready(tmp_path: Path) -> None:
    client = visitor(texts(tmp_path), tmp_path)
    for _ in range(3):
        assert client.get("/policies/", headers=BROWSER).status_code == 200
    client.get("/policies/")
    client.get("/feeds/all.atom", headers={"Accept": "application/atom+xml"})
    written(client)
    assert Visits(tmp_path / "visits.db").of_year(NOON.year).views == 3


def written(client: FlaskClient) -> None:
    """Have the layer write what it counted, as it does after a second."""
    layer: Any = client.application.wsgi_app
    while not isinstance(layer, VisitsMiddleware):
        layer = layer._app
    layer.write()


# The annual form


def figures(content: Path, year: int, views: int = 0, visitors: int | None = None) -> dict[str, int | None]:
    records = [record for record in read_library(content).records if not record.is_withdrawn]
    items = annual(records, year, views=views, visitors=visitors, days=bool(views))
    return {item.name: item.value for item in items}


def test_the_annual_form_counts_what_was_published_and_asked_in_the_year(tmp_path: Path) -> None:
    found = figures(texts(tmp_path), 2026, views=900, visitors=40)
    assert found["信息发布总数"] == 10
    assert found["解读材料"] == 1
    assert found["信息公开目录（政策文件）"] == 2
    assert found["动态类（公告、提示）"] == 5
    assert (found["征集调查期数"], found["收到意见"], found["公布反馈期数"]) == (2, 6, 1)
    assert (found["网站总访问量"], found["独立用户访问总量"]) == (900, 40)


def test_another_year_has_figures_of_its_own(tmp_path: Path) -> None:
    found = figures(texts(tmp_path), 2025)
    assert found["信息发布总数"] == found["征集调查期数"] == 0


def test_what_was_not_counted_is_empty_and_never_zero(tmp_path: Path) -> None:
    found = figures(texts(tmp_path), 2026)
    assert found["网站总访问量"] is None
    assert found["独立用户访问总量"] is None
    assert [found[name] for _, name, _ in NOT_COUNTED] == [None] * len(NOT_COUNTED)


def test_a_record_belongs_to_the_year_it_is_in_china(tmp_path: Path) -> None:
    (record,) = [each for each in read_library(texts(tmp_path)).records if each.slug == "loans"]
    record.published_at = datetime(2025, 12, 31, 16, 30, tzinfo=UTC)
    assert annual([record], 2026, views=0, visitors=None, days=0)[2].value == 1
