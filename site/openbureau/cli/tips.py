"""The commands that list and open tips, and opinions on drafts, where there is no desk."""

from pathlib import Path

import click

from openbureau.cli import backup, log, retention
from openbureau.cli.console import operator, plain_errors, tips_session
from openbureau.clock import now, today
from openbureau.config import Settings
from openbureau.database import audit_log

# Only tables that were imported are proved (verify, backup), and nothing else here needs accounts.
from openbureau.staff import accounts  # noqa: F401
from openbureau.tips import opinions, sealing
from openbureau.tips.casework import dossier, stages
from openbureau.tips.model import Stage, subject
from openbureau.web.addresses import MAX_NUMBER

_plain_errors = plain_errors(stages.UnknownTip, stages.ImpossibleMove, sealing.CannotOpen)


@click.group()
def tips() -> None:
    """What was reported."""


@tips.command("list")
@click.pass_obj
def list_tips(settings: Settings) -> None:
    """Every tip: number, day received, stage, day of the stage, named or anonymous."""
    with tips_session(settings) as session:
        for tip in stages.list_tips(session):
            named = "实名" if tip.identity else "匿名"
            click.echo(f"{tip.number}\t{tip.received_on}\t{tip.stage.label}\t{tip.stage_on}\t{named}")


@tips.command()
@click.argument("number", type=click.IntRange(1, MAX_NUMBER))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.pass_obj
@_plain_errors
def read(settings: Settings, number: int, key: Path) -> None:
    """Open tip NUMBER with the private key in the file KEY and print it; the log tells."""
    private = key.read_text(encoding="utf-8", errors="replace")
    with tips_session(settings) as session:
        tip = stages.get(session, number)
        documents = [("事实", dossier.open_body(tip, private))]
        try:
            documents.append(("身份", dossier.open_identity(tip, private) or {}))
        except sealing.CannotOpen:
            click.echo("这把私钥打不开身份信息。", err=True)
        with audit_log.change(session, audit_log.minute(now()), operator()) as change:
            change.log("opened", subject(number))
            if len(documents) > 1 and documents[1][1]:
                change.log("identity-opened", subject(number))
    for heading, document in documents:
        click.echo(f"[{heading}]")
        for name, value in document.items():
            # Indented, so that no line of a story can pass for a heading of this printout.
            click.echo(f"{name}: {value}".replace("\n", "\n    "))


@tips.command()
@click.argument("number", type=click.IntRange(1, MAX_NUMBER))
@click.argument("stage", type=click.Choice([stage.label for stage in Stage]))
@click.pass_obj
@_plain_errors
def move(settings: Settings, number: int, stage: str) -> None:
    """Bring tip NUMBER to the next STAGE; its submitter sees it with the receipt code."""
    wanted = next(option for option in Stage if option.label == stage)
    with tips_session(settings) as session:
        moved = stages.move(session, number, wanted, now(), today(), operator(), audit_log.SYSTEM)
        click.echo(f"{moved.number}\t{moved.stage.label}")


@tips.command("opinions")
@click.pass_obj
def list_opinions(settings: Settings) -> None:
    """Every opinion: number, consultation, day received."""
    with tips_session(settings) as session:
        for opinion in opinions.list_opinions(session):
            click.echo(f"{opinion.number}\t{opinion.consultation}\t{opinion.received_on}")


@tips.command("opinion")
@click.argument("number", type=click.IntRange(1, MAX_NUMBER))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.pass_obj
@plain_errors(opinions.UnknownOpinion, sealing.CannotOpen)
def read_opinion(settings: Settings, number: int, key: Path) -> None:
    """Open opinion NUMBER with the private key in the file KEY and print it; the log tells."""
    private = key.read_text(encoding="utf-8", errors="replace")
    with tips_session(settings) as session:
        document = opinions.read(session, number, private, now(), operator())
    for name, value in document.items():
        click.echo(f"{name}: {value}".replace("\n", "\n    "))


for _command in (*log.COMMANDS, *backup.COMMANDS, *retention.COMMANDS):
    tips.add_command(_command)
