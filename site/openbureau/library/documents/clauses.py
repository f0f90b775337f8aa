"""Interpretations that stand beside the clauses they explain, and clauses that lead to them.

In an interpretation a line `[[第十二条]]` quotes the clause of its policy; what follows up to the next
heading or such line explains it. Inside a sentence it is a link. Of several policies one is named:
`[[private-education-law 第十二条]]`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml.html import HtmlElement
from lxml.html.builder import BLOCKQUOTE, CLASS, DIV, SPAN, A, P

from openbureau.formats.html_tree import Replaced, as_html, as_tree, replace_texts, words_of
from openbureau.library.documents.clause_anchors import Clause, clause_id, find_clauses
from openbureau.library.documents.policies import Policy
from openbureau.library.front_matter import ContentFile

_QUOTE = re.compile(r"\[\[\s*(?:(?P<slug>[a-z0-9-]+)\s+)?(?P<clause>第[^\[\]]*?)\s*\]\]")


@dataclass
class _Text:
    """A policy's text as a tree, its clauses, and where each is explained: addresses with titles."""

    policy: Policy
    tree: HtmlElement
    clauses: Mapping[str, Clause]
    explained: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def explain_clauses(policies: Mapping[str, Policy], files: Mapping[str, ContentFile]) -> None:
    """Name the clauses of all policies and put them beside their interpretations.

    A clause that a policy does not have is a fault of the interpretation. What was withdrawn is quoted
    nowhere.
    """
    quoting = {slug: quote for slug, policy in policies.items() if (quote := _QUOTE.search(policy.html))}
    # A tree takes thirty times the room of its text: only of what is quoted several are needed at once.
    quoted = {other.slug: other for slug in quoting for other in policies[slug].interprets}
    texts = {slug: _text_of(policy) for slug, policy in quoted.items()}
    for slug, quote in quoting.items():
        if policies[slug].is_interpretation:
            _explain(policies[slug], files[slug], texts)
        else:
            _fault(files[slug], quote[0], "only an interpretation quotes clauses", f"remove {quote[0]}")
    for slug, policy in policies.items():
        if policy.is_interpretation:
            continue
        text = texts.pop(slug, None) or _text_of(policy)
        for own, clause in text.clauses.items():
            clause.add_links(text.explained.get(own, []))
        if text.clauses:
            policy.html = as_html(text.tree)


def name_clauses(html: str) -> str:
    """The text of any other document, with the addresses of its clauses."""
    tree = as_tree(html)
    clauses = find_clauses(tree)
    for clause in clauses.values():
        clause.add_links([])
    return as_html(tree) if clauses else html


def _text_of(policy: Policy) -> _Text:
    tree = as_tree(policy.html)
    return _Text(policy, tree, find_clauses(tree))


def _explain(policy: Policy, file: ContentFile, texts: Mapping[str, _Text]) -> None:
    """Put the clauses that an interpretation quotes into its text."""
    tree = as_tree(policy.html)
    for block in list(tree):
        found = _QUOTE.fullmatch(words_of(block))
        if block.tag != "p" or not found or (target := _target(found, policy, file, texts)) is None:
            continue
        text, clause = target
        beside = list(_beside(block))
        if not beside:
            _fault(file, found[0], f"nothing explains {found[0]}", "write what it means below it")
        elif not text.policy.is_withdrawn:
            own = f"on-{text.policy.slug}-{clause.id}" if len(policy.interprets) > 1 else f"on-{clause.id}"
            block.addprevious(_pair(text.policy, clause, beside, own))
            if not policy.is_withdrawn:
                told = text.explained.setdefault(clause.id, [])
                told.append((f"/policies/{policy.slug}/#{own}", policy.title))
        block.drop_tree()

    def links(plain: str) -> Iterator[Replaced]:
        for found in _QUOTE.finditer(plain):
            if target := _target(found, policy, file, texts):
                text, clause = target
                address = f"/policies/{text.policy.slug}/#{clause.id}"
                is_gone = text.policy.is_withdrawn
                shown = SPAN(found["clause"]) if is_gone else A(found["clause"], href=address)
                yield Replaced(found.start(), found.end(), shown)

    replace_texts(tree, links, outside={"a", "code", "pre", "blockquote"})
    policy.html = as_html(tree)
    policy.text = _QUOTE.sub(r"\g<clause>", policy.text)


def _target(
    found: re.Match[str], policy: Policy, file: ContentFile, texts: Mapping[str, _Text]
) -> tuple[_Text, Clause] | None:
    """The clause that is meant; None when there is none, which is then a fault of the file."""
    named = found["slug"] or (policy.interprets[0].slug if len(policy.interprets) == 1 else "")
    if named not in {other.slug for other in policy.interprets}:
        mend = "name one of interprets: " + "、".join(
            f"[[{other.slug} {found['clause']}]]" for other in policy.interprets
        )
        _fault(file, found[0], f"{found[0]} does not say of which policy", mend)
        return None
    text = texts[named]
    clause = text.clauses.get(clause_id(found["clause"]))
    if clause is None:
        mend = f"correct the number, or begin a heading or paragraph there with {found['clause']}"
        _fault(file, found[0], f"policies/{named}.md has no {found['clause']}", mend)
        return None
    return text, clause


def _fault(file: ContentFile, quote: str, what: str, mend: str) -> None:
    lines = file.markdown.split("\n")
    number = next((number for number, line in enumerate(lines) if quote in line), 0)
    file.fault_at(file.markdown_line + number, what, mend)


def _beside(block: HtmlElement) -> Iterator[HtmlElement]:
    """What explains the clause quoted in `block`."""
    for following in block.itersiblings():
        if following.tag in ("h2", "h3", "h4", "hr") or _QUOTE.fullmatch(words_of(following)):
            return
        yield following


def _pair(policy: Policy, clause: Clause, beside: list[HtmlElement], own: str) -> HtmlElement:
    """Clause and interpretation side by side."""
    source = A(f"{policy.title} {clause.name}", href=f"/policies/{policy.slug}/#{clause.id}")
    return DIV(
        CLASS("clause-pair"),
        BLOCKQUOTE(CLASS("clause"), P(CLASS("clause-source"), source), *clause.quoted()),
        DIV(CLASS("explained"), *beside),
        id=own,
    )
