"""After somebody left, their key opens nothing that is stored: nothing sealed is left out."""

from collections.abc import Iterator

import pyrage
import pytest
from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session

from openbureau.database import Model
from openbureau.staff import keyring
from openbureau.tips.casework import rewrapping, stages
from openbureau.tips.casework.sealed_columns import NOT_SEALED, SEALED
from openbureau.tips.model import AttachmentPart
from openbureau.tips.sealing import create_keys, signing
from openbureau.tips.sealing.recipients import RecipientSet
from openbureau.tips.verify import prove
from support.desk_makers import STAFF, Office
from support.filled_database import PASSPHRASE, fill
from support.site import NOON

PARTS = "tip_attachment_part.data"


def blobs(session: Session) -> Iterator[tuple[str, bytes]]:
    """Every value of every column of bytes there is, files whole."""
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary) and str(column) != PARTS:
                values = session.scalars(select(column).where(column.is_not(None)))
                yield from ((str(column), value) for value in values)
    files: dict[str, bytes] = {}
    for part in session.scalars(
        select(AttachmentPart).order_by(AttachmentPart.attachment_id, AttachmentPart.place)
    ):
        files[part.attachment_id] = files.get(part.attachment_id, b"") + part.data
    yield from ((PARTS, file) for file in files.values())


def opened_by(session: Session, private: str) -> list[str]:
    """The columns of the values that a private key opens."""
    key = pyrage.x25519.Identity.from_str(private)
    opened = []
    for name, value in blobs(session):
        try:
            pyrage.decrypt(value, [key])
        except pyrage.DecryptError:
            continue
        opened.append(name)
    return opened


def next_set(office: Office, *leavers: str) -> RecipientSet:
    """The next version of the office's set, in which the leavers are no more."""
    present = office.recipients.without(leavers)
    return RecipientSet(present.version + 1, present.made_on, present.receiver, present.recipients)


@pytest.fixture
def filled(session: Session, office: Office) -> Session:
    """A database in which everything there is has a value."""
    fill(session, office, signing.create_key())
    assert [str(fault) for fault in prove(session)] == []
    return session


def test_every_column_of_bytes_is_named_as_sealed_or_with_what_it_holds_instead() -> None:
    columns = {
        str(column)
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert SEALED | set(NOT_SEALED) == columns, (
        "name the new column in tips/casework/sealed_columns.py: with who may open it, so that it is sealed "
        "anew when somebody leaves, or with what it holds instead"
    )
    assert not SEALED & set(NOT_SEALED)


def test_what_is_named_as_sealed_is_sealed_and_nothing_else_is(filled: Session, office: Office) -> None:
    by_anybody = {name for member in STAFF for name in opened_by(filled, office.keys[member].private)}
    assert by_anybody == SEALED, "fill() has to give the new column a value"
    assert {name for name, _ in blobs(filled)} == SEALED | set(NOT_SEALED)


@pytest.mark.parametrize("leaver", ["乙", "保管", "连州"])
def test_the_key_of_a_leaver_opens_nothing_that_is_stored_not_even_of_closed_tips(
    filled: Session, office: Office, leaver: str
) -> None:
    private = office.keys[leaver].private
    assert opened_by(filled, private)
    before = {name: len(opened_by(filled, office.keys[name].private)) for name in ("甲", "纪检", "恢复")}
    recipients = next_set(office, leaver)
    done = rewrapping.rewrap(filled, recipients, office.keys["恢复"].private, NOON, "cli")
    assert (done.done, done.opinions_done) == ([1, 2, 3, 4], [1])
    assert (done.closed_to_key, done.identity_left, done.opinions_closed_to_key) == ([], [], [])
    assert opened_by(filled, private) == []
    after = {name: len(opened_by(filled, office.keys[name].private)) for name in before}
    assert (after["甲"], after["恢复"]) == (before["甲"], before["恢复"])
    assert [str(fault) for fault in prove(filled)] == []
    assert rewrapping.rewrap(filled, recipients, office.keys["恢复"].private, NOON, "cli").done == []


def test_a_key_that_opens_no_identity_leaves_the_tip_waiting_for_one_that_does(
    filled: Session, office: Office
) -> None:
    recipients = next_set(office, "保管")
    first = rewrapping.rewrap(filled, recipients, office.keys["甲"].private, NOON, "cli")
    assert (first.done, first.identity_left) == ([1, 2, 3, 4], [1, 2, 3, 4])
    assert set(opened_by(filled, office.keys["保管"].private)) == {"tip.identity"}
    second = rewrapping.rewrap(filled, recipients, office.keys["恢复"].private, NOON, "cli")
    assert (second.done, second.identity_left) == ([1, 2, 3, 4], [])
    assert opened_by(filled, office.keys["保管"].private) == []


def test_what_an_earlier_release_left_out_is_sealed_by_rewrapping_again(
    filled: Session, office: Office
) -> None:
    recipients = next_set(office, "乙")
    recovery = office.keys["恢复"].private
    old = stages.get(filled, 1).extension
    assert old is not None
    sealed = old.sealed
    rewrapping.rewrap(filled, recipients, recovery, NOON, "cli")
    extension = stages.get(filled, 1).extension
    assert extension is not None
    extension.sealed = sealed
    filled.commit()
    assert opened_by(filled, office.keys["乙"].private) == ["tip_extension.sealed"]
    assert rewrapping.rewrap(filled, recipients, recovery, NOON, "cli", again=True).done == [1, 2, 3, 4]
    assert opened_by(filled, office.keys["乙"].private) == []


def test_a_recovery_key_that_was_replaced_opens_nothing_either(filled: Session, office: Office) -> None:
    old, new = office.keys["恢复"], create_keys()
    assert keyring.rewrap_recovery(filled, old.private, old.public, NOON, "cli") == ([], [])
    assert keyring.rewrap_recovery(filled, new.private, new.public, NOON, "cli") == ([], ["甲"])
    assert keyring.rewrap_recovery(filled, old.private, new.public, NOON, "cli") == (["甲"], [])
    assert "staff.recovery_wrap" not in opened_by(filled, old.private)
    assert [str(fault) for fault in prove(filled)] == []
    keyring.recover(filled, "甲", new.private, f"new-{PASSPHRASE}", NOON, "cli")
