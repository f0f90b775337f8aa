"""The files of the site's own keys: made once, compared with what the database was written with, and never
replaced in silence."""

import os
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy.orm import Session

from openbureau import readiness
from openbureau.cli.console import operator, shown, write_private
from openbureau.clock import now, today
from openbureau.config import Settings
from openbureau.database import site_keys
from openbureau.staff import second_factor
from openbureau.staff.accounts import StaffMember, list_members
from openbureau.tips import log_heads, signing_keys
from openbureau.tips.model import Tip
from openbureau.tips.opinions import Opinion
from openbureau.tips.sealing import signing

WHAT_GOES_WITH_IT = """A new secret takes the place of the one that is lost. With it is lost for good:
- every receipt code given so far ({tips} tips): whoever has one finds nothing any more
- the second factor of all {accounts} accounts: each needs `openbureau staff renew NAME`
- forms that are open now have to be filled in again
What tips say is not lost: they are sealed to the keys of their recipients."""

WHAT_STAYS_CHECKED = """A new key signs receipts and heads of the log from now on. Earlier ones are still
checked, with the earlier public key, which this database keeps: leave kept log-heads.txt as they are."""


def settle_secret(session: Session, settings: Settings, size: int, *, is_new: bool) -> None:
    """Make the secret of a new site, of `size` bytes, or make sure that it is the one that this database was
    written with."""
    file, present = settings.secret_file, site_keys.in_force(session, site_keys.SECRET)
    tips, accounts = session.query(Tip).count(), session.query(StaffMember).count()
    is_needed = present is not None or tips or accounts or session.query(Opinion).count()
    session.rollback()
    if not file.exists():
        if is_needed and not is_new:
            raise _refusal(file, "is missing, and this database was written with it", "--new-secret")
        if is_new:
            click.echo(WHAT_GOES_WITH_IT.format(tips=tips, accounts=accounts))
        _make(file, size, lambda secret: _note_secret(session, secret, present))
        return
    _refuse_second(file, is_new)
    try:
        secret = readiness.read_secret(settings)
    except readiness.NotReady as error:
        raise _refusal(file, f"is no whole secret ({error})", "--new-secret") from error
    if present is None:
        if not _opens_second_factors(session, secret):
            raise _refusal(file, "opens no second factor of this database", "--new-secret")
        _note_secret(session, secret, None)
    elif present != site_keys.fingerprint(secret):
        raise _refusal(file, "is not the one that this database was written with", "--new-secret")


def settle_signing_key(session: Session, settings: Settings, *, is_new: bool) -> None:
    """Make the signing key of a new site, or make sure that it is the one that signed what is there."""
    file, present = settings.signing_key_file, site_keys.in_force(session, site_keys.SIGNING)
    heads = log_heads.list_heads(session)
    session.expunge_all()
    session.rollback()
    if not file.exists():
        if (present is not None or heads) and not is_new:
            raise _refusal(file, "is missing, and this database was signed with it", "--new-signing-key")
        if is_new:
            click.echo(WHAT_STAYS_CHECKED)
        _make(file, signing.KEY_BYTES, lambda private: _note_signing_key(session, private))
        return
    _refuse_second(file, is_new)
    try:
        private = signing.read_key(file)
        public = signing.public_key(private)
        if present is None and heads:
            heads[0].check(public)
    except (signing.BadSigningKey, signing.BadSignature) as error:
        raise _refusal(file, f"did not sign what is stored ({error})", "--new-signing-key") from error
    if present is None:
        _note_signing_key(session, private)
    elif present != public:
        raise _refusal(file, "is not the one that this database is signed with", "--new-signing-key")


def _make(file: Path, size: int, note: Callable[[bytes], None]) -> None:
    key = os.urandom(size)
    write_private(file, key)
    try:
        note(key)
    except BaseException as error:
        # Of two machines that begin at once the second has to get the key of the first.
        file.unlink()
        if isinstance(error, site_keys.AlreadyKnown):
            raise click.ClickException(str(error)) from error
        raise
    click.echo(f"made {shown(file)}")


def _note_secret(session: Session, secret: bytes, replacing: str | None) -> None:
    known_by = site_keys.fingerprint(secret)
    site_keys.note(session, site_keys.SECRET, known_by, today(), now(), operator(), replacing=replacing)


def _note_signing_key(session: Session, private: bytes) -> None:
    signing_keys.note(session, private, today(), now(), operator())


def _opens_second_factors(session: Session, secret: bytes) -> bool:
    """Whether a secret opens one of them, or there is none to try."""
    members = list_members(session)
    session.expunge_all()
    session.rollback()
    for member in members:
        try:
            second_factor.decrypt(secret, member.name, member.totp)
        except second_factor.WrongSecret:
            continue
        return True
    return not members


def _refuse_second(file: Path, is_new: bool) -> None:
    if is_new:
        raise click.ClickException(
            f"{shown(file)} is there: nothing is thrown away; move it aside first, if it is really of no use"
        )


def _refusal(file: Path, what: str, option: str) -> click.ClickException:
    return click.ClickException(
        f"{shown(file)} {what}: restore it from the backup of the keys, or copy it from another machine of "
        "this site. Until then what needs it is closed. If it is lost for good: "
        f"`openbureau setup {option}` says what is lost with it, and makes a new one."
    )
