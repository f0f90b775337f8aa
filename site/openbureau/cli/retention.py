"""The commands of retention: what is due, destroying what two agreed on at the desk, and giving room back."""

import click

from openbureau.cli.console import operator, plain_errors, tips_session
from openbureau.clock import now, today
from openbureau.config import Settings
from openbureau.database import audit_log
from openbureau.database.compaction import compact as compact_database
from openbureau.library.bureau import read_bureau
from openbureau.library.house_rules import HouseRules
from openbureau.tips.casework import retention
from openbureau.tips.casework.access import NotNow
from openbureau.tips.casework.stages import UnknownTip, get
from openbureau.tips.model import DestructionReason, Stage

_plain_errors = plain_errors(NotNow, UnknownTip)


@click.command()
@click.pass_obj
def due(settings: Settings) -> None:
    """Every tip whose time is over: number, day of its end, day since when, reason, and what it waits for."""
    bureau, _ = read_bureau(settings.content)
    periods = (bureau.house if bureau else HouseRules()).retention
    with tips_session(settings) as session:
        for tip in retention.list_kept(session):
            expiry = retention.expiry(tip, periods)
            if expiry is None or expiry.due_on > today():
                continue
            waits = "到期"
            if tip.hold is not None:
                waits = f"暂缓：{tip.hold.label}"
            elif tip.destruction is not None:
                waits = "已批准" if tip.destruction.approved_by else "等待批准"
            click.echo(f"{tip.number}\t{expiry.ended_on}\t{expiry.due_on}\t{expiry.reason.label}\t{waits}")


@click.command()
@click.argument("numbers", type=int, nargs=-1, required=True)
@click.option("--reason", type=click.Choice([reason.value for reason in DestructionReason]), required=True)
@click.pass_obj
@_plain_errors
def destroy(settings: Settings, numbers: tuple[int, ...], reason: str) -> None:
    """Destroy tips NUMBERS for the REASON that two members of the desk agreed on: one proposed it there, and
    another, a head, approved. Nobody can do it with this command alone."""
    with tips_session(settings) as session:
        for number in numbers:
            tip = get(session, number)
            if tip.stage is Stage.DESTROYED:
                click.echo(f"{number}\t已于{tip.destroyed_on}销毁")
                continue
            if tip.destruction is not None and tip.destruction.reason.value != reason:
                agreed = tip.destruction.reason.value
                raise click.ClickException(f"tip {number}: they agreed on --reason {agreed}, not {reason}")
            gone = retention.destroy(session, number, now(), today(), operator(), audit_log.SYSTEM)
            click.echo(f"{number}\t已销毁{'' if len(gone) == 1 else f'，连同并入的{len(gone) - 1}条'}")
    click.echo("`openbureau tips compact` gives the room back to the disk", err=True)


@click.command()
@click.pass_obj
def compact(settings: Settings) -> None:
    """Give the room of what was destroyed back to the disk, and leave none of its old bytes in the files.

    It needs as much room as the database has, for as long as it takes, and nobody can write meanwhile.
    """
    before, after = compact_database(settings.database_url)
    click.echo(f"the tips database takes {after} bytes, before {before}")


COMMANDS = (due, destroy, compact)
"""For the group `tips`."""
