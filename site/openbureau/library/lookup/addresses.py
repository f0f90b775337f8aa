"""Addresses as far as they can be compared: county, town, the door, and the floor or room behind it."""

import re
from dataclasses import dataclass

from openbureau.library.lookup.names import behind_county, plain_form
from openbureau.library.places import Places

_TOWN = re.compile("([^0-9]{1,6}?)(?:街道办事处|街道办|街道|镇|乡)")
_DOOR = re.compile("([^0-9]{2,24}[0-9]+(?:-[0-9]+)?)号(?:之([一二三四五六七八九十]|[0-9]+))?(.*)")
_DIGITS = {word: str(number) for number, word in enumerate("一二三四五六七八九", 1)}
_FLOOR = re.compile("(首|[一二三四五六七八九]?十?[一二三四五六七八九]?|[0-9]+)[层楼f]")


@dataclass(frozen=True, slots=True)
class Address:
    """`door` is road and number; `room` what follows it, floors in digits; county and town may be unknown."""

    counties: frozenset[str]
    town: str
    door: str
    room: str

    def may_be_in_one_place_with(self, other: "Address") -> bool:
        """Whether counties and towns agree as far as both are known."""
        same_county = not self.counties or not other.counties or bool(self.counties & other.counties)
        # A brand typed before the town without a gap sticks to it.
        return same_county and (self.town.endswith(other.town) or other.town.endswith(self.town))


def read_address(text: str, places: Places) -> Address | None:
    """Read an address down to a door; None if the text names no road and number."""
    counties, rest = behind_county(plain_form(text), places)
    town = _TOWN.match(rest)
    door = _DOOR.match(rest, town.end() if town else 0) or _DOOR.match(rest)
    if not door:
        return None
    return Address(counties, town[1] if town else "", f"{door[1]}号{_number(door[2] or '')}", _room(door[3]))


def _room(text: str) -> str:
    return _FLOOR.sub(lambda match: f"{_number(match[1])}层" if match[1] else match[0], text)


def _number(text: str) -> str:
    """一 to 九十九, and 首 for the first, in digits."""
    if text == "首":
        return "1"
    tens, is_ten, ones = text.rpartition("十")
    if not is_ten:
        return _DIGITS.get(text, text)
    return (_DIGITS.get(tens, "1")) + _DIGITS.get(ones, "0")
