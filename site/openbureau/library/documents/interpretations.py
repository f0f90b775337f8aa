"""Interpretations and what they interpret: tied both ways, and neither without the other where it is due."""

from collections.abc import Mapping

from openbureau.library.documents.policies import Policy
from openbureau.library.front_matter import ContentFile
from openbureau.library.problems import Problem


def link_interpretations(policies: Mapping[str, Policy], files: Mapping[str, ContentFile]) -> None:
    """Tie every interpretation to its policies, and require that each policy exists and is one.

    An interpretation of a document that only another site has says which (`interprets_elsewhere`). A policy
    that `needs_interpretation` and has none is told and published: a late word is better than none.
    `files` has all files of the folder, those too of which no policy could be read.
    """
    for slug, policy in policies.items():
        file = files[slug]
        is_elsewhere = bool(policy.interprets_elsewhere)
        named = file.items("interprets", required=policy.is_interpretation and not is_elsewhere)
        if (named or is_elsewhere) and not policy.is_interpretation:
            field = "interprets" if named else "interprets_elsewhere"
            file.fault(field, "only genre 解读 interprets a policy", f"remove {field}, or set the genre")
        for name in dict.fromkeys(named):
            target = policies.get(name)
            if target is None and name in files:
                continue  # it is there, and what is wrong with it is told of its own file
            if target is None or target.is_interpretation:
                mend = f"name a file of policies/, or write {name}.md"
                file.fault("interprets", f"there is no policy {name}", mend)
            else:
                policy.interprets.append(target)
    for slug, policy in policies.items():
        if policy.is_withdrawn:
            continue
        if policy.needs_interpretation and policy.is_interpretation:
            what = "an interpretation needs none"
            files[slug].fault("needs_interpretation", what, "remove needs_interpretation")
        elif policy.waits_for_interpretation:
            what = "this policy needs an interpretation and has none"
            _tell(files[slug], "needs_interpretation", what, f"write one with interprets: [{slug}]")
        elif policy.interprets and all(other.is_withdrawn for other in policy.interprets):
            what = "all that is interpreted here was withdrawn"
            _tell(files[slug], "interprets", what, "withdraw the interpretation, too, or say what holds now")


def _tell(file: ContentFile, field: str, what: str, mend: str) -> None:
    place = str(file.lines.get(field, 1))
    file.problems.append(Problem(file.path, place, what, mend, stops=False))
