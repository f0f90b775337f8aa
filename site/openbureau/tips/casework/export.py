"""A case as one ZIP archive, streamed: nothing of it is ever on a disk of ours.

What leaves the desk leaves masked, unless it is asked for whole: numbers that lead to a person or a firm, and
what its handler marks. Who sent the tip is in another sealed file, and never part of what is masked here.
"""

import hashlib
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from openbureau.database.audit_log import LogEntry
from openbureau.formats.csv_table import csv_file
from openbureau.tips.casework.dossier import Dossier
from openbureau.tips.form.submission import Category
from openbureau.tips.model import Tip
from openbureau.tips.sealing.files import MAX_NAME_BYTES
from openbureau.tips.text_input import clean

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a ZIP archive; the days that matter are inside
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)

MASK = "■"

# Telephone, identity, account and credit-code numbers, however they are spaced; addresses of e-mail.
_NUMBER = re.compile(r"(?<![A-Za-z\d])[A-Za-z\d]*\d(?:[ \-－—]?[A-Za-z\d]){5,}(?![A-Za-z\d])")
_EMAIL = re.compile(r"[A-Za-z\d._%+-]+@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)+")
_DAY = re.compile(r"(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}(?: \d{1,2})?")
_MIN_DIGITS = 7


def safe_name(name: str, taken: Iterable[str] = ()) -> str:
    """A file's name that does no harm on any system: NFC, without folders, control and turning marks, at
    most MAX_NAME_BYTES bytes of UTF-8, and none that is `taken`."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(
        "_" if letter in '<>:"|?*' else letter for letter in last if unicodedata.category(letter)[0] != "C"
    ).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not stem:
        stem, dot, ending = plain or "附件", "", ""
    if stem.lower() in _RESERVED:
        stem = f"_{stem}"
    ending = ending.encode()[:20].decode(errors="ignore")
    others, number = {other.casefold() for other in taken}, 1
    while True:
        mark = "" if number == 1 else f"（{number}）"
        room = MAX_NAME_BYTES - len(f"{mark}{dot}{ending}".encode())
        safe = f"{stem.encode()[:room].decode(errors='ignore')}{mark}{dot}{ending}".rstrip(" .")
        if safe.casefold() not in others:
            return safe
        number += 1


def archive(
    tip: Tip,
    dossier: Dossier,
    entries: Sequence[LogEntry],
    made_at: datetime,
    purpose: str,
    *,
    open_file: Callable[[str], bytes] | None = None,
    hidden: Sequence[str] | None = None,
) -> Iterator[bytes]:
    """The archive in pieces: body, messages, log, files and a manifest with the SHA-256 of each.

    With `hidden`, the passages to mask, it is a redacted copy without files; otherwise `open_file` gives the
    bytes of a file by its id.
    """

    def shown(text: str) -> str:
        return text if hidden is None else redact(text, hidden)

    # What the database holds is read now; by the time that files are packed its session may have ended.
    texts = {
        "线索.txt": shown(_body_text(tip, dossier)).encode(),
        "往来.txt": shown(_messages_text(dossier)).encode(),
        "办理记录.csv": _log_table(entries),
    }
    members: list[tuple[str, Callable[[], bytes]]] = [
        (name, partial(bytes, data)) for name, data in texts.items()
    ]
    if hidden is None and open_file is not None:
        taken: list[str] = []
        for file in tip.attachments:
            description = dossier.files.get(file.id, {})
            name = safe_name(
                str(description.get("served") or description.get("name") or f"{file.id}.age"), taken
            )
            taken.append(name)
            members.append((f"附件/{name}", partial(open_file, file.id)))
    return _zipped(
        members,
        {
            "case": tip.number,
            "made_at": made_at.isoformat(timespec="minutes"),
            "purpose": purpose,
            "redacted": hidden is not None,
            "attachments": [{"size": file.size, "sealed_sha256": file.digest} for file in tip.attachments],
        },
    )


def marked(typed: str) -> list[str]:
    """The passages to mask besides, one a line as typed; the longest first, so that none hides another."""
    lines = {line.strip() for line in clean(typed).split("\n")}
    return sorted(lines - {""}, key=len, reverse=True)


def redact(text: str, passages: Iterable[str] = ()) -> str:
    """The text with every marked passage, long number and e-mail address masked, all of one length."""
    for passage in passages:
        text = text.replace(passage, MASK * 3)
    text = _EMAIL.sub(MASK * 3, text)
    return _NUMBER.sub(_masked, text)


class _Sink(io.RawIOBase):
    """Sink that an archive is written into and taken out of piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def _zipped(
    members: Sequence[tuple[str, Callable[[], bytes]]], manifest: dict[str, object]
) -> Iterator[bytes]:
    sink = _Sink()
    digests: dict[str, str] = {}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members:
            data = content()
            digests[name] = hashlib.sha256(data).hexdigest()
            target.writestr(_member(name), data)
            yield sink.take()
        manifest_text = json.dumps({**manifest, "sha256": digests}, ensure_ascii=False, indent=1)
        target.writestr(_member("manifest.json"), manifest_text)
    yield sink.take()


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _body_text(tip: Tip, dossier: Dossier) -> str:
    body = dossier.body
    categories = [category.label for category in Category if category.value in tip.categories.split()]
    facts: Mapping[str, object] = {
        "编号": tip.number,
        "收到日期": tip.received_on,
        "来源": tip.channel.label,
        "被反映单位": tip.unit,
        "问题类别": "；".join(categories),
        "处罚决定日期": body.get("decided_on") or "未填",
        "决定书文号": body.get("doc_no") or "未填",
        "罚款金额（元）": body.get("amount") or "未填",
    }
    head = "\n".join(f"{name}：{value}" for name, value in facts.items())
    return f"{head}\n\n{body['story']}\n"


def _messages_text(dossier: Dossier) -> str:
    paragraphs = [
        f"{message.day} {message.kind.label}\n{'（这把密钥打不开）' if text is None else text}\n"
        for message, text in dossier.messages
    ]
    return "\n".join(paragraphs) or "没有往来。\n"


def _log_table(entries: Sequence[LogEntry]) -> bytes:
    columns = ("seq", "at", "actor", "role", "event", "detail", "digest", "prev", "hash")
    return csv_file(columns, ([getattr(entry, column) for column in columns] for entry in entries))


def _masked(match: re.Match[str]) -> str:
    text = match.group()
    is_number = sum(letter.isdigit() for letter in text) >= _MIN_DIGITS
    return MASK * 3 if is_number and not _DAY.fullmatch(text) else text
