"""The handling log: append-only, chained by digests, written in the same commit as the change it tells of.

`change` is the only way to commit to the tips database: a change that tells nothing is rolled back, and so is
one whose entry cannot be written. Whoever copied the database earlier, holds a receipt or read a published
head can show that an entry was altered, removed or put in between (`check_chain`).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DDL, Text, event, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from openbureau.database import Model

SYSTEM = "system"
"""Who acts when no person does."""

SUBMITTER = "submitter"
"""Whoever holds a receipt code; nothing else is known of them."""

_LOCK = 0x4F42_4C45  # any number that nothing else in the database locks by
_NO_PREDECESSOR = "0" * 64


class NothingTold(RuntimeError):
    """A change was about to be committed without an entry in the log: it was rolled back."""


class Entry(Model):
    """One event. `at` is a day for what submitters do (an hour would name them to whoever saw them) and a UTC
    minute for staff. `subject` is what it happened to (`tip/12`, `staff/name`); `digest` the SHA-256 of the
    record or ciphertext concerned; `detail` canonical JSON of closed-list words and numbers, never text that
    somebody wrote."""

    __tablename__ = "ledger"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str]
    actor: Mapped[str]
    role: Mapped[str]
    event: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]
    prev: Mapped[str]
    hash: Mapped[str]


GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER ledger_no_{verb.lower()} BEFORE {verb} ON ledger "
        f"BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
        "CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()",
    ],
}
"""What keeps the table append-only, by dialect. (In SQLite, REPLACE obeys because of recursive_triggers.)"""

for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        _guard: Any = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(Entry.__table__, "after_create", _guard.execute_if(dialect=_dialect))


@dataclass
class Change:
    """What a commit will tell. `entries` holds what was written, once `change` has ended."""

    at: str
    actor: str
    role: str
    told: list[dict[str, str]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def tell(self, event: str, subject: str, digest: str = "", **detail: str | int | None) -> None:
        """Write into the log that `event` happened to `subject`. `detail` holds closed words and numbers."""
        self.told.append({"event": event, "subject": subject, "digest": digest, "detail": _canonical(detail)})


def minute(at: datetime) -> str:
    """How the log writes when staff did something: the UTC minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


@contextmanager
def change(session: Session, at: str, actor: str = SYSTEM, role: str = SYSTEM) -> Iterator[Change]:
    """One commit: what is done inside, and the entries told. All or nothing; writers come one after another.

    What the session remembered is read again. Raises NothingTold when nothing was told; whatever is raised
    inside, nothing is kept.
    """
    try:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        session.expire_all()
        made = Change(at, actor, role)
        yield made
        if not made.told:
            raise NothingTold("a change without an entry in the log")
        session.flush()
        _append(session, made)
        session.commit()
    except BaseException:
        session.rollback()
        raise


def entries_of(session: Session, subject: str) -> list[Entry]:
    """What happened to a subject, in order."""
    return list(session.scalars(select(Entry).where(Entry.subject == subject).order_by(Entry.seq)))


def head(session: Session) -> tuple[int, str]:
    """The sequence number and hash of the last entry; (0, zeros) of an empty log."""
    last = session.execute(select(Entry.seq, Entry.hash).order_by(Entry.seq.desc()).limit(1)).one_or_none()
    return (0, _NO_PREDECESSOR) if last is None else (last.seq, last.hash)


@dataclass(frozen=True)
class Broken:
    """Where the chain does not hold: at which sequence number, and what is wrong there."""

    seq: int
    what: str


def check_chain(session: Session, anchors: Iterable[tuple[int, str]] = ()) -> Broken | None:
    """The first link that does not hold, or None. `anchors` are (seq, hash) pairs known from elsewhere: a
    published head, a receipt. Only they show that the end was cut off or that all was written anew."""
    wanted: Mapping[int, set[str]] = _by_seq(anchors)
    seq, prev = 0, _NO_PREDECESSOR
    for entry in session.scalars(select(Entry).order_by(Entry.seq).execution_options(yield_per=1000)):
        seq += 1
        if entry.seq != seq:
            return Broken(seq, f"entry {seq} is missing; the next one is {entry.seq}")
        if entry.prev != prev:
            return Broken(seq, f"entry {seq} does not follow entry {seq - 1}")
        if entry.hash != _hash(entry):
            return Broken(seq, f"entry {seq} was altered")
        if wanted.get(seq, {entry.hash}) != {entry.hash}:
            return Broken(seq, f"entry {seq} is not the one that was promised: the log was written anew")
        prev = entry.hash
    if missing := sorted(known for known in wanted if known > seq):
        return Broken(missing[0], f"entry {missing[0]} was promised, but the log ends at {seq}")
    return None


def _append(session: Session, made: Change) -> None:
    seq, prev = head(session)
    for each in made.told:
        seq += 1
        entry = Entry(seq=seq, at=made.at, actor=made.actor, role=made.role, prev=prev, **each)
        prev = entry.hash = _hash(entry)
        session.add(entry)
        made.entries.append(entry)


def _hash(entry: Entry) -> str:
    who = (entry.seq, entry.at, entry.actor, entry.role)
    what = (entry.event, entry.subject, entry.detail, entry.digest)
    told = json.dumps([*who, *what], ensure_ascii=False)
    return hashlib.sha256(f"log.v1\n{entry.prev}\n{told}".encode()).hexdigest()


def _canonical(detail: Mapping[str, str | int | None]) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _by_seq(anchors: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for seq, known in anchors:
        found.setdefault(seq, set()).add(known)
    return found
