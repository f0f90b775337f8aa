"""Verification that nothing was altered behind the log's back: the chain, the state of each tip and account,
every file, every published head."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise

from sqlalchemy import Table, func, inspect, select
from sqlalchemy.orm import Session

from openbureau.database import audit_log
from openbureau.database.audit_log import LogEntry
from openbureau.tips.log_heads import ANCHORED, LogHead
from openbureau.tips.model import AttachmentPart, Tip, TipAttachment
from openbureau.tips.receipts import Statement
from openbureau.tips.sealing.signing import BadSignature, BadSigningKey
from openbureau.tips.signing_keys import history, signer_of

_UNREADABLE = (LookupError, ValueError, TypeError, ArithmeticError)
_NONE_OF_ITS_KIND = "it cannot be read, a value is none of its kind"


@dataclass(frozen=True)
class Fault:
    """Deviation from what the log promised: where, and what is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def prove(
    session: Session,
    heads: Sequence[LogHead] = (),
    receipts: Sequence[Statement] = (),
    publics: Sequence[str] = (),
) -> Iterator[Fault]:
    """Everything that is wrong, the first broken link first. `heads` and `receipts` come from outside, with
    their signatures checked: only they show that the log's end was cut off or that all was written anew.
    `publics` are public keys of the site that are known from outside.

    Each piece is looked at in a transaction of its own: tips are taken in meanwhile.
    """
    yield from _prove_tables(session)
    try:
        own_heads = _own_heads(session)
    except _UNREADABLE as error:
        own_heads = []
        yield Fault(LogHead.__tablename__, f"{_NONE_OF_ITS_KIND} ({type(error).__name__})")
    anchors = [(head.seq, head.hash) for head in [*heads, *own_heads]]
    anchors += [(receipt.seq, receipt.entry) for receipt in receipts]
    yield from _readable("log", partial(_prove_chain, session, anchors))
    for receipt in receipts:
        yield from _prove_receipt(session, receipt)
    for table in audit_log.promised_tables():
        is_early = table.info["promised"].is_adopted and not _is_adopted(session, table)
        for subject in _subjects(session, table):
            yield from _readable(subject, partial(_prove_state, session, subject, is_early=is_early))
    yield from _readable("attachments", partial(_prove_files, session))
    yield from _readable("heads", partial(_prove_signatures, session, own_heads, publics))
    yield from _readable("heads", partial(_prove_publication, session, own_heads))
    yield from _compare(own_heads, heads)


def _readable(where: str, proof: Callable[[], Iterable[Fault]]) -> Iterator[Fault]:
    """What a proof finds, and a fault where somebody put a value that is none of its column."""
    try:
        yield from proof()
    except _UNREADABLE as error:
        yield Fault(where, f"{_NONE_OF_ITS_KIND} ({type(error).__name__})")


def _prove_tables(session: Session) -> Iterator[Fault]:
    """A table of which nothing is known cannot be proved: it must not pass for proved."""
    with audit_log.snapshot(session):
        stored = set(inspect(session.connection()).get_table_names())
    for name in sorted(stored - set(LogEntry.metadata.tables) - {"alembic_version"}):
        yield Fault(name, "it is stored, and nobody answers for this table")


def _prove_chain(session: Session, anchors: Sequence[tuple[int, str]]) -> Iterator[Fault]:
    if broken := audit_log.check_chain(session, anchors):
        yield Fault("log", broken.what)


def _own_heads(session: Session) -> list[LogHead]:
    with audit_log.snapshot(session):
        heads = list(session.scalars(select(LogHead).order_by(LogHead.day)))
        session.expunge_all()
    return heads


def _prove_signatures(session: Session, heads: Sequence[LogHead], publics: Sequence[str]) -> Iterator[Fault]:
    """Each head is signed with the key that signed then; each key knows those before it."""
    with audit_log.snapshot(session):
        keys = history(session)
    for key in keys:
        if not key.is_proved:
            yield Fault(f"signing key since {key.since}", "it does not vouch for the keys before it")
    if keys and publics and keys[-1].public not in publics:
        yield Fault(
            f"signing key since {keys[-1].since}",
            "it is not the public key that is known from outside: signing.key was replaced",
        )
    for head in heads:
        known = [*publics, *([signer_of(keys, head.seq)] if keys else [])]
        try:
            if known:
                head.check(*known)
        except (BadSignature, BadSigningKey):
            yield Fault(_name(head), "its signature is not the site's: the log was written anew")


def _prove_publication(session: Session, heads: Sequence[LogHead]) -> Iterator[Fault]:
    """Each head is the one that the log says was published, and none that it says is gone."""
    published = _published(session)
    for head in heads:
        if published.get(head.seq) != head.hash:
            yield Fault(_name(head), "the log does not say that it was published")
    stored = {head.seq for head in heads}
    for seq in published:
        if seq not in stored:
            yield Fault(f"head at {seq}", f"it is absent, although entry {seq + 1} says it was published")
    for earlier, later in pairwise(heads):
        if later.seq <= earlier.seq:
            yield Fault(
                _name(later), f"its number {later.seq} does not follow {earlier.seq} of {earlier.day}"
            )


