"""Opening of sealed tips with a private key, in memory only. Whoever opens writes it into the log first."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyrage  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.orm import Session

from openbureau.tips.casework import messages
from openbureau.tips.model import AttachmentPart, Message, Tip, TipAttachment
from openbureau.tips.sealing import SUITE, CannotOpen, open_sealed

Document = dict[str, object]
"""A sealed document in clear: see `Submission.body_document` and `identity_document`."""


@dataclass(frozen=True, repr=False)
class Dossier:
    """A tip in clear: what it says, each message with its text (None when the key does not open it), and
    what is told of each attached file, by its id."""

    body: Document
    messages: Sequence[tuple[Message, str | None]]
    files: Mapping[str, Mapping[str, Any]]


def open_body(tip: Tip, private: str) -> Document:
    """Body of a tip in clear. Raises CannotOpen."""
    return _opened(tip, tip.body, private)


def open_identity(tip: Tip, private: str) -> Document | None:
    """Identity of the submitter; None when the tip is anonymous. Raises CannotOpen."""
    return None if tip.identity is None else _opened(tip, tip.identity, private)


def open_dossier(tip: Tip, private: str) -> Dossier:
    """Everything of a tip but its files and its sender. Raises CannotOpen when its body does not open."""
    body = open_body(tip, private)
    documents = [body]
    texts: list[tuple[Message, str | None]] = []
    for message in tip.messages:
        try:
            opened = messages.read(message, private)
        except CannotOpen:
            texts.append((message, None))
        else:
            documents.append(opened)
            texts.append((message, str(opened["text"])))
    descriptions: list[dict[str, Any]] = [
        file
        for document in documents
        for file in document.get("files", [])  # type: ignore[attr-defined]
    ]
    return Dossier(body, texts, {str(file["id"]): file for file in descriptions})


def open_file(session: Session, file: TipAttachment, description: Mapping[str, Any], private: str) -> bytes:
    """An attached file, whole, of which `told` is what the sealed document says. A file is small enough for
    memory, and only so is nothing of a damaged one ever handed out. Raises CannotOpen."""
    if not description:
        raise CannotOpen("这把密钥打不开说明这个附件的那条往来，附件也打不开。")
    parts = select(AttachmentPart.data).where(AttachmentPart.attachment_id == file.id)
    sealed = b"".join(session.scalars(parts.order_by(AttachmentPart.place)))
    if hashlib.sha256(sealed).hexdigest() != file.digest:
        raise CannotOpen("附件的密文与收到时不一致，可能已经损坏或者被改动，没有打开。")
    try:
        padded = bytes(pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(private)]))
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise CannotOpen("附件打不开：这把密钥不在接收人之中，或者密文已经损坏。") from error
    plain = padded[: int(description["size"])]
    if hashlib.sha256(plain).hexdigest() != description["sha256"]:
        raise CannotOpen("附件解密后与提交时的摘要不一致，没有打开。")
    return plain


def _opened(tip: Tip, sealed: bytes, private: str) -> Document:
    if tip.suite != SUITE:
        message = f"线索 {tip.number} 的加密格式“{tip.suite}”不受支持，请使用写入它的软件版本打开。"
        raise CannotOpen(message)
    opened: Document = json.loads(open_sealed(sealed, private))
    return opened
