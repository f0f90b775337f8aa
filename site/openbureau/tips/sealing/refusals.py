"""Refusals of attached files: each says in plain words what to do instead, on a phone."""

PROGRAM = "是程序，不能上传。想说明有问题的软件，请截图后上传。"
PACKED = "是压缩包，没有接收。手机上：在“文件管理”里点开它解压；再逐个选择里面的文件上传。"
WEB_PAGE = "是网页，没有接收。请截图；或者在浏览器里选“打印”，存成PDF后上传。"
MACROS = "带有宏（能自动运行的程序），没有接收。请另存为不带宏的文档，或者打印成PDF、截图后上传。"
LOCKED = "加了密码，我们打不开。请去掉密码后另存，或者截图后上传。"
MAIL = "是整封邮件，没有接收。请把邮件打印成PDF或者截图，附件另外选择上传。"
APPLE = "只有苹果软件能打开。请在里面选“导出”，存成PDF后上传。"
MIXED = "里夹带了别的内容，没有接收。请只上传文件本身；照片、聊天记录可以截图后上传。"
TORN = "不完整或者已经损坏，请重新保存、重新选择；不行的，请截图后上传。"
EMPTY = "是空文件，请检查后重新选择。"
TOO_LONG = "超过10MB，没有接收。手机上：照片先压缩，视频先剪短，或者分成几个再上传。"
UNKNOWN = "不是可以上传的类型。照片、截图、录音、视频、PDF和常用文档都可以；别的请截图，或者打印成PDF后上传。"

_PROMISES = (
    (
        "exe com bat cmd msi scr pif js jse vbs vbe wsf ps1 jar apk ipa hap lnk hta reg dll sh php app deb",
        PROGRAM,
    ),
    ("htm html xhtml mht mhtml svg url webloc", WEB_PAGE),
    ("zip rar 7z gz tgz bz2 xz zst tar cab iso livp", PACKED),
    ("docm dotm xlsm xltm xlam pptm ppsm", MACROS),
    ("eml msg", MAIL),
)
BY_NAME = {ending: advice for endings, advice in _PROMISES for ending in endings.split()}
"""What a name promises that is taken under no kind: whoever opens it later would start just that."""

_PROGRAM_MAGICS = (
    b"MZ",
    b"\x7fELF",
    *map(bytes.fromhex, ("CAFEBABE", "FEEDFACE", "FEEDFACF", "CEFAEDFE", "CFFAEDFE")),
    b"dex\n",
    b"L\0\0\0\x01\x14\x02\0",  # a link of Windows
    b"ITSF\x03\0",
    b"\0asm",
    b"#!/",
)
_PACKED_MAGICS = (
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh91AY&SY",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"MSCF\0\0\0\0",
)
BY_HEAD = ((_PROGRAM_MAGICS, PROGRAM), (_PACKED_MAGICS, PACKED))
"""How a file begins that is taken under no name."""
