"""What was withdrawn answers 410 with its reason, in every form in which it could be had."""

from pathlib import Path
from urllib.parse import quote

import feedparser
import pytest
from flask.testing import FlaskClient

from support.makers import main_part, set_fields, texts, visitor, words

REASON = "与上位文件不一致"
FORM = quote("退费申请表.docx")
OLD = "预收费监管工作的通知"


@pytest.fixture
def visit(tmp_path: Path) -> FlaskClient:
    """A visitor of a site that has withdrawn a policy, a notice and an announcement."""
    content = texts(tmp_path)
    for name in ("policies/prepayment.md", "notices/loans.md", "announcements/clue-call.md"):
        set_fields(
            content / name, withdrawn_reason=REASON, updated_at="2026-05-20 10:00", to_do_by="2026-06-30"
        )
    set_fields(content / "announcements/clue-call.md", to_do="写明时间和依据")
    return visitor(content, tmp_path)


@pytest.mark.parametrize(
    "address",
    [
        "/policies/prepayment/",
        "/notices/loans/",
        "/announcements/clue-call/",
        f"/policies/prepayment/files/{FORM}",
        "/hant/policies/prepayment/",
        "/senior/notices/loans/",
    ],
)
def test_every_page_and_file_is_gone_and_says_why(visit: FlaskClient, address: str) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        answer = visit.get(address, headers=headers)
        assert answer.status_code == 410
        reason = words(main_part(answer.text))
        assert REASON in reason or "與上位文件不一致" in reason


def test_a_program_is_told_why(visit: FlaskClient) -> None:
    answer = visit.get("/api/v1/policies/prepayment")
    assert answer.status_code == 410
    assert REASON in answer.get_json()["detail"]


@pytest.mark.parametrize("form", ["rss", "atom", "json"])
def test_subscribers_are_told_why_and_nothing_of_what_it_said(visit: FlaskClient, form: str) -> None:
    answer = visit.get(f"/feeds/policies.{form}")
    text = answer.get_data(as_text=True)
    assert "先保留合同" not in text
    assert f"本条已撤回。原因：{REASON}" in text
    if form != "json":
        assert [entry.enclosures for entry in feedparser.parse(answer.data).entries[:1]] == [[]]


def test_no_list_calendar_search_or_site_map_knows_it(visit: FlaskClient) -> None:
    for address in (
        "/policies/",
        "/notices/",
        "/announcements/",
        "/",
        "/feeds/deadlines.ics",
        "/search?q=预收费监管工作",
        "/sitemap-1.xml",
        "/api/v1/policies",
    ):
        text = visit.get(address).get_data(as_text=True)
        assert OLD not in text, address
        for name in ("/policies/prepayment/", "/notices/loans/", "/announcements/clue-call/"):
            assert name not in text, address
