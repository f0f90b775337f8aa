"""The desk: which tips somebody sees, what is shown of them, and what opening one leaves behind."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from openbureau.config import Settings
from openbureau.database import audit_log, db
from openbureau.desk import queue
from openbureau.staff import Role, accounts
from openbureau.tips.casework import stages
from openbureau.tips.model import Stage, Tip, subject
from support.desk_makers import ACCUSED, RECEIVER, REPORTED, STAFF, Office, Seats, text_of
from support.desk_visitors import Member, enter, hire
from support.site import Clock


@contextmanager
def store(desk: Flask) -> Iterator[Session]:
    """The tips database, beside the desk."""
    with desk.app_context():
        yield db.session()
        db.session.rollback()


def store_tip(desk: Flask, office: Office, received_on: date = date(2026, 5, 30), **changes: str) -> str:
    with store(desk) as session:
        return office.submit(session, received_on, **changes)


def tip_of(desk: Flask, number: int) -> Tip:
    with store(desk) as session:
        tip = stages.get(session, number)
        _ = tip.events, tip.messages, tip.handlers
        session.expunge_all()
        return tip


def told(desk: Flask, number: int) -> list[tuple[str, str, dict[str, object]]]:
    """Who did what to a tip, as the log has it."""
    with store(desk) as session:
        entries = audit_log.entries_of(session, subject(number))
        return [(entry.actor, entry.event, json.loads(entry.detail)) for entry in entries]


def rows_in(page: str) -> list[list[str]]:
    """The cells of the queue, each in one line."""
    rows = lxml.html.fromstring(page).xpath("//table/tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


# The queue


def test_an_empty_queue_says_so(seats: Seats) -> None:
    assert "目前没有线索" in seats["甲"].client.get("/").text


def test_the_queue_shows_numbers_days_units_and_stages_and_nothing_of_what_was_reported(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office)
    store_tip(desk, office, named="anonymous")
    seats["甲"].post("/cases/1/claim")
    page = seats["甲"].client.get("/").text
    assert [row[:6] for row in rows_in(page)] == [
        ["2", "2026年5月30日", "已收到", "2026年5月30日", ACCUSED, "待认领"],
        ["1", "2026年5月30日", "审核中", "2026年6月1日", ACCUSED, "甲"],
    ]
    for word in (REPORTED["story"], "某某", "0763-1234567", "英教罚", "5000"):
        assert word not in page, word


def clocks_in_queue(member: Member) -> str:
    """What the queue says of the only tip's limits."""
    ((*_, clocks),) = rows_in(member.client.get("/").text)
    return clocks


