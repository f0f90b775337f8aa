"""Documents that wait: those whose `published_at` is still to come.

Until then nothing of them is published, and nothing that is published may need them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from openbureau.clock import local_minute
from openbureau.library.documents.pages import Page
from openbureau.library.documents.relations import CHANGES
from openbureau.library.front_matter import ContentFile
from openbureau.library.problems import Problem
from openbureau.library.records import Record

Waiting = Mapping[str, datetime]
"""The instant until which each document waits, by its file (`notices/winter.md`)."""

_NAME_POLICIES = ("interprets", *CHANGES, "document", "became")
"""The fields that name policies by their slugs."""

_TOGETHER = "give both the same published_at, or refer to it when it is published"


def waiting_at(records: Iterable[Record], instant: datetime) -> dict[str, datetime]:
    """The documents among the records that wait at an instant; a standing page is always there."""
    return {
        f"{record.kind}/{record.slug}.md": record.published_at
        for record in records
        if record.published_at > instant and not isinstance(record, Page)
    }


def is_part_of(file: str, waiting: Waiting) -> bool:
    """Whether a file of `content/` is a document that waits, or lies in the folder of one."""
    document = "/".join(file.split("/")[:2])
    return f"{document.removesuffix('.md')}.md" in waiting


def early_problems(
    files: Iterable[ContentFile], records: Iterable[Record], waiting: Waiting, instant: datetime
) -> Iterator[Problem]:
    """What comes before its time: fields that name a policy that waits longer, and corrections from ahead."""
    by_file = {f"{record.kind}/{record.slug}.md": record for record in records}
    for file in files:
        since = waiting.get(file.path, instant)
        for field in _NAME_POLICIES:
            value = file.values.get(field)
            for slug in value if isinstance(value, list) else [value]:
                until = waiting.get(f"policies/{slug}.md", since)
                if until > since:
                    what = f"{field}: {slug} waits until {local_minute(until)}"
                    yield Problem(file.path, str(file.lines.get(field, 1)), what, _TOGETHER)
        record = by_file.get(file.path)
        if record and record.updated_at and record.updated_at > since:
            what = (
                f"updated_at is ahead, {local_minute(record.updated_at)}: what it corrects is shown already"
            )
            mend = "write when it was corrected"
            yield Problem(file.path, str(file.lines.get("updated_at", 1)), what, mend, stops=False)


def early_link(address: str, since: datetime, waiting: Waiting) -> str:
    """What is wrong with a link to an address on a page that is there `since` an instant; empty: nothing."""
    until = waiting.get(f"{address.strip('/')}.md", since)
    return f"the page {address} waits until {local_minute(until)}" if until > since else ""
