"""Risk notices (校外培训风险提示)."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, case
from sqlalchemy.orm import Mapped, mapped_column

from openbureau.clock import local_date
from openbureau.library.bureau import Bureau
from openbureau.library.documents.fields import read_common, read_to_do_by, set_subjects
from openbureau.library.documents.index_numbers import read_index_no
from openbureau.library.front_matter import ContentFile
from openbureau.library.records import Record

SEVERITIES = ("高", "中", "低")

EXPIRED = "已过期"
"""The state of a notice from the day after its last day."""


class Notice(Record, kw_only=True):
    """A risk notice: how grave, for whom, until when it holds, and what to do now."""

    __tablename__ = "notices"
    __mapper_args__ = {"polymorphic_identity": "notices"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    index_no: Mapped[str]
    keywords: Mapped[list[str]] = mapped_column(JSON)
    severity: Mapped[str]
    valid_until: Mapped[date | None]
    source: Mapped[str]
    source_url: Mapped[str]

    def last_day(self) -> tuple[date, str] | None:
        return (self.valid_until, "提示适用到这一天") if self.valid_until else None

    def state_on(self, today: date) -> str:
        """“已过期” from the day after its last day."""
        return EXPIRED if self.valid_until and self.valid_until < today else ""


def notice_state(table: Any, day: date) -> ColumnElement[str]:
    """The state on a day, for a database; “有效” to the last. `table` has the columns of `Notice`."""
    return case((table.valid_until < day, EXPIRED), else_="有效")


def read_notice(file: ContentFile, bureau: Bureau) -> Notice:
    """Read one file of `content/notices/`."""
    common = read_common(file)
    notice = Notice(
        **common,
        day=local_date(common["published_at"]).isoformat(),
        index_no=read_index_no(file),
        to_do_by=read_to_do_by(file),
        keywords=file.items("keywords"),
        severity=file.choice("severity", SEVERITIES),
        valid_until=file.day("valid_until"),
        to_do=file.text("to_do"),
        source=file.text("source"),
        source_url=file.text("source_url", required=False),
    )
    notice.other_names = " ".join(notice.keywords)
    set_subjects(notice, file, bureau)
    notice.set_facet("severity", [notice.severity])
    return notice
