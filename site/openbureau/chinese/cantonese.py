"""Cantonese as it is typed or dictated, in the words of official texts: many who ask speak it at home."""

import re

from openbureau.chinese.folding import simplified

_WORDS = """
唔使=不用 唔得=不行 唔好=不要 唔该=请问 唔知=不知道 唔=不 冇=没有 咗=了 嘅=的 㗎=的 喺=在 佢哋=他们
佢=他 哋=们 平啲=便宜些 啲=这些 咁=这样 嗰=那 乜嘢=什么 乜=什么 嘢=东西 咩=什么 点算=怎么办 点样=怎么
点解=为什么 边度=哪里 边个=谁 系咪=是不是 睇=看 俾=给 畀=给 攞=拿 搵=找 揾=找 嚟=来 呢间=这家 呢个=这个
呢度=这里 细路仔=孩子 细路女=孩子 细路=孩子 细蚊仔=孩子 孙仔=孙子 屋企=家里 返学=上学 返工=上班
放工=下班 几多=多少 几时=什么时候 而家=现在 依家=现在 听日=明天 寻日=昨天 琴日=昨天 执笠=倒闭 走佬=跑路
补习社=补习班 一次过=一次性
"""
"""What is written so in Cantonese alone: 点, 系 and 返 are words of both languages."""

_MANDARIN = {word: plain for word, _, plain in (pair.partition("=") for pair in _WORDS.split())}
_PATTERN = re.compile("|".join(sorted(_MANDARIN, key=lambda word: -len(word))))


def in_mandarin(text: str) -> str:
    """The text with what only Cantonese says put as official texts put it, then in simplified characters."""
    plain = simplified(text)
    said = _PATTERN.sub(lambda match: _MANDARIN[match[0]], plain)
    return text if said == plain else said
