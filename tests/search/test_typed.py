"""What people type besides words: pinyin in pieces, and words that must not stand there."""

from pathlib import Path

import pytest

from openbureau.search import Document, Index, Language, build, open_index
from openbureau.search.query import Query

TEXTS = {
    "双减意见": "减轻负担的意见，收费与退费。",
    "双减问答": "双减怎么做，2024-09施行。",
    "退费指引": "退费难怎么办，先找合同。",
    "收费办法": "办法，代码MA05-7。",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("index")
    documents = [Document(f"k/{title}", "k", title, text) for title, text in TEXTS.items()]
    build(folder, documents, language=Language(words=("双减", "退费")))
    return open_index(folder)


@pytest.mark.parametrize(
    "query", ["双减 -退费", "双减 －退费", "双减 –退费", "-退费 双减", "雙減 −退費", "双减  -退费 "]
)
def test_a_word_behind_a_minus_must_not_stand_there(index: Index, query: str) -> None:
    hits = index.find(query)
    assert hits.keys == ["k/双减问答"]
    assert list(hits.excluded) == ["退费"]
    assert index.holding(query, ["k"]) == index.rank(query, 9) == ["k/双减问答"]


@pytest.mark.parametrize("query", ["2024-09", "MA05-7", "双减-退费", "双减 - 退费", "双减 -9", "双减 --退费"])
def test_dashes_inside_codes_and_days_and_alone_exclude_nothing(index: Index, query: str) -> None:
    hits = index.find(query)
    assert not hits.excluded
    assert hits.total > 0


@pytest.mark.parametrize("query", ["-退费", "-退费 -双减", "－退费"])
def test_a_query_of_excluded_words_alone_finds_nothing(index: Index, query: str) -> None:
    hits = index.find(query)
    assert (hits.total, hits.hits) == (0, [])
    assert hits.excluded
    assert index.correct(query) == ""


@pytest.mark.parametrize("query", ["tui fei", "tuì fèi", "tuīfèi", "TUIFEI", "tui'fei", "Tui  Fei", "tuifei"])
def test_pinyin_means_the_same_with_blanks_tones_and_capitals(index: Index, query: str) -> None:
    assert index.correct(query) == "退费"


def test_the_corrected_query_excludes_what_was_excluded(index: Index) -> None:
    assert index.correct("shuang jian -退费") == "双减 -退费"
    assert index.correct("shuangjian") == "双减"


def test_what_pinyin_means_is_searched_and_told(index: Index) -> None:
    for query in ("tui fei", "tuì fèi", "tuifei"):
        hits = index.find(query)
        assert hits.meant == "退费"
        assert hits.keys == index.find("退费").keys
    assert index.find("shuang jian -退费").keys == ["k/双减问答"]


def test_a_correction_keeps_numbers_times_and_quotation_marks(index: Index) -> None:
    assert index.correct("tuifei 20:30") == "退费 20:30"
    assert index.correct("tuifei 5,000元 叁个月") == "退费 5,000元 叁个月"
    assert index.correct("“合同” tuifei") == "“合同” 退费"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("收咗錢唔退費點算", "收了钱不退费怎么办"),
        ("收咗钱唔退费点算", "收了钱不退费怎么办"),
        ("双减系咪执笠嘅", "双减是不是倒闭的"),
        ("细路仔几时返学", "孩子什么时候上学"),
    ],
)
def test_cantonese_is_looked_for_in_the_words_of_texts(index: Index, typed: str, said: str) -> None:
    asked, right = index.find(typed), index.find(said)
    assert (asked.keys, asked.whole, asked.divide) == (right.keys, right.whole, right.divide)
    assert Query(typed, Language()).text == said


@pytest.mark.parametrize("text", ["双减要点", "联系我们", "退费点明", "返还学费", "重点中学"])
def test_words_of_both_languages_stay(text: str) -> None:
    assert Query(text, Language()).text == text


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("tuifei zenme ban", "退费怎么办"),
        ("tuì fèi nán zěn me bàn", "退费 怎么办"),
        ("shuangjian shi shenme yijian", "双减 什么意见"),
        ("wo xiang zhidao tui fei zhi yin", "我想知道退费指引"),
        ("zenme ban", ""),
        ("hello world", ""),
        ("qing wen xue fei", ""),
    ],
)
def test_a_sentence_of_pinyin_is_read_word_by_word(index: Index, query: str, meant: str) -> None:
    assert index.correct(query) == meant
