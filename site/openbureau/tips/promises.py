"""What the site promises with its signature, so that nobody can deny it later: the receipt of a tip, and the
heads of the log that are published day by day."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from openbureau import ledger
from openbureau.database import Model
from openbureau.tips import signing

RECEIPT = "receipt"
LOG_HEAD = "log-head"


class BadPromise(ValueError):
    """A text holds no receipt, or a file no list of heads; or the signature in it is not the site's."""


@dataclass(frozen=True)
class SignedReceipt:
    """That a tip was received: on which day, as which entry of the log (`seq`, and `entry`, its hash).

    Neither the code nor anything about the tip is part of it.
    """

    site: str
    received_on: date
    seq: int
    entry: str
    signature: str

    def text(self) -> str:
        """The receipt in lines that people read and `read_receipt` finds again in any longer text."""
        return (
            f"回执出具单位：{self.site}\n收到日期：{self.received_on}\n日志序号：{self.seq}\n"
            f"日志摘要：{self.entry}\n签名：{self.signature}\n"
        )

    def check(self, public: str) -> None:
        """Raises BadSignature unless the site with this public key gave this receipt."""
        signing.check(
            public, RECEIPT, _receipt(self.site, self.received_on, self.seq, self.entry), self.signature
        )


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

    def check(self, public: str) -> None:
        """Raises BadSignature unless the site with this public key published this head."""
        signing.check(public, LOG_HEAD, _head(self.day, self.seq, self.hash), self.signature)


def sign_receipt(private: bytes, site: str, received_on: date, seq: int, entry: str) -> SignedReceipt:
    """The receipt of an intake, signed with the site's key. `site` is the name of the bureau."""
    signature = signing.sign(private, RECEIPT, _receipt(site, received_on, seq, entry))
    return SignedReceipt(site, received_on, seq, entry, signature)


def read_receipt(text: str) -> SignedReceipt:
    """The receipt in a text; its signature is still to be checked. Raises BadPromise."""
    found = {name: re.search(rf"^[ \t]*{name}：[ \t]*(.+?)[ \t]*$", text, re.MULTILINE) for name in _LINES}
    if missing := [name for name, match in found.items() if match is None]:
        raise BadPromise(f"回执不完整，缺少：{'、'.join(missing)}。请粘贴或者选择完整的回执。")
    site, day, seq, entry, signature = (match[1] for match in found.values() if match)
    try:
        return SignedReceipt(site, date.fromisoformat(day), int(seq), entry, signature)
    except ValueError as error:
        raise BadPromise("回执的收到日期或者日志序号不对。请对照原来的回执。") from error


def anchor(session: Session, private: bytes, day: date, at: datetime, actor: str) -> LogHead:
    """Sign the head of the log for a day, once; the log is told. Later calls of the day answer the same."""
    if known := session.get(LogHead, day):
        return known
    session.rollback()
    with ledger.change(session, ledger.minute(at), actor) as change:
        seq, entry = ledger.head(session)
        head = LogHead(
            day=day, seq=seq, hash=entry, signature=signing.sign(private, LOG_HEAD, _head(day, seq, entry))
        )
        session.add(head)
        change.tell("anchored", "log", entry, head=seq)
    return head


def beat(session: Session, today: date) -> None:
    """Lengthen the log by one to four entries that say nothing, so that nobody can tell from the numbers of
    published heads and receipts how much happened in between. Every hour."""
    with ledger.change(session, today.isoformat()) as change:
        for _ in range(1 + secrets.randbelow(4)):
            change.tell("heartbeat", "log")


def heads(session: Session) -> list[LogHead]:
    """All published heads, the newest first."""
    return list(session.scalars(select(LogHead).order_by(LogHead.day.desc())))


def heads_file(found: Iterable[LogHead], public: str) -> str:
    """log-heads.txt: what everybody may keep, to compare the log with later."""
    told = (
        "# Heads of the handling log: day, sequence number, hash, Ed25519 signature.\n"
        f"# Public key: {public}\n"
    )
    return told + "".join(f"{head.line()}\n" for head in found)


def read_heads(text: str) -> list[LogHead]:
    """The heads in a log-heads.txt; their signatures are still to be checked. Raises BadPromise."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            day, seq, entry, signature = line.split()
            found.append(LogHead(day=date.fromisoformat(day), seq=int(seq), hash=entry, signature=signature))
        except ValueError as error:
            raise BadPromise(f"line {number}: expected day, number, hash and signature") from error
    return found


_LINES = ("回执出具单位", "收到日期", "日志序号", "日志摘要", "签名")


def _receipt(site: str, received_on: date, seq: int, entry: str) -> dict[str, object]:
    return {"site": site, "received_on": received_on.isoformat(), "seq": seq, "entry": entry}


def _head(day: date, seq: int, entry: str) -> dict[str, object]:
    return {"day": day.isoformat(), "seq": seq, "hash": entry}
