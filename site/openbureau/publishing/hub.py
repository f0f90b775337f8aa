"""Telling a WebSub hub that feeds have changed (W3C Recommendation WebSub, section 6); knows nothing of ours.

How a publisher tells its hub is left open there; hubs take what PubSubHubbub 0.4 says: a form with
`hub.mode=publish` and the address of the feed.
"""

from collections.abc import Iterable
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

PATIENCE = 10
"""Seconds to wait for a hub; publishing is done by then, and nobody waits longer for its news."""


class HubFailed(Exception):
    """The hub did not take the news; `told` of the feeds it had heard of before."""

    def __init__(self, why: str, told: int) -> None:
        super().__init__(why)
        self.told = told


def tell(hub: str, topics: Iterable[str]) -> int:
    """Tell `hub` (http or https) of every feed and answer of how many; raises HubFailed at the first no."""
    told = 0
    for topic in topics:
        form = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()
        try:
            with urlopen(Request(hub, form), timeout=PATIENCE):  # noqa: S310  # site.toml allows http and https
                told += 1
        except (URLError, TimeoutError, OSError, ValueError) as error:
            raise HubFailed(str(error), told) from error
    return told
