"""What a submitter may not have meant to write: it is pointed out before sending, and never refused."""

import re
from collections.abc import Callable
from types import MappingProxyType

from openbureau.tips.text_input import narrow

# An identity number (GB 11643): region, birthday, serial number, check digit.
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_CHILD = re.compile(
    r"(?:孩子|小孩|儿子|女儿|学生|学员|小朋友|幼儿)(?:的?(?:姓名|名字))?(?:名叫|叫做|叫|名为|是|:)[“\"]?"
    r"[赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹苏潘葛范彭鲁韦马苗方任袁柳史唐薛雷贺罗毕郝安常于傅"
    r"齐康伍余顾孟黄萧尹姚邵汪祁毛戴宋庞熊纪舒屈项董梁杜阮蓝季贾路江童颜郭梅林钟徐邱骆高夏蔡田樊胡凌霍万柯卢莫房"
    r"丁邓洪石崔龚程邢裴陆翁段侯武刘龙叶黎白温庄曾关欧肖覃][一-龥]{1,2}"
)

_SIGNS: MappingProxyType[str, Callable[[str], re.Match[str] | None]] = MappingProxyType(
    {
        "事实经过里好像有身份证号。核查用不到它，建议删去。": _IDENTITY.search,
        "事实经过里好像有手机号。想留联系方式，请写在“反映人”一栏，那里单独加密。": _MOBILE.search,
        "事实经过里好像有孩子的姓名。建议改成“某学生”，保护未成年人。": _CHILD.search,
    }
)


def cautions(story: str) -> list[str]:
    """What in a story names somebody, as advice; it never repeats what it found."""
    plain = narrow(story)
    return [advice for advice, search in _SIGNS.items() if search(plain)]
