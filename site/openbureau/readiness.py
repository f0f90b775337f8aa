"""Readiness of the form and of the desk: one place decides, and whoever asks gets its answer.

Health and metrics tell what is decided here, and the doors close by it.
"""

import shutil

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from openbureau.config import Settings
from openbureau.database import check_writable, reading, site_keys
from openbureau.database.site_keys import ForeignSecret
from openbureau.library.bureau import Bureau
from openbureau.recipients import load_recipients
from openbureau.tips import signing_keys
from openbureau.tips.receipt_codes import MIN_SECRET_BYTES
from openbureau.tips.sealing import NoRecipients, signing
from openbureau.tips.sealing.recipients import RecipientSet


class NotReady(Exception):
    """Something cannot do its work; the message is for operators, and names no address of a database."""


def require_tips(engine: Engine, settings: Settings, bureau: Bureau) -> RecipientSet:
    """Recipients of a tip or opinion that can be taken now. Raises NotReady."""
    _require_database(engine)
    return require_form(engine, settings, bureau)


def require_form(engine: Engine, settings: Settings, bureau: Bureau) -> RecipientSet:
    """The same for the pages before anything is stored: a database that does not answer just now may do so
    until they are filled in, and what was typed is kept until it does. Raises NotReady."""
    require_secret(engine, settings)
    require_room(settings)
    try:
        return load_recipients(settings, bureau)
    except NoRecipients as error:
        raise NotReady(f"there is no signed set of recipients to seal tips to: {error}") from error


def require_desk(engine: Engine, settings: Settings) -> None:
    """Nothing, when staff can log in. Raises NotReady."""
    _require_database(engine)
    require_secret(engine, settings)


def require_secret(engine: Engine, settings: Settings) -> bytes:
    """The site's secret, whole and the one that the database was written with. Raises NotReady.

    When the database does not answer, nothing is compared.
    """
    secret = read_secret(settings)
    try:
        with reading(engine) as session:
            site_keys.require_secret(session, secret)
    except ForeignSecret as error:
        raise NotReady(str(error)) from error
    except (SQLAlchemyError, OSError):
        pass
    return secret


def read_secret(settings: Settings) -> bytes:
    """The site's secret, whole. Raises NotReady."""
    name = settings.secret_file.name
    try:
        secret = settings.secret_file.read_bytes()
    except OSError as error:
        raise NotReady(f"{name}: {error.strerror}; restore it, or run `openbureau setup` at first") from error
    if len(secret) < MIN_SECRET_BYTES:
        raise NotReady(f"{name} has {len(secret)} bytes, it is cut short: restore it from its backup")
    return secret


def signing_problem(engine: Engine, settings: Settings) -> str:
    """What keeps receipts and heads of the log from being signed; empty when nothing does. Tips are taken
    nevertheless: the code is what a submitter needs."""
    try:
        with reading(engine) as session:
            signing_key(session, settings)
    except signing.BadSigningKey as error:
        return str(error)
    except (SQLAlchemyError, OSError):
        pass
    return ""


def signing_key(session: Session, settings: Settings) -> bytes:
    """The site's private signing key, the one that the database is signed with. Raises BadSigningKey."""
    private = signing.read_key(settings.signing_key_file)
    expected = site_keys.in_force(session, site_keys.SIGNING)
    if expected not in (None, signing.public_key(private)):
        raise signing.BadSigningKey(
            f"{settings.signing_key_file.name} is not the one that this database is signed with: restore it"
        )
    return private


def public_keys(session: Session, settings: Settings) -> list[str]:
    """The public keys by which receipts and heads of the log are checked, the present one first: those that
    the database knows, else that of this machine. Raises BadSigningKey."""
    return signing_keys.public_keys(session)[::-1] or [
        signing.public_key(signing.read_key(settings.signing_key_file))
    ]


def _require_database(engine: Engine) -> None:
    try:
        check_writable(engine, "tip")
    except (SQLAlchemyError, OSError) as error:
        # The driver's words may hold the address of the database, and in it a password.
        raise NotReady(f"the tips database cannot be written ({type(error).__name__})") from error


def require_room(settings: Settings, incoming_bytes: int = 0) -> None:
    """Nothing, when the reserve of the disk stays free after so many bytes more. Raises NotReady."""
    try:
        disk = shutil.disk_usage(settings.tips_folder)
    except OSError:
        # The database itself will say what is wrong, once there is something to store, and nothing is lost.
        return
    reserve = max(settings.reserve_mb * 1_000_000, disk.total * settings.reserve_percent // 100)
    if disk.free - incoming_bytes < reserve:
        raise NotReady(
            f"{disk.free} bytes are free on the disk of the tips database, "
            f"{incoming_bytes} may be coming in, {reserve} must stay so"
        )
