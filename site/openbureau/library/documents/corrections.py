"""Corrections (更正): what a document said before, kept beside it, and what the correction changed.

The earlier text is the file as it was, in `<document>/versions/2026-03-02.md`, named by the day on which it
was published. Only the difference is shown; a correction may do without when the old text must not be seen.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openbureau.clock import ISO_DAY, local_date
from openbureau.formats.markdown import to_text
from openbureau.formats.text_diff import difference, line_differences
from openbureau.library.documents.fields import rendered_of
from openbureau.library.front_matter import ContentFile
from openbureau.library.problems import Problem
from openbureau.library.records import Correction, FieldChange, Record

FOLDER = "versions"

FIELDS = {
    "title": "标题",
    "summary": "摘要",
    "genre": "类别",
    "doc_no": "文号",
    "issuer": "发布机构",
    "made_on": "成文日期",
    "validity": "效力",
    "effective_on": "施行日期",
    "expires_on": "有效期至",
    "severity": "风险程度",
    "valid_until": "适用至",
    "opens_on": "征求意见开始",
    "closes_on": "征求意见截止",
    "stage": "阶段",
    "applies_to": "与谁有关",
    "to_do": "要做什么",
    "to_do_by": "最后一天",
    "whats_new": "有何变化",
    "figures": "数字",
    "source": "资料来源",
    "original_url": "原文地址",
    "keywords": "主题词",
    "topics": "主题",
    "audience": "面向",
}
"""The fields that readers see, by the name they read."""

_NAME = re.compile(rf"{ISO_DAY}(-[0-9]+)?", re.ASCII)
_HEADING = "\ue000"
"""Marks the line of a heading while texts are compared; a character for private use."""

_MARKS = re.compile(r"\[\[|\]\]")


@dataclass(frozen=True)
class _Version:
    file: ContentFile
    at: datetime
    note: str


def correct(record: Record, file: ContentFile, earlier: Iterable[ContentFile]) -> Iterator[Problem]:
    """Tell in `record` what its corrections changed; `earlier` are its files as they were.

    What was withdrawn is shown nowhere, and neither is its difference.
    """
    versions = sorted(filter(None, map(_version, earlier)), key=lambda version: version.at)
    for version in versions:
        yield from _problems(version, record)
    if record.is_withdrawn:
        return
    now = _Version(file, record.changed_at, record.change_note)
    if now.note and not versions and not file.problems:
        yield _without_earlier(file, record)
    for old, new in zip([None, *versions], [*versions, now], strict=True):
        if new.note:
            changes = list(_changes(old.file, new.file)) if old else []
            if old and not changes:
                what = f"nothing differs from {old.file.path}"
                yield Problem(new.file.path, "1", what, "keep there what stood here before", stops=False)
            record.corrections.insert(0, Correction(at=new.at.isoformat(), note=new.note, changes=changes))


def _version(file: ContentFile) -> _Version | None:
    """None when nobody can tell when it was published; that is then a fault of the file."""
    at = file.instant("updated_at", required=False) or file.instant("published_at")
    return _Version(file, at, file.text("change_note", required=False)) if at else None


def _problems(version: _Version, record: Record) -> Iterator[Problem]:
    day = local_date(version.at).isoformat()
    if not _NAME.fullmatch(version.file.slug) or not version.file.slug.startswith(day):
        mend = f"name it {day}.md, or {day}-2.md for the second of the day"
        yield Problem(version.file.path, "", "the name is not the day on which it was published", mend)
    if version.at >= record.changed_at:
        what = "this is not what stood there before: it is not older than the document"
        mend = "give the document updated_at and change_note"
        yield Problem(version.file.path, "", what, mend)


def _without_earlier(file: ContentFile, record: Record) -> Problem:
    path = f"{file.path.removesuffix('.md')}/{FOLDER}/{local_date(record.published_at)}.md"
    return Problem(
        file.path,
        str(file.lines.get("change_note", 1)),
        "readers are told of the correction and not of the difference",
        f"keep the file as it was as {path}, unless the old text must not be seen",
        stops=False,
    )


def _changes(old: ContentFile, new: ContentFile) -> Iterator[FieldChange]:
    """What differs between two files, field by field and passage by passage, as a reader sees it."""
    for name, label in FIELDS.items():
        before, after = (_as_shown(file.values.get(name)) for file in (old, new))
        if pieces := difference(before, after):
            yield FieldChange(label=label, pieces=pieces)
    (_, old_lines), (headings, new_lines) = _lines(old), _lines(new)
    for number, pieces in line_differences(old_lines, new_lines):
        under = [heading for line, heading in headings.items() if line < number]
        yield FieldChange(label=f"正文：{under[-1]}" if under else "正文", pieces=pieces)


def _lines(file: ContentFile) -> tuple[dict[int, str], Sequence[str]]:
    """The headings of a text by the number of their line, and all its lines."""
    html = re.sub(r"(<h[2-4][^>]*>)", rf"\1{_HEADING}", rendered_of(file).html)
    lines = _MARKS.sub("", to_text(html)).split("\n")
    headings = {
        number: line.removeprefix(_HEADING) for number, line in enumerate(lines) if line.startswith(_HEADING)
    }
    return headings, [line.removeprefix(_HEADING) for line in lines]


def _as_shown(value: object) -> str:
    match value:
        case None:
            return ""
        case date():
            return f"{value.year}年{value.month}月{value.day}日"
        case list():
            return "、".join(map(_as_shown, value))
        case dict():
            return " ".join(map(_as_shown, value.values()))
        case _:
            return str(value)
