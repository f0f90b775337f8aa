"""How long the reading of a large whitelist workbook takes, beside a bare openpyxl reading of the same file.

Makes a workbook of invented institutions (示例), then runs every reader in a process of its own, one after
the other and round after round, so that a slow minute of the machine falls on all of them alike.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import openpyxl
from stdnum.cn import uscc

AS_OF = date(2024, 12, 31)
COUNTIES = (
    ("441802", "清城区"),
    ("441803", "清新区"),
    ("441821", "佛冈县"),
    ("441823", "阳山县"),
    ("441825", "连山壮族瑶族自治县"),
    ("441826", "连南瑶族自治县"),
    ("441881", "英德市"),
    ("441882", "连州市"),
)
HEADER = (
    *("序号", "机构名称", "统一社会信用代码", "办学许可证编号", "发证机关", "有效期起", "有效期止"),
    *("注册地址", "实际培训地址", "学科/非学科", "培训类别", "培训内容", "培训对象"),
    *("开户银行", "户名", "法定代表人", "联系电话", "办学状态", "备注"),
)
SUBJECTS = (
    ("体育", "足球、篮球", "学龄前儿童"),
    ("文化艺术", "钢琴", "中小学生"),
    ("科技类", "编程，机器人", "3-6岁幼儿、义务教育阶段"),
    ("文化艺术类", "书法", "成人"),
    ("体育类", "围棋", "小学生、初中生"),
)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
OUR_COMMAND = Path(sys.executable).with_name("openbureau")
BARE = """
import sys, openpyxl
for sheet in openpyxl.load_workbook(sys.argv[1], read_only={read_only}, data_only=True):
    for row in sheet.iter_rows(values_only=True):
        for value in row:
            pass
"""
"""What a clerk's own script does: every value once, and nothing with it."""


@dataclass(frozen=True)
class Run:
    """One run: seconds by the clock, seconds of the processor, peak memory of its largest process in MB."""

    seconds: float
    cpu: float
    peak: float


def main() -> None:
    """Make the workbook, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000, help="institutions in the workbook")
    parser.add_argument("--rounds", type=int, default=3, help="how often each reader runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run to FILE, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder, f"{AS_OF}.xlsx")
        # In a process of its own: a reader begins as a copy of this one, and its peak counts from there.
        maker = get_context("spawn").Process(target=make_workbook, args=(workbook, options.rows))
        maker.start()
        maker.join()
        size = workbook.stat().st_size / 2**20
        print(f"{options.rows} rows, {len(HEADER)} columns, {len(COUNTIES)} sheets, {size:.1f} MB")
        runs = measure(workbook, Path(folder), options.rows, options.rounds)
    print_table(runs)
    if options.json:
        measured = {reader: [asdict(run) for run in series] for reader, series in runs.items()}
        machine = {"python": platform.python_version(), "processors": os.cpu_count()}
        options.json.write_text(
            json.dumps({"rows": options.rows, **machine, "runs": measured}, indent=1) + "\n"
        )


def make_workbook(path: Path, rows: int) -> None:
    """A list as counties send it: a sheet for each county, days and digits written in several ways."""
    book = openpyxl.Workbook(write_only=True)
    for number, (county, name) in enumerate(COUNTIES):
        sheet = book.create_sheet(name)
        sheet.append([f"{name}校外教育培训机构白名单"])
        sheet.append(HEADER)
        for row in range(number, rows, len(COUNTIES)):
            sheet.append(institution(county, name, row))
    book.save(path)


def institution(county: str, name: str, number: int) -> Sequence[object]:
    """One invented institution."""
    category, courses, audience = SUBJECTS[number % len(SUBJECTS)]
    called = f"清远市{name}示例{number}培训中心"
    begin = date(2022, 1, 1) + timedelta(days=number % 600)
    end = begin + timedelta(days=1460)
    door = str(number % 900 + 1)
    place = f"清远市{name}示例街道示例路{{}}号{number % 7 + 1}楼"
    return (
        *(number // len(COUNTIES) + 1, called, credit_code(county, number), f"教民1{county}7{number:07d}号"),
        *(f"清远市{name}教育局", begin, (end, f"{end:%Y.%m.%d}", f"{end:%Y年%m月%d日}")[number % 3]),
        *(place.format(door), place.format(door.translate(WIDE) if number % 3 else door)),
        *("非学科类", category, courses, audience),
        *(
            "示例银行清远支行",
            called,
            f"示例{'甲乙丙丁'[number % 4]}",
            f"0763-{number:07d}",
            "正常办学",
            None,
        ),
    )


def credit_code(county: str, number: int) -> str:
    """A credit code whose two check digits fit (GB 11714, GB 32100)."""
    body = f"MA{number:06d}"
    values = ("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(character) for character in body)
    total = sum(value * weight for value, weight in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    code = f"91{county}{body}{'0X987654321'[total % 11]}"
    return code + uscc.calc_check_digit(code)


def readers(workbook: Path) -> Iterator[tuple[str, list[str]]]:
    """The readers by name, each as a command; the first is what the others are compared with."""
    for name, read_only in (("openpyxl, read_only=True", True), ("openpyxl", False)):
        yield name, [sys.executable, "-c", BARE.format(read_only=read_only), str(workbook)]
    read = [str(OUR_COMMAND), "whitelist", "read", str(workbook), "--as-of", str(AS_OF)]
    yield "openbureau whitelist read --json", [*read, "--json"]
    yield "openbureau whitelist read --annotate", [*read, "--annotate", str(workbook.with_stem("annotated"))]


def measure(workbook: Path, folder: Path, rows: int, rounds: int) -> dict[str, list[Run]]:
    """The runs of every reader. Ends the program if one fails: a reader that stops early is no fast one."""
    runs: dict[str, list[Run]] = {}
    answer = folder / "answer"
    for _ in range(rounds):
        for name, command in readers(workbook):
            workbook.with_stem("annotated").unlink(missing_ok=True)
            runs.setdefault(name, []).append(run(command, answer))
            with answer.open(encoding="utf-8") as stream:
                if "--json" in command and f'"rows": {rows},' not in stream.read(1_000):
                    sys.exit(f"{name} did not read all {rows} rows")
    return runs


def run(command: list[str], answer: Path) -> Run:
    """Run a command to its end; what it prints goes into the file `answer`."""
    began = time.perf_counter()
    with answer.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603 - our own commands
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = answer.read_text(encoding="utf-8")[-1_000:]
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}: {tail}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def print_table(runs: dict[str, list[Run]]) -> None:
    """Medians; the ratio is of seconds by the clock."""
    first = statistics.median(run.seconds for run in next(iter(runs.values())))
    print(f"{'ratio':>5} {'seconds':>8} {'CPU s':>6} {'peak MB':>8}  reader")
    for name, series in runs.items():
        seconds, cpu, peak = (
            statistics.median(values)
            for values in zip(*((run.seconds, run.cpu, run.peak) for run in series), strict=True)
        )
        print(f"{seconds / first:5.2f} {seconds:8.2f} {cpu:6.2f} {peak:8.0f}  {name}")


if __name__ == "__main__":
    main()
