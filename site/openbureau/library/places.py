"""The city and its counties as texts name them: in full, in short (连山县, 清城), by an old name or code."""

import re
from collections.abc import Iterable, Mapping

from openbureau.chinese.credit_codes import county_code_of
from openbureau.chinese.folding import fold

COUNTY_CODE = "[0-9]{6}"
"""The pattern of a county's code (GB/T 2260)."""

KINDS = "区县市"
"""What the short form of a county's name may end with."""

LEGACY_COUNTIES = {"441827": "441803"}
"""County codes of GB/T 2260 that were replaced: 清新县 became 清新区 in 2012."""


def stem_of(county: str) -> str:
    """The name of a county without its kind: 清城 of 清城区, 连山 of 连山壮族瑶族自治县."""
    return county[:2] if county.endswith("自治县") else county[:-1]


def names_of(county: str) -> tuple[str, ...]:
    """The name of a county in full and its stem with every kind: 清城区, 清城县, 清城市."""
    return (county, *(stem_of(county) + kind for kind in KINDS))


class Counties:
    """Tells which county a text names. Knows full names, short forms (连山县, 连山) and old ones (清新县)."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._codes = frozenset(names)
        self._city = {code[:4] for code in names}
        self._stems = {stem_of(name): code for code, name in names.items()}
        self._names = {form: code for code, name in names.items() for form in names_of(name)}

    def named(self, text: str, *, exact_only: bool = False) -> str | None:
        """The one county named in the text, None if there is none or more than one.

        A short form without 区, 县 or 市 counts unless `exact_only`: streets are called so too. The
        city itself (市直, 市本级) has the city's own code.
        """
        plain = fold(text)
        if re.search("市直|市本级|市属", plain) and len(self._city) == 1:
            return next(iter(self._city)) + "00"
        tables = (self._names,) if exact_only else (self._names, self._stems)
        for table in tables:
            codes = {code for name, code in table.items() if name in plain}
            if codes:
                return codes.pop() if len(codes) == 1 else None
        return None

    def taken_out(self, text: str) -> str:
        """The folded text without the names of counties."""
        for name in sorted((*self._names, *self._stems), key=len, reverse=True):
            text = text.replace(name, "")
        return text

    def of_permit(self, permit_no: str | None) -> str | None:
        """The county in a permit number, by its code of today."""
        code = county_code_of(permit_no or "")
        code = LEGACY_COUNTIES.get(code, code)
        return code if code in self._codes else None


class Places:
    """Finds the names of the city and its counties, with and without 市, 区, 县, in folded texts.

    `names` are all of them, the longest first.
    """

    def __init__(self, city: str = "", counties: Iterable[str] = ()) -> None:
        self._stems: dict[str, str] = {}
        for name in counties:
            stem = stem_of(name)
            self._stems |= dict.fromkeys((stem, *names_of(name)), stem)
        self.city_names = frozenset((city, city[:-1])) if city else frozenset[str]()
        self.names = names = sorted((*self._stems, *self.city_names), key=lambda name: (-len(name), name))
        with_kind = {name for name in names if self._stems.get(name, city) != name and name != city[:-1]}
        # 连州镇 and 清远大道 are within a place; they do not name it.
        short = _any_of(name for name in names if name not in with_kind)
        long = _any_of(name for name in names if name in with_kind)
        self._leading = re.compile(f"{long}|..省|(?:{short})(?![镇乡街路道]|大道)")
        # A street or a brand may be called as a county is: inside a text only the form with its kind counts.
        self._inside = re.compile(_any_of(name for name in names if name in with_kind & self._stems.keys()))

    @property
    def stems(self) -> Mapping[str, str]:
        """The stem of each county by every name it has."""
        return self._stems

    def leading(self, plain: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
        """The places a text begins with: stems of counties, other names, and where the rest begins."""
        counties: list[str] = []
        others: list[str] = []
        start = 0
        while match := self._leading.match(plain, start):
            stem = self._stems.get(match[0])
            counties += [stem] if stem else []
            others += [] if stem else [match[0]]
            start = match.end()
        return tuple(counties), tuple(others), start

    def inside(self, plain: str) -> list[tuple[str, int]]:
        """The stem of each county that a text names with its kind, and where its name ends."""
        return [(self._stems[match[0]], match.end()) for match in self._inside.finditer(plain)]


def _any_of(names: Iterable[str]) -> str:
    """A pattern for each of the names, the first ones first; one that never fits if there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"
