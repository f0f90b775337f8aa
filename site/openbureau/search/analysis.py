"""Analysis of text: folding, runs of characters, their n-grams, and what each part of a query weighs.

Characters and pairs of neighbours together found more than dictionary words on every collection measured, and
no two-character word is ever cut apart and lost. Words only say how much a pair of the query weighs: a pair
inside a word says more than one that merely meets where two words do.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from rjieba import Jieba

from openbureau.chinese.folding import half_width, simplified

_CHINESE = "\u3005\u3007\u3400-\u9fff\ue000-\ufaff\U00020000-\U000323af"
"""々, 〇, the ideographs of all planes, and the private-use ones by which old GBK files spell rare names."""
_RUN = re.compile(f"[{_CHINESE}]+|[a-z0-9]+")
PREFIX_FROM = 4
"""Codes (permit number, credit code) are found from their first four characters."""

CHARACTER = 0.5
ACROSS_WORDS = 0.7
EMPTY = 0.5
"""What parts of a query weigh beside a pair inside a word, which weighs 1: a character, a pair that belongs
to two words, and what belongs to an empty word. Tuned on both collections of `make bench-search`."""

_EMPTY = """
的 了 吗 呢 吧 啊 在 对 把 被 给 让 从 到 向 为 以 会 能 要 想 有 也 都 就 还 但 是 和 与 或 及 等 之 其 该
我 你 他 她 它 这 那 后 前 时 中 上 下 不 未 没 没有 如何 怎么 怎样 什么 为什么 是否 能否 可否 可以 哪些
哪个 哪里 多少 谁 请问 我们 自己 这个 那个 或者 对于 关于 因为 所以 如果 时候 应该 应当 怎么办 何 几
"""
EMPTY_WORDS = frozenset(_EMPTY.split())
"""Words of a question that say little of what it is about; they are weighed less and never dropped."""

_ASKING = """
的 了 着 吗 呢 吧 啊 呀 嘛 么 哦 咯 啦 呗 是 就 都 也 还 又 再 才 很 太 更 被 把 我 你 您 他 她 它 这 那
哪 啥 咋 谁 几 要 能 可 想 请 给 让 叫 从 在 对 跟 和 与 或 如何 怎么 怎样 什么 为什么 怎么办 怎么样
咋办 咋样 是否 能否 可否 可以 哪些 哪个 哪里 哪儿 多少 多久 多长 请问 想问 我们 你们 他们 自己 这个 那个
这种 那种 这样 那样 这些 那些 这家 那家 这里 那里 时候 什么时候 几时 何时 应该 应当 是不是 有没有 能不能
会不会 要不要 可不可以 行不行 好不好 对不对 该不该 用不用 一下 一个 有点 就是 其实 到底 究竟 然后 而且
不过 但是 只是 还是 或者 如果 因为 所以 现在 一般 正常 合理 需要 知道 晓得 听说 觉得 你好 您好 谢谢 麻烦
告诉 我家 人家 的话 算是 属于 没有 已经 去哪 去哪里 找谁 我要 我想 想要 乜 咗 嘅 唔 喺 冇 佢 哋 啲 咁 嗰
点算 点样 边个 边度
"""
ASKING_WORDS = frozenset(_ASKING.split())
"""Words by which people ask, in Cantonese too: whether a document is about a question, they never decide."""


def _fold_character(character: str) -> str:
    """One character in its plain form: half width, lower case, simplified."""
    plain = half_width(character).lower()
    is_east_asian = "\u2e80" < plain < "\ud800" or plain > "\U00020000"
    return simplified(plain) if is_east_asian else plain


class _Folding(dict[int, str]):
    """Each character's plain form, worked out when it is first met; `str.translate` reads it.

    `uneven` are the characters whose plain form is not one character.
    """

    def __init__(self) -> None:
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        self[code] = _fold_character(chr(code))
        if len(self[code]) != 1:
            self.uneven.add(chr(code))
        return self[code]


_FOLDING = _Folding()


def folded(text: str) -> str:
    """`text` in its plain form."""
    return text.translate(_FOLDING)


def fold(text: str) -> tuple[str, Sequence[int]]:
    """Fold `text`; the second part says for each folded character which original one it came from."""
    whole = folded(text)
    if _FOLDING.uneven.isdisjoint(text):
        return whole, range(len(text))
    plain = [_FOLDING[ord(character)] for character in text]
    origins = [position for position, part in enumerate(plain) for _ in part]
    return whole, origins


def runs(text: str) -> list[str]:
    """The unbroken runs of Chinese characters, or of letters and digits, of a text once folded."""
    return _RUN.findall(folded(text))


def is_chinese(run: str) -> bool:
    """Whether a run is of Chinese characters."""
    return run[0] >= "\u2e80"


def bigrams(run: str) -> list[str]:
    """Each two neighbouring characters."""
    return [run[start : start + 2] for start in range(len(run) - 1)]


class WordSegmenter:
    """Word segmentation: the dictionary of jieba with words by which people ask and words of our own."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self._jieba = Jieba()
        for word in (*sorted(word for word in ASKING_WORDS if len(word) > 1), *own):
            # Without a frequency of its own a longer or commoner neighbour would still cut it apart.
            self._jieba.add_word(word, 1_000_000, None)

    def cut(self, run: str) -> list[str]:
        """The words of a run of Chinese characters, in their order."""
        return list(self._jieba.cut(run))

    def telling(self, run: str) -> list[str]:
        """What is left of a run of Chinese characters without the words by which people ask."""
        words = ("\n" if word in ASKING_WORDS else word for word in self.cut(run))
        return "".join(words).split()

    def weigh(self, runs: Collection[str]) -> dict[str, float]:
        """What each character, pair and run of the query's runs weighs."""
        weights: dict[str, float] = {}
        for run in runs:
            for token, weight in self._weights(run) if is_chinese(run) else [(run, 1.0)]:
                weights[token] = max(weight, weights.get(token, 0.0))
        return weights

    def _weights(self, run: str) -> Iterable[tuple[str, float]]:
        words = self.cut(run)
        numbers = [number for number, word in enumerate(words) for _ in word]
        empty = [words[number] in EMPTY_WORDS for number in numbers]
        for at, character in enumerate(run):
            yield character, CHARACTER * (EMPTY if empty[at] else 1)
        for at, pair in enumerate(bigrams(run)):
            inside = 1 if numbers[at] == numbers[at + 1] else ACROSS_WORDS
            yield pair, inside * (EMPTY if empty[at] or empty[at + 1] else 1)


@lru_cache(maxsize=8)
def segmenter_with(own: tuple[str, ...] = ()) -> WordSegmenter:
    """The segmenter that knows `own` words, too; its dictionary takes a moment to load, and is shared."""
    return WordSegmenter(own)
