"""The text of a record as it is searched: in the sections that its page can be linked to by."""

from openbureau.formats.html_sections import split_sections
from openbureau.formats.markdown import to_text
from openbureau.library.documents.clause_ids import clause_name
from openbureau.library.documents.clauses import words_of_its_own
from openbureau.library.records import Record
from openbureau.search import Section

ATTACHMENTS_ANCHOR = "attached-files"
"""The id of the list of attachments on a page."""

HEAD = ("applies_to", "to_do", "whats_new")
"""The fields at the head of a page; a kind may lack one."""


def searched_sections(record: Record) -> list[Section]:
    """The beginning with the head of the page, the sections of the text, what the attachments say."""
    beginning, *others = _sections_of(record)
    head = [record.summary, *(getattr(record, field, "") for field in HEAD), beginning.whole]
    sections = [Section("", "", "\n".join(filter(None, head)).strip()), *others]
    if attached := record.attached_text.strip():
        sections.append(Section(ATTACHMENTS_ANCHOR, "附件", attached))
    return sections


def _sections_of(record: Record) -> list[Section]:
    """The sections of the text; the first is what stands before them, if only nothing."""
    if " id=" not in record.html:
        return [Section("", "", record.text)]
    sections = []
    for anchor, headings, html in split_sections(words_of_its_own(record.html)):
        text = to_text(html)
        for heading in headings:
            text = text.replace(heading, "", 1).strip()
        name = "" if headings else clause_name(text)
        sections.append(Section(anchor, " ".join(headings) or name, text.removeprefix(name).strip()))
    return sections if not sections[0].anchor else [Section("", "", ""), *sections]
