"""Audit log (办理日志): append-only, a hash chain, written in the same commit as the change it tells of.

`change` is the only way to commit to the tips database: a change that tells nothing is rolled back, and so is
one whose entry cannot be written. Whoever copied the database earlier, holds a receipt or read a published
head can show that an entry was altered, removed or put in between (`check_chain`).

Tables marked PROMISED are watched: no row of theirs, nor any that refers to one, changes without an entry
about it, and that entry carries the digest of the state it left (`state`). What somebody alters behind the
log's back no longer matches the latest entry. Columns that a table names `volatile` change with every request
and are left out.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DDL, Column, Row, Table, Text, event, inspect, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from openbureau.database import Model

SYSTEM = "system"
"""Actor when no person acts."""

SUBMITTER = "submitter"
"""Actor who holds a receipt code; nothing else is known of them."""


@dataclass(frozen=True)
class Promise:
    """Promise of the log to answer for the rows of a table. The subject of a row is `<table>/<name>`: its
    name is the value of the column `named_by`, or else of the primary key. `is_adopted` says that there were
    rows before the log answered for them (`adopt`)."""

    named_by: str = ""
    is_adopted: bool = False


PROMISED = {"promised": Promise()}
"""The `info` of a table whose rows the log answers for, each by its primary key."""

ANSWERS_FOR = "answers-for"
"""The event since which the log answers for a table that was there before."""

LOCK = 0x4F42_4C45  # any number that nothing else in the database locks by
_NO_PREDECESSOR = "0" * 64
_BATCH_ENTRIES = 5000


class UnloggedChange(RuntimeError):
    """A change was about to be committed without an entry about it in the log: it was rolled back."""


class LogEntry(Model):
    """One event. `at` is a day for what submitters do (an hour would name them to whoever saw them) and a UTC
    minute for staff. `subject` is what it happened to (`tip/12`, `staff/name`); `digest` a SHA-256: of what a
    promised subject was afterwards, else of the record concerned, or empty; `detail` canonical JSON of
    closed-list words and numbers, never text that somebody wrote."""

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
"""Triggers that keep the table append-only, by dialect. (SQLite: REPLACE obeys with recursive_triggers.)"""

for _dialect, _statements in GUARDS.items():
    for _statement in _statements:
        _guard: Any = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(LogEntry.__table__, "after_create", _guard.execute_if(dialect=_dialect))


@dataclass
class LoggedChange:
    """Events that a commit will log. `entries` holds what was written, once `change` has ended."""

    at: str
    actor: str
    role: str
    events: list[dict[str, str]] = field(default_factory=list)
    entries: list[LogEntry] = field(default_factory=list)

    def log(self, event: str, subject: str, digest: str = "", **detail: str | int | None) -> None:
        """Write into the log that `event` happened to `subject`. `detail` holds closed words and numbers; the
        digest of a promised subject is found by itself."""
        fields = {"event": event, "subject": subject, "digest": digest, "detail": _canonical(detail)}
        self.events.append(fields)


def minute(at: datetime) -> str:
    """UTC minute, as the log writes when staff did something."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


@contextmanager
def change(session: Session, at: str, actor: str = SYSTEM, role: str = SYSTEM) -> Iterator[LoggedChange]:
    """One commit: what is done inside, and the entries told. All or nothing; writers come one after another.

    What the session remembered is read again. Raises UnloggedChange when nothing was told, or nothing of a
    promised row that changed; whatever is raised inside, nothing is kept.
    """
    touched: set[str] = set()

    def watch(session: Session, _context: object) -> None:
        rows = {*session.new, *session.deleted, *(row for row in session.dirty if _is_changed(row))}
        touched.update(subject for row in rows for subject in _subjects(session, row))

    event.listen(session, "after_flush", watch)
    try:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        session.expire_all()
        logged = LoggedChange(at, actor, role)
        yield logged
        session.flush()
        if not logged.events:
            raise UnloggedChange("a change without an entry in the log")
        if untold := touched - {logged_event["subject"] for logged_event in logged.events}:
            raise UnloggedChange(f"{', '.join(sorted(untold))} changed without an entry in the log")
        _append(session, logged)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        event.remove(session, "after_flush", watch)


