"""Opinions on drafts at the desk: counted, opened with a key and a trace, answered, taken out as a table."""

from pathlib import Path

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask

from openbureau.config import Settings
from openbureau.database import audit_log, db
from openbureau.library.documents.consultation_results import OUTCOMES, read_results
from openbureau.staff import Role
from openbureau.tips import opinions, receipt_codes
from openbureau.tips.opinions import OpinionAnswer, OpinionOutcome, WrittenOpinion
from openbureau.tips.verify import prove
from support.desk_makers import SECRET, Office, Seats, text_of
from support.desk_visitors import enter
from support.site import NOON, Clock

BOX = "/consultation-opinions/"
DRAFT = f"{BOX}after-school-care/"
SAID = "出口数量应当分大小，小场所一个就够。"
ADOPTED = {"clause": "第二条", "gist": "按面积定出口数量", "outcome": "adopted", "reason": ""}
DECLINED = {"clause": "", "gist": "延后施行", "outcome": "declined", "reason": "学期开始前要施行"}


@pytest.fixture
def seats(seats: Seats, desk: Flask, office: Office) -> Seats:
    """Everybody at their place, with keys unlocked, and three opinions in the box."""
    with desk.app_context():
        for text in (SAID, "同样认为小场所一个出口就够。", "请延后到明年施行。"):
            written = WrittenOpinion("第二条", text, "0763-1234567", "")
            form = receipt_codes.new_form_id()
            day = NOON.date()
            opinions.submit(db.session(), SECRET, form, "after-school-care", written, office.recipients, day)
    return seats


def told(desk: Flask, subject: str) -> list[tuple[str, str, str]]:
    """Who did what to a subject of the log."""
    with desk.app_context():
        return [
            (each.actor, each.event, each.detail) for each in audit_log.entries_of(db.session(), subject)
        ][1:]


def test_every_consultation_stands_there_with_its_last_day_and_what_came(seats: Seats) -> None:
    page = seats["甲"].client.get(BOX).text
    assert text_of(page, "//tbody/tr") == [
        "示例市课后看护管理办法（征求意见稿） 2026年6月10日 正在征求意见 3条 0条",
        "示例市预收费监管通知（征求意见稿） 2026年2月10日 已印发 0条 0条",
    ]
    page = seats["甲"].client.get(DRAFT).text
    assert "2026年6月10日截止，收到3条意见，已处理0条" in page
    assert text_of(page, "//tbody/tr/th") == ["1", "2", "3"]
    assert "下载结果表" not in page
    assert seats["甲"].client.get(f"{BOX}nothing/").status_code == 404


def test_pages_show_nothing_sealed_until_it_is_opened_and_opening_is_told_to_the_log(
    seats: Seats, desk: Flask
) -> None:
    for address in (BOX, DRAFT):
        assert "出口" not in seats["甲"].client.get(address).text
    assert told(desk, "opinion/1") == []
    opened = seats["甲"].post(f"{BOX}1/open")
    assert SAID in opened.text
    assert "0763-1234567" in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    assert told(desk, "opinion/1") == [("甲", "opinion-opened", "{}")]
    assert seats["甲"].client.get(f"{BOX}1/open").status_code == 405, "a mere visit opens nothing"
    assert seats["甲"].post(f"{BOX}9/open").status_code == 404


def test_with_a_locked_key_nothing_opens_and_nothing_is_told(seats: Seats, desk: Flask) -> None:
    seats["甲"].post(f"{BOX}1/answer", ADOPTED)
    seats["甲"].post("/lock")
    assert "请先解锁您的密钥" in seats["甲"].client.get(DRAFT).text
    before = told(desk, "opinion/1")
    for address in (f"{BOX}1/open", f"{DRAFT}results"):
        assert seats["甲"].post(address).status_code == 423
    assert told(desk, "opinion/1") == before
    assert told(desk, "consultation/after-school-care") == []


def test_only_handlers_whom_the_signed_set_names_open_opinions(
    seats: Seats, desk: Flask, clock: Clock
) -> None:
    others = [role for role in Role if role is not Role.HANDLER]
    for role in others:
        member = enter(desk, clock, role, name=f"other-{role.value}")
        assert member.client.get(BOX).status_code == 403
        assert member.post(f"{BOX}1/open").status_code == 403
    stranger = enter(desk, clock, Role.HANDLER, name="新来")
    assert "您不在接收人名册的办理人之中" in stranger.client.get(DRAFT).text
    for address in (f"{BOX}1/open", f"{BOX}1/answer", f"{BOX}1/same", f"{DRAFT}results"):
        assert stranger.post(address, ADOPTED).status_code == 403
    assert {event for _, event, _ in told(desk, "opinion/1")} == {"refused"}


