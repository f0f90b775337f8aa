"""Everything that is sealed to recipients, in one place: whoever seals anew goes by this list.

A column of bytes that stands in neither part of it makes a test fail, so that nothing new is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from openbureau.tips.casework import messages
from openbureau.tips.model import AttachmentPart, Message, MessageKind, Tip, TipExtension
from openbureau.tips.opinions import NO_UNIT, Opinion
from openbureau.tips.sealing import Sealer
from openbureau.tips.sealing.recipients import RecipientSet, sealer_for


@dataclass(frozen=True)
class SealedColumn:
    """Column that holds an age file, or nothing. `sealer` is for those who may open it now: it is given the
    set, the tip or opinion that it belongs to, and its row."""

    column: InstrumentedAttribute[Any]
    sealer: Callable[[RecipientSet, Any, Any], Sealer]


def readers(recipients: RecipientSet, tip: Tip, _row: object = None) -> Sealer:
    """Sealer for those who may read what a tip says."""
    return sealer_for(recipients.without(tip.recused).of_body(tip.unit))


def _custodians(recipients: RecipientSet, tip: Tip, _row: object) -> Sealer:
    return sealer_for(recipients.without(tip.recused).of_identity(tip.unit))


def _of_message(recipients: RecipientSet, tip: Tip, row: Message) -> Sealer:
    return messages.sealer(recipients, tip, row.kind)


def _of_extension(recipients: RecipientSet, tip: Tip, _row: object) -> Sealer:
    return messages.sealer(recipients, tip, MessageKind.REASON)


def _of_opinion(recipients: RecipientSet, _opinion: Opinion, _row: object) -> Sealer:
    return sealer_for(recipients.of_body(NO_UNIT))


OF_TIP = (
    SealedColumn(Tip.body, readers),
    SealedColumn(Tip.identity, _custodians),
    SealedColumn(Message.sealed, _of_message),
    SealedColumn(TipExtension.sealed, _of_extension),
)
"""Columns of a tip, or of rows that have its number."""

IN_PARTS = SealedColumn(AttachmentPart.data, readers)
"""Files of a tip: all parts of one are one age file."""

OF_OPINION = (SealedColumn(Opinion.body, _of_opinion), SealedColumn(Opinion.answer, _of_opinion))
"""Columns of an opinion."""

OF_ACCOUNT = "staff.recovery_wrap"
"""The private key of an account, for the recovery key alone: staff/keyring.py seals it anew."""

SEALED = frozenset(
    {str(sealed.column.expression) for sealed in (*OF_TIP, IN_PARTS, *OF_OPINION)} | {OF_ACCOUNT}
)
"""All columns that somebody's private key opens, as `table.column`."""

NOT_SEALED: Mapping[str, str] = {
    "tip.receipt_mac": "keyed digest of the receipt code",
    "tip.doc_mac": "keyed digest of the decision's number",
    "tip.fine_mac": "keyed digest of unit, amount and day of the fine",
    "opinion.form_mac": "keyed digest of the form",
    "staff.totp": "second factor, encrypted under the site's secret",
    "staff.wrapped_key": "private key of an account, encrypted under its owner's passphrase",
}
"""The other columns of bytes, and what they hold instead."""
