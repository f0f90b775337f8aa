"""The commands that list and open opinions on drafts."""

from pathlib import Path

import click

from openbureau.cli.console import operator, tips_session, told_plainly
from openbureau.clock import now
from openbureau.config import Settings
from openbureau.tips import opinions, sealing


@click.command("opinions")
@click.pass_obj
def list_opinions(settings: Settings) -> None:
    """Every opinion: number, consultation, day received."""
    with tips_session(settings) as session:
        for each in opinions.list_opinions(session):
            click.echo(f"{each.number}\t{each.consultation}\t{each.received_on}")


@click.command("opinion")
@click.argument("number", type=int)
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.pass_obj
@told_plainly(opinions.UnknownOpinion, sealing.CannotOpen)
def read_opinion(settings: Settings, number: int, key: Path) -> None:
    """Open opinion NUMBER with the private key in the file KEY and print it; the log tells."""
    private = key.read_text(encoding="utf-8", errors="replace")
    with tips_session(settings) as session:
        document = opinions.read(session, number, private, now(), operator())
    for name, value in document.items():
        click.echo(f"{name}: {value}".replace("\n", "\n    "))


COMMANDS = (list_opinions, read_opinion)
