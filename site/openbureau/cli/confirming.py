"""Confirm that what an edition of a list or register no longer has is rightly gone."""

from collections.abc import Sequence
from pathlib import Path

import click

from openbureau.clock import today
from openbureau.config import Settings
from openbureau.library.bureau import Bureau, read_bureau
from openbureau.library.weighing.confirmation import write_confirmation
from openbureau.library.weighing.editions import Removal


def bureau_of(settings: Settings) -> Bureau:
    """The bureau of content/; fails with every problem of site.toml."""
    bureau, problems = read_bureau(settings.content)
    if bureau is None:
        raise click.ClickException("\n".join(map(str, problems)))
    return bureau


def confirm(settings: Settings, folder: str, file: Path, removals: Sequence[Removal]) -> None:
    """Show what the edition in `file` no longer has, and write that it is confirmed.

    `file` is a path, or one below the `folder` of content/.
    """
    home = settings.content / folder
    paths = {path.resolve() for path in (file, home / file, settings.content / file)}
    chosen = [removal for removal in removals if removal.path.resolve() in paths]
    if not chosen:
        known = "、".join(removal.file.partition("/")[2] for removal in removals)
        raise click.ClickException(f"{file}：不是 {home} 里读得出的一期；有：{known}")
    (removal,) = chosen
    for line in removal.lines:
        click.echo(line)
    if removal.county_name:
        click.echo(f"各行都属于{removal.county}，文件名是{removal.area}的名单")
    if not removal.needs_word:
        click.echo(f"{removal.file}：移出{len(removal.lines)}{removal.unit}，不用确认")
        return
    path = write_confirmation(removal.path, removal.confirmation, removal.command)
    relative = path.relative_to(settings.content).as_posix()
    click.echo(f"{removal.file}：已确认移出{len(removal.lines)}{removal.unit}（{today()}），写在 {relative}")
