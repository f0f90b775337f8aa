"""Telephone numbers as they are dialled."""

import pytest

from openbureau.chinese.telephones import numbers_to_call


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0763-3361234", ("0763-3361234",)),
        ("（0763）3361234、13800138000", ("0763-3361234", "13800138000")),
        ("０７６３３３６１２３４转8001", ("07633361234",)),
        ("+86 0763 3361234", ("0763-3361234",)),
        ("400-800-1234/3361234", ("400-800-1234", "3361234")),
        ("3361234，3361234", ("3361234",)),
        ("3361234 3361235", ("3361234", "3361235")),
        ("见公告栏", ()),
        ("144180270000034", ()),
        ("", ()),
    ],
)
def test_a_number_is_dialled_without_what_stands_around_it(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_to_call(text) == numbers
