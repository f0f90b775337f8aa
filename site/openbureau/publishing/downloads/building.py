"""Which files of many records a publication has, and of what each is made."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from openbureau.library.bureau import Bureau
from openbureau.library.records import Record
from openbureau.library.registers import FOLDER as REGISTERS
from openbureau.library.registers import Register, RegisterEntry
from openbureau.library.whitelist.comparison import difference_of
from openbureau.library.whitelist.editions import Edition, Institution
from openbureau.library.whitelist.history import Issue
from openbureau.library.whitelist.rows import FOLDER as WHITELIST
from openbureau.library.whitelist.rows import WhitelistRow
from openbureau.publishing.downloads.stored import DownloadsWriter
from openbureau.publishing.downloads.tables import (
    FORMS,
    Table,
    changes,
    edition_rows,
    institutions,
    register_entries,
)

LIST = "whitelist/list"
"""The name of the list of institutions, without its form."""

LISTED = {"listed": "在名单内"}
"""The filter that holds when nothing is asked of the list."""

REGISTER_FORMS = ("csv", "json")


def rows_name(edition: str) -> str:
    """The name of the rows of an edition, without their form."""
    return f"whitelist/editions/{edition}/rows"


def changes_name(older: str, newer: str) -> str:
    """The name of what changed between two editions, without its form."""
    return f"whitelist/changes/{older}/{newer}/changes"


def register_name(register: str) -> str:
    """The name of the list of a register, without its form."""
    return f"registers/{register}/list"


@dataclass(frozen=True)
class DownloadPlan:
    """For what address and day the files are made, and the publication whose files may be linked."""

    root: str
    day: date
    before: Path | None


def write_downloads(
    publication: Path,
    content: Path,
    bureau: Bureau,
    records: Sequence[Record],
    builders: str,
    plan: DownloadPlan,
) -> None:
    """Write or link every file of many records; `builders` names the code that makes them."""
    root = plan.root
    writer = DownloadsWriter(publication, root, plan.day, plan.before)
    code = {"builders": builders, "root": root, "areas": bureau.areas, "city": bureau.city}
    whitelist = _key(code, _digests(content / WHITELIST))
    listed = [record for record in records if isinstance(record, Institution)]
    editions = [record for record in records if isinstance(record, Edition)]
    _write_list(writer, whitelist, root, [record for record in listed if record.is_listed])
    for edition in editions:
        # What one edition says does not depend on the others.
        key = _key(code, {edition.file: edition.sha256, "title": edition.title})
        name = rows_name(edition.slug)
        if not _are_linked(writer, name, FORMS, key):
            rows = sorted_rows((row for record in listed for row in record.rows_in(edition.slug)), bureau)
            _write(writer, name, FORMS, key, edition_rows(root, edition, rows))
    issues = [edition.issue for edition in editions]
    for older, newer in neighbours(issues):
        name = changes_name(older.slug, newer.slug)
        if not _are_linked(writer, name, FORMS, whitelist):
            histories = (record.history for record in listed)
            compared = difference_of(histories, issues, older.slug, newer.slug)
            _write(writer, name, FORMS, whitelist, changes(root, compared, bureau.areas))
    for register in records:
        if isinstance(register, Register):
            _write_register(writer, content, code, register, records)
    writer.finish()


def neighbours(issues: Sequence[Issue]) -> list[tuple[Issue, Issue]]:
    """Each edition with the last one before it that speaks for all its counties."""
    pairs = []
    for number, newer in enumerate(issues):
        before = [issue for issue in issues[:number] if set(newer.county_codes) <= set(issue.county_codes)]
        pairs += [(older, newer) for older in before[-1:]]
    return pairs


def sorted_rows(rows: Iterable[WhitelistRow], bureau: Bureau) -> list[WhitelistRow]:
    """The rows of an edition by county, sheet and line."""
    areas = {code: place for place, code in enumerate(bureau.areas)}
    return sorted(
        rows,
        key=lambda row: (
            areas.get(row.county_code or "", len(areas)),
            row.source_sheet or "",
            row.source_row,
        ),
    )


def _write_list(writer: DownloadsWriter, key: str, root: str, listed: Sequence[Institution]) -> None:
    if not _are_linked(writer, LIST, FORMS, key):
        table = institutions(root, lambda: listed, len(listed), "", LISTED, LISTED)
        _write(writer, LIST, FORMS, key, table)


def _write_register(
    writer: DownloadsWriter,
    content: Path,
    code: Mapping[str, object],
    register: Register,
    records: Sequence[Record],
) -> None:
    """Write the list of a register as it may be seen on that day, and on which other days it is the same."""
    key = _key(code, _digests(content / REGISTERS / register.slug))
    name = register_name(register.slug)
    if _are_linked(writer, name, REGISTER_FORMS, key):
        return
    owned = [
        record
        for record in records
        if isinstance(record, RegisterEntry) and record.register == register.slug and not record.is_withdrawn
    ]
    shown = [record for record in owned if record.is_public_on(writer.day)]
    ended = [record.public_until for record in owned if not record.is_public_on(writer.day)]
    since = (date.fromisoformat(max(ended)) + timedelta(days=1)).isoformat() if ended else ""
    until = min((record.public_until for record in shown if record.public_until), default="")
    table = register_entries(writer.root, register, shown)
    for form in REGISTER_FORMS:
        writer.write(f"{name}.{form}", key, table, since=since, until=until)


def _are_linked(writer: DownloadsWriter, name: str, forms: Sequence[str], key: str) -> bool:
    return writer.link([f"{name}.{form}" for form in forms], key)


def _write(writer: DownloadsWriter, name: str, forms: Sequence[str], key: str, table: Table) -> None:
    for form in forms:
        writer.write(f"{name}.{form}", key, table)


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in sorted(files)
    }


def _key(code: Mapping[str, object], made_of: Mapping[str, str]) -> str:
    """A name for what a file is made of."""
    return sha256(json.dumps([code, made_of], sort_keys=False).encode()).hexdigest()
