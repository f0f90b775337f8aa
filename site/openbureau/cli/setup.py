"""The commands that make what a site needs and tell what can be set."""

import os
import shutil
import stat

import click
from sqlalchemy.exc import DatabaseError

from openbureau import config
from openbureau.cli.console import operator, shown, tips_session, write_private
from openbureau.cli.key_files import settle_secret, settle_signing_key
from openbureau.clock import now, today
from openbureau.database import audit_log
from openbureau.database.schema import ForeignTables, upgrade
from openbureau.library.bureau import Bureau, read_bureau
from openbureau.library.whitelist.escrow_accounts import KEY_BYTES
from openbureau.tips import sealing
from openbureau.tips.sealing import signing
from openbureau.tips.sealing.recipients import Duty, Recipient, RecipientSet, write_set

SECRET_BYTES = 32


@click.command()
@click.option("--new-secret", is_flag=True, help="In place of a secret.key that is lost for good.")
@click.option("--new-signing-key", is_flag=True, help="In place of a signing.key that is lost for good.")
@click.pass_obj
def setup(settings: config.Settings, new_secret: bool, new_signing_key: bool) -> None:
    """Make what a first start needs and is missing: the tips database, the secret, the other keys.

    A secret or signing key that was there before is never replaced in silence.
    """
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One that was given to a group (deploy/systemd: setgid) stays as it is.
    if not settings.instance.stat().st_mode & stat.S_ISGID:
        settings.instance.chmod(0o700)
    if not settings.account_key_file.exists():
        write_private(settings.account_key_file, os.urandom(KEY_BYTES))
        click.echo(f"made {shown(settings.account_key_file)}")
    try:
        upgrade(settings.database_url)
    except (ForeignTables, DatabaseError) as error:
        raise click.ClickException(f"the tips database cannot be set up: {error}") from error
    with tips_session(settings) as session:
        if adopted := audit_log.adopt(session, now(), operator()):
            click.echo(f"the log answers for {adopted} accounts from now on, as they are now")
        settle_secret(session, settings, SECRET_BYTES, is_new=new_secret)
        settle_signing_key(session, settings, is_new=new_signing_key)
    if settings.recipients_file.exists():
        return
    bureau, _ = read_bureau(settings.content)
    if bureau and bureau.demo:
        _create_demo_set(settings, bureau)
    else:
        click.echo("the tip-off form is closed until there is a signed set of recipients: `openbureau keys`")


@click.command()
def settings() -> None:
    """The settings that the environment may give, with defaults and meanings."""
    for setting in config.SETTINGS:
        click.echo(f"{config.PREFIX}{setting.name}={setting.default}\n    {setting.meaning}")


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
    made = RecipientSet(1, today(), bureau.units[0], tuple(members))
    settings.recipients_signer_file.write_text(f"{signing.public_key(signer)}\n", encoding="utf-8")
    # As the ceremony leaves it, so that `keys add` and `keys install` can be tried on it.
    write_set(folder / settings.recipients_file.name, made, signer)
    shutil.copy(folder / settings.recipients_file.name, settings.recipients_file)
    click.echo(f"demonstration: the keys in {shown(folder)} open the tips of this machine")
