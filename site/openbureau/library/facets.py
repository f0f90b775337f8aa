"""By what records are filtered and counted: their facets, and what depends on the day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Engine, Select, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from openbureau.library import kinds
from openbureau.library.documents.policies import Policy
from openbureau.library.documents.validity import state_column
from openbureau.library.records import Facet, Record
from openbureau.library.whitelist.editions import Institution
from openbureau.library.whitelist.listing import EXPIRING, PermitEnd, ending

POLICIES: Any = Policy.__table__
INSTITUTIONS: Any = Institution.__table__

Choices = Mapping[str, Sequence[tuple[str, int]]]
"""Of facets by name, the values that may be chosen and how many records each would leave."""

VALIDITY = "validity"
"""The facet of policies that depends on the day."""


def is_public(on: date | None) -> ColumnElement[bool]:
    """Whether a record's public display lasts on that day; on no day in particular all are taken."""
    return true() if on is None else or_(Record.public_until == "", Record.public_until >= on.isoformat())


def listed(kind: str, on: date | None, only: Sequence[str] | None = None) -> Select[int]:
    """The ids of the records of a kind that lists may show on that day; `only` those with these slugs."""
    query = select(Record.id).where(Record.kind == kind, Record.withdrawn_reason == "", is_public(on))
    return query if only is None else query.where(Record.slug.in_(only))


def counted(
    engine: Engine,
    kind: str,
    filters: tuple[tuple[str, str], ...],
    facets: tuple[str, ...],
    on: date | None,
    *,
    only: Sequence[str] | None = None,
) -> tuple[int, Choices]:
    """How many records a list has that is narrowed by `filters`, and what may be chosen next."""
    every = listed(kind, on, only)
    with Session(engine) as session:
        total = session.scalar(filtered(every, dict(filters), on).with_only_columns(func.count()))
        return total or 0, _counts(session, every, dict(filters), facets, on)


def filtered(query: Select[Any], filters: Mapping[str, str], on: date | None = None) -> Select[Any]:
    """Of the chosen records those that have all `filters`."""
    for name, value in filters.items():
        query = query.where(Record.id.in_(having(name, value, on)))
    return query


def having(name: str, value: str, on: date | None) -> Select[int]:
    """The ids of the records with that value of a facet, in that state of force, with a permit ending so."""
    if name == VALIDITY and on is not None:
        return select(POLICIES.c.id).where(state_column(POLICIES.c, on) == value)
    if name != EXPIRING:
        return select(Facet.record_id).where(Facet.name == name, Facet.value == value)
    if on is None:
        raise ValueError(f"{EXPIRING}: say on which day")
    return ending(value, on)


def states(day: date) -> CompoundSelect[str, str, str]:
    """Kind, name and state on that day of the records whose state the day decides; of policies those that are
    not as their files say."""
    queries = []
    for kind in kinds.KINDS:
        if kind.state:
            table: Any = kind.model.__table__
            state = kind.state(table.c, day)
            query = select(Record.kind, Record.slug, state).join(table, table.c.id == Record.id)
            queries.append(query.where(state.is_not(None)))
    return union_all(*queries)


def _counts(
    session: Session, base: Select[int], filters: Mapping[str, str], names: Sequence[str], on: date | None
) -> Choices:
    """The values of each facet with their counts, most frequent first; ends of permits in their own order.

    Of the base those are counted that have all other filters.
    """
    choices: dict[str, Sequence[tuple[str, int]]] = dict.fromkeys(names, ())
    stored = [name for name in names if name != EXPIRING and (name != VALIDITY or on is None)]
    alike = [name for name in stored if name not in filters]
    # What is narrowed alike is counted in one go.
    for together in filter(None, (alike, *([name] for name in stored if name in filters))):
        choices |= _stored(session, _narrowed(base, filters, together[0], on), together)
    if EXPIRING in names:
        if on is None:
            raise ValueError(f"{EXPIRING}: say on which day")
        choices[EXPIRING] = _endings(session, _narrowed(base, filters, EXPIRING, on), on)
    if VALIDITY in names and on is not None:
        choices[VALIDITY] = _validities(session, _narrowed(base, filters, VALIDITY, on), on)
    return choices


def _narrowed(base: Select[int], filters: Mapping[str, str], but: str, on: date | None) -> Select[int]:
    return filtered(base, {name: value for name, value in filters.items() if name != but}, on)


def _stored(
    session: Session, within: Select[int], names: Sequence[str]
) -> dict[str, Sequence[tuple[str, int]]]:
    number = func.count().label("number")
    query = (
        select(Facet.name, Facet.value, number)
        .where(Facet.name.in_(names), Facet.record_id.in_(within))
        .group_by(Facet.name, Facet.value)
        .order_by(number.desc(), Facet.value)
    )
    values: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    for name, value, times in session.execute(query):
        values[name].append((value, times))
    return dict(values)


def _endings(session: Session, within: Select[int], on: date) -> Sequence[tuple[str, int]]:
    ends = [func.count().filter(end.holds(on)) for end in PermitEnd]
    numbers = session.execute(select(*ends).where(INSTITUTIONS.c.id.in_(within))).one()
    return [(end.label, number) for end, number in zip(PermitEnd, numbers, strict=True) if number]


def _validities(session: Session, within: Select[int], on: date) -> Sequence[tuple[str, int]]:
    number = func.count().label("number")
    state = state_column(POLICIES.c, on)
    query = select(state, number).where(POLICIES.c.id.in_(within), state != "").group_by(state)
    return [(value, count) for value, count in session.execute(query.order_by(number.desc(), state))]
