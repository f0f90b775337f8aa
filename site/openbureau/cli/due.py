"""The command by which a clock knows whether there is something to publish."""

import sys

import click

from openbureau.clock import local_date, local_minute, now
from openbureau.config import Settings
from openbureau.demonstration.days import made_for
from openbureau.publishing.shelf_files import HELD, read_manifest, served_ids, waiting_in

NOTHING = 1
"""The status when nothing is to be published: systemd skips the unit, and calls nothing failed."""

FAILED = 255
"""The status when something should be and must not: systemd calls the unit failed."""


@click.command()
@click.pass_obj
def due(settings: Settings) -> None:
    """Say which documents have waited for their minute, and end with status 0; with status 1 if none has.

    For a timer, every minute: openbureau due && openbureau publish. Only content/ as it was published
    counts: what editors changed since, they publish. After a rollback nothing is due until somebody
    publishes. A demonstration that was made for an earlier day is due, too.
    """
    shelf = settings.publications
    manifest = next((read_manifest(shelf / name) for name in served_ids(shelf)[:1]), {})
    present = now()
    come = {file: until for file, until in waiting_in(manifest).items() if until <= present}
    made = made_for(settings.instance)
    is_of_old = made is not None and made != (settings.demonstration_day or local_date(present))
    if not (come or is_of_old) or (shelf / HELD).exists():
        sys.exit(NOTHING)
    for file, until in come.items():
        click.echo(f"{file}: due since {local_minute(until)}")
    # Imported when a minute has come: it stands on database and search, and the clock asks every minute.
    from openbureau.publishing.build import publication_id

    if made:
        if is_of_old:
            click.echo(f"the demonstration is of {made}")
        return
    if publication_id(settings.content) != manifest["content"]:
        click.echo("content/ or the software changed since: run `openbureau publish`", err=True)
        sys.exit(FAILED)
