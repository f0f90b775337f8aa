"""Sealing anew after the set of recipients changed: somebody came, somebody left.

What a leaver has read stays read; what lies in the database is no longer sealed to their key. That holds for
closed tips, too: else a copy of the database, got in years, would open to somebody who left today.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyrage  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.tips import opinions
from openbureau.tips.casework.sealed_columns import IN_PARTS, OF_OPINION, OF_TIP, SealedColumn
from openbureau.tips.model import AttachmentPart, Tip, TipAttachment, subject
from openbureau.tips.opinions import Opinion
from openbureau.tips.sealing import CannotOpen, Sealer, open_sealed
from openbureau.tips.sealing.recipients import RecipientSet

REWRAPPED = "rewrapped"
"""The event of the log that a sealing anew is."""


@dataclass(frozen=True)
class Rewrapped:
    """Result of rewrapping: numbers of the tips sealed anew, those this key does not open, and those whose
    identity stayed with its earlier readers because this key does not open it; the same of opinions."""

    done: Sequence[int]
    closed_to_key: Sequence[int]
    identity_left: Sequence[int]
    opinions_done: Sequence[int]
    opinions_closed_to_key: Sequence[int]


def rewrap(
    session: Session,
    recipients: RecipientSet,
    private: str,
    at: datetime,
    actor: str,
    *,
    again: bool = False,
) -> Rewrapped:
    """Seal every tip and opinion of an earlier set for the present one; `again`, those of the present set,
    too.

    Each is one commit: what was done stays done when the rest fails, and going on later does the rest.
    """
    done, closed, left = [], [], []
    for number in _waiting(session, Tip, recipients, again):
        try:
            with audit_log.change(session, audit_log.minute(at), actor) as change:
                tip = session.get_one(Tip, number)
                identity_done = reseal(session, tip, recipients, private)
                change.log(REWRAPPED, subject(number), set=recipients.version, identity=int(identity_done))
            done.append(number)
            if not identity_done:
                left.append(number)
        except CannotOpen:
            closed.append(number)
    opinions_done, opinions_closed = [], []
    for number in _waiting(session, Opinion, recipients, again):
        try:
            with audit_log.change(session, audit_log.minute(at), actor) as change:
                opinion = opinions.get(session, number)
                for sealed in OF_OPINION:
                    _reseal_column(opinion, sealed, sealed.sealer(recipients, opinion, opinion), private)
                opinion.set_version = recipients.version
                change.log(REWRAPPED, opinions.subject(number), set=recipients.version)
            opinions_done.append(number)
        except CannotOpen:
            opinions_closed.append(number)
    return Rewrapped(done, closed, left, opinions_done, opinions_closed)


def reseal(session: Session, tip: Tip, recipients: RecipientSet, private: str) -> bool:
    """Seal all of a tip for whoever may open it now, inside the change that tells of it.

    Whether the identity, if there is one, was sealed as well: when the key does not open it, it stays, and
    the tip waits for another rewrapping. Raises CannotOpen when the key does not open the rest.
    """
    identity_done = True
    for sealed in OF_TIP:
        for row in _rows(session, tip, sealed):
            try:
                _reseal_column(row, sealed, sealed.sealer(recipients, tip, row), private)
            except CannotOpen:
                if sealed.column is not Tip.identity:
                    raise
                identity_done = False
    for attachment in tip.attachments:
        _reseal_file(session, attachment, IN_PARTS.sealer(recipients, tip, attachment), private)
    if identity_done:
        tip.set_version = recipients.version
    return identity_done


def _waiting(
    session: Session, kind: type[Tip] | type[Opinion], recipients: RecipientSet, again: bool
) -> Sequence[int]:
    numbers = select(kind.number).order_by(kind.number)
    if not again:
        numbers = numbers.where(kind.set_version != recipients.version)
    waiting = session.scalars(numbers).all()
    session.rollback()
    return waiting


def _rows(session: Session, tip: Tip, sealed: SealedColumn) -> Sequence[object]:
    kind = sealed.column.class_
    if kind is Tip:
        return [tip]
    return session.scalars(select(kind).where(kind.tip_number == tip.number)).all()


def _reseal_column(row: object, sealed: SealedColumn, sealer: Sealer, private: str) -> None:
    ciphertext: bytes | None = getattr(row, sealed.column.key)
    if ciphertext is not None:
        setattr(row, sealed.column.key, sealer.seal(open_sealed(ciphertext, private)))


def _reseal_file(session: Session, attachment: TipAttachment, sealer: Sealer, private: str) -> None:
    """One file at a time is small enough for the memory: attachments have a limit of a few MiB."""
    parts = session.scalars(
        select(AttachmentPart)
        .where(AttachmentPart.attachment_id == attachment.id)
        .order_by(AttachmentPart.place)
    ).all()
    key = pyrage.x25519.Identity.from_str(private.strip())
    try:
        plain = bytes(pyrage.decrypt(b"".join(part.data for part in parts), [key]))
    except pyrage.DecryptError as error:
        raise CannotOpen(f"附件 {attachment.id} 打不开。") from error
    sealed = sealer.encrypt(plain)
    size = len(parts[0].data)
    for part in parts:
        session.delete(part)
    session.flush()
    for index, start in enumerate(range(0, len(sealed), size)):
        session.add(
            AttachmentPart(attachment_id=attachment.id, place=index, data=sealed[start : start + size])
        )
    attachment.size, attachment.digest = len(sealed), hashlib.sha256(sealed).hexdigest()
