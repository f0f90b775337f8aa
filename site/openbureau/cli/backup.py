"""The commands that back up what was told and prove that it can be restored."""

from pathlib import Path

import click

from openbureau.cli.console import plain_errors, shown
from openbureau.clock import now
from openbureau.config import Settings
from openbureau.tips import backups
from openbureau.tips.sealing import signing

_FOLDER = click.Path(file_okay=False, path_type=Path)
_INTO = click.option("--into", default="", help="PostgreSQL: SQLAlchemy address of an empty database.")
_plain_errors = plain_errors(backups.NotBackedUp, backups.Unsound, signing.BadSigningKey)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--days", type=click.IntRange(min=1), help="Delete older backups; OPENBUREAU_BACKUP_DAYS when not given."
)
@_INTO
@click.pass_obj
@_plain_errors
def backup(settings: Settings, folder: Path, days: int | None, into: str) -> None:
    """Back up the tips database into FOLDER while tips are taken, and prove it by restoring it aside.

    Secret, signing key and private keys are not in it: keep them on another medium.
    """
    public = signing.public_key(signing.read_key(settings.signing_key_file))
    made = backups.back_up(settings.database_url, folder, now(), public, into)
    settings.backup_mark.touch()
    days = settings.backup_days if days is None else days
    gone = backups.prune(folder, now(), days)
    click.echo(f"{shown(made)}: restored and proved; {len(gone)} older than {days} days deleted")


@click.command("restore-check")
@click.argument("folder", type=_FOLDER)
@_INTO
@_plain_errors
def restore_check(folder: Path, into: str) -> None:
    """Restore a backup aside and prove it: files, database, log, and as many rows as were backed up.

    FOLDER is one backup, or the folder of them: then it is the newest.
    """
    made = folder if (folder / backups.MANIFEST).is_file() else backups.newest(folder)
    if made is None:
        raise click.ClickException(f"{folder} holds no backup")
    content = backups.check(made, into)
    click.echo(f"{shown(made)} can be restored; the log holds up to entry {content.head[0]}")
    for table, rows in content.rows.items():
        click.echo(f"{rows}\t{table}")


COMMANDS = (backup, restore_check)
"""For the group `tips`."""
