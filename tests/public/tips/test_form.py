"""The tip-off form: its pages, its puzzle, what is taken in, and what happens when something is broken."""

import html
import re
import secrets
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from openbureau.app import MAX_FORM_BYTES, create_app
from openbureau.config import Settings
from openbureau.database import db
from openbureau.public.tips.gate import Gate
from openbureau.tips import intake, receipt_codes
from openbureau.tips.form import proof_of_work
from openbureau.tips.form.rate_limit import PLAIN_BURST, RateLimit
from openbureau.tips.form.steps import FIELDS, FormStep
from openbureau.tips.form.submission import MAX_CHARACTERS
from openbureau.tips.sealing import Sealer, SealingFailed, create_keys, signing
from support.site import Clock, Keys
from support.tip_client import (
    ANONYMOUS,
    NAMED,
    STORY,
    Form,
    assert_everything_is_kept,
    code_in,
    fields_in,
    last_page,
    opened,
    ready,
    resend,
    running,
    send,
    solved,
    stored,
    submit,
    token_in,
)

# The form, page after page


PAGES = ("notice", "unit", "penalty", "story", "sender")


def turn(client: FlaskClient, step: str, filled: Form, go: str = "next") -> TestResponse:
    """Press a button on a page of the form that is filled in."""
    return client.post("/tip-off/", data={**filled, "step": step, "go": go})


def step_in(answer: TestResponse) -> str:
    """Which page of the form is shown."""
    return str(fields_in(answer)["step"])


def test_the_first_page_says_what_a_visitor_must_know_and_asks_for_a_tick_after_it(
    client: FlaskClient, keys: Keys
) -> None:
    answer = client.get("/tip-off/")
    assert answer.status_code == 200
    for word in ("可以匿名", "60日", "6个月", "国家秘密", "12345", "12388", "不停止计算期限", "个人信息"):
        assert word in answer.text, word
    assert answer.text.index('name="agreed"') > answer.text.index("12388")
    refused = turn(client, "notice", fields_in(answer))
    assert (refused.status_code, step_in(refused)) == (422, "notice")
    assert lxml.html.fromstring(refused.text).xpath("//*[@id='agreed-error']")


def test_the_form_asks_for_the_closed_list_of_units_and_shows_the_way_for_others(
    client: FlaskClient, keys: Keys
) -> None:
    answer = turn(client, "notice", ANONYMOUS)
    page = lxml.html.fromstring(answer.text)
    units = [option.text for option in page.xpath("//select[@name='unit']/option")]
    assert (units[0], units[-1], len(units)) == ("请选择", "其他/不清楚", 11)
    assert "清远市教育局" in units
    for word in ("12345", "司法局", "12388"):
        assert word in answer.text, word
    after = turn(client, "unit", {**ANONYMOUS, "unit": "其他/不清楚"})
    assert (step_in(after), "司法局" in after.text) == ("penalty", True)
    assert code_in(submit(client, unit="其他/不清楚"))


def test_every_page_carries_along_what_was_filled_in_on_the_others(client: FlaskClient, keys: Keys) -> None:
    answer = client.get("/tip-off/")
    for step in PAGES:
        assert step_in(answer) == step
        asked = {name: NAMED[name] for name in FIELDS[FormStep(step)] if name in NAMED}
        assert asked
        answer = turn(client, step, {**fields_in(answer), **asked})
        assert answer.status_code == 200, step
    assert_everything_is_kept(answer, NAMED)
    for step in reversed(PAGES):
        answer = turn(client, step_in(answer), fields_in(answer), "back")
        assert step_in(answer) == step
        assert_everything_is_kept(answer, NAMED)


def test_going_back_asks_for_nothing_and_keeps_what_is_half_filled_in(
    client: FlaskClient, keys: Keys
) -> None:
    half = {"agreed": "yes", "unit": "英德市教育局", "amount": "很多", "decided_on": "昨天"}
    answer = turn(client, "penalty", half, "back")
    assert (answer.status_code, step_in(answer)) == (200, "unit")
    assert_everything_is_kept(answer, half)


