"""HTML inside Markdown: merged tables and a few marks are heeded, names in angle brackets are words.

Every other element of HTML is told with its line: its tags are not on the page.
"""

import re
from collections.abc import Iterator
from html import escape

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from openbureau.formats.markdown.remarks import add_remark, remark_here

MARKS = {
    **{name: name for name in ("sup", "sub", "strong", "em", "del")},
    **{"b": "strong", "i": "em", "s": "del"},
}
"""Elements inside a line that are heeded, and what they become."""

CELLS = ("th", "td", "caption")
ROWS = ("thead", "tbody", "tfoot", "tr")
TABLE = frozenset((*CELLS, *ROWS, "table", "col", "colgroup"))

SHOWING = frozenset(
    (
        *(
            "a",
            "img",
            "picture",
            "video",
            "audio",
            "source",
            "track",
            "iframe",
            "embed",
            "object",
            "svg",
            "math",
        ),
        *("canvas", "map", "area", "form", "input", "select", "option", "textarea", "button", "label"),
        *("script", "style", "link", "meta", "base", "frame", "frameset", "applet"),
    )
)
"""Elements that show or do something that is lost with their tags."""

WRAPPING = frozenset(
    (
        *("u", "p", "div", "span", "font", "center", "small", "big", "mark", "ins", "strike", "tt", "code"),
        *("kbd", "samp", "var", "cite", "q", "abbr", "acronym", "dfn", "time", "blockquote", "pre", "hr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "html", "head", "body"),
        *("title", "section", "article", "header", "footer", "nav", "aside", "main", "figure", "figcaption"),
        *("details", "summary", "address", "bdi", "bdo", "ruby", "rt", "rp", "wbr", "nobr", "marquee"),
    )
)
"""Elements whose words stay when their tags are left out; so do those of office programs, o:p and others."""

HTML_BREAK = "html"
"""What tells a break that is written <br> from the end of a line."""

MAX_TAG_CHARACTERS = 2_000
MAX_SPAN = 1_000

TAG = re.compile(
    rf"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*(?::[A-Za-z][A-Za-z0-9]*)?)(?=[\s/>])(?P<more>[^<>]{{0,{MAX_TAG_CHARACTERS}}})>"
)
"""A tag. What follows the name in a real one: <WPS表格> and <3 are none."""
_SPAN = re.compile(r"\b(rowspan|colspan|scope)\s*=\s*[\"']?([^\"'\s>]*)", re.IGNORECASE)
_SCOPES = ("row", "col", "rowgroup", "colgroup")
_TABLE_START, _TABLE_END = (
    re.compile(r"<table[\s>]", re.IGNORECASE),
    re.compile(r"</table\s*>", re.IGNORECASE),
)
_MEDIA = {"video", "audio", "iframe", "embed", "object", "source", "track"}


def html_plugin(parser: MarkdownIt) -> None:
    """Give a parser these rules for what begins with <."""
    around: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("table", "merged_table", _merged_table, around)
    parser.block.ruler.before("table", "comment", _comment, around)
    parser.inline.ruler.at("html_inline", _tag_or_comment)


def known(name: str) -> bool:
    """Whether a name in angle brackets is one of HTML, or of the HTML of office programs."""
    name = name.lower()
    return ":" in name or name == "br" or any(name in names for names in (MARKS, TABLE, SHOWING, WRAPPING))


def _tag_or_comment(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    if state.src.startswith("<!--", state.pos):
        return _inline_comment(state, silent)
    match = TAG.match(state.src, state.pos, state.posMax)
    if not match or not known(match["name"]):
        return False
    if not silent:
        _heed(state, match)
    state.pos = match.end()
    return True


def _heed(state: StateInline, match: re.Match[str]) -> None:
    name = match["name"].lower()
    if name == "br":
        state.push("hardbreak", "br", 0).info = HTML_BREAK
    elif name in MARKS:
        state.push("html_inline", "", 0).content = f"<{match['close']}{MARKS[name]}>"
    elif match["close"] and name in (SHOWING | TABLE):
        return  # its beginning is told
    elif name in _MEDIA:
        remark_here(state, f"<{name}>: films and sounds are not played here", "write [文字](网址)")
    elif name == "img":
        remark_here(state, "<img>: this picture is not shown", "write ![说明](文件夹/图片.png)")
    elif name == "a":
        remark_here(state, "<a>: this link is not one on the page", "write [文字](网址)")
    elif name in SHOWING:
        remark_here(state, f"<{name}> has no place in a text", "take it out", stops=False)
    elif name in TABLE:
        remark_here(state, f"<{name}> stands in no table", "begin a line with <table>, end it with </table>")
    else:
        if name in ("p", "div", "li") and not match["close"] and (state.tokens or state.pending):
            state.push("hardbreak", "br", 0).info = HTML_BREAK
        what = f"<{match['close']}{name}> is not heeded; the words in it are shown"
        remark_here(state, what, f"take it out; to show it as words write \\<{name}>", stops=False)


def _inline_comment(state: StateInline, silent: bool) -> bool:
    end = state.src.find("-->", state.pos + 4, state.posMax)
    if end < 0:
        return False
    if not silent:
        remark_here(state, "<!-- -->: this is not shown", "delete it if nobody needs it", stops=False)
    state.pos = end + 3
    return True


def _comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A comment of several lines, empty ones among them."""
    if not _line(state, start).startswith("<!--") or state.env.get("comment has no end", end) <= start:
        return False
    for number in range(start, end):
        _, mark, after = _line(state, number).partition("-->")
        if mark and after.strip():
            return False
        if mark:
            if not silent:
                mend = "delete it if nobody needs it"
                add_remark(state.env, start, "<!-- -->: this is not shown", mend, stops=False)
                state.line = number + 1
            return True
    state.env["comment has no end"] = start
    return False


def _merged_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if not _TABLE_START.match(_line(state, start)) or state.env.get("table has no end", end) <= start:
        return False
    for number in range(start, end):
        match = _TABLE_END.search(_line(state, number))
        if match and not silent:
            lines = [_line(state, each) for each in range(start, number)]
            last = _line(state, number)
            _push_table(state, "\n".join([*lines, last[: match.end()]]), start)
            _push_rest(state, last[match.end() :].strip(), number)
            state.line = number + 1
        if match:
            return True
    state.env["table has no end"] = start
    add_remark(state.env, start, "this table does not end", "write </table> behind it")
    return False


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _push_table(state: StateBlock, text: str, start: int) -> None:
    """The table as tokens: its tags, rebuilt with the attributes that are heeded, and words in its cells."""
    place, cell = 0, ""
    for match in TAG.finditer(text):
        name = match["name"].lower()
        if name not in TABLE:
            continue
        line = start + text.count("\n", 0, match.start())
        _push_words(state, text[place : match.start()], cell, start + text.count("\n", 0, place))
        place = match.end()
        if name in ("col", "colgroup"):
            continue
        if name == "table" and not match["close"] and match.start():
            add_remark(state.env, line, "a table stands in a table", "make two of them")
            continue
        if cell and (name in CELLS or match["close"] or name == "tr"):
            _push_tag(state, f"</{cell}>")
            cell = ""
        if name in CELLS:
            cell = "" if match["close"] else name
        if name not in CELLS or cell:
            attributes = "" if match["close"] else _attributes(state, match["more"], line)
            _push_tag(state, f"<{match['close']}{name}{attributes}>")
    for what in _uneven(text):
        add_remark(state.env, start, what, "correct rowspan and colspan, or add the cells", stops=False)


def _push_tag(state: StateBlock, tag: str) -> None:
    state.push("html_block", "", 0).content = tag


def _push_words(state: StateBlock, words: str, cell: str, line: int) -> None:
    if not words.strip():
        return
    if not cell:
        what = f"“{words.strip()[:20]}” stands in a table outside its cells"
        add_remark(state.env, line, what, "put it into <td> or <caption>")
    token = state.push("inline", "", 0)
    above = words[: len(words) - len(words.lstrip())].count("\n")
    token.content = "\n".join(" ".join(row.split()) for row in words.strip().split("\n"))
    token.map = [line + above, line + words.rstrip().count("\n") + 1]
    token.children = []


def _push_rest(state: StateBlock, words: str, line: int) -> None:
    """What follows a table in its last line is a paragraph."""
    if words:
        state.push("paragraph_open", "p", 1).map = [line, line + 1]
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = words, [line, line + 1], []
        state.push("paragraph_close", "p", -1)


def _attributes(state: StateBlock, more: str, line: int) -> str:
    written = ""
    for name, value in _SPAN.findall(more):
        is_right = value.lower() in _SCOPES if name.lower() == "scope" else _is_span(value)
        if is_right:
            written += f' {name.lower()}="{escape(value.lower())}"'
        else:
            add_remark(
                state.env,
                line,
                f"{name} is “{value[:20]}”",
                f"write a number from 1 to {MAX_SPAN}, or a scope",
            )
    return written


def _is_span(value: str) -> bool:
    return value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MAX_SPAN


def _uneven(text: str) -> Iterator[str]:
    """Rows that are wider or narrower than the first, with the cells that reach down into them."""
    widths: list[int] = []
    reaching: list[int] = []
    row: list[tuple[int, int]] | None = None
    for match in TAG.finditer(f"{text}<tr >"):
        name = match["name"].lower()
        if name == "tr" and row is not None:
            below = [rows for rows in reaching if rows]
            widths.append(len(below) + sum(columns for columns, _ in row))
            reaching = [rows - 1 for rows in below]
            reaching += [rows - 1 for columns, rows in row for _ in range(columns)]
            row = None
        if name == "tr" and not match["close"]:
            row = []
        elif name in ("td", "th") and not match["close"] and row is not None:
            spans = {
                key.lower(): int(value) for key, value in _SPAN.findall(match["more"]) if _is_span(value)
            }
            row.append((spans.get("colspan", 1), spans.get("rowspan", 1)))
    for number, width in enumerate(widths, 1):
        if width != widths[0]:
            yield f"row {number} of this table has {width} columns, the first {widths[0]}"
            return
