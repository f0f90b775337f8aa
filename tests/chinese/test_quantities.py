"""Numbers and what they count are the same however they are spelt, and numerals inside words are none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbureau.chinese.numerals import number
from openbureau.chinese.quantities import quantities
from openbureau.search.analysis import folded
from openbureau.wordprocessing.numbering import chinese_number


def asked(text: str) -> list[str]:
    """What the quantities of a text ask for."""
    return [token for quantity in quantities(folded(text)) for token in quantity.asks]


def told(text: str) -> set[str]:
    """What the quantities of a text tell."""
    return {token for quantity in quantities(folded(text)) for token in quantity.tells}


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十", 10),
        ("十二", 12),
        ("六十", 60),
        ("一百零二", 102),
        ("一百二", 120),
        ("两千五", 2500),
        ("两千零五", 2005),
        ("二〇二四", 2024),
        ("叁", 3),
        ("伍仟", 5000),
        ("5千", 5000),
        ("5,000", 5000),
        ("1.5万", 15000),
        ("3万5千", 35000),
        ("三万二", 32000),
        ("一亿二千万", 120_000_000),
        ("一万亿", 10**12),
        ("百", 100),
        ("0.5", "0.5"),
    ],
)
def test_a_numeral_has_its_value(numeral: str, value: int | str) -> None:
    assert number(numeral) == Decimal(value)


@given(st.integers(1, 9_999))
def test_every_number_as_it_is_written_is_read(value: int) -> None:
    assert number(chinese_number(value)) == value


@pytest.mark.parametrize(
    "spellings",
    [
        "六十课时|60课时|60个课时|60 课时|６０课时|六十個課時|陆拾课时",
        "三个月|3个月|3 个月|叁个月|三個月|３个月",
        "五千元|5,000元|5，000元|5000元|5千元|5000块|5000块钱|0.5万元|伍仟圆|¥5000|¥5,000|￥5,000.00",
        "五万元|50000元|5万元|50,000元|5万块",
        "5万|五万|50,000",
        "百分之九十二|92%|92％|九十二%",
        "20:30|20：30|晚上八点半|晚上8:30|二十点三十分|20时30分|晚8点半|20点半",
        "八点半|8点半|8:30|08:30|八点三十分|8时30分",
        "周六|星期六|礼拜六|週六|周6",
        "周日|星期天|礼拜日|星期日",
        "周六日|周六、周日|星期六、日",
        "二〇二四年|2024年|二零二四年",
        "第十二条|第12条|第 12 条",
        "9月1日|九月一日|9月1号|09月01日",
        "三至六个月|3-6个月|3到6个月|3～6个月|三、六个月",
        "半年|六个月|6个月",
        "一年半|18个月|十八个月",
        "两个半小时|150分钟|2.5小时",
        "半小时|半个小时|30分钟|0.5个钟头",
        "三十日|30天|30日",
        "两周|2个星期|两个礼拜",
        "七八岁|7-8岁|七至八岁",
        "三年级|3年级",
        "三千平方米|3000㎡|3000平米",
    ],
)
def test_a_quantity_is_one_thing_in_every_spelling(spellings: str) -> None:
    first, *others = spellings.split("|")
    assert asked(first)
    for other in others:
        assert asked(other) == asked(first), other
        assert set(asked(first)) <= told(other), other


@pytest.mark.parametrize(
    "text",
    [
        *("一对一", "三审三校", "双减", "万达", "千帆", "四中", "三六九", "七彩", "百年", "五一假期", "十一"),
        *("十四五", "十九大", "千万不要", "一家机构", "一次性", "一起", "统一", "三点要求", "第一", "万一"),
        *("一时", "周末", "一周", "MA05W3P89N", "144180270000034", "2024-09", "3.14", "60"),
    ],
)
def test_a_numeral_without_a_unit_is_no_quantity(text: str) -> None:
    assert asked(text) == (["1周"] if text == "一周" else [])


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("5万", "处五万元以下罚款"),
        ("五千", "不超过5000元"),
        ("50000元", "罚了5万"),
        ("八点半", "不晚于20:30"),
        ("20:30", "晚上八点半结束"),
        ("早上8:30", "8:30上课"),
        ("12条", "依照第十二条"),
        ("53号", "第五十三号"),
        ("9月", "九月一日起"),
        ("2024", "二〇二四年"),
        ("3个月", "三至六个月"),
    ],
)
def test_a_question_asks_for_less_than_a_text_may_tell(question: str, text: str) -> None:
    assert set(asked(question) or [question]) <= told(text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("60课时", "6课时"),
        ("60课时", "160课时"),
        ("5000元", "50000元"),
        ("3个月", "3月"),
        ("3个月", "13个月"),
        ("20:30", "8:30上课"),
        ("早上8:30", "20:30下课"),
        ("第3年", "三年"),
        ("周六", "周五"),
        ("三年级", "三年"),
        ("5%", "95%"),
    ],
)
def test_quantities_that_differ_stay_apart(question: str, text: str) -> None:
    assert not set(asked(question)) & told(text)


def test_times_a_week_are_counted_and_no_weekday() -> None:
    assert asked("每周六课时") == ["6课时"]
    assert asked("一周六次") == ["1周", "6次"]
    assert asked("每周六上课") == ["星期6"]


@given(st.text(alphabet="一二三十百千万亿零两半周六日月年时点分第个元块课:,.-~¥%0123456789 "))
def test_no_text_is_too_odd_and_places_are_in_order(text: str) -> None:
    end = 0
    for quantity in quantities(text):
        assert end <= quantity.start < quantity.end <= len(text)
        assert quantity.asks
        assert set(quantity.asks) <= set(quantity.tells)
        end = quantity.end
