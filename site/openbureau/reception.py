"""Who tips are sealed to at this moment: what both doors have to know."""

from openbureau.tips.recipients import RecipientSet, load_set
from openbureau.tips.sealing import NoRecipients
from openbureau.tips.submission import UNIT_OTHER
from openbureau.web import publication, site


def recipient_set() -> RecipientSet:
    """The set as it is now. Raises NoRecipients: then no tip is taken, and the rest goes on."""
    settings, bureau = site().settings, publication().bureau
    signer = bureau.signed_by
    if not signer and bureau.demo:
        try:
            signer = settings.recipients_signer_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise NoRecipients("没有接收人名册的签名公钥，请运行 openbureau setup。") from error
    return load_set(settings.recipients_file, signer, [*bureau.units, UNIT_OTHER])
