"""Policies (政策文件) and their interpretations (政策解读)."""

from datetime import date
from typing import TypedDict

from sqlalchemy import JSON, Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from openbureau.library.bureau import Bureau
from openbureau.library.documents.fields import read_common, read_to_do_by, set_subjects
from openbureau.library.documents.index_numbers import read_index_no
from openbureau.library.documents.validity import MARKS, VALIDITIES, Force
from openbureau.library.front_matter import ContentFile
from openbureau.library.records import LibraryModel, Record

INTERPRETATION = "解读"
GENRES = (
    *("法律", "行政法规", "部门规章", "地方性法规", "规范性文件", "政策文件", "征求意见稿"),
    INTERPRETATION,
)


class PolicyRelation(TypedDict):
    """Another document, what it does or suffers (替代旧文件 …), and from which day."""

    what: str
    slug: str
    title: str
    doc_no: str
    from_day: str


interpretations = Table(
    "interpretations",
    LibraryModel.metadata,
    Column("interpretation_id", ForeignKey("policies.id"), primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), primary_key=True),
)


class Policy(Record, kw_only=True):
    """A policy document or, with genre 解读, the interpretation of one or several of them.

    The metadata follow the header of Guangdong's 政府信息公开目录: 索引号, 分类, 发布机构, 成文日期, 名称,
    文号, 发布日期, 主题词. Validity words are those printed on official pages.
    """

    __tablename__ = "policies"
    __mapper_args__ = {"polymorphic_identity": "policies"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    genre: Mapped[str]
    index_no: Mapped[str]
    doc_no: Mapped[str]
    doc_no_note: Mapped[str]
    issuers: Mapped[list[str]] = mapped_column(JSON)
    made_on: Mapped[str]
    effective_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    validity: Mapped[str]
    keywords: Mapped[list[str]] = mapped_column(JSON)
    applies_to: Mapped[str]
    whats_new: Mapped[str]
    source: Mapped[str]
    source_url: Mapped[str]
    original_url: Mapped[str]
    responsible_unit: Mapped[str]
    needs_interpretation: Mapped[bool]
    interprets_elsewhere: Mapped[str]
    interprets_elsewhere_url: Mapped[str]
    ended_on: Mapped[date | None] = mapped_column(default=None)
    amended_on: Mapped[date | None] = mapped_column(default=None)
    changes: Mapped[list[PolicyRelation]] = mapped_column(JSON, default_factory=list)
    changed_by: Mapped[list[PolicyRelation]] = mapped_column(JSON, default_factory=list)
    interprets: Mapped[list["Policy"]] = relationship(
        secondary=interpretations,
        primaryjoin=id == interpretations.c.interpretation_id,
        secondaryjoin=id == interpretations.c.policy_id,
        back_populates="interpreted_by",
        order_by="Policy.slug",
        default_factory=list,
    )
    interpreted_by: Mapped[list["Policy"]] = relationship(
        secondary=interpretations,
        primaryjoin=id == interpretations.c.policy_id,
        secondaryjoin=id == interpretations.c.interpretation_id,
        back_populates="interprets",
        order_by="Policy.slug",
        default_factory=list,
    )

    @property
    def is_interpretation(self) -> bool:
        """Whether this is an interpretation and not itself a policy."""
        return self.genre == INTERPRETATION

    @property
    def waits_for_interpretation(self) -> bool:
        """Whether it needs an interpretation and no reader can open one."""
        readable = any(not other.is_withdrawn for other in self.interpreted_by)
        return self.needs_interpretation and not readable

    def last_day(self) -> tuple[date, str] | None:
        what = "征求意见截止" if self.validity == "征求意见" else "文件有效期到这一天"
        return (self.expires_on, what) if self.expires_on else None

    def state_on(self, today: date) -> str:
        """Its validity as printed, or what its days and newer documents make of it."""
        return self.force.state_on(today)

    def mark_on(self, today: date) -> str:
        return MARKS.get(self.state_on(today), "")

    @property
    def force(self) -> Force:
        """What decides whether it is in force."""
        return Force(self.validity, self.effective_on, self.expires_on, self.ended_on, self.amended_on)


def read_policy(file: ContentFile, bureau: Bureau) -> Policy:
    """Read one file of `content/policies/`; `interprets` is linked later, when all are read."""
    genre = file.choice("genre", GENRES)
    explains = genre == INTERPRETATION
    made_on = file.known_day("made_on")
    doc_no = file.text("doc_no", required=False)
    policy = Policy(
        **read_common(file),
        day=made_on,
        genre=genre,
        index_no=read_index_no(file),
        to_do_by=read_to_do_by(file),
        doc_no=doc_no,
        doc_no_note=file.text("doc_no_note", required=False),
        issuers=file.items("issuer"),
        made_on=made_on,
        effective_on=file.day("effective_on", required=False),
        expires_on=file.day("expires_on", required=False),
        validity=file.choice("validity", VALIDITIES, required=not explains),
        keywords=file.items("keywords"),
        applies_to=file.text("applies_to"),
        to_do=file.text("to_do"),
        whats_new=file.text("whats_new"),
        source=file.text("source"),
        source_url=file.text("source_url", required=False),
        original_url=file.text("original_url", required=False),
        responsible_unit=file.text("responsible_unit", required=False),
        needs_interpretation=file.flag("needs_interpretation"),
        interprets_elsewhere=file.text("interprets_elsewhere", required=False),
        interprets_elsewhere_url=file.text("interprets_elsewhere_url", required=False),
    )
    if policy.interprets_elsewhere_url and not policy.interprets_elsewhere:
        what = "interprets_elsewhere_url without interprets_elsewhere"
        file.fault("interprets_elsewhere_url", what, "name the document that stands at this address")
    if not explains and not doc_no and not policy.doc_no_note:
        file.fault("doc_no", "doc_no is missing", "add it, or say in doc_no_note why there is none")
    policy.other_names = " ".join([doc_no, *policy.keywords, *policy.issuers])
    set_subjects(policy, file, bureau)
    policy.set_facet("genre", [genre])
    policy.set_facet("validity", [policy.validity])
    return policy
