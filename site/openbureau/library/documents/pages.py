"""Standing pages of the site, such as “关于本站”."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from openbureau.clock import local_date
from openbureau.library.bureau import Bureau
from openbureau.library.documents.fields import read_common
from openbureau.library.front_matter import ContentFile
from openbureau.library.records import Record


class Page(Record, kw_only=True):
    """A page about the site itself."""

    __tablename__ = "pages"
    __mapper_args__ = {"polymorphic_identity": "pages"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    source: Mapped[str]


def read_page(file: ContentFile, bureau: Bureau) -> Page:
    """Read one standing page, such as `content/about.md`."""
    common = read_common(file)
    return Page(
        **common,
        day=local_date(common["published_at"]).isoformat(),
        source=file.text("source"),
    )
