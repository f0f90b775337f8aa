"""What institutions teach, in the words of names and of parents; kinds of place that tell it, too."""

from collections.abc import Set

_SUBJECTS = (
    "美术=画画=绘画=学画=绘本画 国画 油画 水彩 素描 漫画 陶艺 手工",
    "舞蹈=跳舞=舞 街舞 拉丁舞=拉丁 芭蕾=芭蕾舞 爵士舞 中国舞 民族舞 体育舞蹈",
    "音乐 声乐=唱歌=歌唱=学唱歌 钢琴=弹钢琴 古筝=弹古筝 古琴 二胡 吉他 小提琴=提琴"
    " 尤克里里 架子鼓=打鼓 琴=乐器=弹琴",
    "书法=写字=练字=毛笔字=硬笔书法=软笔书法=硬笔",
    "编程=少儿编程=程序 机器人 航模=航空模型 科技 科学=科学实验 创客 人工智能 无人机",
    "篮球=打篮球 足球=踢足球=踢球 羽毛球=打羽毛球 乒乓球=打乒乓球=乒乓 网球 排球 棒球 高尔夫",
    "跆拳道 武术=功夫 散打 空手道 拳击 击剑",
    "围棋 象棋 国际象棋 棋=下棋",
    "轮滑=滑轮=溜冰=旱冰 滑板 平衡车 游泳=学游泳 体能 田径 跳绳 体操 瑜伽 射箭 马术",
    "口才=演讲=主持=朗诵=播音主持 表演=戏剧 模特",
    "英语 外语 日语 韩语 俄语 法语",
    "语文 作文=写作 阅读 国学",
    "数学=奥数 珠心算=珠算=心算 物理 化学 生物 历史 地理 政治",
    "托管=午托=晚托 早教 幼儿园 家政 驾校",
)
"""Each line is a family: = stands between words of one subject, a blank between subjects."""

_WIDE = """
艺术 艺体 文体 体艺 文艺 体育 文化 文化艺术 文化传播 综合素质 素质 体育发展 科技教育 少儿 青少年 儿童
中小学 成人 国际 发展
"""
WIDE = frozenset(_WIDE.split())
"""Words of names that leave open what is taught."""

SUBJECT_OF = {
    word: (words.split("=")[0], family.split("=")[0].split()[0])
    for family in _SUBJECTS
    for words in family.split()
    for word in words.split("=")
    if len(word) > 1
}
"""Every word of a subject, with the name of the subject and that of its family."""

_VERBS = "打学教踢弹跳练唱玩下"
SPOKEN = {f"{verb}{word}": word for word in SUBJECT_OF for verb in _VERBS}
"""打羽毛球, 学舞蹈: a subject as it is said."""

TAUGHT_AT = {
    "画室": "美术",
    "画院": "美术",
    "琴行": "音乐",
    "琴房": "音乐",
    "琴社": "音乐",
    "棋院": "围棋",
    "棋社": "围棋",
    "棋馆": "围棋",
    "舞社": "舞蹈",
    "舞团": "舞蹈",
    "武馆": "武术",
}
"""Kinds of place that tell what is taught there."""

_FAMILY_OF = {subject: family for _, (subject, family) in SUBJECT_OF.items()}


def agreement(asked: Set[str], taught: Set[str]) -> int:
    """How well what is asked for agrees with what is taught: 0 the same, 1 related or open, 2 another.

    Both are names of subjects, or words of names that belong to no family. A family that is named beside one
    of its subjects (钢琴 at a 琴行) says nothing more.
    """
    if asked <= taught:
        return 0
    families = [_FAMILY_OF.get(subject, subject) for subject in asked - WIDE]
    telling = {
        subject
        for subject in asked - WIDE
        if families.count(subject) < 2 or _FAMILY_OF.get(subject) != subject
    }
    if not telling or not taught - WIDE:
        return 1
    if telling <= taught:
        return 0
    related = {_FAMILY_OF.get(subject, subject) for subject in taught}
    return 1 if all(_FAMILY_OF.get(subject, subject) in related for subject in telling) else 2
