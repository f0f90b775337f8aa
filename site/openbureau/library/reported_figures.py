"""What the bureau has reported of supervision (`[[reported]]` of site.toml), and what the editions say of it.

Two figures of one thing stand side by side, each with what it counts and the day it holds for: neither is
corrected by the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from openbureau.enums import Labelled


class Measure(Labelled):
    """What a reported figure may be about: only of these the site knows what to hold beside them."""

    APPLIED = "applied", "申请审批的机构（截至该日）"
    SUPERVISED = "supervised", "现监管的机构"
    RATE = "rate", "完成监管率"


@dataclass(frozen=True)
class ReportedFigure:
    """One reported figure: what it measures, its value as reported, what it counts, its day, its source."""

    measure: Measure
    value: str
    unit: str
    as_of: date
    definition: str
    source: str


@dataclass(frozen=True)
class Computed:
    """The same as the site computes it, from the edition of the whitelist as of `as_of`."""

    value: str
    unit: str
    as_of: date
    definition: str


_NAMES = {field.name for field in fields(ReportedFigure)}


def read_reported(rows: object) -> tuple[tuple[ReportedFigure, ...], list[str]]:
    """The figures of `[[reported]]`, and what is wrong with each that is none."""
    if not isinstance(rows, list):
        return (), ["reported is not a list of tables: write [[reported]] above each figure"]
    figures: list[ReportedFigure] = []
    faults: list[str] = []
    for number, row in enumerate(rows, 1):
        figure = _figure(row) if isinstance(row, dict) else None
        if figure is None:
            faults.append(f"figure {number} of reported is not complete or not known")
        elif figure.measure in {other.measure for other in figures}:
            faults.append(f"figure {number} of reported is the second one of {figure.measure.value}")
        else:
            figures.append(figure)
    return tuple(figures), faults


def _figure(row: dict[str, object]) -> ReportedFigure | None:
    measure = next((measure for measure in Measure if measure.value == row.get("measure")), None)
    value, as_of = row.get("value"), row.get("as_of")
    texts = {name: row.get(name) for name in ("unit", "definition", "source")}
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_day = isinstance(as_of, date) and not isinstance(as_of, datetime)
    is_complete = all(isinstance(text, str) and text.strip() for text in texts.values())
    if measure is None or not (is_number and is_day and is_complete) or row.keys() != _NAMES:
        return None
    return ReportedFigure(
        measure=measure,
        value=str(value),
        as_of=date.fromisoformat(str(as_of)),
        **{name: str(text) for name, text in texts.items()},
    )


def computed(
    measure: Measure, reported: Sequence[ReportedFigure], on_list: int, as_of: date
) -> Computed | None:
    """What the edition as of `as_of`, with `on_list` institutions on it, says of `measure`; None if nothing.

    The rate has the reported number of applicants below the line: the list does not know who applied.
    """
    if measure is Measure.SUPERVISED:
        return Computed(str(on_list), "家", as_of, "名单内的机构，学科类和非学科类都在内，不论状态")
    applied = next((float(figure.value) for figure in reported if figure.measure is Measure.APPLIED), 0)
    if measure is Measure.RATE and applied:
        definition = (
            f"{on_list} ÷ {applied:g}，即名单内的机构除以报告的申请审批机构，保留两位小数；"
            "前提是名单内的都在申请审批的之内，报告没有这样写明"
        )
        return Computed(f"{on_list / applied * 100:.2f}", "%", as_of, definition)
    return None
