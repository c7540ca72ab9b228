"""``manage.py bench month``: speed against the floors, in the same run (测速)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backend.city.bench import by_hand, ours, report
from backend.city.bench.month import measure
from backend.city.bench.place import BenchBusyError, own_place

GROWTH = (100_000, 1_000_000)
PARTS = {  # run by ``month`` as processes of their own
    "take-over": ours.take_city_over,
    "ours": ours.run_month,
    "by-hand": by_hand.run_month,
}


class Command(BaseCommand):
    """Measure; or be one of the processes that are measured."""

    help = "测速：一个月的每一步，与同一次运行中的手写语句和裸下限相比。数据库是专用的，测完删除。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("what", choices=["month", *PARTS], help="month：测一个月")
        parser.add_argument("--people", type=int, default=100_000, help="领取待遇人数")
        parser.add_argument("--repeat", type=int, default=3, help="重复几轮，取最好")
        parser.add_argument("--growth", action="store_true", help="先后测 10 万人和 100 万人")
        parser.add_argument("--city", type=Path, help="（内部使用）演示城市的文件夹")
        parser.add_argument("--out", type=Path, help="（内部使用）结果写到哪里")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the tables, and one line of JSON last."""
        if options["what"] in PARTS:
            if not options["city"] or not options["out"]:
                raise CommandError("这一步由 bench month 自己调用。")
            figures = PARTS[options["what"]](city=options["city"]).figures()
            options["out"].write_text(json.dumps(figures), encoding="utf-8")
            return
        sizes = GROWTH if options["growth"] else (options["people"],)
        try:
            with own_place(var=Path(settings.VAR_DIR)) as place:
                found = [
                    measure(place=place, people=n, repeat=options["repeat"], tell=self._tell)
                    for n in sizes
                ]
        except BenchBusyError as busy:
            raise CommandError(str(busy)) from busy
        for measured in found:
            self._print(report.lines_of(measured=measured))
        if len(found) > 1:
            self._print(report.growth_lines(small=found[0], large=found[-1]))
        self._tell(report.summary(all_measured=found, today=timezone.localdate()))

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _print(self, lines: Any) -> None:
        for line in lines:
            self._tell(line)
