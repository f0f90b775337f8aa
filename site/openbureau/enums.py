"""Closed lists with the words that people read; the one thing that all subjects share."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A closed list of stable keys. `label` is what people read, `meaning` explains it if need be."""

    label: str
    meaning: str

    def __new__(cls, key: str, label: str, meaning: str = "") -> Self:
        member = str.__new__(cls, key)
        member._value_ = key
        member.label = label
        member.meaning = meaning
        return member

    @classmethod
    def of(cls, key: str) -> Self | None:
        """The member with this key; None when there is none."""
        return next((member for member in cls if member.value == key), None)
