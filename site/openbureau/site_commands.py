"""The commands that publish, keep keys, handle tips and make accounts of the desk."""

import os
import shutil
import stat
import sys
from datetime import UTC, datetime

import click
from sqlalchemy.exc import DatabaseError

from openbureau import config
from openbureau.console import shown, today, write_private
from openbureau.library.accounts import KEY_BYTES, AccountKey, BadKey, read_key
from openbureau.library.bureau import Bureau, read_bureau
from openbureau.library.problems import Problem
from openbureau.news import Feeds, changed_feeds, tell_hub, told_of
from openbureau.publication import Damaged, Shelf, Unpublished
from openbureau.publish import KEEP, ContentMoved, Refused
from openbureau.publish import check as check_content
from openbureau.publish import publish as publish_content
from openbureau.schema import ForeignTables, upgrade
from openbureau.tips import sealing, signing
from openbureau.tips.recipients import Duty, Recipient, RecipientSet, write_set

SECRET_BYTES = 32

site = click.Group()
"""The commands, for `cli.main` to hand on."""


@site.command()
@click.pass_obj
def check(settings: config.Settings) -> None:
    """Read all of content/ and report every problem."""
    problems = check_content(settings.content, _account_key(settings))
    _tell(problems)
    if any(problem.stops for problem in problems):
        sys.exit(1)
    click.echo("content is fit to be published")


@site.command()
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=KEEP,
    show_default=True,
    help="How many earlier publications to keep.",
)
@click.pass_obj
def publish(settings: config.Settings, keep: int) -> None:
    """Build a publication of content/ and serve it from now on."""
    shelf, day, hub = Shelf(settings.publications), today(), _hub(settings)
    before = told_of(shelf, day) if hub else {}
    try:
        done = publish_content(settings.content, shelf, keep=keep, account_key=_account_key(settings))
    except Refused as refused:
        _tell(refused.problems)
        raise click.ClickException(
            "nothing was published; the publication served until now stays"
        ) from refused
    except ContentMoved as error:
        raise click.ClickException(str(error)) from error
    _tell(done.notes)
    click.echo(
        f"published {done.id}: {done.records} records" if done.built else f"published {done.id}: no change"
    )
    _tell_hub(settings, hub, before)


@site.command()
@click.pass_obj
def rollback(settings: config.Settings) -> None:
    """Serve the publication before the current one."""
    shelf, day = Shelf(settings.publications), today()
    hub = _hub(settings)
    before = told_of(shelf, day) if hub else {}
    try:
        click.echo(f"serving {shelf.rollback()}")
    except (Damaged, Unpublished) as error:
        raise click.ClickException(str(error)) from error
    _tell_hub(settings, hub, before)


def _hub(settings: config.Settings) -> str:
    """The hub that content/ names; empty if it names none or cannot be read."""
    bureau, _ = read_bureau(settings.content)
    return bureau.hub if bureau else ""


def _tell_hub(settings: config.Settings, hub: str, before: Feeds) -> None:
    """Tell the hub, if there is one, of what another publication than the one before changed."""
    if hub:
        root = settings.url and settings.url + settings.url_prefix
        feeds = changed_feeds(before, told_of(Shelf(settings.publications), today()))
        click.echo(tell_hub(hub, root, feeds), err=True)


@site.command()
@click.pass_obj
def setup(settings: config.Settings) -> None:
    """Make what a first start needs and is missing: the secret, the account key and the tips database."""
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One that was given to a group (deploy/systemd: setgid) stays as it is.
    if not settings.instance.stat().st_mode & stat.S_ISGID:
        settings.instance.chmod(0o700)
    for file, size in (
        (settings.secret_file, SECRET_BYTES),
        (settings.account_key_file, KEY_BYTES),
        (settings.signing_key_file, signing.KEY_BYTES),
    ):
        if not file.exists():
            write_private(file, os.urandom(size))
            click.echo(f"made {shown(file)}")
    try:
        upgrade(settings.database_url)
    except (ForeignTables, DatabaseError) as error:
        raise click.ClickException(f"the tips database cannot be set up: {error}") from error
    if settings.recipients_file.exists():
        return
    bureau, _ = read_bureau(settings.content)
    if bureau and bureau.demo:
        _create_demo_set(settings, bureau)
    else:
        click.echo("the tip-off form is closed until there is a signed set of recipients: `openbureau keys`")


@site.command("settings")
def show_settings() -> None:
    """The settings that the environment may give, with defaults and meanings."""
    for setting in config.SETTINGS:
        click.echo(f"{config.PREFIX}{setting.name}={setting.default}\n    {setting.meaning}")


def _account_key(settings: config.Settings) -> AccountKey | None:
    """The key of account numbers; one that is cut short would make digests that no other machine has."""
    file = settings.account_key_file
    try:
        return read_key(file)
    except BadKey as error:
        remedy = "delete it and run `openbureau setup`"
        raise click.ClickException(f"{shown(file)}: {error}; {remedy}") from error
    except OSError as error:
        raise click.ClickException(f"{shown(file)}: {error.strerror}") from error


def _create_demo_set(settings: config.Settings, bureau: Bureau) -> None:
    """A signed set whose private halves lie beside it: for a demonstration, where nothing told is real."""
    folder = settings.instance / "demo-keys"
    folder.mkdir(exist_ok=True)
    settings.recipients_file.parent.mkdir(parents=True, exist_ok=True)
    signer = signing.create_key()
    write_private(folder / "signing.key", signer)
    members = []
    for duty in (Duty.INDEPENDENT, Duty.RECOVERY):
        pair = sealing.create_keys()
        write_private(folder / f"{duty}.key", f"{pair.private}\n".encode())
        members.append(Recipient(duty.value, duty, "", pair.public))
    made = RecipientSet(1, datetime.now(UTC).date(), bureau.units[0], tuple(members))
    settings.recipients_signer_file.write_text(f"{signing.public_key(signer)}\n", encoding="utf-8")
    # As the ceremony leaves it, so that `keys add` and `keys install` can be tried on it.
    write_set(folder / settings.recipients_file.name, made, signer)
    shutil.copy(folder / settings.recipients_file.name, settings.recipients_file)
    click.echo(f"demonstration: the keys in {shown(folder)} open the tips of this machine")


def _tell(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"{'' if problem.stops else 'note: '}{problem}", err=True)
