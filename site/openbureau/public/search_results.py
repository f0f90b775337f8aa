"""What a search of the site finds: one function for the page and for programs, so that both show the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from openbureau.library import kinds
from openbureau.library.lookup.results import LookupResult
from openbureau.library.records import Record
from openbureau.public.named_institutions import NamedInstitutions, named_by
from openbureau.public.section_box import SectionBox, section_box
from openbureau.public.throttle import turn
from openbureau.search import Hit, Hits
from openbureau.web import link_to, publication, today

OTHER_KINDS = {
    "whitelist": "培训机构",
    "editions": "白名单各期",
    "register": "公开清单",
    "registers": "执法与公开事项",
    "pages": "本站说明",
}
"""What is searched besides documents, and what people call it."""

FACETS = ("topic", "county", "year", "state")
SORTS = ("best", "newest")

PER_PAGE = 10

MAX_DOCUMENTS = 3
"""Documents shown where institutions were looked for."""


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """What is asked: the text, the kind (all when empty), the labels records must have, order and page."""

    query: str
    kind: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = "best"
    page: int = 1
    per_page: int = PER_PAGE


@dataclass(frozen=True, kw_only=True)
class SearchResults:
    """The answer: one page of hits with the record of each.

    `institutions` are those that the query names, to stand above the first page of a search in all kinds that
    leaves no words out.
    `box` is the section that answers the query, where there is one without doubt. When nothing was
    found, `examples` are what to read.
    """

    hits: Hits
    records: Sequence[Record]
    box: SectionBox | None
    found: LookupResult
    institutions: NamedInstitutions
    examples: Sequence[Record]

    @property
    def rows(self) -> Iterator[tuple[int, Hit, Record]]:
        """The hits with their records, each with its place among all hits; without the `institutions`."""
        first = (self.hits.page - 1) * self.hits.per_page
        above = {f"whitelist/{record.slug}" for record in self.institutions.meant}
        for place, (hit, record) in enumerate(zip(self.hits.hits, self.records, strict=True), first):
            if hit.key not in above:
                yield place, hit, record

    @property
    def is_off_topic(self) -> bool:
        """Whether others than this office have the answer; what names institutions is for this one."""
        named = self.institutions
        return self.hits.is_off_topic and not named.meant and not named.near

    def shown_as(self, hit: Hit) -> Literal["meant", "near", ""]:
        """How a hit that is an institution is shown: as one that is meant, or as another; else empty.

        Nobody may take an institution for the one looked for because of some words: only the lookup tells.
        """
        if hit.kind != "whitelist":
            return ""
        return "meant" if hit.key.partition("/")[2] in self.found.keys else "near"


def searched_kinds() -> dict[str, str]:
    """All that is searched, with what people call it."""
    return {kind.name: kind.title for kind in kinds.KINDS} | OTHER_KINDS


def search(request: SearchRequest) -> SearchResults:
    """Search what is published, as it stands today; waits for its turn."""
    catalogue = publication().catalogue
    with turn("search"):
        hits = publication().search.find(
            request.query,
            kinds=[request.kind] if request.kind else (),
            filters=request.filters,
            choices=FACETS,
            sort=request.sort,
            page=request.page,
            per_page=request.per_page,
            without=catalogue.ended(today()),
            # The index knows what files say; what the day and newer documents made of it, the catalogue.
            now={"state": catalogue.states(today())},
        )
        found = publication().lookup.find(request.query)
        examples = [] if hits.total else catalogue.latest(["policies", "notices"], 3)
    records = _records([hit.key for hit in hits.hits])
    section = hits.section if request.sort == "best" else None
    is_narrowed = request.filters or hits.excluded or request.kind not in ("", "whitelist")
    return SearchResults(
        hits=hits,
        records=records,
        found=found,
        institutions=NamedInstitutions() if is_narrowed else named_by(found),
        box=section_box(records[0], section.anchor) if section else None,
        examples=examples,
    )


def address_of(hit: Hit, record: Record, *, absolute: bool = False) -> str:
    """Where a hit leads: to the section of its record that is shown, or to its beginning."""
    address = link_to(record, absolute=absolute)
    return f"{address}#{quote(hit.anchor)}" if hit.anchor else address


def documents_about(query: str) -> Sequence[Record]:
    """The first documents that a search finds."""
    with turn("search"):
        hits = publication().search.find(
            query,
            kinds=[*kinds.names(), "pages"],
            per_page=MAX_DOCUMENTS,
            without=publication().catalogue.ended(today()),
        )
    return _records([hit.key for hit in hits.hits])


def _records(keys: Sequence[str]) -> Sequence[Record]:
    parts = (key.partition("/") for key in keys)
    return publication().catalogue.named([(kind, slug) for kind, _, slug in parts])
