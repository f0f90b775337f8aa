"""Messages between submitter and staff: sealed when stored, readable with the receipt code."""

import json
from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from openbureau.database.audit_log import LoggedChange
from openbureau.tips.intake import store_file
from openbureau.tips.model import Message, MessageKind, Tip, subject
from openbureau.tips.sealing import Sealer, open_sealed
from openbureau.tips.sealing.files import SealedFile
from openbureau.tips.sealing.recipients import RecipientSet, sealer_for

MAX_MESSAGE_CHARACTERS = 5000
"""Characters of one message."""

STORED = "message"
"""The event of the log that a message is."""


def sealer(recipients: RecipientSet, tip: Tip, kind: MessageKind) -> Sealer:
    """Sealer for the readers of a message about a tip: those who may read its body, without the recused, and
    unless it is a NOTE, its code's holder."""
    readers = recipients.without(tip.recused).of_body(tip.unit)
    code = () if kind is MessageKind.NOTE else (tip.reply_key,)
    return sealer_for(readers, *code)


def seal(sealer: Sealer, text: str, files: Sequence[SealedFile] = ()) -> bytes:
    """A sealed message: its text, and what is told about its files. Raises SealingFailed."""
    document = {"version": 1, "text": text, "files": [file.description for file in files]}
    return sealer.seal(json.dumps(document, ensure_ascii=False).encode())


def store(
    session: Session,
    change: LoggedChange,
    tip: Tip,
    kind: MessageKind,
    by_staff: bool,
    day: date,
    text: str,
    sealer: Sealer,
    files: Sequence[SealedFile] = (),
) -> Message:
    """Add a sealed message, with files, to a tip and tell the log. The caller refuses too
    long a `text`.

    Raises SealingFailed; the change then keeps nothing.
    """
    return add(session, change, tip, kind, by_staff, day, seal(sealer, text, files), files)


def add(
    session: Session,
    change: LoggedChange,
    tip: Tip,
    kind: MessageKind,
    by_staff: bool,
    day: date,
    sealed: bytes,
    files: Sequence[SealedFile] = (),
) -> Message:
    """Add a message that is sealed already, with its files, to a tip and tell the log."""
    message = Message(tip_number=tip.number, day=day, kind=kind, by_staff=by_staff, sealed=sealed)
    session.add(message)
    for file in files:
        store_file(session, tip.number, file)
    session.flush()
    change.log(STORED, subject(tip.number), kind=kind, message=message.id, files=len(files))
    return message


def read(message: Message, private: str) -> dict[str, object]:
    """A message in clear, `text` and `files`: with a private key, or with `receipts.reply_identity(code)`.

    Raises CannotOpen.
    """
    opened: dict[str, object] = json.loads(open_sealed(message.sealed, private))
    return opened