def test_the_last_page_shows_all_that_will_be_sent_and_leads_to_each_page_for_a_change(
    client: FlaskClient, keys: Keys
) -> None:
    answer = last_page(client, NAMED)
    shown = lxml.html.fromstring(answer.text).xpath("string(//main)")
    for word in (
        STORY,
        "英德市教育局",
        "5000.50",
        "一个人",
        "现金当场交给执法人员",
        "某某",
        "0763-1234567",
        "实名",
    ):
        assert word in shown, word
    for step in ("unit", "penalty", "story", "sender"):
        assert step_in(turn(client, "send", fields_in(answer), step)) == step


@pytest.mark.parametrize(("missing", "shown"), [("agreed", "notice"), ("unit", "unit"), ("story", "story")])
def test_nobody_gets_to_the_last_page_past_one_that_is_not_filled_in(
    client: FlaskClient, keys: Keys, missing: str, shown: str
) -> None:
    filled = {name: value for name, value in NAMED.items() if name != missing}
    for answer in (turn(client, "sender", filled), turn(client, "notice", filled, "send")):
        assert (answer.status_code, step_in(answer)) == (422, shown)
        assert_everything_is_kept(answer, filled)


def test_two_visitors_get_two_forms_and_one_keeps_his(client: FlaskClient, keys: Keys) -> None:
    first = token_in(client.get("/tip-off/"))
    assert first != token_in(client.get("/tip-off/"))
    assert token_in(turn(client, "notice", {**ANONYMOUS, "form": first})) == first


MISTAKES = [
    ("unit", "某个别的单位", "unit"),
    ("categories", [], "story"),
    ("decided_on", "去年的某一天", "penalty"),
    ("received_on", "2026-06-02", "penalty"),
    ("committed_on", "1990-01-01", "penalty"),
    ("doc_no", "号" * (MAX_CHARACTERS["doc_no"] + 1), "penalty"),
    ("amount", "很多", "penalty"),
    ("officers", "three", "penalty"),
    ("cause", "因" * 101, "penalty"),
    ("comparator", "比" * 301, "penalty"),
    ("story", "太短了", "story"),
    ("named", "", "sender"),
    ("name", "", "sender"),
    ("contact", "没有电话", "sender"),
    ("company", "司" * (MAX_CHARACTERS["company"] + 1), "sender"),
    ("uscc", "911100006000373410", "sender"),
    ("relation", "cousin", "sender"),
]


@pytest.mark.parametrize(("field", "typed", "step"), MISTAKES)
def test_a_mistake_is_told_beside_its_field_and_linked_from_the_top(
    client: FlaskClient, app: Flask, keys: Keys, field: str, typed: object, step: str
) -> None:
    filled = {**NAMED, field: typed}
    shown = filled if field not in ("unit", "officers", "relation") else {**filled, field: ""}
    for answer in (turn(client, step, filled), submit(client, filled)):
        assert (answer.status_code, step_in(answer)) == (422, step)
        page = lxml.html.fromstring(answer.text)
        [message] = page.xpath(f"//*[@id='{field}-error']")
        [faulty] = page.xpath("//*[@aria-invalid='true']")
        assert (faulty.get("id"), faulty.get("aria-describedby")) == (field, f"{field}-error")
        [link] = page.xpath("//*[@role='alert']//a")
        assert link.get("href") == f"#{field}"
        assert link.text == message.text != ""
        assert_everything_is_kept(answer, shown)
    assert stored(app) == 0


def test_several_mistakes_are_told_at_once(client: FlaskClient, app: Flask, keys: Keys) -> None:
    answer = turn(client, "story", {**ANONYMOUS, "categories": [], "story": ""})
    page = lxml.html.fromstring(answer.text)
    assert page.xpath("//*[@role='alert']//a/@href") == ["#categories", "#story"]


def test_what_was_typed_is_shown_as_text_and_never_as_markup(client: FlaskClient, keys: Keys) -> None:
    typed = "</textarea><script>alert(1)</script>" + STORY
    filled = {**NAMED, "story": typed, "doc_no": '"><script>'}
    for answer in (turn(client, "story", filled, "story"), last_page(client, filled)):
        assert "<script>alert" not in answer.text
        assert '"><script>' not in answer.text
        assert html.escape("</textarea><script>", quote=False) in answer.text
        assert_everything_is_kept(answer, filled)


