"""Content files as their authors write them: front matter with the line of every field, and Markdown."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml
from yaml.constructor import ConstructorError

from openbureau.clock import BEIJING, YEARS, start_of
from openbureau.formats.markdown import MarkdownLink, MarkdownPicture
from openbureau.library.problems import Problem

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

T = TypeVar("T")

_UNSEEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Control characters and lone surrogates: neither YAML nor a feed may hold them."""

MAX_FILE_BYTES = 4 * 2**20
"""The largest text: 500,000 characters in UTF-8, and twice that."""
MAX_FRONT_MATTER_CHARACTERS = 100_000
MAX_LEVELS = 20
"""Of lists and mappings inside each other; libyaml itself would go on until the process ends."""

_COMMENT = re.compile(r"\S.*?\s(#.*)")
"""A remark behind something; on a line of its own it loses nothing."""
_NO_COLON = re.compile(r"([A-Za-z_]{2,30})(?:[ \u3000]*：|:(?=[^\s/]))")
"""A field's name without the colon and blank that end it."""
_ODD_VALUE = re.compile(r"[ -]*([a-z_]+): +(\S.*?)\s*")
_LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")
_FENCE = re.compile(r"\n*---[ \t]*\n(?P<head>.*?\n|)---[ \t]*(?:\n|$)", re.DOTALL)
"""The fields between their two lines; blanks at their ends are not seen, and so are none."""

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _Loader(yaml.CSafeLoader):
    """YAML whose numbers stay as they are written: 1.10 is not 1.1, 010 not 8, and 12:30 not 750.

    Read by libyaml: of all that is done with a file, PyYAML's own reading would take longest.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 -- PyYAML's own name and form
        first: [pair for pair in pairs if pair[0] not in _NUMBERS]
        for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def day(self, node: yaml.ScalarNode) -> date:
        """A day or instant; PyYAML itself would not say on which line the impossible one stands."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError as error:
            raise ConstructorError(None, None, f"{node.value}: {error}", node.start_mark) from error

    def text(self, node: yaml.ScalarNode) -> str:
        """A text; a quoted one can spell characters that a file may not hold."""
        text = self.construct_yaml_str(node)
        if _UNSEEN.search(text):
            raise ConstructorError(None, None, "an invisible control character", node.start_mark)
        return text


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.day)
_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.text)


