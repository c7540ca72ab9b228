"""The simulated tax bureau as a process of its own: files in, files out (模拟税务局, 只供演示).

``python -m backend.city.tax --inbox DIR --outbox DIR --state DIR --period 2026-11 --declared FILE
--fiscal FILE`` answers once what is new. It knows nothing of insurance and payments but files.
"""

import argparse
import fcntl
import sys
from pathlib import Path

from backend.city.tax.bill_files import MONTH
from backend.city.tax.books import Books
from backend.city.tax.bureau import Bureau
from backend.city.tax.mistakes import Mistakes

ALREADY_OPEN = 3


def main(argv: list[str] | None = None) -> int:
    """Answer once what has arrived."""
    options = _options(argv)
    for folder in (options.inbox, options.outbox, options.state):
        folder.mkdir(parents=True, exist_ok=True)
    with (options.state / "lock").open("w") as door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("模拟税务局已在处理这些文件。\n")
            return ALREADY_OPEN
        _open(options)
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m backend.city.tax", description="模拟税务局")
    parser.add_argument("--inbox", required=True, type=Path, help="核定应缴文件所在文件夹")
    parser.add_argument("--outbox", required=True, type=Path, help="申报、入库、划转文件写到哪里")
    parser.add_argument("--state", required=True, type=Path, help="税务局自己的账簿所在文件夹")
    parser.add_argument("--period", required=True, type=_period, help="业务月份,如 2026-11")
    parser.add_argument("--declared", type=Path, help="单位申报的明细 declared.csv")
    parser.add_argument("--fiscal", type=Path, help="财政拨付计划 fiscal.csv")
    parser.add_argument("--errors", metavar="SEED", help="按种子出差错(只供测试)")
    parser.add_argument("--truth", type=Path, help="把出过的差错写成 JSON")
    return parser.parse_args(argv)


def _period(text: str) -> str:
    if not MONTH.fullmatch(text):
        raise argparse.ArgumentTypeError("月份应为 2026-11 这样的年月")
    return text


def _open(options: argparse.Namespace) -> None:
    books = Books(folder=options.state)
    wrong = options.errors is not None
    bureau = Bureau(
        inbox=options.inbox,
        outbox=options.outbox,
        desk=options.state,
        books=books,
        period=options.period,
        mistakes=Mistakes(seed=options.errors, period=options.period) if wrong else None,
    )
    try:
        for told in bureau.work(declared=options.declared, fiscal=options.fiscal):
            sys.stdout.write(f"模拟税务局:{told}\n")
        if options.truth:
            _write_truth(options.truth, books.mistakes())
    finally:
        books.close()


def _write_truth(path: Path, mistakes: list[str]) -> None:
    ready = path.with_name(path.name + ".part")
    ready.write_text("[" + ",\n ".join(mistakes) + "]\n", encoding="utf-8")
    ready.replace(path)


if __name__ == "__main__":
    sys.exit(main())
