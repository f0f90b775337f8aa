"""What takes long is done in turn: whoever asks while others have it is told in words to come back."""

from contextlib import ExitStack

import pytest
from flask.testing import FlaskClient

from openbureau.public import throttle
from openbureau.public.throttle import AT_ONCE, RETRY_AFTER, Kind, turn

PAIR = "2024-06-30/2024-09-30-441803"
DEAR: dict[str, Kind] = {
    "/sitemap.xml": "list",
    "/sitemap-1.xml": "list",
    f"/whitelist/changes/{PAIR}/": "list",
    f"/api/v1/changes/{PAIR}": "list",
    "/feeds/whitelist-changes.atom": "list",
    "/whitelist/list.csv?county=清新区": "download",
    "/whitelist/list.xlsx?county=清新区": "download",
    "/whitelist/list.json?county=清新区": "download",
    "/whitelist/?q=培训": "search",
    "/whitelist/list.csv?q=培训": "search",
    "/search?q=培训": "search",
    "/search/suggest?q=培": "search",
    "/feeds/search.atom?q=培训": "search",
}
"""Addresses that look at very many records, and the kind of turn that each takes."""


@pytest.mark.parametrize("address", DEAR)
def test_what_takes_long_is_done_in_turn(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(throttle, "PATIENCE", 0.01)
    with ExitStack() as others:
        for _ in range(AT_ONCE if DEAR[address] == "search" else 1):
            others.enter_context(turn(DEAR[address]))
        refused = client.get(address)
        assert (refused.status_code, refused.headers.get("Retry-After")) == (503, str(RETRY_AFTER))
        assert "请稍后再来" in refused.text
        assert client.get("/notices/").status_code == 200, "other pages go on"
    assert client.get(address).status_code == 200
