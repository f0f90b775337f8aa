"""Record linkage: which rows of two editions are the same institution.

By credit code when it is sound, else by permit number, else by name within the county. The evidence weighs
the same in both directions: what is one institution read forwards is one read backwards.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from openbureau.chinese.credit_codes import LENGTH, code_distance
from openbureau.chinese.folding import fold
from openbureau.library.whitelist.rows import WhitelistRow

MAX_COMPARED_PAIRS = 1_000
"""With more possible pairs of one number (a column filled down by mistake), rows pair in their order."""


@dataclass(frozen=True, kw_only=True)
class IdentityKey:
    """What tells an institution from others, as one row has it.

    `code` is a sound credit code (GB 32100) and `written` an unsound one as it stands, else empty; `name` is
    folded; `gone` means removed from the list or struck off.
    """

    code: str
    written: str
    permit_no: str
    county_code: str
    name: str
    premises: tuple[str, ...]
    gone: bool


def identity_key_of(row: WhitelistRow) -> IdentityKey:
    """What a row says of the identity of its institution."""
    is_sound = row.uscc_state == "ok"
    return IdentityKey(
        code=(row.uscc or "") if is_sound else "",
        written="" if is_sound else row.uscc or "",
        # The number of a document is no number of a permit: it may grant several.
        permit_no=row.permit_no if row.permit_no and row.permit_no.isdecimal() else "",
        county_code=row.county_code or "",
        name=fold(row.name),
        premises=premises_of(row),
        gone=not row.on_list,
    )


def premises_of(row: WhitelistRow) -> tuple[str, ...]:
    """All places of teaching, the main one first."""
    return row.premises or ((row.addr_premises,) if row.addr_premises else ())


def link(olds: Sequence[IdentityKey], news: Sequence[IdentityKey]) -> dict[int, int]:
    """Link the records of two editions: for the index of a new one the index of the old one, if they are one.

    Each is linked once at most; of several with one number, those most alike.
    """
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for key_of, agree in _EVIDENCE:
        old_of = _grouped((old for old in range(len(olds)) if old not in taken), olds, key_of)
        new_of = _grouped((new for new in range(len(news)) if new not in pairs), news, key_of)
        candidates = [
            (-_likeness(olds[old], news[new]), old + new, abs(old - new), old, new)
            for key in new_of.keys() & old_of.keys()
            for old, new in _possible(old_of[key], new_of[key])
            if agree(olds[old], news[new])
        ]
        for *_, old, new in sorted(candidates):
            if old not in taken and new not in pairs:
                taken.add(old)
                pairs[new] = old
    return pairs


def is_one_slip_apart(one: str, other: str) -> bool:
    """Whether two codes may be one and a slip in it (`code_distance`)."""
    distance = code_distance(one, other)
    return distance is not None and distance <= 1


def _grouped(
    numbers: Iterable[int], identities: Sequence[IdentityKey], key_of: Callable[[IdentityKey], Hashable]
) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for number in numbers:
        if key := key_of(identities[number]):
            groups[key].append(number)
    return groups


def _possible(olds: list[int], news: list[int]) -> Iterable[tuple[int, int]]:
    if len(olds) * len(news) > MAX_COMPARED_PAIRS:
        return zip(olds, news, strict=False)
    return ((old, new) for old in olds for new in news)


def _likeness(one: IdentityKey, other: IdentityKey) -> int:
    """How alike two records of one number are: name first, then that neither is gone, then the premises."""
    return (
        4 * (one.name == other.name)
        + 2 * (not one.gone and not other.gone)
        + (one.premises == other.premises)
    )


def _written_apart(one: IdentityKey, other: IdentityKey) -> bool:
    """Whether the codes, one of them unsound, are too different for a slip.

    Old registration numbers (工商注册号, 15 digits) are no credit codes and speak for nothing.
    """
    codes = [identity.code or identity.written for identity in (one, other)]
    return all(abs(len(code) - LENGTH) <= 1 for code in codes) and not is_one_slip_apart(*codes)


def _same_permit(one: IdentityKey, other: IdentityKey) -> bool:
    """Whether records with one permit number are one institution.

    Not with two sound codes: the number was used again. A slip in the code changes nothing. Without such
    evidence a number whose holder is gone, or whose code is quite another, is one only with the name.
    """
    if one.code and other.code:
        return one.code == other.code
    if all(identity.code or identity.written for identity in (one, other)) and is_one_slip_apart(
        one.code or one.written, other.code or other.written
    ):
        return True
    return one.name == other.name or not (one.gone or other.gone or _written_apart(one, other))


def _same_name(one: IdentityKey, other: IdentityKey) -> bool:
    """Whether records with one name in one county are one institution: unless a number speaks against it."""
    if one.code and other.code and one.code != other.code:
        return False
    if one.permit_no and other.permit_no and one.permit_no != other.permit_no:
        return False
    return not _written_apart(one, other)


def _county_and_name(identity: IdentityKey) -> Hashable:
    return (identity.county_code, identity.name) if identity.name else None


_EVIDENCE: tuple[
    tuple[Callable[[IdentityKey], Hashable], Callable[[IdentityKey, IdentityKey], bool]], ...
] = (
    (lambda identity: identity.code, lambda one, other: True),
    (lambda identity: identity.permit_no, _same_permit),
    (_county_and_name, _same_name),
)
"""What makes two records one institution, strongest first: what they share, and whether they then agree."""
