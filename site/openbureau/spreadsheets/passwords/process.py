"""Run as a program of its own: a workbook under the default password on standard input, without it on output.

Ends with status 1 if it is under another. How often a password is digested stands in the file: the seconds
given as its argument end what would take for ever. It imports nothing of ours, so that it starts fast.
"""

import io
import resource
import sys

import msoffcrypto

DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105 - known to everybody
"""What Excel writes under, and tries first, when a structure is protected without a password to open
([MS-OFFCRYPTO] 2.4.2.3)."""
MAX_MEMORY_BYTES = 600 * 2**20
"""Address space. The library holds an .xls file as a list of its bytes."""


def decrypted(data: bytes) -> bytes:
    """The file without its password. What the library raises for any other file is not of one kind."""
    office_file = msoffcrypto.OfficeFile(io.BytesIO(data))
    # In .xls files the library always compares the password with what the file says of it.
    verification = {"verify_password": True} if office_file.format == "ooxml" else {}
    office_file.load_key(password=DEFAULT_PASSWORD, **verification)
    plain = io.BytesIO()
    office_file.decrypt(plain)
    return plain.getvalue()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]), int(sys.argv[1])))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(decrypted(sys.stdin.buffer.read()))
