"""The history of every institution over all editions (白名单各期) of the whitelist.

Two times are kept apart: the day for which a list speaks (`as_of`) and the list that says so (`edition`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from itertools import chain, count

from openbureau.chinese.folding import fold
from openbureau.enums import Labelled
from openbureau.library.whitelist.record_linkage import IdentityKey, identity_key_of, link, premises_of
from openbureau.library.whitelist.rows import WhitelistRow

Text = str | tuple[str, str]
"""What an event tells of: a text, or the first and the last day of a permit."""

CODE_WORDS = {"pending": "办理中", "missing": ""}
"""What stands for the credit code of an institution that has none yet."""

PREMISES_MARK = "；"
"""Stands between several premises (教学点)."""


class InstitutionEventKind(Labelled):
    """What may happen to an institution between two editions."""

    ADDED = "added", "列入名单"
    RENAMED = "renamed", "更名"
    MOVED = "moved", "办学地址变更"
    STATUS_CHANGED = "status_changed", "状态变更"
    VALIDITY_CHANGED = "validity_changed", "许可证有效期变更"
    USCC_OBTAINED = "uscc_obtained", "取得统一社会信用代码"
    REMOVED = "removed", "移出名单"
    RETURNED = "returned", "重新列入名单"


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One edition without its rows.

    It speaks for `county_codes` (the empty code: rows that tell no county). A snapshot speaks completely: who
    is absent is removed. A batch (增补批次) only adds and updates. `file` is the name of its workbook.
    """

    slug: str
    as_of: date
    county_codes: tuple[str, ...]
    is_batch: bool
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class EditionRows(Issue):
    """One edition with its rows; rows of other counties than its own do not count."""

    rows: tuple[WhitelistRow, ...]

    def spoken(self) -> list[WhitelistRow]:
        """The rows of the counties it speaks for."""
        return [row for row in self.rows if (row.county_code or "") in self.county_codes]


@dataclass(frozen=True, kw_only=True)
class Version:
    """What one edition says of an institution."""

    edition: str
    as_of: date
    row: WhitelistRow


@dataclass(frozen=True, kw_only=True)
class InstitutionEvent:
    """What changed with one edition; `before` and `after` are empty where there was nothing to change."""

    kind: InstitutionEventKind
    as_of: date
    edition: str
    before: Text
    after: Text


@dataclass(frozen=True, kw_only=True)
class History:
    """One institution over all editions.

    `key` says by what it is known: `uscc:…`, `permit:…` or `name:county:…`. `slug` is its address: the credit
    code, else the permit number, else one made of its name; `aliases` are the addresses it had before. An
    address once given never becomes another institution's.
    """

    key: str
    slug: str
    aliases: tuple[str, ...]
    versions: tuple[Version, ...]
    events: tuple[InstitutionEvent, ...]

    @property
    def is_removed(self) -> bool:
        """Whether the newest snapshot of its county no longer names it, not even as struck off."""
        presence = (InstitutionEventKind.ADDED, InstitutionEventKind.REMOVED, InstitutionEventKind.RETURNED)
        return [event.kind for event in self.events if event.kind in presence][
            -1
        ] is InstitutionEventKind.REMOVED


def histories(editions: Iterable[EditionRows]) -> tuple[History, ...]:
    """The history of every institution ever named, in the order of first naming.

    `editions` come in the order in which they follow each other. A later edition never changes what earlier
    ones made: it only continues histories and begins new ones.
    """
    tracks: list[_Track] = []
    taken: set[str] = set()
    for edition in editions:
        rows = edition.spoken()
        identities = [identity_key_of(row) for row in rows]
        pairs = link([track.identity for track in tracks], identities)
        named: set[int] = set()
        for number, (row, identity) in enumerate(zip(rows, identities, strict=True)):
            if number not in pairs:
                tracks.append(_Track(identity))
            index = pairs.get(number, len(tracks) - 1)
            named.add(index)
            tracks[index].meet(edition, row, identity)
            tracks[index].claim(taken)
        for index, track in enumerate(tracks):
            if (
                not edition.is_batch
                and index not in named
                and track.identity.county_code in edition.county_codes
            ):
                track.miss(edition)
    return tuple(track.history() for track in tracks)


