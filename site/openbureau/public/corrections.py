"""What a correction changed, as people read it: in words, too, and not by the look of it alone."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from openbureau.formats.text_diff import Piece
from openbureau.library.records import FieldChange

_SHOWN = {
    "=": Markup("{}"),
    "-": Markup('<del><span class="sr">［删去：</span>{}<span class="sr">］</span></del>'),
    "+": Markup('<ins><span class="sr">［改为：</span>{}<span class="sr">］</span></ins>'),
}
_ADDED = Markup('<ins><span class="sr">［增加：</span>{}<span class="sr">］</span></ins>')


def difference_html(pieces: Sequence[Piece]) -> Markup:
    """A passage with what was taken out and what was put in."""
    shown, before = Markup(""), ""
    for kind, text in pieces:
        form = _ADDED if kind == "+" and before != "-" else _SHOWN[kind]
        shown += form.format(text).replace("\n", Markup("<br>"))
        before = kind
    return shown


def changes_html(changes: Iterable[FieldChange]) -> Markup:
    """All that a correction changed, as a list of definitions."""
    parts = [
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(change["label"], difference_html(change["pieces"]))
        for change in changes
    ]
    return Markup('<dl class="differences">{}</dl>').format(Markup("").join(parts)) if parts else Markup("")
