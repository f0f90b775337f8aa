"""What colours and lines through rows mean, where the list says so (标红的为停业)."""

import re
from collections.abc import Iterable, Mapping

from openbureau.chinese.folding import fold
from openbureau.library.whitelist.vocabulary import read_status

_MARKS = (
    ("red", "标红|红色|红字|红底|红体"),
    ("yellow", "标黄|黄色|黄底"),
    ("struck", "删除线|划掉|划线|划去"),
)
_LEGENDS = tuple(
    (
        mark,
        re.compile(
            rf"(?:{words})[字体底色填充标注示记部分单元格行的]*(?:培训)?(?:机构|学校|单位|者)?(?:的|均|均?为|表示|代表|指|是|:|=|-|即|系)+"
            r"(?P<meaning>[^,;。()]{2,16})"
        ),
    )
    for mark, words in _MARKS
)


def read_legend(texts: Iterable[str]) -> Mapping[str, str]:
    """The state that each mark (`spreadsheets.cell_styles`) stands for, by the notes of a sheet."""
    meanings: dict[str, str] = {}
    for text in texts:
        plain = fold(text)
        for mark, pattern in _LEGENDS:
            match = pattern.search(plain)
            if match and (status := read_status(match["meaning"])):
                meanings[mark] = status
    return meanings
