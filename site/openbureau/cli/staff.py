"""The commands that make and renew accounts of the desk."""

from typing import TextIO

import click
import segno

from openbureau import readiness
from openbureau.cli.console import operator, plain_errors, tips_session
from openbureau.clock import now
from openbureau.config import Settings
from openbureau.database import site_keys
from openbureau.database.site_keys import ForeignSecret
from openbureau.library.bureau import read_bureau
from openbureau.staff import Role, accounts, keyring, second_factor
from openbureau.staff.passwords import BadPassword

_plain_errors = plain_errors(
    accounts.BadName,
    accounts.CannotBeHead,
    accounts.NameTaken,
    accounts.UnknownMember,
    BadPassword,
    ForeignSecret,
    keyring.NoKey,
    keyring.WrongPassphrase,
)


@click.group()
def staff() -> None:
    """Accounts of the desk."""


@staff.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--unit", required=True, help="Their bureau: tips about it are not for them.")
@click.password_option(help="At least 12 characters; asked for when not given.")
@click.pass_obj
@_plain_errors
def add(settings: Settings, name: str, role: str, unit: str, password: str) -> None:
    """Make the account NAME, and show the secret of its second factor once."""
    bureau, _ = read_bureau(settings.content)
    if bureau and role == Role.HANDLER and unit not in bureau.units:
        click.echo(f"note: {unit} is no unit of site.toml: is it spelled as there?", err=True)
    wanted = next(option for option in Role if option.value == role)
    secret = _secret(settings)
    with tips_session(settings) as session:
        site_keys.require_secret(session, secret)
        shared = accounts.add_member(session, secret, name, password, wanted, unit, now(), operator())
    _show(settings, name, shared)
    if wanted in accounts.HOLDS_KEY:
        click.echo(f"{name} makes a key at the desk (密钥); then `openbureau keys add` names it a recipient")


@staff.command()
@click.argument("name")
@click.password_option()
@click.pass_obj
@_plain_errors
def renew(settings: Settings, name: str, password: str) -> None:
    """Give NAME a new password and second factor, and end its sessions."""
    secret = _secret(settings)
    with tips_session(settings) as session:
        site_keys.require_secret(session, secret)
        shared = accounts.renew(session, secret, name, password, now(), operator())
    _show(settings, name, shared)


@staff.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Open the account again.")
@click.pass_obj
@_plain_errors
def disable(settings: Settings, name: str, undo: bool) -> None:
    """Close the account NAME and end its sessions."""
    with tips_session(settings) as session:
        accounts.disable(session, name, now(), operator(), disabled=not undo)
    click.echo(f"{name} {'may log in again' if undo else 'may not log in any more'}")


@staff.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Take the duty away again.")
@click.pass_obj
@_plain_errors
def head(settings: Settings, name: str, undo: bool) -> None:
    """Make the handler NAME a head (负责人), who approves more time for a case."""
    with tips_session(settings) as session:
        accounts.appoint(session, name, now(), operator(), is_head=not undo)
    click.echo(f"{name} {'approves nothing any more' if undo else 'approves more time for a case'}")


@staff.command("list")
@click.pass_obj
def list_accounts(settings: Settings) -> None:
    """Every account: name, role, unit, whether it is closed, its key; a head has 负责人 after the role."""
    with tips_session(settings) as session:
        for member in accounts.list_members(session):
            key = member.public_key or "-"
            state = "停用" if member.is_disabled else "启用"
            role = f"{member.role.label}、负责人" if member.is_head else member.role.label
            click.echo(f"{member.name}\t{role}\t{member.unit}\t{state}\t{key}")


@staff.command("recover-key")
@click.argument("name")
@click.option("--recovery", type=click.File(encoding="utf-8"), required=True, help="The recovery key's file.")
@click.password_option("--passphrase", help="The key's new passphrase; asked for when not given.")
@click.pass_obj
@_plain_errors
def recover_key(settings: Settings, name: str, recovery: TextIO, passphrase: str) -> None:
    """Give the key of NAME a new passphrase, with the recovery key from the safe."""
    with tips_session(settings) as session:
        keyring.recover(session, name, recovery.read(), passphrase, now(), operator())
    click.echo(f"the key of {name} has a new passphrase")


def _show(settings: Settings, name: str, shared: str) -> None:
    bureau, _ = read_bureau(settings.content)
    url = second_factor.otpauth_url(shared, name, bureau.site_name if bureau else "OpenBureau")
    click.echo("second factor, shown only now; scan it with an authenticator or type the secret:")
    segno.make(url, error="l").terminal(compact=True)
    click.echo(f"secret: {shared}")


def _secret(settings: Settings) -> bytes:
    try:
        return readiness.read_secret(settings)
    except readiness.NotReady as error:
        raise click.ClickException(f"no secret: {error}") from error
