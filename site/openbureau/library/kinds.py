"""The table of kinds: what documents there are. Whatever has to do with all of them is made from it.

Ask for `KINDS` where it is needed and keep no copy of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement

from openbureau.library.bureau import Bureau
from openbureau.library.documents.announcements import Announcement, read_announcement
from openbureau.library.documents.consultations import Consultation, consultation_state, read_consultation
from openbureau.library.documents.notices import Notice, notice_state, read_notice
from openbureau.library.documents.policies import INTERPRETATION, Policy, read_policy
from openbureau.library.documents.validity import changed_state_column
from openbureau.library.front_matter import ContentFile
from openbureau.library.records import Record

FACETS = {
    "topic": "主题",
    "genre": "类别",
    "stage": "阶段",
    "validity": "效力",
    "audience": "面向",
    "year": "年份",
    "severity": "风险程度",
}
"""What people call the facets of documents."""


@dataclass(frozen=True, kw_only=True)
class DocumentKind:
    """A kind of document.

    `name` is its folder in `content/`, the first part of its addresses and keys, and the name of its feed and
    of the template of its page. `state` is the state on a day for a database, null where it is as the file
    says; it gets the columns of `model`.

    `title` is what people call it, `tab` in the row of columns unless `is_column` is false, `heading` and
    `list_heading` on its list; `lead` says what the list has, and `lead_more` goes on in HTML, with links
    that begin with `/`; `unit` counts documents. `column_…` are the tags of its list (国办发〔2017〕47号).
    Title and lead stand in for what is missing.

    `facets` narrow its list and its feed. The front page puts forward those with the facets `featured`.
    `is_lasting`: nothing in its feed ends by itself. `in_api`: programs get it, too.
    """

    name: str
    model: type[Record]
    read: Callable[[ContentFile, Bureau], Record]
    state: Callable[[Any, date], ColumnElement[Any]] | None = None
    title: str
    tab: str = ""
    is_column: bool = True
    heading: str = ""
    list_heading: str = ""
    lead: str
    lead_more: str = ""
    unit: str = "条"
    column_description: str = ""
    column_keywords: str
    column_type: str
    facets: Sequence[str]
    featured: Mapping[str, str] = field(default_factory=dict)
    is_lasting: bool = False
    in_api: bool = True

    def __post_init__(self) -> None:
        """Make the words that were left out."""
        words = {
            "tab": self.title,
            "heading": self.title,
            "list_heading": f"{self.title}列表",
            "column_description": self.lead,
        }
        for name, word in words.items():
            object.__setattr__(self, name, getattr(self, name) or word)

    @property
    def labels(self) -> dict[str, str]:
        """Its facets with what people call them."""
        return {name: FACETS[name] for name in self.facets}

    @property
    def column(self) -> tuple[str, str, str, str]:
        """The tags of its list: name, description, keywords, type."""
        return self.heading, self.column_description, self.column_keywords, self.column_type


KINDS: tuple[DocumentKind, ...] = (
    DocumentKind(
        name="policies",
        model=Policy,
        read=read_policy,
        state=changed_state_column,
        title="政策与解读",
        lead="政策文件的要点与原文出处，以及每份文件的通俗解读。",
        column_keywords="政策文件,政策解读,教育",
        column_type="政策文件",
        facets=("genre", "topic", "validity", "audience", "year"),
        featured={"genre": INTERPRETATION},
    ),
    DocumentKind(
        name="notices",
        model=Notice,
        read=read_notice,
        state=notice_state,
        title="风险提示",
        heading="校外培训风险提示",
        lead="交费前后容易踩的坑，什么情况要当心，现在该怎么做。",
        column_description="校外培训的风险提示：多严重、对谁、适用到哪天、现在该做什么。",
        column_keywords="风险提示,校外培训,预收费",
        column_type="通知公告",
        facets=("severity", "topic", "audience"),
        featured={"severity": "高"},
        is_lasting=True,
        in_api=False,
    ),
    DocumentKind(
        name="announcements",
        model=Announcement,
        read=read_announcement,
        title="公告公示",
        is_column=False,
        list_heading="公告列表",
        lead="公告、报告、通知与名单，每个数字都写明口径和截至日期。",
        column_keywords="公告,公示,报告",
        column_type="通知公告",
        facets=("genre", "topic", "year"),
        is_lasting=True,
        in_api=False,
    ),
    DocumentKind(
        name="consultations",
        model=Consultation,
        read=read_consultation,
        state=consultation_state,
        title="征求意见",
        lead="还没有定下来的政策草案：走到哪一步、意见怎样提、提了以后怎样处理。",
        lead_more='草案没有效力，办事看<a href="/policies/">已经施行的文件</a>。',
        unit="项",
        column_keywords="征求意见,政策草案,意见采纳",
        column_type="征集调查",
        facets=("stage", "topic", "audience", "year"),
        is_lasting=True,
    ),
)
"""Every kind, in the order in which people see them."""


def names() -> tuple[str, ...]:
    """The names of all kinds, in their order."""
    return tuple(kind.name for kind in KINDS)


def find(name: str) -> DocumentKind | None:
    """The kind of that name; None if no documents are called so."""
    return next((kind for kind in KINDS if kind.name == name), None)
