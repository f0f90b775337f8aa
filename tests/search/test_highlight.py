"""What highlighting keeps in memory; what it marks is told in test_search.py."""

from openbureau.search.analysis import fold
from openbureau.search.highlight import FoldedTexts


def test_a_text_is_folded_once_and_as_it_always_is() -> None:
    texts = FoldedTexts(100)
    text = "面积60㎡，書法"
    assert texts.fold(text) == fold(text)
    assert texts.fold(text) is texts.fold(text)


def test_of_folded_texts_only_so_many_characters_stay_those_read_last() -> None:
    texts = FoldedTexts(10)
    first, second, third = ("退费" * 2, "预收" * 2, "合同" * 2)
    kept = texts.fold(first)
    texts.fold(second)
    assert texts.fold(first) is kept
    folded = texts.fold(second)
    texts.fold(first)
    texts.fold(third)
    assert texts.fold(first) is kept
    assert texts.fold(second) is not folded


def test_a_text_longer_than_all_that_may_stay_is_folded_nevertheless() -> None:
    texts = FoldedTexts(3)
    assert texts.fold("退费退费")[0] == "退费退费"
    assert texts.fold("退费退费") is not texts.fold("退费退费")
