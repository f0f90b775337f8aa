"""The API for programs: what it answers, how it refuses, and that its description is true."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.engine import events, from_schema
from werkzeug.test import TestResponse

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.public.whitelist.selection import FACETS
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import PENALTIES, PENALTY, visitor, write_register
from support.site import CONTENT, NOON
from support.whitelist_makers import everything

API = "/api/v1"
ONE = "52441803MJ0Q95UA9U"
HEADINGS = "机构名称,统一社会信用代码,状态,有效期止,办学许可证号"
CHECKS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
}
"""What schemathesis must have looked at for its silence to mean anything."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication of `tests/content` with a register: two entries shown, one retracted, one ended."""
    folder = tmp_path_factory.mktemp("api")
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    rows = [
        PENALTY,
        PENALTY | {"编号": "2025-2", "撤回日期": "2026-01-05", "撤回原因": "复议撤销"},
        PENALTY | {"编号": "2025-3", "案件名称": "旧案", "公示截止": "2026-05-31"},
        PENALTY | {"编号": "2025-4", "案件名称": "警告案", "处罚类别": "警告", "罚款数额": ""},
    ]
    write_register(content, "penalties", PENALTIES, {"2025-12-31": rows})
    publish(content, Shelf(folder / "publications"))
    return folder / "publications"


def told(answer: TestResponse) -> Any:
    """What an answer says, which is JSON."""
    assert (answer.status_code, answer.content_type) == (200, "application/json; charset=utf-8")
    return answer.json


def problem(answer: TestResponse, code: int) -> str:
    """What an answer says is wrong, as problem details (RFC 9457)."""
    assert (answer.status_code, answer.content_type) == (code, "application/problem+json; charset=utf-8")
    said = answer.json
    assert said is not None
    assert set(said) == {"type", "title", "status", "detail"}
    assert (said["type"], said["status"]) == ("about:blank", code)
    return str(said["detail"])


def names(client: FlaskClient, **asked: str) -> list[str]:
    """The institutions of all pages, by following `next`."""
    answer = told(client.get(f"{API}/institutions", query_string={"per_page": "100", **asked}))
    found = [each["name"] for each in answer["institutions"]]
    while answer["next"]:
        answer = told(client.get(answer["next"]))
        found += [each["name"] for each in answer["institutions"]]
    assert len(found) == answer["total"]
    return found


def county_lists(content: Path, days: Mapping[str, Sequence[str]]) -> None:
    """Editions of one county alone: name, code, status and last day of each institution."""
    for path in (content / "whitelist").iterdir():
        path.unlink()
    for day, rows in days.items():
        lines = [f"{row},14418037000000{number}" for number, row in enumerate(rows, 1)]
        path = content / "whitelist" / f"{day}-441803.csv"
        path.write_text("\n".join((HEADINGS, *lines)), encoding="utf-8")


# The description


@pytest.mark.timeout(600)
def test_schemathesis_finds_every_answer_as_described(app: Flask) -> None:
    def uncompressed(environ: dict[str, Any], start_response: Any) -> Any:
        # The client of schemathesis asks a WSGI application for codings that it does not read.
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        return app(environ, start_response)

    described = schemathesis.openapi.from_wsgi(
        f"{API}/openapi.json", uncompressed, config=schemathesis.Config(seed=20260601)
    )
    described.config.generation.max_examples = 25
    answers: Counter[int] = Counter()
    looked_at: set[str] = set()
    faults = []
    for event in from_schema(described).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            for interaction in event.recorder.interactions.values():
                assert interaction.response is not None
                answers[interaction.response.status_code] += 1
            for check in (check for each in event.recorder.checks.values() for check in each):
                looked_at.add(check.name)
                if check.failure_info:
                    faults.append((event.recorder.label, check.name, str(check.failure_info.failure)))
    assert not faults
    assert looked_at >= CHECKS
    assert sum(answers.values()) > 300
    assert answers[200] > 50
    assert answers.keys() <= {200, 400, 404, 405, 410}


