"""The commands of the key ceremony, offline all but `install`, `show` and `rewrap`: see docs/handlers.md."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click
import segno

from openbureau.cli.console import operator, plain_errors, shown, tips_session, write_private
from openbureau.clock import now, today
from openbureau.config import Settings
from openbureau.database import audit_log
from openbureau.library.bureau import Bureau, read_bureau
from openbureau.recipients import load_recipients, signer
from openbureau.staff import accounts, keyring
from openbureau.tips import sealing
from openbureau.tips.casework import rewrapping
from openbureau.tips.sealing import recipients, signing
from openbureau.tips.sealing.recipients import UNIT_OTHER, Duty, Recipient, RecipientSet

SET = "recipients.json"
SIGNED_BY = "signed-by.txt"
SIGNING = "signing.key"

_plain_errors = plain_errors(
    sealing.NoRecipients, sealing.CannotOpen, signing.BadSigningKey, accounts.UnknownMember
)
_DUTIES = [Duty.HANDLER.value, Duty.CUSTODIAN.value, Duty.INDEPENDENT.value]
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def keys() -> None:
    """Who can read tips: the signed set of recipients."""


@keys.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--receiver", required=True, help="The unit that receives tips; one about it goes past its handlers."
)
@click.option("--independent", help="Public key of the independent recipient; a pair is made without it.")
@click.pass_obj
@_plain_errors
def init(settings: Settings, folder: Path, receiver: str, independent: str | None) -> None:
    """Begin on a machine without a network: the keys of FOLDER, and a first signed set.

    recovery.key opens everything and belongs into a safe, on paper and on a stick; signing.key signs sets and
    belongs to whoever decides about readers; independent.key goes to the independent recipient.
    """
    bureau = _bureau(settings)
    if receiver not in bureau.units:
        raise click.ClickException(f"{receiver} is none of the units of site.toml: {', '.join(bureau.units)}")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    private = signing.create_key()
    write_private(folder / SIGNING, private)
    members = [Recipient("recovery", Duty.RECOVERY, "", _pair(folder / "recovery.key"))]
    own = independent or _pair(folder / "independent.key")
    members.append(Recipient("independent", Duty.INDEPENDENT, "", own))
    public = signing.public_key(private)
    (folder / SIGNED_BY).write_text(f"{public}\n", encoding="utf-8")
    _write(settings, folder, RecipientSet(1, today(), receiver, tuple(members)))
    click.echo(f'signed_by = "{public}"   # into [tip_off] of content/site.toml')


@keys.command()
@click.argument("folder", type=_FOLDER)
@click.argument("name")
@click.option(
    "--duty",
    type=click.Choice([Duty.HANDLER.value, Duty.CUSTODIAN.value, Duty.INDEPENDENT.value]),
    required=True,
)
@click.option("--unit", default="", help="Their bureau; empty only for the independent recipient.")
@click.option("--key", "public", required=True, help="The public key shown at the desk (age1…).")
@click.pass_obj
@_plain_errors
def add(settings: Settings, folder: Path, name: str, duty: str, unit: str, public: str) -> None:
    """Name the account NAME a recipient, in a new version of the set in FOLDER."""
    present = _read(settings, folder)
    wanted = next(option for option in Duty if option.value == duty)
    if wanted is not Duty.INDEPENDENT and unit not in _bureau(settings).units:
        raise click.ClickException(f"--unit {unit}: write it as in site.toml, so that tips about it pass by")
    others = tuple(recipient for recipient in present.recipients if recipient.name != name)
    member = Recipient(name, wanted, unit, public)
    _write(settings, folder, _next(present, (*others, member)))


@keys.command()
@click.argument("folder", type=_FOLDER)
@click.argument("name")
@click.pass_obj
@_plain_errors
def remove(settings: Settings, folder: Path, name: str) -> None:
    """Take NAME out, in a new version of the set in FOLDER; then `install` it and `rewrap` open tips."""
    present = _read(settings, folder)
    others = tuple(recipient for recipient in present.recipients if recipient.name != name)
    if len(others) == len(present.recipients):
        raise click.ClickException(
            f"{name} is no recipient; see `openbureau keys show {shown(folder / SET)}`"
        )
    _write(settings, folder, _next(present, others))


@keys.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--signed-by", help="The public key it must be signed with; the site's own without it.")
@click.pass_obj
@_plain_errors
def show(settings: Settings, file: Path | None, signed_by: str | None) -> None:
    """Check the set in FILE, or the one of this site, and print who can read what."""
    bureau = _bureau(settings)
    public = signed_by or signer(settings, bureau)
    shown_set = recipients.load_set(file or settings.recipients_file, public, _units(bureau))
    click.echo(f"version {shown_set.version} of {shown_set.made_on}, receiver {shown_set.receiver}")
    click.echo(f"signed by {public}\nfingerprint {signing.fingerprint(public)}")
    for recipient in shown_set.recipients:
        click.echo(f"{recipient.name}\t{recipient.duty.label}\t{recipient.unit or '-'}\t{recipient.key}")
    for unit in bureau.units:
        readers = "、".join(recipient.name for recipient in shown_set.of_body(unit))
        click.echo(f"反映{unit}：{readers}")


@keys.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
@_plain_errors
def install(settings: Settings, file: Path) -> None:
    """Seal new tips to the signed set in FILE from now on. An older version is refused."""
    bureau = _bureau(settings)
    public = signer(settings, bureau)
    units = _units(bureau)
    new = recipients.load_set(file, public, units)
    target = settings.recipients_file
    if target.exists():
        present = recipients.load_set(target, public, units)
        if new.version <= present.version:
            raise click.ClickException(
                f"version {new.version} is not newer than the present {present.version}: somebody who was "
                "taken out could come back this way"
            )
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.write_bytes(file.read_bytes())
    with (
        tips_session(settings) as session,
        audit_log.change(session, audit_log.minute(now()), operator()) as change,
    ):
        change.log("recipients", f"recipients/{new.version}", readers=len(new.recipients))
        fresh.replace(target)
    click.echo(
        f"tips are sealed to version {new.version} from now on; `openbureau keys rewrap` for open ones"
    )


@keys.command()
@click.option("--key", "file", type=click.File(encoding="utf-8"), required=True, help="A private key.")
@click.option("--again", is_flag=True, help="Also what is sealed to the present set already.")
@click.pass_obj
@_plain_errors
def rewrap(settings: Settings, file: TextIO, again: bool) -> None:
    """Seal every tip and opinion, closed ones too, anew for the present set. The recovery key opens all.

    Whoever left can then open nothing that lies in the database. What they have read stays read, and backups
    made before open with their key until they are deleted. When the recovery key itself was replaced, give
    the old one: the keys of the accounts are sealed for the new one as well.
    """
    bureau = _bureau(settings)
    present = load_recipients(settings, bureau)
    private = file.read()
    recovery = next(member.key for member in present.recipients if member.duty is Duty.RECOVERY)
    with tips_session(settings) as session:
        done = rewrapping.rewrap(session, present, private, now(), operator(), again=again)
        accounts_done, accounts_closed = keyring.rewrap_recovery(
            session, private, recovery, now(), operator()
        )
    click.echo(
        f"sealed anew: {len(done.done)} tips, {len(done.opinions_done)} opinions, "
        f"{len(accounts_done)} keys of accounts"
    )
    problems = [
        f"this key does not open {what} {'、'.join(map(str, closed))}"
        for what, closed in (
            ("tips", done.closed_to_key),
            ("the identity of tips", done.identity_left),
            ("opinions", done.opinions_closed_to_key),
        )
        if closed
    ]
    if accounts_closed and sealing.public_half(private.strip()) == recovery:
        names = "、".join(accounts_closed)
        problems.append(f"an earlier recovery key is still needed for the keys of the accounts {names}")
    if problems:
        raise click.ClickException("; ".join(problems))


@keys.command()
@click.option("--key", "file", type=click.File(encoding="utf-8"), required=True, help="The key to try.")
@click.pass_obj
@_plain_errors
def drill(settings: Settings, file: TextIO) -> None:
    """Seal a random text to the set and open it with a key: does the envelope in the safe still work?"""
    bureau = _bureau(settings)
    present = load_recipients(settings, bureau)
    sample = secrets.token_bytes(32)
    private = file.read()
    if sealing.open_sealed(recipients.sealer_for(present.recipients).seal(sample), private) != sample:
        raise click.ClickException("the key opened something else than was sealed")
    public = sealing.public_half(private.strip())
    whose = next(recipient for recipient in present.recipients if recipient.key == public)
    click.echo(f"works: {whose.name} ({whose.duty.label})")


@keys.command()
@click.argument("key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path))
@_plain_errors
def sheet(key: Path, picture: Path) -> None:
    """Draw the private key in KEY as a QR code into PICTURE (.svg), to be printed for the safe."""
    text = key.read_text(encoding="utf-8").strip()
    segno.make(text, error="q").save(str(picture), kind="svg", scale=6, title=key.stem)
    click.echo(f"{shown(picture)} holds the secret: print it twice, then delete it")
    click.echo(text)


def _pair(file: Path) -> str:
    """Make a pair, the private half into `file`; the public one is the answer."""
    pair = sealing.create_keys()
    write_private(file, f"{pair.private}\n".encode())
    return pair.public


def _read(settings: Settings, folder: Path) -> RecipientSet:
    public = signing.public_key(signing.read_key(folder / SIGNING))
    return recipients.load_set(folder / SET, public, _units(_bureau(settings)))


def _write(settings: Settings, folder: Path, made: RecipientSet) -> None:
    if problems := made.problems(_units(_bureau(settings))):
        raise click.ClickException("；".join(problems))
    recipients.sealer_for(made.recipients)
    recipients.write_set(folder / SET, made, signing.read_key(folder / SIGNING))
    click.echo(f"version {made.version} in {shown(folder / SET)}: `openbureau keys install` it on the server")


def _next(present: RecipientSet, members: tuple[Recipient, ...]) -> RecipientSet:
    return replace(present, version=present.version + 1, made_on=today(), recipients=members)


def _bureau(settings: Settings) -> Bureau:
    bureau, problems = read_bureau(settings.content)
    if bureau is None:
        raise click.ClickException("\n".join(str(problem) for problem in problems))
    return bureau


def _units(bureau: Bureau) -> tuple[str, ...]:
    return *bureau.units, UNIT_OTHER
