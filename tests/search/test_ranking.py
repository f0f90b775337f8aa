"""Ranking: what decides which documents are shown for a question, and in what order."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from openbureau.search import Document, Index, Language, build, open_index
from openbureau.search.ranking import raised

REFUND = Document("notices/refund", "notices", "退费难怎么办", "先保留合同和付款凭证，再与机构协商退费。")
LOANS = Document("notices/loans", "notices", "当心培训贷", "不要贷款交学费。")
HOLIDAY = Document("policies/holiday", "policies", "寒假不得组织学科类培训", "机构不得占用寒假。")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def index_of(folder: Path, documents: Sequence[Document]) -> Index:
    build(folder, documents, language=Language(("退费", "校外培训")))
    return open_index(folder)


@pytest.mark.parametrize(
    "query",
    ["退费怎么办呢", "请问能不能退费", "我想退费可以吗", "退费合理吗", "點樣退費", "是不是可以退费的"],
)
def test_words_by_which_people_ask_never_decide_what_holds_the_query(folder: Path, query: str) -> None:
    plain = Document("notices/plain", "notices", "退费须知", "退费先找机构。")
    hits = index_of(folder, [plain, LOANS, HOLIDAY]).find(query)
    assert (hits.whole, hits.divide, list(hits.keys)) == (1, 1, ["notices/plain"])


def test_a_query_of_such_words_alone_is_looked_for_as_it_stands(folder: Path) -> None:
    assert index_of(folder, [REFUND, LOANS, HOLIDAY]).find("怎么办").keys == ["notices/refund"]


def test_such_words_alone_make_no_document_near(folder: Path) -> None:
    assert index_of(folder, [REFUND, LOANS, HOLIDAY]).find("航模怎么办才合理").total == 0


def test_one_rare_word_outweighs_pairs_that_many_documents_hold(folder: Path) -> None:
    common = [Document(f"k/{n}", "k", "校外培训机构", "校外培训机构老师须知") for n in range(20)]
    rare = Document("k/rare", "k", "监护人", "离婚之后谁来监护。")
    keys = index_of(folder, [*common, rare]).find("离婚了校外培训机构老师让签字").keys
    assert keys[0] == "k/rare"


def test_a_document_with_much_of_the_best_score_is_near_and_one_with_little_fills_up_to_five(
    folder: Path,
) -> None:
    strong = [Document(f"k/s{n}", "k", "退费流程", "退费流程说明") for n in range(7)]
    weak = [Document(f"k/w{n}", "k", "须知", f"其他事情里提到流程，{'别的内容' * 30}") for n in range(7)]
    others = [Document(f"k/o{n}", "k", "别的", "无关") for n in range(30)]
    keys = index_of(folder, [*strong, *weak, *others]).find("航模退费流程是什么").keys
    assert {key[:3] for key in keys} == {"k/s"}
    few = index_of(_other(folder), [*strong[:2], *weak, *others]).find("航模退费流程是什么").keys
    assert [key[:3] for key in few] == ["k/s"] * 2 + ["k/w"] * 3


def test_holding_all_of_a_question_is_an_advantage_and_not_always_first(folder: Path) -> None:
    chance = Document("k/chance", "k", "会议记录", f"退费和{'别的内容' * 200}手续费还有机构。")
    about = Document("k/about", "k", "退费手续费", "退费时不得扣手续费，退费手续费一律退还。")
    others = [Document(f"k/{n}", "k", "机构", "机构") for n in range(9)]
    hits = index_of(folder, [chance, about, LOANS, *others]).find("退费 手续费 机构")
    assert list(hits.keys[:2]) == ["k/about", "k/chance"]
    assert (hits.whole, hits.divide) == (1, 2)


def test_holding_all_is_worth_a_share_of_the_best_score_while_few_do() -> None:
    scores = np.array([1.0, 0.9, 0.8, 0.7], np.float32)
    assert raised(scores, np.array([1], np.int32)).argmax() == 1
    assert raised(scores, np.array([2], np.int32)).argmax() == 0
    assert raised(scores, np.arange(4, dtype=np.int32)).tolist() == scores.tolist()


def test_what_stands_in_quotes_is_required_of_near_documents_too(folder: Path) -> None:
    index = index_of(folder, [REFUND, LOANS, HOLIDAY])
    assert index.find("“保留合同”的培训贷款怎么办").keys == ["notices/refund"]


def test_many_of_one_kind_do_not_bury_the_others(folder: Path) -> None:
    places = [Document(f"whitelist/{n}", "whitelist", f"第{n}号示例跆拳道馆", "体育") for n in range(20)]
    guide = Document("policies/guide", "policies", "非学科类培训机构设置", f"{'标准' * 50}开办示例馆的条件。")
    others = [Document(f"notices/{n}", "notices", "条件", "无关的条件") for n in range(20)]
    index = index_of(folder, [*places, guide, *others])
    hits = index.find("在清城开跆拳道馆要注意什么条件")
    kinds = [key.partition("/")[0] for key in hits.keys]
    assert kinds[:3] == ["whitelist"] * 3
    assert "whitelist" not in kinds[3:6]
    assert kinds.count("whitelist") == 20
    assert hits.divide == 0
    assert index.find("第7号示例跆拳道馆").keys[0] == "whitelist/7"


def test_many_of_one_kind_do_not_bury_another_that_holds_the_query_as_they_do(folder: Path) -> None:
    places = [Document(f"whitelist/{n}", "whitelist", f"第{n}号示例跆拳道馆", "体育") for n in range(20)]
    guide = Document("policies/guide", "policies", "非学科类培训机构设置", f"跆拳道也在内。{'标准' * 50}")
    hits = index_of(folder, [*places, guide, REFUND]).find("跆拳道")
    assert hits.keys.index("policies/guide") == 3
    assert (hits.whole, hits.divide, len(hits.keys)) == (21, 21, 21)


def test_no_hit_crosses_the_line_because_others_are_many_of_one_kind(folder: Path) -> None:
    places = [Document(f"k/{n}", "k", f"第{n}号示例跆拳道馆", "体育") for n in range(4)]
    partly = Document("policies/partly", "policies", "道馆的消防须知", "馆内的消防。")
    hits = index_of(folder, [*places, partly, REFUND]).find("示例跆拳道馆 号")
    assert (hits.divide, hits.keys[4:]) == (4, ["policies/partly"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("双简", "双减"), ("双件", "双减"), ("推费", "退费"), ("推费怎么弄", "退费怎么弄"), ("tuifei", "退费")],
)
def test_what_a_mistyped_query_means_is_searched_and_said(folder: Path, typed: str, meant: str) -> None:
    policy = Document("policies/policy", "policies", "双减意见", "减轻负担。")
    index = index_of(folder, [policy, REFUND, LOANS])
    hits, right = index.find(typed), index.find(meant)
    assert (hits.meant, hits.keys, hits.whole) == (meant, right.keys, right.whole)
    assert right.meant == ""


def test_a_mistyped_word_inside_a_longer_question_is_understood(folder: Path) -> None:
    training = Document("k/training", "k", "校外培训机构", "校外培训机构须知")
    hits = index_of(folder, [training, REFUND, LOANS]).find("校外陪训机构要怎么退费")
    assert hits.meant == "校外培训机构要怎么退费"
    assert {"k/training", "notices/refund"} <= set(hits.keys)


@pytest.mark.parametrize("query", ["三岁半学轮滑合法吗", "来罚款的就一个人", "店里墙上只挂了执照"])
def test_words_that_are_right_are_not_corrected_because_they_sound_like_others(
    folder: Path, query: str
) -> None:
    titles = ("擅自办学", "乱罚款", "轮滑", "罚款", "执照", "三个人")
    documents = [Document(f"k/{n}", "k", title, "合法的店") for n, title in enumerate(titles)]
    assert index_of(folder, documents).find(query).meant == ""


def test_what_is_found_as_it_was_typed_is_never_corrected(folder: Path) -> None:
    named = Document("whitelist/named", "whitelist", "双简艺术", "示例")
    policy = Document("policies/policy", "policies", "双减意见", "减轻负担。")
    hits = index_of(folder, [named, policy]).find("双简")
    assert (hits.meant, hits.keys) == ("", ["whitelist/named"])


def test_what_citizens_ask_other_offices_is_told_by_its_words_and_shows_nothing(folder: Path) -> None:
    build(folder, [REFUND, LOANS, HOLIDAY], language=Language(elsewhere=["公积金怎么提取", "退休金怎么领"]))
    index = open_index(folder)
    hits = index.find("公积金贷款怎么提取出来")
    assert (hits.is_off_topic, hits.total) == (True, 0)
    for question in ("退费怎么提取凭证", "贷款交学费能退休吗", "退费"):
        hits = index.find(question)
        assert (hits.is_off_topic, hits.total > 0) == (False, True)


def test_the_place_that_all_is_about_does_not_make_a_question_ours(folder: Path) -> None:
    titles = ("清远市公告", "退费", "寒假", "贷款")
    documents = [Document(f"k/{n}", "k", title, "") for n, title in enumerate(titles)]
    build(folder, documents, language=Language(elsewhere=["公积金怎么提取"], places=["清远市"]))
    hits = open_index(folder).find("清远市公积金")
    assert (hits.is_off_topic, hits.total) == (True, 0)


def _other(folder: Path) -> Path:
    other = folder / "other"
    other.mkdir()
    return other
