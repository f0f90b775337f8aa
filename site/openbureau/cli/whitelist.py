"""The commands for whitelist workbooks before they are published."""

import re
import sys
from datetime import date, datetime
from pathlib import Path

import click

from openbureau.cli.confirming import bureau_of
from openbureau.cli.confirming import confirm as confirm_removal
from openbureau.clock import ISO_DAY, read_iso_day, today
from openbureau.config import Settings
from openbureau.library.bureau import Bureau
from openbureau.library.weighing.editions import future_problems
from openbureau.library.whitelist.json_report import json_text, totals
from openbureau.library.whitelist.rows import FOLDER, Reading, WhitelistProblem
from openbureau.library.whitelist.workbook_parser import read_with_workbook
from openbureau.spreadsheets.collecting import without_collecting
from openbureau.spreadsheets.workbook import Workbook


@click.group()
def whitelist() -> None:
    """Whitelist workbooks (校外培训机构白名单) as the counties send them."""


@whitelist.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day of the list; that in the file name, or else today in China.",
)
@click.option("--json", "as_data", is_flag=True, help="Print rows and problems as JSON.")
@click.option(
    "--annotate",
    "out",
    metavar="OUT.xlsx",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the workbook with each problem marked in its cell, for the county, without personal data.",
)
@click.pass_obj
def read(settings: Settings, file: Path, as_of: datetime | None, as_data: bool, out: Path | None) -> None:
    """Read the workbook FILE and tell what it says and what is wrong with it; publish nothing.

    Ends with status 1 if the file must not be published as it is.
    """
    if out and out.suffix.lower() != ".xlsx":
        raise click.BadParameter("the annotated workbook is an .xlsx file", param_hint="--annotate")
    bureau = bureau_of(settings)
    day = as_of.date() if as_of else _day_of(file)
    try:
        reading, workbook = read_with_workbook(
            file, as_of=day, counties=bureau.counties, public=bureau.public_numbers
        )
        if out:
            _annotate(file, workbook, reading, out)
    except FileExistsError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    if as_data:
        with without_collecting():
            sys.stdout.writelines(json_text(reading, as_of=day.isoformat()))
        click.echo()
    else:
        _print(reading, day, bureau)
    if out:
        click.echo(f"annotated workbook in {out}", err=True)
    early = [] if as_of else future_problems(file.name, day, today(), is_served=False)
    for problem in early:
        click.echo(str(problem), err=True)
    if early or reading.must_stop:
        sys.exit(1)


@whitelist.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def confirm(settings: Settings, file: Path) -> None:
    """Show which institutions the complete list FILE no longer has, and confirm that they are rightly gone.

    FILE is a path, or a name in content/whitelist/: 2024-12-31.xlsx. What is confirmed stands in a file
    beside the list, which is content: other institutions that go have to be confirmed again.
    """
    # Imported when it is asked for: the records of editions stand on the database, one workbook does not.
    from openbureau.library.whitelist.editions import read_editions

    read = read_editions(settings.content, bureau_of(settings), on=today())
    confirm_removal(settings, FOLDER, file, read.removals)


def _annotate(file: Path, workbook: Workbook | None, reading: Reading, out: Path) -> None:
    # Imported when it is asked for: writing workbooks stands on openpyxl, a quarter of a second and 20 MB.
    from openbureau.library.whitelist.annotate import annotate

    annotate(file, workbook, reading, out)


def _day_of(file: Path) -> date:
    """The first day in the file's name (2024-12-31.xlsx), or else today in China."""
    days = map(read_iso_day, re.findall(ISO_DAY, file.stem, re.ASCII))
    return next(filter(None, days), None) or today()


def _print(reading: Reading, day: date, bureau: Bureau) -> None:
    for problem in reading.problems:
        click.echo(f"{_place(problem)}\t{problem.kind}\t{problem.message}; {problem.mend}")
    for column in reading.unknown_columns:
        place = "!".join(part for part in (column.sheet, column.column) if part)
        click.echo(f"{place}\tnot taken over\t{column.header}")
    if reading.must_stop:
        click.echo(f"{reading.file} must not be published: nothing of it was taken over")
        return
    counts = totals(reading)
    click.echo(f"{reading.file} as of {day}: {counts['rows']} rows, {counts['on_list']} on the list")
    for sheet in reading.sheets:
        click.echo(str(sheet))
    for code, count in counts["by_county"].items():
        click.echo(f"{code or '-'}\t{bureau.areas.get(code, '')}\t{count}")
    for status, count in counts["by_status"].items():
        click.echo(f"{status or '-'}\t{count}")


def _place(problem: WhitelistProblem) -> str:
    cell = f"{problem.column or ''}{problem.row or ''}"
    return "!".join(part for part in (problem.sheet, cell) if part) or problem.file
