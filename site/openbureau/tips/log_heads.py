"""Heads of the audit log, signed and published day by day, so that nobody can deny them later."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from openbureau.database import Model, audit_log
from openbureau.tips.sealing import signing

LOG_HEAD = "log-head"

ANCHORED = "anchored"
"""The event of the log that a head was published; it follows the entry that is the head."""

HEARTBEAT = "heartbeat"
"""The event of the log that says nothing."""


class BadLogHeads(ValueError):
    """A file holds no list of heads; the message names the line."""


class LogHead(Model):
    """The head of the log at the end of a day's round: published, and never altered."""

    __tablename__ = "log_head"

    day: Mapped[date] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]
    signature: Mapped[str]

    def line(self) -> str:
        """The line of log-heads.txt."""
        return f"{self.day} {self.seq} {self.hash} {self.signature}"

    def check(self, *publics: str) -> None:
        """Raises BadSignature unless the site with one of these public keys published this head."""
        signing.check_any(publics, LOG_HEAD, _head(self.day, self.seq, self.hash), self.signature)


def anchor(session: Session, private: bytes, day: date, at: datetime, actor: str) -> LogHead:
    """Sign the head of the log for a day, once; the log is told. Later calls of the day answer the same."""
    if published := session.get(LogHead, day):
        return published
    session.rollback()
    with audit_log.change(session, audit_log.minute(at), actor) as change:
        seq, entry = audit_log.head(session)
        head = LogHead(
            day=day, seq=seq, hash=entry, signature=signing.sign(private, LOG_HEAD, _head(day, seq, entry))
        )
        session.add(head)
        change.log(ANCHORED, "log", entry, head=seq)
    return head


def add_heartbeat(session: Session, today: date) -> None:
    """Lengthen the log by one to four entries that say nothing, so that nobody can tell from the numbers of
    published heads and receipts how much happened in between. Every hour."""
    with audit_log.change(session, today.isoformat()) as change:
        for _ in range(1 + secrets.randbelow(4)):
            change.log(HEARTBEAT, "log")


def list_heads(session: Session) -> list[LogHead]:
    """All published heads, the newest first."""
    return list(session.scalars(select(LogHead).order_by(LogHead.day.desc())))


def heads_file(heads: Iterable[LogHead], public: str, *earlier: str) -> str:
    """log-heads.txt: what everybody may keep, to compare the log with later. Heads of before the site had its
    present key are signed with `earlier` ones."""
    preamble = (
        "# Heads of the handling log: day, sequence number, hash, Ed25519 signature.\n"
        f"# Public key: {public}\n"
    )
    preamble += "".join(f"# Earlier public key: {key}\n" for key in earlier)
    return preamble + "".join(f"{head.line()}\n" for head in heads)


def read_heads(text: str) -> list[LogHead]:
    """The heads in a log-heads.txt; their signatures are still to be checked. Raises BadLogHeads."""
    heads = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            day, seq, entry, signature = line.split()
            heads.append(LogHead(day=date.fromisoformat(day), seq=int(seq), hash=entry, signature=signature))
        except ValueError as error:
            raise BadLogHeads(f"line {number}: expected day, number, hash and signature") from error
    return heads


def _head(day: date, seq: int, entry: str) -> dict[str, object]:
    return {"day": day.isoformat(), "seq": seq, "hash": entry}
