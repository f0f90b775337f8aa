"""How far apart two credit codes are, counted in slips of the hand and the eye."""

import pytest

from openbureau.chinese.credit_codes import code_distance

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