def test_the_queue_shows_the_limits_that_run_and_warns_before_and_at_their_end(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    store_tip(desk, office)
    member = seats["甲"]
    for day, screen, notify in (
        (date(2026, 6, 3), "期限内", "期限内"),
        (date(2026, 6, 4), "临近期限", "期限内"),
        (date(2026, 6, 5), "今天到期", "期限内"),
        (date(2026, 6, 6), "已超期", "期限内"),
        (date(2026, 6, 11), "已超期", "临近期限"),
        (date(2026, 6, 15), "已超期", "今天到期"),
    ):
        clock.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        member.log_in()
        first, second = (f"初审 2026年6月5日 {screen}", f"告知是否受理 2026年6月15日 {notify}")
        assert clocks_in_queue(member) in (f"{first} {second}", f"{second} {first}")
    with store(desk) as session:
        for stage in (Stage.SCREENING, Stage.ACCEPTED):
            stages.move(session, 1, stage, clock.now, date(2026, 6, 15), "甲", "handler")
    assert clocks_in_queue(member) == "办结 2026年8月14日 期限内"
    with store(desk) as session:
        stages.move(session, 1, Stage.WITHDRAWN, clock.now, date(2026, 6, 15), "甲", "handler")
    assert clocks_in_queue(member) == ""


def test_amber_and_red_are_colours_and_words_and_the_most_urgent_comes_first(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office)
    store_tip(desk, office, date(2026, 5, 20))
    page = lxml.html.fromstring(seats["甲"].client.get("/").text)
    assert page.xpath("//tbody/tr/th/a/text()") == ["2", "1"]
    badges = page.xpath("//tr[th/a='2']//span[contains(@class, 'badge')]")
    assert [(each.get("class"), each.text) for each in badges] == [
        ("badge badge-red", "已超期"),
        ("badge badge-amber", "临近期限"),
    ]
    assert set(page.xpath("//tr[th/a='1']//span/@class")) == {"badge badge-green"}


def test_the_queue_is_narrowed_by_stage_unit_person_and_lateness(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office)
    store_tip(desk, office, date(2026, 5, 20), unit="连州市教育局")
    seats["甲"].post("/cases/1/claim")

    def numbers(address: str) -> list[str]:
        return [row[0] for row in rows_in(seats["甲"].client.get(address).text)]

    assert numbers("/?mine=1") == numbers("/?stage=screening") == numbers(f"/?unit={ACCUSED}") == ["1"]
    assert numbers("/?overdue=1") == numbers("/?stage=received") == ["2"]
    assert numbers("/?mine=1&overdue=1") == numbers("/?stage=nonsense") == []
    assert "没有符合条件的线索" in seats["甲"].client.get("/?mine=1&overdue=1").text
    assert seats["甲"].client.get("/?page=99999999999999999999").status_code == 200


def test_without_the_table_of_a_year_the_queue_says_so_and_logs_the_cause_once(
    seats: Seats, desk: Flask, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        store_tip(desk, office, date(2026, 12, 28))
    caplog.clear()
    shown = [row[-1] for row in rows_in(seats["甲"].client.get("/").text)]
    screen = "初审 至少到2027年1月5日缺2027年放假安排 期限内"
    notify = "告知是否受理 至少到2027年1月12日缺2027年放假安排 期限内"
    assert shown == [f"{screen} {notify}"] * 2
    (logged,) = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert "no days off are known for 2027: add content/holidays/2027.toml and publish" in logged


@pytest.mark.parametrize(("month", "day", "is_warned"), [(10, 31, False), (11, 1, True)])
def test_from_november_on_queue_and_case_warn_that_the_coming_year_has_no_table(
    seats: Seats, desk: Flask, office: Office, clock: Clock, month: int, day: int, is_warned: bool
) -> None:
    clock.now = datetime(2026, month, day, 4, tzinfo=UTC)
    store_tip(desk, office, date(2026, 10, 30))
    for address in ("/", "/cases/1/"):
        page = seats["甲"].client.get(address)
        assert page.status_code == 200
        assert ("缺2027年放假调休安排。" in page.text) is is_warned


def test_without_a_signed_set_nobody_sees_any_tip(
    seats: Seats, desk: Flask, office: Office, settings: Settings
) -> None:
    store_tip(desk, office)
    settings.recipients_file.write_text("{}", encoding="utf-8")
    page = seats["甲"].client.get("/")
    assert "接收人名册无效" in page.text
    assert ACCUSED not in page.text
    assert seats["甲"].client.get("/cases/1/").status_code == 503


# Who sees what


def test_whoever_is_of_the_accused_unit_sees_no_row_and_is_kept_out_and_the_log_tells(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office)
    accused = seats["英德"]
    page = accused.client.get("/").text
    assert "目前没有线索" in page
    assert "已收到" not in page
    answer = accused.client.get("/cases/1/")
    assert answer.status_code == 404
    assert answer.text == accused.client.get("/cases/7/").text, "it looks like a number that no tip has"
    for word in (REPORTED["story"], "待认领", "已收到"):
        assert word not in answer.text
    for address in ("open", "claim", "note", "identity", "export", "files/x/rendition", "letters/accepted"):
        assert accused.post(f"/cases/1/{address}", {"text": "x"}).status_code == 404, address
    refused = [entry for entry in told(desk, 1) if entry[1] == "refused"]
    assert refused == [("英德", "refused", {"name": "英德"})] * 8
    assert tip_of(desk, 1).stage is Stage.RECEIVED


@pytest.mark.parametrize("unit", [RECEIVER, ACCUSED, "连州市教育局"])
def test_for_every_unit_just_those_see_its_tips_who_are_not_of_it(
    seats: Seats, desk: Flask, office: Office, unit: str
) -> None:
    store_tip(desk, office, unit=unit)
    for name, member in seats.everybody().items():
        away = STAFF[name][1] == unit or (unit == RECEIVER and name != "纪检")
        assert member.client.get("/cases/1/").status_code == (404 if away else 200), name
        assert (ACCUSED in member.client.get("/").text or unit in member.client.get("/").text) or away


def test_a_case_is_not_assigned_to_the_accused_unit_whatever_the_form_says(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office)
    handler, *_ = seats["甲"], seats["乙"], seats["连州"], seats["英德"]
    handler.post("/cases/1/claim")
    options = lxml.html.fromstring(handler.client.get("/cases/1/").text).xpath(
        "//select[@name='name']/option/@value"
    )
    assert options == ["", "乙", "连州"]
    refused = handler.post("/cases/1/assign", {"name": "英德"})
    assert refused.status_code == 403
    assert "不得转给被反映的单位" in refused.text
    assert told(desk, 1)[-1] == ("甲", "refused", {"name": "英德"})
    assert handler.post("/cases/1/assign", {"name": "乙"}).status_code == 303
    assert {each.name for each in tip_of(desk, 1).handlers} == {"甲", "乙"}


def test_a_member_of_another_unit_than_the_signed_set_says_is_kept_out(
    seats: Seats, desk: Flask, office: Office
) -> None:
    """The account was moved to the accused unit after the set was signed."""
    store_tip(desk, office)
    seats["甲"].post("/cases/1/claim")
    assert seats["乙"].client.get("/cases/1/").status_code == 200
    with store(desk) as session, audit_log.change(session, "2026-06-01") as change:
        accounts.find(session, "乙").unit = ACCUSED
        change.log("test", "staff/乙")
    assert seats["乙"].client.get("/cases/1/").status_code == 404
    assert seats["甲"].post("/cases/1/assign", {"name": "乙"}).status_code == 403


def test_a_case_that_does_not_exist_is_not_found(seats: Seats) -> None:
    assert seats["甲"].client.get("/cases/7/").status_code == 404
    assert seats["甲"].post("/cases/7/claim").status_code == 404


# What is shown, and what opening leaves behind


def test_the_page_of_a_case_tells_nothing_sealed_until_it_is_opened(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office, officers="one")
    handler = seats["甲"]
    before = handler.client.get("/cases/1/").text
    assert "认领以后才能打开" in before
    handler.post("/cases/1/claim")
    closed = handler.client.get("/cases/1/").text
    for word in (REPORTED["story"], "英教罚", "5000", "某某", "第四十二条"):
        assert word not in closed, word
    head = len(told(desk, 1))
    opened = handler.post("/cases/1/open").text
    assert told(desk, 1)[head:] == [("甲", "opened", {})]
    for word in (REPORTED["story"], REPORTED["doc_no"], "5000元", "行政处罚法第四十二条", "不是结论"):
        assert word in opened, word
    for word in ("某某", "0763-1234567"):
        assert word not in opened, word
    assert "打开内容" in handler.client.get("/cases/1/").text
    assert REPORTED["story"] not in handler.client.get("/cases/1/").text


def test_reading_never_changes_the_store(seats: Seats, desk: Flask, office: Office) -> None:
    store_tip(desk, office)
    handler = seats["甲"]
    with store(desk) as session:
        before = audit_log.head(session)
    for address in ("/", "/cases/1/", "/cases/new/", "/?mine=1"):
        assert handler.client.get(address).status_code == 200
    assert handler.client.get("/cases/1/open").status_code == 405
    with store(desk) as session:
        assert audit_log.head(session) == before


def test_with_a_locked_key_nothing_opens_and_nothing_is_told(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    store_tip(desk, office)
    handler = seats["甲"]
    handler.post("/cases/1/claim")
    handler.post("/lock")
    head = len(told(desk, 1))
    for address in ("open", "export", "letters/accepted", "files/x/original"):
        assert handler.post(f"/cases/1/{address}").status_code == 423, address
    assert "请先解锁" in handler.client.get("/cases/1/").text
    assert len(told(desk, 1)) == head
    clock.now += timedelta(minutes=16)
    handler.log_in()
    assert handler.post("/cases/1/open").status_code == 423


def test_whoever_has_not_taken_a_case_on_does_not_open_it(seats: Seats, desk: Flask, office: Office) -> None:
    store_tip(desk, office)
    answer = seats["乙"].post("/cases/1/open")
    assert answer.status_code == 422
    assert "请先认领" in answer.text
    assert REPORTED["story"] not in answer.text


# Who sent it


def test_an_identity_is_opened_by_the_custodian_alone_with_a_reason_that_all_handlers_see(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office)
    seats["甲"].post("/cases/1/claim")
    given = {"purpose": "contact", "reason": "电话核实决定书日期"}
    assert seats["甲"].post("/cases/1/identity", given).status_code == 403
    custodian = seats["保管"]
    for lacking in (
        {},
        {"purpose": "contact", "reason": " "},
        {"purpose": "curiosity", "reason": "想知道是谁"},
    ):
        answer = custodian.post("/cases/1/identity", lacking)
        assert answer.status_code == 422
        assert "某某" not in answer.text
    answer = custodian.post("/cases/1/identity", given)
    assert answer.status_code == 200
    for word in ("某某", "0763-1234567"):
        assert word in answer.text
    assert REPORTED["story"] not in answer.text
    assert ("保管", "identity-opened", {"purpose": "contact"}) in told(desk, 1)
    assert "打开身份（联系反映人核实情况）" in seats["甲"].client.get("/cases/1/").text
    assert "打开身份的理由：电话核实决定书日期" in seats["甲"].post("/cases/1/open").text


def test_the_custodian_opens_no_content_and_the_accused_receivers_custodian_nothing(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office)
    store_tip(desk, office, unit=RECEIVER)
    assert seats["保管"].post("/cases/1/open").status_code == 403
    assert seats["保管"].post("/cases/1/claim").status_code == 403
    given = {"purpose": "contact", "reason": "电话核实决定书日期"}
    assert seats["保管"].post("/cases/2/identity", given).status_code == 404
    assert "某某" in seats["纪检"].post("/cases/2/identity", given).text


def test_an_anonymous_tip_has_no_identity_to_open(seats: Seats, desk: Flask, office: Office) -> None:
    store_tip(desk, office, named="anonymous")
    assert "查看反映人身份" not in seats["保管"].client.get("/cases/1/").text
    given = {"purpose": "contact", "reason": "电话核实决定书日期"}
    assert "没有身份信息" in seats["保管"].post("/cases/1/identity", given).text


# Working on it


def test_a_case_goes_all_the_way_by_its_forms(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    store_tip(desk, office)
    first, second = seats["甲"], seats["乙"]
    with store(desk) as session:
        accounts.appoint(session, "乙", clock.now, "test")
    for member, address, form in (
        (first, "claim", {}),
        (first, "complete", {"text": "请补充决定书照片。"}),
        (first, "accept", {"matter": "petition", "text": ""}),
        (first, "assign", {"name": "乙"}),
        (first, "route", {"unit": "连州市教育局"}),
        (first, "investigate", {}),
        (first, "ask", {"text": "当时有几人在场？"}),
        (first, "time", {"days": "30", "text": "案卷正在调取。"}),
        (second, "time/decision", {"decision": "granted"}),
        (second, "conclude", {"conclusion": "true", "action": "refund", "refunded_yuan": "5,000"}),
        (first, "reply", {"text": "查明属实，已经退款。"}),
    ):
        answer = member.post(f"/cases/1/{address}", form)
        shown = text_of(answer.text, "//*[@role='alert']") if answer.text else ""
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/cases/1/"), (address, shown)
    tip = tip_of(desk, 1)
    assert (tip.stage, tip.extended_by, str(tip.refunded_yuan)) == (Stage.ANSWERED, 30, "5000.00")
    early = first.post("/cases/1/archive")
    assert early.status_code == 422
    assert "可以请求复查" in early.text
    clock.now += timedelta(days=31)
    first.log_in()
    assert first.post("/cases/1/archive").status_code == 303
    assert rows_in(first.client.get("/?stage=archived").text)
    assert "没有符合条件" in first.client.get("/").text
    with store(desk) as session:
        assert audit_log.check_chain(session) is None


@pytest.mark.parametrize(
    ("address", "form", "problem"),
    [
        ("accept", {"text": ""}, "请选择是检举控告还是申诉求决"),
        ("decline", {"text": "写了很久的说明"}, "请选择不予受理的理由"),
        ("decline", {"reason": "no-lead", "text": ""}, "请填写给反映人的说明"),
        ("merge", {"into": "第三条"}, "请填写要并入的线索编号"),
        ("ask", {"text": "长" * 5001}, "最多 5000 字"),
        ("conclude", {"conclusion": "true", "action": "none"}, "至少要有2名办理人"),
        ("conclude", {"conclusion": "true", "action": "none", "refunded_yuan": "很多"}, "金额以元为单位"),
        ("conclude", {"conclusion": "true", "action": "none", "corrected_fines": "-1"}, "只填整数"),
        ("conclude", {"conclusion": "maybe", "action": "none"}, "请选择核查结论"),
        ("time", {"days": "三十", "text": "写了很久的说明"}, "延长天数是1到30的整数"),
        ("reply", {"text": "写了很久的答复"}, "不能转为“已答复”"),
        ("export", {"purpose": "supervision", "reason": ""}, "请填写理由"),
    ],
)
def test_a_mistake_is_told_and_nothing_typed_is_lost(
    seats: Seats, desk: Flask, office: Office, address: str, form: dict[str, str], problem: str
) -> None:
    store_tip(desk, office)
    seats["甲"].post("/cases/1/claim")
    before = len(told(desk, 1))
    answer = seats["甲"].post(f"/cases/1/{address}", form)
    assert answer.status_code == 422
    assert problem in text_of(answer.text, "//*[@role='alert']")[0]
    assert len(told(desk, 1)) == before
    if address not in ("reply", "conclude", "time"):
        for name, typed in form.items():
            kept = lxml.html.fromstring(answer.text).xpath(
                f"//details[@open]//*[@name='{name}'][self::textarea or self::input]"
            )
            assert not kept or typed in (kept[0].get("value"), (kept[0].text or "").strip("\n")), name


def test_alike_tips_are_pointed_out_but_not_those_of_ones_own_unit(
    seats: Seats, desk: Flask, office: Office
) -> None:
    store_tip(desk, office)
    store_tip(desk, office)
    store_tip(desk, office, doc_no="", decided_on="2026-05-24")
    store_tip(desk, office, unit="连州市教育局")
    seats["甲"].post("/cases/1/claim")
    path = "//section[h2='可能是同一件事']//a/text()"

    def alike(page: str) -> list[str]:
        return [str(each) for each in lxml.html.fromstring(page).xpath(path)]

    assert alike(seats["甲"].client.get("/cases/1/").text) == ["线索2", "线索4"]
    assert alike(seats["甲"].post("/cases/1/open").text) == ["线索2", "线索3", "线索4"]
    assert alike(seats["连州"].client.get("/cases/1/").text) == ["线索2"]


def test_letters_are_printed_once_the_case_has_come_so_far(seats: Seats, desk: Flask, office: Office) -> None:
    store_tip(desk, office)
    handler = seats["甲"]
    handler.post("/cases/1/claim")
    assert handler.post("/cases/1/letters/declined").status_code == 404
    handler.post("/cases/1/decline", {"reason": "no-lead", "text": "没有写明时间和地点。"})
    letter = handler.post("/cases/1/letters/declined")
    words = " ".join(text_of(letter.text, "//article"))
    for word in (
        "不予受理告知书",
        "没有具体的事实或者线索",
        "没有写明时间和地点",
        "公章",
        "60日内申请行政复议",
        "必须先申请行政复议",
        "向作出处罚的教育局的本级人民政府申请，不收费",
        "收到复议决定书（包括不予受理、驳回申请）之日起15日内可以起诉",
        "最长到知道处罚内容之日起1年",
        "每日可以加处3%",
    ):
        assert word in words, word
    assert "复查" not in words
    assert "某某" not in words
    assert told(desk, 1)[-1][1] == "letter-made"


@pytest.mark.parametrize(
    ("matter", "title", "has_review"),
    [("accusation", "办理结果答复书", False), ("petition", "信访处理意见书", True)],
)
def test_only_the_opinion_on_a_petition_tells_of_a_review(
    seats: Seats, desk: Flask, office: Office, matter: str, title: str, has_review: bool
) -> None:
    store_tip(desk, office)
    first, second = seats["甲"], seats["乙"]
    for member, address, form in (
        (first, "claim", {}),
        (first, "accept", {"matter": matter, "text": ""}),
        (second, "claim", {}),
        (first, "investigate", {}),
        (first, "conclude", {"conclusion": "true", "action": "refund"}),
        (first, "reply", {"text": "查明属实，已经退款。"}),
    ):
        assert member.post(f"/cases/1/{address}", form).status_code == 303, address
    words = " ".join(text_of(first.post("/cases/1/letters/answered").text, "//article"))
    assert title in words
    assert ("自收到信访处理意见书之日起30日内" in words) is has_review
    assert "收到复议决定书（包括不予受理、驳回申请）之日起15日内" in words


def test_more_time_is_offered_for_approval_to_a_head_alone(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    store_tip(desk, office)
    first, second = seats["甲"], seats["乙"]
    for address, form in (
        ("claim", {}),
        ("accept", {"matter": "petition", "text": ""}),
        ("time", {"days": "30", "text": "案卷正在调取。"}),
    ):
        assert first.post(f"/cases/1/{address}", form).status_code == 303, address
    assert "同意延长" not in second.client.get("/cases/1/").text
    refused = second.post("/cases/1/time/decision", {"decision": "granted"})
    assert (refused.status_code, tip_of(desk, 1).extended_by) == (422, None)
    assert "要由本单位负责人批准" in refused.text
    with store(desk) as session:
        accounts.appoint(session, "乙", clock.now, "test")
    assert "同意延长" in second.client.get("/cases/1/").text
    assert second.post("/cases/1/time/decision", {"decision": "granted"}).status_code == 303
    assert tip_of(desk, 1).extended_by == 30


# By telephone, letter or visit


def test_what_was_told_by_telephone_is_entered_and_gets_a_receipt_like_any_other(
    seats: Seats, desk: Flask
) -> None:
    clerk = seats["甲"]
    token = lxml.html.fromstring(clerk.client.get("/cases/new/").text).xpath(
        "string(//input[@name='form']/@value)"
    )
    form = {**REPORTED, "form": token, "categories": "procedure", "channel": "phone", "officers": "one"}
    incomplete = clerk.post("/cases/new/", form | {"channel": "", "story": "太短"})
    assert incomplete.status_code == 422
    assert text_of(incomplete.text, "//div[@role='alert']//li") == [
        "事实经过至少 20 字，现在是 2 字，请再写具体一些，便于核查。",
        "请选择线索是怎样来的。",
    ]
    assert "英教罚〔2026〕3号" in incomplete.text
    receipt = clerk.post("/cases/new/", form)
    [code] = text_of(receipt.text, "//*[@class='receipt-code']")
    assert text_of(clerk.post("/cases/new/", form).text, "//*[@class='receipt-code']") == [code]
    with store(desk) as session:
        tip = stages.find_by_code(session, b"s" * 32, code)
        assert tip is not None
        assert (tip.number, tip.channel.value) == (1, "phone")
    assert told(desk, 1)[0][0] == "甲"


# Those who have nothing to do with tips


@pytest.mark.parametrize("role", [Role.EDITOR, Role.AUDITOR, Role.ADMINISTRATOR])
def test_other_roles_see_no_tip(seats: Seats, desk: Flask, office: Office, clock: Clock, role: Role) -> None:
    store_tip(desk, office)
    member = enter(desk, clock, role)
    assert ACCUSED not in member.client.get("/").text
    assert member.client.get("/cases/1/").status_code == 403


def test_the_auditor_reads_the_log_and_whether_it_holds_but_no_content(
    seats: Seats, desk: Flask, office: Office, clock: Clock
) -> None:
    store_tip(desk, office)
    seats["甲"].post("/cases/1/claim")
    seats["甲"].post("/cases/1/open")
    auditor = enter(desk, clock, Role.AUDITOR)
    page = auditor.client.get("/log/").text
    assert "链条完整" in page
    assert ["甲（办理人）", "打开内容", "tip/1"] in [row[2:5] for row in rows_in(page)]
    assert REPORTED["story"] not in page
    only = rows_in(auditor.client.get("/log/?event=claimed&actor=甲&subject=tip/1").text)
    assert [row[1:4] for row in only] == [["2026-06-01 12:00", "甲（办理人）", "认领"]]
    assert rows_in(auditor.client.get("/log/?event=nonsense").text) == []
    with store(desk) as session:
        session.execute(text("DROP TRIGGER ledger_no_update"))
        session.execute(text("UPDATE ledger SET actor = '乙' WHERE event = 'opened'"))
        session.commit()
    assert "日志被改动过" in auditor.client.get("/log/").text


def test_an_error_at_the_desk_looks_like_the_desk_and_leads_back_to_it(seats: Seats) -> None:
    answer = seats["甲"].client.get("/nothing-here")
    assert answer.status_code == 404
    page = lxml.html.fromstring(answer.text)
    assert "没有找到这一页" in page.xpath("string(//h1)")
    assert page.xpath("//header//a[@class='brand']/@href") == ["/"]
    assert not page.xpath("//form[@role='search']")


def test_without_its_database_the_desk_says_that_it_is_closed_for_now(
    settings: Settings, desk: Flask, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = hire(desk, clock, Role.HANDLER)
    with desk.app_context():
        db.engine.dispose()
    lose(settings.instance / "tips.db")
    answer = clerk.log_in()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "暂时不能使用" in answer.text
    assert clerk.password not in caplog.text


def test_a_store_that_goes_while_somebody_works_is_told_on_a_page(
    seats: Seats, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_store(session: Session, *_: object) -> None:
        # What was read of whoever is logged in is read again after this, on a connection that is gone.
        session.commit()
        session.connection().invalidate()
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(queue, "rows", lose_the_store)
    answer = seats["甲"].client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "暂时不能使用" in answer.text
    assert "退出" not in answer.text


def lose(path: Path) -> None:
    """What a wrong mount does: where the file was there is a folder."""
    path.unlink()
    path.mkdir()