def compared_texts(row: WhitelistRow) -> dict[InstitutionEventKind, Text]:
    """The texts of a row whose change is an event; what it does not say is not there."""
    texts: dict[InstitutionEventKind, Text] = {
        InstitutionEventKind.RENAMED: row.name,
        InstitutionEventKind.MOVED: PREMISES_MARK.join(premises_of(row)),
        InstitutionEventKind.STATUS_CHANGED: row.status or "",
    }
    if row.valid_from or row.valid_to:
        texts[InstitutionEventKind.VALIDITY_CHANGED] = (row.valid_from or "", row.valid_to or "")
    return {kind: text for kind, text in texts.items() if text}


def differ(one: Text, other: Text) -> bool:
    """Whether two texts say different things.

    White space, width, traditional characters and the order of premises do not count; neither does a day that
    only one of two validities tells.
    """
    if isinstance(one, tuple) and isinstance(other, tuple):
        return any(a != b for a, b in zip(one, other, strict=True) if a and b)
    return one != other and _parts(one) != _parts(other)


def _parts(text: Text) -> set[str]:
    return {fold(part) for part in str(text).split(PREMISES_MARK)}


@dataclass
class _Track:
    """A history in the making: all that the editions so far say of one institution."""

    identity: IdentityKey
    is_present: bool = False
    has_lacked: str | None = None
    last_texts: dict[InstitutionEventKind, Text] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    events: list[InstitutionEvent] = field(default_factory=list)
    slugs: list[str] = field(default_factory=list)

    def meet(self, edition: Issue, row: WhitelistRow, identity: IdentityKey) -> None:
        """Take over what `edition` says of it."""
        if not self.is_present:
            kind = InstitutionEventKind.RETURNED if self.versions else InstitutionEventKind.ADDED
            self._record(kind, edition, "", row.name)
        for kind, text in compared_texts(row).items():
            before = self.last_texts.setdefault(kind, text)
            if differ(before, text):
                self._record(kind, edition, before, text)
                self.last_texts[kind] = text
        if self.has_lacked is not None and identity.code and not self.identity.code:
            self._record(InstitutionEventKind.USCC_OBTAINED, edition, self.has_lacked, identity.code)
        if row.uscc_state in CODE_WORDS:
            self.has_lacked = row.uscc_text or CODE_WORDS[row.uscc_state]
        self.is_present = True
        self.versions.append(Version(edition=edition.slug, as_of=edition.as_of, row=row))
        self.identity = IdentityKey(
            code=identity.code or self.identity.code,
            written=identity.written or self.identity.written,
            permit_no=identity.permit_no or self.identity.permit_no,
            county_code=identity.county_code,
            name=identity.name,
            premises=identity.premises,
            gone=identity.gone,
        )

    def miss(self, edition: Issue) -> None:
        """Take over that `edition`, which speaks for its county, does not name it."""
        if self.is_present:
            self._record(InstitutionEventKind.REMOVED, edition, self.versions[-1].row.name, "")
            self.is_present = False
            self.identity = replace(self.identity, gone=True)

    def claim(self, taken: set[str]) -> None:
        """Take the best address it can have now; one that another institution has stays the other's."""
        row = self.versions[-1].row
        best = self.identity.code or self.identity.permit_no
        if self.slugs and (not best or best in taken):
            return
        if not best:
            best = "n-" + sha256(f"{row.county_code or ''} {row.name}".encode()).hexdigest()[:12]
        apart = f"{best}-{row.county_code or ''}-{row.source_row}"
        free = chain([best, apart], (f"{apart}-{number}" for number in count(2)))
        address = next(text for text in free if text not in taken)
        taken.add(address)
        self.slugs.append(address)

    def history(self) -> History:
        """The finished history."""
        *older, slug = self.slugs
        return History(
            key=self._key(),
            slug=slug,
            aliases=tuple(older),
            versions=tuple(self.versions),
            events=tuple(self.events),
        )

    def _key(self) -> str:
        if self.identity.code:
            return f"uscc:{self.identity.code}"
        if self.identity.permit_no:
            return f"permit:{self.identity.permit_no}"
        return f"name:{self.identity.county_code}:{self.identity.name}"

    def _record(self, kind: InstitutionEventKind, edition: Issue, before: Text, after: Text) -> None:
        event = InstitutionEvent(
            kind=kind, as_of=edition.as_of, edition=edition.slug, before=before, after=after
        )
        self.events.append(event)