def _published(session: Session) -> dict[int, str]:
    """Number and hash of each head of which the log says that it was published, right after it."""
    with audit_log.snapshot(session):
        entries = session.scalars(select(LogEntry).where(LogEntry.event == ANCHORED)).all()
        session.expunge_all()
    published = {}
    for entry in entries:
        try:
            seq = json.loads(entry.detail)["head"]
        except (ValueError, KeyError, TypeError):
            seq = None
        # An entry that somebody forged promises what is in front of it, and there is no such head.
        published[entry.seq - 1] = entry.digest if seq == entry.seq - 1 else ""
    return published


def _compare(own: Sequence[LogHead], kept: Sequence[LogHead]) -> Iterator[Fault]:
    """Heads kept elsewhere are those that are stored; of one day there is one."""
    stored = {head.day: head for head in own}
    seen: dict[object, LogHead] = {}
    for head in kept:
        if (head.seq, head.hash) != _content(seen.setdefault(head.day, head)):
            yield Fault(_name(head), "two heads of this day were signed: two logs were kept")
        if head.day not in stored:
            yield Fault(_name(head), "it was published and kept elsewhere, and is not stored any more")
        elif (head.seq, head.hash) != _content(stored[head.day]):
            yield Fault(_name(head), "it was kept elsewhere and is another than the stored one")


def _content(head: LogHead) -> tuple[int, str]:
    return head.seq, head.hash


def _name(head: LogHead) -> str:
    return f"head of {head.day}"


def _prove_receipt(session: Session, receipt: Statement) -> Iterator[Fault]:
    where = f"receipt of {receipt.received_on}"
    with audit_log.snapshot(session):
        entry = session.get(LogEntry, receipt.seq)
        if entry is None or entry.hash != receipt.entry:
            yield Fault(where, f"its entry is absent, was promised at seq {receipt.seq}")
        elif _is_gone(session, entry.subject):
            yield Fault(where, f"{entry.subject} is absent, was promised at seq {receipt.seq}")


def destroyed_on(session: Session, receipt: Statement) -> date | None:
    """The day on which the tip of a receipt was destroyed; None of one that is still there."""
    with audit_log.snapshot(session):
        entry = session.get(LogEntry, receipt.seq)
        if entry is None or entry.hash != receipt.entry:
            return None
        tip = session.get(Tip, int(entry.subject.rpartition("/")[2]))
        return None if tip is None else tip.destroyed_on


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


def _is_adopted(session: Session, table: Table) -> bool:
    with audit_log.snapshot(session):
        return audit_log.adoption(session, table) is not None


def _prove_state(session: Session, subject: str, *, is_early: bool) -> Iterator[Fault]:
    """`is_early`: the log has not begun to answer for such rows, but for those of which it says more."""
    with audit_log.snapshot(session):
        latest, digest = _latest(session, subject), audit_log.state(session, subject)
        if latest is None:
            yield Fault(subject, "it is stored, but the log has never heard of it")
        elif is_early and not latest.digest:
            return
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
            digest, size, is_whole = hashlib.sha256(), 0, True
            pieces = select(part.c.place, part.c.data).where(part.c.attachment_id == name)
            pieces = pieces.order_by(part.c.place).execution_options(yield_per=1)
            for index, (place, data) in enumerate(session.execute(pieces)):
                is_whole = is_whole and place == index
                digest.update(data)
                size += len(data)
            if (size, digest.hexdigest(), is_whole) != (file.size, file.digest, True):
                where = f"tip/{file.tip_number}, attachment {name}"
                yield Fault(where, f"its {size} bytes are not the {file.size} that were stored")


def remarks(session: Session) -> Iterator[str]:
    """What is no fault, and what whoever reads the verdict should know: since when accounts are answered for,
    which keys signed, on which days no head was published. Only of a log that holds."""
    heads = _own_heads(session)
    with audit_log.snapshot(session):
        keys = history(session)
        adoptions = {
            table.name: audit_log.adoption(session, table)
            for table in audit_log.promised_tables()
            if table.info["promised"].is_adopted
        }
        session.expunge_all()
    for name, entry in adoptions.items():
        if entry is None:
            yield f"{name}: the log does not answer for rows of before; run `openbureau setup`"
        elif count := json.loads(entry.detail)["rows"]:
            yield f"{name}: {count} rows were taken over as they were on {entry.at} (entry {entry.seq})"
    for key in keys[1:]:
        yield f"signing.key: another one since {key.since} (entry {key.seq}); was that your own doing?"
    for earlier, later in pairwise(heads):
        if later.day - earlier.day > timedelta(days=1):
            yield f"heads: none was published between {earlier.day} and {later.day}"
