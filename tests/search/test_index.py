"""The search room as a specification: exact names, synonyms, filters, suggestions, updates, damage.

What a query finds and how it is marked is told in test_search.py.
"""

import json
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from openbureau.search import BrokenIndex, Document, Index, Language, build, open_index, update
from openbureau.search.analysis import segmenter_with
from openbureau.search.index import FILE
from openbureau.search.postings import Postings
from openbureau.search.stored import Texts
from openbureau.search.terms import count, label, term

LANGUAGE = Language(
    words=["退费难", "隐形变异"], synonyms=[["补习班", "辅导班", "校外培训机构"], ["退费", "退款"]]
)

REFUND = Document(
    "notices/refund",
    "notices",
    "退费难怎么办",
    "先保留合同和付款凭证，再与校外培训机构协商退费。",
    labels={"topic": ["收费"], "county": ["清城区", "英德市"]},
    day="2024-05-31",
)
RULES = Document(
    "policies/rules",
    "policies",
    "预收费监管办法",
    "一次收费不超过3个月或60课时。收费应当监管，监管应当公开。",
    names="示教规〔2026〕1号 监管办法",
    exact=["示教规〔2026〕1号"],
    labels={"topic": ["收费", "监管"], "county": ["清城区"]},
    day="2026-01-15",
)
HOLIDAY = Document(
    "policies/holiday",
    "policies",
    "寒假不得组织学科类培训",
    "学科类培训不得占用寒暑假，也不得收费。",
    labels={"topic": ["假期"]},
    day="2025",
)
FOOTBALL = Document(
    "whitelist/football",
    "whitelist",
    "清远市星光示例足球培训中心",
    "清城区，体育",
    names="91441802MA05W3P89N 144180270000034",
    exact=["91441802MA05W3P89N", "144180270000034"],
    labels={"county": ["清城区"]},
)
DOCUMENTS = (REFUND, RULES, HOLIDAY, FOOTBALL)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    opened = made(tmp_path_factory.mktemp("index"), DOCUMENTS)
    yield opened
    opened.close()


def made(folder: Path, documents: Sequence[Document], language: Language = LANGUAGE) -> Index:
    folder.mkdir(exist_ok=True)
    build(folder, documents, language=language)
    return open_index(folder)


# What leads straight to one document


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("示教规〔2026〕1号", "policies/rules"),
        ("示教规[2026]1号", "policies/rules"),
        ("示教规（2026）1号", "policies/rules"),
        ("示教规【2026】 1 号", "policies/rules"),
        ("示教规20261号", "policies/rules"),
        ("示教規〔２０２６〕１號", "policies/rules"),
        ("91441802ma05w3p89n", "whitelist/football"),
        ("144180270000034", "whitelist/football"),
        ("清远市星光示例足球培训中心", "whitelist/football"),
        ("清遠市 星光示例足球培訓中心", "whitelist/football"),
        ("退费难怎么办？", "notices/refund"),
    ],
)
def test_a_title_number_or_name_leads_straight_there_however_it_is_written(
    index: Index, query: str, key: str
) -> None:
    hits = index.find(query)
    assert (hits.keys[0], list(hits.exact)) == (key, [key])


def test_a_keyword_is_no_exact_name(index: Index) -> None:
    hits = index.find("监管办法")
    assert (hits.keys, hits.exact) == (["policies/rules"], [])


def test_a_part_of_a_name_is_no_exact_name(index: Index) -> None:
    assert index.find("星光示例足球").keys == ["whitelist/football"]
    assert index.find("星光示例足球").exact == []


def test_an_exact_name_comes_before_whoever_says_it_more_often(tmp_path: Path) -> None:
    named = Document("k/named", "k", "甲", "乙", names="退费办法", exact=["退费办法"])
    often = Document("k/often", "k", "退费办法退费办法解读", "退费办法" * 9)
    assert made(tmp_path, [often, named]).find("退费办法").keys == ["k/named", "k/often"]


# Synonyms and words of our own


