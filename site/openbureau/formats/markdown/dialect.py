"""The Markdown of this site: CommonMark with tables and footnotes, but for what loses words of papers.

What each mark means is written down for editors in docs/editors.md. Where CommonMark would take a character
away that clerks mean as such (four blanks, 3*4*5, {附}, a line of dashes), it stays.
"""

import re
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, heading, list_block, reference
from markdown_it.rules_block.fence import make_fence_rule
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from openbureau.formats.markdown.bounds import MAX_INLINE_STEPS, inline_steps, many_marks
from openbureau.formats.markdown.emphasis import emphasis_plugin
from openbureau.formats.markdown.html_tags import html_plugin
from openbureau.formats.markdown.layout import LIST_ITEM, layout_plugin
from openbureau.formats.markdown.remarks import REMARK, add_remark

ESCAPED = frozenset("*_`[]<>#!|&")
"""Marks that a backslash takes their meaning from, anywhere; before anything else it is a backslash."""
ESCAPED_FIRST = re.compile(r"\\(?:[-+>#]|(?<=[0-9]\\)\.)")

DEFINITION = re.compile(
    r" {0,3}\[(?P<label>[^\]\[^][^\]\[]*)\]:\s*<?(?P<address>(?:https?://|mailto:|tel:|/|\#|[\w./-]+\.[a-z]{2,4}\b)[^>\s]*)"
)
"""An address that a text names elsewhere by its label; [注]: 截至三月 is none."""
_PATH = re.compile(r"(?:(?<=[A-Za-z]:)|(?=\\\\[A-Za-z0-9]))\\[^\s，。；：、（）“”《》|<>]*")
"""A file's name in Windows, from its first backslash."""

MAX_NESTING = 100