def test_the_field_that_people_do_not_see_stops_robots_but_loses_nothing(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    refused = submit(client, NAMED, website="https://spam.example")
    assert refused.status_code == 422
    assert "不该填写的空格" in refused.text
    assert not fields_in(refused).get("website")
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0
    # Somebody whose browser filled it in only presses the button again.
    assert code_in(resend(client, refused))


@pytest.mark.parametrize(
    ("story", "advice"),
    [
        ("身份证441802199001011234", "身份证号"),
        ("身份证４４１８０２１９９００１０１１２３４", "身份证号"),
        ("身份证441802 19900101 0033", "身份证号"),
        ("身份证441802-19900101-0033", "身份证号"),
        ("身份证４４１８０２－１９９００１０１－００３３", "身份证号"),
        ("他报了441802\u3000199001010033这个号", "身份证号"),
        ("他报了４４１８０２　１９９００１０１　００３ｘ这个号", "身份证号"),
        ("请打13812345678", "手机号"),
        ("请打138 1234 5678", "手机号"),
        ("1380 013 8000", "手机号"),
        ("请打1380-013-8000找我", "手机号"),
        ("请打138\u20110013\u20118000找我", "手机号"),
        ("请打１３８０　０１３　８０００找我", "手机号"),
        ("请打138\u200b0013\u200b8000找我", "手机号"),
        ("请打8613800138000找我", "手机号"),
        ("我的孩子叫王小明在这里上课", "孩子的姓名"),
        ("学生名叫李梅", "孩子的姓名"),
    ],
)
def test_what_names_somebody_is_pointed_out_before_sending_and_may_stay(
    client: FlaskClient, keys: Keys, story: str, advice: str
) -> None:
    page = lxml.html.fromstring(last_page(client, {**ANONYMOUS, "story": STORY + story}).text)
    [said] = page.xpath("//*[@class='changed']")
    assert advice in said.text
    assert code_in(submit(client, story=STORY + story))


def test_a_story_that_names_nobody_is_left_alone(client: FlaskClient, keys: Keys) -> None:
    harmless = (
        STORY
        + "决定书号4418022024000001，电话0763-1234567，学生是自愿的，孩子们都在，统一代码91110000600037341L。"
    )
    assert not lxml.html.fromstring(last_page(client, {**ANONYMOUS, "story": harmless}).text).xpath(
        "//*[@class='changed']"
    )


# How long there is to contest the fine


def test_the_last_days_of_reconsideration_and_lawsuit_stand_there_with_their_arithmetic(
    client: FlaskClient, keys: Keys
) -> None:
    dates = {**ANONYMOUS, "received_on": "2026-04-10", "decided_on": "2026-04-01"}
    fragment = client.post("/tip-off/remedies", data=dates, headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    for answer in (fragment, turn(client, "penalty", dates), last_page(client, dates)):
        assert answer.status_code == 200
        said = " ".join(lxml.html.fromstring(answer.text).xpath("string(//*[@class='remedies'])").split())
        assert "还有8天，最后一天是2026年6月9日" in said
        assert "从2026年4月10日的次日起数60日，到2026年6月9日" in said
        assert "2026年10月10日" in said
        assert "不会让下面的时间停下来" in said
        for words in (
            "必须先申请行政复议",
            "向英德市人民政府申请，不收费",
            "收到复议决定书（包括不予受理、驳回申请）之日起15日内",
            "每日可以加处3%",
        ):
            assert words in said, words


def test_without_a_day_received_the_day_of_the_decision_counts_and_what_is_over_is_said(
    client: FlaskClient, keys: Keys
) -> None:
    answer = client.post("/tip-off/remedies", data={"decided_on": "2026年3月1日", "received_on": "不记得"})
    assert "这里按决定日期数" in answer.text
    assert "60日的期限已经过了：最后一天是" in answer.text
    assert "2027年3月1日" in answer.text  # a year, for whoever was not told
    assert "已经超过" not in answer.text
    for nothing in ({}, {"decided_on": "2027-01-01"}, {"decided_on": "很久以前"}):
        assert "remedies" not in client.post("/tip-off/remedies", data=nothing).text


def test_whoever_got_no_decision_paper_is_told_of_the_year_first_and_of_no_end_before_it(
    client: FlaskClient, keys: Keys
) -> None:
    fine = {"received_on": "2026-03-01", "decision": "no", "unit": "英德市教育局"}
    answer = client.post("/tip-off/remedies", data=fine)
    shown = " ".join(lxml.html.fromstring(answer.text).xpath("string(//*[@class='remedies'])").split())
    assert "60日从您知道可以复议、向谁申请、多长期限之日起数，最长到2027年3月1日" in shown
    assert "已经过了" not in shown
    assert "已经超过" not in shown


def test_a_fine_imposed_on_the_spot_has_no_open_way_to_the_court_before_reconsideration(
    client: FlaskClient, keys: Keys
) -> None:
    fine = {"received_on": "2026-04-10", "unit": "英德市教育局"}
    shown = {
        answer: client.post("/tip-off/remedies", data={**fine, "on_the_spot": answer}).text
        for answer in ("yes", "no", "")
    }
    assert "2026年10月10日" not in shown["yes"]
    assert "请先按上面的期限申请复议" in shown["yes"]
    assert "2026年10月10日" in shown["no"]
    assert "没有复议就起诉的" not in shown["no"]
    lawsuit = shown[""].partition("向法院起诉（行政诉讼）")[2]
    assert lawsuit.index("没有复议就起诉的") < lawsuit.index("2026年10月10日")


def test_whoever_applied_for_reconsideration_reads_first_of_the_fifteen_days_after_it(
    client: FlaskClient, keys: Keys
) -> None:
    fine = {"received_on": "2026-04-10", "proceedings": ["review"]}
    shown = client.post("/tip-off/remedies", data=fine).text
    assert shown.index("之日起15日内可以起诉") < shown.index("<dl")
    assert "复议期间不能起诉" in shown


# The puzzle before it


def test_without_puzzle_and_sum_a_form_comes_back_with_everything_kept(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    refused = submit(client, NAMED, proof="")
    assert (refused.status_code, stored(app)) == (422, 0)
    [message] = lxml.html.fromstring(refused.text).xpath("//*[@id='answer-error']")
    assert "加法" in message.text
    assert_everything_is_kept(refused, NAMED)
    assert code_in(resend(client, refused))


NUMERALS = "零一二三四五六七八九"


def summed(answer: TestResponse) -> int:
    """What a person answers to the question on the page."""
    label = lxml.html.fromstring(answer.text).xpath("string(//label[@for='answer'])")
    asked = re.match(r"(.)加(.)等于几", label)
    assert asked
    return NUMERALS.index(asked[1]) + NUMERALS.index(asked[2])


def test_a_person_without_scripts_answers_a_sum_and_needs_a_few_seconds(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock
) -> None:
    page = last_page(client)
    form = {**fields_in(page), "answer": str(summed(page))}
    assert "太快" in send(client, form).text
    clock.now += timedelta(seconds=8)
    assert "加法" in send(client, {**form, "answer": str(summed(page) + 1)}).text
    assert stored(app) == 0
    assert code_in(send(client, form))


def test_many_tips_without_scripts_are_delayed_and_not_denied(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = [0.0]
    monkeypatch.setitem(app.extensions, "openbureau.gate", Gate(4, lambda: ticks[0]))
    page = last_page(client, NAMED)
    clock.now += timedelta(minutes=1)
    for _ in range(PLAIN_BURST):
        each = last_page(client)
        clock.now += timedelta(seconds=10)
        assert code_in(send(client, {**fields_in(each), "answer": summed(each)}))
    form = {**fields_in(page), "answer": summed(page)}
    refused = send(client, form)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "120")
    assert "大约2分钟" in refused.text
    assert_everything_is_kept(refused, NAMED)
    # Whoever has scripts goes on meanwhile.
    assert code_in(submit(client))
    ticks[0] += 120
    assert code_in(send(client, form))


def test_no_forged_old_or_borrowed_challenge_is_taken(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock
) -> None:
    secret = b"s" * 32
    refused = 0
    for number in range(250):
        form = ready(client)
        its_form, bits, issued, mac = form["challenge"].split(".")
        form_id = receipt_codes.verify_form(secret, form["form"], clock())
        day = timedelta(days=1, seconds=number + 1)
        old = proof_of_work.issue(secret, form_id, int(bits), clock() - day).text
        foreign = proof_of_work.issue(b"x" * 32, form_id, int(bits), clock()).text
        for challenge in (
            f"{its_form}.0.{issued}.{mac}",
            proof_of_work.issue(secret, receipt_codes.new_form_id(), int(bits), clock()).text,
            old,
            foreign,
        ):
            answer = send(client, {**form, "challenge": challenge, "proof": solved(challenge)})
            refused += answer.status_code == 422
    assert (refused, stored(app)) == (1000, 0)


def test_a_proof_is_good_for_one_tip_only(client: FlaskClient, app: Flask, keys: Keys) -> None:
    form = ready(client)
    codes = {code_in(send(client, {**form, "story": f"{STORY}{number}"})) for number in range(20)}
    assert (len(codes), stored(app)) == (1, 1)


def test_the_puzzle_gets_harder_with_every_doubling_and_easy_again_after_an_hour() -> None:
    ticks = [0.0]
    rush = RateLimit(18, lambda: ticks[0])
    seen = []
    for _ in range(120):
        seen.append(rush.bits())
        rush.note()
    assert [seen.index(bits) for bits in (18, 19, 20, 21, 22)] == [0, 6, 11, 21, 41]
    assert max(seen) == 22
    ticks[0] += 3600
    assert rush.bits() == 18


# What is taken in


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
    assert not [field for field in ("name", "contact", "company", "uscc") if fields_in(refused).get(field)]


def test_the_same_form_posted_twice_gives_the_same_code_and_one_tip(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    filled = ready(client)
    first, second = (send(client, filled) for _ in range(2))
    assert code_in(first) == code_in(second) != ""
    assert "此前已经收到" in second.text
    assert stored(app) == 1


def test_two_forms_give_two_codes_and_two_tips(client: FlaskClient, app: Flask, keys: Keys) -> None:
    assert code_in(submit(client)) != code_in(submit(client))
    assert stored(app) == 2


def test_a_refused_form_is_still_the_same_tip_when_mended(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    form = ready(client, story="太短")
    refused = send(client, form)
    code = code_in(send(client, form | {"form": token_in(refused), "story": STORY}))
    assert code_in(send(client, form | {"story": STORY})) == code
    assert stored(app) == 1


@pytest.mark.parametrize("case", ["expired", "foreign", "damaged", "missing", "from another time"])
def test_a_form_that_is_not_valid_any_more_comes_back_fresh_with_everything_kept(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock, case: str
) -> None:
    form = ready(client, NAMED)
    match case:
        case "expired":
            clock.now += timedelta(hours=24, seconds=1)
        case "foreign":
            form["form"] = receipt_codes.sign_form(
                secrets.token_bytes(32), receipt_codes.new_form_id(), clock()
            )
        case "damaged":
            form["form"] = str(form["form"])[:-1] + "中"
        case "missing":
            del form["form"]
        case "from another time":
            clock.now -= timedelta(hours=1)
    refused = send(client, form)
    assert refused.status_code == 422
    assert "已经为您换了一张" in refused.text
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0
    again = resend(client, refused)
    assert again.status_code == 200
    assert code_in(again)
    assert stored(app) == 1


def test_a_form_is_good_for_a_day(client: FlaskClient, keys: Keys, clock: Clock) -> None:
    form = ready(client)
    clock.now += timedelta(hours=24)
    assert send(client, form).status_code == 200


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
    filled = ready(client)
    close_recipients(settings, case)
    assert client.get("/tip-off/").status_code == 503
    refused = send(client, filled)
    assert refused.status_code == 503
    assert "没有丢失" in refused.text
    assert_everything_is_kept(refused, ANONYMOUS)
    assert client.get("/").status_code == client.get("/tip-off/status").status_code == 200
    assert stored(app) == 0
    assert "tips are closed" in caplog.text


def test_tips_open_as_soon_as_the_set_is_there(client: FlaskClient, settings: Settings, keys: Keys) -> None:
    signed = settings.recipients_file.read_text(encoding="utf-8")
    settings.recipients_file.unlink()
    assert client.get("/tip-off/").status_code == 503
    settings.recipients_file.write_text(signed, encoding="utf-8")
    assert client.get("/tip-off/").status_code == 200


@pytest.mark.parametrize("left", [None, b"", b"s" * (receipt_codes.MIN_SECRET_BYTES - 1)])
def test_without_a_whole_secret_tips_are_closed_and_the_rest_goes_on(
    client: FlaskClient, app: Flask, settings: Settings, keys: Keys, left: bytes | None
) -> None:
    filled = ready(client)
    settings.secret_file.unlink()
    if left is not None:
        settings.secret_file.write_bytes(left)
    code = receipt_codes.code_for(secrets.token_bytes(32), receipt_codes.new_form_id())
    assert client.get("/tip-off/").status_code == 503
    assert send(client, filled).status_code == 503
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
        code = receipt_codes.code_for(secrets.token_bytes(32), receipt_codes.new_form_id())
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
    form = ready(client, NAMED)
    with closing(sqlite3.connect(settings.instance / "tips.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = send(client, form)
        other.execute("ROLLBACK")
    assert refused.status_code == 503
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0
    assert resend(client, refused).status_code == 200
    assert stored(app) == 1


def test_a_tip_stored_without_an_answer_is_not_stored_again(
    client: FlaskClient, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ready(client)
    really_submit = intake.submit

    def commit_and_lose_the_line(*args: Any, **files: Any) -> None:
        really_submit(*args, **files)
        raise OperationalError("COMMIT", {}, Exception("connection lost"))

    with monkeypatch.context() as line:
        line.setattr(intake, "submit", commit_and_lose_the_line)
        refused = send(client, form)
    assert refused.status_code == 503
    again = resend(client, refused)
    assert "此前已经收到" in again.text
    assert code_in(again)
    assert stored(app) == 1


def test_a_tip_that_cannot_be_sealed_is_not_stored_and_not_lost(
    client: FlaskClient, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ready(client, NAMED)
    really_seal, sealed = Sealer.seal, []

    def fail_at_the_identity(sealer: Sealer, plaintext: bytes) -> bytes:
        sealed.append(plaintext)
        if len(sealed) == 2:
            raise SealingFailed("no")
        return really_seal(sealer, plaintext)

    monkeypatch.setattr(Sealer, "seal", fail_at_the_identity)
    refused = send(client, form)
    assert refused.status_code == 503
    assert_everything_is_kept(refused, NAMED)
    assert stored(app) == 0


def test_a_form_without_files_over_the_limit_is_refused_before_it_is_read(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    form = ready(client, doc_no="x" * MAX_FORM_BYTES)
    for address in ("/tip-off/", "/tip-off/submit", "/tip-off/status"):
        answer = client.post(address, data=form)
        assert answer.status_code == 413
        assert "内容太长" in answer.text
    assert send(client, form).status_code == 413
    assert stored(app) == 0
    # The longest story in the longest encoding is far from the limit.
    assert submit(client, story="罚" * MAX_CHARACTERS["story"]).status_code == 200


# When the disk is nearly full


def test_below_the_reserve_no_tip_is_taken_before_a_file_is_read_and_the_rest_goes_on(
    settings: Settings, keys: Keys
) -> None:
    with running(create_app(replace(settings, reserve_mb=10**9))) as app:
        client = app.test_client()
        full = client.get("/tip-off/")
        assert (full.status_code, full.headers["Retry-After"]) == (503, "60")
        for address in ("/", "/policies/", "/whitelist/"):
            assert client.get(address).status_code == 200, address


def test_what_was_filled_in_before_the_disk_was_full_is_kept(
    app: Flask, client: FlaskClient, keys: Keys
) -> None:
    fields = ready(client)
    site = app.extensions["openbureau"]
    app.extensions["openbureau"] = replace(site, settings=replace(site.settings, reserve_mb=10**9))
    answer = send(client, fields)
    assert (answer.status_code, stored(app)) == (503, 0)
    assert_everything_is_kept(answer, ANONYMOUS)
