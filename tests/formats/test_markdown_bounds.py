"""Markdown that would keep the publisher busy is refused with its line; texts of real length are rendered."""

import resource
import subprocess
import sys
from itertools import permutations

import pytest

from openbureau.config import ROOT
from openbureau.formats.markdown import TooIntricate, to_html

CHARACTERS = 200_000
MAX_SECONDS = 120
"""Of the processor, for all together: one that took time as the square of its length would take more."""

MARKS = (
    "[ ] * _ ` ![ < > ( ) [a]( [a][ **a a** *a _a ***a `` & &# <a </ <!-- <? <![CDATA[ \\ [^1] [^a ![a]( "
    "[a]{ { {: | [[ ]] [] []("
)
UNITS = [
    *MARKS.split(),
    *("".join(pair) for pair in permutations(["[", "*", "_", "`", "<", "![", "{"], 2)),
    *(
        f"{mark} "
        for mark in (">", "-", "*", "_", "1.", "> -", "[a]:", "`` `", "# a {:", "{: a=b", "[x](/y)")
    ),
    *(
        f"{mark}\n"
        for mark in (
            "a",
            "#",
            "# a",
            "=",
            "a\n=",
            "a\n-",
            "---",
            "-",
            ">",
            "[",
            "|",
            "a|b",
            "<br>",
            "<!--",
            "```",
        )
    ),
    *(
        "<a b='",
        '<a href="',
        '[](a "',
        "[a](b 'c ",
        "[a]: /b 'c",
        "<http://a",
        "<a@b",
        "[^1]: a\n    b\n",
        "[a]: /b\n",
    ),
    *(
        "<div>\n",
        "<p>\n\n",
        "a\n\n",
        "    ",
        "\t",
        " ",
        "\n",
        "a|a\n-|-\n|",
        "*a **b",
        "[x](y)*",
        "<a>[",
        "a {",
        "# a {",
    ),
]
SHAPES = [
    "'[' * (n // 2) + ']' * (n // 2)",
    "'[' * (n // 2) + '](a)' * (n // 8)",
    "'[a](' + '(' * (n // 2) + ')' * (n // 2)",
    "'*a ' * (n // 6) + 'b*' * (n // 4)",
    "'*' * (n // 2) + 'a' + '*' * (n // 2)",
    "' '.join('`' * i for i in range(1, int((2 * n) ** 0.5)))",
    "''.join('    ' * i + '- a\\n' for i in range(int((n / 2) ** 0.5)))",
    "'\\n'.join('>' * i + ' a' for i in range(1, int((2 * n) ** 0.5)))",
    "'> ' * (n // 4) + '- ' * (n // 4) + 'a'",
    "''.join(f'[^{i}]' for i in range(n // 12)) + ''.join(f'\\n\\n[^{i}]: a' for i in range(n // 12))",
    "'<div>' * (n // 11) + '</div>' * (n // 11)",
    "'# a' + ' ' * n + 'b'",
    "'# a {: ' + 'a=b ' * (n // 4)",
    "'a {' * (n // 3) + '\\n==='",
    "'a' + ' ' * n + 'b\\n==='",
    "'x | y\\n-|-\\n' + 'a {' * (n // 3) + ' | b'",
    "'x | y\\n-|-\\na' + ' ' * n + 'b | c'",
    "'- a' + ' ' * n + 'b'",
    "'|a' * (n // 4) + '\\n' + '|-' * (n // 4)",
    "'<http:' + 'a' * n",
    "'<' + 'a@' * (n // 2)",
    "'[' + 'a' * n + ']: b'",
]

RENDER = """
import sys
from openbureau.formats.markdown import TooIntricate, to_html
from openbureau.formats.markdown.comparison import missing_words
for text in eval(sys.stdin.read()):
    try:
        missing_words(text, to_html(text))
    except TooIntricate:
        pass
"""


def rendered_in_time(texts: str) -> None:
    """Render the texts, which a Python expression makes, in a process that ends after MAX_SECONDS."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))

    subprocess.run(
        [sys.executable, "-c", RENDER],
        input=texts,
        text=True,
        check=True,
        preexec_fn=bound,
        env={"PYTHONPATH": str(ROOT / "site")},
    )


def test_no_mark_that_is_repeated_keeps_the_renderer_busy() -> None:
    rendered_in_time(f"((unit * {CHARACTERS})[:{CHARACTERS}] for unit in {UNITS!r})")


def test_no_nest_and_no_long_line_keeps_the_renderer_busy() -> None:
    rendered_in_time(f"(lambda n: [{', '.join(SHAPES)}])({CHARACTERS})")


ORDINARY = "，".join(
    [
        "第{0}条　各县（市、区）教育局应当在**十个工作日**以内",
        "按照[有关规定](/policies/a/)办理",
        "并且*书面*告知",
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(f"## {number}\n\n{ORDINARY.format(number) * 3}" for number in range(1, 301)),
        "| 名称 | 地址 |\n|---|---|\n" + "| 某某培训中心 | [清城区](/whitelist/)某路*1*号 |\n" * 2_000,
        "\n".join(f"- {ORDINARY.format(number)}" for number in range(1, 1_001)),
        f"{ORDINARY * 20}\n## 二\n\n---\n",
    ],
    ids=["a policy", "a table", "a list", "one long paragraph"],
)
def test_a_text_of_real_length_is_rendered(text: str) -> None:
    assert len(text.encode()) > 2_000
    assert "</" in to_html(text)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f"一\n\n二\n\n{'[' * 20_000}\n\n三", 4, "20000 of \\ ` * _ [ ] ! < > & { in 20000 characters"),
        (f"一\n\n{'*' * 2_000}a{'*' * 2_000}", 2, "too many marks"),
        (f"一\n\n{'> ' * 30}二", 2, "30 quotations or lists inside each other, more than 20"),
        (f"一\n{'# a' * 400}", 1, "1200 characters in a heading, more than 1000"),
        ("# a\n" * 1_001, 1_000, "1001 headings and rules, more than 1000"),
        ("".join(f"[^{number}]: a\n" for number in range(501)), 500, "501 footnotes, more than 500"),
        ("中" * 500_001, 0, "500001 characters"),
    ],
)
def test_what_is_refused_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(TooIntricate) as refusal:
        to_html(text)
    assert refusal.value.line == line
    assert words in refusal.value.what


def test_after_a_refusal_the_next_text_is_rendered_as_ever() -> None:
    for bomb in ("[" * 20_000, "- a\n" * 3 + "*" * 2_000 + "a" + "*" * 2_000):
        with pytest.raises(TooIntricate):
            to_html(bomb)
        assert to_html("甲\n\n- 乙") == "<p>甲</p>\n<ul>\n<li>乙</li>\n</ul>"
