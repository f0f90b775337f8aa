"""The command line `openbureau`: which settings hold, and where each command is found."""

import atexit
import errno
import gc
import os
import shutil
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import click

from openbureau import config
from openbureau.spreadsheets.collecting import without_collecting


class Entry(NamedTuple):
    """Where a command is found, and what it does: the first sentence of its own help."""

    module: str
    summary: str


COMMANDS = {
    "bake": Entry(
        "openbureau.cli.bake",
        "Write the public site into FOLDER as plain files, with .gz and .br beside them.",
    ),
    "check": Entry(
        "openbureau.cli.publish",
        "Read all of content/ and report every problem, what each edition changed and what waits.",
    ),
    "due": Entry(
        "openbureau.cli.due",
        "Say which documents have waited for their minute, and end with status 0; with status 1 if none has.",
    ),
    "inspect": Entry(
        "openbureau.cli.inspect",
        "Every indicator of the inspections of government websites, for what is served now.",
    ),
    "keys": Entry("openbureau.cli.keys", "Who can read tips: the signed set of recipients."),
    "law": Entry(
        "openbureau.cli.law",
        "The rules of law that code and templates carry, as docs/law.md has them.",
    ),
    "publish": Entry("openbureau.cli.publish", "Build a publication of content/ and serve it from now on."),
    "registers": Entry("openbureau.cli.registers", "Registers (公开事项清单) of content/registers/."),
    "rollback": Entry("openbureau.cli.publish", "Serve the publication before the current one."),
    "search": Entry("openbureau.cli.search", "Full-text search."),
    "settings": Entry(
        "openbureau.cli.setup",
        "The settings that the environment may give, with defaults and meanings.",
    ),
    "setup": Entry(
        "openbureau.cli.setup",
        "Make what a first start needs and is missing: the tips database, the secret, the other keys.",
    ),
    "staff": Entry("openbureau.cli.staff", "Accounts of the desk."),
    "tips": Entry("openbureau.cli.tips", "What was reported."),
    "whitelist": Entry(
        "openbureau.cli.whitelist",
        "Whitelist workbooks (校外培训机构白名单) as the counties send them.",
    ),
}
"""Each command, which its module has under the same name."""


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
            command: click.Command = getattr(import_module(COMMANDS[cmd_name].module), cmd_name)
            return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by what stands here: their own help would import all of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])

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
