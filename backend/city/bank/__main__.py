"""The simulated bank as a process of its own: files in, files out (模拟银行, 只供演示).

``python -m backend.city.bank --bank NSB --inbox DIR --outbox DIR``. It needs the standard library
only and knows nothing of payments but their files.
"""

import argparse
import fcntl
import sys
import time
from pathlib import Path

from backend.city.bank.answer import Bank
from backend.city.bank.books import Books
from backend.city.bank.layouts import LAYOUTS
from backend.city.bank.lies import Liar

ALREADY_OPEN = 3


def main(argv: list[str] | None = None) -> int:
    """Work once, or again and again with ``--watch``."""
    options = _options(argv)
    desk: Path = options.outbox / ".books"
    desk.mkdir(parents=True, exist_ok=True)
    options.inbox.mkdir(parents=True, exist_ok=True)
    with (desk / "lock").open("w") as door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write(f"模拟银行 {options.bank} 已在处理这个发件箱。\n")
            return ALREADY_OPEN
        _open(options, desk)
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m backend.city.bank", description="模拟银行")
    parser.add_argument("--bank", required=True, choices=sorted(LAYOUTS), help="哪家银行")
    parser.add_argument("--inbox", required=True, type=Path, help="代发文件所在文件夹")
    parser.add_argument("--outbox", required=True, type=Path, help="回盘文件写到的文件夹")
    parser.add_argument("--lies", metavar="SEED", help="按种子说谎(只供测试)")
    parser.add_argument("--truth", type=Path, help="把说过的谎写成 JSON")
    parser.add_argument("--watch", type=float, metavar="SECONDS", help="每隔几秒再看一次")
    return parser.parse_args(argv)


def _open(options: argparse.Namespace, desk: Path) -> None:
    books = Books(folder=desk)
    liar = Liar(seed=options.lies, bank=options.bank) if options.lies is not None else None
    bank = Bank(
        layout=LAYOUTS[options.bank],
        inbox=options.inbox,
        outbox=options.outbox,
        books=books,
        liar=liar,
    )
    try:
        _work(bank, books, options)
    except KeyboardInterrupt:
        sys.stderr.write("模拟银行停止。\n")
    finally:
        books.close()


def _work(bank: Bank, books: Books, options: argparse.Namespace) -> None:
    while True:
        for told in bank.work():
            sys.stdout.write(f"模拟银行 {options.bank}:{told}\n")
            sys.stdout.flush()
        if options.truth:
            _write_truth(options.truth, books.lies())
        if options.watch is None:
            return
        time.sleep(options.watch)


def _write_truth(path: Path, lies: list[str]) -> None:
    ready = path.with_name(path.name + ".part")
    ready.write_text("[" + ",\n ".join(lies) + "]\n", encoding="utf-8")
    ready.replace(path)


if __name__ == "__main__":
    sys.exit(main())
