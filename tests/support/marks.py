"""The marks of a page by which programs read what it shows."""

from typing import NamedTuple

from support.makers import main_part


class Mark(NamedTuple):
    """A record that a page shows; of an institution also whether it is the one meant or a near one."""

    record: str
    shown: str


def marks(page: str) -> list[Mark]:
    """Every record among the results of a page, in its order."""
    return [
        Mark(element.get("data-record"), element.get("data-shown", ""))
        for element in main_part(page).xpath(".//*[@id='results']//*[@data-record]")
    ]


def is_called_off_topic(page: str) -> bool:
    """Whether a page says that others than this office have the answer."""
    return bool(main_part(page).xpath(".//*[@data-off-topic]"))
