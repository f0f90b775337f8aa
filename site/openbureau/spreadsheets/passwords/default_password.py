"""Takes the default password off a workbook, in a process of its own (see `process`)."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile

from openbureau.spreadsheets.errors import MAX_FILE_BYTES, encrypted

MAX_SECONDS = 10


def without_default_password(data: bytes) -> bytes:
    """The workbook as it was before it was protected. Raises `Unreadable` if its password is another."""
    program = Path(__file__).with_name("process.py")
    with TemporaryFile() as source, TemporaryFile() as target:
        source.write(data)
        source.seek(0)
        try:
            subprocess.run(  # noqa: S603 - our own program, by its path
                [sys.executable, "-I", str(program), str(MAX_SECONDS)],
                stdin=source,
                stdout=target,
                stderr=subprocess.DEVNULL,
                timeout=MAX_SECONDS,
                check=True,
            )
        except subprocess.SubprocessError:
            raise encrypted() from None
        target.seek(0)
        return target.read(MAX_FILE_BYTES + 1)
