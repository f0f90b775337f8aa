"""The commands that check the content, publish it and go back to what was published before."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from openbureau.clock import local_minute, today
from openbureau.config import Settings
from openbureau.demonstration.making import BadDemonstration, demonstrated
from openbureau.library.bureau import read_bureau
from openbureau.library.documents.waiting import Waiting
from openbureau.library.problems import Problem
from openbureau.library.reading_cache import ReadingCache
from openbureau.library.weighing.editions import EditionCounts
from openbureau.library.whitelist.escrow_accounts import AccountKey, BadKey, read_key
from openbureau.publishing.build import (
    KEEP,
    ContentMoved,
    NotWritten,
    PublicationRefused,
    builders_digest,
    by_place,
    examine,
)
from openbureau.publishing.build import publish as publish_content
from openbureau.publishing.publication import Damaged, Shelf, Unpublished


@click.command()
@click.pass_obj
def check(settings: Settings) -> None:
    """Read all of content/ and report every problem, what each edition changed and what waits."""
    shelf, readings = Shelf(settings.publications), _readings(settings)
    with _content(settings, readings) as content:
        library = examine(content, shelf, _account_key(settings), readings)
    _tell(by_place(library.problems))
    _print_editions(library.editions, library.sheets)
    if not library.is_sound:
        sys.exit(1)
    _print_waiting(library.waiting)
    click.echo("content is fit to be published")


@click.command()
@click.option(
    "--keep",
    type=click.IntRange(min=0),
    default=KEEP,
    show_default=True,
    help="How many earlier publications to keep.",
)
@click.pass_obj
def publish(settings: Settings, keep: int) -> None:
    """Build a publication of content/ and serve it from now on."""
    readings = _readings(settings)
    with _pinging_hub(settings), _content(settings, readings) as content:
        try:
            done = publish_content(
                content,
                Shelf(settings.publications),
                keep=keep,
                account_key=_account_key(settings),
                root=settings.url and settings.url + settings.url_prefix,
                readings=readings,
            )
        except PublicationRefused as refused:
            _tell(refused.problems)
            _print_editions(refused.editions)
            raise click.ClickException(
                "nothing was published; the publication served until now stays"
            ) from refused
        except ContentMoved as error:
            raise click.ClickException(str(error)) from error
        except NotWritten as error:
            raise click.ClickException(
                f"nothing was published; the publication served until now stays: {error}"
            ) from error
        _tell(done.notes)
        _print_editions(done.editions)
        _print_waiting(done.waiting)
        what = f"{done.records} records" if done.built else "no change"
        click.echo(f"published {done.id}: {what}")


@click.command()
@click.pass_obj
def rollback(settings: Settings) -> None:
    """Serve the publication before the current one."""
    with _pinging_hub(settings):
        try:
            click.echo(f"serving {Shelf(settings.publications).rollback()}")
        except (Damaged, Unpublished) as error:
            raise click.ClickException(str(error)) from error


@contextmanager
def _pinging_hub(settings: Settings) -> Iterator[None]:
    """Tell the hub that content/ names, if any, of what another publication than the one before changed."""
    bureau, _ = read_bureau(settings.content)
    if not bureau or not bureau.hub:
        yield
        return
    # The feeds stand on more than publishing does, and few sites have a hub.
    from openbureau.publishing.websub import changed_feeds, feed_contents, ping_hub

    before = feed_contents(Shelf(settings.publications), today())
    yield
    feeds = changed_feeds(before, feed_contents(Shelf(settings.publications), today()))
    root = settings.url and settings.url + settings.url_prefix
    click.echo(ping_hub(bureau.hub, root, feeds), err=True)


@contextmanager
def _content(settings: Settings, readings: ReadingCache) -> Iterator[Path]:
    """What is to be read: content/, or where that has a demonstration, the whole of it as of its day."""
    try:
        with demonstrated(
            settings.content, settings.instance, settings.demonstration_day or today(), readings
        ) as content:
            yield content
    except BadDemonstration as error:
        raise click.ClickException(str(error)) from error


def _readings(settings: Settings) -> ReadingCache:
    """What this release made of files before."""
    return ReadingCache(settings.readings, builders_digest())


def _account_key(settings: Settings) -> AccountKey | None:
    """The key of account numbers; one that is cut short would make digests that no other machine has."""
    file = settings.account_key_file
    try:
        return read_key(file)
    except BadKey as error:
        remedy = "delete it and run `openbureau setup`"
        raise click.ClickException(f"{os.path.relpath(file)}: {error}; {remedy}") from error
    except OSError as error:
        raise click.ClickException(f"{os.path.relpath(file)}: {error.strerror}") from error


def _print_editions(
    editions: Iterable[EditionCounts], sheets: Mapping[str, Sequence[object]] | None = None
) -> None:
    """Say what each edition of a list or register changed, and what the rows of its sheets are."""
    for counts in editions:
        click.echo(str(counts))
        for sheet in (sheets or {}).get(counts.file, ()):
            click.echo(f"  {sheet}")


def _print_waiting(waiting: Waiting) -> None:
    """Say which documents are published later, and when."""
    for file, until in sorted(waiting.items(), key=lambda item: (item[1], item[0])):
        click.echo(f"{file}: waits until {local_minute(until)}")


def _tell(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"{'' if problem.stops else 'note: '}{problem}", err=True)
