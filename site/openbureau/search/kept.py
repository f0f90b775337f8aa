"""What was made of texts, kept in memory while it is used: of all such texts together so many characters."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Kept(Generic[Key, Made]):
    """An LRU cache bounded by the characters of what was made, whatever their number."""

    def __init__(self, max_characters: int) -> None:
        self._max_characters = max_characters
        self._characters = 0
        self._made: OrderedDict[Key, tuple[Made, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[Key], tuple[Made, int]]) -> Made:
        """What was made for the key, else what `make` makes of it, which also says how many characters."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key][0]
        # Two threads may both make it, of the same.
        made = make(key)
        with self._lock:
            if key not in self._made:
                self._made[key] = made
                self._characters += made[1]
            while self._characters > self._max_characters:
                self._characters -= self._made.popitem(last=False)[1][1]
        return made[0]
