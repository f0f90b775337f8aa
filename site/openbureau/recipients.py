"""Recipient set in force: what everybody who receives or opens tips has to know."""

from openbureau.config import Settings
from openbureau.library.bureau import Bureau
from openbureau.tips.sealing import NoRecipients
from openbureau.tips.sealing.recipients import UNIT_OTHER, RecipientSet, load_set


def load_recipients(settings: Settings, bureau: Bureau) -> RecipientSet:
    """The set as it is now, signed as content/site.toml demands, fit for every unit. Raises NoRecipients."""
    units = [*bureau.units, UNIT_OTHER]
    return load_set(settings.recipients_file, signer(settings, bureau), units)


def signer(settings: Settings, bureau: Bureau) -> str:
    """The public key that must have signed the set: pinned in reviewed content, or that of a demonstration.

    Raises NoRecipients.
    """
    if bureau.signed_by:
        return bureau.signed_by
    if not bureau.demo:
        raise NoRecipients("site.toml 的 [tip_off] 没有 signed_by。")
    try:
        return settings.recipients_signer_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NoRecipients("没有接收人名册的签名公钥，请运行 openbureau setup。") from error
