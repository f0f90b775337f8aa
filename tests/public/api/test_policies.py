"""Policies in the API: under the province's names, with the relations that the province leaves empty."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from support.makers import set_fields, texts, visitor

API = "/api/v1/policies"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def told(visit: FlaskClient, address: str) -> Any:
    answer = visit.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_a_policy_has_the_particulars_under_the_province_s_names(client: FlaskClient) -> None:
    one = told(client, f"{API}/prepayment")
    assert {name: one[name] for name in ("identifier", "document_number", "date", "validity")} == {
        "identifier": "示例/2026-00001",
        "document_number": "示教规〔2026〕1号",
        "date": "2026-02-27",
        "validity": "有效",
    }
    assert one["publisher"] == ["示例市教育局", "示例市市场监管局"]
    assert one["display_publish_time"] == "2026-03-02T09:00:00+08:00"
    assert (one["is_expired"], one["is_abolished"]) == (False, False)
    assert one["attachment"][0]["url"].startswith("http://localhost/policies/prepayment/files/")
    assert "先保留合同" in one["text"]


def test_relations_go_both_ways(content: Path, tmp_path: Path) -> None:
    set_fields(content / "policies/double-reduction.md", validity="有效")
    set_fields(content / "policies/prepayment.md", supersedes="[double-reduction]")
    visit = visitor(content, tmp_path)
    newer = [(each["what"], each["id"]) for each in told(visit, f"{API}/prepayment")["relation"]]
    assert newer == [("本文件的解读", "prepayment-explained"), ("替代旧文件", "double-reduction")]
    older = told(visit, f"{API}/double-reduction")
    assert [(each["what"], each["from_day"]) for each in older["relation"]] == [
        ("被新文件替代", "2026-03-01")
    ]
    assert (older["validity"], older["is_abolished"]) == ("废止", True)


@pytest.mark.parametrize(
    ("day", "state", "found"),
    [
        ("2031-02-28", "有效", ["prepayment"]),
        ("2031-03-01", "有效", []),
        ("2031-03-01", "失效", ["prepayment"]),
    ],
)
def test_the_list_is_narrowed_by_what_is_in_force_today(
    content: Path, tmp_path: Path, day: str, state: str, found: list[str]
) -> None:
    now = datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)
    answer = told(visitor(content, tmp_path, now=now), f"{API}?validity={state}&topic=预收费")
    assert [each["id"] for each in answer["policies"]] == found
    assert answer["total"] == len(found)


def test_a_withdrawn_policy_is_gone_with_its_reason(content: Path, tmp_path: Path) -> None:
    gone = {"withdrawn_reason": "与上位文件不一致", "updated_at": "2026-05-20 10:00"}
    set_fields(content / "policies/prepayment.md", **gone)
    visit = visitor(content, tmp_path)
    answer = visit.get(f"{API}/prepayment")
    assert answer.status_code == 410
    assert answer.content_type.startswith("application/problem+json")
    assert "与上位文件不一致" in answer.get_data(as_text=True)
    assert "prepayment" not in [each["id"] for each in told(visit, API)["policies"]]
    assert told(visit, f"{API}/prepayment-explained")["relation"] == []


def test_what_was_corrected_is_told_piece_by_piece(content: Path, tmp_path: Path) -> None:
    path = content / "policies/prepayment.md"
    kept = content / "policies/prepayment/versions/2026-03-02.md"
    kept.parent.mkdir()
    kept.write_bytes(path.read_bytes())
    set_fields(path, updated_at="2026-05-20 10:30", change_note="改标题", title="示例市新标题")
    one = told(visitor(content, tmp_path), f"{API}/prepayment")
    ((correction),) = one["corrections"]
    assert (correction["at"], correction["note"]) == ("2026-05-20T02:30:00+00:00", "改标题")
    assert correction["changes"][0]["label"] == "标题"
    assert {kind for kind, _ in correction["changes"][0]["pieces"]} <= {"=", "-", "+"}
