"""Verification that nothing was altered behind the log's back: the chain, each tip's state, every file."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.database.audit_log import LogEntry
from openbureau.tips.log_heads import LogHead
from openbureau.tips.model import AttachmentPart, TipAttachment
from openbureau.tips.receipts import Statement


@dataclass(frozen=True)
class Fault:
    """Deviation from what the log promised: where, and what is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def prove(
    session: Session, heads: Sequence[LogHead] = (), receipts: Sequence[Statement] = ()
) -> Iterator[Fault]:
    """Everything that is wrong, the first broken link first. `heads` and `receipts` come from outside, with
    their signatures checked: only they show that the log's end was cut off or that all was written anew.

    Each piece is looked at in a transaction of its own: tips are taken in meanwhile.
    """
    anchors = [(head.seq, head.hash) for head in [*heads, *_own_heads(session)]]
    anchors += [(receipt.seq, receipt.entry) for receipt in receipts]
    if broken := audit_log.check_chain(session, anchors):
        yield Fault("log", broken.what)
    for receipt in receipts:
        yield from _prove_receipt(session, receipt)
    for table in audit_log.promised_tables():
        for subject in _subjects(session, table):
            yield from _prove_state(session, subject)
    yield from _prove_files(session)


def _own_heads(session: Session) -> list[LogHead]:
    with audit_log.snapshot(session):
        heads = list(session.scalars(select(LogHead)))
        session.expunge_all()
    return heads


def _prove_receipt(session: Session, receipt: Statement) -> Iterator[Fault]:
    where = f"receipt of {receipt.received_on}"
    with audit_log.snapshot(session):
        entry = session.get(LogEntry, receipt.seq)
        if entry is None or entry.hash != receipt.entry:
            yield Fault(where, f"its entry is absent, was promised at seq {receipt.seq}")
        elif _is_gone(session, entry.subject):
            yield Fault(where, f"{entry.subject} is absent, was promised at seq {receipt.seq}")


def _is_gone(session: Session, subject: str) -> bool:
    """Whether there is no such row although the log never said that it was destroyed."""
    latest = _latest(session, subject)
    return latest is not None and bool(latest.digest) and not audit_log.state(session, subject)


def _subjects(session: Session, table: Table) -> list[str]:
    """Every row there is and every row that the log knows of, in the order of their keys."""
    prefix = f"{table.name}/"
    with audit_log.snapshot(session):
        stored = {f"{prefix}{key}" for key in session.scalars(select(audit_log.naming_column(table)))}
        logged = select(LogEntry.subject).where(LogEntry.subject.startswith(prefix)).distinct()
        return sorted(stored.union(session.scalars(logged)), key=lambda subject: (len(subject), subject))


def _prove_state(session: Session, subject: str) -> Iterator[Fault]:
    with audit_log.snapshot(session):
        latest, digest = _latest(session, subject), audit_log.state(session, subject)
        if latest is None:
            yield Fault(subject, "it is stored, but the log has never heard of it")
        elif not digest and latest.digest:
            yield Fault(subject, f"it is absent, although entry {latest.seq} ({latest.event}) left it there")
        elif digest != latest.digest:
            yield Fault(subject, f"it is not as entry {latest.seq} ({latest.event}) left it")


def _latest(session: Session, subject: str) -> LogEntry | None:
    last = select(func.max(LogEntry.seq)).where(LogEntry.subject == subject).scalar_subquery()
    return session.scalar(select(LogEntry).where(LogEntry.seq == last))


def _prove_files(session: Session) -> Iterator[Fault]:
    part = AttachmentPart.__table__
    with audit_log.snapshot(session):
        attachments = set(session.scalars(select(TipAttachment.id)))
        with_parts = set(session.scalars(select(part.c.attachment_id).distinct()))
    for name in sorted(with_parts - attachments):
        yield Fault(f"attachment {name}", "its parts are stored, but it belongs to no tip")
    for name in sorted(attachments):
        with audit_log.snapshot(session):
            file = session.get(TipAttachment, name)
            if file is None:  # destroyed meanwhile, which the log tells
                continue
            digest, size = hashlib.sha256(), 0
            pieces = select(part.c.data).where(part.c.attachment_id == name).order_by(part.c.place)
            for data in session.scalars(pieces.execution_options(yield_per=1)):
                digest.update(data)
                size += len(data)
            if (size, digest.hexdigest()) != (file.size, file.digest):
                where = f"tip/{file.tip_number}, attachment {name}"
                yield Fault(where, f"its {size} bytes are not the {file.size} that were stored")
