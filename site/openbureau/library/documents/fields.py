"""What every written document has in its front matter, whatever its kind."""

import re
from datetime import UTC, date, datetime
from typing import TypedDict

from openbureau.chinese.folding import fold
from openbureau.formats.markdown import RenderedMarkdown, TooIntricate, render, to_text
from openbureau.formats.markdown.comparison import missing_words
from openbureau.library.bureau import Bureau
from openbureau.library.documents.addresses import page_address
from openbureau.library.front_matter import ContentFile
from openbureau.library.records import Record

AUDIENCES = ("家长", "学生", "培训机构", "学校", "教师", "企业", "公众")

MIN_ANSWERS, MAX_ANSWERS = 3, 8
"""How many questions a document answers: fewer find it seldom, more are those of other documents."""

MAX_ANSWER_CHARACTERS = 40
"""As long as what people type; a longer one is a sentence of the text."""

_MARKS = re.compile(r"[\W_]+")


class Common(TypedDict):
    """The constructor arguments that all documents share."""

    slug: str
    title: str
    summary: str
    published_at: datetime
    updated_at: datetime | None
    change_note: str
    withdrawn_reason: str
    checked_on: date | None
    answers: list[str]
    html: str
    text: str


def read_common(file: ContentFile) -> Common:
    """Read the fields of `Record`; a correction or withdrawal must say when and why.

    A document that nobody has compared with its `source` (`checked_on`) is published, and that is noted.
    """
    published_at = file.instant("published_at")
    updated_at = file.instant("updated_at", required=False)
    change_note = file.text("change_note", required=False)
    withdrawn_reason = file.text("withdrawn_reason", required=False)
    if updated_at and not (change_note or withdrawn_reason):
        file.fault("updated_at", "updated_at without a reason", "add change_note: what was corrected")
    if (change_note or withdrawn_reason) and not updated_at:
        name = "change_note" if change_note else "withdrawn_reason"
        file.fault(name, f"{name} without updated_at", "add updated_at: 2024-05-31 09:30")
    if updated_at and published_at and updated_at < published_at:
        file.fault("updated_at", "updated_at is before published_at", "correct one of the two")
    checked_on = file.day("checked_on", required=False)
    if "checked_on" not in file.values:
        what = "checked_on is missing: nobody says when this was compared with its source"
        file.note("checked_on", what, "compare every statement, then add checked_on: 2024-05-31")
    html = html_of(file)
    return Common(
        slug=file.slug,
        title=file.text("title", max_length=120),
        summary=file.text("summary", max_length=200),
        published_at=published_at or datetime.fromtimestamp(0, UTC),
        updated_at=updated_at,
        change_note=change_note,
        withdrawn_reason=withdrawn_reason,
        checked_on=checked_on,
        answers=_read_answers(file),
        html=html,
        text=to_text(html),
    )


def _read_answers(file: ContentFile) -> list[str]:
    """The questions that the document answers, in people's own words; search finds it by them.

    A document without any is published, and that is noted; of one that was withdrawn nobody asks.
    """
    if file.values.get("answers") is None:
        if not file.values.get("withdrawn_reason"):
            what = "answers is missing: people who ask in their own words may not find this"
            mend = f"list {MIN_ANSWERS} to {MAX_ANSWERS} questions that it answers, as people would type them"
            file.note("answers", what, mend)
        file.requested.add("answers")
        return []
    questions = file.items("answers")
    if questions and not MIN_ANSWERS <= len(questions) <= MAX_ANSWERS:
        mend = f"list {MIN_ANSWERS} to {MAX_ANSWERS} that it answers whole"
        file.fault("answers", f"answers has {len(questions)} questions", mend)
    title = file.values.get("title")
    asked = {question_form(title): "the title"} if isinstance(title, str) else {}
    for question in questions:
        if not question_form(question):
            file.fault("answers", "answers has an empty line", "write a question there, or leave it out")
            continue
        if len(question) > MAX_ANSWER_CHARACTERS:
            what = f"answers: “{question}” has {len(question)} characters"
            file.fault("answers", what, f"shorten it to {MAX_ANSWER_CHARACTERS}, as people would type it")
        form = question_form(question)
        if form in asked:
            mend = "write what people say otherwise, or leave it out"
            file.fault("answers", f"answers: “{question}” is the same as {asked[form]}", mend)
        asked.setdefault(form, f"“{question}”")
    return questions


def question_form(question: str) -> str:
    """A question without what makes no difference: width, script, letter case, blanks and marks."""
    return _MARKS.sub("", fold(question).casefold())


def html_of(file: ContentFile) -> str:
    """The text of a file as HTML; what there is to say of it to its author is left in the file."""
    rendered = rendered_of(file)
    for remark in rendered.remarks:
        file.fault_at(file.markdown_line + remark.line, remark.what, remark.mend, stops=remark.stops)
    remarked = {remark.line for remark in rendered.remarks}
    for missing in missing_words(file.markdown, rendered.html):
        if missing.line not in remarked:
            what = f"“{missing.words}” is not on the page as it is written"
            mend = "put a backslash before marks that are words, or write it otherwise"
            file.fault_at(file.markdown_line + missing.line, what, mend, stops=False)
    file.links, file.pictures = rendered.links, rendered.pictures
    return rendered.html


def rendered_of(file: ContentFile) -> RenderedMarkdown:
    """The text of a file, rendered; empty, with a fault of the file, when no bounded work renders it."""
    try:
        return render(file.markdown, lambda address: page_address(file.path, address))
    except TooIntricate as error:
        file.fault_at(file.markdown_line + error.line, error.what, error.mend)
        return RenderedMarkdown("", (), (), ())


def read_to_do_by(file: ContentFile) -> date | None:
    """The last day for what a reader has to do, where the text names one."""
    day = file.day("to_do_by", required=False)
    if day and not file.values.get("to_do"):
        file.fault("to_do_by", "to_do_by without to_do", "add to_do: what is to be done by that day")
    return day


def set_subjects(record: Record, file: ContentFile, bureau: Bureau) -> None:
    """Topic and audience: the facets that all documents share."""
    record.set_facet("topic", file.items("topics", bureau.topics))
    record.set_facet("audience", file.items("audience", AUDIENCES))
    record.set_facet("year", [record.day[:4]])