def test_the_description_has_an_address_of_its_own_for_each_register(client: FlaskClient) -> None:
    paths = told(client.get(f"{API}/openapi.json"))["paths"]
    kind, *_ = paths["/registers/penalties/entries"]["get"]["parameters"]
    assert (kind["name"], kind["schema"]["enum"]) == ("kind", ["警告", "罚款"])
    assert "/registers/penalties/entries/{id}" in paths


def test_every_address_of_the_api_is_described(app: Flask, client: FlaskClient) -> None:
    described = {path.count("/") for path in told(client.get(f"{API}/openapi.json"))["paths"]}
    served = {
        rule.rule.removeprefix(API).count("/")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
    }
    assert described == served


def test_the_list_takes_every_filter_of_its_page(client: FlaskClient) -> None:
    listed = told(client.get(f"{API}/openapi.json"))["paths"]["/institutions"]["get"]
    described = {parameter["name"]: parameter["schema"] for parameter in listed["parameters"]}
    assert set(described) == {*FACETS, "q", "sort", "page", "per_page"}
    for name, schema in described.items():
        for value in schema.get("enum", ()):
            answer = told(client.get(f"{API}/institutions", query_string={name: value, "per_page": "1"}))
            assert answer["total"] >= 0


def test_every_example_of_the_description_is_answered(client: FlaskClient) -> None:
    document = told(client.get(f"{API}/openapi.json"))
    for path, operations in document["paths"].items():
        examples = {
            each["name"]: each["example"]
            for each in operations["get"].get("parameters", [])
            if each["in"] == "path"
        }
        told(client.get(API + path.format(**examples)))


# Institutions


@pytest.mark.parametrize(
    "asked",
    [
        {"county": "清新区", "category": "体育"},
        {"q": "编程"},
        {"status": "正常", "sort": "name"},
        {"expiring": "已到期", "audience": "高中阶段"},
        {"county": "清新区", "listed": ""},
    ],
)
def test_a_list_has_whom_its_page_has_in_the_same_order(client: FlaskClient, asked: dict[str, str]) -> None:
    shown = everything(client, asked)
    assert names(client, **asked) == shown != []


def test_a_page_says_where_the_next_and_the_one_before_are(client: FlaskClient) -> None:
    first = told(client.get(f"{API}/institutions?per_page=7&county=清新区"))
    assert (first["page"], first["per_page"], first["previous"]) == (1, 7, None)
    assert first["pages"] == -(-first["total"] // 7)
    second = told(client.get(first["next"]))
    assert second["page"] == 2
    assert told(client.get(second["previous"])) == first
    last = told(client.get(f"{API}/institutions?per_page=7&county=清新区&page={first['pages']}"))
    assert last["next"] is None


def test_an_institution_is_told_with_all_that_each_edition_says(client: FlaskClient) -> None:
    one = told(client.get(f"{API}/institutions/{ONE}"))
    assert one["name"] == "清远市清新区瑶乡示例编程培训中心"
    assert one["url"] == f"http://localhost/whitelist/{ONE}/"
    assert (one["as_of"], one["source_file"], one["source_row"]) == ("2024-09-30", "2024-09-30-441803.csv", 3)
    assert [version["edition"] for version in one["versions"]] == ["2024-06-30", "2024-09-30-441803"]
    assert one["versions"][-1]["row"].items() <= one.items()
    assert one["events"][0]["what"] == "列入名单"
    assert one["answer"] is None


def test_an_institution_answers_for_a_day_in_the_past(client: FlaskClient) -> None:
    asked = told(client.get(f"{API}/institutions/{ONE}?on=2024-08-01"))["answer"]
    assert asked == {
        "day": "2024-08-01",
        "standing": "listed",
        "what": "在名单内",
        "listed": True,
        "edition": "2024-06-30",
        "next_edition": "2024-09-30-441803",
        "said_by": "2024-06-30",
        "permit_valid": True,
        "permit_valid_by_next": True,
    }
    before = told(client.get(f"{API}/institutions/{ONE}?on=2024-01-01"))["answer"]
    assert (before["standing"], before["listed"], before["edition"]) == ("no_edition", False, None)


def test_a_day_that_has_not_come_has_no_answer(client: FlaskClient) -> None:
    assert told(client.get(f"{API}/institutions/{ONE}?on=2026-06-01"))["answer"]
    detail = problem(client.get(f"{API}/institutions/{ONE}?on=2026-06-02"), 404)
    assert "还没有到" in detail


def test_an_earlier_address_leads_to_the_present_one(content: Path, tmp_path: Path) -> None:
    county_lists(
        content, {"2024-09-30": ["示例培训中心,办理中,正常,"], "2025-09-30": [f"示例培训中心,{ONE},正常,"]}
    )
    answer = visitor(content, tmp_path).get(f"{API}/institutions/144180370000001?on=2025-01-01")
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"{API}/institutions/{ONE}?on=2025-01-01",
    )


