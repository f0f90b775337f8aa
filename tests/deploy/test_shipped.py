"""The site in the shape in which it is shipped: nginx, both doors under their units, users of their own."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import docx
import lxml.html  # type: ignore[import-untyped]
import openpyxl
import pypdfium2
import pytest
from PIL import Image

from support.shipped import Shipped


def test_both_doors_answer_in_the_shipped_shape(shipped: Shipped) -> None:
    assert shipped.visitor().get("/").status == 200
    assert shipped.visitor().get("/tip-off/").status == 200
    assert shipped.stranger().get("/").status == 303
    number = shipped.office.tip_now()
    clerk = shipped.enter("甲")
    clerk.unlock()
    assert clerk.get(f"/cases/{number}/").status == 200


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
def test_a_method_that_no_door_takes_is_told_in_words_with_those_that_it_takes(
    shipped: Shipped, method: str
) -> None:
    for somebody in (shipped.visitor(), shipped.stranger()):
        for address in ("/", "/tip-off/", "/api/v1/editions"):
            answer = somebody.ask(method, address)
            assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")
            assert "不支持这种请求方式" in answer.text
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


# What the units forbid


def status(pid: int) -> dict[str, str]:
    """What the kernel says of a process, by name."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("name", ["public", "desk"])
def test_the_doors_run_under_what_their_units_say(shipped: Shipped, name: str) -> None:
    door = shipped.doors[name]
    for pid in (door.process.pid, *door.workers()):
        state = status(pid)
        assert (state["NoNewPrivs"], state["Seccomp"]) == ("1", "2")
        assert {state[kind] for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
        assert set(state["Uid"].split()) != {"0"}
        assert Path(f"/proc/{pid}/ns/mnt").readlink() != Path("/proc/self/ns/mnt").readlink()


# Previews


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def pdf() -> bytes:
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    document.new_page(200, 200)
    document.save(out)
    return out.getvalue()


def word() -> bytes:
    document, out = docx.Document(), io.BytesIO()
    document.add_paragraph("文书里的字")
    document.save(out)
    return out.getvalue()


def sheet() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["表格里的字", 5000])  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "现场.png": (picture, 'src="data:image/png;base64,'),
    "决定书.pdf": (pdf, 'src="data:image/png;base64,'),
    "经过.docx": (word, "文书里的字"),
    "账目.xlsx": (sheet, "表格里的字"),
}


def test_previews_work_in_the_shipped_desk(shipped: Shipped) -> None:
    number = shipped.office.tip_now({name: make() for name, (make, _) in FILES.items()})
    clerk = shipped.enter("甲")
    clerk.unlock()
    assert clerk.post(f"/cases/{number}/claim").status == 303
    opened = lxml.html.fromstring(clerk.post(f"/cases/{number}/open").text)
    addresses = [str(action) for action in opened.xpath("//form[contains(@action, 'rendition')]/@action")]
    assert len(addresses) == len(FILES)
    shown = [clerk.post(address).text for address in addresses]
    for name, (_, content) in FILES.items():
        (page,) = [text for text in shown if name in text]
        assert content in page, f"{name} is not shown: {page[-1500:]}"


# Memory

READER = """
import ctypes, errno, os, sys
pid, user, group = map(int, sys.argv[1:])
libc = ctypes.CDLL(None, use_errno=True)
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)

class Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))

def read():
    # Whoever may read is told that nothing lies at this place; whoever may not is refused before.
    piece = Piece(4096, 8)
    libc.process_vm_readv(pid, ctypes.byref(piece), 1, ctypes.byref(piece), 1, 0)
    if ctypes.get_errno() == errno.EPERM:
        raise PermissionError

def attach():
    if libc.ptrace(0x4206, pid, 0, 0):
        raise PermissionError

for attempt in (read, lambda: open(f"/proc/{pid}/mem", "rb"), attach):
    try:
        attempt()
        print("done")
    except PermissionError:
        print("denied")
"""
"""Becomes the user of a process and tries to look into its memory, in three ways."""


@pytest.mark.parametrize(("name", "outcome"), [("desk", "denied"), ("public", "done")])
def test_no_process_of_the_same_user_looks_into_the_desk(shipped: Shipped, name: str, outcome: str) -> None:
    """The public site holds no key and is not closed: it shows that the attempts would succeed."""
    for pid in shipped.doors[name].workers():
        state = status(pid)
        command = [sys.executable, "-c", READER, str(pid), state["Uid"].split()[0], state["Gid"].split()[0]]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [outcome] * 3
