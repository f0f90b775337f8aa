"""The records of one publication in `library.sqlite`: written once, then only read."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache, partial
from itertools import islice
from pathlib import Path
from weakref import finalize

from sqlalchemy import Engine, Select, Table, create_engine, func, inspect, select
from sqlalchemy.orm import Session, raiseload, selectin_polymorphic, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from openbureau.clock import start_of
from openbureau.library import kinds
from openbureau.library.documents.pages import Page
from openbureau.library.documents.policies import Policy, interpretations
from openbureau.library.facets import Choices, counted, filtered, is_public, listed, states
from openbureau.library.lookup.results import LookupEntry
from openbureau.library.records import Announced, Facet, LibraryModel, Record
from openbureau.library.registers import Register, RegisterEntry
from openbureau.library.whitelist.editions import Edition, Institution
from openbureau.library.whitelist.history import History, Issue
from openbureau.library.whitelist.institutions import LOOKED_UP, lookup_entry, read_history
from openbureau.library.whitelist.listing import Sort

REMEMBERED = 500
"""Records that stay in memory: what people look for today they all look for."""

COUNTED = 200
"""Lists of which it stays in memory how many there are, and how many of each facet."""

MAX_CACHED_AT_ONCE = 200
"""Of more records than this at once none is remembered: that is a download, not a page."""

BATCH_RECORDS = 1_000
"""Records whose rows are in memory together while they are written."""

_FACETS = LibraryModel.metadata.tables[Facet.__tablename__]


@dataclass(frozen=True)
class Listing:
    """One page of a list: the records, how many there are in all, and what may be chosen next.

    `choices` has, for each facet, every value with the number of records it would leave, the other
    filters being kept.
    """

    records: Sequence[Record]
    total: int
    page: int
    per_page: int
    choices: Choices

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.per_page))


def models() -> tuple[type[Record], ...]:
    """Every kind of record there is: documents, and what else is published."""
    return (*(kind.model for kind in kinds.KINDS), Page, Edition, Institution, Register, RegisterEntry)


def write_catalogue(records: Iterable[Record], path: Path) -> None:
    """Write the records to a new file at `path`, numbered in their order."""
    numbers = {record: number for number, record in enumerate(records, 1)}
    engine = create_engine(f"sqlite:///{path}")
    LibraryModel.metadata.create_all(engine)
    # As rows, not as objects: a session keeps account of each of these, which takes five times as long.
    with engine.begin() as database:
        listed = iter(numbers)
        while batch := list(islice(listed, BATCH_RECORDS)):
            for table, rows in _rows(batch, numbers).items():
                database.execute(table.insert(), rows)
    engine.dispose()


def _rows(records: Iterable[Record], numbers: Mapping[Record, int]) -> dict[Table, list[dict[str, object]]]:
    """The rows of every table that tell of these records."""
    rows: defaultdict[Table, list[dict[str, object]]] = defaultdict(list)
    for record in records:
        number = numbers[record]
        for table, columns in _columns(type(record)).items():
            rows[table].append({**{name: getattr(record, name) for name in columns}, "id": number})
        rows[_FACETS] += [
            {"record_id": number, "name": facet.name, "value": facet.value} for facet in record.facets
        ]
        if isinstance(record, Policy):
            rows[interpretations] += [
                {"interpretation_id": number, "policy_id": numbers[other]} for other in record.interprets
            ]
    return {table: values for table, values in rows.items() if values}


@cache
def _columns(kind: type[Record]) -> dict[Table, list[str]]:
    """The tables of a kind, and of each the columns, whose names are those of the attributes."""
    return {table: list(table.columns.keys()) for table in inspect(kind).tables if isinstance(table, Table)}


class RecordCache:
    """An LRU cache of up to `max_records` records by their numbers, and by their names.

    Records never change, so all threads share one copy of each.
    """

    def __init__(self, max_records: int) -> None:
        self._max_records = max_records
        self._records: OrderedDict[int, Record] = OrderedDict()
        self._numbers: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def get(self, numbers: Sequence[int]) -> dict[int, Record]:
        """Those of the records that are cached."""
        with self._lock:
            cached = {number: self._records[number] for number in numbers if number in self._records}
            for number in cached:
                self._records.move_to_end(number)
        return cached

    def named(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Record]:
        """Those of the records of (kind, slug) names that are cached."""
        numbers = {key: self._numbers[key] for key in keys if key in self._numbers}
        records = self.get(list(numbers.values()))
        return {key: records[number] for key, number in numbers.items() if number in records}

    def put(self, records: Mapping[int, Record]) -> None:
        """Cache these, too; those used longest ago are evicted."""
        with self._lock:
            self._records.update(records)
            self._numbers.update({(record.kind, record.slug): number for number, record in records.items()})
            while len(self._records) > self._max_records:
                _, evicted = self._records.popitem(last=False)
                self._numbers.pop((evicted.kind, evicted.slug), None)


class Catalogue:
    """Questions to the records of one publication.

    Every answer is detached from the database: records are read whole and never change.
    """

    def __init__(self, path: Path) -> None:
        self._engine = _read_only(path)
        # Nobody knows which request is the last to read an old publication: its file goes with the object.
        finalize(self, self._engine.dispose)
        self._cache = RecordCache(REMEMBERED)
        # Of the engine, not of the catalogue, which would hold itself.
        self._counted = lru_cache(COUNTED)(partial(counted, self._engine))

    def get(self, kind: str, slug: str) -> Record | None:
        """One record by its name."""
        return self._first(select(Record).where(Record.kind == kind, Record.slug == slug))

    def at(self, address: str) -> Record | None:
        """The record at an address of `site.toml`, such as `/notices/prepayment-limits/`."""
        kind, slug = address.strip("/").split("/")
        return self.get(kind, slug)

    def latest(self, kinds: Sequence[str], limit: int) -> Sequence[Record]:
        """The records changed last, without those that were withdrawn."""
        changed = func.coalesce(Record.updated_at, Record.published_at)
        query = select(Record).where(Record.kind.in_(kinds), Record.withdrawn_reason == "")
        return self._all(query.order_by(changed.desc(), Record.slug).limit(limit))

    def titled(self, kinds: Sequence[str], part: str, limit: int) -> Sequence[Record]:
        """The records with that part in their title that were changed last, without those withdrawn."""
        changed = func.coalesce(Record.updated_at, Record.published_at)
        query = select(Record).where(Record.kind.in_(kinds), Record.withdrawn_reason == "")
        query = query.where(Record.title.contains(part, autoescape=True))
        return self._all(query.order_by(changed.desc(), Record.slug).limit(limit))

    def slugs(self, kinds: Sequence[str]) -> Sequence[str]:
        """The last parts of the addresses of all records of these kinds."""
        with Session(self._engine) as session:
            return session.scalars(select(Record.slug).where(Record.kind.in_(kinds))).all()

    def announced(self, kinds: Sequence[str], filters: Mapping[str, str], *, on: date) -> list[Announced]:
        """What subscribers are told of on that day: withdrawn records, too, in the order of publication."""
        columns = (Record.ends_on, *(getattr(Record, name) for name in Announced._fields))
        query = filtered(select(*columns).where(Record.kind.in_(kinds)), filters, on)
        query = query.order_by(Record.published_at, Record.kind, Record.slug)
        with Session(self._engine) as session:
            return [
                _ended_announcement(Announced(*values), ends_on, on)
                for ends_on, *values in session.execute(query)
            ]

    def withdrawn(self, kind: str, filters: Mapping[str, str], *, on: date) -> Sequence[Record]:
        """The records of `kind` that were taken back, the last first, while their public display lasts."""
        taken_back = select(Record.id).where(Record.kind == kind, Record.withdrawn_reason != "")
        query = select(Record).where(Record.id.in_(filtered(taken_back, filters)), is_public(on))
        return self._all(query.order_by(Record.updated_at.desc(), Record.slug))

    def ended(self, day: date) -> Sequence[str]:
        """The names `kind/slug` of all records whose public display has ended before `day`."""
        return _ended(self._engine, day)

    def states(self, day: date) -> Mapping[str, str]:
        """In which state records are on that day, by name `kind/slug`: those whose state the day decides. A
        policy that is as its file says is left out."""
        return _states(self._engine, day)

    def named(self, keys: Sequence[tuple[str, str]]) -> Sequence[Record]:
        """The records of (kind, slug) names, in the given order."""
        records = self._cache.named(keys)
        if missing := {slug for kind, slug in keys if (kind, slug) not in records}:
            read = self._all(select(Record).where(Record.slug.in_(missing)))
            records |= {(record.kind, record.slug): record for record in read}
        return [records[key] for key in keys if key in records]

    def count(self, kind: str) -> int:
        """How many records of a kind are published and not withdrawn."""
        with Session(self._engine) as session:
            query = select(func.count()).where(Record.kind == kind, Record.withdrawn_reason == "")
            return session.scalar(query) or 0

    def newest_edition(self, until: date | None = None) -> Edition | None:
        """The newest edition of the whitelist that speaks for the whole city, and completely.

        `until`: the newest that is not as of a later day.
        """
        order = (func.json_array_length(Edition.county_codes).desc(), Edition.as_of.desc())
        query = select(Edition).where(Edition.is_batch.is_(False)).order_by(*order).limit(1)
        if until is not None:
            query = query.where(Edition.as_of <= until)
        with Session(self._engine, expire_on_commit=False) as session:
            return session.scalars(query).first()

    def issues(self) -> list[Issue]:
        """The whitelist's editions in the order in which they follow each other."""
        with Session(self._engine) as session:
            return [edition.issue for edition in session.scalars(select(Edition).order_by(Edition.number))]

    def lookup_entries(self) -> Iterator[LookupEntry]:
        """Every institution ever named, as far as it can be looked up."""
        query = select(*LOOKED_UP).order_by(Institution.id)
        with Session(self._engine) as session:
            for row in session.execute(query.execution_options(yield_per=BATCH_RECORDS)):
                yield lookup_entry(*row)

    def histories(self) -> Iterator[History]:
        """The history of every institution ever named, in the order of the source."""
        columns = (
            Institution.key,
            Institution.slug,
            Institution.aliases,
            Institution.versions,
            Institution.events,
        )
        query = select(*columns).order_by(Institution.id).execution_options(yield_per=BATCH_RECORDS)
        with Session(self._engine) as session:
            for row in session.execute(query):
                yield read_history(*row)

    def page(
        self,
        kind: str,
        filters: Mapping[str, str],
        *,
        page: int = 1,
        per_page: int = 20,
        facets: Sequence[str] = (),
        only: Sequence[str] | None = None,
        by_source: bool = False,
        on: date | None = None,
        sort: Sort | None = None,
    ) -> Listing:
        """One page of the records of `kind` that have all `filters`, newest first.

        `only` limits the list to these slugs and keeps their order (the answer of a search);
        `by_source` keeps the order of the source instead of the newest first; `sort` is another order, for
        institutions. `on` leaves out those whose public display has ended before that day; the filter
        `expiring` is seen from it.
        """
        query_key = kind, tuple(filters.items()), tuple(facets), on
        total, choices = (
            self._counted(*query_key) if only is None else counted(self._engine, *query_key, only=only)
        )
        query = filtered(listed(kind, on, only), filters, on).with_only_columns(Record)
        if only is not None and sort is None:
            # A search may mean thousands; only those of the page are read whole.
            ranked = self.numbers(kind, filters, only=only, on=on)
            chosen = ranked[(page - 1) * per_page : page * per_page]
            read = {record.id: record for record in self._all(select(Record).where(Record.id.in_(chosen)))}
            records: Sequence[Record] = [read[number] for number in chosen]
        else:
            if sort:
                own = Institution.__table__
                query = query.join(own, own.c.id == Record.id).order_by(*sort.order, Record.id)
            elif by_source:
                query = query.order_by(Record.id)
            else:
                query = query.order_by(Record.day.desc(), Record.published_at.desc(), Record.slug)
            records = self._all(query.offset((page - 1) * per_page).limit(per_page))
        return Listing(records, total, page, per_page, choices)

    def numbers(
        self,
        kind: str,
        filters: Mapping[str, str],
        *,
        only: Sequence[str] | None = None,
        on: date | None = None,
        sort: Sort | None = None,
    ) -> list[int]:
        """The numbers of all records that `page` would list, in the order of the source."""
        query = filtered(listed(kind, on, only), filters, on).with_only_columns(Record.id, Record.slug)
        if sort:
            own = Institution.__table__
            query = query.join(own, own.c.id == Record.id).order_by(*sort.order, Record.id)
        else:
            query = query.order_by(Record.id)
        with Session(self._engine) as session:
            rows = session.execute(query).all()
        if only is not None and sort is None:
            rank = {slug: number for number, slug in enumerate(only)}
            rows = sorted(rows, key=lambda row: rank[row.slug])
        return [row.id for row in rows]

    def institutions(self, numbers: Sequence[int]) -> Iterator[Institution]:
        """These institutions in this order, without their facets; only some are in memory together."""
        for start in range(0, len(numbers), BATCH_RECORDS):
            batch = numbers[start : start + BATCH_RECORDS]
            query = select(Institution).where(Institution.id.in_(batch)).options(raiseload(Record.facets))
            with Session(self._engine, expire_on_commit=False) as session:
                records = {record.id: record for record in session.scalars(query)}
            yield from (records[number] for number in batch)

    def _first(self, query: Select[Record]) -> Record | None:
        records = self._all(query.limit(1))
        return records[0] if records else None

    def _all(self, query: Select[Record]) -> Sequence[Record]:
        with Session(self._engine, expire_on_commit=False) as session:
            chosen = query.with_only_columns(Record.id)
            ids = session.scalars(chosen).all()
            if len(ids) > MAX_CACHED_AT_ONCE:
                # Institutions, of which there may be 20,000, come without the facets that no download tells.
                listed = select(Institution).where(Institution.id.in_(chosen))
                rows = {
                    record.id: record for record in session.scalars(listed.options(raiseload(Record.facets)))
                }
                if len(rows) == len(ids):
                    return [rows[number] for number in ids]
                return session.scalars(query.options(*_whole())).unique().all()
            records = self._cache.get(ids)
            if missing := [number for number in ids if number not in records]:
                loaded = session.scalars(select(Record).where(Record.id.in_(missing)).options(*_whole()))
                fresh = {record.id: record for record in loaded.unique()}
                self._cache.put(fresh)
                records |= fresh
            return [records[number] for number in ids]


