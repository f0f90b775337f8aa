"""A tips database of an earlier release is opened as it is: same tables, same closed words, same digests."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import flask_migrate  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from openbureau.database import audit_log, db
from openbureau.database.schema import migrating, upgrade
from openbureau.tips.casework import stages
from openbureau.tips.model import Channel, PendingSealing, Stage, TipEventKind
from openbureau.tips.opinions import OpinionOutcome, list_opinions
from openbureau.tips.verify import prove
from support.databases import open_database

FILE = "0" * 32
FIRST, SECOND, THIRD = (
    "d2a0c7bc8b00504cf96a6ee59b6d35f6f04a333d221c2e01e7c20c6e327c3044",
    "42e67e9c4a5f960ee0188623eacf2e00ede12412579bef3a68d00897e7e8a706",
    "682db5845c2ed5cc4dcc265a225d0f5589d08f6c23c064a19995994fb67fb2b7",
)

STORED: Mapping[str, Sequence[Mapping[str, object]]] = {
    "tip": [
        {
            "number": 1,
            "receipt_mac": b"r" * 32,
            "reply_key": "age1reply",
            "channel": "web",
            "unit": "乙区教育局",
            "categories": "no-basis other",
            "received_on": "2026-05-06",
            "stage": "screening",
            "stage_on": "2026-05-07",
            "refunded_yuan": 1234.5,
            "body": b"sealed body",
            "suite": "age-v1",
            "set_version": 1,
        }
    ],
    "tip_event": [
        {"seq": 1, "tip_number": 1, "day": "2026-05-06", "event": "submitted", "stage": "received"},
        {"seq": 2, "tip_number": 1, "day": "2026-05-07", "event": "moved", "stage": "screening"},
    ],
    "tip_handler": [{"tip_number": 1, "name": "clerk", "since": "2026-05-07"}],
    "tip_attachment": [
        {
            "id": FILE,
            "tip_number": 1,
            "size": 11,
            "digest": "7b7aae428fe8eca03fbf30dd76937bfa4044ad251eb561040e1c82c8aae36bc9",
        }
    ],
    "tip_attachment_part": [{"attachment_id": FILE, "place": 0, "data": b"sealed file"}],
    "opinion": [
        {
            "number": 1,
            "form_mac": b"f" * 32,
            "consultation": "after-school-care",
            "received_on": "2026-05-08",
            "body": b"sealed opinion",
            "suite": "age-v1",
            "set_version": 1,
            "outcome": "partly",
            "answer": b"sealed answer",
        }
    ],
    "ledger": [
        {
            "seq": 1,
            "at": "2026-05-06",
            "actor": "submitter",
            "role": "submitter",
            "event": "submitted",
            "subject": "tip/1",
            "detail": '{"channel":"web","files":1,"set":1}',
            "digest": "7cdef264c63a4185827ce5a6cceaaf1fbfb38b5e83222bd83569ef13729bad61",
            "prev": "0" * 64,
            "hash": FIRST,
        },
        {
            "seq": 2,
            "at": "2026-05-07T01:02Z",
            "actor": "clerk",
            "role": "handler",
            "event": "moved",
            "subject": "tip/1",
            "detail": '{"stage":"screening"}',
            "digest": "9f5cb4f216ca056c7cb9d92ac88befc84606a9a03b8ca41a4a70e76bac028d01",
            "prev": FIRST,
            "hash": SECOND,
        },
        {
            "seq": 3,
            "at": "2026-05-08",
            "actor": "system",
            "role": "system",
            "event": "opinion-received",
            "subject": "opinion/1",
            "detail": '{"set":1}',
            "digest": "34515117771af9da2069b58ee29e0f41ad755aaa47a9d2ac537f078f1d9c6225",
            "prev": SECOND,
            "hash": THIRD,
        },
    ],
}
"""Rows and digests written by a release with the schema 0004: a tip with a file, taken up, and an opinion."""


@pytest.fixture
def earlier(store: str) -> Iterator[Engine]:
    """The database at `store`, as that release left it."""
    upgrade(store)
    engine = open_database(store)
    with engine.begin() as connection:
        for table, rows in STORED.items():
            for row in rows:
                columns = ", ".join(row)
                values = ", ".join(f":{column}" for column in row)
                connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)  # noqa: S608
    yield engine
    engine.dispose()


def test_what_an_earlier_release_stored_is_read_and_its_log_holds(earlier: Engine) -> None:
    with Session(earlier) as session:
        tip = stages.get(session, 1)
        assert (tip.stage, tip.channel, tip.refunded_yuan) == (
            Stage.SCREENING,
            Channel.WEB,
            Decimal("1234.50"),
        )
        assert [event.event for event in tip.events] == [TipEventKind.SUBMITTED, TipEventKind.MOVED]
        assert [handler.name for handler in tip.handlers] == ["clerk"]
        assert [(file.id, file.size) for file in tip.attachments] == [(FILE, 11)]
        [opinion] = list_opinions(session)
        assert (opinion.outcome, opinion.received_on) == (OpinionOutcome.PARTLY, date(2026, 5, 8))
        assert [str(fault) for fault in prove(session)] == []


def test_its_log_goes_on_where_it_ended(earlier: Engine) -> None:
    with Session(earlier) as session:
        with audit_log.change(session, "2026-05-09") as change:
            change.log("heartbeat", "log")
        [entry] = change.entries
        assert (entry.seq, entry.prev) == (4, THIRD)
        assert list(prove(session)) == []


def test_a_tip_about_an_unknown_unit_that_an_earlier_release_sealed_to_all_units_waits_to_be_sealed_anew(
    store: str,
) -> None:
    app = migrating(store)
    with app.app_context():
        flask_migrate.upgrade(revision="0005")
        row = STORED["tip"][0] | {"unit": "其他/不清楚"}
        columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
        with db.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO tip ({columns}) VALUES ({values})"), row)  # noqa: S608
        db.engine.dispose()
    upgrade(store)
    engine = open_database(store)
    with Session(engine) as session:
        assert [(row.tip_number, row.pieces) for row in session.scalars(select(PendingSealing))] == [(1, "")]
    engine.dispose()