def entries_of(session: Session, subject: str) -> list[LogEntry]:
    """Entries about a subject, in order."""
    return list(session.scalars(select(LogEntry).where(LogEntry.subject == subject).order_by(LogEntry.seq)))


def adopt(session: Session, at: datetime, actor: str) -> int:
    """Begin to answer for the rows that were there before the log did, as they are now; once, for the log
    remembers it. How many there are."""
    rows = 0
    for table in promised_tables():
        if not table.info["promised"].is_adopted or adoption(session, table) is not None:
            continue
        naming = naming_column(table)
        with change(session, minute(at), actor) as logged:
            names = session.scalars(select(naming).order_by(naming)).all()
            for name in names:
                logged.log("adopted", f"{table.name}/{name}")
            logged.log(ANSWERS_FOR, "log", table=table.name, rows=len(names))
        rows += len(names)
    return rows


def adoption(session: Session, table: Table) -> LogEntry | None:
    """The entry since which the log answers for a table that was there before; None before that."""
    entries = select(LogEntry).where(LogEntry.event == ANSWERS_FOR).order_by(LogEntry.seq)
    for entry in session.scalars(entries):
        if f'"table":"{table.name}"' in entry.detail:
            return entry
    return None


def head(session: Session) -> tuple[int, str]:
    """The sequence number and hash of the last entry; (0, zeros) of an empty log."""
    last = session.execute(
        select(LogEntry.seq, LogEntry.hash).order_by(LogEntry.seq.desc()).limit(1)
    ).one_or_none()
    return (0, _NO_PREDECESSOR) if last is None else (last.seq, last.hash)


def promised_tables() -> list[Table]:
    """The tables whose rows the log answers for."""
    return [table for table in Model.metadata.sorted_tables if table.info.get("promised")]


def naming_column(table: Table) -> Column[Any]:
    """The column of a promised table that names its rows in the log."""
    promise: Promise = table.info["promised"]
    if promise.named_by:
        return table.c[promise.named_by]
    [primary] = table.primary_key
    return primary


def volatile(table: Table) -> frozenset[str]:
    """The columns that the log does not answer for: they change with every request."""
    return frozenset(table.info.get("volatile", ()))


def state(session: Session, subject: str) -> str:
    """SHA-256 of a promised row and of all rows that refer to it; empty when there is no such row (any more).

    Columns without a value do not count, so that a later version may add some; nor do volatile ones.
    """
    name, _, key = subject.partition("/")
    table = Model.metadata.tables[name]
    naming = naming_column(table)
    row = session.execute(select(table).where(naming == naming.type.python_type(key))).one_or_none()
    if row is None:
        return ""
    [primary] = table.primary_key
    lines = [name, _plain(table, row._mapping)]
    for column in _references(table):
        rows = session.execute(select(column.table).where(column == row._mapping[primary]))
        lines += sorted(
            f"{column.table.name} {_plain(column.table, referring._mapping)}" for referring in rows
        )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class BrokenChain:
    """Break of the chain: at which sequence number, and what is wrong there."""

    seq: int
    what: str