@pytest.mark.parametrize("query", ["辅导班", "补习班", "輔導班", "辅导班退款", "补习班 退费"])
def test_whoever_types_a_synonym_finds_the_texts_that_have_another(index: Index, query: str) -> None:
    hits = index.find(query)
    assert hits.keys[: hits.whole] == ["notices/refund"]


def test_what_was_typed_comes_before_its_synonym(tmp_path: Path) -> None:
    typed, other = Document("k/typed", "k", "甲", "退款的事"), Document("k/other", "k", "甲", "退费的事")
    assert made(tmp_path, [other, typed]).find("退款").keys == ["k/typed", "k/other"]


def test_a_synonym_is_marked_where_it_stands(index: Index) -> None:
    (hit,) = index.find("辅导班").hits
    assert "<mark>校外培训机构</mark>" in hit.passage


def test_without_synonyms_only_the_word_itself_is_found(tmp_path: Path) -> None:
    assert made(tmp_path, DOCUMENTS, Language()).find("辅导班").whole == 0


def test_a_synonym_without_another_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="退费: a synonym needs another word"):
        build(tmp_path, DOCUMENTS, language=Language(synonyms=[["退费"]]))


def test_a_word_of_our_own_is_not_cut_apart() -> None:
    assert segmenter_with(()).cut("退费难怎么办")[0] != "退费难"
    assert segmenter_with(("退费难",)).cut("退费难怎么办")[0] == "退费难"


# Phrases


def test_what_stands_in_quotes_must_stand_so_in_the_document(index: Index) -> None:
    assert index.find("收费监管").keys[: index.find("收费监管").whole] == ["policies/rules"]
    assert index.find("“收费应当监管”").whole == 1
    assert index.find("“监管收费”").whole == 0
    assert index.find("监管收费").whole == 1


def test_a_phrase_may_go_over_marks_and_spaces(index: Index) -> None:
    assert index.find("“监管监管”").whole == 0
    assert index.find("「60课时收费」").whole == 1


# Filters, counts and order


def test_labels_narrow_what_is_found(index: Index) -> None:
    assert set(index.find("收费").keys) == {"policies/rules", "policies/holiday"}
    assert index.find("收费", filters={"topic": "监管"}).keys == ["policies/rules"]
    assert index.find("收费", filters={"topic": "监管", "county": "英德市"}).total == 0
    assert index.find("收费", filters={"topic": "没有这个"}).total == 0
    assert index.find("收费", filters={"没有这个": "监管"}).total == 0


def test_all_that_hold_a_query_are_named_however_many(tmp_path: Path) -> None:
    documents = [Document(f"k/{number}", "kj"[number % 2], "退费", "") for number in range(2_400)]
    opened = made(tmp_path, documents)
    hits = opened.find("退费")
    assert (hits.total, hits.whole, len(hits.keys), hits.pages) == (2_400, 2_400, 1_000, 240)
    assert [hit.key for hit in opened.find("退费", page=240).hits] == [f"k/{n}" for n in range(2_390, 2_400)]
    assert opened.holding("退费", ["k"]) == [f"k/{number}" for number in range(0, 2_400, 2)]
    assert opened.holding("没有的", ["k"]) == []


def test_each_label_is_counted_with_the_other_filters_kept(index: Index) -> None:
    hits = index.find("收费", filters={"topic": "监管"}, choices=["topic", "county"])
    assert hits.choices == {"topic": [("假期", 1), ("收费", 1), ("监管", 1)], "county": [("清城区", 1)]}


def test_a_label_may_have_changed_since_the_index_was_made(index: Index) -> None:
    now = {"topic": {"policies/rules": "新的", "policies/nothing": "新的"}}
    assert index.find("收费", choices=["topic"], now=now).choices["topic"] == [("假期", 1), ("新的", 1)]
    assert index.find("收费", filters={"topic": "新的"}, now=now).keys == ["policies/rules"]
    assert index.find("收费", filters={"topic": "监管"}, now=now).keys == []
    assert index.find("收费", filters={"topic": "监管"}).keys == ["policies/rules"], "the index is as it was"