# Editions and changes


def test_an_edition_tells_its_digest_and_where_its_files_are(client: FlaskClient) -> None:
    editions = told(client.get(f"{API}/editions"))["editions"]
    assert [edition["id"] for edition in editions] == ["2024-09-30-441803", "2024-06-30"]
    one = told(client.get(f"{API}/editions/2024-06-30"))
    assert one == editions[1]
    copy = client.get(one["files"]["original"], buffered=True).data
    assert (len(copy), sha256(copy).hexdigest()) == (one["copy_size"], one["copy_sha256"])
    original = (CONTENT / "whitelist" / one["file"]).read_bytes()
    assert (len(original), sha256(original).hexdigest()) == (one["size"], one["sha256"])
    assert set(one["files"]) == {"csv", "xlsx", "json", "original"}
    assert sum(one["by_county"].values()) == one["on_list"] == 360


def test_changes_are_counted_and_told_with_before_and_after(content: Path, tmp_path: Path) -> None:
    county_lists(
        content,
        {
            "2024-09-30": ["示例甲培训中心,,正常,2025-08-31", "示例乙培训中心,,正常,"],
            "2025-09-30": ["示例甲培训中心,,停业,2026-08-31"],
        },
    )
    visit = visitor(content, tmp_path)
    found = told(visit.get(f"{API}/changes/2024-09-30-441803/2025-09-30-441803"))
    assert (found["older"]["id"], found["newer"]["id"]) == ("2024-09-30-441803", "2025-09-30-441803")
    assert found["total"] == sum(found["counts"].values()) == 3
    seen = [(each["kind"], each["name"], each["before"], each["after"]) for each in found["changes"]]
    assert seen == [
        ("removed", "示例乙培训中心", "", ""),
        ("status_changed", "示例甲培训中心", "正常", "停业"),
        ("validity_changed", "示例甲培训中心", ["", "2025-08-31"], ["", "2026-08-31"]),
    ]
    assert {each["county"] for each in found["changes"]} == {"清新区"}
    assert told(visit.get(found["changes"][0]["url"].replace("/whitelist/", f"{API}/institutions/")[:-1]))


def test_editions_in_the_wrong_order_have_no_changes(client: FlaskClient) -> None:
    problem(client.get(f"{API}/changes/2024-09-30-441803/2024-06-30"), 404)


# Registers


def test_a_register_tells_its_columns_and_only_what_may_be_seen_today(client: FlaskClient) -> None:
    (register,) = told(client.get(f"{API}/registers"))["registers"]
    assert (register["register"], register["title"]) == ("penalties", "行政处罚")
    assert {"name": "fine", "label": "罚款数额", "type": "number", "unit": "元"} in register["columns"]
    found = told(client.get(f"{API}/registers/penalties/entries"))
    assert [entry["title"] for entry in found["entries"]] == ["擅自举办培训机构案", "警告案"]
    warned = told(client.get(f"{API}/registers/penalties/entries?kind=警告&county=清城区"))
    assert [entry["values"]["fine"] for entry in warned["entries"]] == [None]


def test_an_entry_is_told_with_values_source_and_history(client: FlaskClient) -> None:
    one = told(client.get(f"{API}/registers/penalties/entries/2025-1"))
    assert one["values"]["fine"] == 3000
    assert one["source"] == {"file": "2025-12-31.csv", "sheet": None, "row": 2}
    assert one["history"] == [{"edition": "2025-12-31", "what": "新增", "changes": []}]


