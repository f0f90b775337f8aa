"""What is said of a file that is no workbook: what it is, and how its list gets into one."""

from collections.abc import Mapping

from openbureau.spreadsheets.errors import Unreadable, encrypted
from openbureau.spreadsheets.file_kinds import FileKind

LIST_IS_A_PICTURE = "表中只有图片：名单是图片，其中的文字无法读取"
"""What is said of a sheet with a picture where the list should be."""
ASK_FOR_WORKBOOK = "请向提供单位索取 .xlsx 原件；没有的，须逐行录入到工作簿中，另存为 .xlsx"
_COPY_TABLE = "请打开原件，把其中的表格复制到新建的工作簿中，另存为 .xlsx 后放入"
_SAVE_AS = "请用表格软件打开后另存为 .xlsx"

_WORDS: Mapping[FileKind, tuple[str, str]] = {
    "docx": ("文件是 Word 文档（.docx），不是工作簿", _COPY_TABLE),
    "doc": ("文件是旧版 Word 或 WPS 文字文档（.doc、.wps），无法读取", _COPY_TABLE),
    "odt": ("文件是 OpenDocument 文字文档（.odt），不是工作簿", _COPY_TABLE),
    "rtf": ("文件是 RTF 文档，不是工作簿", _COPY_TABLE),
    "pdf": ("文件是 PDF，不是工作簿", ASK_FOR_WORKBOOK),
    "ofd": ("文件是 OFD 版式文件，不是工作簿", ASK_FOR_WORKBOOK),
    "picture": ("文件是图片或扫描件，名单是图片，其中的文字无法读取", ASK_FOR_WORKBOOK),
    "presentation": ("文件是演示文稿，不是工作簿", _COPY_TABLE),
    "ppt": ("文件是旧版演示文稿（.ppt），不是工作簿", _COPY_TABLE),
    "archive": ("文件是压缩包，不是工作簿", "请解压后取出其中的名单，只放入名单本身"),
    "sealed": ("文件被单位的加密软件加密，在别处打不开", "请由提供单位解密后重新提交"),
    "ole": ("文件是办公软件文件，但其中没有工作簿", _SAVE_AS),
    "old_excel": ("文件是 Excel 5.0 以前的旧格式，无法读取", _SAVE_AS),
    "web_page": ("文件实际是网页或 XML，不是表格（多由系统导出，只是名为 .xls）", _SAVE_AS),
    "web_archive": ("文件实际是单文件网页（.mht），不是表格", _SAVE_AS),
    "xml": ("文件实际是网页或 XML，不是表格", _SAVE_AS),
    "lock": ("这是表格软件打开文件时留下的临时文件，不是名单", "请关闭原件后删除此文件"),
    "empty": ("文件是空的，没有任何内容", "请重新导出或重新复制原件"),
}


def refusal(kind: FileKind) -> Unreadable:
    """Why a file of this kind is not read. Raises nothing itself."""
    if kind == "encrypted":
        return encrypted()
    return Unreadable("not_a_workbook", *_WORDS[kind])
