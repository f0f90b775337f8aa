"""The records that were asked for last, ready for whoever asks next."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from openbureau.library.records import Record


class Remembered:
    """Up to `most` records by their numbers. They never change, so all threads share one copy of each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._records: OrderedDict[int, Record] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, numbers: Sequence[int]) -> dict[int, Record]:
        """Those of the records that are remembered."""
        with self._lock:
            found = {number: self._records[number] for number in numbers if number in self._records}
            for number in found:
                self._records.move_to_end(number)
        return found

    def keep(self, records: Mapping[int, Record]) -> None:
        """Remember these, too; what was not asked for longest is forgotten."""
        with self._lock:
            self._records.update(records)
            while len(self._records) > self._most:
                self._records.popitem(last=False)
