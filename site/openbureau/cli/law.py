"""The command that prints the rules of law that code and templates carry: `docs/law.md` is made of it."""

from collections.abc import Sequence

import click

from openbureau.law import RULES, STATUTES, Ground

_HEAD = """# The rules of law in code and templates

Made by `openbureau law` from `openbureau/law.py`: change the tables there, then
`openbureau law > docs/law.md`. A number that stands in code or in a template comes from here, from
`[clocks]` of `content/site.toml`, or from a setting; tests compare them.
"""

_GROUNDS = {
    Ground.READ: "the words of the article were read (LawRefBook/Laws, 2f4c5c2 of 2025-04-19, or STARD)",
    Ground.DIGEST: "only public digests could be had, not the text",
    Ground.PRESS: "press or a reprint",
    Ground.TABLE: "the table that one inspection worked with; the paper itself could not be had",
    Ground.UNCONFIRMED: "nothing was found that confirms it: a warning, on which nobody should rely",
}


@click.command()
def law() -> None:
    """The rules of law that code and templates carry, as docs/law.md has them."""
    click.echo(as_markdown(), nl=False)


def as_markdown() -> str:
    """The acts, the rules and their grounds as Markdown tables."""
    acts = [(key, act.name, act.number, act.version, act.in_force, act.note) for key, act in STATUTES.items()]
    rules = [
        (
            rule.key,
            rule.act,
            rule.article,
            "" if rule.number is None else str(rule),
            rule.unit.value,
            rule.meaning,
            rule.ground.value,
        )
        for rule in RULES.values()
    ]
    grounds = [(ground.value, _GROUNDS[ground]) for ground in Ground]
    return "\n".join(
        (
            _HEAD,
            "## Acts\n",
            _table(("act", "name", "number", "version of", "in force since", "note"), acts),
            "## Rules\n",
            _table(("key", "act", "article", "number", "unit", "what follows", "ground"), rules),
            "## Grounds\n",
            _table(("ground", "what was checked"), grounds),
        )
    )


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
