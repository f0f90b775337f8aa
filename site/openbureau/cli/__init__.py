"""The command line `openbureau`: which settings hold, and where each command is found."""

import atexit
import gc
import os
from importlib import import_module

import click

from openbureau import config
from openbureau.spreadsheets.workbook import without_collecting

COMMANDS = {
    "bake": "openbureau.cli.bake",
    "check": "openbureau.cli.publish",
    "inspect": "openbureau.cli.inspect",
    "keys": "openbureau.cli.keys",
    "law": "openbureau.cli.law",
    "publish": "openbureau.cli.publish",
    "rollback": "openbureau.cli.publish",
    "search": "openbureau.cli.search",
    "settings": "openbureau.cli.setup",
    "setup": "openbureau.cli.setup",
    "staff": "openbureau.cli.staff",
    "tips": "openbureau.cli.tips",
    "whitelist": "openbureau.cli.whitelist",
}
"""Each command and the module that has it under the same name."""


class _Commands(click.Group):
    """Imports a command when it is asked for.

    Most stand on the database, the search and the tips, a second and 60 MB, none of which a workbook needs to
    be read.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # What is imported stays to the end: nothing of it is worth a search for cycles, then neither.
        atexit.register(gc.freeze)
        with without_collecting():
            command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
            return command


@click.group(cls=_Commands)
@click.pass_context
def main(context: click.Context) -> None:
    """OpenBureau: publish the content of a bureau and handle what it is told."""
    try:
        context.obj = config.load(os.environ)
    except config.BadSetting as error:
        raise click.ClickException(str(error)) from error