@cache
def parser() -> MarkdownIt:
    """The parser, made once; texts do not change it."""
    made = MarkdownIt(
        "commonmark",
        {"breaks": True, "xhtmlOut": False, "store_labels": True, "maxNesting": MAX_NESTING},
    )
    made.enable("table").disable(["code", "lheading", "html_block"])
    blocks = made.block.ruler
    blocks.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    blocks.at("blockquote", _blockquote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    blocks.at("heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]})
    blocks.at("reference", _reference)
    fence = make_fence_rule(markers=("`",))
    blocks.at("fence", fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    made.inline.ruler.at("escape", _escape)
    made.use(footnote_plugin, inline=False)
    made.use(emphasis_plugin)
    made.use(html_plugin)
    made.core.ruler.before("inline", "bounded", _bounded)
    made.use(layout_plugin)
    made.core.ruler.before("footnote_tail", "footnote_uses", _footnote_uses)
    made.core.ruler.after("footnote_tail", "footnote_labels", _footnote_labels)
    # Addresses stay as they are written; which of them are heeded is decided when the page is cleaned.
    made.normalizeLink = str.strip  # type: ignore[method-assign, assignment]
    made.normalizeLinkText = str.strip  # type: ignore[method-assign, assignment]
    made.add_render_rule(REMARK, _nothing)
    made.add_render_rule("footnote_ref", _footnote_ref)
    made.add_render_rule("footnote_block_open", _footnote_block_open)
    made.add_render_rule("footnote_block_close", _footnote_block_close)
    made.add_render_rule("footnote_open", _footnote_open)
    made.add_render_rule("footnote_close", _footnote_block_close)
    made.add_render_rule("footnote_anchor", _footnote_anchor)
    return made


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return bool(LIST_ITEM.match(_line(state, start))) and list_block(state, start, end, silent)


def _blockquote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """>60分 is no quotation."""
    line = _line(state, start)
    return line[1:2] in ("", " ", "\t", ">") and blockquote(state, start, end, silent)


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Every word behind the marks belongs to the heading, a # at its end, too."""
    words = _line(state, start).lstrip("#").strip()
    if not words or not heading(state, start, end, silent):
        return False
    if not silent:
        state.tokens[-2].content = words
        opening, closing = state.tokens[-3], state.tokens[-1]
        level = int(opening.tag[1:])
        opening.tag = closing.tag = f"h{min(max(level, 2), 4)}"
        if opening.tag != f"h{level}":
            what = f"{'#' * level} is no level of headings here"
            add_remark(state.env, start, what, "write ##, ### or ####", stops=False)
    return True


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    match = DEFINITION.match(_line(state, start))
    if not match or not reference(state, start, end, silent):
        return False
    if silent:
        return True
    label = match["label"].strip()
    labels = state.env.setdefault("labels", {})
    if label in labels:
        add_remark(state.env, start, f"[{label}]: is written twice", "delete one of the two lines")
    labels.setdefault(label, start)
    return True


def _escape(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "\\":
        return False
    following = state.src[state.pos + 1 : state.pos + 2]
    if path := _PATH.match(state.src, state.pos, state.posMax):
        written, end = path[0], path.end()
    elif (following in ESCAPED and following) or (
        ESCAPED_FIRST.match(state.src, state.pos) and _is_first(state)
    ):
        written, end = following, state.pos + 2
    else:
        return False
    if not silent:
        token = state.push("text_special", "", 0)
        token.content, token.info = written, "escape"
        token.markup = state.src[state.pos : end]
    state.pos = end
    return True


def _is_first(state: StateInline) -> bool:
    """Whether nothing but the digits of a number stands before a mark in its line."""
    before = state.src[max(0, state.pos - 20) : state.pos].rpartition("\n")[2].strip()
    return not before or before.isdigit()


def _bounded(state: StateCore) -> None:
    """Raise TooIntricate for more marks than can be looked through."""
    steps = 0
    for token in state.tokens:
        if token.type == "inline":
            steps += inline_steps(token.content)
            if steps > MAX_INLINE_STEPS:
                raise many_marks(token.map[0] if token.map else 0, token.content)


def _footnote_uses(state: StateCore) -> None:
    """A footnote that nothing refers to would be lost, as would one of two with the same mark."""
    seen: set[str] = set()
    for token in state.tokens:
        if token.type != "footnote_reference_open" or not token.map:
            continue
        label = token.meta["label"]
        if label in seen:
            add_remark(
                state.env, token.map[0], f"[^{label}]: is written twice", "give each note a mark of its own"
            )
        elif state.env["footnotes"]["refs"][f":{label}"] < 0:
            what = f"nothing refers to the note [^{label}]"
            add_remark(state.env, token.map[0], what, f"write [^{label}] where it belongs")
        seen.add(label)


def _footnote_labels(state: StateCore) -> None:
    """A note begins with its mark as it is written: texts speak of 注3."""
    tokens: list[Token] = []
    for place, token in enumerate(state.tokens):
        tokens.append(token)
        if token.type != "footnote_open":
            continue
        words = Token("text", "", 0, content=f"[{token.meta['label']}] ")
        following = state.tokens[place + 1 : place + 3]
        if [other.type for other in following] == ["paragraph_open", "inline"]:
            following[1].children = [words, *(following[1].children or [])]
        else:
            mark = Token("inline", "", 0, content=words.content, children=[words])
            tokens += [Token("paragraph_open", "p", 1), mark, Token("paragraph_close", "p", -1)]
    state.tokens = tokens


def _nothing(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return ""


def _note(tokens: Any, place: int) -> tuple[str, str]:
    """The label of a note as part of an id, and which reference to it this is; empty for the first."""
    meta = tokens[place].meta
    label = re.sub(r"[^\w-]", "-", str(meta["label"]))
    return label, str(meta["subId"] + 1) if meta.get("subId") else ""


def _footnote_ref(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    label, again = _note(tokens, place)
    words = renderer.rules["text"](
        [Token("text", "", 0, content=f"[{tokens[place].meta['label']}]")], 0, options, env
    )
    return f'<sup id="fnref{again}:{label}"><a class="footnote-ref" href="#fn:{label}">{words}</a></sup>'


def _footnote_block_open(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return '<div class="footnote">\n<hr>\n'


def _footnote_block_close(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return "</div>\n"


def _footnote_open(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return f'<div id="fn:{_note(tokens, place)[0]}">\n'


def _footnote_anchor(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    label, again = _note(tokens, place)
    return f' <a class="footnote-backref" href="#fnref{again}:{label}" title="回到正文">↩</a>'
