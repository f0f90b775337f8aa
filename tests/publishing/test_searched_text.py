"""The sections that are searched: all the words of a page, and each where it can be linked to."""

import re
from pathlib import Path

import pytest

from openbureau.library.content import read_library
from openbureau.library.records import Record
from openbureau.publishing.searched_text import ATTACHMENTS_ANCHOR, searched_sections
from openbureau.search import Section
from support.site import CONTENT


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return read_library(CONTENT).records


def of(records: list[Record], name: str) -> Record:
    (found,) = (record for record in records if f"{record.kind}/{record.slug}" == name)
    return found


def test_every_section_is_linked_to_by_an_id_of_its_page(records: list[Record]) -> None:
    for record in records:
        ids = {"", ATTACHMENTS_ANCHOR, *re.findall(r' id="([^"]+)"', record.html)}
        first, *others = searched_sections(record)
        assert first.anchor == ""
        assert {section.anchor for section in others} <= ids - {""}


def test_together_they_say_all_that_the_record_says(records: list[Record]) -> None:
    for record in records:
        whole = "".join("".join(section.whole for section in searched_sections(record)).split())
        lines = f"{record.summary}\n{record.text}\n{record.attached_text}".split("\n")
        assert all("".join(line.split()) in whole for line in lines)


def test_what_an_interpretation_quotes_is_named_in_it_and_not_said_again(content: Path) -> None:
    policies = content / "policies"
    with (policies / "prepayment.md").open("a", encoding="utf-8") as file:
        file.write("\n\n第九条　逾期不退的，加收滞纳金。\n")
    with (policies / "prepayment-explained.md").open("a", encoding="utf-8") as file:
        file.write("\n\n[[第九条]]\n\n晚退要赔钱。\n")
    records = read_library(content).records
    *_, clause, _ = searched_sections(of(records, "policies/prepayment"))
    assert (clause.anchor, clause.heading) == ("article-9", "第九条")
    assert clause.text.startswith("逾期不退的，加收滞纳金。")
    section = searched_sections(of(records, "policies/prepayment-explained"))[-1]
    assert section == Section("on-article-9", "第九条", "晚退要赔钱。")
