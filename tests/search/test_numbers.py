"""Quantities are found, ranked and marked however question and text spell them."""

from pathlib import Path

import pytest

from openbureau.search import Document, Index, build, open_index
from openbureau.search.highlight import mark, passage

TEXTS = {
    "fees": "不得一次性收取超过六十课时或三个月的费用，总额不得超过五千元。",
    "fines": "处5万元以上十万元以下罚款。",
    "hours": "线上培训结束时间不晚于21:00，线下不晚于晚上八点半。",
    "week": "星期六和节假日不得组织学科类培训。",
    "clause": "违反第十二条的，责令停止。",
    "share": "满意率为百分之九十二。",
    "one": "一对一辅导，三审三校。",
    "other": "每次六课时，十三个月，50000元，每月三日十时，第二条。",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("index")
    build(folder, [Document(f"k/{name}", "k", name, text) for name, text in TEXTS.items()])
    return open_index(folder)


def found(index: Index, query: str) -> list[str]:
    """The names of those that hold the whole query."""
    hits = index.find(query)
    return [key.partition("/")[2] for key in hits.keys[: hits.whole]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        *(
            (query, "fees")
            for query in (
                "六十课时",
                "60课时",
                "60个课时",
                "６０ 课时",
                "三个月",
                "3个月",
                "3 个月",
                "叁个月",
            )
        ),
        *((query, "fees") for query in ("五千元", "5,000元", "5000元", "5千元", "5000块钱", "5000块")),
        *(
            (query, "fees")
            for query in ("超过60课时", "超过3个月的费用", "60课时或3个月", "“60课时”", "“超过60课时”")
        ),
        *((query, "hours") for query in ("20:30", "晚上8点半", "八点半", "8点半", "20时30分", "线下8:30")),
        *((query, "week") for query in ("周六", "礼拜六", "週六", "周六培训")),
        *((query, "clause") for query in ("第12条", "第十二条", "12条", "违反第12条")),
        *((query, "share") for query in ("92%", "92％", "百分之92", "满意率92%")),
    ],
)
def test_a_quantity_is_found_in_every_spelling(index: Index, query: str, name: str) -> None:
    assert found(index, query) == [name]


@pytest.mark.parametrize("query", ["5万", "五万元", "50000元", "50,000元"])
def test_ten_thousands_are_found_in_digits_and_characters(index: Index, query: str) -> None:
    assert sorted(found(index, query)) == ["fines", "other"]


@pytest.mark.parametrize("query", ["16课时", "4个月", "9000元", "周五", "第十三条", "93%", "6:30"])
def test_another_quantity_is_not_held(index: Index, query: str) -> None:
    assert found(index, query) == []


def test_numerals_inside_words_are_found_as_words(index: Index) -> None:
    assert found(index, "一对一") == found(index, "三审三校") == ["one"]
    assert found(index, "一次性") == ["fees"]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("超过六十课时的", "60课时", "超过<mark>六十课时</mark>的"),
        ("超过60个课时的", "六十课时", "超过<mark>60个课时</mark>的"),
        ("不晚於晚上八點半結束", "20:30", "不晚於<mark>晚上八點半</mark>結束"),
        ("收费5,000元", "五千元", "收费<mark>5,000元</mark>"),
        ("收费５千元，共10天", "5000元", "收费<mark>５千元</mark>，共10天"),
        ("禮拜六", "周六", "<mark>禮拜六</mark>"),
        ("面积㎡，三个月内", "3个月", "面积㎡，<mark>三个月</mark>内"),
        ("超过三个月", "4个月", "超过三<mark>个月</mark>"),
    ],
)
def test_quantities_are_marked_as_they_were_written(text: str, query: str, marked: str) -> None:
    assert mark(text, query) == marked


def test_the_passage_shows_where_the_quantity_stands() -> None:
    shown = passage(f"{'前言部分。' * 60}不得超过六十课时。{'后面还有。' * 60}", "60课时")
    assert "<mark>六十课时</mark>" in shown


NUMBERED = (
    Document("k/opinion", "k", "关于减轻负担的意见", "意见", names="国办发〔2021〕40号 双减"),
    Document("k/decree", "k", "校外培训行政处罚暂行办法", "办法", names="教育部令第五十三号 处罚"),
    Document("k/other", "k", "示例通知", "通知", names="示教规〔2024〕7号"),
    Document("k/same", "k", "示例函", "函", names="示教函〔2024〕7号"),
    Document("k/quoting", "k", "解读", "国办发〔2021〕40号和教育部令第53号怎么说，40号文、53号令。"),
)


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("numbered")
    build(folder, NUMBERED)
    return open_index(folder)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        *(
            (f"国办发{rest}", "k/opinion")
            for rest in ("〔2021〕40号", "[2021]40号", "【2021】40 号", "2021年40号文")
        ),
        *(
            (f"國辦發{rest}", "k/opinion")
            for rest in ("（２０２１）４０號", "2021 40号", "〔2021〕40", "40号文")
        ),
        *((query, "k/opinion") for query in ("40号文", "〔2021〕40号", "国办发40号")),
        *(
            (query, "k/decree")
            for query in ("教育部第53号令", "教育部令第五十三号", "53号令", "教育部53号令")
        ),
        *((query, "k/decree") for query in ("中华人民共和国教育部令第53号", "第五十三号令")),
        *((query, "k/other") for query in ("示教规〔2024〕7号", "示教规7号文", "示教规(2024)7号")),
    ],
)
def test_a_document_number_leads_to_its_document_in_every_spelling(
    numbered: Index, query: str, key: str
) -> None:
    hits = numbered.find(query)
    assert list(hits.exact) == [key]
    assert hits.keys[0] == key


@pytest.mark.parametrize(
    "query", ["7号文", "〔2024〕7号", "国办发〔2021〕4号", "54号令", "国办发〔2020〕40号"]
)
def test_a_number_that_two_documents_or_none_have_leads_to_none(numbered: Index, query: str) -> None:
    assert not numbered.find(query).exact


@pytest.mark.parametrize("query", ["民法典第十二条", "民法典第12条", "《民法典》 第１２条", "民法典第十二條"])
@pytest.mark.parametrize("title", ["民法典第十二条", "民法典第12条"])
def test_a_title_is_typed_whole_however_its_number_is_spelt(tmp_path: Path, title: str, query: str) -> None:
    build(tmp_path, [Document(f"k/{name}", "k", name, "") for name in ("民法典第十一条", title)])
    assert list(open_index(tmp_path).find(query).exact) == [f"k/{title}"]
