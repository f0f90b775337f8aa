"""Strangers' files at the desk: what is shown of them, what bombs do, and what the process cannot do."""

import io
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pypdfium2
import pytest
from PIL import Image, PngImagePlugin

from openbureau import confinement, renditions
from openbureau.config import ROOT
from openbureau.confinement import MAX_MEMORY_BYTES
from openbureau.pdf import process as pdf_process
from openbureau.renditions import NoRendition, process, render
from openbureau.renditions.process import MAX_PAGES, MAX_SIDE
from support.waiting import PATIENCE_SECONDS


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)  # type: ignore[arg-type]
    return out.getvalue()


def word(*paragraphs: str) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.add_table(1, 2).rows[0].cells[1].text = "表格里的字"
    document.save(out)
    return out.getvalue()


def sheet(*rows: list[object]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


def pdf(pages: int, side: float = 500) -> bytes:
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    for _ in range(pages):
        document.new_page(side, side)
    document.save(out)
    return out.getvalue()


# What is shown


@pytest.mark.parametrize(("ending", "form"), [("jpg", "JPEG"), ("JPEG", "JPEG"), ("png", "PNG")])
def test_a_picture_is_made_anew_smaller_and_without_what_was_hidden_in_it(ending: str, form: str) -> None:
    hidden = PngImagePlugin.PngInfo()
    hidden.add_text("Author", "canary")
    exif = Image.Exif()
    exif[0x010E] = "canary"
    data = saved(Image.new("RGB", (4000, 2000), "red"), form, exif=exif, pnginfo=hidden)
    assert b"canary" in data
    [picture] = render(ending, data).pictures
    assert b"canary" not in picture
    with Image.open(io.BytesIO(picture)) as shown:
        assert (shown.format, shown.size, shown.info) == ("PNG", (MAX_SIDE, MAX_SIDE // 2), {})
        red, green, blue = shown.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert red > 240
    assert max(green, blue) < 15


def test_of_a_long_pdf_the_first_pages_are_shown_and_the_rest_is_counted() -> None:
    found = render("pdf", pdf(MAX_PAGES + 3))
    assert (len(found.pictures), found.pages, found.is_cut) == (MAX_PAGES, MAX_PAGES + 3, True)
    assert all(picture.startswith(b"\x89PNG") for picture in found.pictures)


def test_office_files_and_texts_become_plain_text() -> None:
    assert render("docx", word("第一段", "<b>第二段</b>")).text == "第一段\n<b>第二段</b>\n\t表格里的字"
    assert render("xlsx", sheet(["单位", "金额"], ["甲", 5000])).text == "【Sheet】\n单位\t金额\n甲\t5000"
    assert render("txt", "罚款经过\r\n第二行".encode("gb18030")).text == "罚款经过\n第二行"
    long = render("txt", ("长" * 200_000).encode())
    assert (len(long.text), long.is_cut) == (process.MAX_CHARACTERS, True)


@pytest.mark.parametrize("ending", ["mp3", "doc", "heic", "", "exe", "../x"])
def test_what_cannot_be_shown_is_said_so(ending: str) -> None:
    with pytest.raises(NoRendition, match="只能下载原件"):
        render(ending, b"x")


@pytest.mark.parametrize("ending", ["jpg", "png", "pdf", "docx", "xlsx", "xls"])
def test_a_damaged_file_is_told_and_nothing_of_it_shown(ending: str) -> None:
    heads = {"jpg": b"\xff\xd8\xff\xe0", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-1.7\n"}
    for data in (b"", heads.get(ending, b"PK\x03\x04") + bytes(100)):
        with pytest.raises(NoRendition, match="损坏"):
            render(ending, data)


# Bombs


def png_bomb() -> bytes:
    """900 million pixels in about a hundred kilobytes."""
    side = 30_000
    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def archive(member: str, size: int, base: bytes) -> bytes:
    """An office file with one more member that unpacks to `size` zeros."""
    out = io.BytesIO(base)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as target, target.open(member, "w") as file:
        for _ in range(size // 2**20):
            file.write(bytes(2**20))
    return out.getvalue()


def lying(data: bytes, size: int) -> bytes:
    """The same archive, whose directory says that each member unpacks to ten bytes."""
    return data.replace(struct.pack("<I", size), struct.pack("<I", 10))


def many_members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for number in range(2100):
            target.writestr(f"word/{number}.xml", "")
    return out.getvalue()


def laughing(base: bytes, member: str, encoding: str = "utf-8") -> bytes:
    """A billion laughs in a member of an office file."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><x>&l9;</x>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, text.encode(encoding) if name == member else source.read(name))
    return out.getvalue()


BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "png": lambda: ("png", png_bomb()),
    "jpeg": lambda: ("jpg", saved(Image.new("L", (9000, 9000)), "JPEG")),
    "zeros in a workbook": lambda: ("xlsx", archive("xl/media/x.bin", 200 * 2**20, sheet(["甲"]))),
    "zeros in a document": lambda: ("docx", archive("word/x.xml", 300 * 2**20, word("甲"))),
    "a size that lies": lambda: ("xlsx", lying(archive("xl/x.bin", 2**20, sheet(["甲"])), 2**20)),
    "many members": lambda: ("docx", many_members()),
    "laughs": lambda: ("xlsx", laughing(sheet(["甲"]), "xl/workbook.xml")),
    "laughs in UTF-16": lambda: ("docx", laughing(word("甲"), "word/document.xml", "utf-16")),
    "a wide sheet": lambda: ("xlsx", wide_sheet()),
    "endless pdf": lambda: ("pdf", b"%PDF-1.7\n" + b"1 0 obj << /Kids [1 0 R] >> endobj " * 20_000),
}


def wide_sheet() -> bytes:
    """A workbook whose only cells are the first and the last of a full sheet."""
    base = sheet(["甲"])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                first, last = '<c r="A1"><v>1</v></c>', '<c r="XFD1048576"><v>1</v></c>'
                cells = f'<row r="1">{first}</row><row r="1048576">{last}</row>'
                data = (
                    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                    f"<sheetData>{cells}</sheetData></worksheet>"
                ).encode()
            target.writestr(name, data)
    return out.getvalue()


MEASURED = """
import resource, sys
from openbureau.renditions import NoRendition, render
try:
    render(sys.argv[1], sys.stdin.buffer.read())
except NoRendition as refusal:
    print(refusal)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""
"""Renders what it is given, and prints why it refused and the largest of its children, in bytes. A child
counts with the memory of the process it was split from: that of the tests would be taken for the bomb's."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_its_own_process_and_nothing_else(name: str) -> None:
    ending, data = BOMBS[name]()
    assert len(data) < 2**20
    program = [sys.executable, "-c", MEASURED, ending]
    done = subprocess.run(program, input=data, capture_output=True, cwd=ROOT / "site", check=True)
    refusal, largest = done.stdout.decode().split()
    assert re.search(r"太大|损坏|没有完成", refusal)
    assert int(largest) <= MAX_MEMORY_BYTES
    assert render("txt", "还在".encode()).text == "还在"


# What the process cannot do

TAKEN_OVER = """
import ctypes, encodings.idna, mmap, os, resource, signal, socket, subprocess, sys, threading
sys.path.insert(0, {folder!r})
import process

libc = ctypes.CDLL(None, use_errno=True)

def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")

def read_memory(pid):
    # The parent was forked from the same program: what lies where is the same in it.
    word, read = ctypes.create_string_buffer(b"canary", 8), ctypes.create_string_buffer(8)
    class Piece(ctypes.Structure):
        _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))
    ours, theirs = Piece(ctypes.addressof(read), 8), Piece(ctypes.addressof(SECRET), 8)
    called(libc.process_vm_readv(pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0))
    assert read.raw == SECRET.raw

def open_memory(pid):
    with open(f"/proc/{{pid}}/mem", "rb") as memory:
        memory.seek(ctypes.addressof(SECRET))
        assert memory.read(8) == SECRET.raw

SECRET = ctypes.create_string_buffer(b"a secret", 8)
place = socket.create_server(("127.0.0.1", 0))
PORT = place.getsockname()[1]
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
# Nobody who changes its user can be looked into; this one can, as the desk could.
called(libc.prctl(4, 1, 0, 0, 0))
PARENT = os.getpid()
child = os.fork()
if child:
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))
if {confined}:
    process.confine()
try:
    {attempt}
except (OSError, MemoryError, RuntimeError, ValueError) as error:
    os.write(1, b"denied")
else:
    os.write(1, b"done")
os._exit(0)
"""
"""A process that has a parent of the same user, as the desk is of its own, and tries something."""

ATTEMPTS = {
    "connect": "socket.create_connection(('127.0.0.1', PORT), 2)",
    "make a socket": "socket.socket(socket.AF_UNIX)",
    "read": "open('/etc/passwd').read()",
    "look": "os.stat('/etc/passwd')",
    "start a process": "os.fork() or os._exit(0)",
    "start a program": "subprocess.run(['true'])",
    "become a program": "os.execv('/bin/echo', ['echo', 'done'])",
    "start a thread": "threading.Thread(target=int).start()",
    "take much memory": "bytes(600 * 2**20)",
    "look into the desk": "read_memory(PARENT)",
    "open the desk's memory": "open_memory(PARENT)",
    "attach to the desk": "called(libc.ptrace(0x4206, PARENT, 0, 0))",
    "signal the desk": "os.kill(PARENT, 0)",
    "end the desk": "os.kill(PARENT, signal.SIGCONT)",
    "hold a handle of the desk": "os.pidfd_open(PARENT)",
    "leave for a namespace": "called(libc.unshare(0x10000000))",
    "make memory that runs": "mmap.mmap(-1, 4096, prot=7)",
}
"""What an attacker would try first; without confinement each of them succeeds."""

ALWAYS_DENIED = {
    "write beside": "os.mkdir('/rendition-canary')",
    "become root": "os.setuid(0); open('/etc/shadow')",
    "raise a limit": "resource.setrlimit(resource.RLIMIT_NOFILE, (2**20, 2**30))",
}


def tried(attempt: str, *, confined: bool) -> str:
    """What becomes of an attempt: `done` or `denied`."""
    program = TAKEN_OVER.format(folder=str(Path(process.__file__).parent), confined=confined, attempt=attempt)
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_whoever_takes_the_process_over_can_do_nothing_with_it(attempt: str) -> None:
    """After the very confinement of the process each attempt fails, and without it succeeds."""
    assert tried(ATTEMPTS[attempt], confined=True) == "denied"
    assert tried(ATTEMPTS[attempt], confined=False).startswith("done")


@pytest.mark.parametrize("attempt", ALWAYS_DENIED)
def test_whoever_takes_the_process_over_gains_no_right(attempt: str) -> None:
    assert tried(ALWAYS_DENIED[attempt], confined=True) == "denied"
    assert not Path("/rendition-canary").exists()


def test_previews_need_no_tool_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    really = subprocess.Popen

    def watched(command: list[str], **options: object) -> object:
        started.append(command[0])
        return really(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(renditions.subprocess, "Popen", watched)
    assert render("txt", "还在".encode()).text == "还在"
    assert render("png", saved(Image.new("RGB", (9, 9)), "PNG")).pictures
    # Where there is no PATH the system still looks for a tool in the usual folders.
    assert started == [sys.executable] * 2


@pytest.mark.parametrize("program", [process.__file__, pdf_process.__file__])
def test_a_program_for_strangers_files_takes_what_is_ours_from_beside_it(
    tmp_path: Path, program: str
) -> None:
    room = tmp_path / "openbureau" / Path(program).parent.name
    room.mkdir(parents=True)
    (tmp_path / "openbureau" / "__init__.py").touch()
    (tmp_path / "openbureau" / "confinement.py").write_text("raise SystemExit('that beside it')\n")
    copy = shutil.copy(program, room)
    done = subprocess.run([sys.executable, "-I", copy, "txt"], capture_output=True, text=True, check=False)
    assert "that beside it" in done.stderr, "another one is installed, or none that can be seen"


UNCONFINABLE = """
import sys
sys.path[:0] = {paths!r}
from openbureau.renditions import NoRendition, render
from support.shipped.confinement import Filter, ERRNO, ALLOW, Comparison, EQUAL
outer = Filter(ALLOW)
outer.add(ERRNO | 1, "seccomp")
outer.add(ERRNO | 1, "prctl", Comparison(0, EQUAL, 22))
outer.load()
try:
    print(render("txt", b"never shown"))
except NoRendition as refusal:
    print(refusal)
"""
"""Renders where no filter of system calls can be set."""


def test_without_confinement_nothing_is_shown_and_the_operator_is_told_what_to_do() -> None:
    program = UNCONFINABLE.format(paths=[str(ROOT / "site"), str(ROOT / "tests")])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "never shown" not in done.stdout
    assert "这台服务器不能隔离预览" in done.stdout
    assert "下载原件" in done.stdout
    assert "install libseccomp2" in done.stderr


def test_without_the_library_of_the_filter_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise OSError(name)

    monkeypatch.setattr(confinement.ctypes, "CDLL", missing)
    with pytest.raises(confinement.NotConfined):
        confinement.confine()


def test_the_process_gets_no_environment_and_no_name_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, object]] = []
    really = subprocess.Popen

    def watched(command: list[str], **options: object) -> object:
        seen.append({"command": command, **options})
        return really(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(renditions.subprocess, "Popen", watched)
    monkeypatch.setenv("OPENBUREAU_CANARY", "canary")
    render("txt", b"x")
    [given] = seen
    assert given["env"] == {}
    assert given["cwd"] == "/"
    assert given["command"][-2:] == [str(Path(process.__file__)), "txt"]  # type: ignore[index]


def test_a_process_that_says_nonsense_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in (b"", b"{}", b"nonsense\n", b'{"lengths": [5], "pages": 1}\nab', b'{"lengths": "x"}\n'):
        monkeypatch.setattr(renditions, "_run", lambda *_, answer=answer: answer)
        with pytest.raises(NoRendition, match="没有完成"):
            render("pdf", b"x")
