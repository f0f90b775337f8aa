"""Sealing open tips anew after the set of recipients changed: somebody came, somebody left.

What a leaver has read stays read; what lies in the database is no longer sealed to their key.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyrage  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.tips.casework import messages
from openbureau.tips.model import AttachmentPart, Stage, Tip, TipAttachment, subject
from openbureau.tips.sealing import CannotOpen, Sealer, open_sealed
from openbureau.tips.sealing.recipients import RecipientSet, sealer_for

CLOSED = frozenset({Stage.ARCHIVED, Stage.WITHDRAWN})
"""Stages whose tips stay as they are."""


@dataclass(frozen=True)
class Rewrapped:
    """Result of rewrapping: numbers of the tips sealed anew, those this key does not open, and those whose
    identity stayed with its earlier readers because this key does not open it."""

    done: Sequence[int]
    closed_to_key: Sequence[int]
    identity_left: Sequence[int]


def rewrap(session: Session, recipients: RecipientSet, private: str, at: datetime, actor: str) -> Rewrapped:
    """Seal every open tip of an earlier set for the present one. Each tip is one commit: what was done stays
    done when the rest fails, and going on later does the rest."""
    waiting = session.scalars(
        select(Tip.number)
        .where(Tip.set_version != recipients.version, Tip.stage.not_in(CLOSED))
        .order_by(Tip.number)
    ).all()
    session.rollback()
    done, closed, left = [], [], []
    for number in waiting:
        try:
            if not _rewrap_one(session, number, recipients, private, at, actor):
                left.append(number)
            done.append(number)
        except CannotOpen:
            closed.append(number)
    return Rewrapped(done, closed, left)


def _rewrap_one(
    session: Session, number: int, recipients: RecipientSet, private: str, at: datetime, actor: str
) -> bool:
    """Whether the identity, if there is one, was sealed anew as well."""
    with audit_log.change(session, audit_log.minute(at), actor) as change:
        tip = session.get_one(Tip, number)
        permitted = recipients.without(tip.recused)
        readers = sealer_for(permitted.of_body(tip.unit))
        tip.body = readers.seal(open_sealed(tip.body, private))
        for message in tip.messages:
            again = messages.sealer(recipients, tip, message.kind)
            message.sealed = again.seal(open_sealed(message.sealed, private))
        for attachment in tip.attachments:
            _rewrap_file(session, attachment, readers, private)
        identity_done = True
        if tip.identity is not None:
            try:
                custodians = sealer_for(permitted.of_identity(tip.unit))
                tip.identity = custodians.seal(open_sealed(tip.identity, private))
            except CannotOpen:
                identity_done = False
        tip.set_version = recipients.version
        change.log("rewrapped", subject(number), set=recipients.version, identity=int(identity_done))
    return identity_done


def _rewrap_file(session: Session, attachment: TipAttachment, readers: Sealer, private: str) -> None:
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
    sealed = readers.encrypt(plain)
    size = len(parts[0].data)
    for part in parts:
        session.delete(part)
    session.flush()
    for index, start in enumerate(range(0, len(sealed), size)):
        session.add(
            AttachmentPart(attachment_id=attachment.id, place=index, data=sealed[start : start + size])
        )
    attachment.size, attachment.digest = len(sealed), hashlib.sha256(sealed).hexdigest()
