"""The demo city's service window: people come with a new card (服务窗口, 演示).

``python -m backend.city.window --returned FILE --out FILE --seed S`` reads the list of returned
payments (退票清单) and writes the corrections (回访更正表) that a clerk imports.
"""

import argparse
import csv
import os
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from backend.city.make.numbers import account_number

HEADER = ("ref", "bank", "account_no", "holder_name", "evidence")
FRESH = "100"  # the marker of accounts opened after the roll was made
EVIDENCE = "本人持身份证和新卡到窗口核验(演示)"
ORDERS = 1_000_000_000


def correct(*, returned: Path, out: Path, seed: str) -> int:
    """Write one correction for every returned line, with a fresh good account for every old one;
    how many."""
    ready = out.with_name(out.name + ".part")
    with (
        returned.open(encoding="utf-8", newline="") as source,
        ready.open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.writer(target, lineterminator="\n")
        rows.writerow(HEADER)
        count = 0
        for correction in _corrections(csv.DictReader(source), seed):
            rows.writerow(correction)
            count += 1
        target.flush()
        os.fsync(target.fileno())
    ready.replace(out)
    return count


def _corrections(
    returned: "csv.DictReader[str]", seed: str
) -> Iterator[tuple[str, str, str, str, str]]:
    fresh: dict[tuple[str, str], int] = {}
    given: set[int] = set()
    for line in returned:
        old = line["bank"], line["account_no"]
        if old not in fresh:
            order = int.from_bytes(sha256("/".join((seed, *old)).encode()).digest()[:8]) % ORDERS
            while order in given:
                order = (order + 1) % ORDERS
            given.add(order)
            fresh[old] = order
        account = account_number(bank=line["bank"], marker=FRESH, order=fresh[old])
        yield line["ref"], line["bank"], account, line["holder_name"], EVIDENCE


def main(argv: list[str] | None = None) -> int:
    """Read the options and write the corrections."""
    parser = argparse.ArgumentParser(prog="python -m backend.city.window", description="演示窗口")
    parser.add_argument("--returned", required=True, type=Path, help="退票清单")
    parser.add_argument("--out", required=True, type=Path, help="回访更正表写到哪里")
    parser.add_argument("--seed", required=True, help="种子")
    options = parser.parse_args(argv)
    count = correct(returned=options.returned, out=options.out, seed=options.seed)
    sys.stdout.write(f"回访更正表 {options.out}:{count}笔\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
