"""The commands that publish, keep keys, handle tips and make accounts of the desk."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path

import click
from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from openbureau import config, staff
from openbureau.database import ENGINE_OPTIONS, Model, guard_sqlite
from openbureau.library.accounts import KEY_BYTES, AccountKey, BadKey, read_key
from openbureau.library.bureau import read_bureau
from openbureau.library.files import BEIJING
from openbureau.library.problems import Problem
from openbureau.news import changed_feeds, tell_hub, told_of
from openbureau.publication import Damaged, Shelf, Unpublished
from openbureau.publish import KEEP, ContentMoved, Refused
from openbureau.publish import check as check_content
from openbureau.publish import publish as publish_content
from openbureau.tips import handling, sealing
from openbureau.tips.model import Stage

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
    bureau, _ = read_bureau(settings.content)
    shelf, day = Shelf(settings.publications), datetime.now(UTC).astimezone(BEIJING).date()
    before = told_of(shelf, day) if bureau and bureau.hub else frozenset()
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
    if bureau and bureau.hub:
        root = settings.url and settings.url + settings.url_prefix
        click.echo(tell_hub(bureau.hub, root, changed_feeds(before, told_of(shelf, day))), err=True)


@site.command()
@click.pass_obj
def rollback(settings: config.Settings) -> None:
    """Serve the publication before the current one."""
    try:
        click.echo(f"serving {Shelf(settings.publications).rollback()}")
    except (Damaged, Unpublished) as error:
        raise click.ClickException(str(error)) from error


@site.command()
@click.pass_obj
def setup(settings: config.Settings) -> None:
    """Make what a first start needs and is missing: the secret, the account key and the tips database."""
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    # One that was given to a group (deploy/systemd: setgid) stays as it is.
    if not settings.instance.stat().st_mode & stat.S_ISGID:
        settings.instance.chmod(0o700)
    for file, size in ((settings.secret_file, SECRET_BYTES), (settings.account_key_file, KEY_BYTES)):
        if not file.exists():
            _write_private(file, os.urandom(size))
            click.echo(f"made {_shown(file)}")
    with _session(settings) as session:
        Model.metadata.create_all(session.get_bind())
    if settings.recipients_file.exists():
        return
    bureau, _ = read_bureau(settings.content)
    if bureau and bureau.demo:
        private = settings.instance / "demo-private.key"
        _create_keys(settings, private)
        click.echo(
            f"demonstration: {_shown(private)} opens the tips of this machine; real tips need `keys create`"
        )
    else:
        click.echo("the tip-off form is closed until `openbureau keys create` has made a key pair")


@site.group()
def keys() -> None:
    """The keys to which tips are sealed."""


@keys.command("create")
@click.argument("private", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def create_keys(settings: config.Settings, private: Path) -> None:
    """Make a key pair: the private half into the new file PRIVATE, the public half for the server.

    Take PRIVATE off the server and keep it in two safe places: without it no tip can ever be read.
    """
    if private.exists():
        raise click.ClickException(f"{private} exists; a key is never written over another")
    public = _create_keys(settings, private)
    click.echo(f"public key {public} added to {_shown(settings.recipients_file)}")
    click.echo(f"private key in {private}: move it off this machine, keep it in two safe places")


@site.group()
def tips() -> None:
    """What was reported."""


@tips.command("list")
@click.pass_obj
def list_tips(settings: config.Settings) -> None:
    """Every tip: number, day received, stage, day of the stage, named or anonymous."""
    with _session(settings) as session:
        for tip in handling.list_tips(session):
            named = "实名" if tip.identity else "匿名"
            click.echo(f"{tip.number}\t{tip.received_on}\t{tip.stage.label}\t{tip.stage_on}\t{named}")


def _told_plainly(command: Callable[..., None]) -> Callable[..., None]:
    """What the tips room refuses is an answer to the clerk, not a fault of the program."""

    @wraps(command)
    def told(*args: object, **kwargs: object) -> None:
        try:
            command(*args, **kwargs)
        except (handling.UnknownTip, handling.ImpossibleMove, sealing.CannotOpen) as error:
            raise click.ClickException(str(error.args[0])) from error

    return told


@tips.command()
@click.argument("number", type=int)
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.pass_obj
@_told_plainly
def read(settings: config.Settings, number: int, key: Path) -> None:
    """Open tip NUMBER with the private key in the file KEY and print it."""
    with _session(settings) as session:
        opened = handling.read(session, number, key.read_text(encoding="utf-8", errors="replace"))
    for heading, document in (("事实", opened.body), ("身份", opened.identity or {})):
        click.echo(f"[{heading}]")
        for name, value in document.items():
            # Indented, so that no line of a story can pass for a heading of this printout.
            click.echo(f"{name}: {value}".replace("\n", "\n    "))


@tips.command()
@click.argument("number", type=int)
@click.argument("stage", type=click.Choice([stage.label for stage in Stage]))
@click.pass_obj
@_told_plainly
def move(settings: config.Settings, number: int, stage: str) -> None:
    """Bring tip NUMBER to the next STAGE; its submitter sees it with the receipt code."""
    wanted = next(each for each in Stage if each.label == stage)
    today = datetime.now(UTC).astimezone(BEIJING).date()
    with _session(settings) as session:
        moved = handling.move(session, number, wanted, today)
        click.echo(f"{moved.number}\t{moved.stage.label}")


@site.group(name="staff")
def staff_group() -> None:
    """Accounts of the desk."""


@staff_group.command("add")
@click.argument("name")
@click.password_option(help="At least 12 characters; asked for when not given.")
@click.pass_obj
def add_member(settings: config.Settings, name: str, password: str) -> None:
    """Make the account NAME."""
    with _session(settings) as session:
        try:
            staff.add_member(session, name, password)
        except (staff.BadName, staff.BadPassword, staff.NameTaken) as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{name} may log in to the desk")


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
        raise click.ClickException(f"{_shown(file)}: {error}; {remedy}") from error
    except OSError as error:
        raise click.ClickException(f"{_shown(file)}: {error.strerror}") from error


def _create_keys(settings: config.Settings, private: Path) -> str:
    """Write a fresh pair, the private half first: a public key without it would swallow tips."""
    pair = sealing.create_keys()
    _write_private(private, f"{pair.private}\n".encode())
    settings.recipients_file.parent.mkdir(parents=True, exist_ok=True)
    with settings.recipients_file.open("a+", encoding="utf-8") as file:
        file.seek(0)
        # A file edited by hand may lack its last line break, and two keys on one line are none.
        glue = "" if file.read()[-1:] in ("", "\n") else "\n"
        file.write(f"{glue}{pair.public}\n")
    return pair.public


@contextmanager
def _session(settings: config.Settings) -> Iterator[Session]:
    engine = create_engine(settings.database_url, **ENGINE_OPTIONS)
    guard_sqlite(engine)
    try:
        with Session(engine) as session:
            yield session
    except DatabaseError as error:
        # Only the driver's words: the statement and its values are nobody's business.
        raise click.ClickException(
            f"the tips database does not answer ({error.orig}); `openbureau setup` makes a missing one"
        ) from error
    finally:
        engine.dispose()


def _tell(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"{'' if problem.stops else 'note: '}{problem}", err=True)


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, and that did not exist."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.ClickException(f"{_shown(path)} cannot be made: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _shown(path: Path) -> str:
    return os.path.relpath(path)
