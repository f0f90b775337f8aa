"""A hit leads to its best section and shows what stands in it."""

from pathlib import Path

import pytest

from openbureau.search import Document, Hit, Index, Section, SectionHit, build, open_index
from openbureau.search.meaning import encoder as encoders
from openbureau.search.meaning import learning
from openbureau.search.sections import best_section
from support.stand_ins.encoders import StandInEncoder

SECTIONS = (
    Section("", "", "交费前先看这一页。"),
    Section("limit", "一次最多交多少", "不超过三个月，也不超过六十课时。"),
    Section("refund", "不想上了怎么退", "没有上的课，机构应当按约定退还余款。"),
    Section("attached-files", "附件", "申请表 编号B7"),
)
GUIDE = Document(
    "notices/guide",
    "notices",
    "预收费指引",
    "\n".join(section.whole for section in SECTIONS),
    sections=SECTIONS,
    names="NB-9",
    exact=["NB-9"],
)
OTHER = Document("notices/other", "notices", "寒假提示", "寒假里机构不得补课。")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("sections")
    build(folder, [GUIDE, OTHER])
    return open_index(folder)


def first(index: Index, query: str) -> Hit:
    return index.find(query).hits[0]


@pytest.mark.parametrize(
    ("query", "anchor", "shown"),
    [
        ("没上的课能退余款吗", "refund", "退还余款"),
        ("六十课时", "limit", "六十课时"),
        ("B7", "attached-files", "编号B7"),
        ("交费前", "", "交费前"),
    ],
)
def test_a_hit_leads_to_the_section_that_holds_most(
    index: Index, query: str, anchor: str, shown: str
) -> None:
    hit = first(index, query)
    assert hit.anchor == anchor
    assert shown in hit.passage.striptags()
    assert "<mark>" in hit.passage


def test_a_word_of_a_heading_is_marked_in_the_heading(index: Index) -> None:
    hit = first(index, "不想上了")
    assert (hit.anchor, hit.heading.striptags()) == ("refund", "不想上了怎么退")
    assert "<mark>" in hit.heading


@pytest.mark.parametrize("query", ["预收费指引", "预收费", "NB-9"])
def test_who_names_a_document_comes_to_its_beginning(index: Index, query: str) -> None:
    hit = first(index, query)
    assert (hit.key, hit.anchor, hit.heading) == ("notices/guide", "", "")


def test_a_document_without_sections_has_no_anchor(index: Index) -> None:
    assert first(index, "机构补课").anchor == ""


def test_of_equal_sections_the_earliest_is_best() -> None:
    assert best_section([0.0, 2.0, 2.0]) == 1
    assert best_section([0.0, 0.0]) == 0


def test_meaning_outweighs_words_when_it_is_much_nearer() -> None:
    assert best_section([2.0, 1.0], [0.80, 0.81]) == 0
    assert best_section([2.0, 1.0], [0.80, 0.90]) == 1


@pytest.fixture
def learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """The index with vectors by which 钱要得回来 means to give back, and 上限 the most that may be paid."""
    encoder = StandInEncoder("要得回来 退还余款", "上限 一次最多")
    monkeypatch.setattr(encoders, "_loaded", [encoder])
    build(tmp_path, [GUIDE, OTHER])
    vectors = tmp_path / "vectors"
    plain = open_index(tmp_path)
    learning.learn(vectors, plain.lines(), plain.digest, encoder, (), lambda *_: None)
    return open_index(tmp_path, vectors)


def test_a_section_is_meant_only_when_words_and_meaning_agree_on_it(learned: Index, index: Index) -> None:
    section = learned.find("没有上的课余款要得回来吗").section
    assert section == SectionHit("notices/guide", "refund")
    assert learned.find("没有上的课余款上限是什么").section is None
    assert index.find("没有上的课余款要得回来吗").section is None


def test_what_meaning_alone_knows_leads_to_its_section(learned: Index) -> None:
    hit = next(hit for hit in learned.find("交的钱还要得回来吗").hits if hit.key == "notices/guide")
    assert hit.anchor == "refund"