@dataclass
class ContentFile:
    """One `.md` file: its front matter fields, asked for one by one, and its Markdown.

    Every question about a field that is missing or wrong leaves a `Problem` with the field's line and
    answers an empty value, so that one reading reports all faults of the file.
    """

    path: str
    slug: str
    markdown: str = ""
    values: dict[str, object] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    markdown_line: int = 1
    problems: list[Problem] = field(default_factory=list)
    requested: set[str] = field(default_factory=set)
    links: Sequence[MarkdownLink] = ()
    pictures: Sequence[MarkdownPicture] = ()

    def fault(self, name: str, what: str, mend: str) -> None:
        """Report that the field `name` is wrong."""
        self.problems.append(Problem(self.path, str(self.lines.get(name, 1)), what, mend))

    def note(self, name: str, what: str, mend: str) -> None:
        """Report something about the field `name` that does not stop the publication."""
        line = str(self.lines.get(name, 1))
        self.problems.append(Problem(self.path, line, what, mend, stops=False))

    def fault_at(self, line: int, what: str, mend: str, *, stops: bool = True) -> None:
        """Report that a line of the file is wrong; once, however often it is found."""
        problem = Problem(self.path, str(line), what, mend, stops=stops)
        if problem not in self.problems:
            self.problems.append(problem)

    def text(self, name: str, *, required: bool = True, max_length: int = 400) -> str:
        """One line of text; empty when absent and not required."""
        value = self._value(name, required)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(name, f"{name} is not text", "write one line of text, in quotes when it is a day")
            return ""
        text = value.strip()
        if required and not text:
            self.fault(name, f"{name} is empty", "write one line of text")
        if len(text) > max_length:
            self.fault(name, f"{name} has {len(text)} characters", f"shorten it to {max_length}")
        return text

    def choice(self, name: str, among: Iterable[str], *, required: bool = True) -> str:
        """One value of a closed list; empty when absent and not required."""
        allowed = list(among)
        text = self.text(name, required=required)
        if text and text not in allowed:
            self.fault(name, f"{name} is “{text}”", f"use one of {'、'.join(allowed)}")
            return ""
        return text

    def items(self, name: str, among: Iterable[str] | None = None, *, required: bool = True) -> list[str]:
        """A list of short texts; a single text counts as a list of one."""
        value = self._value(name, required)
        if value is None:
            return []
        values = value if isinstance(value, list) else [value]
        texts = [item.strip() for item in values if isinstance(item, str)]
        if len(texts) < len(values):
            self.fault(name, f"{name} has a value that is not text", "write a list of short texts: [甲, 乙]")
        if required and not any(texts):
            self.fault(name, f"{name} is empty", "list at least one value")
        allowed = None if among is None else list(among)
        for text in texts:
            if allowed is not None and text not in allowed:
                self.fault(name, f"{name} has “{text}”", f"use one of {'、'.join(allowed)}")
        return texts

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A whole day, written `2024-05-31`."""
        value = self._value(name, required)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self.fault(name, f"{name} is not a day", "write it as 2024-05-31")
            return None
        return self._in_reach(name, value)

    def flag(self, name: str) -> bool:
        """`true` or `false`; false when absent."""
        value = self._value(name, required=False)
        if value is not None and not isinstance(value, bool):
            self.fault(name, f"{name} is “{value}”", "write true or false")
        return value is True

    def known_day(self, name: str, *, required: bool = True) -> str:
        """A day as far as it is known: `2024`, `2024-05` or `2024-05-31`; ISO text, so that it sorts."""
        value = self._value(name, required)
        if value is None:
            return ""
        if isinstance(value, date) and not isinstance(value, datetime):
            day = self._in_reach(name, value)
            return day.isoformat() if day else ""
        text = str(value)
        if not re.fullmatch(r"(19|20)\d\d(-(0[1-9]|1[0-2]))?", text):
            self.fault(name, f"{name} is “{text}”", "write 2024-05-31, or 2024-05 or 2024 when less is known")
            return ""
        return text

    def instant(self, name: str, *, required: bool = True) -> datetime | None:
        """An instant written in Beijing time, `2024-05-31 09:30`; answered in UTC."""
        value = self._value(name, required)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)
            except ValueError:
                value = None
        if isinstance(value, date) and not self._in_reach(name, value):
            return None
        if isinstance(value, datetime):
            value = value if value.tzinfo else value.replace(tzinfo=BEIJING)
        elif isinstance(value, date):
            value = start_of(value)
        if not isinstance(value, datetime):
            self.fault(name, f"{name} is not a day and time", "write it as 2024-05-31 09:30")
            return None
        return value.astimezone(UTC)

    def table(self, name: str, read: Callable[[dict[str, object]], T | None]) -> list[T]:
        """A list of mappings, each given to `read`, which answers None for a row that is not right."""
        value = self._value(name, required=False)
        if value is None:
            return []
        rows = value if isinstance(value, list) else [value]
        items = []
        for number, row in enumerate(rows, 1):
            made = read(row) if isinstance(row, dict) else None
            if made is None:
                self.fault(
                    name,
                    f"row {number} of {name} is not complete or not known",
                    "give it all its fields, and no others",
                )
            else:
                items.append(made)
        return items

    def finish(self) -> None:
        """Report the fields nobody asked for: a mistyped name must not vanish."""
        for name in self.values.keys() - self.requested:
            near = "、".join(sorted(self.requested))
            self.fault(name, f"unknown field {name}", f"known here: {near}")

    def _in_reach(self, name: str, day: date) -> date | None:
        if day.year in YEARS:
            return day
        self.fault(name, f"{name} is in the year {day.year}", f"write a year from {YEARS[0]} to {YEARS[-1]}")
        return None

    def _value(self, name: str, required: bool) -> object | None:
        self.requested.add(name)
        value = self.values.get(name)
        if value is None and required:
            self.fault(name, f"{name} is missing", f"add the field {name} to the front matter")
        return value


def read_file(path: Path, root: Path) -> ContentFile:
    """Read one content file; what is wrong with its frame is in its `problems`."""
    file = ContentFile(path.relative_to(root).as_posix(), path.stem)
    if not SLUG.fullmatch(path.stem):
        file.fault(
            "", f"the file name {path.name} cannot be a web address", "use a-z, 0-9 and single hyphens"
        )
    if (size := path.stat().st_size) > MAX_FILE_BYTES:
        mend = "divide it, or add the long part as a file"
        file.fault_at(1, f"the file has {size} bytes, more than {MAX_FILE_BYTES}", mend)
        return file
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        before = path.read_bytes()[: error.start]
        line = str(before.count(b"\n") + 1)
        file.problems.append(Problem(file.path, line, "this line is not UTF-8", "save the file as UTF-8"))
        return file
    # Editors of Windows begin a file with a BOM; office programs end lines with marks of their own.
    text = _LINE_END.sub("\n", text.removeprefix("\ufeff"))
    for number, line in enumerate(text.split("\n"), 1):
        if "\ufffd" in line:
            file.problems.append(
                Problem(
                    file.path, str(number), "a character was lost in conversion (U+FFFD)", "type it again"
                )
            )
        if _UNSEEN.search(line):
            file.problems.append(
                Problem(file.path, str(number), "an invisible control character", "delete it")
            )
    if not _UNSEEN.search(text):
        _front_matter(file, text)
    return file


def _front_matter(file: ContentFile, text: str) -> None:
    """Split the file into fields and Markdown, keeping the line of each field."""
    match = _FENCE.match(text)
    if not match:
        file.problems.append(
            Problem(file.path, "1", "no front matter", "begin with a line ---, the fields, and a line ---")
        )
        return
    head, above = match["head"], text.count("\n", 0, match.start("head")) + 1
    file.markdown = text[match.end() :]
    file.markdown_line = text.count("\n", 0, match.end()) + 1
    if len(head) > MAX_FRONT_MATTER_CHARACTERS:
        what = f"the front matter has {len(head)} characters, more than {MAX_FRONT_MATTER_CHARACTERS}"
        file.fault_at(1, what, "write long texts below it")
        return
    try:
        if tangle := _tangle(head):
            file.fault_at(tangle[0] + above, *tangle[1:])
            return
        loader = _Loader(head)
        node = loader.get_single_node()
        values = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        number = error.problem_mark.line if error.problem_mark else 1 - above
        lines = head.split("\n")
        # What a constructor refuses is a day or character that is impossible, in quotes, too.
        is_odd = not isinstance(error, ConstructorError) and 0 <= number < len(lines)
        mend = _in_quotes(lines[number]) if is_odd else "mend the line; put odd texts in quotes"
        line, what, mend = _fieldless(lines) or (number, f"YAML: {error.problem}", mend)
        file.fault_at(line + above, what, mend)
        return
    if not isinstance(node, yaml.MappingNode) or not isinstance(values, dict):
        none = 1 - above, "the front matter has no fields", "write `name: value` lines"
        line, what, mend = _fieldless(head.split("\n")) or none
        file.fault_at(line + above, what, mend)
        return
    for key, _ in node.value:
        if key.value in file.lines:
            file.fault(
                key.value, f"{key.value} is written twice", f"delete line {key.start_mark.line + above}"
            )
        file.lines.setdefault(key.value, key.start_mark.line + above)
    file.values = {str(name): value for name, value in values.items()}


def _tangle(head: str) -> tuple[int, str, str] | None:
    """Line counted from 0, fault and remedy of what is no plain YAML: reading it might never end."""
    level = 0
    marked: tuple[int, str, str] | None = None
    rest = head.split("\n")
    for event in yaml.parse(head, Loader=_Loader):
        line = event.start_mark.line if event.start_mark else 0
        if isinstance(event, yaml.ScalarEvent):
            _blank(rest, event.start_mark, event.end_mark)
        if isinstance(event, yaml.AliasEvent):
            return line, f"YAML: *{event.anchor} stands for what is written elsewhere", "write it out"
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and (event.anchor or event.tag):
            mark = f"&{event.anchor}" if event.anchor else event.tag
            what = f"YAML takes “{mark}” for a mark of its own: it is no part of the field"
            marked = marked or (line, what, "put the whole value in quotes")
        level += isinstance(event, yaml.CollectionStartEvent)
        level -= isinstance(event, yaml.CollectionEndEvent)
        if level > MAX_LEVELS:
            what = f"YAML: more than {MAX_LEVELS} lists or mappings inside each other"
            return line, what, "put the text in quotes, or take out levels"
    for line, remainder in enumerate(rest):
        if comment := _COMMENT.search(remainder):
            what = f"YAML takes “{comment[1].rstrip()[:40]}” for a remark: it is no part of the field"
            return line, what, "put the whole value in quotes, or the remark on a line of its own"
    return marked


def _fieldless(lines: list[str]) -> tuple[int, str, str] | None:
    """The first line, counted from 0, that begins a field without the colon and blank of one."""
    for number, line in enumerate(lines):
        if match := _NO_COLON.match(line):
            mend = f"write {match[1]}: with an English colon and a blank"
            return number, f"“{match[0]}” begins no field", mend
    return None


def _in_quotes(line: str) -> str:
    """How to mend a line that YAML does not understand."""
    match = _ODD_VALUE.fullmatch(line)
    if not match or re.match(r"\[[^\]]*$|[\[{].*[\]}]$", match[2]):
        return "mend the line; put odd texts in quotes"
    value = match[2][1:-1] if re.fullmatch(r"\".*\"|'.*'", match[2]) else match[2]
    return "put the whole value in quotes: {}: '{}'".format(match[1], value.replace("'", "''"))


def _blank(lines: list[str], start: Any, end: Any) -> None:
    """Take a scalar out of the lines of its YAML, so that only marks and remarks are left."""
    for number in range(start.line, min(end.line + 1, len(lines))):
        first = start.column if number == start.line else 0
        last = end.column if number == end.line else len(lines[number])
        lines[number] = lines[number][:first] + "x" * (last - first) + lines[number][last:]