def test_a_label_changes_from_one_day_to_the_next(index: Index) -> None:
    for value in ("旧的", "新的"):
        now = {"topic": {"policies/rules": value}}
        for _ in range(2):
            assert index.find("收费", choices=["topic"], now=now).choices["topic"] == [
                ("假期", 1),
                (value, 1),
            ]
            assert index.find("收费", filters={"topic": value}, now=now).keys == ["policies/rules"]
    assert index.find("收费", choices=["topic"]).choices["topic"] == [("假期", 1), ("收费", 1), ("监管", 1)]


def test_a_label_is_no_word_of_the_text(index: Index) -> None:
    assert index.find("英德市").total == 0
    assert index.find("假期").total == 0


def test_the_newest_may_come_first(tmp_path: Path) -> None:
    days = ["2024", "2026-01-15", "", "2024-05-31", "2025-12"]
    documents = [Document(f"k/{number}", "k", "退费", "", day=day) for number, day in enumerate(days)]
    opened = made(tmp_path, documents)
    assert [key[-1] for key in opened.find("退费", sort="newest").keys] == ["1", "4", "3", "0", "2"]
    assert [key[-1] for key in opened.find("退费").keys] == ["0", "1", "2", "3", "4"]


def test_a_lighter_document_comes_later_and_a_heavier_one_earlier(tmp_path: Path) -> None:
    documents = [Document(f"k/{weight}", "k", "退费", "", weight=weight) for weight in (0.9, 1.0, 1.1)]
    assert made(tmp_path, documents).find("退费").keys == ["k/1.1", "k/1.0", "k/0.9"]


def test_a_title_that_only_tells_documents_apart_counts_like_the_text(tmp_path: Path) -> None:
    address = Document("k/address", "k", "退费办法第五条", "别的事情", title_weight=1.0)
    subject = Document("k/subject", "k", "退费办法说明书", "别的事情")
    assert made(tmp_path, [address, subject]).find("退费").keys == ["k/subject", "k/address"]


# What somebody may be about to type, or may have meant


def test_suggestions_begin_with_words_and_go_on_with_titles(index: Index) -> None:
    assert index.suggest("退") == ["退费难", "退款", "退费", "退费难怎么办"]
    assert "预收费监管办法" in index.suggest("预收费")


@pytest.mark.parametrize("typed", ["yushoufei", "ysfjg", "yushou", "示教规", "监管办法", "收费监管"])
def test_a_title_is_suggested_by_pinyin_initials_number_and_any_part(index: Index, typed: str) -> None:
    assert "预收费监管办法" in index.suggest(typed)


@pytest.mark.parametrize("typed", ["", " ", "？", "没有的词", "xyzzy"])
def test_nothing_is_suggested_for_nothing(index: Index, typed: str) -> None:
    assert index.suggest(typed) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("退废", "退费"),
        ("tuifei", "退费"),
        ("推费", "退费"),
        ("寒假 退废", "寒假 退费"),
        ("星广示例", "星光示例"),
        ("退费", ""),
        ("", ""),
        ("齉齾", ""),
    ],
)
def test_what_sounds_like_a_word_is_corrected_when_the_better_query_finds_something(
    tmp_path: Path, typed: str, meant: str
) -> None:
    texts = [*DOCUMENTS, Document("k/both", "k", "寒假退费", "")]
    assert made(tmp_path, texts).correct(typed) == meant


def test_a_correction_always_finds_something(index: Index) -> None:
    for typed in ("退废", "tuifei", "寒甲", "学颗类"):
        better = index.correct(typed)
        assert better == "" or index.find(better).total > 0


# Updates


