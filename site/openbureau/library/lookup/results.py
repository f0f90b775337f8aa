"""Entries of the lookup and its results: which institutions match, by which of their words, how surely."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MAX_TEXT_CHARACTERS = 64
"""Characters of a text that are looked at; what is longer is cut and never matches exactly."""

MAX_MATCHES = 50
MAX_NEAR_MATCHES = 10
"""More look-alikes than this help nobody."""

Field = Literal["name", "former_name", "address", "uscc", "permit_no"]
NUMBERS: tuple[Field, ...] = ("uscc", "permit_no")
NAMES: tuple[Field, ...] = ("name", "former_name")
How = Literal["exact", "contains", "pinyin", "near", "same_address"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LookupEntry:
    """An institution as far as it can be looked up; what is not known is empty.

    `uscc` is given only when it is a credit code, not when the list says 办理中.
    """

    key: str
    name: str
    former_names: tuple[str, ...] = ()
    uscc: str = ""
    permit_no: str = ""
    addresses: tuple[str, ...] = ()

    def texts(self) -> Iterator[tuple[Field, str]]:
        """Everything by which it can be found, the most telling first."""
        yield "name", self.name
        for name in self.former_names:
            yield "former_name", name
        for address in self.addresses:
            yield "address", address
        yield "uscc", self.uscc
        yield "permit_no", self.permit_no


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """One institution and why it is named.

    `field` and `value` are what matched, as the entry has it. `unmatched` are words of the text that say
    little (有限公司, 清城) and that the entry does not have. `distance` counts mistypings for `near`; for
    `same_address` it is 0 if floor and room agree and 1 if only road and number do.
    """

    key: str
    how: How
    field: Field
    value: str
    unmatched: tuple[str, ...] = ()
    distance: int = 0


@dataclass(frozen=True, kw_only=True)
class LookupResult:
    """The answer to one text, each group best first.

    - `exact`: it is the institution's name, former name, credit code or permit number. Several only if the
      list itself has several of that name or number.
    - `contains`: every telling part of the text is in its name, former names, addresses or numbers.
    - `pinyin`: the text spells a run of its name or former name.
    - `near`: **another institution** until the parent says otherwise: mistyped or merely alike.
    - `same_address`: **other institutions** at the door the text names.

    No group repeats an institution of an earlier one, and together they are at most 50; `keys` are those of
    all that are meant, best first, also of those that were cut, and `total` counts `contains` and `pinyin`
    among them. `text` is what was looked up, `is_cut` whether that is only its beginning.
    """

    text: str
    is_cut: bool = False
    exact: tuple[Match, ...] = ()
    contains: tuple[Match, ...] = ()
    pinyin: tuple[Match, ...] = ()
    near: tuple[Match, ...] = ()
    same_address: tuple[Match, ...] = ()
    total: int = 0
    keys: tuple[str, ...] = ()

    @property
    def how(self) -> How | None:
        """The surest way in which anything was found; None if nothing was."""
        groups = (self.exact, self.contains, self.pinyin, self.near, self.same_address)
        return next((group[0].how for group in groups if group), None)

    @property
    def meant(self) -> tuple[Match, ...]:
        """Those that the text itself names: the exact ones, else those that hold or sound like it."""
        return self.exact or self.contains + self.pinyin

    @property
    def others(self) -> tuple[Match, ...]:
        """Those that must be shown as different institutions."""
        return self.near + self.same_address
