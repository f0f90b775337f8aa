"""The command line `openbureau`: which settings hold, and where each command is found."""

import atexit
import errno
import gc
import os
import shutil
from importlib import import_module
from pathlib import Path

import click

from openbureau import config
from openbureau.spreadsheets.workbook import without_collecting

COMMANDS = {
    "bake": "openbureau.cli.bake",
    "check": "openbureau.cli.publish",
    "due": "openbureau.cli.due",
    "inspect": "openbureau.cli.inspect",
    "keys": "openbureau.cli.keys",
    "law": "openbureau.cli.law",
    "publish": "openbureau.cli.publish",
    "registers": "openbureau.cli.registers",
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

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. What disk or system refuse is told in words: it is no fault of the program."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # whoever was to read it has gone: click ends quietly
            raise click.ClickException(_what_failed(error)) from error


def _what_failed(error: OSError) -> str:
    """What was refused and where, with the room that is left where there may be none."""
    file = error.filename
    words = f"{file}: {error.strerror}" if file else str(error)
    folder = Path(os.fsdecode(file)).parent if isinstance(file, (str, bytes)) else None
    if folder and folder.is_dir() and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        words += f"; {folder} has {shutil.disk_usage(folder).free} bytes free"
    return words


@click.group(cls=_Commands)
@click.pass_context
def main(context: click.Context) -> None:
    """OpenBureau: publish the content of a bureau and handle what it is told."""
    try:
        context.obj = config.load(os.environ)
    except config.BadSetting as error:
        raise click.ClickException(str(error)) from error
