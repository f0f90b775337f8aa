"""Consultations (征求意见): a draft on its way to being issued, the opinions asked for, and the result."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, case, or_
from sqlalchemy.orm import Mapped, mapped_column

from openbureau import law
from openbureau.clock import local_date
from openbureau.library.bureau import Bureau
from openbureau.library.documents.consultation_results import FILES, OUTCOMES, Answered, read_results
from openbureau.library.documents.fields import read_common, set_subjects
from openbureau.library.documents.index_numbers import read_index_no
from openbureau.library.documents.policies import Policy
from openbureau.library.front_matter import ContentFile
from openbureau.library.problems import Problem
from openbureau.library.records import Record

DRAFT = "征求意见稿"
"""The genre of a policy that is still a draft."""

STAGES = ("起草", "征求意见", "风险评估", "专家论证", "合法性审查", "集体讨论", "印发")
"""The way of a draft (重大行政决策程序暂行条例 10—31), in the order of the regulation."""

DONE, RUNNING, UNKNOWN = "已完成", "进行中", "未载明"
STATES = (DONE, RUNNING, "未开始", UNKNOWN)

MIN_DAYS = law.number("决策条例15")
"""Calendar days for which a draft of a 重大行政决策 is open, or the reason is published."""

YES, NO = "是", "否"


@dataclass(frozen=True)
class ConsultationStep:
    """One stage of the way: its state, from when to when as far as known, and what is known besides."""

    stage: str
    state: str = UNKNOWN
    since: str = ""
    until: str = ""
    note: str = ""


class Consultation(Record, kw_only=True):
    """A draft that the public is, was or will be asked about.

    `stage` is how far it came and `steps` what is known of each stage, as of `steps_as_of`. Opinions are
    taken from `opens_on` to `closes_on`, both included; None when the days were never told. `received` is
    how many came, None before the result is published on `results_on`. `document` and `became` are names of
    policies: the page of the draft, and what was issued in the end.
    """

    __tablename__ = "consultations"
    __mapper_args__ = {"polymorphic_identity": "consultations"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(ForeignKey("records.id"), primary_key=True, init=False)
    index_no: Mapped[str]
    keywords: Mapped[list[str]] = mapped_column(JSON)
    stage: Mapped[str]
    step_rows: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    steps_as_of: Mapped[date | None]
    major: Mapped[str]
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    short_reason: Mapped[str]
    draft: Mapped[str]
    explanation: Mapped[str]
    missing_note: Mapped[str]
    other_ways: Mapped[str]
    applies_to: Mapped[str]
    document: Mapped[str]
    became: Mapped[str]
    received: Mapped[int | None]
    results_on: Mapped[date | None]
    source: Mapped[str]
    source_url: Mapped[str]
    answered_rows: Mapped[list[dict[str, str | int]]] = mapped_column(JSON, default_factory=list)

    @property
    def steps(self) -> list[ConsultationStep]:
        """Every stage in its order; of what nobody has told anything the state is 未载明."""
        steps = {row["stage"]: ConsultationStep(**row) for row in self.step_rows}
        return [steps.get(stage, ConsultationStep(stage)) for stage in STAGES]

    @property
    def answered(self) -> list[Answered]:
        """The published result, row by row."""
        return [
            Answered(
                str(row["clause"]),
                str(row["opinion"]),
                int(row["count"]),
                str(row["outcome"]),
                str(row["reason"]),
            )
            for row in self.answered_rows
        ]

    @property
    def outcomes(self) -> dict[str, int]:
        """How many opinions came to each outcome."""
        return {
            outcome: sum(row.count for row in self.answered if row.outcome == outcome) for outcome in OUTCOMES
        }

    @property
    def length(self) -> int | None:
        """For how many calendar days opinions are taken, without the first (民法典 201); None if unknown."""
        return (self.closes_on - self.opens_on).days if self.opens_on and self.closes_on else None

    def is_open_on(self, day: date) -> bool:
        """Whether opinions are taken on that day."""
        return bool(self.opens_on and self.closes_on and self.opens_on <= day <= self.closes_on)

    def waits_on(self, day: date) -> bool:
        """Whether opinions are taken no more and nobody has said what became of them."""
        return bool(self.closes_on and self.closes_on < day and self.received is None)

    def last_day(self) -> tuple[date, str] | None:
        return (self.closes_on, "征求意见截止") if self.closes_on else None

    def state_on(self, today: date) -> str:
        """What one may do about it on that day."""
        if self.stage == STAGES[-1]:
            return "已印发"
        if self.received is not None:
            return "已公布结果"
        if self.opens_on is None or self.closes_on is None:
            return "期限未公布"
        if today < self.opens_on:
            return "即将征求意见"
        return "正在征求意见" if today <= self.closes_on else "结果待公布"


def consultation_state(table: Any, day: date) -> ColumnElement[str]:
    """The same as `state_on`, for a database; `table` has the columns of `Consultation`."""
    return case(
        (table.stage == STAGES[-1], "已印发"),
        (table.received.is_not(None), "已公布结果"),
        (or_(table.opens_on.is_(None), table.closes_on.is_(None)), "期限未公布"),
        (table.opens_on > day, "即将征求意见"),
        (table.closes_on >= day, "正在征求意见"),
        else_="结果待公布",
    )


def read_consultation(file: ContentFile, bureau: Bureau) -> Consultation:
    """Read one file of `content/consultations/`; files beside it and policies are looked at later."""
    common = read_common(file)
    rows = file.table("steps", _step)
    consultation = Consultation(
        **common,
        day=local_date(common["published_at"]).isoformat(),
        index_no=read_index_no(file),
        keywords=file.items("keywords"),
        stage=file.choice("stage", STAGES),
        step_rows=[asdict(step) for step in rows],
        steps_as_of=file.day("steps_as_of", required=False),
        major=file.choice("major", (YES, NO, UNKNOWN)),
        opens_on=file.day("opens_on", required=False),
        closes_on=file.day("closes_on", required=False),
        short_reason=file.text("short_reason", required=False),
        draft=file.text("draft", required=False),
        explanation=file.text("explanation", required=False),
        missing_note=file.text("missing_note", required=False),
        other_ways=file.text("other_ways", required=False),
        applies_to=file.text("applies_to"),
        to_do=file.text("to_do"),
        document=file.text("document", required=False),
        became=file.text("became", required=False),
        received=_count(file),
        results_on=file.day("results_on", required=False),
        source=file.text("source"),
        source_url=file.text("source_url", required=False),
    )
    consultation.other_names = " ".join(consultation.keywords)
    set_subjects(consultation, file, bureau)
    consultation.set_facet("stage", [consultation.stage])
    consultation.set_facet("document", [consultation.document, consultation.became])
    _check_steps(file, consultation, [step.stage for step in rows])
    _check_days(file, consultation)
    return consultation


def _step(row: dict[str, object]) -> ConsultationStep | None:
    """One row of `steps`; None when its stage or state is not known, or it has an unknown field."""
    texts = {name: str(value or "") for name, value in row.items()}
    if texts.get("stage") not in STAGES or texts.get("state") not in STATES:
        return None
    return ConsultationStep(**texts) if texts.keys() <= ConsultationStep.__annotations__.keys() else None


def _count(file: ContentFile) -> int | None:
    text = file.text("received", required=False)
    if text and not (text.isascii() and text.isdigit()):
        file.fault("received", f"received is “{text}”", "write how many opinions came, 0 if none did")
        return None
    return int(text) if text else None


def _check_steps(file: ContentFile, record: Consultation, stages: list[str]) -> None:
    for stage in {stage for stage in stages if stages.count(stage) > 1}:
        file.fault("steps", f"{stage} stands twice in steps", "keep one row for each stage")
    state = next((step.state for step in record.steps if step.stage == record.stage), DONE)
    if state not in (DONE, RUNNING):
        mend = f"give steps a row for it, {RUNNING} or {DONE}, or correct stage"
        file.fault("stage", f"stage is {record.stage}, but steps does not say that it came so far", mend)
    if record.stage == STAGES[-1] and not record.became:
        file.fault("stage", f"stage is {record.stage} without became", "name the policy it became")
    if record.became and record.stage != STAGES[-1]:
        file.fault("became", "became, but it is not issued yet", f"set stage: {STAGES[-1]}, or remove it")


def _check_days(file: ContentFile, record: Consultation) -> None:
    length = record.length
    if (record.opens_on is None) != (record.closes_on is None):
        name = "opens_on" if record.opens_on else "closes_on"
        file.fault(name, f"only {name} is given", "give both days, or neither when they were never told")
    elif length is not None and length <= 0:
        file.fault("closes_on", "closes_on is not after opens_on", "correct one of the two")
    elif length is not None and record.major == YES and length < MIN_DAYS and not record.short_reason:
        what = f"{length} days for a 重大行政决策, fewer than {MIN_DAYS}"
        mend = "set closes_on later, or say why in short_reason (重大行政决策程序暂行条例 15)"
        file.fault("closes_on", what, mend)
    if (record.received is None) != (record.results_on is None):
        name = "received" if record.results_on is None else "results_on"
        file.fault(name, f"only {name} is given", "a result has both received and results_on")
    elif record.results_on and record.closes_on and record.results_on <= record.closes_on:
        file.fault("results_on", "results_on is before the last day for opinions", "correct one of the two")


def link_consultations(
    records: Mapping[str, Consultation],
    files: Mapping[str, ContentFile],
    policies: Mapping[str, Policy],
    unread: Collection[str],
    content: Path,
) -> Iterator[Problem]:
    """Look at what lies beside every consultation and at the policies it names; read its result.

    `unread` are the names of policies that are there and cannot be read: that is told of their own files.
    """
    for slug, record in records.items():
        file = files[slug]
        _check_papers(file, record)
        for name, is_draft in (("document", True), ("became", False)):
            named = getattr(record, name)
            target = policies.get(named)
            if named and named not in unread and (target is None or (target.genre == DRAFT) is not is_draft):
                what = f"there is no {'draft' if is_draft else 'issued'} policy {named}"
                file.fault(
                    name, what, f"name a file of policies/ {'with' if is_draft else 'without'} {DRAFT}"
                )
        tables = [attachment["name"] for attachment in record.attachments if attachment["name"] in FILES]
        if len(tables) > 1:
            file.fault("received", f"there are {' and '.join(tables)}", "keep one of them")
        elif tables:
            yield from _read_answers(record, file, content / file.path.removesuffix(".md") / tables[0])
        elif record.received:
            mend = f"put {FILES[0]} into the folder {slug}/ beside the file"
            file.fault(
                "received", f"{record.received} opinions without the table of what became of them", mend
            )


def _read_answers(record: Consultation, file: ContentFile, path: Path) -> Iterator[Problem]:
    results = read_results(path, f"{record.kind}/{record.slug}/{path.name}")
    yield from results.problems
    if record.received is None:
        file.fault("received", f"there is {path.name}, but no received", "add received and results_on")
    elif not results.problems and results.total != record.received:
        what = f"received is {record.received}, but the rows of {path.name} make {results.total}"
        file.fault("received", what, "count again: each opinion is answered in one row")
    record.answered_rows = [asdict(row) for row in results.rows]


def _check_papers(file: ContentFile, record: Consultation) -> None:
    """The draft and its explanation lie beside the file, or the page says why not."""
    beside = [attachment["name"] for attachment in record.attachments]
    for name in ("draft", "explanation"):
        paper = getattr(record, name)
        if paper and paper not in beside:
            file.fault(
                name, f"there is no file {paper}", f"put it into the folder {record.slug}/ beside the file"
            )
    if not ((record.draft and record.explanation) or record.missing_note):
        mend = "name both files, or say in missing_note why there is none (重大行政决策程序暂行条例 15)"
        file.fault("draft", "the draft or its explanation (起草说明) is missing", mend)
