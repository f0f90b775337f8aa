"""Credit codes and permit numbers as cells hold them, and how far apart two codes are, counted in slips."""

import pytest

from openbureau.chinese.credit_codes import (
    code_distance,
    county_code_of,
    is_document_number,
    read_credit_code,
    read_permit_numbers,
    without_codes,
)

CODE = "91441802MA0CYGD34Q"


@pytest.mark.parametrize(
    ("other", "distance"),
    [
        (CODE, 0),
        ("9I44I8O2MAOCYGD34Q", 0),
        ("9l44l802MAOCYGD34Q", 0),
        ("9144180ZMA0CYGD34Q", 0),
        ("91441802MA0CYGD35Q", 1),
        ("91441802MA0CYGD43Q", 1),
        ("9144180MA0CYGD34Q", 1),
        ("91441802MA0CYGD334Q", 1),
        ("9I44I8O2MAOCYGD43Q", 1),
        ("9I44I80MAOCYGD34Q", 1),
        ("91441802MA0CYGE35Q", 2),
        ("91441803MA0CYGD35Q", 2),
        ("91441803MA0CYGD35P", None),
        ("91441802MA0CY34Q", None),
        ("", None),
    ],
)
def test_letters_read_as_digits_are_no_slips_and_every_other_character_is_one(
    other: str, distance: int | None
) -> None:
    assert code_distance(CODE, other) == code_distance(other, CODE) == distance


@pytest.mark.parametrize(
    "text",
    [
        "144180270000037",
        "教民144180270000037号",
        "教民1 4418027 0000037 号",
        "14418027000 0037",
        "１４４１８０２７０００００３７",
        "\u202d144180270000037\u202c",
        "144180270000037（副本）",
        "教民144180270000037号（2023年换发）",
        "144180270000037、144180270000037",
    ],
)
def test_a_permit_number_of_the_national_form_is_its_digits(text: str) -> None:
    assert read_permit_numbers(text) == ("144180270000037",)


@pytest.mark.parametrize(
    "text",
    [
        "粤清体培核〔2023〕5号",
        "清文广旅体培〔2022〕第12号",
        "441802-6-0012",
        "144180270000037-1",
        "设立核准书2023-05",
        "20235",
    ],
)
def test_any_other_number_stays_as_it_is_written(text: str) -> None:
    assert read_permit_numbers(text) == (text,)
    assert county_code_of(text) == ""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("教民144180270000037号（副本）教民144180270000038号", ("144180270000037", "144180270000038")),
        ("144180270000037、144180270000038", ("144180270000037", "144180270000038")),
        ("144180270000037 144180270000038", ("144180270000037", "144180270000038")),
        ("144180270000037/粤清体培核〔2023〕5号", ("144180270000037", "粤清体培核〔2023〕5号")),
        ("粤清体培核〔2023〕5号；粤清体培核〔2023〕6号", ("粤清体培核〔2023〕5号", "粤清体培核〔2023〕6号")),
        ("办理中", ()),
    ],
)
def test_several_permit_numbers_in_a_cell_are_several(text: str, numbers: tuple[str, ...]) -> None:
    assert read_permit_numbers(text) == numbers


def test_the_number_of_a_document_is_told_from_that_of_a_permit() -> None:
    assert is_document_number("粤清体培核〔2023〕5号")
    assert is_document_number("清城教民办[2021]第6号")
    assert not is_document_number("441802-6-0012")


@pytest.mark.parametrize(
    "text",
    [
        "91441802MA05W3P89N",
        "\u200e91441802MA05W3P89N\u202c",
        "\u206891441802\u2060MA05W3P89N\u2069",
        "9144\u200b1802MA05W3P89N",
        "91441802MA05W3P89N\ufe0f",
        "91441802MA05W3P89N\x07",
        "代码：91441802MA05W3P89N（已换证）",
        "91441802MA05W3P89N 教民144180270000037号",
    ],
)
def test_a_right_code_is_right_whatever_nobody_sees_and_whatever_stands_beside(text: str) -> None:
    code = read_credit_code(text, text)

    assert (code.code, code.state) == ("91441802MA05W3P89N", "ok")


def test_of_two_codes_in_a_cell_none_is_guessed() -> None:
    text = "91441802MA05W3P89N、52441802MJ0EJJNK81"

    assert read_credit_code(text, text).state == "invalid"


def test_what_stands_beside_a_code_is_left_when_the_code_is_taken_away() -> None:
    assert read_permit_numbers(without_codes("52441802MJ0EJJNK81/\n教民144180270000034号")) == (
        "144180270000034",
    )
    assert without_codes("91441802 MA05W3P89N") == ""
