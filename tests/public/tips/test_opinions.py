"""Opinions on drafts: as protected as tips, open as long as the consultation is, and never lost."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lxml.html  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from openbureau.cli import main
from openbureau.config import Settings
from openbureau.database import audit_log, db
from openbureau.tips import opinions
from openbureau.tips.opinions import MAX_CHARACTERS, Opinion
from openbureau.tips.sealing import CannotOpen
from support.makers import main_part, words
from support.site import NOON, Clock, Keys
from support.tip_client import solved

ADDRESS = "/opinions/after-school-care/"
SAID = {"clause": "第二条", "opinion": "出口数量应当分大小。\n小场所一个就够。", "contact": ""}

pytestmark = pytest.mark.usefixtures("keys")


def form(client: FlaskClient, **changes: str) -> dict[str, str]:
    """What a browser sends: the form as it is, filled in, its puzzle solved."""
    page = lxml.html.fromstring(client.get(ADDRESS).text)
    fields: dict[str, str] = dict(page.get_element_by_id("send-form").form_values())
    return {**fields, **SAID, "proof": solved(fields["challenge"]), **changes}


def stored(app: Flask) -> list[Opinion]:
    with app.app_context():
        return opinions.list_opinions(db.session())


def test_an_opinion_is_sealed_stored_and_told_in_the_log(app: Flask, client: FlaskClient, keys: Keys) -> None:
    answer = client.post(ADDRESS, data=form(client))
    assert answer.status_code == 200
    assert "意见已收到" in words(main_part(answer.text))
    (opinion,) = stored(app)
    assert (opinion.consultation, str(opinion.received_on)) == ("after-school-care", "2026-06-01")
    assert "出口".encode() not in opinion.body
    with app.app_context():
        assert opinions.read(db.session(), 1, keys.private, NOON, "somebody") == {"version": 1, **SAID}
        with pytest.raises(CannotOpen):
            opinions.read(db.session(), 1, keys.custodian.private, NOON, "somebody")
        entry, _opened = audit_log.entries_of(db.session(), "opinion/1")
        assert (entry.event, entry.actor, entry.at) == ("opinion-received", "submitter", "2026-06-01")


def test_nothing_of_the_visitor_and_of_what_was_said_is_on_the_disk(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    client.post(ADDRESS, data=form(client), headers={"User-Agent": "NobodyElse/1"})
    kept = b"".join(path.read_bytes() for path in settings.instance.glob("*") if path.is_file())
    for trace in ("出口数量", "第二条", "NobodyElse", "127.0.0.1"):
        assert trace.encode() not in kept


def test_the_same_form_is_one_opinion_however_often_it_is_sent(app: Flask, client: FlaskClient) -> None:
    sent = form(client)
    client.post(ADDRESS, data=sent)
    again = client.post(ADDRESS, data={**sent, "opinion": "另外一条意见"})
    assert "刚才已经提交过" in words(main_part(again.text))
    assert len(stored(app)) == 1


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"opinion": "好"}, "opinion", "至少5个字"),
        ({"opinion": "长" * 3001}, "opinion", "请删减1字"),
        ({"clause": "条" * 61}, "clause", "最多60字"),
        ({"website": "x"}, "website", "不该填写的空格"),
        ({"proof": "", "answer": "99"}, "answer", "加法题"),
        ({"challenge": "forged"}, "answer", "换了一道题"),
        ({"form": "forged"}, "form", "换了一张"),
    ],
)
def test_what_is_wrong_is_told_beside_the_field_and_nothing_is_lost(
    app: Flask, client: FlaskClient, changes: dict[str, str], field: str, told: str
) -> None:
    sent = form(client, **changes)
    answer = client.post(ADDRESS, data=sent)
    assert answer.status_code == 422
    assert told in words(main_part(answer.text))
    page = lxml.html.fromstring(answer.text)
    if field in MAX_CHARACTERS:
        assert page.get_element_by_id(field).get("aria-invalid") == "true"
    kept = dict(page.get_element_by_id("send-form").form_values())
    assert (kept["opinion"].strip(), kept["clause"]) == (sent["opinion"], sent["clause"])
    assert stored(app) == []


def test_whoever_has_no_scripts_does_a_sum_instead(app: Flask, client: FlaskClient, clock: Clock) -> None:
    text = client.get(ADDRESS).text
    fields: dict[str, Any] = dict(lxml.html.fromstring(text).get_element_by_id("send-form").form_values())
    numbers = "零一二三四五六七八九"
    first, second = re.findall(f"([{numbers}])加([{numbers}])等于几", text)[0]
    total = str(numbers.index(first) + numbers.index(second))
    clock.now = clock.now.replace(second=30)
    assert client.post(ADDRESS, data={**fields, **SAID, "answer": total}).status_code == 200
    assert len(stored(app)) == 1


def test_outside_of_its_days_there_is_no_form(client: FlaskClient, clock: Clock) -> None:
    for month, day in ((5, 5), (6, 11)):
        clock.now = datetime(2026, month, day, 4, tzinfo=UTC)
        assert client.get(ADDRESS).status_code == 404
        assert ADDRESS not in client.get("/consultations/after-school-care/").text


def test_an_opinion_that_comes_after_midnight_is_not_taken_and_not_lost(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    clock.now = datetime(2026, 6, 10, 15, 50, tzinfo=UTC)
    sent = form(client)
    clock.now = datetime(2026, 6, 10, 16, 10, tzinfo=UTC)
    answer = client.post(ADDRESS, data=sent)
    assert answer.status_code == 422
    assert "不在征求意见的期限内" in words(main_part(answer.text))
    assert SAID["opinion"].splitlines()[0] in answer.text
    assert stored(app) == []


def test_the_page_of_the_draft_leads_to_the_form_while_it_is_open(client: FlaskClient) -> None:
    page = main_part(client.get("/consultations/after-school-care/").text)
    assert ADDRESS in page.xpath(".//a[@class='button']/@href")
    assert client.get("/opinions/prepayment/").status_code == 404, "that one has ended"
    assert client.get("/opinions/nothing/").status_code == 404


def test_the_form_is_kept_by_nobody_and_sets_nothing(client: FlaskClient) -> None:
    for answer in (client.get(ADDRESS), client.post(ADDRESS, data=form(client))):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"


def test_another_site_cannot_send_the_form(app: Flask, client: FlaskClient) -> None:
    answer = client.post(ADDRESS, data=form(client), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert stored(app) == []


def test_without_recipients_the_form_is_closed_and_what_was_typed_stays(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    sent = form(client)
    settings.recipients_file.unlink()
    assert client.get(ADDRESS).status_code == 503
    answer = client.post(ADDRESS, data=sent)
    assert answer.status_code == 503
    assert "内容没有丢失" in answer.text
    assert SAID["opinion"].splitlines()[0] in answer.text


def test_a_database_that_cannot_be_written_loses_nothing(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = form(client)

    def full(*args: object, **kwargs: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(opinions, "submit", full)
    answer = client.post(ADDRESS, data=sent)
    assert answer.status_code == 503
    assert SAID["opinion"].splitlines()[0] in answer.text


def test_the_commands_list_and_open_opinions(
    app: Flask, client: FlaskClient, keys: Keys, settings: Settings, tmp_path: Path
) -> None:
    client.post(ADDRESS, data=form(client))
    key = tmp_path / "key.txt"
    key.write_text(keys.private, encoding="utf-8")
    environment = {"OPENBUREAU_INSTANCE": str(settings.instance)}
    listed = CliRunner().invoke(main, ["tips", "opinions"], env=environment)
    assert listed.output == "1\tafter-school-care\t2026-06-01\n"
    opened = CliRunner().invoke(main, ["tips", "opinion", "1", "--key", str(key)], env=environment)
    assert "opinion: 出口数量应当分大小。\n    小场所一个就够。" in opened.output
    with app.app_context():
        _, entry = audit_log.entries_of(db.session(), "opinion/1")
        assert (entry.event, entry.role) == ("opinion-opened", "system"), "the log tells who opened what"
        assert entry.actor.startswith("cli:")
    missing = CliRunner().invoke(main, ["tips", "opinion", "2", "--key", str(key)], env=environment)
    assert (missing.exit_code, "没有第2号意见" in missing.output) == (1, True)


def test_an_opinion_changed_behind_the_log_s_back_is_noticed(app: Flask, client: FlaskClient) -> None:
    client.post(ADDRESS, data=form(client))
    with app.app_context():
        session = db.session()
        before = audit_log.state(session, "opinion/1")
        assert audit_log.entries_of(session, "opinion/1")[-1].digest == before
        opinion = session.scalars(select(Opinion)).one()
        opinion.consultation = "prepayment"
        session.flush()
        assert audit_log.state(session, "opinion/1") != before
        session.rollback()
