"""Renditions of a stranger's file: harmless pictures or text, made in a process that can do nothing else."""

import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from openbureau.turns import NoTurn, Turns

TIMEOUT_SECONDS = 30
"""After which a process that does not end by itself is ended; of computing it has less."""
MAX_ANSWER_BYTES = 64 * 2**20
"""Of what a process may answer."""

_PROGRAM = Path(__file__).with_name("process.py")
_FAULTS = {
    "kind": "这种文件不能预览，只能下载原件查看。",
    "too-large": "文件展开后太大（可能是压缩炸弹），没有预览。请在隔离的电脑上打开原件。",
    "damaged": "文件已经损坏、加了密码，或者格式不规范，没有预览。请在隔离的电脑上打开原件。",
    "not-confined": "这台服务器不能隔离预览，没有预览。请下载原件在隔离的电脑上打开，并告诉服务器管理员。",
}
_UNFINISHED = "预览没有完成：文件太复杂，或者试图做不允许的事。请在隔离的电脑上打开原件。"
_BUSY = "正在预览的文件太多，这一次没有预览。请过一分钟再试。"

# Each may take half a gigabyte for seconds.
_turns = Turns(2, 2, TIMEOUT_SECONDS)
_log = logging.getLogger(__name__)


class NoRendition(Exception):
    """The file cannot be shown; the message says why, and the original stays as it is."""


@dataclass(frozen=True)
class Rendition:
    """Rendition of a file: its first pages as PNG out of `pages`, or its text, perhaps cut."""

    pictures: tuple[bytes, ...]
    pages: int
    text: str
    is_cut: bool


def render(ending: str, data: bytes) -> Rendition:
    """Rendition of a file with this ending of its name. Raises NoRendition."""
    head, _, rest = _run(ending.lower(), data).partition(b"\n")
    try:
        fields = json.loads(head)
        lengths = [int(length) for length in fields["lengths"]]
    except (ValueError, KeyError, TypeError) as error:
        raise NoRendition(_UNFINISHED) from error
    if fields.get("fault") == "not-confined":
        _log.error(
            "no previews: their process cannot set a filter of system calls (seccomp); "
            "install libseccomp2, and let the service and the container use prctl(PR_SET_SECCOMP)"
        )
    if "fault" in fields:
        raise NoRendition(_FAULTS[fields["fault"]])
    if sum(lengths) != len(rest):
        raise NoRendition(_UNFINISHED)
    pictures, at = [], 0
    for length in lengths:
        pictures.append(rest[at : at + length])
        at += length
    pages, text = int(fields.get("pages", 0)), str(fields.get("text", ""))
    return Rendition(tuple(pictures), pages, text, bool(fields.get("is_cut")) or pages > len(pictures))


def _run(ending: str, data: bytes) -> bytes:
    # The file goes over in memory that has no name: neither a disk nor another process sees it.
    source = os.memfd_create("rendition")
    try:
        with os.fdopen(os.dup(source), "wb") as file:
            file.write(data)
        os.lseek(source, 0, os.SEEK_SET)
        with _turns.take(is_preferred=True):
            return _answer([sys.executable, "-I", str(_PROGRAM), ending], source)
    except NoTurn as error:
        raise NoRendition(_BUSY) from error
    finally:
        os.close(source)


def _answer(command: list[str], source: int) -> bytes:
    with subprocess.Popen(  # noqa: S603 - the command is ours, the file is on its standard input
        command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
    ) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        timer = threading.Timer(TIMEOUT_SECONDS, process.kill)
        timer.start()
        try:
            answer = process.stdout.read(MAX_ANSWER_BYTES)
        finally:
            timer.cancel()
            process.kill()
    return answer