def test_an_update_finds_the_same_in_the_same_order_as_a_new_index(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 -- the same documents every time
    documents = {each.key: each for each in (_random(chance, number) for number in range(40))}
    folder = tmp_path / "updated"
    made(folder, list(documents.values())).close()
    queries = [
        "退费",
        "培训 机构",
        "足球书法",
        "白名单监管合同寒假学科",
        "ab12",
        "清城区退费难怎么办",
        "费",
        "1234",
    ]
    for turn in range(6):
        changed = {each.key: each for each in (_random(chance, chance.randint(0, 50)) for _ in range(5))}
        gone = [key for key in chance.sample(sorted(documents), 4) if key not in changed]
        update(folder, changed.values(), gone)
        documents |= changed
        for key in gone:
            del documents[key]
        updated = open_index(folder)
        anew = made(tmp_path / f"anew-{turn}", list(documents.values()))
        for query in queries:
            assert answers(updated, query) == answers(anew, query)
        updated.close()
        anew.close()


def answers(index: Index, query: str) -> list[object]:
    return [
        index.find(query, choices=["county"], per_page=50),
        index.find(query, filters={"county": "清城区"}, sort="newest"),
        index.rank(query, 20),
        index.suggest(query),
        index.correct(query),
    ]


def _random(chance: random.Random, number: int) -> Document:
    characters = "退费培训机构白名单学科寒假合同监管足球书法清城区"
    return Document(
        f"k/{number:03}",
        chance.choice("abc"),
        "".join(chance.choices(characters, k=chance.randint(2, 8))),
        "".join(chance.choices(f"{characters} ab12", k=chance.randint(0, 60))),
        names=chance.choice(["", "ab12cd 1234567"]),
        labels={"county": [chance.choice(["清城区", "清新区"])]},
        day=f"202{chance.randint(0, 5)}-01-01",
    )


def test_an_index_opened_before_goes_on_as_it_was(tmp_path: Path) -> None:
    before = made(tmp_path, DOCUMENTS)
    update(tmp_path, [replace(REFUND, title="退学", body="没有了")], ["policies/rules"])
    assert before.find("退费").keys[0] == "notices/refund"
    assert [hit.title for hit in before.find("预收费").hits] == ["<mark>预收费</mark>监管办法"]
    after = open_index(tmp_path)
    assert after.find("退费").whole == 0
    assert after.find("预收费").whole == 0


def test_a_document_removed_and_given_again_is_found_once(tmp_path: Path) -> None:
    made(tmp_path, DOCUMENTS).close()
    update(tmp_path, [], ["notices/refund"])
    update(tmp_path, [REFUND])
    update(tmp_path, [REFUND])
    assert open_index(tmp_path).find("付款凭证").keys == ["notices/refund"]


def test_removing_what_is_not_there_changes_nothing(tmp_path: Path) -> None:
    made(tmp_path, DOCUMENTS).close()
    update(tmp_path, [], ["notices/unknown"])
    assert open_index(tmp_path).find("退费").keys[0] == "notices/refund"


def test_everything_may_be_removed_and_an_index_may_be_empty(tmp_path: Path) -> None:
    made(tmp_path, DOCUMENTS).close()
    update(tmp_path, [], [each.key for each in DOCUMENTS])
    empty = open_index(tmp_path)
    assert empty.find("退费").total == 0
    assert made(tmp_path / "empty", []).find("退费").total == 0
    update(tmp_path / "empty", [REFUND])
    assert open_index(tmp_path / "empty").find("退费").whole == 1


def test_an_update_with_two_documents_of_one_name_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    made(tmp_path, DOCUMENTS).close()
    with pytest.raises(ValueError, match="two documents have the key notices/refund"):
        update(tmp_path, [REFUND, REFUND])
    assert open_index(tmp_path).find("付款凭证").total == 1


# Many at once


def test_threads_do_not_read_each_others_bytes(tmp_path: Path) -> None:
    documents = [
        Document(f"k/{number}", "k", f"第{number}号退费提示", "保留合同" * number) for number in range(200)
    ]
    opened = made(tmp_path, documents)
    titles = [each.title for each in documents]
    alone = [(opened.find(title), opened.suggest(title[:3])) for title in titles]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as threads:
            together = list(
                threads.map(lambda title: (opened.find(title), opened.suggest(title[:3])), titles)
            )
    finally:
        sys.setswitchinterval(interval)
    assert together == alone


# Damage


def test_an_update_that_was_cut_short_is_noticed(tmp_path: Path) -> None:
    made(tmp_path, DOCUMENTS).close()
    about = (tmp_path / FILE).read_text(encoding="utf-8")
    update(tmp_path, [], ["notices/refund"])
    (tmp_path / FILE).write_text(about, encoding="utf-8")
    with pytest.raises(BrokenIndex, match="cut short: build the index again"):
        open_index(tmp_path)


@pytest.mark.parametrize("damaged", ["{", "{}", ""])
def test_a_damaged_description_is_noticed(tmp_path: Path, damaged: str) -> None:
    made(tmp_path, DOCUMENTS).close()
    (tmp_path / FILE).write_text(damaged, encoding="utf-8")
    with pytest.raises(BrokenIndex, match=FILE):
        open_index(tmp_path)


@pytest.mark.parametrize("name", ["docs.npy", "impacts.npy", "keys.npy", "frames.npy"])
def test_missing_and_cut_arrays_are_noticed(tmp_path: Path, name: str) -> None:
    made(tmp_path, DOCUMENTS).close()
    arrays = tmp_path / json.loads((tmp_path / FILE).read_text(encoding="utf-8"))["arrays"]
    (arrays / name).write_bytes((arrays / name).read_bytes()[:-8])
    with pytest.raises(BrokenIndex, match="build the index again"):
        open_index(tmp_path)
    shutil.rmtree(arrays)
    with pytest.raises(BrokenIndex, match="build the index again"):
        open_index(tmp_path)


# The arrays


def test_every_token_of_a_text_is_counted_with_its_weight() -> None:
    counts = count([[("退费退费", 1.0), ("退费", 2.5)], [("", 1.0)], [("Ab12３", 1.0), ("𠮷野", 1.0)]])
    held = {(int(number), int(doc)): float(amount) for number, doc, amount in zip(*counts, strict=True)}
    assert held[term("退"), 0] == held[term("费"), 0] == held[term("退费"), 0] == 4.5
    assert held[term("费退"), 0] == 1.0
    assert held[term("ab123"), 2] == held[term("ab12"), 2] == held[term("𠮷野"), 2] == 1.0
    assert not [key for key in held if key[1] == 1]
    assert len(held) == 9


def test_a_label_has_a_number_of_its_own() -> None:
    assert len({label("a", "bc"), label("ab", "c"), term("abc"), term("a"), term("bc")}) == 5


def test_common_terms_score_the_same_as_rows_and_as_lists() -> None:
    texts = [[("退费" if number % 2 else "收费", 1.0), ("合同" * number, 1.0)] for number in range(40)]
    postings = Postings.of(count(texts), np.ones(40, bool))
    assert len(postings.common) > 0
    none = replace(postings, common=postings.common[:0], rows=postings.rows[:0])
    asked = {term("退费"): 1.0, term("合"): 0.5, term("费"): 0.5, term("没有"): 1.0}
    rows, lists = postings.look_up(asked), none.look_up(asked)
    assert np.allclose(postings.scores(asked, rows), none.scores(asked, lists), rtol=1e-5)
    docs = np.arange(40, dtype=np.int32)
    assert rows[term("费")].row is not None
    assert lists[term("费")].row is None
    assert (rows[term("费")].among(docs) == lists[term("费")].among(docs)).all()


def test_the_documents_of_what_is_counted_twice_are_in_order() -> None:
    counts = count([[("收5000元", 1.0)], [("编号5000", 1.0)], [("五千元", 1.0)]])
    pairs = list(zip(counts.terms.tolist(), counts.docs.tolist(), strict=True))
    assert pairs == sorted(set(pairs))


def test_texts_are_read_from_whichever_block_and_take_little_room() -> None:
    documents = [
        replace(REFUND, key=f"notices/{number}", body=f"{number}\n" + REFUND.body * 20)
        for number in range(99)
    ]
    texts = Texts.of(documents[:60]).followed_by(Texts.of([])).followed_by(Texts.of(documents[60:]))
    assert len(texts.firsts) > 4
    assert [texts[number]["key"] for number in range(99)] == [document.key for document in documents]
    assert [texts[number]["sections"] for number in (98, 0)] == [
        [["", "", documents[at].body]] for at in (98, 0)
    ]
    assert len(texts.frames) * 10 < sum(len(document.body.encode()) for document in documents)
