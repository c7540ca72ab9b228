"""``manage.py bench month|interest``: speed against the floors, in the same run (测速)."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.city.bench import by_hand, interest, ours, report
from backend.city.bench.meter import Meter
from backend.city.bench.month import measure
from backend.city.bench.place import BenchBusyError, Place, own_place

GROWTH = (100_000, 1_000_000)
PARTS: dict[
    str, Callable[[dict[str, Any]], Meter]
] = {  # run by ``month`` and ``interest`` as processes of their own
    "take-over": lambda given: ours.take_city_over(city=given["city"]),
    "ours": lambda given: ours.run_month(city=given["city"]),
    "by-hand": lambda given: by_hand.run_month(city=given["city"]),
    "interest-fill": lambda given: interest.fill(accounts=given["accounts"]),
    "interest-ours": lambda _: interest.ours(),
    "interest-by-hand": lambda _: interest.by_hand(),
    "interest-bare": lambda _: interest.on_bare_tables(),
}


class Command(BaseCommand):
    """Measure; or be one of the processes that are measured."""

    help = "测速：一个月或年度计息的每一步，与同一次运行中的手写语句和裸下限相比。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "what",
            choices=["month", "interest", *PARTS],
            help="month：测一个月；interest：测个人账户年度计息",
        )
        parser.add_argument("--people", type=int, default=100_000, help="领取待遇人数")
        parser.add_argument("--accounts", type=int, default=100_000, help="个人账户数")
        parser.add_argument("--repeat", type=int, default=3, help="重复几轮，取最好")
        parser.add_argument("--growth", action="store_true", help="先后测 10 万和 100 万")
        parser.add_argument("--city", type=Path, help="（内部使用）演示城市的文件夹")
        parser.add_argument("--out", type=Path, help="（内部使用）结果写到哪里")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the tables, and one line of JSON last."""
        if options["what"] in PARTS:
            if not options["city"] or not options["out"]:
                raise CommandError("这一步由 bench month 或 bench interest 自己调用。")
            figures = PARTS[options["what"]](options).figures()
            options["out"].write_text(json.dumps(figures), encoding="utf-8")
            return
        one = options["people"] if options["what"] == "month" else options["accounts"]
        sizes = GROWTH if options["growth"] else (one,)
        measure = self._month if options["what"] == "month" else self._interest
        try:
            with own_place(var=Path(settings.VAR_DIR)) as place:
                lines = list(measure(place, sizes, options["repeat"]))
        except BenchBusyError as busy:
            raise CommandError(str(busy)) from busy
        self._print(lines)

    def _month(self, place: Place, sizes: tuple[int, ...], repeat: int) -> Iterator[str]:
        found = [measure(place=place, people=n, repeat=repeat, tell=self._tell) for n in sizes]
        for measured in found:
            yield from report.lines_of(measured=measured)
        if len(found) > 1:
            yield from report.growth_lines(small=found[0], large=found[-1])
        yield report.summary(all_measured=found, today=timezone.localdate())

    def _interest(self, place: Place, sizes: tuple[int, ...], repeat: int) -> Iterator[str]:
        found = [
            interest.measure(place=place, accounts=n, repeat=repeat, tell=self._tell) for n in sizes
        ]
        for measured in found:
            yield from interest.lines_of(measured=measured)
        if len(found) > 1:
            yield from interest.growth_lines(small=found[0], large=found[-1])
        yield json.dumps(interest.summary(all_measured=found, today=timezone.localdate()))

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _print(self, lines: Any) -> None:
        for line in lines:
            self._tell(line)
