"""What the holder of a receipt code does afterwards: answers, adds, withdraws, becomes named, rates."""

import io
from datetime import UTC, date, datetime

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.database import audit_log, db
from openbureau.tips import receipt_codes
from openbureau.tips.casework import dossier, messages, stages
from openbureau.tips.model import (
    Action,
    Conclusion,
    DeclineReason,
    MessageKind,
    Stage,
    Tip,
    TipEventKind,
    subject,
)
from support.attachment_makers import jpeg, pdf
from support.site import NOON, Clock, Keys
from support.tip_client import ANONYMOUS, NAMED, code_in, encoded, submit

TODAY = NOON.date()


def asked(client: FlaskClient, path: str, code: str, **fields: object) -> TestResponse:
    """What the page answers to one of its forms."""
    return client.post(f"/tip-off/status{path}", data={"code": code, **fields})


def said_with_files(
    client: FlaskClient, code: str, text: str, *files: tuple[io.BytesIO, str], **fields: object
) -> TestResponse:
    boundary, body = encoded({"code": code, "text": text, **fields, "files": list(files)})
    return client.post(
        "/tip-off/status/say", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def words(answer: TestResponse) -> str:
    return " ".join(lxml.html.fromstring(answer.text).xpath("string(//main)").split())


def move(app: Flask, *course: Stage, number: int = 1) -> None:
    with app.app_context():
        for stage in course:
            stages.move(db.session(), number, stage, NOON, TODAY, "clerk", "handler")


def write(app: Flask, keys: Keys, kind: MessageKind, text: str, number: int = 1) -> None:
    """A message of the staff."""
    with app.app_context():
        session = db.session()
        with audit_log.change(session, audit_log.minute(NOON), "clerk", "handler") as change:
            tip = stages.locked(session, number)
            sealer = messages.sealer(keys.recipients("甲市教育局"), tip, kind)
            messages.store(session, change, tip, kind, True, TODAY, text, sealer)


def state(app: Flask, number: int = 1) -> tuple[Stage, list[TipEventKind]]:
    with app.app_context():
        tip = stages.get(db.session(), number)
        return tip.stage, [event.event for event in tip.events]


def read_by_handler(app: Flask, keys: Keys, number: int = 1) -> list[tuple[str, str]]:
    with app.app_context():
        tip = stages.get(db.session(), number)
        told = [(each, messages.read(each, keys.handler.private)) for each in tip.messages]
        return [(message.kind.value, str(document["text"])) for message, document in told]


def test_a_question_is_answered_with_the_code_and_the_tip_goes_on(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    code = code_in(submit(client))
    move(app, Stage.SCREENING, Stage.AWAITING)
    write(app, keys, MessageKind.QUESTION, "请问是哪一天？")
    write(app, keys, MessageKind.NOTE, "内部记录不给人看")
    page = asked(client, "", code)
    assert "请问是哪一天？" in words(page)
    assert "回答工作人员的提问" in words(page)
    assert "内部记录" not in page.text
    answer = asked(client, "/say", code, text="五月二十日下午。")
    assert (answer.status_code, "已经收到" in words(answer)) == (200, True)
    assert "五月二十日下午。" in words(answer)
    assert state(app)[0] is Stage.SCREENING
    assert read_by_handler(app, keys)[-1] == ("answer", "五月二十日下午。")
    assert "您的答复" in words(asked(client, "", code))


def test_what_staff_write_is_readable_with_the_code_of_its_tip_only(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    codes = [code_in(submit(client)), code_in(submit(client))]
    write(app, keys, MessageKind.REPLY, "已经退款。", number=1)
    assert "已经退款。" in words(asked(client, "", codes[0]))
    assert "已经退款。" not in words(asked(client, "", codes[1]))
    with app.app_context():
        [message] = stages.get(db.session(), 1).messages
        assert "已经退款".encode() not in message.sealed
        assert messages.read(message, receipt_codes.reply_identity(codes[0]))["text"] == "已经退款。"
        with pytest.raises(dossier.CannotOpen):
            messages.read(message, receipt_codes.reply_identity(codes[1]))


def test_evidence_may_be_added_at_any_time_and_its_photographs_are_cleaned(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    code = code_in(submit(client))
    answer = said_with_files(
        client, code, "补充一张照片", (io.BytesIO(jpeg()), "现场.jpg"), keep_originals="yes"
    )
    assert answer.status_code == 200
    assert "现场.jpg" in words(answer)
    assert state(app) == (Stage.RECEIVED, [TipEventKind.SUBMITTED, TipEventKind.ADDED])
    with app.app_context():
        tip = stages.get(db.session(), 1)
        assert len(tip.attachments) == 1
        told = messages.read(tip.messages[0], keys.handler.private)["files"]
        assert told[0]["cleaned"] is True  # type: ignore[index]


def test_something_new_after_the_answer_brings_a_tip_back_to_triage(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    code = code_in(submit(client))
    move(app, Stage.SCREENING, Stage.ACCEPTED, Stage.INVESTIGATING, Stage.CONCLUDED, Stage.ANSWERED)
    assert "补充以后会重新审核" in words(asked(client, "", code))
    assert asked(client, "/say", code, text="又罚了一次。").status_code == 200
    stage, events = state(app)
    assert (stage, events[-1]) == (Stage.SCREENING, TipEventKind.ADDED)


def test_the_same_words_posted_again_are_stored_once(client: FlaskClient, app: Flask, keys: Keys) -> None:
    code = code_in(submit(client))
    file = lambda: (io.BytesIO(pdf()), "决定书.pdf")  # noqa: E731
    first = said_with_files(client, code, "补充", file())
    again = said_with_files(client, code, "补充", file())
    assert "已经收到" in words(first)
    assert "没有重复保存" in words(again)
    assert len(read_by_handler(app, keys)) == 1
    assert "已经收到，工作人员" in words(said_with_files(client, code, "补充"))
    assert len(read_by_handler(app, keys)) == 2


@pytest.mark.parametrize(("text", "said"), [("", "请写几句话"), ("长" * 5001, "删减 1 字")])
def test_an_addition_that_cannot_be_taken_is_told_and_stays_on_the_page(
    client: FlaskClient, app: Flask, keys: Keys, text: str, said: str
) -> None:
    code = code_in(submit(client))
    refused = asked(client, "/say", code, text=text)
    assert refused.status_code == 422
    assert said in lxml.html.fromstring(refused.text).xpath("string(//*[@id='text-error'])")
    assert lxml.html.fromstring(refused.text).xpath("string(//textarea)").strip() == text
    assert read_by_handler(app, keys) == []


def test_a_bad_file_leaves_the_words_on_the_page(client: FlaskClient, app: Flask, keys: Keys) -> None:
    code = code_in(submit(client))
    refused = said_with_files(client, code, "补充说明", (io.BytesIO(b"MZ" + bytes(5000)), "坏.pdf"))
    assert refused.status_code == 422
    assert "坏.pdf" in lxml.html.fromstring(refused.text).xpath("string(//*[@id='files-error'])")
    assert "补充说明" in refused.text
    assert read_by_handler(app, keys) == []


def test_a_tip_is_withdrawn_after_a_tick_and_then_is_over(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    code = code_in(submit(client))
    assert asked(client, "/withdraw", code).status_code == 422
    assert state(app)[0] is Stage.RECEIVED
    answer = asked(client, "/withdraw", code, sure="yes")
    assert "已经撤回" in words(answer)
    assert state(app)[0] is Stage.WITHDRAWN
    for path, fields in (
        ("/withdraw", {"sure": "yes"}),
        ("/say", {"text": "还有"}),
        ("/rate", {"rating": "5"}),
        ("/name", {"name": "某某", "contact": "0763-1234567"}),
    ):
        assert asked(client, path, code, **fields).status_code == 422, path
    page = asked(client, "", code)
    assert not lxml.html.fromstring(page.text).xpath("//form[contains(@action, '/status/')]")


def test_an_anonymous_submitter_may_step_forward_and_only_the_custodian_reads_who(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    code = code_in(submit(client))
    who = {name: NAMED[name] for name in ("name", "contact", "company", "uscc")}
    refused = asked(client, "/name", code, **{**who, "contact": "没有"})
    assert refused.status_code == 422
    assert lxml.html.fromstring(refused.text).xpath("string(//input[@name='name']/@value)") == "某某"
    answer = asked(client, "/name", code, **who)
    assert "已经改为实名" in words(answer)
    assert state(app)[1][-1] is TipEventKind.NAMED
    with app.app_context():
        tip = stages.get(db.session(), 1)
        identity = dossier.open_identity(tip, keys.custodian.private)
        assert identity is not None
        assert identity["contact"] == "0763-1234567"
        with pytest.raises(dossier.CannotOpen):
            dossier.open_identity(tip, keys.handler.private)
    assert "改为实名" not in words(asked(client, "", code)).split("办理经过")[0]
    assert asked(client, "/name", code, **who).status_code == 422
    assert "改为实名" not in words(asked(client, "", code_in(submit(client, NAMED))))


def test_an_answer_can_be_rated_and_the_rating_changed(client: FlaskClient, app: Flask, keys: Keys) -> None:
    code = code_in(submit(client))
    assert asked(client, "/rate", code, rating="5").status_code == 422
    move(app, Stage.SCREENING, Stage.ACCEPTED, Stage.INVESTIGATING, Stage.CONCLUDED, Stage.ANSWERED)
    for wrong in ("", "0", "6", "很好", "٣"):
        assert asked(client, "/rate", code, rating=wrong).status_code == 422, wrong
    for rating in (5, 2):
        assert "评价已经记下" in words(asked(client, "/rate", code, rating=rating))
        with app.app_context():
            assert stages.get(db.session(), 1).rating == rating
    assert "已经评价：不满意" in words(asked(client, "", code))
    assert state(app)[1].count(TipEventKind.RATED) == 1


def change(app: Flask, number: int, **values: object) -> None:
    with app.app_context():
        session = db.session()
        with audit_log.change(session, audit_log.minute(NOON), "clerk", "handler") as made:
            tip = stages.locked(session, number)
            for name, value in values.items():
                setattr(tip, name, value)
            made.log("changed", subject(number))


def test_a_refusal_tells_its_reason_and_the_way_that_remains(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    code = code_in(submit(client))
    move(app, Stage.SCREENING, Stage.DECLINED)
    change(app, 1, decline_reason=DeclineReason.OUT_OF_SCOPE)
    write(app, keys, MessageKind.REASON, "这是市场监管部门的罚款。")
    said = words(asked(client, "", code))
    for word in (DeclineReason.OUT_OF_SCOPE.label, "12345", "这是市场监管部门的罚款。"):
        assert word in said, word


def test_a_conclusion_is_shown_when_it_is_answered_and_not_before(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    code = code_in(submit(client))
    move(app, Stage.SCREENING, Stage.ACCEPTED, Stage.INVESTIGATING, Stage.CONCLUDED)
    change(app, 1, conclusion=Conclusion.PARTLY, action=Action.REFUND)
    assert "部分属实" not in words(asked(client, "", code))
    move(app, Stage.ANSWERED)
    assert "核查结论：部分属实；处理：纠正并退款" in words(asked(client, "", code))


def test_a_merged_tip_shows_how_the_other_goes_on_and_nothing_it_says(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    parent, child = code_in(submit(client)), code_in(submit(client))
    write(app, keys, MessageKind.QUESTION, "只问第一位", number=1)
    move(app, Stage.SCREENING, Stage.MERGED, number=2)
    change(app, 2, merged_into=1)
    move(app, Stage.SCREENING, Stage.ACCEPTED, Stage.INVESTIGATING, number=1)
    said = words(asked(client, "", child))
    assert "合并办理的线索现在是：核查中" in said
    assert "（合并办理）核查中" in said
    assert "只问第一位" not in said
    assert "只问第一位" in words(asked(client, "", parent))


def test_each_step_is_in_the_log_with_its_day_and_no_hour(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock
) -> None:
    code = code_in(submit(client))
    clock.now = datetime(2026, 6, 3, 9, 17, tzinfo=UTC)
    asked(client, "/say", code, text="补充")
    asked(client, "/name", code, name="某某", contact="0763-1234567")
    asked(client, "/withdraw", code, sure="yes")
    with app.app_context():
        entries = audit_log.entries_of(db.session(), subject(1))
        assert [entry.event for entry in entries] == ["submitted", "message", "named", "withdrawn"]
        assert {entry.at for entry in entries} == {"2026-06-01", "2026-06-03"}
        assert {entry.actor for entry in entries} == {audit_log.SUBMITTER}
        assert audit_log.check_chain(db.session()) is None
        assert [message.day for message in stages.get(db.session(), 1).messages] == [date(2026, 6, 3)]


def test_answers_are_of_one_length_whatever_they_say(client: FlaskClient, app: Flask, keys: Keys) -> None:
    code = code_in(submit(client))
    unknown = receipt_codes.code_for(b"x" * 32, receipt_codes.new_form_id())
    lengths = [len(asked(client, "", each).data) for each in (unknown, code, "slip")]
    move(app, Stage.SCREENING, Stage.ACCEPTED)
    lengths.append(len(asked(client, "", code).data))
    write(app, keys, MessageKind.QUESTION, "请问？" * 50)
    lengths.append(len(asked(client, "", code).data))
    assert set(lengths) == {32 * 1024}


@pytest.mark.parametrize("path", ["", "/say", "/withdraw", "/name", "/rate"])
def test_without_a_right_code_nothing_is_shown_or_done(
    client: FlaskClient, app: Flask, keys: Keys, path: str
) -> None:
    submit(client)
    unknown = receipt_codes.code_for(b"x" * 32, receipt_codes.new_form_id())
    for typed in ("", "x", unknown):
        answer = asked(client, path, typed, text="x", sure="yes", rating="5", **{"name": "a"})
        assert answer.status_code == 422
        assert lxml.html.fromstring(answer.text).xpath("//*[@id='code-error']")
    assert state(app) == (Stage.RECEIVED, [TipEventKind.SUBMITTED])


def test_the_submitter_of_a_tip_about_the_receiver_is_sealed_past_its_handlers(
    client: FlaskClient, app: Flask, keys: Keys
) -> None:
    code = code_in(submit(client, {**ANONYMOUS, "unit": "清远市教育局"}))
    asked(client, "/say", code, text="补充")
    with app.app_context():
        tip: Tip = stages.get(db.session(), 1)
        receiver = keys.recipients(tip.unit).receiver
        readers = {True: [keys.independent], False: [keys.handler, keys.independent]}[tip.unit == receiver]
        for pair in readers:
            assert messages.read(tip.messages[0], pair.private)["text"] == "补充"