def test_what_was_retracted_is_told_with_its_reason_and_what_has_ended_without(client: FlaskClient) -> None:
    assert "复议撤销" in problem(client.get(f"{API}/registers/penalties/entries/2025-2"), 410)
    ended = problem(client.get(f"{API}/registers/penalties/entries/2025-3"), 410)
    assert "公示期已满" in ended
    assert "旧案" not in ended
    problem(client.get(f"{API}/registers/penalties/entries/2025-9"), 404)
    problem(client.get(f"{API}/registers/none/entries"), 404)


# Refusals


@pytest.mark.parametrize(
    ("asked", "named", "mend"),
    [
        ("institutions?colour=red", "colour", "可用的参数：q、county"),
        ("institutions?page=1&page=2", "page", "请只写一次"),
        ("institutions?page=0", "page", "1到9999"),
        ("institutions?page=１", "page", "阿拉伯数字"),
        ("institutions?per_page=101", "per_page", "1到100"),
        ("institutions?county=广州市", "county", "可选值：清城区"),
        ("institutions?status=", "status", "可选值：正常"),
        ("institutions?sort=price", "sort", "可选值：name"),
        (f"institutions?q={'长' * 65}", "q", "64个字"),
        (f"institutions/{ONE}?on=2024-02-30", "on", "YYYY-MM-DD"),
        (f"institutions/{ONE}?on=20240801", "on", "YYYY-MM-DD"),
        (f"institutions/{ONE}?page=1", "page", "可用的参数：on"),
        ("editions?page=1", "page", "不带参数"),
        ("registers/penalties/entries?kind=拘留", "kind", "可选值：警告、罚款"),
        ("openapi.json?version=2", "version", "不带参数"),
    ],
)
def test_a_wrong_parameter_is_named_and_how_to_mend_it(
    client: FlaskClient, asked: str, named: str, mend: str
) -> None:
    detail = problem(client.get(f"{API}/{asked}"), 400)
    assert f"参数“{named}”" in detail
    assert mend in detail


def test_a_page_after_the_last_one_is_not_found(client: FlaskClient) -> None:
    assert "只有1页" in problem(client.get(f"{API}/registers/penalties/entries?page=2"), 404)


@pytest.mark.parametrize("address", ["/api/", "/api/v2/institutions", f"{API}/institutions/", f"{API}/none"])
def test_an_unknown_address_is_told_where_the_description_is(client: FlaskClient, address: str) -> None:
    assert "/api/v1/openapi.json" in problem(client.get(address), 404)


def test_nothing_can_be_written(client: FlaskClient) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.open(f"{API}/institutions", method=method)
        assert "只能读取" in problem(answer, 405)
        assert {"GET", "HEAD"} <= {*answer.headers["Allow"].split(", ")}


def test_a_fault_of_ours_is_told_as_such_and_nothing_of_its_inside(app: Flask) -> None:
    def broken() -> str:
        raise ZeroDivisionError("inside")

    app.add_url_rule(f"{API}/broken", "broken", broken)
    answer = app.test_client().get(f"{API}/broken")
    assert "服务器出错了" in problem(answer, 500)
    assert "inside" not in answer.text


def test_without_a_publication_programs_are_told_to_come_back(tmp_path: Path) -> None:
    settings = Settings(CONTENT, tmp_path / "none", f"sqlite:///{tmp_path / 'tips.db'}", url="")
    answer = create_app(settings, clock=lambda: NOON).test_client().get(f"{API}/institutions")
    problem(answer, 503)
    assert answer.headers["Retry-After"] == "60"


# Caches and other sites


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get(f"{API}/institutions?per_page=1")
    again = client.get(f"{API}/institutions?per_page=1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Access-Control-Allow-Origin"] == "*"


def test_a_script_of_another_site_may_read_answers_and_refusals(client: FlaskClient) -> None:
    for address, code in (("institutions", 200), ("institutions?page=x", 400), ("none", 404)):
        answer = client.get(f"{API}/{address}", headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == code
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Access-Control-Allow-Credentials" not in answer.headers
