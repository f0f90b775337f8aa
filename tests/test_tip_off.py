"""A tip's journey through the public door: form, receipt, progress, and what is never kept of the visitor."""

import base64
import html
import logging
import os
import re
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import lxml.html  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from stdnum.cn import uscc
from werkzeug.test import TestResponse

from conftest import Keys
from makers import texts
from openbureau import MOST_BYTES, cli, create_app
from openbureau.config import Settings
from openbureau.database import db
from openbureau.publication import Shelf
from openbureau.publish import publish
from openbureau.tips import handling, intake, opening, receipts, signing
from openbureau.tips.model import Stage, Tip
from openbureau.tips.sealing import KeyPair, Sealer, SealingFailed, create_keys
from openbureau.tips.submission import LIMITS

STORY = "五月二十日下午，两名人员到店检查，没有出示证件就当场罚款，也没有给票据。"
ANONYMOUS = {
    "unit": "英德市教育局",
    "categories": ["procedure", "no-basis"],
    "story": STORY,
    "named": "anonymous",
}
NAMED = ANONYMOUS | {
    "decided_on": "2026-05-20",
    "doc_no": "英教罚〔2026〕3号",
    "amount": "5000.50",
    "named": "named",
    "name": "某某",
    "contact": "0763-1234567",
    "company": "某某培训有限公司",
    "uscc": "91110000600037341L",
}
TIP_PAGES = ("/tip-off/", "/tip-off/status")

Form = Mapping[str, object]


@dataclass
class Clock:
    """A clock that the test moves."""

    now: datetime = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Noon of 1 June 2026 in China, until the test moves it."""
    return Clock()


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """The public application under the test's clock."""
    with running(create_app(settings, clock=clock)) as app:
        with app.app_context():
            db.create_all()
        yield app


@contextmanager
def running(app: Flask) -> Iterator[Flask]:
    """An application that lets go of its database at the end."""
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


def token_in(answer: TestResponse) -> str:
    """The form token that a page carries."""
    return str(
        lxml.html.fromstring(answer.text).xpath("string(//form[@method='post']//input[@name='form']/@value)")
    )


def code_in(answer: TestResponse) -> str:
    """The receipt code that a page shows; empty when it shows none."""
    return str(lxml.html.fromstring(answer.text).xpath("string(//*[@class='receipt-code'])"))


def fill_in(client: FlaskClient, filled: Form = ANONYMOUS, **changes: object) -> dict[str, object]:
    """What a browser posts after opening the form and filling it in."""
    return {"form": token_in(client.get("/tip-off/")), **filled, **changes}


def submit(client: FlaskClient, filled: Form = ANONYMOUS, **changes: object) -> TestResponse:
    return client.post("/tip-off/", data=fill_in(client, filled, **changes))


def stored(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Tip)) or 0


@dataclass
class Opened:
    """A tip in clear, as its handler and its custodian read it."""

    body: opening.Document
    identity: opening.Document | None


def opened(app: Flask, keys: Keys, number: int = 1) -> Opened:
    with app.app_context():
        tip = handling.get(db.session(), number)
        body = opening.open_body(tip, keys.handler.private)
        return Opened(body, opening.open_identity(tip, keys.custodian.private))


def values_in(answer: TestResponse) -> dict[str, object]:
    """What the form on a page is filled in with, by field."""
    form = lxml.html.fromstring(answer.text).xpath("//form[@class='stack']")[0]
    fields = dict(form.fields)
    fields["categories"] = form.xpath(".//input[@name='categories'][@checked]/@value")
    return fields


def assert_everything_is_kept(answer: TestResponse, filled: Form) -> None:
    shown = values_in(answer)
    for name, typed in filled.items():
        if name == "categories":
            assert set(shown[name]) == set(typed)  # type: ignore[call-overload]
        else:
            assert (shown[name] or "") == typed, name


# The form


def test_the_form_asks_for_the_closed_list_of_units_and_says_what_a_visitor_must_know(
    client: FlaskClient, keys: Keys
) -> None:
    answer = client.get("/tip-off/")
    assert answer.status_code == 200
    page = lxml.html.fromstring(answer.text)
    units = [option.text for option in page.xpath("//select[@name='unit']/option")]
    assert units[0] == "请选择"
    assert "清远市教育局" in units
    assert units[-1] == "其他/不清楚"
    assert len(units) == 11
    for word in ("可以匿名", "60日", "6个月", "国家秘密", "12345", "12388", "不停止计算期限"):
        assert word in answer.text, word


