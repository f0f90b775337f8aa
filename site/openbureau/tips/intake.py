"""Taking a tip in: sealed before anything is stored, stored once per form."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.database.audit_log import LogEntry
from openbureau.tips import receipt_codes
from openbureau.tips.form.submission import Submission, SubmissionRefused
from openbureau.tips.model import (
    AttachmentPart,
    Channel,
    Stage,
    Tip,
    TipAttachment,
    TipEvent,
    TipEventKind,
    subject,
)
from openbureau.tips.sealing import SUITE, public_half
from openbureau.tips.sealing.files import SealedFile
from openbureau.tips.sealing.recipients import RecipientSet, sealer_for

SUBMITTED = "submitted"
"""The event of the log that an intake is."""

MAX_NUMBER_STEP = 4
"""How far apart two numbers are at most: at random, so that a number missing in a queue does not tell that a
tip came in of which its reader must not know (信访工作条例 30)."""


@dataclass(frozen=True)
class Receipt:
    """Receipt for the submitter: the code; the day; and the entry of the log, which a signature can promise.

    `already` means that this form had been received before and that nothing was stored now, not even if its
    text had changed since: the page has to say so.
    """

    code: str = field(repr=False)
    received_on: date
    seq: int
    entry: str
    already: bool


def submit(
    session: Session,
    secret: bytes,
    form_id: str,
    submission: Submission,
    recipients: RecipientSet,
    today: date,
    *,
    files: Sequence[SealedFile] = (),
    channel: Channel = Channel.WEB,
    actor: str = audit_log.SUBMITTER,
) -> Receipt:
    """Seal a submission and store it, once per form however often and from wherever the form is posted.

    Raises SubmissionRefused when it has problems and SealingFailed when it cannot be sealed; then nothing is
    stored.
    """
    problems = submission.problems(today)
    if problems or submission.is_bot:
        raise SubmissionRefused(problems)
    code = receipt_codes.code_for(secret, form_id)
    tip = _sealed(secret, code, submission, recipients, files, today, channel)
    try:
        with audit_log.change(session, today.isoformat(), actor, actor) as change:
            tip.number = _next_number(session)
            session.add(tip)
            session.flush()
            for file in files:
                store_file(session, tip.number, file)
            change.log(
                SUBMITTED,
                subject(tip.number),
                channel=channel,
                files=len(files),
                set=recipients.version,
            )
    except IntegrityError:
        # Two posts of one form may run at the same time: only the unique digest can judge which was first.
        receipt = find_receipt(session, secret, code)
        if receipt is None:
            raise
        return receipt
    [entry] = change.entries
    return Receipt(code, today, entry.seq, entry.hash, already=False)


def find_receipt(session: Session, secret: bytes, code: str) -> Receipt | None:
    """The receipt that was given with a code; None when no tip has it."""
    tip = session.scalar(select(Tip).where(Tip.receipt_mac == receipt_codes.mac(secret, code)))
    if tip is None:
        return None
    entry = next(
        logged for logged in audit_log.entries_of(session, subject(tip.number)) if logged.event == SUBMITTED
    )
    return Receipt(code, tip.received_on, entry.seq, entry.hash, already=True)


def store_file(session: Session, number: int, file: SealedFile) -> None:
    """Add a sealed file to a tip, inside the change that tells of it."""
    session.add(TipAttachment(id=file.id, tip_number=number, size=file.size, digest=file.digest))
    session.flush()
    for index, piece in enumerate(file.pieces):
        part = AttachmentPart(attachment_id=file.id, place=index, data=piece)
        session.add(part)
        session.flush()
        session.expunge(part)


def _next_number(session: Session) -> int:
    """A number that no tip has or had, inside a change: writers come one after another."""
    latest = (
        select(LogEntry.subject).where(LogEntry.event == SUBMITTED).order_by(LogEntry.seq.desc()).limit(1)
    )
    logged = int((session.scalar(latest) or subject(0)).rpartition("/")[2])
    last = max(logged, session.scalar(select(func.max(Tip.number))) or 0)
    return last + 1 + (secrets.randbelow(MAX_NUMBER_STEP) if last else 0)


def _sealed(
    secret: bytes,
    code: str,
    submission: Submission,
    recipients: RecipientSet,
    files: Sequence[SealedFile],
    today: date,
    channel: Channel,
) -> Tip:
    identity = submission.identity_document()
    readers = sealer_for(recipients.of_body(submission.unit))
    custodians = sealer_for(recipients.of_identity(submission.unit))
    return Tip(
        receipt_mac=receipt_codes.mac(secret, code),
        reply_key=public_half(receipt_codes.reply_identity(code)),
        channel=channel,
        unit=submission.unit,
        categories=" ".join(submission.categories),
        received_on=today,
        stage=Stage.RECEIVED,
        stage_on=today,
        body=readers.seal(submission.body_document([file.description for file in files])),
        identity=None if identity is None else custodians.seal(identity),
        suite=SUITE,
        set_version=recipients.version,
        doc_mac=_mac(secret, "doc", submission.normal_doc_no()),
        fine_mac=_mac(secret, "fine", *submission.fine()),
        events=[TipEvent(day=today, event=TipEventKind.SUBMITTED, stage=Stage.RECEIVED)],
    )


def _mac(secret: bytes, *parts: str) -> bytes | None:
    return receipt_codes.likeness(secret, *parts) if all(parts) else None
