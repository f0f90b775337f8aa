"""Relations between documents, tied when all of them are read.

Interpretations and what they interpret, what a newer document does to an older one, the clauses that an
interpretation quotes, and every 文号 in a text that is one of ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from graphlib import CycleError, TopologicalSorter
from html import escape

from openbureau.library.documents.clauses import explain_clauses, name_clauses
from openbureau.library.documents.document_numbers import Target, link_numbers, normal_number
from openbureau.library.documents.policies import Policy, PolicyRelation
from openbureau.library.front_matter import ContentFile
from openbureau.library.records import Record
from openbureau.library.registers import Register, RegisterEntry

CHANGES = {
    "supersedes": ("替代旧文件", "被新文件替代"),
    "amends": ("修改旧文件", "被新文件修改"),
    "repeals": ("废止旧文件", "被新文件废止"),
}
"""The fields of a newer document, and what people read on its page and on the older one's."""

ENDING = ("supersedes", "repeals")
"""The fields that end the older document; the other one leaves it in force, amended."""

Policies = Mapping[str, Policy]
Files = Mapping[str, ContentFile]


def connect(documents: Sequence[Record], policies: Policies, files: Files) -> None:
    """Tie `documents`, among them the `policies`, to each other; a fault is reported for its own file.

    `files` has all files of the folder of policies by slug, those too of which no policy could be read.
    """
    link_interpretations(policies, files)
    link_changes(policies, files)
    explain_clauses(policies, files)
    numbered = _numbered(policies, files)
    for document in documents:
        if not isinstance(document, Policy) and document.html:
            document.html = name_clauses(document.html)
        own = f"/{document.kind}/{document.slug}/"
        document.html = link_numbers(document.html, numbered, own)
        if isinstance(document, Register | RegisterEntry):
            texts = {name: escape(text) for name, text in document.linkable.items()}
            linked = {name: link_numbers(text, numbered, own) for name, text in texts.items()}
            document.linked = {name: html for name, html in linked.items() if html != texts[name]}


def link_interpretations(policies: Policies, files: Files) -> None:
    """Tie every interpretation to its policies, and require that each policy exists and is one.

    An interpretation of a document that only another site has says which (`interprets_elsewhere`). A policy
    that `needs_interpretation` and has none is reported and published: a late word is better than none.
    """
    for slug, policy in policies.items():
        file = files[slug]
        is_elsewhere = bool(policy.interprets_elsewhere)
        names = file.items("interprets", required=policy.is_interpretation and not is_elsewhere)
        if (names or is_elsewhere) and not policy.is_interpretation:
            field = "interprets" if names else "interprets_elsewhere"
            file.fault(field, "only genre 解读 interprets a policy", f"remove {field}, or set the genre")
        policy.interprets.extend(_policies_named(file, "interprets", names, policies, files))
    for slug, policy in policies.items():
        if policy.is_withdrawn:
            continue
        if policy.needs_interpretation and policy.is_interpretation:
            what = "an interpretation needs none"
            files[slug].fault("needs_interpretation", what, "remove needs_interpretation")
        elif policy.waits_for_interpretation:
            what = "this policy needs an interpretation and has none"
            files[slug].note("needs_interpretation", what, f"write one with interprets: [{slug}]")
        elif policy.interprets and all(other.is_withdrawn for other in policy.interprets):
            what = "all that is interpreted here was withdrawn"
            files[slug].note("interprets", what, "withdraw the interpretation, too, or say what holds now")


def link_changes(policies: Policies, files: Files) -> None:
    """Tie every document to the older ones that it supersedes, amends or repeals.

    What cannot be is a fault of the newer one's file. What was withdrawn changes nothing any more.
    """
    changed: dict[str, list[str]] = {}
    for slug, newer in policies.items():
        for field in CHANGES:
            for older in _changed_by(files[slug], newer, field, policies, files):
                changed.setdefault(slug, []).append(older.slug)
                if not newer.is_withdrawn and not older.is_withdrawn:
                    _link(files[slug], newer, older, field)
    for policy in policies.values():
        policy.ends_on = policy.force.ends_on
    for slug in _in_circles(changed):
        field = next(field for field in CHANGES if field in files[slug].values)
        files[slug].fault(field, f"{slug} ends or changes itself in the end", "correct one of the chain")


def _changed_by(
    file: ContentFile, newer: Policy, field: str, policies: Policies, files: Files
) -> Iterator[Policy]:
    names = file.items(field, required=False)
    if names and newer.genre in ("解读", "征求意见稿"):
        file.fault(field, f"a {newer.genre} {field} nothing", f"remove {field}, or correct the genre")
        return
    yield from _policies_named(file, field, names, policies, files)


def _policies_named(
    file: ContentFile, field: str, names: Sequence[str], policies: Policies, files: Files
) -> Iterator[Policy]:
    """The policies that a field names by their slugs; a name that is none of a policy is a fault."""
    for name in dict.fromkeys(names):
        target = policies.get(name)
        if target is None and name in files:
            continue  # it is there, and what is wrong with it is reported for its own file
        if target is None or target.is_interpretation:
            mend = f"name a file of policies/, or write {name}.md"
            file.fault(field, f"there is no policy {name}", mend)
        else:
            yield target


def _link(file: ContentFile, newer: Policy, older: Policy, field: str) -> None:
    active, passive = CHANGES[field]
    from_day = newer.effective_on or _whole_day(newer.made_on)
    if from_day is None:
        mend = "add effective_on, or the whole day to made_on"
        file.fault(field, f"from which day {older.slug} is no longer as it was is not known", mend)
        return
    newer.changes.append(_relation(older, active, from_day))
    older.changed_by.append(_relation(newer, passive, from_day))
    if field in ENDING:
        older.ended_on = min(from_day, older.ended_on or from_day)
    else:
        older.amended_on = min(from_day, older.amended_on or from_day)


def _relation(policy: Policy, what: str, from_day: date) -> PolicyRelation:
    return PolicyRelation(
        what=what,
        slug=policy.slug,
        title=policy.title,
        doc_no=policy.doc_no,
        from_day=from_day.isoformat(),
    )


def _whole_day(text: str) -> date | None:
    """The day; None when only its year or month is known."""
    return date.fromisoformat(text) if len(text) == len("2024-05-31") else None


def _in_circles(changed: Mapping[str, list[str]]) -> Iterator[str]:
    """Whoever ends or changes itself through others; of several circles through one, the first is given."""
    remaining = dict(changed)
    while True:
        try:
            TopologicalSorter(remaining).prepare()
        except CycleError as error:
            for slug in error.args[1][1:]:
                del remaining[slug]
                yield slug
        else:
            return


def _numbered(policies: Policies, files: Files) -> dict[str, Target]:
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
