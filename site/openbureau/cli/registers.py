"""The commands for the editions of registers before they are published."""

from pathlib import Path

import click

from openbureau.cli.confirming import confirm as confirm_removal
from openbureau.clock import today
from openbureau.config import Settings
from openbureau.library.registers import FOLDER, read_registers


@click.group()
def registers() -> None:
    """Registers (公开事项清单) of content/registers/."""


@registers.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def confirm(settings: Settings, file: Path) -> None:
    """Show which entries the edition FILE no longer has, and confirm that they are rightly gone.

    FILE is a path, or the name of a register and its edition: penalties/2024-12-31.csv. What is confirmed
    stands in a file beside the edition, which is content: other entries that go have to be confirmed again.
    """
    confirm_removal(settings, FOLDER, file, read_registers(settings.content, on=today()).removals)
