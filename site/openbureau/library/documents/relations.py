"""What texts have to do with each other, tied when all of them are read."""

from collections.abc import Mapping, Sequence
from html import escape

from openbureau.library.documents.chains import link_chains
from openbureau.library.documents.clauses import explain_clauses, name_clauses
from openbureau.library.documents.document_numbers import Target, link_numbers, normal_number
from openbureau.library.documents.interpretations import link_interpretations
from openbureau.library.documents.policies import Policy
from openbureau.library.front_matter import ContentFile
from openbureau.library.records import Record
from openbureau.library.registers import Register, RegisterEntry


def connect(
    documents: Sequence[Record], policies: Mapping[str, Policy], files: Mapping[str, ContentFile]
) -> None:
    """Tie `documents`, among them the `policies`, to each other; faults are told of their files.

    `files` has all files of the folder of policies, those too of which no policy could be read.
    """
    link_interpretations(policies, files)
    link_chains(policies, files)
    explain_clauses(policies, files)
    known = _numbered(policies, files)
    for document in documents:
        if not isinstance(document, Policy) and document.html:
            document.html = name_clauses(document.html)
        own = f"/{document.kind}/{document.slug}/"
        document.html = link_numbers(document.html, known, own)
        if isinstance(document, Register | RegisterEntry):
            texts = {name: escape(text) for name, text in document.linkable.items()}
            linked = {name: link_numbers(text, known, own) for name, text in texts.items()}
            document.linked = {name: html for name, html in linked.items() if html != texts[name]}


def _numbered(policies: Mapping[str, Policy], files: Mapping[str, ContentFile]) -> dict[str, Target]:
    """Where each 文号 leads; one that two documents have leads nowhere and is a fault."""
    holders: dict[str, Policy] = {}
    for slug, policy in policies.items():
        number = normal_number(policy.doc_no)
        if not number or policy.is_interpretation:
            continue
        if number in holders:
            what = f"doc_no {policy.doc_no} is that of policies/{holders[number].slug}.md, too"
            files[slug].fault("doc_no", what, "correct one of the two")
        holders.setdefault(number, policy)
    return {
        number: Target(f"/policies/{policy.slug}/", policy.title)
        for number, policy in holders.items()
        if not policy.is_withdrawn
    }
