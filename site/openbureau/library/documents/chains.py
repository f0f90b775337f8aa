"""What documents do to older ones: supersede, amend, repeal. Written in the newer one, told on both pages."""

from collections.abc import Iterator, Mapping
from datetime import date
from graphlib import CycleError, TopologicalSorter

from openbureau.library.documents.policies import Policy, Relation
from openbureau.library.front_matter import ContentFile

DOINGS = {
    "supersedes": ("替代旧文件", "被新文件替代"),
    "amends": ("修改旧文件", "被新文件修改"),
    "repeals": ("废止旧文件", "被新文件废止"),
}
"""The fields of a newer document, and what people read on its page and on the older one's."""

ENDING = ("supersedes", "repeals")


def link_chains(policies: Mapping[str, Policy], files: Mapping[str, ContentFile]) -> None:
    """Tie every document to the older ones it names; what cannot be is a fault of its own file.

    What was withdrawn changes nothing any more.
    """
    ended: dict[str, list[str]] = {}
    for slug, newer in policies.items():
        for doing in DOINGS:
            for name in _named(files[slug], newer, doing, policies, files):
                ended.setdefault(slug, []).append(name)
                if not newer.is_withdrawn and not policies[name].is_withdrawn:
                    _link(files[slug], newer, policies[name], doing)
    for policy in policies.values():
        policy.ends_on = policy.force.ends_on
    for slug in _in_circles(ended):
        files[slug].fault(
            _field(files[slug]), f"{slug} ends or changes itself in the end", "correct one of the chain"
        )


def _named(
    file: ContentFile,
    newer: Policy,
    doing: str,
    policies: Mapping[str, Policy],
    files: Mapping[str, ContentFile],
) -> Iterator[str]:
    named = file.items(doing, required=False)
    if named and newer.genre in ("解读", "征求意见稿"):
        file.fault(doing, f"a {newer.genre} {doing} nothing", f"remove {doing}, or correct the genre")
        return
    for name in dict.fromkeys(named):
        target = policies.get(name)
        if target is None and name in files:
            continue  # it is there, and what is wrong with it is told of its own file
        if target is None or target.is_interpretation:
            mend = f"name a file of policies/, or write {name}.md"
            file.fault(doing, f"there is no policy {name}", mend)
        else:
            yield name


def _link(file: ContentFile, newer: Policy, older: Policy, doing: str) -> None:
    does, suffers = DOINGS[doing]
    from_day = newer.effective_on or _whole_day(newer.made_on)
    if from_day is None:
        mend = "add effective_on, or the whole day to made_on"
        file.fault(doing, f"from which day {older.slug} is no longer as it was is not known", mend)
        return
    newer.changes.append(_relation(older, does, from_day))
    older.changed_by.append(_relation(newer, suffers, from_day))
    if doing in ENDING:
        older.ended_on = min(from_day, older.ended_on or from_day)
    else:
        older.amended_on = min(from_day, older.amended_on or from_day)


def _relation(policy: Policy, what: str, from_day: date) -> Relation:
    return Relation(
        what=what,
        slug=policy.slug,
        title=policy.title,
        doc_no=policy.doc_no,
        from_day=from_day.isoformat(),
    )


def _whole_day(known: str) -> date | None:
    return date.fromisoformat(known) if len(known) == len("2024-05-31") else None


def _in_circles(ended: Mapping[str, list[str]]) -> Iterator[str]:
    """Whoever ends or changes itself through others; of several circles through one, the first is told."""
    left = dict(ended)
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            for slug in error.args[1][1:]:
                del left[slug]
                yield slug
        else:
            return


def _field(file: ContentFile) -> str:
    return next(doing for doing in DOINGS if doing in file.values)
