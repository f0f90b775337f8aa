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
CARE_SECTIONS = (
    Section("", "", "家长自愿参加。"),
    Section("until", "几点接孩子", "课后托管看护到晚上七点，晚接另外收费。"),
    Section("fees", "看护收费", "每月一结。"),
)
CARE = Document(
    "notices/care",
    "notices",
    "课后托管",
    "\n".join(section.whole for section in CARE_SECTIONS),
    sections=CARE_SECTIONS,
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("sections")
    build(folder, [GUIDE, OTHER, CARE])
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


def test_words_of_a_heading_count_more_than_those_of_a_text_before_it(index: Index) -> None:
    hit = next(hit for hit in index.find("看护 收费").hits if hit.key == CARE.key)
    assert hit.anchor == "fees"


def test_a_word_of_a_heading_is_marked_in_the_heading(index: Index) -> None:
    hit = first(index, "不想上了")
    assert (hit.anchor, hit.heading.striptags()) == ("refund", "不想上了怎么退")
    assert "<mark>" in hit.heading


@pytest.mark.parametrize(
    ("query", "key"),
    [("预收费指引", GUIDE.key), ("预收费", GUIDE.key), ("NB-9", GUIDE.key), ("托管", CARE.key)],
)
def test_who_names_a_document_comes_to_its_beginning(index: Index, query: str, key: str) -> None:
    hit = first(index, query)
    assert (hit.key, hit.anchor, hit.heading) == (key, "", "")


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
    """The index with vectors by a stand-in that takes a few words of questions and texts for the same."""
    encoder = StandInEncoder(
        "要得回来 退还余款", "上限 一次最多", "先交的钱 预收费", "什么时候 晚上七点 每月一结"
    )
    monkeypatch.setattr(encoders, "_loaded", [encoder])
    build(tmp_path, [GUIDE, OTHER, CARE])
    vectors = tmp_path / "vectors"
    plain = open_index(tmp_path)
    learning.learn(vectors, plain.lines(), plain.digest, encoder, (), lambda *_: None)
    return open_index(tmp_path, vectors)


def test_a_section_is_meant_only_when_words_and_meaning_agree_on_it(learned: Index, index: Index) -> None:
    section = learned.find("没有上的课余款要得回来吗").section
    assert section == SectionHit("notices/guide", "refund")
    assert learned.find("没有上的课余款上限是什么").section is None
    assert index.find("没有上的课余款要得回来吗").section is None


def test_a_section_is_not_meant_while_another_is_as_near(learned: Index) -> None:
    hits = learned.find("看护到晚上，是什么时候")
    assert (hits.hits[0].key, hits.hits[0].anchor) == (CARE.key, "until")
    assert hits.section is None


def test_what_meaning_alone_knows_leads_to_its_section(learned: Index) -> None:
    hit = next(hit for hit in learned.find("交的钱还要得回来吗").hits if hit.key == "notices/guide")
    assert hit.anchor == "refund"


def test_the_title_being_near_by_meaning_does_not_keep_a_hit_from_its_section(learned: Index) -> None:
    assert first(learned, "先交的钱，没有上的课怎么算").anchor == "refund"
