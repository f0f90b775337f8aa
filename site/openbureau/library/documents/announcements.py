"""Announcements (公告、报告、通知、名单) and the figures they report."""

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from openbureau.clock import local_date
from openbureau.library.bureau import Bureau
from openbureau.library.documents.fields import read_common, read_to_do_by, set_subjects
from openbureau.library.documents.index_numbers import read_index_no
from openbureau.library.front_matter import ContentFile
from openbureau.library.records import Record

GENRES = ("公告", "报告", "通知", "名单")


@dataclass(frozen=True)
class Figure:
    """A reported figure with what it counts and the day it holds for: without these it misleads."""

    label: str
    value: str
    unit: str
    definition: str
    as_of: str


_TEXTS = {field.name for field in fields(Figure)} - {"as_of"}


class Announcement(Record, kw_only=True):
    """An announcement of the bureau; a report also has figures."""

    __tablename__ = "announcements"
    __mapper_args__ = {"polymorphic_identity": "announcements"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    index_no: Mapped[str]
    keywords: Mapped[list[str]] = mapped_column(JSON)
    genre: Mapped[str]
    applies_to: Mapped[str]
    figure_rows: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    source: Mapped[str]
    source_url: Mapped[str]

    @property
    def figures(self) -> list[Figure]:
        """The figures in the order of the report."""
        return [Figure(**row) for row in self.figure_rows]


def read_announcement(file: ContentFile, bureau: Bureau) -> Announcement:
    """Read one file of `content/announcements/`."""
    common = read_common(file)
    announcement = Announcement(
        **common,
        day=local_date(common["published_at"]).isoformat(),
        index_no=read_index_no(file),
        to_do_by=read_to_do_by(file),
        keywords=file.items("keywords"),
        genre=file.choice("genre", GENRES),
        applies_to=file.text("applies_to", required=False),
        to_do=file.text("to_do", required=False),
        figure_rows=[asdict(figure) for figure in file.table("figures", _figure)],
        source=file.text("source"),
        source_url=file.text("source_url", required=False),
    )
    announcement.other_names = " ".join(announcement.keywords)
    set_subjects(announcement, file, bureau)
    announcement.set_facet("genre", [announcement.genre])
    return announcement


def _figure(row: dict[str, object]) -> Figure | None:
    """One row of `figures`; None when it lacks its value, definition or day, or has an unknown field."""
    as_of = row.get("as_of")
    texts = {name: value or "" for name, value in {"unit": "", **row}.items() if name != "as_of"}
    is_day = isinstance(as_of, date) and not isinstance(as_of, datetime)
    is_told = all(texts.get(name) for name in ("label", "value", "definition"))
    if not (
        is_day and is_told and texts.keys() == _TEXTS and all(isinstance(t, str) for t in texts.values())
    ):
        return None
    return Figure(as_of=str(as_of), **{name: str(text) for name, text in texts.items()})
