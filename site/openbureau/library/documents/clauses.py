"""Clauses (第十二条) of a text: their anchors, `#article-12`, and the interpretations beside them.

In an interpretation a line `[[第十二条]]` quotes the clause of its policy; what follows up to the next
heading or such line explains it. Inside a sentence it is a link. Of several policies one is named:
`[[private-education-law 第十二条]]`.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml.html import HtmlElement
from lxml.html.builder import BLOCKQUOTE, CLASS, DIV, SPAN, A, P

from openbureau.formats.html_tree import Replaced, as_html, as_tree, replace_texts, words_of
from openbureau.library.documents.clause_ids import clause_id, clause_name
from openbureau.library.documents.policies import Policy
from openbureau.library.front_matter import ContentFile

_HEADINGS = ("h2", "h3", "h4")
_BLOCKS = (*_HEADINGS, "p", "li", "tr")
_QUOTE = re.compile(r"\[\[\s*(?:(?P<slug>[a-z0-9-]+)\s+)?(?P<clause>第[^\[\]]*)\]\]")


@dataclass(frozen=True)
class Clause:
    """A clause where it stands: its name as written (第十二条), its id, and its blocks in their order."""

    name: str
    id: str
    blocks: tuple[HtmlElement, ...]

    def quoted(self) -> list[HtmlElement]:
        """Its words to stand in another text: without names of its own, a heading as a paragraph."""
        return [_as_quoted(copy.deepcopy(block)) for block in self.blocks]

    def add_links(self, explanations: list[tuple[str, str]]) -> None:
        """Put the clause's own address behind it, and those of its `explanations`, each with its title."""
        own = A("#", CLASS("permalink"), {"aria-label": f"{self.name}的链接"}, href=f"#{self.id}")
        others = [
            A("解读", CLASS("explained-by"), {"aria-label": f"{self.name}的解读：{title}"}, href=address)
            for address, title in explanations
        ]
        first = self.blocks[0]
        if first.tag in _HEADINGS:
            # Beside the heading, not in it: a list of headings is read aloud without them.
            first.addnext(P(CLASS("clause-links"), own, *others))
            return
        (first[-1] if first.tag == "tr" else first).append(SPAN(CLASS("clause-links"), own, *others))


def find_clauses(tree: HtmlElement) -> dict[str, Clause]:
    """The clauses of a text by their id, which each of them gets; of two with one number the first."""
    beginnings: dict[HtmlElement, str] = {}
    seen: set[str] = set()
    for block in tree.iter(*_BLOCKS):
        own = clause_id(words_of(block))
        is_heading_of_table = block.tag == "tr" and block.getparent().tag == "thead"
        if own and own not in seen and not is_heading_of_table:
            seen.add(own)
            beginnings[block] = own
            block.set("id", own)
    clauses = {}
    for block, own in beginnings.items():
        name = clause_name(words_of(block))
        clauses[own] = Clause(name, own, (block, *_rest_of(block, beginnings)))
    return clauses


def _rest_of(block: HtmlElement, beginnings: dict[HtmlElement, str]) -> Iterator[HtmlElement]:
    """What follows the beginning of a clause and belongs to it: up to the next clause or heading of its rank.

    An item of a list and the row of a table are a clause of their own.
    """
    if block.tag in ("li", "tr"):
        return
    lower = _HEADINGS[_HEADINGS.index(block.tag) + 1 :] if block.tag in _HEADINGS else ()
    for following in block.itersiblings():
        is_next = following in beginnings or any(inner in beginnings for inner in following.iterdescendants())
        if is_next or (following.tag in _HEADINGS and following.tag not in lower):
            return
        yield following


def _as_quoted(block: HtmlElement) -> HtmlElement:
    for element in block.iter():
        element.attrib.pop("id", None)
    block.tail = None
    if block.tag == "tr":
        return P("　".join(words_of(cell) for cell in block))
    if block.tag in _HEADINGS:
        block.tag = "p"
        block.set("class", "clause-head")
    elif block.tag == "li":
        block.tag = "div"
    return block


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


def words_of_its_own(html: str) -> str:
    """A text as it is searched: without the links beside its clauses; of those it quotes only the names."""
    if "clause" not in html:
        return html
    tree = as_tree(html)
    for links in tree.find_class("clause-links"):
        links.drop_tree()
    for quoted in tree.find_class("clause"):
        source = quoted.find_class("clause-source")
        name = clause_name(words_of(source[0]).rpartition(" ")[2]) if source else ""
        quoted.getparent().replace(quoted, P(name))
    return as_html(tree)


def _text_of(policy: Policy) -> _Text:
    tree = as_tree(policy.html)
    return _Text(policy, tree, find_clauses(tree))


def _explain(policy: Policy, file: ContentFile, texts: Mapping[str, _Text]) -> None:
    """Put the clauses that an interpretation quotes into its text."""
    tree = as_tree(policy.html)
    for block in list(tree):
        quote = _QUOTE.fullmatch(words_of(block))
        if block.tag != "p" or not quote or (target := _target(quote, policy, file, texts)) is None:
            continue
        text, clause = target
        beside = list(_beside(block))
        if not beside:
            _fault(file, quote[0], f"nothing explains {quote[0]}", "write what it means below it")
        elif not text.policy.is_withdrawn:
            own = f"on-{text.policy.slug}-{clause.id}" if len(policy.interprets) > 1 else f"on-{clause.id}"
            block.addprevious(_pair(text.policy, clause, beside, own))
            if not policy.is_withdrawn:
                explanations = text.explained.setdefault(clause.id, [])
                explanations.append((f"/policies/{policy.slug}/#{own}", policy.title))
        block.drop_tree()

    def links(plain: str) -> Iterator[Replaced]:
        for quote in _QUOTE.finditer(plain):
            if target := _target(quote, policy, file, texts):
                text, clause = target
                address = f"/policies/{text.policy.slug}/#{clause.id}"
                is_gone = text.policy.is_withdrawn
                name = quote["clause"].strip()
                shown = SPAN(name) if is_gone else A(name, href=address)
                yield Replaced(quote.start(), quote.end(), shown)

    replace_texts(tree, links, outside={"a", "code", "pre", "blockquote"})
    policy.html = as_html(tree)
    policy.text = _QUOTE.sub(lambda quote: quote["clause"].strip(), policy.text)


def _target(
    quote: re.Match[str], policy: Policy, file: ContentFile, texts: Mapping[str, _Text]
) -> tuple[_Text, Clause] | None:
    """The clause that is meant; None when there is none, which is then a fault of the file."""
    named = quote["slug"] or (policy.interprets[0].slug if len(policy.interprets) == 1 else "")
    if named not in {other.slug for other in policy.interprets}:
        mend = "name one of interprets: " + "、".join(
            f"[[{other.slug} {quote['clause']}]]" for other in policy.interprets
        )
        _fault(file, quote[0], f"{quote[0]} does not say of which policy", mend)
        return None
    text = texts[named]
    clause = text.clauses.get(clause_id(quote["clause"]))
    if clause is None:
        mend = f"correct the number, or begin a heading or paragraph there with {quote['clause']}"
        _fault(file, quote[0], f"policies/{named}.md has no {quote['clause']}", mend)
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
