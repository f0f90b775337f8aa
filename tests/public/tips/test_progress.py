"""What became of a tip, for whoever has its code."""

import logging
import secrets
from datetime import UTC, date, datetime
from pathlib import Path

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.database import db
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from openbureau.tips import receipt_codes
from openbureau.tips.casework import stages
from openbureau.tips.model import Stage
from support.makers import texts
from support.site import Clock, Keys
from support.tip_client import NAMED, STORY, code_in, running, submit, token_in


def wide(code: str) -> str:
    """The code as a Chinese input method may type it: full-width."""
    return "".join(chr(ord(letter) + 0xFEE0) if letter != "-" else "－" for letter in code)


@pytest.mark.parametrize(
    "typed",
    [
        str,
        str.lower,
        lambda code: code.replace("-", " "),
        lambda code: code.replace("-", ""),
        lambda code: f"  {code}\n",
        lambda code: code.replace("-", "—"),
        wide,
        lambda code: wide(code.lower()),
        lambda code: code.replace("0", "O").replace("1", "l"),
    ],
)
def test_the_code_finds_the_tip_however_it_is_typed(client: FlaskClient, keys: Keys, typed) -> None:  # type: ignore[no-untyped-def]
    code = code_in(submit(client))
    answer = client.post("/tip-off/status", data={"code": typed(code)})
    assert answer.status_code == 200
    assert Stage.RECEIVED.label in answer.text
    assert Stage.RECEIVED.meaning in answer.text
    assert "2026年6月1日" in answer.text


def test_progress_tells_the_stage_and_nothing_of_what_was_reported(client: FlaskClient, keys: Keys) -> None:
    answer = client.post("/tip-off/status", data={"code": code_in(submit(client, NAMED))})
    said = lxml.html.fromstring(answer.text).xpath("string(//main)")
    for word in (STORY, "某某", "0763-1234567", "英德市教育局", "5000.50"):
        assert word not in said, word


def clocks_in(answer: TestResponse) -> dict[str, str]:
    """What the page says of each step's limit, by its name and state."""
    rows = lxml.html.fromstring(answer.text).xpath("//dl[@class='facts']/div")
    parts = ([" ".join(part.text_content().split()) for part in row] for row in rows)
    return {row[0]: row[1] for row in parts}


def move(app: Flask, *steps: tuple[Stage, date]) -> None:
    with app.app_context():
        for stage, day in steps:
            at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
            stages.move(db.session(), 1, stage, at, day, "clerk", "handler")


def test_progress_tells_each_limit_with_its_last_day_and_how_it_was_counted(
    client: FlaskClient, keys: Keys, clock: Clock
) -> None:
    clock.now = datetime(2026, 9, 18, 4, tzinfo=UTC)
    told = clocks_in(client.post("/tip-off/status", data={"code": code_in(submit(client))}))
    assert [*told] == ["初审 期限内", "告知是否受理 期限内", "办结 尚未开始"]
    screen, notify, conclude = told.values()
    assert screen.startswith(
        "期限到2026年9月24日。 怎样计算：从2026年9月18日的次日起数5个工作日，"
        "周六、周日不算；2026年9月20日调休上班，算在内。 承诺期限："
    )
    assert "放假安排：国务院办公厅关于2026年部分节假日安排的通知" in screen
    assert notify.startswith(
        "期限到2026年10月8日。 怎样计算：从2026年9月18日的次日起数15日，周末和节假日也算；"
        "数到2026年10月3日不是工作日，顺延到之后的第一个工作日。 法定期限：《信访工作条例》第二十三条。"
    )
    assert conclude.startswith("受理后开始计算，期限60日。")
    assert "经批准可以延长一次，最多30日，延长时会告知理由" in conclude


def test_progress_names_the_holidays_that_do_not_count(client: FlaskClient, keys: Keys, clock: Clock) -> None:
    clock.now = datetime(2026, 6, 17, 4, tzinfo=UTC)
    told = clocks_in(client.post("/tip-off/status", data={"code": code_in(submit(client))}))
    assert "期限到2026年6月25日。" in told["初审 期限内"]
    assert "周六、周日不算；2026年6月19日（端午节）放假，不算。" in told["初审 期限内"]


