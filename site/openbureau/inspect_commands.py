"""The command that counts beforehand what inspectors of government websites will count."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import click
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from openbureau.config import Settings
from openbureau.database import ENGINE_OPTIONS, guard_sqlite
from openbureau.library.catalogue import KINDS
from openbureau.library.files import BEIJING
from openbureau.library.indicators import Indicator, State
from openbureau.library.inspection import inspect as inspect_records
from openbureau.publication import Publication, Shelf, Unpublished
from openbureau.tips.handling import MOVES
from openbureau.tips.model import Tip

MOST = 1_000_000
"""Records of a publication."""

DOCUMENTS = ("policies", "notices", "announcements", "consultations")
"""Kinds whose titles an inspector takes to try the search."""


@click.command()
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Another day than today, to look ahead.")
@click.option("--json", "as_json", is_flag=True, help="The indicators as JSON.")
@click.option("--strict", is_flag=True, help="End with status 1 if an indicator is red.")
@click.pass_obj
def inspect(settings: Settings, on: datetime | None, as_json: bool, strict: bool) -> None:
    """Every indicator of the inspections of government websites, for what is served now."""
    try:
        served = Shelf(settings.publications).current()
    except Unpublished as error:
        raise click.ClickException(str(error)) from error
    day = on.date() if on else datetime.now(UTC).astimezone(BEIJING).date()
    kinds = [str(kind.__mapper_args__["polymorphic_identity"]) for kind in KINDS]
    indicators = inspect_records(
        served.catalogue.latest(kinds, MOST),
        served.bureau,
        day,
        holidays=served.holidays,
        unfound=_unfound(served),
        waiting=_waiting(settings),
    )
    if as_json:
        told = {"day": day.isoformat(), "publication": served.id, "demo": served.bureau.demo}
        rows = [asdict(indicator) for indicator in indicators]
        click.echo(json.dumps({**told, "indicators": rows}, ensure_ascii=False, indent=1))
    else:
        click.echo(f"{day}  内容版本{served.id}{'  演示数据' if served.bureau.demo else ''}")
        for indicator in indicators:
            _tell(indicator)
        counts = [(state, sum(each.state is state for each in indicators)) for state in State]
        click.echo("  ".join(f"{state.label}{count}" for state, count in counts))
    if strict and any(indicator.state is State.RED for indicator in indicators):
        sys.exit(1)


def _tell(indicator: Indicator) -> None:
    left = "" if indicator.days_left is None else f"；剩{indicator.days_left}天"
    click.echo(f"[{indicator.state.label}] {indicator.name}：{indicator.found}{left}")
    click.echo(f"    要求：{indicator.limit}（{indicator.basis}）")
    for item in indicator.items:
        click.echo(f"    - {item}")


def _unfound(served: Publication) -> list[str]:
    """The titles of documents that are not on the first page of what a search for them finds."""
    return [
        record.title
        for record in served.catalogue.latest(DOCUMENTS, MOST)
        if f"{record.kind}/{record.slug}" not in {hit.key for hit in served.search.find(record.title).hits}
    ]


def _waiting(settings: Settings) -> list[date] | None:
    """When the tips came that have not reached an end; None if there is no database that can be read."""
    url = make_url(settings.database_url)
    # To open an SQLite file that is not there would make it.
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    engine = create_engine(url, **ENGINE_OPTIONS)
    guard_sqlite(engine)
    open_stages = [stage for stage, following in MOVES.items() if following]
    try:
        with Session(engine) as session:
            return list(session.scalars(select(Tip.received_on).where(Tip.stage.in_(open_stages))))
    except DatabaseError as error:
        # Only the driver's words: the statement and its values are nobody's business.
        click.echo(f"note: the tips database does not answer ({error.orig})", err=True)
        return None
    finally:
        engine.dispose()
