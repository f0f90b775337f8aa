"""Compare two editions (白名单各期) of the whitelist, in the counties both speak for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from openbureau.library.whitelist.history import (
    CODE_WORDS,
    EditionRows,
    History,
    InstitutionEventKind,
    Issue,
    Text,
    compared_texts,
    differ,
)
from openbureau.library.whitelist.record_linkage import identity_key_of, link
from openbureau.library.whitelist.rows import WhitelistRow

KINDS = (
    InstitutionEventKind.ADDED,
    InstitutionEventKind.REMOVED,
    InstitutionEventKind.RENAMED,
    InstitutionEventKind.STATUS_CHANGED,
    InstitutionEventKind.MOVED,
    InstitutionEventKind.VALIDITY_CHANGED,
    InstitutionEventKind.USCC_OBTAINED,
)
"""What may differ between two editions, in the order of the document."""

_NAMES = {InstitutionEventKind.MOVED: "address_changed"}
"""The words of the published document where they are not those of the events."""

_ONE_SIDED = (InstitutionEventKind.ADDED, InstitutionEventKind.REMOVED)

Pair = tuple[WhitelistRow | None, WhitelistRow | None]
"""One institution's rows in the older and in the newer edition, None where it is absent."""


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """One thing that differs for one institution.

    `slug` is its address, empty if not known; `uscc`, `permit_no`, `name` and `status` are as the newer
    edition gives them, the older one for what was removed. `before` and `after` are empty for `added` and
    `removed`.
    """

    kind: InstitutionEventKind
    slug: str
    uscc: str
    permit_no: str
    name: str
    county_code: str
    status: str
    before: Text
    after: Text


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All that differs between two editions in `county_codes`, which both speak for.

    An institution stands in `changes` once for each thing that differs, by kind, county and permit number. A
    struck-off institution that is still named is `status_changed`; `removed` means no row at all. A batch
    removes nobody, and does not say who was on the list before it.
    """

    older: Issue
    newer: Issue
    county_codes: tuple[str, ...]
    changes: tuple[RowChange, ...]

    def of(self, kind: InstitutionEventKind) -> tuple[RowChange, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.changes if change.kind is kind)

    @property
    def counts(self) -> dict[InstitutionEventKind, int]:
        """How many changes there are of each kind, none too."""
        return {kind: len(self.of(kind)) for kind in KINDS}

    def document(self) -> dict[str, object]:
        """The same as a document (JSON): `from` and `to` are the files, then counts and a list per kind."""
        lists = {_NAMES.get(kind, kind.value): self.of(kind) for kind in KINDS}
        return {
            "from": self.older.file or self.older.slug,
            "to": self.newer.file or self.newer.slug,
            "counts": {name: len(changes) for name, changes in lists.items()},
            **{name: [_entry(change) for change in changes] for name, changes in lists.items()},
        }


@dataclass(kw_only=True)
class EditionChanges:
    """What one edition changed in the register as it stood before it.

    `new`, `changed` and `gone` count institutions; `changed` are those that were listed and of which
    something differs. `removed` are the last rows of those who were on the list, not merely named as struck
    off, and have none in this edition; `listed_before` counts all who were on the list and of whom it speaks.
    """

    new: int = 0
    changed: int = 0
    gone: int = 0
    listed_before: int = 0
    removed: list[WhitelistRow] = field(default_factory=list)

    def miss(self, row: WhitelistRow) -> None:
        """Take over that the institution of this row has none in the edition."""
        self.gone += 1
        if row.on_list:
            self.listed_before += 1
            self.removed.append(row)


def changes_by_edition(histories: Iterable[History]) -> Mapping[str, EditionChanges]:
    """What every edition changed, by its slug; one with nobody in it before and after is missing."""
    changes: dict[str, EditionChanges] = defaultdict(EditionChanges)
    for history in histories:
        kinds: dict[str, set[InstitutionEventKind]] = defaultdict(set)
        for event in history.events:
            kinds[event.edition].add(event.kind)
        removals = (event.edition for event in history.events if event.kind is InstitutionEventKind.REMOVED)
        last = None
        for version in history.versions:
            happened, edition = kinds[version.edition], changes[version.edition]
            if last is None or InstitutionEventKind.RETURNED in happened:
                edition.new += 1
                # Who returns was removed meanwhile, by the last row before.
                if last:
                    changes[next(removals)].miss(last)
            else:
                edition.changed += bool(happened)
                edition.listed_before += last.on_list
            last = version.row
        for slug in removals:
            changes[slug].miss(history.versions[-1].row)
    return changes


def difference(older: EditionRows, newer: EditionRows) -> Difference:
    """Compare two editions by their rows alone, in either order."""
    shared = _shared(older, newer)
    olds = [row for row in older.rows if (row.county_code or "") in shared]
    news = [row for row in newer.rows if (row.county_code or "") in shared]
    partner = link([identity_key_of(row) for row in olds], [identity_key_of(row) for row in news])
    paired = set(partner.values())
    pairs: list[tuple[str, Pair]] = [
        ("", (olds[partner[number]] if number in partner else None, row)) for number, row in enumerate(news)
    ]
    pairs += [("", (row, None)) for number, row in enumerate(olds) if number not in paired]
    silent = {kind for kind, edition in zip(_ONE_SIDED, (older, newer), strict=True) if edition.is_batch}
    return _difference(older, newer, pairs, silent)


def difference_of(
    histories: Iterable[History], editions: Sequence[Issue], older: str, newer: str
) -> Difference:
    """Compare the whitelist as it stood with the edition `older` and with `newer` (their slugs).

    `editions` are all there are, in their order; a batch stands with everything it did not touch. Raises
    KeyError if there is no such edition.
    """
    index_of = {edition.slug: number for number, edition in enumerate(editions)}
    first, second = editions[index_of[older]], editions[index_of[newer]]
    shared = _shared(first, second)
    pairs: list[tuple[str, Pair]] = []
    for history in histories:
        rows = [_standing(history, index_of, index_of[slug], shared) for slug in (older, newer)]
        if any(rows):
            pairs.append((history.slug, (rows[0], rows[1])))
    return _difference(first, second, pairs, set())


def _shared(older: Issue, newer: Issue) -> tuple[str, ...]:
    return tuple(code for code in older.county_codes if code in newer.county_codes)


def _standing(
    history: History, index_of: dict[str, int], last: int, shared: tuple[str, ...]
) -> WhitelistRow | None:
    """The row by which the institution stood in the register with edition number `last`."""
    versions = [version for version in history.versions if index_of[version.edition] <= last]
    if not versions or (versions[-1].row.county_code or "") not in shared:
        return None
    named = index_of[versions[-1].edition]
    is_removed = any(
        event.kind is InstitutionEventKind.REMOVED and named < index_of[event.edition] <= last
        for event in history.events
    )
    return None if is_removed else versions[-1].row


def _difference(
    older: Issue, newer: Issue, pairs: Iterable[tuple[str, Pair]], silent: set[InstitutionEventKind]
) -> Difference:
    changes = [
        change for slug, pair in pairs for change in _changes(slug, *pair) if change.kind not in silent
    ]
    order = {kind: number for number, kind in enumerate(KINDS)}
    changes.sort(
        key=lambda one: (
            order[one.kind],
            one.county_code,
            one.permit_no[-6:],
            one.permit_no,
            one.name,
            one.slug,
        )
    )
    return Difference(older=older, newer=newer, county_codes=_shared(older, newer), changes=tuple(changes))


def _changes(slug: str, before: WhitelistRow | None, after: WhitelistRow | None) -> Iterable[RowChange]:
    if before is None or after is None:
        row, kind = (
            (after, InstitutionEventKind.ADDED) if before is None else (before, InstitutionEventKind.REMOVED)
        )
        if row:
            yield _change(kind, slug, row, "", "")
        return
    olds, news = compared_texts(before), compared_texts(after)
    for kind in olds.keys() & news.keys():
        if differ(olds[kind], news[kind]):
            yield _change(kind, slug, after, olds[kind], news[kind])
    if before.uscc_state in CODE_WORDS and after.uscc_state == "ok":
        lacked = before.uscc_text or CODE_WORDS[before.uscc_state]
        yield _change(InstitutionEventKind.USCC_OBTAINED, slug, after, lacked, after.uscc or "")


def _change(kind: InstitutionEventKind, slug: str, row: WhitelistRow, before: Text, after: Text) -> RowChange:
    return RowChange(
        kind=kind,
        slug=slug,
        uscc=row.uscc or "",
        permit_no=row.permit_no or "",
        name=row.name,
        county_code=row.county_code or "",
        status=row.status or "",
        before=before,
        after=after,
    )


def _entry(change: RowChange) -> dict[str, object]:
    """One change in the document; `uscc` and `permit_no` are null if the list does not tell them."""
    entry: dict[str, object] = {
        "uscc": change.uscc or None,
        "permit_no": change.permit_no or None,
        "name": change.name,
        "county_code": change.county_code or None,
    }
    if change.kind in _ONE_SIDED:
        return entry | {"status": change.status or None}
    if change.kind is InstitutionEventKind.USCC_OBTAINED:
        return entry | {"from": change.before}
    before, after = (
        list(text) if isinstance(text, tuple) else text for text in (change.before, change.after)
    )
    return entry | {"from": before, "to": after}
