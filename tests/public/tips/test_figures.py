"""The figures of tips: frozen by the month, true, and telling of nobody; the heads of the log."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from openbureau.config import Settings
from openbureau.database import audit_log, db
from openbureau.publishing.publication import Shelf
from openbureau.tips import log_heads, receipt_codes
from openbureau.tips.casework import stages
from openbureau.tips.form.submission import Submission
from openbureau.tips.intake import submit
from openbureau.tips.model import Action, Channel, Conclusion, DeclineReason, Stage
from openbureau.tips.sealing import create_keys, signing
from openbureau.tips.sealing.recipients import Duty, Recipient, RecipientSet
from openbureau.tips.statistics import (
    HIDDEN,
    SMALL,
    Rules,
    divided,
    freeze,
    frozen,
    overlapping,
    statement,
)
from openbureau.tips.verify import prove
from support.site import NOON, Keys

SECRET = b"s" * 32
RECIPIENTS = RecipientSet(
    1,
    NOON.date(),
    "甲市教育局",
    (
        Recipient("independent", Duty.INDEPENDENT, "", create_keys().public),
        Recipient("recovery", Duty.RECOVERY, "", create_keys().public),
    ),
)
ABOUT = "线索"


@pytest.fixture
def rules(settings: Settings) -> Rules:
    publication = Shelf(settings.publications).current()
    return Rules(publication.bureau.units, publication.bureau.clocks, publication.holidays)


def tell(
    session: Session,
    rules: Rules,
    day: date,
    *categories: str,
    unit: int = 0,
    channel: Channel = Channel.WEB,
) -> int:
    """A tip that came on `day`; its number."""
    form = {
        "unit": list(rules.units)[unit],
        "story": "到店检查，没有出示证件就当场罚款，也没有给票据。",
        "named": "anonymous",
    }
    submission = Submission.from_form(form, rules.units, categories or ["other"])
    form_id = receipt_codes.new_form_id()
    submit(session, SECRET, form_id, submission, RECIPIENTS, day, channel=channel)
    return stages.list_tips(session)[0].number


def bring(session: Session, number: int, day: date, *course: Stage, **columns: object) -> None:
    for stage in course:
        stages.move(session, number, stage, NOON, day, "clerk", "handler")
    with audit_log.change(session, "x") as change:
        tip = stages.locked(session, number)
        for name, value in columns.items():
            setattr(tip, name, value)
        change.log("set", f"tip/{number}")


def count(session: Session, name: str = "received") -> list[int | None]:
    """The published numbers of a series, the oldest first."""
    return [version.figures["series"][name]["count"] for version in frozen(session)][::-1]


# Small numbers


@pytest.mark.parametrize(("cells", "most"), [(2, 14), (3, 12), (4, 8)])
@pytest.mark.parametrize("kind", ["divided", "overlapping"])
def test_whatever_is_published_every_hidden_cell_may_be_more_than_one_number(
    kind: str, cells: int, most: int
) -> None:
    """All tables up to a size, by what is published of them: whoever knows our rule and the total cannot tell
    which of a group it was, and in no cell that is not shown do all of the group agree."""
    looks: dict[tuple[str, int], list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(most), repeat=cells):
        table = dict(zip("abcd", counts, strict=False))
        if kind == "divided":
            looks[json.dumps(divided(table)), sum(counts)].append(counts)
        else:
            for total in range(max(counts), min(sum(counts), most) + 1):
                looks[json.dumps(overlapping(table, total)), total].append(counts)
    for (look, total), candidates in looks.items():
        shown = json.loads(look)
        for place in range(cells if 3 <= total < most else 0):
            possible = {counts[place] for counts in candidates}
            if shown is None:
                assert not possible <= {1, 2} or len(possible) == 2, (look, total, candidates)
            elif isinstance(list(shown.values())[place], str):
                assert len(possible) > 1, (look, total, candidates)


def test_one_more_cell_is_hidden_so_that_the_small_one_cannot_be_computed() -> None:
    assert divided({"a": 12, "b": 0, "c": 2, "d": 5}) == {"a": 12, "b": 0, "c": SMALL, "d": HIDDEN}
    assert divided({"a": 12, "b": 0, "c": 3}) == {"a": 12, "b": 0, "c": 3}
    assert divided({"a": 1, "b": 4}) is None
    assert divided({"a": 0, "b": 0}) == {"a": 0, "b": 0}
    assert overlapping({"a": 9, "b": 1}, 9) == {"a": 9, "b": SMALL}
    assert overlapping({"a": 7, "b": 2}, 9) is None


# What is frozen, month by month


def test_nothing_received_is_said_as_plainly_as_something(session: Session, rules: Rules) -> None:
    assert freeze(session, date(2026, 6, 1), rules, NOON, "cli") == ["2026-05"]
    assert statement(frozen(session), ABOUT) == "截至2026年5月31日，2026年未收到线索。"
    for _ in range(3):
        tell(session, rules, date(2026, 6, 2))
    freeze(session, date(2026, 7, 3), rules, NOON, "cli")
    assert statement(frozen(session), ABOUT) == "截至2026年6月30日，2026年收到线索3件。"
    tell(session, rules, date(2026, 7, 2))
    freeze(session, date(2026, 8, 3), rules, NOON, "cli")
    assert statement(frozen(session), ABOUT) == (
        "截至2026年7月31日，2026年收到线索3件，另有1–2件，将并入下一期公布。"
    )
    for _ in range(2):
        tell(session, rules, date(2027, 1, 2))
    freeze(session, date(2027, 2, 3), rules, NOON, "cli")
    assert statement(frozen(session), ABOUT) == "截至2027年1月31日，2027年收到线索3件（含以前年度并入的）。"


def test_one_or_two_are_added_to_the_next_month_and_every_missed_month_is_made_up_for(
    session: Session, rules: Rules
) -> None:
    freeze(session, date(2026, 2, 10), rules, NOON, "cli")
    for day in (date(2026, 2, 3), date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 9), date(2026, 6, 1)):
        tell(session, rules, day)
    months = freeze(session, date(2026, 6, 1), rules, NOON, "cli")
    assert months == ["2026-02", "2026-03", "2026-04", "2026-05"]
    assert count(session) == [0, None, None, 3, None]
    series = frozen(session)[1].figures["series"]["received"]
    assert (series["from"], series["to"]) == ("2026-02-01", "2026-04-30")
    assert count(session, "accepted") == [0] * 5
    assert freeze(session, date(2026, 6, 30), rules, NOON, "cli") == []


def test_what_was_frozen_stays_and_the_log_answers_for_it(session: Session, rules: Rules) -> None:
    freeze(session, date(2026, 6, 1), rules, NOON, "cli")
    for _ in range(4):
        tell(session, rules, date(2026, 5, 20))
    assert count(session) == [0]
    assert [*prove(session)] == []
    version = frozen(session)[0]
    with audit_log.change(session, "x") as change:
        version.content = version.content.replace('"count": 0', '"count": 9')
        change.log("x", "frozen_figures/2026-05")
    entries = audit_log.entries_of(session, "frozen_figures/2026-05")
    assert entries[0].digest != entries[1].digest


def test_a_year_is_divided_by_channel_unit_kind_and_outcome(session: Session, rules: Rules) -> None:
    freeze(session, date(2026, 5, 10), rules, NOON, "cli")
    spring, summer = date(2026, 5, 6), date(2026, 6, 16)
    numbers = [tell(session, rules, spring, "procedure", "no-basis") for _ in range(8)]
    numbers += [tell(session, rules, spring, unit=1, channel=Channel.PHONE) for _ in range(4)]
    for number in numbers[:3]:
        bring(session, number, spring, Stage.SCREENING, Stage.DECLINED, decline_reason=DeclineReason.NO_LEAD)
    for place, number in enumerate(numbers[4:]):
        bring(session, number, spring, Stage.SCREENING, Stage.ACCEPTED, Stage.INVESTIGATING)
        bring(
            session,
            number,
            summer + place * timedelta(days=10),
            Stage.CONCLUDED,
            conclusion=Conclusion.TRUE if place < 4 else Conclusion.UNTRUE,
            action=Action.REFUND if place < 4 else Action.NONE,
            refunded_yuan=Decimal("100.50") if place < 3 else None,
            rating=place % 5 + 1,
        )
    freeze(session, date(2027, 1, 5), rules, NOON, "cli")
    year = frozen(session)[0].figures["year"]
    assert year["totals"] == {"received": 12, "accepted": 8, "declined": 3, "concluded": 8, "answered": 0}
    tables = year["tables"]
    assert {key: value for key, value in tables["channel"].items() if value} == {"web": 8, "phone": 4}
    assert [value for value in tables["unit"].values() if value] == [8, 4]
    assert {key: value for key, value in tables["category"].items() if value} == (
        {"no-basis": 8, "procedure": 8, "other": 4}
    )
    assert tables["decline_reason"] is None
    assert {key: value for key, value in tables["conclusion"].items() if value} == {"true": 4, "untrue": 4}
    # Concluded after 41, 51, 61 … 111 days; the law gives 60 from the acceptance.
    assert year["numbers"] == {
        "median_days": 76,
        "on_time_percent": 25,
        "rating": 2.6,
        "corrected_fines": 0,
        "corrected_yuan": "0",
        "refunded_yuan": "301.50",
    }


def test_the_months_of_a_year_add_up_to_what_its_tables_divide(session: Session, rules: Rules) -> None:
    freeze(session, date(2025, 12, 10), rules, NOON, "cli")
    days = [date(2025, 12, 30)] + [date(2026, month, 3) for month in (1, 1, 4, 4, 4, 4, 9, 10, 11, 12, 12)]
    for day in days:
        tell(session, rules, day)
    freeze(session, date(2027, 1, 5), rules, NOON, "cli")
    versions = frozen(session)
    total = sum(found or 0 for found in count(session)[2:])
    assert versions[0].figures["year"]["totals"]["received"] == total == 10
    assert count(session)[-1] is None


# What the public sees


@pytest.fixture
def kept(app: Flask, rules: Rules) -> Iterator[Session]:
    """A session on the database of the site."""
    with app.app_context():
        yield db.session()
        db.session.remove()


def test_before_the_first_month_ends_the_page_says_that_nothing_was_counted(client: FlaskClient) -> None:
    answer = client.get("/tip-off/figures/")
    assert (answer.status_code, "尚未统计" in answer.text, "还没有公布过摘要" in answer.text) == (
        200,
        True,
        True,
    )


def test_an_arrival_changes_nothing_that_anybody_can_see(
    client: FlaskClient, kept: Session, rules: Rules
) -> None:
    freeze(kept, NOON.date(), rules, NOON, "cli")
    addresses = ["figures/", "figures.csv", "figures.json", "log.atom", "log-heads.txt"]
    before = [client.get(f"/tip-off/{address}").data for address in addresses]
    tell(kept, rules, NOON.date())
    kept.rollback()
    assert [client.get(f"/tip-off/{address}").data for address in addresses] == before
    assert "截至2026年5月31日，2026年未收到教育领域涉企乱罚款问题线索。" in before[0].decode()


def test_a_new_month_shows_at_once_although_the_publication_is_the_same(
    client: FlaskClient, kept: Session, rules: Rules
) -> None:
    assert "ETag" not in client.get("/tip-off/figures/").headers
    freeze(kept, NOON.date(), rules, NOON, "cli")
    assert "未收到" in client.get("/tip-off/figures/").text


def test_the_files_say_what_the_page_says(client: FlaskClient, kept: Session, rules: Rules) -> None:
    for _ in range(9):
        tell(kept, rules, date(2025, 12, 3))
    freeze(kept, date(2026, 1, 2), rules, NOON, "cli")
    kept.rollback()
    rows = list(csv.DictReader(io.StringIO(client.get("/tip-off/figures.csv").text.removeprefix("\ufeff"))))
    assert [row["数值"] for row in rows if (row["项目"], row["期间止"]) == ("收到", "2025-12-31")] == ["9"]
    assert [row["数值"] for row in rows if row["分项"] == "网站"] == ["9"]
    [version] = client.get("/tip-off/figures.json").get_json()["versions"]
    assert (version["month"], version["year"]["totals"]["received"]) == ("2025-12", 9)
    shown = client.get("/tip-off/figures/").text
    assert "2025年收到教育领域涉企乱罚款问题线索9件（含以前年度并入的）。" in shown
    assert "收到：按渠道" in shown


def test_heads_of_the_log_are_published_and_prove_the_log(
    client: FlaskClient, kept: Session, rules: Rules, settings: Settings, keys: Keys
) -> None:
    private = settings.signing_key_file.read_bytes()
    tell(kept, rules, NOON.date())
    log_heads.anchor(kept, private, NOON.date(), NOON, "cli")
    log_heads.add_heartbeat(kept, NOON.date())
    log_heads.anchor(kept, private, NOON.date() + timedelta(days=1), NOON, "cli")
    kept.rollback()
    text = client.get("/tip-off/log-heads.txt").text
    heads = log_heads.read_heads(text)
    assert [head.day for head in heads] == [date(2026, 6, 2), date(2026, 6, 1)]
    assert f"# Public key: {signing.public_key(private)}" in text
    for head in heads:
        head.check(signing.public_key(private))
    assert [*prove(kept, heads)] == []
    kept.rollback()
    feed = feedparser.parse(client.get("/tip-off/log.atom").data)
    assert not feed.bozo
    assert [entry.summary for entry in feed.entries] == [head.line() for head in heads]
    assert heads[0].hash in client.get("/tip-off/figures/").text


def test_without_the_database_only_what_comes_from_it_is_missing(
    client: FlaskClient, app: Flask, settings: Settings, tmp_path: Path
) -> None:
    with app.app_context():
        db.engine.dispose()
    (settings.instance / "tips.db").rename(tmp_path / "away.db")
    (settings.instance / "tips.db").mkdir()
    for address in ("figures/", "figures.csv", "figures.json", "log.atom", "log-heads.txt"):
        assert client.get(f"/tip-off/{address}").status_code == 503
    for address in ("/", "/policies/", "/whitelist/", "/subscribe/"):
        assert client.get(address).status_code == 200
