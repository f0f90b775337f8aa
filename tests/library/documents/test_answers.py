"""The questions that a document answers: read, told when they are wrong, and found by search."""

import re
import shutil
import unicodedata
from hashlib import sha256
from pathlib import Path

import pytest

from openbureau.library.content import read_library
from openbureau.library.documents.fields import question_form
from openbureau.publishing.build import publish
from openbureau.publishing.publication import Publication, Shelf
from support.makers import REAL, problems, set_fields, texts

NOTICE = "notices/loans.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return texts(tmp_path)


def test_a_document_without_answers_is_published_and_that_is_noted(content: Path) -> None:
    set_fields(content / NOTICE, answers="")
    (told,) = problems(content)
    assert told == (
        f"{NOTICE}:1: answers is missing: people who ask in their own words may not find this; "
        "list 3 to 8 questions that it answers, as people would type them"
    )
    assert read_library(content).is_sound


def test_content_of_an_earlier_release_is_published_as_before(content: Path, tmp_path: Path) -> None:
    files = [path for path in content.rglob("*.md") if "\nanswers:" in path.read_text(encoding="utf-8")]
    for path in files:
        set_fields(path, answers="")
    published = publish(content, Shelf(tmp_path / "shelf"))
    assert [note.what.partition(":")[0] for note in published.notes] == ["answers is missing"] * len(files)


def test_of_what_was_withdrawn_nobody_asks(content: Path) -> None:
    set_fields(
        content / NOTICE, answers="", updated_at="2026-04-05 08:30", withdrawn_reason="内容有误，另行公布"
    )
    assert problems(content) == []


FAULTS = {
    "[]": "answers is empty; list at least one value",
    "{甲: 乙}": "answers has a value that is not text; write a list of short texts: [甲, 乙]",
    "能不能贷款": "answers has 1 questions; list 3 to 8 that it answers whole",
    "[甲, 乙, 丙, 丁, 戊, 己, 庚, 辛, 壬]": "answers has 9 questions; list 3 to 8 that it answers whole",
    f"[甲, 乙, {'长' * 41}]": (
        f"answers: “{'长' * 41}” has 41 characters; shorten it to 40, as people would type it"
    ),
    "[甲, 能贷款吗？, 能 贷 款 吗]": (
        "answers: “能 贷 款 吗” is the same as “能贷款吗？”; write what people say otherwise, or leave it out"
    ),
    "[甲, 乙, 当心培训贷：不要贷款交学费]": (
        "answers: “当心培训贷：不要贷款交学费” is the same as the title; write what people say otherwise, "
        "or leave it out"
    ),
    "[甲, 乙, 丙, ？]": "answers has an empty line; write a question there, or leave it out",
}


@pytest.mark.parametrize(("written", "told"), FAULTS.items())
def test_answers_that_are_none_stop_the_publication(content: Path, written: str, told: str) -> None:
    set_fields(content / NOTICE, answers=written)
    assert [problem.partition(": ")[2] for problem in problems(content)][:1] == [told]
    assert not read_library(content).is_sound


def test_people_find_a_document_by_a_question_whose_words_it_does_not_have(
    content: Path, tmp_path: Path
) -> None:
    question = "刷白条读补习班坑不坑"
    set_fields(content / NOTICE, answers=f"[{question}, 零元入学划算吗, 分期付款靠谱吗]")
    shelf = Shelf(tmp_path / "shelf")
    publication = Publication(shelf.folder / publish(content, shelf).id)
    assert publication.search.find(question).keys[0] == "notices/loans"
    record = publication.catalogue.get("notices", "loans")
    assert record is not None
    assert record.answers[0] == question


@pytest.mark.parametrize("field", ["applies_to", "to_do", "whats_new"])
def test_what_stands_at_the_head_of_a_page_is_found(content: Path, tmp_path: Path, field: str) -> None:
    set_fields(content / "policies/prepayment.md", **{field: "鹅卵石小径"})
    shelf = Shelf(tmp_path / "shelf")
    hits = Publication(shelf.folder / publish(content, shelf).id).search.find("鹅卵石小径")
    assert hits.keys[:1] == ["policies/prepayment"]


@pytest.fixture(scope="module")
def first_site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The questions of every text of the first site, by its name; lists have none and take long to read."""
    lists = shutil.ignore_patterns("whitelist", "registers")
    content = Path(shutil.copytree(REAL, tmp_path_factory.mktemp("first-site") / "content", ignore=lists))
    return {f"{record.kind}/{record.slug}": record.answers for record in read_library(content).records}


def test_every_text_of_the_first_site_says_which_questions_it_answers_and_no_two_the_same(
    first_site: dict[str, list[str]],
) -> None:
    assert [name for name, questions in first_site.items() if not questions] == []
    forms = [question_form(question) for questions in first_site.values() for question in questions]
    assert len(forms) == len(set(forms))


def test_no_question_of_the_first_site_is_one_that_search_is_measured_by(
    first_site: dict[str, list[str]],
) -> None:
    """Search is measured by given sets of what lay people ask. Had editors copied a question out of them, the
    figure would tell of the copy. The sets are no part of this repository; `asked_questions.sha256` has the
    digest of each of their questions as `digest` makes it.
    """
    given = set((Path(__file__).parent / "asked_questions.sha256").read_text(encoding="ascii").split())
    assert len(given) == 160
    copied = [
        question for questions in first_site.values() for question in questions if digest(question) in given
    ]
    assert copied == []


def digest(question: str) -> str:
    """What tells a question from others whatever its width, case, blanks and marks."""
    form = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", question).casefold())
    return sha256(form.encode()).hexdigest()
