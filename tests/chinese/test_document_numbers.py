"""A number of a document is one thing in every spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbureau.chinese.document_numbers import read_document_number


@pytest.mark.parametrize(
    "spellings",
    [
        "国办发〔2021〕40号|国办发[2021]40号|国办发(2021)40号|国办发【2021】40 号|国办发2021年40号"
        "|国办发2021 40号|国办发〔2021〕40|国办发〔2021〕40号文|国办发〔2021〕40号文件"
        "|国办发〔２０２１〕４０号|國辦發（2021）40號"
        "|国办发〔二〇二一〕四十号|国办发 〔2021〕 第40号|国办发2021年第40号",
        "教育部令第53号|教育部第53号令|教育部令第五十三号|教育部53号令|中华人民共和国教育部令第53号|教育部令53号",
        "53号令|第53号令|五十三号令|第五十三号令|令第53号",
        "40号文|第40号文|40号文件|四十号文",
        "国办发40号文|国办发40号|国办发第四十号文件",
        "〔2021〕40号|[2021] 40号|2021年40号文|2021 40号",
    ],
)
def test_a_number_is_one_thing_in_every_spelling(spellings: str) -> None:
    first, *others = map(read_document_number, spellings.split("|"))
    assert first
    assert others == [first] * len(others)


@pytest.mark.parametrize(
    "text", ["40号", "", "双减", "2021年", "144180270000034", "第十二条", "令", "国办发", "号令"]
)
def test_other_texts_are_no_numbers(text: str) -> None:
    assert read_document_number(text) is None


@pytest.mark.parametrize(
    ("one", "other"), [("国办发〔2021〕40号", "国办发〔2021〕4号"), ("53号令", "53号文")]
)
def test_numbers_that_differ_stay_apart(one: str, other: str) -> None:
    assert read_document_number(one) != read_document_number(other)


@given(st.text(alphabet="国办发令第号文〔〕[]() 0123456789一二十百〇年", max_size=64))
def test_no_text_is_too_odd(text: str) -> None:
    read = read_document_number(text)
    assert read is None or read.serial >= 0