def test_an_answer_is_sealed_and_stands_in_the_list_and_in_the_log(
    seats: Seats, desk: Flask, settings: Settings
) -> None:
    assert seats["甲"].post(f"{BOX}1/answer", DECLINED).status_code == 303
    page = seats["乙"].client.get(DRAFT).text
    assert "1 2026年6月1日 未采纳 打开" in text_of(page, "//tbody/tr")
    assert "已处理1条" in page
    assert told(desk, "opinion/1") == [("甲", "opinion-answered", '{"outcome":"declined"}')]
    assert DECLINED["reason"].encode() not in (settings.instance / "tips.db").read_bytes()
    opened = lxml.html.fromstring(seats["乙"].post(f"{BOX}1/open").text)
    form: dict[str, str] = dict(opened.xpath("//form[contains(@action, '/answer')]")[0].form_values())
    assert {name: form[name] for name in DECLINED} == DECLINED
    with desk.app_context():
        assert list(prove(db.session())) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": ""}, "请选择采纳、部分采纳还是未采纳"),
        ({"outcome": "partly", "reason": " "}, "部分采纳的，请写明理由"),
        ({"gist": ""}, "概括意见"),
        ({"gist": "长" * 301}, "请删减1字"),
        ({"reason": "=1+1"}, "表格软件会当成公式"),
        ({"reason": "请打13800138000"}, "身份证号或者手机号"),
    ],
)
def test_what_is_wrong_is_told_and_all_that_was_typed_stays(
    seats: Seats, desk: Flask, changes: dict[str, str], message: str
) -> None:
    sent = {**DECLINED, "clause": "第三条", **changes}
    answer = seats["甲"].post(f"{BOX}1/answer", sent)
    assert answer.status_code == 422
    assert message in answer.text
    page = lxml.html.fromstring(answer.text)
    kept = dict(page.xpath("//form[contains(@action, '/answer')]")[0].form_values())
    wanted = {name: value.strip() for name, value in sent.items() if value}
    assert {name: kept[name].strip() for name in wanted} == wanted
    assert told(desk, "opinion/1") == []


def test_the_table_is_what_content_takes_with_equal_answers_in_one_row(
    seats: Seats, desk: Flask, tmp_path: Path
) -> None:
    seats["甲"].post(f"{BOX}1/answer", ADOPTED)
    offered = lxml.html.fromstring(seats["甲"].post(f"{BOX}2/open").text)
    assert offered.xpath("//select[@name='same']/option/@value") == ["", "1"]
    assert seats["甲"].post(f"{BOX}2/same", {"same": "1"}).status_code == 303
    assert "还有1条没有处理" in seats["甲"].client.get(DRAFT).text
    seats["甲"].post(f"{BOX}3/answer", DECLINED)
    answer = seats["甲"].post(f"{DRAFT}results")
    assert "results.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    file = tmp_path / "results.csv"
    file.write_bytes(answer.data)
    table = read_results(file, "results.csv")
    assert table.problems == []
    assert [(row.clause, row.opinion, row.count, row.outcome, row.reason) for row in table.rows] == [
        ("第二条", "按面积定出口数量", 2, "采纳", ""),
        ("", "延后施行", 1, "未采纳", "学期开始前要施行"),
    ]
    with desk.app_context():
        (entry,) = audit_log.entries_of(db.session(), "consultation/after-school-care")
    assert (entry.actor, entry.event, entry.detail) == ("甲", "opinions-taken-out", '{"opinions":3}')


def test_only_an_answer_on_the_same_draft_can_be_used_again(
    seats: Seats, desk: Flask, office: Office
) -> None:
    with desk.app_context():
        written = WrittenOpinion("", "另一个草案的意见", "", "")
        form, day = receipt_codes.new_form_id(), NOON.date()
        opinions.submit(db.session(), SECRET, form, "prepayment", written, office.recipients, day)
    seats["甲"].post(f"{BOX}4/answer", ADOPTED)
    for other in ("4", "2", "99", "x", ""):
        assert seats["甲"].post(f"{BOX}1/same", {"same": other}).status_code == 422
    assert told(desk, "opinion/1") == []


def test_what_a_key_does_not_open_is_said_and_no_table_lacks_a_row_unseen(
    seats: Seats, desk: Flask, office: Office
) -> None:
    seats["甲"].post(f"{BOX}1/answer", ADOPTED)
    seats["甲"].post(f"{BOX}2/answer", DECLINED)
    keys = desk.extensions["openbureau-unlocked"]
    keys.keep(seats["乙"].cookie(), office.keys["保管"].private, NOON)
    for address in (f"{BOX}1/open", f"{DRAFT}results"):
        answer = seats["乙"].post(address)
        assert (answer.status_code, "打不开" in answer.text) == (422, True)
    assert told(desk, "consultation/after-school-care") == []


def test_opinions_on_a_draft_that_left_the_site_are_still_there(
    seats: Seats, desk: Flask, office: Office
) -> None:
    with desk.app_context():
        form, day = receipt_codes.new_form_id(), NOON.date()
        written = WrittenOpinion("", "草案已经不在了", "", "")
        opinions.submit(db.session(), SECRET, form, "gone", written, office.recipients, day)
    assert "gone 未公布 页面已不在网站上 1条 0条" in text_of(seats["甲"].client.get(BOX).text, "//tbody/tr")
    assert seats["甲"].client.get(f"{BOX}gone/").status_code == 200
    assert "草案已经不在了" in seats["甲"].post(f"{BOX}4/open").text


def test_the_log_page_tells_it_in_words(seats: Seats, desk: Flask, clock: Clock) -> None:
    seats["甲"].post(f"{BOX}1/open")
    seats["甲"].post(f"{BOX}1/answer", DECLINED)
    seats["甲"].post(f"{DRAFT}results")
    page = enter(desk, clock, Role.AUDITOR).client.get("/log/").text
    rows = " / ".join(text_of(page, "//tbody/tr"))
    for words in ("打开对草案的意见", "写下对意见的处理（未采纳）", "下载意见处理结果表（意见1）"):
        assert words in rows


def test_the_outcomes_of_the_desk_are_those_of_the_published_table() -> None:
    assert tuple(each.label for each in OpinionOutcome) == OUTCOMES
    assert "延后" not in repr(OpinionAnswer.from_form(DECLINED)), "no traceback shows what was written"
