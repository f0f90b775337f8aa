"""Deadlines in a calendar (RFC 5545): what programs can read, the same on every machine."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from openbureau.formats.icalendar import CalendarEvent, calendar
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Shelf
from support.makers import PENALTIES, PENALTY, set_fields, texts, visitor, write_register

DEADLINE = CalendarEvent(
    uid="notices/loans@openbureau.example",
    day=date(2026, 12, 31),
    title="提示适用到这一天：当心培训贷",
    text="不要贷款交学费。",
    link="https://bureau.example/notices/loans/",
    told_at=datetime(2026, 4, 4, 0, 30, tzinfo=UTC),
)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def unfolded(data: bytes) -> list[str]:
    """The content lines; a line that RFC 5545 does not allow fails the test."""
    assert data.endswith(b"\r\n")
    lines = data.split(b"\r\n")[:-1]
    assert all(len(line) <= 75 for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    for line in lines:
        line.decode()  # no character is cut apart
    return data.decode().replace("\r\n ", "").split("\r\n")[:-1]


def events(data: bytes) -> list[dict[str, str]]:
    """The events of a calendar as properties by name, parameters dropped, texts as they were meant."""
    lines = unfolded(data)
    assert (lines[0], lines[1], lines[-1]) == ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR")
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found:
            found[-1][name.partition(";")[0]] = plain(value)
    return found


def plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)


def fetched(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    assert answer.content_type == "text/calendar; charset=utf-8"
    return events(answer.data)


# The format


def test_a_deadline_is_a_whole_day_that_takes_nobody_s_time() -> None:
    (event,) = events(calendar("截止日期", [DEADLINE]))
    assert event["UID"] == "notices/loans@openbureau.example"
    assert (event["DTSTART"], event["DTEND"]) == ("20261231", "20270101")
    assert event["DTSTAMP"] == "20260404T003000Z"
    assert event["SUMMARY"] == "提示适用到这一天：当心培训贷"
    assert event["URL"] == "https://bureau.example/notices/loans/"
    assert event["TRANSP"] == "TRANSPARENT"


def test_a_calendar_without_deadlines_is_one_all_the_same() -> None:
    lines = unfolded(calendar("截止日期", []))
    assert "BEGIN:VTIMEZONE" in lines, "a calendar has at least one component"
    assert "BEGIN:VEVENT" not in lines


@given(st.text(max_size=200))
def test_any_text_comes_back_as_it_was_but_for_control_characters(text: str) -> None:
    deadline = CalendarEvent(**{**vars(DEADLINE), "title": text, "text": text})
    (event,) = events(calendar("截止日期", [deadline]))
    kept = re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    assert event["SUMMARY"] == event["DESCRIPTION"] == kept


# What the site has


def test_the_deadlines_are_those_of_notices_consultations_and_documents(
    content: Path, tmp_path: Path
) -> None:
    set_fields(content / "policies/prepayment.md", validity="征求意见", expires_on="2026-07-15")
    set_fields(content / "policies/double-reduction.md", expires_on="2030-01-01")
    set_fields(content / "notices/summer.md", updated_at="2026-05-21 09:00", withdrawn_reason="与新规不一致")
    client = visitor(content, tmp_path, url="https://bureau.example")
    found = {event["UID"]: event for event in fetched(client, "/feeds/deadlines.ics")}
    assert "notices/summer@openbureau.example" not in found
    loans = found["notices/loans@openbureau.example"]
    assert loans["SUMMARY"] == "提示适用到这一天：当心培训贷：不要贷款交学费"
    assert loans["DESCRIPTION"].endswith("\nhttps://bureau.example/notices/loans/")
    draft = found["policies/prepayment@openbureau.example"]
    assert (draft["SUMMARY"].partition("：")[0], draft["DTSTART"]) == ("征求意见截止", "20260715")
    law = found["policies/double-reduction@openbureau.example"]
    assert (law["SUMMARY"].partition("：")[0], law["DTSTART"]) == ("文件有效期到这一天", "20300101")


def test_a_correction_keeps_the_event_and_renews_its_stamp(content: Path, tmp_path: Path) -> None:
    client = visitor(content, tmp_path)
    before = {event["UID"]: event for event in fetched(client, "/feeds/deadlines.ics")}
    set_fields(
        content / "notices/loans.md",
        valid_until="2031-05-06",
        updated_at="2026-05-20 09:00",
        change_note="延长",
    )
    publish(content, Shelf(tmp_path / "publications"))
    after = {event["UID"]: event for event in fetched(client, "/feeds/deadlines.ics")}
    assert after.keys() == before.keys()
    assert [name for name in before if after[name] != before[name]] == ["notices/loans@openbureau.example"]
    loans = after["notices/loans@openbureau.example"]
    assert (loans["DTSTART"], loans["DTSTAMP"]) == ("20310506", "20260520T010000Z")


def test_the_same_publication_gives_the_same_calendar_on_every_day(content: Path, tmp_path: Path) -> None:
    days = (datetime(2026, 6, day, tzinfo=UTC) for day in (1, 2))
    one, other = (visitor(content, tmp_path, now=day).get("/feeds/deadlines.ics").data for day in days)
    assert one == other


def test_a_register_tells_when_each_display_ends_and_nothing_after_that(
    content: Path, tmp_path: Path
) -> None:
    endless = {**PENALTY, "编号": "2025-2", "公示截止": ""}
    write_register(content, "penalties", PENALTIES, {"2025-12-31": [PENALTY, endless]})
    address = "/registers/penalties/deadlines.ics"
    (event,) = fetched(visitor(content, tmp_path), address)
    assert (event["UID"], event["DTSTART"]) == ("registers/penalties--2025-1@openbureau.example", "20261103")
    assert fetched(visitor(content, tmp_path, now=datetime(2026, 11, 4, 4, tzinfo=UTC)), address) == []


def test_the_card_of_an_institution_leads_to_the_day_its_permit_expires(client: FlaskClient) -> None:
    page = html.document_fromstring(client.get("/whitelist/?status=正常").text)
    offering = None
    for card in page.xpath("//*[contains(@class, 'institution')]//h3/a/@href"):
        links = html.document_fromstring(client.get(card).text).xpath(
            "//a[contains(@href, 'permit.ics')]/@href"
        )
        if links:
            offering = links[0]
            break
    assert offering
    (event,) = fetched(client, offering)
    assert re.fullmatch(r"\d{8}", event["DTSTART"])
    assert event["SUMMARY"].endswith("：许可证有效期到这一天")


@pytest.mark.parametrize(
    "address", ["/whitelist/nobody/permit.ics", "/registers/nothing/deadlines.ics", "/feeds/other.ics"]
)
def test_a_calendar_of_what_is_not_there_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404
