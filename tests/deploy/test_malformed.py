"""Requests that no browser makes, on both shipped doors: each is answered in words, and nothing breaks.

`make bench-malformed` asks 10,000 of them.
"""

from support.shipped import Shipped
from support.shipped.malformed import ask_malformed, faults_in


def test_a_malformed_request_breaks_neither_door(shipped: Shipped) -> None:
    tally = ask_malformed(shipped, 600, seed=8)
    print(f"\n{tally}")
    assert not tally.faults, "\n".join(tally.faults)
    logs = shipped.logs()
    assert logs.keys() >= {"public.journal", "desk.journal", "openbureau-error.log"}
    assert not faults_in(logs)
    assert shipped.visitor().get("/").status == 200
    assert shipped.stranger().get("/login").status == 200