def _whole() -> Sequence[ORMOption]:
    """How records are read with all that belongs to them."""
    relations = selectinload(Policy.interprets), selectinload(Policy.interpreted_by)
    return selectin_polymorphic(Record, models()), *relations


# Every search asks for these, and they are the same all day.
@lru_cache(maxsize=2)
def _ended(engine: Engine, day: date) -> Sequence[str]:
    query = select(Record.kind, Record.slug).where(~is_public(day))
    with Session(engine) as session:
        return tuple(f"{kind}/{slug}" for kind, slug in session.execute(query))


@lru_cache(maxsize=2)
def _states(engine: Engine, day: date) -> Mapping[str, str]:
    with Session(engine) as session:
        return {f"{kind}/{slug}": state for kind, slug, state in session.execute(states(day))}


def _ended_announcement(announced: Announced, ends_on: date | None, on: date) -> Announced:
    """What ceases to hold is news on its day, and is told like a correction."""
    if ends_on is None or ends_on > on:
        return announced
    ended_at = start_of(ends_on)
    return announced._replace(updated_at=max(ended_at, announced.changed_at))


def _read_only(path: Path) -> Engine:
    # `immutable` spares SQLite its locks and its journal look-ups: the file never changes.
    return create_engine(f"sqlite:///file:{path}?mode=ro&immutable=1&uri=true", hide_parameters=True)
