"""Whether a document is in force on a day: by its print, by its own days, and by newer documents."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func

VALIDITIES = ("有效", "失效", "废止", "被修改", "征求意见")
"""What a file may say of its document."""

NOT_YET = "尚未施行"
STATES = (*VALIDITIES, NOT_YET)
"""What a reader may be told of it."""

IN_FORCE = ("有效", "被修改")

MARKS = {"失效": "【已失效】", "废止": "【已废止】"}
"""What stands before the title of a document that holds no more, wherever the title stands."""


@dataclass(frozen=True)
class Force:
    """What decides whether a document is in force.

    `expires_on` is its last day; `ended_on` and `amended_on` are the first days on which a newer document
    repeals it or has changed it.
    """

    validity: str
    effective_on: date | None = None
    expires_on: date | None = None
    ended_on: date | None = None
    amended_on: date | None = None

    def state_on(self, day: date) -> str:
        """One of STATES."""
        if self.validity not in IN_FORCE:
            return self.validity
        if self.ended_on and self.ended_on <= day:
            return "废止"
        if self.expires_on and self.expires_on < day:
            return "失效"
        if self.effective_on and self.effective_on > day:
            return NOT_YET
        if self.amended_on and self.amended_on <= day:
            return "被修改"
        return self.validity

    @property
    def ends_on(self) -> date | None:
        """The first day on which it holds no more; None if nobody can tell."""
        if self.validity not in IN_FORCE:
            return None
        expired = self.expires_on + timedelta(days=1) if self.expires_on else None
        return min((day for day in (self.ended_on, expired) if day), default=None)


def state_column(table: Any, day: date) -> ColumnElement[str]:
    """The same, for a database to filter and count by; `table` has the columns of `Force`."""
    return case(
        (table.validity.not_in(IN_FORCE), table.validity),
        (and_(table.ended_on.is_not(None), table.ended_on <= day), "废止"),
        (and_(table.expires_on.is_not(None), table.expires_on < day), "失效"),
        (and_(table.effective_on.is_not(None), table.effective_on > day), NOT_YET),
        (and_(table.amended_on.is_not(None), table.amended_on <= day), "被修改"),
        else_=table.validity,
    )


def changed_state_column(table: Any, day: date) -> ColumnElement[Any]:
    """The state where days or newer documents made it another than the file says; else null."""
    return func.nullif(state_column(table, day), table.validity)
