"""Pinyin as people type it."""

import pytest

from openbureau.chinese.pinyin import joined_pinyin, readings


@pytest.mark.parametrize(
    "text",
    ["tui fei", "tuì fèi", "tuīfèi", "Tui Fei", "TUI FEI", "tui'fei", "tui’fei", "tui-fei", " tui  fei "],
)
def test_blanks_tones_and_apostrophes_between_syllables_make_no_difference(text: str) -> None:
    assert joined_pinyin(text) == "tuifei"


@pytest.mark.parametrize(
    "text", ["tuifei", "app store", "ma05 w3", "退费", "tui 费", "", " ", "'", "word tui", "2024-09"]
)
def test_other_texts_are_no_pinyin_with_blanks(text: str) -> None:
    assert joined_pinyin(text) == ""


def test_every_reading_of_a_character_is_a_syllable() -> None:
    syllables = {syllable for code in range(0x4E00, 0x9FA6) for syllable in readings(chr(code))[:1]}
    odd = {syllable for syllable in syllables if joined_pinyin(f"{syllable} {syllable}") != syllable * 2}
    assert not {syllable for syllable in odd if set(syllable) & set("aeiouv")}
