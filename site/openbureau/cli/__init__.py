"""The command line `openbureau`: which settings hold, and where each command is found."""

import atexit
import gc
import os

import click

from openbureau import config
from openbureau.cli.whitelist import whitelist
from openbureau.spreadsheets.workbook import without_collecting


class _Commands(click.Group):
    """Finds a command in the module of its name, or in `site_commands`, when it is none of its own.

    These modules are imported when they are asked: they stand on the database, the search and the tips, a
    second and 60 MB, none of which a workbook needs to be read.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_ON_DEMAND, *_site().list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        # What is imported stays to the end: nothing of it is worth a search for cycles, then neither.
        atexit.register(gc.freeze)
        with without_collecting():
            if cmd_name in _ON_DEMAND:
                return _ON_DEMAND[cmd_name]()
            return super().get_command(ctx, cmd_name) or _site().get_command(ctx, cmd_name)


def _check() -> click.Command:
    from openbureau.cli.publish import check

    return check


def _publish() -> click.Command:
    from openbureau.cli.publish import publish

    return publish


def _rollback() -> click.Command:
    from openbureau.cli.publish import rollback

    return rollback


def _search() -> click.Command:
    from openbureau.cli.search import search

    return search


def _inspect() -> click.Command:
    from openbureau.cli.inspect import inspect

    return inspect


def _tips() -> click.Command:
    from openbureau.cli.tips import tips

    return tips


def _keys() -> click.Command:
    from openbureau.cli.keys import keys

    return keys


def _staff() -> click.Command:
    from openbureau.cli.staff import staff

    return staff


def _bake() -> click.Command:
    from openbureau.cli.bake import bake

    return bake


def _site() -> click.Group:
    from openbureau.cli.setup import site

    return site


_ON_DEMAND = {
    "check": _check,
    "publish": _publish,
    "rollback": _rollback,
    "bake": _bake,
    "search": _search,
    "inspect": _inspect,
    "tips": _tips,
    "keys": _keys,
    "staff": _staff,
}


@click.group(cls=_Commands)
@click.pass_context
def main(context: click.Context) -> None:
    """OpenBureau: publish the content of a bureau and handle what it is told."""
    try:
        context.obj = config.load(os.environ)
    except config.BadSetting as error:
        raise click.ClickException(str(error)) from error


main.add_command(whitelist)
