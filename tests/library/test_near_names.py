"""Names like one that is not there."""

import pytest

from openbureau.library import near_names
from openbureau.library.near_names import MAX_COMPARED, NearNames

NAMES = ["double-reduction", "prepayment", "prepayment-explained", "summer-notice", "loans"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("prepaymnet", "prepayment"),
        ("double-reductions", "double-reduction"),
        ("sumer-notice", "summer-notice"),
    ],
)
def test_a_mistyped_name_leads_to_the_one_that_was_meant(written: str, meant: str) -> None:
    assert NearNames(NAMES).find(written, 3)[0] == meant


@pytest.mark.parametrize("written", ["", "a", "完全没有", "x" * 10_000])
def test_what_resembles_nothing_leads_nowhere(written: str) -> None:
    assert NearNames(NAMES).find(written, 3) == []


def test_however_many_names_there_are_few_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    really = near_names.get_close_matches

    def counted(name: str, names: list[str], n: int, cutoff: float) -> list[str]:
        compared.append(len(names))
        return really(name, names, n=n, cutoff=cutoff)

    monkeypatch.setattr(near_names, "get_close_matches", counted)
    names = NearNames(f"notice-{number}" for number in range(5_000))
    assert names.find("notice-123x", 3)[0] == "notice-123"
    assert compared == [MAX_COMPARED]
