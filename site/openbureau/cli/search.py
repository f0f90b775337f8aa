"""The commands about search: how good it is, and what people looked for."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from openbureau.clock import today
from openbureau.config import Settings
from openbureau.search.evaluation import BadCollection, bench
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


@search.command("asked")
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="Another month than the present one: 2026-11.")
@click.pass_obj
def list_queries(settings: Settings, month: datetime | None) -> None:
    """What people searched for in a month: how often, how often without a result, and the query."""
    queries = QueryLog(settings.searches_file).of_month(month.date() if month else today())
    for query in queries:
        click.echo(f"{query.times}\t{query.without_result}\t{query.query}")
    if not queries:
        click.echo(f"nothing was searched for {MIN_TIMES} times or more", err=True)
