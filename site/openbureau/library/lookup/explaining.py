"""What may stand around a brand in what people type or say: places, kinds, subjects, branches, small talk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from openbureau.chinese.pinyin import sound
from openbureau.library.lookup.names import BRANCHES, is_kind
from openbureau.library.lookup.subjects import SPOKEN, TAUGHT_AT
from openbureau.library.lookup.telling import ListWords, subject_of

Role = Literal["county", "misheard", "place", "kind", "subject", "branch", "common", "talk", "unknown"]

_TALK = """
叫什么来着 叫什么名字 叫什么名 叫什么 是什么 什么来着 来着 名字叫 名字 名叫 叫做 叫作 有一家叫 有一个叫
有家叫 有个叫 有个 有家 有一家 有一个 那一家 那个 那家 那间 这个 这家 这间 一个 一家 一间 我们家 我家
我们 咱们 附近的 附近 旁边 隔壁 楼下 对面 小区 门口 边上 那边 这边 好像是 好像 大概 应该 可能 请问
想问一下 想问 问一下 问问 帮我查 帮忙查 查一下 查查 我想查 想查 想找 找一下 我要找 有没有 是不是 在不在
靠不靠谱 靠谱吗 靠谱 正规吗 正规 正不正规 合法吗 合法 有证吗 有证 有资质吗 资质 名单里 名单上 白名单
怎么样 好不好 行不行 可以吗 孩子 小孩 小朋友 儿子 女儿 娃娃 报了名 报名 报了 报的 上课 上的 学的 去的
开的 教的 里面 的那个 的那家 一下 地址 电话 在哪里 在哪 哪里 呢个 嗰间 嗰个 喺边 喺度 俾我 幼儿 青少年
少儿 儿童 兴趣 补习 老师 专门 专业 连锁 品牌 新开的 新开
"""
_PARTICLES = "的了吗呢吧啊呀嘛哦嗯在有叫是那这里个家我去报上学教打踢弹跳练找查间所啦咯"
_SAFE_BEFORE, _SAFE_BEHIND = "的叫是在", "的了吗呢吧啊呀嘛哦"
"""Particles that may touch a brand; any other one may be a character of the brand itself."""
_MAX_WORD_CHARACTERS = 8
_MAX_BRANCH_CHARACTERS = 7

_COST: Mapping[Role, float] = {
    "county": 0,
    "misheard": 0.1,
    "place": 0.01,
    "kind": 0.01,
    "subject": 0,
    "branch": 0.2,
    "common": 0,
    "talk": 0.02,
    "unknown": 1,
}
_PARTICLE_COST = 0.15
_LETTER_COST = 0.05
"""Of each character of a branch's name: the shortest is meant."""


@dataclass(slots=True)
class Explained:
    """How a part of a text is explained, with what it tells; `unknown` counts characters nothing explains.

    `is_loose` says that a particle stands where it may as well belong to the brand.
    """

    unknown: int = 0
    counties: set[str] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    is_misheard: bool = False
    is_branch: bool = False
    is_loose: bool = False

    def __add__(self, other: "Explained") -> "Explained":
        return Explained(
            self.unknown + other.unknown,
            self.counties | other.counties,
            self.subjects | other.subjects,
            self.is_misheard or other.is_misheard,
            self.is_branch or other.is_branch,
            self.is_loose or other.is_loose,
        )


class Explainer:
    """Knows the words around brands; `counties` are the stems by every name, `city` the names of the city."""

    def __init__(self, words: ListWords, counties: Mapping[str, str], city: Iterable[str]) -> None:
        roles: dict[str, tuple[Role, str]] = dict.fromkeys(_TALK.split(), ("talk", ""))
        roles |= {word: ("subject", subject_of(subject)) for word, subject in SPOKEN.items()}
        roles |= {word: ("subject", subject_of(word)) for word in words.subjects}
        roles |= dict.fromkeys(words.common, ("common", ""))
        roles |= {name: ("place", "") for name in city if name}
        roles |= {name: ("county", stem) for name, stem in counties.items()}
        self._roles = roles
        # By sound alone, for those with two characters and more; 清城 is heard where 青城 stands.
        self._heard: dict[str, tuple[Role, str]] = {sound(word): ("misheard", "") for word in words.common}
        self._heard |= {sound(name): ("misheard", stem) for name, stem in counties.items()}

    def around(self, text: str) -> "Around":
        """What explains the text, to be asked of the part before and behind each brand in it."""
        return Around(self, text)

    def words_at(self, text: str, start: int) -> Iterator[tuple[int, float, Role, str]]:
        """The words that begin here: where each ends, what it costs, its role and what it tells."""
        yield start + 1, 1, "unknown", ""
        if text[start] in _PARTICLES:
            yield start + 1, _PARTICLE_COST, "talk", "particle"
        for end in range(start + 1, min(start + _MAX_WORD_CHARACTERS, len(text)) + 1):
            word = text[start:end]
            if is_kind(word):
                yield end, _COST["kind"], "kind", TAUGHT_AT.get(word, "")
            elif found := self._roles.get(word) or (2 <= len(word) <= 4 and self._heard.get(sound(word))):
                yield end, _COST[found[0]], *found
            if 2 <= len(word) <= _MAX_BRANCH_CHARACTERS and word.endswith(BRANCHES):
                yield end, _COST["branch"] + _LETTER_COST * len(word), "branch", ""


class Around:
    """One text, and how what stands before and behind a part of it is explained."""

    def __init__(self, explainer: Explainer, text: str) -> None:
        self._text = text
        size = len(text)
        words = [list(explainer.words_at(text, start)) for start in range(size)]
        self._before: list[tuple[float, Explained]] = [(0, Explained())]
        arriving: list[list[tuple[int, float, Role, str]]] = [[] for _ in range(size + 1)]
        for start, beginning in enumerate(words):
            for end, cost, role, tells in beginning:
                arriving[end].append((start, cost, role, tells))
        for end in range(1, size + 1):
            start, cost, role, tells = min(
                arriving[end], key=lambda word: (self._before[word[0]][0] + word[1], word[0])
            )
            is_loose = tells == "particle" and text[start] not in _SAFE_BEFORE
            so_far = self._before[start]
            now = so_far[1] + _told(role, tells)
            now.is_loose = is_loose
            self._before.append((so_far[0] + cost, now))
        self._behind: list[tuple[float, Explained]] = [(0, Explained())] * (size + 1)
        for start in range(size - 1, -1, -1):
            end, cost, role, tells = min(
                words[start], key=lambda word: (self._behind[word[0]][0] + word[1], -word[0])
            )
            rest = self._behind[end]
            now = _told(role, tells) + rest[1]
            now.is_loose = tells == "particle" and text[start] not in _SAFE_BEHIND
            self._behind[start] = (rest[0] + cost, now)

    def part(self, start: int, end: int) -> tuple[float, Explained]:
        """What it costs to explain all but the part from `start` to `end`, and what that tells."""
        before, behind = self._before[start], self._behind[end]
        return before[0] + behind[0], before[1] + behind[1]


def _told(role: Role, tells: str) -> Explained:
    return Explained(
        unknown=role == "unknown",
        counties={tells} if tells and role in ("county", "misheard") else set(),
        subjects={tells} if role in ("subject", "kind") and tells else set(),
        is_misheard=role == "misheard",
        is_branch=role == "branch",
    )
