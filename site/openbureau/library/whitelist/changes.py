"""Changes of institutions by edition (白名单的一期), as feeds announce them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openbureau.clock import start_of
from openbureau.library.whitelist.history import History, InstitutionEvent, InstitutionEventKind, Issue


@dataclass(frozen=True, kw_only=True)
class InstitutionChange:
    """All that one edition changed for one institution.

    `slugs` are all it ever had: the first never changes and names it for ever, the last leads to
    its page. `county_codes` and `categories` are those that the edition gives and those before it: who left
    one of them is told there, too. `name` is as the edition gives it.
    """

    slugs: tuple[str, ...]
    name: str
    permit_no: str
    county_codes: tuple[str, ...]
    categories: tuple[str, ...]
    edition: str
    as_of: date
    events: tuple[InstitutionEvent, ...]

    @property
    def key(self) -> str:
        """Its name for ever: the institution and the edition, however the edition is corrected later."""
        return f"whitelist/{self.slugs[0]}/{self.edition}"

    @property
    def published_at(self) -> datetime:
        """The start of the edition's day, in China."""
        return start_of(self.as_of)

    @property
    def changed_at(self) -> datetime:
        """The same: an edition that is corrected says otherwise what it said of its day."""
        return self.published_at

    def is_public_on(self, day: date) -> bool:
        """Always: what became of an institution stays on its page."""
        return True


def changes(histories: Iterable[History], editions: Sequence[Issue]) -> tuple[InstitutionChange, ...]:
    """The changes that `editions`, in their order, made, by edition and institution.

    The first complete list of a county, and what comes before it, adds nobody: that is where telling begins,
    and an entry for everybody would be no news to anyone.
    """
    index_of = {edition.slug: number for number, edition in enumerate(editions)}
    begun = _first_lists(editions)
    made = [
        change
        for history in histories
        for slug in dict.fromkeys(event.edition for event in history.events)
        if (change := _change(history, slug, index_of, begun))
    ]
    return tuple(sorted(made, key=lambda change: (index_of[change.edition], change.key)))


def _first_lists(editions: Sequence[Issue]) -> dict[str, int]:
    """The number of the first complete edition by county."""
    begun: dict[str, int] = {}
    for number, edition in enumerate(editions):
        for code in () if edition.is_batch else edition.county_codes:
            begun.setdefault(code, number)
    return begun


def _change(
    history: History, slug: str, index_of: dict[str, int], begun: dict[str, int]
) -> InstitutionChange | None:
    number = index_of[slug]
    rows = [version.row for version in history.versions if index_of[version.edition] <= number]
    events = [event for event in history.events if event.edition == slug]
    if number <= begun.get(rows[-1].county_code or "", number):
        events = [event for event in events if event.kind is not InstitutionEventKind.ADDED]
    if not events:
        return None
    # Before an edition that names it there is another row; one that leaves it out has none of its own.
    telling = rows[-2:] if any(version.edition == slug for version in history.versions) else rows[-1:]
    return InstitutionChange(
        slugs=(*history.aliases, history.slug),
        name=rows[-1].name,
        permit_no=rows[-1].permit_no or "",
        county_codes=tuple(dict.fromkeys(row.county_code or "" for row in reversed(telling))),
        categories=tuple(
            dict.fromkeys(
                name for row in reversed(telling) for name in row.categories or (row.subject_class or "",)
            )
        ),
        edition=slug,
        as_of=events[0].as_of,
        events=tuple(events),
    )
