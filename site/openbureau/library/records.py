"""The common record: what every published thing has, whatever its kind.

A kind of document, an edition, an entry of a register … is a subclass with its own table beside `records`.
List pages, feeds and search know only this module.
"""

from datetime import UTC, date, datetime
from typing import NamedTuple, TypedDict

from sqlalchemy import JSON, ForeignKey, Index, String, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship

from openbureau.formats.text_diff import Piece


class Instant(TypeDecorator[datetime]):
    """A UTC instant kept as ISO text, so that it sorts and reads the same everywhere."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class LibraryModel(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False):
    """Tables of `library.sqlite`: derived from `content/`, rebuilt and never migrated."""


class Facet(LibraryModel, kw_only=True):
    """One property of a record by which lists are filtered and counted, such as topic = 双减."""

    __tablename__ = "facets"
    __table_args__ = (Index("ix_facets_counted", "name", "value", "record_id"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)


class AttachmentFields(TypedDict):
    """A file that belongs to a record: its name, its size in bytes, its digest."""

    name: str
    size: int
    sha256: str


class PictureCopyFields(TypedDict):
    """A picture in one width, in pixels: its size in bytes, its digest."""

    width: int
    height: int
    size: int
    sha256: str


class PictureFields(PictureCopyFields):
    """A picture that a record shows, as large as it is served: its file, what it says, its smaller copies."""

    name: str
    alternative: str
    copies: list[PictureCopyFields]


class FieldChange(TypedDict):
    """What a correction changed in one field or passage."""

    label: str
    pieces: list[Piece]


class Correction(TypedDict):
    """One correction: its instant (ISO, UTC), what it says of itself, and what it changed."""

    at: str
    note: str
    changes: list[FieldChange]


class Record(LibraryModel, kw_only=True):
    """A published thing.

    `kind` and `slug` together are its name for ever: its address, its feed id and its key in the search
    index. `day` is the day it is sorted by, as far as known (`2024`, `2024-05`, `2024-05-31`).
    `published_at` is when this site published it and `updated_at` when it last corrected or withdrew it.
    `to_do` is what its reader has to do, `to_do_by` the last day for it, where there is one.
    `checked_on` is the day on which somebody last compared what it says with its source; None: nobody has.
    `answers` are the questions that it answers, in people's own words.
    `ends_on` is the first day on which it holds no more; subscribers are told of it on that day.
    `public_until` is the last day on which anybody may see it (公示期), an ISO day; empty: there is none.
    """

    __tablename__ = "records"
    __table_args__ = (
        UniqueConstraint("kind", "slug"),
        # What lists and feeds filter and order by stands in their indexes whole: rows are long.
        Index("ix_records_told", "kind", "published_at", "slug", "updated_at", "public_until", "ends_on"),
    )
    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012 -- SQLAlchemy's own name and form

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    kind: Mapped[str] = mapped_column(init=False)
    slug: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    day: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    change_note: Mapped[str] = mapped_column(default="")
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    public_until: Mapped[str] = mapped_column(default="")
    # Behind all other columns: who asks for days and names reads none of the pages that long texts fill.
    html: Mapped[str] = mapped_column(default="", sort_order=1)
    text: Mapped[str] = mapped_column(default="", sort_order=1)
    other_names: Mapped[str] = mapped_column(default="")
    to_do: Mapped[str] = mapped_column(default="", sort_order=1)
    to_do_by: Mapped[date | None] = mapped_column(default=None)
    checked_on: Mapped[date | None] = mapped_column(default=None)
    ends_on: Mapped[date | None] = mapped_column(default=None)
    answers: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    attachments: Mapped[list[AttachmentFields]] = mapped_column(JSON, default_factory=list)
    pictures: Mapped[list[PictureFields]] = mapped_column(JSON, default_factory=list)
    corrections: Mapped[list[Correction]] = mapped_column(JSON, default_factory=list)
    facets: Mapped[list[Facet]] = relationship(default_factory=list, lazy="selectin", order_by=Facet.value)

    attached_text = ""
    """What its attachments say; only the search needs it, and only at publish time."""

    @property
    def changed_at(self) -> datetime:
        """When a subscriber last had something new to learn about this record."""
        return self.updated_at or self.published_at

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back; its address then answers 410 with the reason."""
        return bool(self.withdrawn_reason)

    def is_public_on(self, day: date) -> bool:
        """Whether its public display has not ended before that day."""
        return not self.public_until or day.isoformat() <= self.public_until

    def set_facet(self, name: str, values: list[str]) -> None:
        """Let lists be filtered by `name`; several values mean any of them matches."""
        self.facets += [Facet(name=name, value=value) for value in dict.fromkeys(values) if value]

    def facet(self, name: str) -> list[str]:
        """The record's values of one facet."""
        return [facet.value for facet in self.facets if facet.name == name]

    def last_day(self) -> tuple[date, str] | None:
        """The last day on which it holds or is open, and in words what ends then; None: nothing does."""
        return None

    def state_on(self, today: date) -> str:
        """What a reader must know about its state on the day of reading; empty when nothing."""
        return ""

    def mark_on(self, today: date) -> str:
        """What has to stand before its title on the day of reading, such as 【已失效】; mostly nothing."""
        return ""


Index(
    "ix_records_listed",
    *(Record.kind, Record.withdrawn_reason, Record.day.desc(), Record.published_at.desc(), Record.slug),
    Record.public_until,
)


class Announced(NamedTuple):
    """Of a record only what decides whether and when subscribers are told of it.

    `updated_at` may be the beginning of the day on which it ceased to hold.
    """

    kind: str
    slug: str
    published_at: datetime
    updated_at: datetime | None
    public_until: str

    @property
    def key(self) -> str:
        """Its name for ever."""
        return f"{self.kind}/{self.slug}"

    @property
    def changed_at(self) -> datetime:
        """When a subscriber last had something new to learn about it."""
        return self.updated_at or self.published_at

    def is_public_on(self, day: date) -> bool:
        """Whether its public display has not ended before that day."""
        return not self.public_until or day.isoformat() <= self.public_until