def test_two_visitors_get_two_forms(client: FlaskClient, keys: Keys) -> None:
    assert token_in(client.get("/tip-off/")) != token_in(client.get("/tip-off/"))


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("unit", "某个别的单位"),
        ("categories", []),
        ("decided_on", "去年的某一天"),
        ("doc_no", "号" * (LIMITS["doc_no"] + 1)),
        ("amount", "很多"),
        ("story", "太短了"),
        ("named", ""),
        ("name", ""),
        ("contact", "没有电话"),
        ("company", "司" * (LIMITS["company"] + 1)),
        ("uscc", "911100006000373410"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_linked_from_the_top(
    client: FlaskClient, app: Flask, keys: Keys, field: str, typed: object
) -> None:
    filled = NAMED | {field: typed}
    answer = submit(client, filled)
    assert answer.status_code == 422
    page = lxml.html.fromstring(answer.text)
    [message] = page.xpath(f"//*[@id='{field}-error']")
    [faulty] = page.xpath("//*[@aria-invalid='true']")
    assert (faulty.get("id"), faulty.get("aria-describedby")) == (field, f"{field}-error")
    [link] = page.xpath("//*[@role='alert']//a")
    assert link.get("href") == f"#{field}"
    assert link.text == message.text != ""
    assert_everything_is_kept(answer, filled if field != "unit" else filled | {"unit": ""})
    assert stored(app) == 0


def test_several_mistakes_are_told_at_once(client: FlaskClient, app: Flask, keys: Keys) -> None:
    page = lxml.html.fromstring(submit(client, {}).text)
    assert page.xpath("//*[@role='alert']//a/@href") == ["#unit", "#categories", "#story", "#named"]
    assert stored(app) == 0


def test_what_was_typed_is_shown_as_text_and_never_as_markup(client: FlaskClient, keys: Keys) -> None:
    typed = "</textarea><script>alert(1)</script>" + STORY
    answer = submit(client, story=typed, doc_no='"><script>', unit="")
    assert "<script>alert" not in answer.text
    assert '"><script>' not in answer.text
    assert html.escape("</textarea><script>", quote=False) in answer.text
    assert values_in(answer)["story"] == typed


def test_the_field_that_people_do_not_see_stops_robots_but_loses_nothing(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    refused = submit(client, NAMED, website="https://spam.example")
    assert refused.status_code == 422
    assert "不该填写的空格" in refused.text
    assert values_in(refused)["website"] in (None, "")
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0
    # Somebody whose browser filled it in only presses the button again.
    assert code_in(client.post("/tip-off/", data=values_in(refused)))


# The receipt


def test_a_tip_is_answered_with_a_code_of_five_times_five(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    answer = submit(client)
    assert answer.status_code == 200
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}", code_in(answer))
    assert "此前已经收到" not in answer.text
    assert stored(app) == 1


def test_what_was_reported_can_be_read_with_the_private_key(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    submit(client, NAMED)
    tip = opened(app, keys)
    assert tip.body["story"] == STORY
    assert tip.body["unit"] == "英德市教育局"
    assert tip.body["categories"] == ["procedure", "no-basis"]
    assert tip.identity is not None
    assert (tip.identity["name"], tip.identity["contact"]) == ("某某", "0763-1234567")


def test_an_anonymous_tip_drops_the_identity_even_when_it_was_typed(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    submit(client, NAMED, named="anonymous")
    tip = opened(app, keys)
    assert tip.identity is None
    said = str(tip.body)
    assert not [field for field in ("name", "contact", "company", "uscc") if str(NAMED[field]) in said]


def test_an_anonymous_form_that_comes_back_has_let_go_of_the_identity(
    client: FlaskClient, keys: Keys
) -> None:
    refused = submit(client, NAMED, named="anonymous", story="太短")
    assert refused.status_code == 422
    assert [values_in(refused)[field] for field in ("name", "contact", "company", "uscc")] == [""] * 4


def test_the_same_form_posted_twice_gives_the_same_code_and_one_tip(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    filled = fill_in(client)
    first, second = (client.post("/tip-off/", data=filled) for _ in range(2))
    assert code_in(first) == code_in(second) != ""
    assert "此前已经收到" in second.text
    assert stored(app) == 1


def test_two_forms_give_two_codes_and_two_tips(client: FlaskClient, app: Flask, keys: Keys) -> None:
    assert code_in(submit(client)) != code_in(submit(client))
    assert stored(app) == 2


def test_a_refused_form_is_still_the_same_tip_when_mended(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    form = fill_in(client, story="太短")
    refused = client.post("/tip-off/", data=form)
    code = code_in(client.post("/tip-off/", data=form | {"form": token_in(refused), "story": STORY}))
    assert code_in(client.post("/tip-off/", data=form | {"story": STORY})) == code
    assert stored(app) == 1


@pytest.mark.parametrize("case", ["expired", "foreign", "damaged", "missing", "from another time"])
def test_a_form_that_is_not_valid_any_more_comes_back_fresh_with_everything_kept(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock, case: str
) -> None:
    form = fill_in(client, NAMED)
    match case:
        case "expired":
            clock.now += timedelta(hours=24, seconds=1)
        case "foreign":
            form["form"] = receipts.sign_form(secrets.token_bytes(32), receipts.new_form_id(), clock())
        case "damaged":
            form["form"] = str(form["form"])[:-1] + "中"
        case "missing":
            del form["form"]
        case "from another time":
            clock.now -= timedelta(hours=1)
    refused = client.post("/tip-off/", data=form)
    assert refused.status_code == 422
    assert "已经为您换了一张" in refused.text
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0
    again = client.post("/tip-off/", data=form | {"form": token_in(refused)})
    assert again.status_code == 200
    assert code_in(again)
    assert stored(app) == 1


def test_a_form_is_good_for_a_day(client: FlaskClient, keys: Keys, clock: Clock) -> None:
    form = fill_in(client)
    clock.now += timedelta(hours=24)
    assert client.post("/tip-off/", data=form).status_code == 200


def test_the_code_typed_again_rightly_is_confirmed_without_showing_it(
    client: FlaskClient, keys: Keys
) -> None:
    receipt = submit(client)
    code = code_in(receipt)
    answer = client.post(
        "/tip-off/receipt", data={"form": token_in(receipt), "code": code.lower().replace("-", " ")}
    )
    assert answer.status_code == 200
    assert "核对无误" in answer.text
    assert code not in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [("mistyped", "校验位不符"), ("another", "另一个查询码"), ("short", "长度不对"), ("", "长度不对")],
)
def test_the_code_typed_again_wrongly_is_told_and_the_code_stays_on_the_page(
    client: FlaskClient, keys: Keys, typed: str, said: str
) -> None:
    receipt = submit(client)
    code = code_in(receipt)
    wrong = {
        "mistyped": code[:-1] + ("0" if code[-1] != "0" else "1"),
        "another": code_in(submit(client)),
        "short": code[:-1],
        "": "",
    }[typed]
    answer = client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": wrong})
    assert answer.status_code == 422
    [message] = lxml.html.fromstring(answer.text).xpath("//*[@id='code-error']")
    assert said in message.text
    assert code_in(answer) == code
    again = client.post("/tip-off/receipt", data={"form": token_in(answer), "code": code})
    assert "核对无误" in again.text


def test_a_receipt_left_open_for_days_says_so_and_leads_to_the_look_up(
    client: FlaskClient, keys: Keys, clock: Clock
) -> None:
    receipt = submit(client)
    clock.now += timedelta(days=2)
    answer = client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": code_in(receipt)})
    assert answer.status_code == 422
    assert 'action="/tip-off/status"' in answer.text
    assert code_in(receipt) not in answer.text


# What became of it


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
    for word in (STORY, "某某", "0763-1234567", "英德市教育局", "5000"):
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
            handling.move(db.session(), 1, stage, at, day, "clerk", "handler")


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
    assert [*told] == ["初审 日期无法计算", "告知是否受理 日期无法计算", "办结 尚未开始"]
    assert told["初审 日期无法计算"].startswith(
        "期限是2026年12月28日的次日起5个工作日，但本站还没有2027年的放假调休安排，到期日期现在算不出来"
    )
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
        assert "初审 日期无法计算" in clocks_in(client.post("/tip-off/status", data={"code": code}))
        table.write_text(said, encoding="utf-8")
        publish(content, Shelf(shelf))
        told = clocks_in(client.post("/tip-off/status", data={"code": code}))
        assert told["初审 期限内"].startswith("期限到2026年6月8日。")


def test_an_unknown_code_is_told_as_unknown_and_a_slip_as_a_slip(client: FlaskClient, keys: Keys) -> None:
    unknown = receipts.code_for(secrets.token_bytes(32), receipts.new_form_id())
    for typed, said in (
        (unknown, "没有查到"),
        (unknown[:-2], "长度不对"),
        ("", "长度不对"),
        ("U" * 25, "没有字母 U"),
    ):
        answer = client.post("/tip-off/status", data={"code": typed})
        assert answer.status_code == 422
        assert said in lxml.html.fromstring(answer.text).xpath("string(//*[@id='code-error'])")


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
        for shape in (each, receipts.grouped(each.replace("-", "")).lower())
    ]
    shapes += [each.replace("-", "") for each in shapes]
    for answer in answers:
        page = lxml.html.fromstring(answer.text)
        places = [
            answer.request.url,
            str(answer.headers),
            *page.xpath("//title//text() | //@href | //@action | //@value"),
        ]
        assert not [shape for shape in shapes for place in places if shape in place]
        assert "Location" not in answer.headers
    assert not [shape for shape in shapes if shape in caplog.text]
    assert not [shape for shape in shapes for answer in answers[2:] if shape in answer.text]


# What is kept of a visitor: nothing


def every_answer(client: FlaskClient) -> Iterator[TestResponse]:
    """An answer of each tip page and kind: shown, refused, stored, confirmed, found, forbidden, too long."""
    yield from (client.get(address) for address in TIP_PAGES)
    yield client.head("/tip-off/")
    yield submit(client, story="")
    yield submit(client, website="spam")
    receipt = submit(client)
    yield receipt
    yield client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": ""})
    yield client.post("/tip-off/receipt", data={"form": token_in(receipt), "code": code_in(receipt)})
    yield client.post("/tip-off/status", data={"code": code_in(receipt)})
    yield client.post("/tip-off/status", data={"code": "x"})
    yield client.post("/tip-off/", headers={"Origin": "https://evil.example"})
    yield client.post("/tip-off/", data={"story": "x" * (MOST_BYTES + 1)})


def test_no_answer_sets_a_cookie_may_be_stored_or_may_be_indexed(client: FlaskClient, keys: Keys) -> None:
    statuses = set()
    for answer in every_answer(client):
        statuses.add(answer.status_code)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"
        assert "ETag" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert statuses == {200, 403, 413, 422}


def test_pages_without_keys_are_not_stored_or_indexed_either(client: FlaskClient) -> None:
    answer = client.get("/tip-off/")
    assert answer.status_code == 503
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_post_from_another_site_is_refused_and_stores_nothing(
    client: FlaskClient, app: Flask, keys: Keys, header: dict[str, str]
) -> None:
    filled = fill_in(client)
    assert client.post("/tip-off/", data=filled, headers=header).status_code == 403
    assert stored(app) == 0
    for address in ("/tip-off/receipt", "/tip-off/status"):
        assert client.post(address, data={"code": "x"}, headers=header).status_code == 403
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert client.post("/tip-off/", data=filled, headers=own).status_code == 200
    assert stored(app) == 1


def shapes_of(canary: str) -> list[bytes]:
    """A word as bytes in the encodings in which it could lie about; base64 in its three positions."""
    plain = canary.encode()
    base64s = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, canary.encode("utf-16-le"), canary.encode("utf-16-be"), plain.hex().encode(), *base64s]


def traces(folder: Path, canaries: Mapping[str, str]) -> set[str]:
    """Which canaries lie about in any file below a folder."""
    found = set()
    for parent, _, names in os.walk(folder):
        for name in names:
            data = (Path(parent) / name).read_bytes()
            found |= {
                about for about, canary in canaries.items() if any(each in data for each in shapes_of(canary))
            }
    return found


def credit_code() -> str:
    """A valid unified social credit code that nobody has met."""
    body = "91441800" + "".join(secrets.choice("0123456789") for _ in range(9))
    return body + str(uscc.calc_check_digit(body))


def test_nothing_of_a_tip_or_its_sender_lies_in_clear_on_the_disk(
    client: FlaskClient, app: Flask, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    fields = ("doc_no", "story", "name", "company", "user agent", "referrer", "language", "token")
    canaries = {field: secrets.token_hex(16) for field in fields} | {
        "amount": f"{secrets.randbelow(9 * 10**11) + 10**11}",
        "contact": f"{secrets.token_hex(16)}@example.com",
        "uscc": credit_code(),
        "address": "203.0.113.77",
    }
    filled = NAMED | {
        name: canaries[name] for name in ("doc_no", "amount", "name", "contact", "company", "uscc")
    }
    filled["story"] = STORY + canaries["story"]
    headers = {
        "User-Agent": canaries["user agent"],
        "Referer": f"http://localhost/tip-off/?{canaries['referrer']}",
        "Accept-Language": canaries["language"],
        "X-Forwarded-For": canaries["address"],
    }
    form = fill_in(client, filled)
    canaries["token"] = str(form["form"]).split(".", 1)[0]
    caught = client.post("/tip-off/", data=form, headers=headers, content_type="multipart/form-data")
    canaries["code"] = code_in(caught).replace("-", "")
    canaries["printed code"] = code_in(caught)
    found = client.post("/tip-off/status", data={"code": canaries["printed code"]}, headers=headers)
    assert (caught.status_code, found.status_code, stored(app)) == (200, 200, 1)

    assert traces(tmp_path, canaries) == set()
    # The search itself must be able to find: the same words, left lying about in each of the shapes.
    for place, shape in enumerate(shapes_of(canaries["story"])):
        stray = temporary / f"stray-{place}"
        stray.write_bytes(b"before" + shape + b"after")
        assert traces(tmp_path, canaries) == {"story"}, shape
        stray.unlink()


# When something is missing or broken


def close_recipients(settings: Settings, case: str) -> None:
    file = settings.recipients_file
    file.parent.mkdir(exist_ok=True)
    match case:
        case "missing":
            file.unlink(missing_ok=True)
        case "no set":
            file.write_text("# nobody yet\n", encoding="utf-8")
        case "another reader":
            said = file.read_text(encoding="utf-8")
            stranger = re.sub("age1[0-9a-z]+", create_keys().public, said, count=1)
            assert stranger != said
            file.write_text(stranger, encoding="utf-8")
        case "signed by somebody else":
            settings.recipients_signer_file.write_text(signing.public_key(signing.create_key()))


@pytest.mark.parametrize("case", ["missing", "no set", "another reader", "signed by somebody else"])
def test_without_whole_recipients_tips_are_closed_and_the_rest_goes_on(
    client: FlaskClient,
    app: Flask,
    settings: Settings,
    keys: Keys,
    caplog: pytest.LogCaptureFixture,
    case: str,
) -> None:
    filled = fill_in(client)
    close_recipients(settings, case)
    assert client.get("/tip-off/").status_code == 503
    refused = client.post("/tip-off/", data=filled)
    assert refused.status_code == 503
    assert "暂时不能使用" in refused.text
    assert client.get("/").status_code == client.get("/tip-off/status").status_code == 200
    assert stored(app) == 0
    assert "tips are closed" in caplog.text


def test_tips_open_as_soon_as_the_set_is_there(client: FlaskClient, settings: Settings, keys: Keys) -> None:
    signed = settings.recipients_file.read_text(encoding="utf-8")
    settings.recipients_file.unlink()
    assert client.get("/tip-off/").status_code == 503
    settings.recipients_file.write_text(signed, encoding="utf-8")
    assert client.get("/tip-off/").status_code == 200


@pytest.mark.parametrize("left", [None, b"", b"s" * (receipts.SECRET_MIN_BYTES - 1)])
def test_without_a_whole_secret_tips_are_closed_and_the_rest_goes_on(
    client: FlaskClient, app: Flask, settings: Settings, keys: Keys, left: bytes | None
) -> None:
    filled = fill_in(client)
    settings.secret_file.unlink()
    if left is not None:
        settings.secret_file.write_bytes(left)
    code = receipts.code_for(secrets.token_bytes(32), receipts.new_form_id())
    assert client.get("/tip-off/").status_code == 503
    assert client.post("/tip-off/", data=filled).status_code == 503
    assert client.post("/tip-off/status", data={"code": code}).status_code == 503
    assert client.get("/").status_code == 200
    assert stored(app) == 0


def break_database(settings: Settings, case: str) -> Settings:
    """Settings whose tips database cannot be used, as it happens on a machine."""
    path = settings.instance / "tips.db"
    match case:
        case "a folder":
            path.mkdir()
        case "garbage":
            path.write_bytes(b"no database at all\n" * 500)
        case "without tables":
            path.touch()
        case "read-only":
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("CREATE TABLE anything (id)")
            return replace(settings, database_url=f"sqlite:///file:{path}?mode=ro&uri=true")
        case "folder gone":
            return replace(settings, database_url=f"sqlite:///{settings.instance / 'gone' / 'tips.db'}")
    return settings


@pytest.mark.parametrize("case", ["a folder", "garbage", "without tables", "read-only", "folder gone"])
def test_a_database_that_cannot_be_used_is_said_and_nothing_typed_is_lost(
    settings: Settings, keys: Keys, clock: Clock, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    with running(create_app(break_database(settings, case), clock=clock)) as broken:
        client = broken.test_client()
        refused = submit(client, NAMED)
        assert refused.status_code == 503
        assert "没有丢失" in refused.text
        assert_everything_is_kept(refused, NAMED)
        code = receipts.code_for(secrets.token_bytes(32), receipts.new_form_id())
        assert client.post("/tip-off/status", data={"code": code}).status_code == 503
        assert client.get("/").status_code == client.get("/tip-off/").status_code == 200
    assert "a tip was not stored" in caplog.text
    for word in (STORY, "某某", "0763-1234567", code):
        assert word not in caplog.text, word


def test_a_locked_database_keeps_the_tip_on_the_page_until_it_can_be_stored(
    client: FlaskClient, app: Flask, settings: Settings, keys: Keys
) -> None:
    with app.app_context():
        # The house waits five seconds for a lock; the test need not.
        event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
        db.engine.dispose()
    form = fill_in(client, NAMED)
    with closing(sqlite3.connect(settings.instance / "tips.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = client.post("/tip-off/", data=form)
        other.execute("ROLLBACK")
    assert refused.status_code == 503
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0
    assert client.post("/tip-off/", data=form | {"form": token_in(refused)}).status_code == 200
    assert stored(app) == 1


def test_a_tip_stored_without_an_answer_is_not_stored_again(
    client: FlaskClient, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = fill_in(client)
    really_submit = intake.submit

    def commit_and_lose_the_line(*args: object) -> None:
        really_submit(*args)  # type: ignore[arg-type]
        raise OperationalError("COMMIT", {}, Exception("connection lost"))

    with monkeypatch.context() as line:
        line.setattr(intake, "submit", commit_and_lose_the_line)
        refused = client.post("/tip-off/", data=form)
    assert refused.status_code == 503
    again = client.post("/tip-off/", data=form | {"form": token_in(refused)})
    assert "此前已经收到" in again.text
    assert code_in(again)
    assert stored(app) == 1


def test_a_tip_that_cannot_be_sealed_is_not_stored_and_not_lost(
    client: FlaskClient, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = fill_in(client, NAMED)
    really_seal, sealed = Sealer.seal, []

    def fail_at_the_identity(sealer: Sealer, plaintext: bytes) -> bytes:
        sealed.append(plaintext)
        if len(sealed) == 2:
            raise SealingFailed("no")
        return really_seal(sealer, plaintext)

    monkeypatch.setattr(Sealer, "seal", fail_at_the_identity)
    refused = client.post("/tip-off/", data=form)
    assert refused.status_code == 503
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0


def test_a_body_over_the_limit_is_refused_before_it_is_read(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = fill_in(client, doc_no="x" * MOST_BYTES)
        answer = client.post("/tip-off/", data=form, content_type=kind)
        assert answer.status_code == 413
        assert "内容太长" in answer.text
    assert stored(app) == 0
    # The longest story in the longest encoding is far from the limit.
    assert submit(client, story="罚" * LIMITS["story"]).status_code == 200


# The clerk, at the command line


def clerk(settings: Settings, *words: object) -> Result:
    """The real command line on the site's own instance folder."""
    env = {"OPENBUREAU_INSTANCE": str(settings.instance), "OPENBUREAU_CONTENT": str(settings.content)}
    return CliRunner().invoke(cli.main, [str(word) for word in words], env=env)


def key_file(folder: Path, pair: KeyPair) -> Path:
    file = folder / f"{pair.public[-8:]}.key"
    file.write_text(f"{pair.private}\n", encoding="utf-8")
    return file


def test_the_clerk_lists_reads_and_moves_a_tip_and_its_sender_sees_the_stage(
    client: FlaskClient, settings: Settings, keys: Keys, tmp_path: Path
) -> None:
    submit(client)
    code = code_in(submit(client, NAMED))
    listed = clerk(settings, "tips", "list")
    assert listed.output.splitlines() == [
        "2\t2026-06-01\t已收到\t2026-06-01\t实名",
        "1\t2026-06-01\t已收到\t2026-06-01\t匿名",
    ]
    read = clerk(settings, "tips", "read", 2, "--key", key_file(tmp_path, keys.recovery))
    assert read.exit_code == 0
    for word in (STORY, "某某", "0763-1234567", "英德市教育局", "5000.50"):
        assert word in read.output, word
    moved = clerk(settings, "tips", "move", 2, "审核中")
    assert (moved.exit_code, moved.output) == (0, "2\t审核中\n")
    shown = client.post("/tip-off/status", data={"code": code})
    stages = lxml.html.fromstring(shown.text).xpath("//ol[@class='timeline']/li/text()")
    assert [stage.strip() for stage in stages if stage.strip()] == ["已收到", "审核中"]
    assert Stage.SCREENING.meaning in shown.text


def test_an_anonymous_tip_has_nobody_to_read_out(
    client: FlaskClient, settings: Settings, keys: Keys, tmp_path: Path
) -> None:
    submit(client, NAMED, named="anonymous")
    read = clerk(settings, "tips", "read", 1, "--key", key_file(tmp_path, keys.recovery))
    assert read.exit_code == 0
    assert read.output.rstrip().endswith("[身份]")


def test_a_wrong_or_broken_key_opens_nothing_and_says_why(
    client: FlaskClient, settings: Settings, keys: Keys, tmp_path: Path
) -> None:
    submit(client, NAMED)
    broken = tmp_path / "broken.key"
    broken.write_bytes(b"\xff\xfe\x00")
    for file, said in (
        (key_file(tmp_path, create_keys()), "这把私钥不在接收人之中"),
        (settings.recipients_file, "这不是有效的私钥"),
        (broken, "这不是有效的私钥"),
    ):
        read = clerk(settings, "tips", "read", 1, "--key", file)
        assert read.exit_code == 1
        assert said in read.output
        assert STORY not in read.output
        assert "Traceback" not in read.output
    missing = clerk(settings, "tips", "read", 1, "--key", tmp_path / "nowhere.key")
    assert missing.exit_code == 2
    assert "does not exist" in missing.output


def test_an_impossible_stage_or_an_unknown_tip_is_refused_and_changes_nothing(
    client: FlaskClient, settings: Settings, keys: Keys, tmp_path: Path
) -> None:
    code = code_in(submit(client))
    for words, status, said in (
        (("move", 1, "已答复"), 1, "只能转为"),
        (("move", 1, "随便"), 2, "已收到"),
        (("move", 9, "审核中"), 1, "没有编号为 9 的线索"),
        (("read", 9, "--key", key_file(tmp_path, keys.recovery)), 1, "没有编号为 9 的线索"),
    ):
        answer = clerk(settings, "tips", *words)
        assert answer.exit_code == status, words
        assert said in answer.output
    shown = client.post("/tip-off/status", data={"code": code})
    assert Stage.RECEIVED.meaning in shown.text


def test_a_form_that_was_never_sent_has_no_receipt_to_compare(client: FlaskClient, keys: Keys) -> None:
    token = re.search(r'name="form" value="([^"]+)"', client.get("/tip-off/").text)
    assert token
    answer = client.post("/tip-off/receipt", data={"form": token[1], "code": "0" * 25})
    assert answer.status_code == 422
    assert "还没有提交" in answer.text
    assert "receipt-code" not in answer.text
