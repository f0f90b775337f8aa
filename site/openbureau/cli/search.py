"""The commands about search: how good it is, and what people looked for."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from openbureau.clock import today
from openbureau.config import Settings
from openbureau.publishing.learning import AlreadyLearning, describe, give_way, learn_served
from openbureau.publishing.publication import Publication, Shelf, Unpublished
from openbureau.search.evaluation import BadCollection, bench
from openbureau.search.meaning.encoder import PACKAGE, load_encoder
from openbureau.search.query_log import MIN_TIMES, QueryLog

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def search() -> None:
    """Full-text search."""


@search.command("bench")
@click.option("--docs", type=FILE, required=True, help="JSON lines with id, title and body; .gz or not.")
@click.option("--queries", type=FILE, required=True, help="JSON lines with text and rel; .gz or not.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def bench_command(docs: Path, queries: Path, as_json: bool) -> None:
    """Measure relevance and speed on a collection: builds an index of DOCS beside, asks all QUERIES."""
    try:
        figures = asdict(bench(docs, queries))
    except BadCollection as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(figures, indent=1))
        return
    for name, figure in figures.items():
        click.echo(f"{name:<12}{figure if isinstance(figure, int) else f'{figure:.4f}':>12}")


@search.command("learn")
@click.pass_obj
def learn_command(settings: Settings) -> None:
    """Make the vectors that search by meaning needs of the served publication, as far as they are missing."""
    encoder = load_encoder() if settings.meaning else None
    if encoder is None:
        click.echo(f"search goes by words alone: meaning is off, or {PACKAGE} cannot be loaded", err=True)
        return
    give_way()
    try:
        done = learn_served(Shelf(settings.publications), encoder, _tell_progress)
    except (AlreadyLearning, Unpublished) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"the vectors cannot be written: {error}") from error
    click.echo(f"learned {done.id}: {done.lines} lines, {done.made} vectors made")


@search.command("status")
@click.pass_obj
def status_command(settings: Settings) -> None:
    """Whether search of the served publication goes by meaning, and if not, why."""
    publication = _served(settings)
    _, words = describe(publication, is_wanted=settings.meaning)
    click.echo(f"{publication.id}: meaning is {words}")


def _served(settings: Settings) -> Publication:
    try:
        return Shelf(settings.publications, by_meaning=settings.meaning).current()
    except Unpublished as error:
        raise click.ClickException(str(error)) from error


def _tell_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {total} lines", err=True, nl=done == total)


@search.command("asked")
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="Another month than the present one: 2026-11.")
@click.option(
    "--unanswered",
    is_flag=True,
    help="Only what finds nothing now, or a best record whose title and answers say too little of it.",
)
@click.pass_obj
def list_queries(settings: Settings, month: datetime | None, unanswered: bool) -> None:
    """What people searched for in a month: how often, how often without a result, and the query."""
    queries = QueryLog(settings.searches_file).of_month(month.date() if month else today())
    index = _served(settings).search if unanswered else None
    for query in queries:
        if index and index.find(query.query, per_page=1).is_answered:
            continue
        click.echo(f"{query.times}\t{query.without_result}\t{query.query}")
    if not queries:
        click.echo(f"nothing was searched for {MIN_TIMES} times or more", err=True)
