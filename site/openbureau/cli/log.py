"""The commands of the log, to prove it, lengthen it and sign its head; and the figures, frozen monthly."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from openbureau import readiness
from openbureau.cli.console import operator, plain_errors, tips_session
from openbureau.clock import now, today
from openbureau.config import Settings
from openbureau.database import site_keys
from openbureau.publishing.publication import Damaged, Shelf, Unpublished
from openbureau.tips import log_heads, receipts, signing_keys, statistics
from openbureau.tips.sealing import signing
from openbureau.tips.verify import Fault, destroyed_on, prove, remarks

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_plain_errors = plain_errors(
    log_heads.BadLogHeads,
    receipts.NoReceipt,
    signing.BadSignature,
    signing.BadSigningKey,
    Damaged,
    Unpublished,
)


@click.command()
@click.option("--anchors", type=_FILE, help="A log-heads.txt that was kept elsewhere.")
@click.option(
    "--receipt", "receipt_files", type=_FILE, multiple=True, help="A receipt that a submitter holds."
)
@click.option(
    "--public-key",
    "publics",
    multiple=True,
    help="The site's public key, as printed by `tips log-key` and written down; else of this machine.",
)
@click.pass_obj
@_plain_errors
def verify(
    settings: Settings, anchors: Path | None, receipt_files: tuple[Path, ...], publics: tuple[str, ...]
) -> None:
    """Prove the log, every tip, message, attachment and account, and every published head; name the first
    broken link and end with 1."""
    is_here = not publics
    publics = publics or (signing.public_key(signing.read_key(settings.signing_key_file)),)
    heads = log_heads.read_heads(anchors.read_text(encoding="utf-8")) if anchors else []
    with tips_session(settings) as session:
        known = {*publics, *signing_keys.public_keys(session)}
        session.rollback()
        for head in heads:
            head.check(*known)
        statements = [_read_receipt(path, *known) for path in receipt_files]
        faults = list(prove(session, heads, statements, publics))
        if is_here:
            faults += _secret_faults(session, settings)
        for remark in () if faults else remarks(session):
            click.echo(f"note: {remark}")
        for statement in statements:
            if day := destroyed_on(session, statement):
                click.echo(f"note: what the receipt of {statement.received_on} is for was destroyed on {day}")
    if faults:
        click.echo(f"first broken link: {faults[0]}", err=True)
        for fault in faults[1:]:
            click.echo(f"also: {fault}", err=True)
        sys.exit(1)
    click.echo(
        f"the log and all that it tells of hold; compared with {len(heads)} heads, {len(statements)} receipts"
    )


def _secret_faults(session: Session, settings: Settings) -> Iterator[Fault]:
    """What is wrong with the secret of this machine, if the database was written with one."""
    if site_keys.in_force(session, site_keys.SECRET) is None:
        return
    try:
        site_keys.require_secret(session, readiness.read_secret(settings))
    except (readiness.NotReady, site_keys.ForeignSecret) as error:
        yield Fault(settings.secret_file.name, str(error))


def _read_receipt(path: Path, *publics: str) -> receipts.Statement:
    """The statement in a receipt that the site handed out, as saved or passed on. Raises NoReceipt."""
    try:
        return receipts.read(path.read_text(encoding="utf-8-sig", errors="replace"), *publics)
    except receipts.NoReceipt as error:
        raise receipts.NoReceipt(f"{path.name}: {error}") from error


@click.command("log-key")
@click.pass_obj
@_plain_errors
def log_key(settings: Settings) -> None:
    """The public key that receipts and heads of the log are checked with, and its fingerprint."""
    public = signing.public_key(signing.read_key(settings.signing_key_file))
    click.echo(f"{public}\n{signing.fingerprint(public)}")


@click.command()
@click.pass_obj
@_plain_errors
def anchor(settings: Settings) -> None:
    """Sign the head of the log, once a day; /tip-off/log.atom publishes it."""
    with tips_session(settings) as session:
        private = readiness.signing_key(session, settings)
        click.echo(log_heads.anchor(session, private, today(), now(), operator()).line())
    settings.ran_mark("anchor").touch()


@click.command()
@click.pass_obj
def heartbeat(settings: Settings) -> None:
    """Lengthen the log by a few empty entries: every hour."""
    with tips_session(settings) as session:
        log_heads.add_heartbeat(session, today())
    settings.ran_mark("heartbeat").touch()


@click.command("freeze-figures")
@click.pass_obj
@_plain_errors
def freeze_figures(settings: Settings) -> None:
    """Publish the figures of the months that have ended: on the first days of every month."""
    publication = Shelf(settings.publications).current()
    bureau = publication.bureau
    rules = statistics.Rules(bureau.units, bureau.clocks, publication.holidays)
    with tips_session(settings) as session:
        months = statistics.freeze(session, today(), rules, now(), operator())
    settings.ran_mark("freeze-figures").touch()
    click.echo(f"published: {', '.join(months)}" if months else "nothing new: the month has not ended")


COMMANDS = (verify, log_key, anchor, heartbeat, freeze_figures)
"""For the group `tips`."""