def check_chain(session: Session, anchors: Iterable[tuple[int, str]] = ()) -> BrokenChain | None:
    """The first link that does not hold, or None. `anchors` are (seq, hash) pairs known from elsewhere: a
    published head, a receipt. Only they show that the end was cut off or that all was written anew.

    It ends transactions as it goes, so that nobody has to wait for the whole.
    """
    wanted: Mapping[int, set[str]] = _by_seq(anchors)
    table = LogEntry.__table__
    seq, prev = 0, _NO_PREDECESSOR
    following = select(table).order_by(table.c.seq).limit(_BATCH_ENTRIES)
    while entries := session.execute(following.where(table.c.seq > seq)).all():
        session.rollback()
        for entry in entries:
            seq += 1
            if entry.seq != seq:
                return BrokenChain(seq, f"entry {seq} is missing; the next one is {entry.seq}")
            if entry.prev != prev:
                return BrokenChain(seq, f"entry {seq} does not follow entry {seq - 1}")
            if entry.hash != _hash(entry):
                return BrokenChain(seq, f"entry {seq} was altered")
            if wanted.get(seq, {entry.hash}) != {entry.hash}:
                return BrokenChain(
                    seq, f"entry {seq} is not the one that was promised: the log was written anew"
                )
            prev = entry.hash
    if missing := sorted(wanted_seq for wanted_seq in wanted if wanted_seq > seq):
        return BrokenChain(missing[0], f"entry {missing[0]} was promised, but the log ends at {seq}")
    return None


@contextmanager
def snapshot(session: Session) -> Iterator[None]:
    """Read transaction: whatever is read inside is of one moment; nothing is kept."""
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        session.rollback()


def _append(session: Session, logged: LoggedChange) -> None:
    seq, prev = head(session)
    promised = {table.name for table in promised_tables()}
    for fields in logged.events:
        seq += 1
        if fields["subject"].partition("/")[0] in promised:
            fields["digest"] = state(session, fields["subject"])
        entry = LogEntry(seq=seq, at=logged.at, actor=logged.actor, role=logged.role, prev=prev, **fields)
        prev = entry.hash = _hash(entry)
        session.add(entry)
        logged.entries.append(entry)


def _hash(entry: LogEntry | Row[Any]) -> str:
    who = (entry.seq, entry.at, entry.actor, entry.role)
    what = (entry.event, entry.subject, entry.detail, entry.digest)
    fields = json.dumps([*who, *what], ensure_ascii=False)
    return hashlib.sha256(f"log.v1\n{entry.prev}\n{fields}".encode()).hexdigest()


def _references(table: Table) -> list[Column[Any]]:
    """The columns of other tables that name a row of this one."""
    return [
        key.parent
        for other in Model.metadata.sorted_tables
        for key in sorted(other.foreign_keys, key=lambda key: key.parent.name)
        if key.column.table is table and other is not table
    ]


def _subjects(session: Session, row: object) -> Iterator[str]:
    """The promised subjects that a mapped object is, or belongs to."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    if table.info.get("promised"):
        yield f"{table.name}/{getattr(row, naming_column(table).name)}"
    for key in table.foreign_keys:
        owner = key.column.table
        if owner.info.get("promised") and owner is not table:
            value, naming = getattr(row, key.parent.name), naming_column(owner)
            if naming is not key.column:
                # Not by the session, which is in the middle of a flush.
                naming_query = select(naming).where(key.column == value)
                value = session.connection().scalar(naming_query)
            yield f"{owner.name}/{value}"


def _is_changed(row: object) -> bool:
    """Whether anything of a mapped object changed that the log answers for."""
    left_out = volatile(row.__table__)  # type: ignore[attr-defined]
    return any(
        attribute.history.has_changes() for attribute in inspect(row).attrs if attribute.key not in left_out
    )


def _plain(table: Table, row: Mapping[Any, Any]) -> str:
    left_out = volatile(table)
    values = {
        name: value.hex() if isinstance(value, bytes) else str(value)
        for name, value in row.items()
        if value is not None and name not in left_out
    }
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _canonical(detail: Mapping[str, str | int | None]) -> str:
    return json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _by_seq(anchors: Iterable[tuple[int, str]]) -> dict[int, set[str]]:
    hashes: dict[int, set[str]] = {}
    for seq, entry_hash in anchors:
        hashes.setdefault(seq, set()).add(entry_hash)
    return hashes