def test_progress_tells_what_was_done_in_time_and_what_is_overdue(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock
) -> None:
    code = code_in(submit(client))
    accepted = (Stage.SCREENING, date(2026, 6, 2)), (Stage.ACCEPTED, date(2026, 6, 9))
    move(app, *accepted)
    for today, state in (
        (date(2026, 7, 20), "期限内"),
        (date(2026, 7, 21), "临近期限"),
        (date(2026, 8, 8), "今天到期"),
        (date(2026, 8, 9), "已超期"),
    ):
        clock.now = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
        told = clocks_in(client.post("/tip-off/status", data={"code": code}))
        assert [*told] == ["初审 超期完成", "告知是否受理 按期完成", f"办结 {state}"]
    assert "期限到2026年6月8日，2026年6月9日完成。" in told["初审 超期完成"]
    move(app, (Stage.INVESTIGATING, date(2026, 8, 9)), (Stage.CONCLUDED, date(2026, 8, 10)))
    told = clocks_in(client.post("/tip-off/status", data={"code": code}))
    assert "期限到2026年8月8日，2026年8月10日完成。" in told["办结 超期完成"]
    assert "延长一次" not in told["办结 超期完成"]


def test_without_the_table_of_a_year_progress_is_told_and_the_log_says_what_is_missing(
    client: FlaskClient, keys: Keys, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.now = datetime(2026, 12, 28, 4, tzinfo=UTC)
    answer = client.post("/tip-off/status", data={"code": code_in(submit(client))})
    assert answer.status_code == 200
    assert Stage.RECEIVED.meaning in answer.text
    told = clocks_in(answer)
    assert [*told] == ["初审 期限内", "告知是否受理 期限内", "办结 尚未开始"]
    screen, notify = told["初审 期限内"], told["告知是否受理 期限内"]
    # 29, 30, 31 December, 4, 5 January; and 15 days, on a Tuesday.
    assert screen.startswith("期限至少到2027年1月5日。 怎样计算：从2026年12月28日的次日起数5个工作日")
    assert notify.startswith("期限至少到2027年1月12日。")
    assert "2027年的放假调休安排，本站还没有" in screen
    assert "请按2027年1月12日以前办" in notify
    (logged,) = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert "no days off are known for 2027: add content/holidays/2027.toml and publish" in logged


def test_a_table_that_is_added_later_gives_open_tips_their_day(
    settings: Settings, keys: Keys, clock: Clock, tmp_path: Path
) -> None:
    shelf = settings.instance / "publications"
    shelf.unlink()
    content = texts(tmp_path)
    table = content / "holidays" / "2026.toml"
    said = table.read_text(encoding="utf-8")
    table.unlink()
    publish(content, Shelf(shelf))
    with running(create_app(settings, clock=clock)) as app:
        with app.app_context():
            db.create_all()
        client = app.test_client()
        code = code_in(submit(client))
        told = clocks_in(client.post("/tip-off/status", data={"code": code}))
        assert told["初审 期限内"].startswith("期限至少到2026年6月8日。")
        table.write_text(said, encoding="utf-8")
        publish(content, Shelf(shelf))
        told = clocks_in(client.post("/tip-off/status", data={"code": code}))
        assert told["初审 期限内"].startswith("期限到2026年6月8日。")


def test_an_unknown_code_is_told_as_unknown_and_a_slip_as_a_slip(client: FlaskClient, keys: Keys) -> None:
    unknown = receipt_codes.code_for(secrets.token_bytes(32), receipt_codes.new_form_id())
    for typed, said in (
        (unknown, "没有查到"),
        (unknown[:-2], "长度不对"),
        ("", "长度不对"),
        ("U" * 25, "没有字母 U"),
    ):
        answer = client.post("/tip-off/status", data={"code": typed})
        assert answer.status_code == 422
        assert said in lxml.html.fromstring(answer.text).xpath("string(//*[@id='code-error'])")


def visible(answer: TestResponse) -> str:
    """What a page shows, without its hidden fields."""
    return str(lxml.html.fromstring(answer.text).xpath("string(//body)"))


def test_the_code_is_nowhere_but_in_the_body_of_the_receipt(
    client: FlaskClient, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receipt = submit(client)
    code = code_in(receipt)
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    answers = [
        receipt,
        client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": mistyped}),
        client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": code}),
        client.post("/tip-off/status", data={"code": code}),
        client.post("/tip-off/status", data={"code": mistyped}),
    ]
    shapes = [
        shape
        for each in (code, mistyped)
        for shape in (each, receipt_codes.grouped(each.replace("-", "")).lower())
    ]
    shapes += [each.replace("-", "") for each in shapes]
    for answer in answers:
        page = lxml.html.fromstring(answer.text)
        places = [
            answer.request.url,
            str(answer.headers),
            # The page of a tip posts the code again with every form of its own, in a hidden field.
            *page.xpath("//title//text() | //@href | //@action | //*[@name!='code' or not(@name)]/@value"),
        ]
        assert not [shape for shape in shapes for place in places if shape in place]
        assert "Location" not in answer.headers
    assert not [shape for shape in shapes if shape in caplog.text]
    assert not [shape for shape in shapes for answer in answers[2:] if shape in visible(answer)]
