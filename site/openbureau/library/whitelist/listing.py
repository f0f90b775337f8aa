"""Filters of the list of institutions by the end of the permit, and its orders of sorting."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, false, select

from openbureau.chinese.dates import FOREVER
from openbureau.enums import Labelled
from openbureau.library.whitelist.institutions import Institution

EXPIRING = "expiring"
"""The name of the filter by the end of the permit; unlike a facet it depends on the day."""

_ISO_DAY = "____-__-__"


class PermitEnd(Labelled):
    """When a permit ends, seen from a day: the spans hold all that ends in them, so a longer one more."""

    EXPIRED = "expired", "已到期"
    MONTH = "month", "30天内到期"
    QUARTER = "quarter", "90天内到期"
    YEAR = "year", "一年内到期"
    LATER = "later", "一年以后到期"
    OPEN = "open", "长期有效"

    def holds(self, today: date) -> ColumnElement[bool]:
        """The condition on an institution; one whose list tells no last day is in none of them."""
        last = Institution.valid_to
        if self is PermitEnd.OPEN:
            return last == FOREVER
        if self is PermitEnd.EXPIRED:
            return and_(last.like(_ISO_DAY), last < today.isoformat())
        until = (today + timedelta(days=_SPANS.get(self, _SPANS[PermitEnd.YEAR]))).isoformat()
        if self is PermitEnd.LATER:
            return and_(last.like(_ISO_DAY), last > until)
        return last.between(today.isoformat(), until)


_SPANS = {PermitEnd.MONTH: 30, PermitEnd.QUARTER: 90, PermitEnd.YEAR: 365}
"""Calendar days from today, the last one included."""


class Sort(Labelled):
    """An order of the list; without one it is that of the workbooks, and that of a search the best first."""

    NAME = "name", "名称拼音"
    PERMIT_END = "permit_end", "先到期的在前"
    CHANGED = "changed", "最近变化在前"

    @property
    def order(self) -> tuple[ColumnElement[object], ...]:
        """What to order by, before the order of the list decides between equals."""
        institutions = Institution.__table__.c
        match self:
            case Sort.NAME:
                return (institutions.sounds,)
            case Sort.PERMIT_END:
                # A permit without an end comes after all others, an unknown end after those.
                rank = case((institutions.valid_to == "", 2), (institutions.valid_to == FOREVER, 1), else_=0)
                return rank, institutions.valid_to
            case Sort.CHANGED:
                return (institutions.changed_on.desc(),)


def ending(label: str, today: date) -> Select[int]:
    """The ids of the institutions whose permit ends as `label`, a label of PermitEnd, says."""
    condition = next((end.holds(today) for end in PermitEnd if end.label == label), false())
    return select(Institution.__table__.c.id).where(condition)
