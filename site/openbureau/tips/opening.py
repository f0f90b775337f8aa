"""Opening what was sealed, with a private key; in memory only. Whoever opens tells the log first."""

import json

from openbureau.tips.model import Tip
from openbureau.tips.sealing import SUITE, CannotOpen, open_sealed

Document = dict[str, object]
"""A sealed document in clear: see `Submission.body_document` and `identity_document`."""


def open_body(tip: Tip, private: str) -> Document:
    """What a tip says. Raises CannotOpen."""
    return _opened(tip, tip.body, private)


def open_identity(tip: Tip, private: str) -> Document | None:
    """Who says so; None when the tip is anonymous. Raises CannotOpen."""
    return None if tip.identity is None else _opened(tip, tip.identity, private)


def _opened(tip: Tip, sealed: bytes, private: str) -> Document:
    if tip.suite != SUITE:
        told = f"线索 {tip.number} 的加密格式“{tip.suite}”不受支持，请使用写入它的软件版本打开。"
        raise CannotOpen(told)
    opened: Document = json.loads(open_sealed(sealed, private))
    return opened
