"""Sealing anew: the set of recipients changed, or it became known whom a tip is about.

What a leaver has read stays read; what lies in the database is no longer sealed to their key. That holds for
closed tips, too: else a copy of the database, got in years, would open to somebody who left today.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pyrage  # type: ignore[import-untyped]
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.tips import opinions
from openbureau.tips.casework.sealed_columns import IN_PARTS, OF_OPINION, OF_TIP, SealedColumn
from openbureau.tips.model import AttachmentPart, Message, PendingSealing, Tip, TipAttachment, subject
from openbureau.tips.opinions import Opinion
from openbureau.tips.sealing import CannotOpen, Sealer, open_sealed
from openbureau.tips.sealing.recipients import RecipientSet

REWRAPPED = "rewrapped"
"""The event of the log that a sealing anew is."""

IDENTITY = str(Tip.identity.expression)
"""The name of the piece that says who sent a tip."""


@dataclass(frozen=True)
class Piece:
    """One sealed piece of a tip: its name; `seal` takes a key that opens it, or raises CannotOpen."""

    name: str
    seal: Callable[[str], None]


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
    left = seal_anew(session, tip, recipients, private)
    if set(left) - {IDENTITY}:
        raise CannotOpen(f"线索{tip.number}有内容打不开。")
    if not left:
        tip.set_version = recipients.version
    return not left


def settle(session: Session, recipients: RecipientSet, private: str, at: datetime) -> list[int]:
    """Seal anew what waits for a key that opens it, with the key that somebody has just unlocked; nothing of
    it is shown to them. The numbers of the tips of which something was sealed. Raises SealingFailed."""
    waiting = {row.tip_number: row.pieces.split() for row in session.scalars(select(PendingSealing))}
    session.rollback()
    settled = []
    for number, pieces in waiting.items():
        try:
            with audit_log.change(session, audit_log.minute(at)) as change:
                tip = session.get_one(Tip, number)
                wanted = pieces or [piece.name for piece in _pieces(session, tip, recipients)]
                left = seal_anew(session, tip, recipients, private, wanted)
                if left == wanted:
                    raise CannotOpen("这把密钥打不开要重新加密的内容。")
                change.log(REWRAPPED, subject(number), set=recipients.version, left=len(left))
            settled.append(number)
        except CannotOpen:
            continue
    return settled


def seal_anew(
    session: Session, tip: Tip, recipients: RecipientSet, private: str, only: Collection[str] = ()
) -> list[str]:
    """Seal the pieces of a tip, or `only` these, for whoever may open them now, inside a change. What the key
    does not open is remembered (PendingSealing); the names of that. Raises SealingFailed."""
    left = []
    for piece in _pieces(session, tip, recipients):
        if only and piece.name not in only:
            continue
        try:
            piece.seal(private)
        except CannotOpen:
            left.append(piece.name)
    waiting = session.get(PendingSealing, tip.number)
    if waiting is not None:
        session.delete(waiting)
        session.flush()
    if left:
        session.add(PendingSealing(tip_number=tip.number, pieces="\n".join(left)))
    return left


def _pieces(session: Session, tip: Tip, recipients: RecipientSet) -> Iterator[Piece]:
    """Everything of a tip that is sealed."""
    for sealed in OF_TIP:
        name = str(sealed.column.expression)
        for row in _rows(session, tip, sealed):
            if getattr(row, sealed.column.key) is not None:
                sealer = sealed.sealer(recipients, tip, row)
                full = f"{name}/{row.id}" if isinstance(row, Message) else name
                yield Piece(full, partial(_reseal_column, row, sealed, sealer))
    for attachment in tip.attachments:
        sealer = IN_PARTS.sealer(recipients, tip, attachment)
        yield Piece(f"file/{attachment.id}", partial(_reseal_file, session, attachment, sealer))


def _waiting(
    session: Session, kind: type[Tip] | type[Opinion], recipients: RecipientSet, again: bool
) -> Sequence[int]:
    numbers = select(kind.number).order_by(kind.number)
    if kind is Tip:
        numbers = numbers.where(Tip.destroyed_on.is_(None))
    if not again:
        pending = select(PendingSealing.tip_number) if kind is Tip else ()
        numbers = numbers.where(or_(kind.set_version != recipients.version, kind.number.in_(pending)))
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
