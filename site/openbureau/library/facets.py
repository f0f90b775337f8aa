"""By what records are filtered and counted: their facets, and what depends on the day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from openbureau.library.consultations import Consultation, consultation_state
from openbureau.library.institution_lists import EXPIRING, PermitEnd, ending
from openbureau.library.notices import Notice, notice_state
from openbureau.library.policies import Policy
from openbureau.library.records import Facet, Record
from openbureau.library.validity import state_column

POLICIES: Any = Policy.__table__

VALIDITY = "validity"
"""The facet of policies that depends on the day."""


def is_public(on: date | None) -> ColumnElement[bool]:
    """Whether a record's public display lasts on that day; on no day in particular all are taken."""
    return true() if on is None else or_(Record.public_until == "", Record.public_until >= on.isoformat())


def filtered(query: Select[int], filters: Mapping[str, str], on: date | None = None) -> Select[int]:
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
    force = state_column(POLICIES.c, day)
    asked = (
        (Policy, force, force != POLICIES.c.validity),
        (Notice, notice_state(Notice.__table__.c, day), true()),
        (Consultation, consultation_state(Consultation.__table__.c, day), true()),
    )
    return union_all(
        *(
            select(Record.kind, Record.slug, state)
            .join(kind.__table__, kind.__table__.c.id == Record.id)
            .where(condition)
            for kind, state, condition in asked
        )
    )


def count(session: Session, query: Select[int]) -> int:
    """How many records are chosen."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def counts(
    session: Session, base: Select[int], filters: Mapping[str, str], name: str, on: date | None
) -> Sequence[tuple[str, int]]:
    """The values of one facet with their counts, most frequent first; ends of permits in their own order."""
    others = {other: value for other, value in filters.items() if other != name}
    within = filtered(base, others, on)
    if name == EXPIRING:
        counts = [(end.label, count(session, filtered(within, {name: end.label}, on))) for end in PermitEnd]
        return [(label, count) for label, count in counts if count]
    number = func.count().label("number")
    if name == VALIDITY and on is not None:
        state = state_column(POLICIES.c, on)
        found = select(state, number).where(POLICIES.c.id.in_(within), state != "").group_by(state)
        return [(value, count) for value, count in session.execute(found.order_by(number.desc(), state))]
    query = (
        select(Facet.value, number)
        .where(Facet.name == name, Facet.record_id.in_(within))
        .group_by(Facet.value)
        .order_by(number.desc(), Facet.value)
    )
    return [(value, count) for value, count in session.execute(query)]
